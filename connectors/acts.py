"""What the hub may change on a platform, one Protocol a capability.

Every act raises :class:`~connectors.errors.ConnectorError`, and done twice it is the same as done once, unless its
docstring says otherwise: an act whose answer was lost is simply done again. Each names people, courses and modules by
the platform's own ids.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from connectors.records import AttendanceMark, MeetingGuest, MeetingPlan, ModuleRef, RemoteGroup, RemoteMeeting


@runtime_checkable
class Enrol(Protocol):
    """``enrol``: people into a course."""

    def enrol(self, course_id: str, user_ids: Sequence[str], *, until: datetime | None = None) -> None:
        """Enrol learners; ``until`` ends it by itself. All or none where the platform knows transactions."""
        ...


@runtime_checkable
class Unenrol(Protocol):
    """``unenrol``: people out of a course."""

    def unenrol(self, course_id: str, user_ids: Sequence[str]) -> None:
        """End enrolments that were made by ``enrol``; others stay."""
        ...


@runtime_checkable
class WriteGroups(Protocol):
    """``write_groups``: groups of a course."""

    def put_group(self, course_id: str, key: str, name: str) -> RemoteGroup:
        """The group of a course whose own key is ``key``, made when there is none."""
        ...

    def set_members(self, group: RemoteGroup, user_ids: Sequence[str]) -> RemoteGroup:
        """Make ``user_ids`` the members of a group: some join, others leave."""
        ...


@runtime_checkable
class MarkAttendance(Protocol):
    """``mark_attendance``: sessions and rolls."""

    def put_session(self, module: ModuleRef, key: str, title: str, starts_at: datetime, length: timedelta) -> str:
        """The id of the session of an activity that bears our ``key``, made when there is none."""
        ...

    def mark(self, session_id: str, marks: Sequence[AttendanceMark]) -> None:
        """Write the roll of a session; people without a mark keep theirs."""
        ...


@runtime_checkable
class SetCompletion(Protocol):
    """``set_completion``: the completion of one activity by hand."""

    def set_completion(self, module: ModuleRef, user_id: str, *, complete: bool) -> None:
        """Say that a person has done an activity, or has not."""
        ...


@runtime_checkable
class SendGrade(Protocol):
    """``send_grade``: the grade of one activity."""

    def send_grade(self, module: ModuleRef, user_id: str, points: float) -> None:
        """Set a grade in the platform's points."""
        ...


@runtime_checkable
class Meetings(Protocol):
    """``meetings``: video classes held on the platform."""

    def open_meeting(self, plan: MeetingPlan) -> None:
        """Have a video class there; one that is open already stays as it is."""
        ...

    def entrance(self, key: str, guest: MeetingGuest) -> str:
        """The address by which one person enters, made without a call. It lets in whoever has it: it is given to that
        person at the moment they enter, and kept nowhere."""
        ...

    def meeting(self, key: str) -> RemoteMeeting | None:
        """A video class that is open; None otherwise."""
        ...

    def end_meeting(self, key: str) -> None:
        """Send everybody out; one that is over stays over."""
        ...
