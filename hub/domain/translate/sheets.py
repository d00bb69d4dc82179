"""Lines of a partner's file as registers (DESIGN sections 2 and 3). Pure.

What a line says of a course or a module goes the way of every platform's records (``lms``); a file may tell progress
and time beside it. A presence is one register for each half-day, for sheets are signed by half-day; a line that gives
minutes for a whole day says no more than that, and is one register.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

from connectors.records import ActivityCompletion, CourseCompletion, Grade, Presence, RemoteSession
from content.xapi.readings import Kind
from hub.domain.attendance import HalfDay, half_days
from hub.domain.translate import Register, key_of
from hub.domain.translate.lms import ATTENDANCE, activity_completion, course_completion, grade

Halves = Callable[[datetime, datetime], Sequence[HalfDay]]
"""Beginning and end of a meeting (UTC) -> its half-days, with the place's lunch break."""


def halves_of(zone: str, lunch: tuple[time, time]) -> Halves:
    """The half-days of meetings whose wall time is that of an IANA zone; none of one that goes past midnight."""

    def halves(starts: datetime, ends: datetime) -> Sequence[HalfDay]:
        first, last = starts.astimezone(ZoneInfo(zone)), ends.astimezone(ZoneInfo(zone))
        if first.date() != last.date() or last.time() <= first.time():
            return ()
        return half_days(first.date(), first.time(), last.time(), zone, lunch)

    return halves


def results(
    records: Iterable[CourseCompletion | ActivityCompletion | Grade], progress: float | None, minutes: float | None
) -> list[Register]:
    """What a line of results says. ``progress`` 0..1 and ``minutes`` passed belong to its completion."""
    found: list[Register] = []
    for record in records:
        if isinstance(record, Grade):
            found += [it for it in [grade(record)] if it]
            continue
        if isinstance(record, ActivityCompletion):
            made = activity_completion(record)
        else:
            made = course_completion(record, record.course.id or "", record.user.id or "")
        if made is None:
            continue
        facts = dict(made.facts)
        if isinstance(record, CourseCompletion) and record.completed is None:
            facts.pop(Kind.COMPLETED, None)
        if progress is not None:
            facts[Kind.PROGRESS] = progress
        if minutes is not None:
            facts[Kind.SPENT] = None
        found.append(replace(made, facts=facts, minutes=minutes))
    return found


def presences(session: RemoteSession, halves: Halves) -> list[Register]:
    """What a roll says, half-day by half-day, of everybody marked in it."""
    found = []
    for mark in session.marks:
        came = mark.presence in (Presence.PRESENT, Presence.LATE)
        parts = list(halves(session.starts_at, session.ends_at)) if session.ends_at else []
        if len(parts) > 1 and mark.minutes is None:
            spans = [(half.key, half.start, float(half.minutes), float(half.minutes)) for half in parts]
        else:
            length = (session.ends_at - session.starts_at).total_seconds() / 60 if session.ends_at else None
            key = parts[0].key if len(parts) == 1 else "day" if parts else "part"
            stay = mark.minutes if mark.minutes is not None else length or 0.0
            spans = [(key, session.starts_at, stay, length or stay)]
        for key, start, stay, length in spans:
            whole = min(stay / length, 1.0) if length else 1.0
            found.append(_presence(session, mark.user.id or "", key, start, stay if came else 0.0, came, whole))
    return found


def _presence(
    session: RemoteSession, user: str, half: str, start: datetime, minutes: float, came: bool, share: float
) -> Register:
    course = session.course_id or ""
    attempt = f"{session.id}/{half}"
    return Register(
        ATTENDANCE,
        key_of(course, attempt, user),
        user,
        course,
        session.module_id or "",
        attempt=attempt,
        facts={Kind.ATTENDED: round(share, 6) if came else 0.0},
        at=start,
        minutes=round(minutes, 2),
    )
