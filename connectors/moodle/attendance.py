"""Rolls of the activity *Attendance* (``mod_attendance_get_sessions``), a plugin that many Moodles have.

One answer holds the words that the roll knows (``statuses``) and the word of every learner (``attendance_log``, its ids
as texts). A word is told apart by its acronym, English or French, and by its points where the site has words of its
own: the most points are presence, the fewest absence.
"""

import html
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.errors import DataDrift
from connectors.moodle.values import identifier, instant, number, optional_identifier, text
from connectors.records import AttendanceMark, Notice, Page, Presence, RemoteSession, UserRef
from connectors.values import Json, items

KIND = "attendance"
_TAG = re.compile(r"<[^<>]*>")
_ACRONYMS = {
    "P": Presence.PRESENT,
    "L": Presence.LATE,
    "R": Presence.LATE,
    "E": Presence.EXCUSED,
    "A": Presence.ABSENT,
}


def parse_sessions(payload: Any, course_id: str, module_id: str, since: datetime | None = None) -> Page[RemoteSession]:
    """The sessions of one activity. A mark with a word that the roll no longer has is left out and told."""
    found: list[RemoteSession] = []
    notices: list[Notice] = []
    for session in items(payload, "sessions"):
        record, unknown = _session(session, course_id, module_id)
        notices += unknown
        if since is None or (record.ends_at or record.starts_at) >= since:
            found.append(record)
    return Page(tuple(found), tuple(notices))


def statuses(session: Json) -> dict[str, tuple[Presence, float]]:
    """By id: what a word of the roll means and its share of the points. Words taken off the roll are kept: old marks
    have them.
    """
    own = [one for one in items(session.get("statuses", []), "statuses") if not number(one, "deleted")]
    points = [number(one, "grade") or 0.0 for one in own]
    most, least = max(points, default=0.0), min(points, default=0.0)
    return {
        identifier(one, "id"): (_meaning(one, value, most, least), value / most if most > 0 else 0.0)
        for one, value in zip(own, points, strict=True)
    }


def status_for(session: Json, presence: Presence) -> str | None:
    """The id of the word that says ``presence`` on this roll; None when it has no word for it."""
    return next((key for key, (meaning, _) in statuses(session).items() if meaning is presence), None)


def same_session(session: Json, title: str, starts_at: datetime, length: timedelta) -> bool:
    """Whether a session is the one that we would make: same start, same length, our title in its text."""
    return (
        instant(session, "sessdate") == starts_at.replace(microsecond=0)
        and number(session, "duration") == length.total_seconds()
        and _plain(title) in _plain(text(session, "description"))
    )


def status_set(session: Json) -> str:
    """The words of the roll as ``mod_attendance_update_user_status`` wants them told again."""
    return ",".join(statuses(session))


def _session(session: Json, course_id: str, module_id: str) -> tuple[RemoteSession, Sequence[Notice]]:
    words = statuses(session)
    starts_at = instant(session, "sessdate")
    taken_at = instant(session, "lasttaken")
    session_id = identifier(session, "id")
    if starts_at is None:
        raise DataDrift("sessdate: an instant is due")
    marks, notices = _marks(session, words, taken_at)
    record = RemoteSession(
        id=session_id,
        title=_plain(text(session, "description")),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(seconds=number(session, "duration") or 0.0),
        course_id=course_id,
        module_id=module_id,
        group_id=optional_identifier(session, "groupid"),
        taken_at=taken_at,
        marks=marks,
        statuses=tuple((key, meaning) for key, (meaning, _) in words.items()),
    )
    return record, [Notice("unreadable", f"session {session_id}", "a mark without its word")] if notices else []


def _plain(words: str) -> str:
    """A description, which may be HTML, as the text that it shows."""
    return " ".join(html.unescape(_TAG.sub(" ", words)).split())


def _marks(
    session: Json, words: Mapping[str, tuple[Presence, float]], taken_at: datetime | None
) -> tuple[tuple[AttendanceMark, ...], int]:
    marks, lost = [], 0
    for line in items(session.get("attendance_log", []), "attendance_log"):
        word = words.get(identifier(line, "statusid"))
        if word is None:
            lost += 1
            continue
        user = UserRef(id=identifier(line, "studentid"))
        marks.append(AttendanceMark(user, word[0], share=word[1], at=taken_at, remark=text(line, "remarks")))
    return tuple(marks), lost


def _meaning(word: Json, points: float, most: float, least: float) -> Presence:
    known = _ACRONYMS.get(text(word, "acronym").strip().upper()[:1])
    if known is not None:
        return known
    if points >= most:
        return Presence.PRESENT
    return Presence.ABSENT if points <= least else Presence.LATE
