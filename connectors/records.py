"""What an outside system tells us, in one vocabulary for all of them.

Everywhere: ids are strings as the remote writes them (never reused as ours), instants are aware UTC, scores come with
the minimum and maximum they were given on, shares run from 0 to 1. None means that the remote did not say, never zero.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, TypeVar

RecordT = TypeVar("RecordT")


@dataclass(frozen=True)
class Notice:
    """Something the administrator should hear of, though the read went on.

    ``code`` is stable: ``remote_warning`` (the platform said so itself), ``silent_miss`` (asked for, not given, no
    error), ``unreadable`` (a value of an unknown form was left out), ``unsorted`` (paging may have skipped rows),
    ``site`` (a setting of the site). ``about`` names the thing (``course 12``); ``detail`` is technical English or the
    remote's own words.
    """

    code: str
    about: str
    detail: str = ""


@dataclass(frozen=True)
class Page(Generic[RecordT]):
    """One answer's worth of records, with what there is to say about it. A read yields at least one page, maybe
    empty.
    """

    items: tuple[RecordT, ...] = ()
    notices: tuple[Notice, ...] = ()


def collect(pages: Iterable[Page[RecordT]]) -> Page[RecordT]:
    """All pages as one: for small reads only, it keeps everything in memory."""
    items: list[RecordT] = []
    notices: list[Notice] = []
    for page in pages:
        items += page.items
        notices += page.notices
    return Page(tuple(items), tuple(notices))


@dataclass(frozen=True)
class CourseRef:
    """How a remote named a course: whatever it gave of id, idnumber (the partner's own key) and short name."""

    id: str | None = None
    idnumber: str | None = None
    shortname: str | None = None


@dataclass(frozen=True)
class UserRef:
    """How a remote named a person: whatever it gave of id, user name, idnumber (the partner's own key) and e-mail."""

    id: str | None = None
    username: str | None = None
    idnumber: str | None = None
    email: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class RemoteSite:
    """The platform as it presents itself to our account. ``url`` is its own idea of its address, without a final
    slash.
    """

    name: str
    url: str
    release: str
    version: str
    account_id: str
    account_name: str
    functions: frozenset[str] = field(default=frozenset(), repr=False)
    features: frozenset[str] = frozenset()


@dataclass(frozen=True)
class RemoteCourse:
    """A course of the catalogue. ``tracks_completion``: None when the listing does not tell. ``iri``: how the
    platform's own statements name it, where that is not its address."""

    id: str
    shortname: str
    fullname: str
    url: str
    idnumber: str | None = None
    category_id: str | None = None
    visible: bool = True
    tracks_completion: bool | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    modified_at: datetime | None = None
    created_at: datetime | None = None
    iri: str | None = None

    @property
    def ref(self) -> CourseRef:
        """The course as other records may name it."""
        return CourseRef(self.id, self.idnumber, self.shortname)


class CompletionTracking(StrEnum):
    """How a module becomes complete."""

    NONE = "none"
    MANUAL = "manual"
    AUTOMATIC = "automatic"


@dataclass(frozen=True)
class RemoteModule:
    """An activity or resource inside a course. ``rules``: the remote's names of the conditions for completion.

    ``instance``: a second id, of the activity within its kind, where the remote has one (Moodle does). ``iri``: as of a
    course. ``graded``: None where it has to be known by the kind.
    """

    id: str
    course_id: str
    kind: str
    name: str
    section: str
    position: int
    url: str | None
    visible: bool = True
    tracking: CompletionTracking = CompletionTracking.NONE
    rules: tuple[str, ...] = ()
    opens_at: datetime | None = None
    due_at: datetime | None = None
    instance: str | None = None
    iri: str | None = None
    graded: bool | None = None

    @property
    def ref(self) -> "ModuleRef":
        """The module as a call may name it."""
        return ModuleRef(self.id, self.course_id, self.kind, self.instance)


@dataclass(frozen=True)
class ModuleRef:
    """What a call needs to name a module."""

    id: str
    course_id: str
    kind: str = ""
    instance: str | None = None


@dataclass(frozen=True)
class RemoteUser:
    """A person as the remote knows them. Personal data: names and e-mail stay out of ``repr``."""

    id: str
    username: str | None = None
    idnumber: str | None = None
    email: str | None = field(default=None, repr=False)
    fullname: str | None = field(default=None, repr=False)
    firstname: str | None = field(default=None, repr=False)
    lastname: str | None = field(default=None, repr=False)

    @property
    def ref(self) -> UserRef:
        """The person as other records may name them."""
        return UserRef(self.id, self.username, self.idnumber, self.email)


@dataclass(frozen=True)
class RemoteEnrolment:
    """A person in a course. ``roles``: the remote's short names, None when it did not say. ``progress`` 0..1."""

    course: CourseRef
    user: RemoteUser
    active: bool = True
    roles: tuple[str, ...] | None = None
    last_access_at: datetime | None = None
    progress: float | None = None
    completed: bool | None = None


class ActivityState(StrEnum):
    """The state of an activity for a learner; ``completed`` says nothing of success."""

    INCOMPLETE = "incomplete"
    COMPLETED = "completed"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True)
class ActivityCompletion:
    """A register: the state of one module for one person, now.

    ``counts``: whether the platform itself holds the module for done (a failed quiz may be done). ``at``: when the
    state was reached, None while incomplete. ``overridden_by``: id of the person who set the state by hand.
    """

    course_id: str
    module_id: str
    user_id: str
    state: ActivityState
    kind: str = ""
    at: datetime | None = None
    counts: bool | None = None
    tracked: bool = True
    overridden_by: str | None = None


@dataclass(frozen=True)
class CompletionCriterion:
    """One condition of a course's completion. ``module_id`` where the condition is a module."""

    met: bool
    met_at: datetime | None = None
    module_id: str | None = None


@dataclass(frozen=True)
class CourseCompletion:
    """A register: where one person stands in one course.

    ``completed``: None when the platform has no record for the person (never began, or not tracked). ``precision`` is
    the rounding of ``completed_at`` and ``last_access_at``: a report tells the minute, a call the second. ``grade``
    is the course total in the platform's points, its maximum unknown to this read. ``progress`` 0..1.
    """

    course: CourseRef
    user: UserRef
    completed: bool | None
    completed_at: datetime | None = None
    precision: timedelta = timedelta(seconds=1)
    progress: float | None = None
    grade: float | None = None
    last_access_at: datetime | None = None
    active: bool | None = None
    criteria: tuple[CompletionCriterion, ...] = ()


@dataclass(frozen=True)
class Grade:
    """A register: what one grade item holds for one person; ``raw`` None means no grade. ``item`` ∈ mod, course,
    category, manual.
    """

    course_id: str
    user_id: str
    item_id: str
    item: str
    minimum: float
    maximum: float
    raw: float | None = None
    name: str | None = None
    module_id: str | None = None
    kind: str | None = None
    graded_at: datetime | None = None
    submitted_at: datetime | None = None
    hidden: bool = False
    overridden: bool = False

    @property
    def scaled(self) -> float | None:
        """``raw`` between 0 and 1 on its own scale; None without a grade or where the scale has no width."""
        if self.raw is None or self.maximum <= self.minimum:
            return None
        return (self.raw - self.minimum) / (self.maximum - self.minimum)


class ChangeKind(StrEnum):
    """What moved. ``unknown``: something did, the remote does not say what."""

    GRADE = "grade"
    SUBMISSION = "submission"
    ATTEMPT = "attempt"
    CONTENT = "content"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Change:
    """Something moved since an instant: a hint of what to read again, never a fact of learning.

    ``user_id`` None: the remote does not say whose. ``at`` by the remote's clock.
    """

    course_id: str
    kind: ChangeKind
    module_id: str | None = None
    user_id: str | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class RemoteCompetency:
    """A competency that a course works on. ``framework``: the remote's id of its reference list."""

    id: str
    name: str
    idnumber: str | None = None
    framework: str | None = None


@dataclass(frozen=True)
class CompetencyRating:
    """A register: what the platform holds of one person and one competency in one course.

    ``proficient`` None: not rated yet. ``grade`` is the word or number of the remote's scale.
    """

    course_id: str
    user_id: str
    competency_id: str
    proficient: bool | None = None
    grade: str | None = None
    at: datetime | None = None


class Presence(StrEnum):
    """What a roll says of a person."""

    PRESENT = "present"
    LATE = "late"
    EXCUSED = "excused"
    ABSENT = "absent"


@dataclass(frozen=True)
class AttendanceMark:
    """One person in one session: a word of a roll, or minutes that a video class counted (None: not counted).

    ``share`` of the session's points, 0..1, where the remote weighs its words (late may be half). ``remark`` may be
    personal and stays out of ``repr``.
    """

    user: UserRef
    presence: Presence
    minutes: float | None = None
    share: float | None = None
    at: datetime | None = None
    remark: str = field(default="", repr=False)


@dataclass(frozen=True)
class RemoteSession:
    """A meeting with its roll. ``marks`` is empty and ``taken_at`` None while nobody took the roll.

    ``module_id``: the activity that holds the session, where there is one. ``statuses``: the words that the remote's
    roll knows, by their ids there.
    """

    id: str
    title: str
    starts_at: datetime
    ends_at: datetime | None = None
    course_id: str | None = None
    module_id: str | None = None
    group_id: str | None = None
    taken_at: datetime | None = None
    marks: tuple[AttendanceMark, ...] = ()
    statuses: tuple[tuple[str, Presence], ...] = ()


class GroupKind(StrEnum):
    """A group lives in one course, a cohort in the whole platform."""

    GROUP = "group"
    COHORT = "cohort"


@dataclass(frozen=True)
class RemoteGroup:
    """A group with its members' ids. ``key``: the partner's own key."""

    id: str
    name: str
    kind: GroupKind = GroupKind.GROUP
    course_id: str | None = None
    key: str | None = None
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class RemoteFile:
    """A file that the remote offers, as a backup of a course. ``where`` addresses it without any secret."""

    name: str
    where: str
    size: int
    kind: str = ""
    modified_at: datetime | None = None


@dataclass(frozen=True)
class MeetingPlan:
    """A video class to be held. ``key`` is ours and names it for good; ``lasts`` until the platform ends it by itself.

    ``told_to``: where the platform posts who was there when it is over; ``heard_at``: where it posts who comes and goes
    meanwhile, where it can; both empty: nowhere. ``back_to``: where people go when they leave.
    """

    key: str
    name: str
    lasts: timedelta
    recorded: bool = False
    told_to: str = ""
    heard_at: str = ""
    back_to: str = ""


@dataclass(frozen=True)
class MeetingGuest:
    """Who enters a video class. ``id`` is ours and comes back with the minutes; the name is shown to the others."""

    id: str
    name: str = field(repr=False)
    leads: bool = False


@dataclass(frozen=True)
class RemoteMeeting:
    """A video class that is open now; ``present``: ids of who is in it."""

    key: str
    id: str
    name: str
    starts_at: datetime | None = None
    recording: bool = False
    present: tuple[str, ...] = ()


@dataclass(frozen=True)
class RemoteRecording:
    """A recording of a video class. ``key``: that of the class; ``url`` None while it is not published."""

    id: str
    key: str
    name: str
    published: bool
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    url: str | None = None


@dataclass(frozen=True)
class MeetingPresence:
    """When one person was in a video class, by the platform's clock: (from, until), in order, until None while they are
    in it."""

    user_id: str
    leads: bool
    stays: tuple[tuple[datetime, datetime | None], ...]


class SymptomLevel(StrEnum):
    """How bad it is: nothing works, a part does not, it works but could be better, well."""

    FAULT = "fault"
    MISSING = "missing"
    ADVICE = "advice"
    WELL = "well"


@dataclass(frozen=True)
class Symptom:
    """One finding of a doctor. ``code`` is stable (``function``, ``right``, ``report``, ``cron``, ``language``, ...).

    ``text`` (what is the case) and ``ask`` (what the partner's administrator should do; empty when nothing) are French
    msgids with ``%(name)s`` places, filled from ``names``; whoever shows them translates.
    """

    level: SymptomLevel
    code: str
    text: str
    ask: str = ""
    names: tuple[tuple[str, str], ...] = ()
