"""What a platform lets us see of each enrolment from afar: whom to read again, and who is not there any more.

The record of an enrolment holds when the learner was last there (to the minute: a report tells no more), their total
and progress as the report writes them, whether the course is completed; and ``read``, the same as it was when they were
last read. They are read again when the two differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from connectors.records import CourseCompletion
from hub.domain.translate import ids_of, key_of
from hub.services import remote_records as records
from hub.services.remote_records import Known
from hub.services.remote_site import Site

TOLD = ("access", "mark", "progress", "done")
HANDFUL = 5
SHRUNK_SHARE = 0.5
"""A roster that loses more than a handful and half of its learners at once is asked about."""
SHRUNK, ROSTER, OTHER = "shrunk", "roster", "other"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a report, its course and person found."""

    course: str
    user: str
    record: CourseCompletion

    @property
    def key(self) -> str:
        """Key of the enrolment."""
        return key_of(self.course, self.user)


@dataclass(frozen=True, slots=True)
class Moved:
    """What came of some enrolments: records that differ, and people whose last visit lies before the one we knew."""

    changed: int = 0
    back: int = 0


def minute(at: datetime | None) -> str | None:
    """An instant cut to the minute, as it is kept."""
    return at.replace(second=0, microsecond=0).isoformat() if at else None


def signature(value: Mapping[str, Any]) -> str:
    """What is seen from afar, in one text."""
    return "|".join(str(value.get(name, "")) for name in TOLD)


def is_due(value: Mapping[str, Any], *, everybody: bool) -> bool:
    """Whether a learner is to be read: never read, moved since, or everybody is. Nobody who left is, nor who never
    began."""
    if "gone" in value or ("read" not in value and did_nothing(value)):
        return False
    return everybody or value.get("read") != signature(value)


def did_nothing(value: Mapping[str, Any]) -> bool:
    """Whether the platform says that there is nothing to read: never there, no progress, no grade, not completed.

    Only a report that tells the progress can say so: without it somebody else may have set a completion by hand.
    """
    return value.get("progress") == 0.0 and not any(value.get(name) for name in ("access", "mark", "done"))


def mark_read(enrolment: Known) -> Known:
    """The enrolment, read as it is seen now."""
    value = {**enrolment.value, "read": signature(enrolment.value)}
    return Known(enrolment.key, records.digest(value), enrolment.revision, value)


def forget_reading(session: Session, site: Site, keys: Iterable[str], now: datetime) -> int:
    """Have those of these enrolments that were read be read again; gives how many."""
    known = records.load(session, site.id, records.ENROLMENT, keys)
    read = [it for it in known.values() if "read" in it.value]
    unread = [{name: told for name, told in it.value.items() if name != "read"} for it in read]
    again = [Known(it.key, records.digest(value), it.revision + 1, value)
             for it, value in zip(read, unread, strict=True)]  # fmt: skip
    records.save(session, site.id, records.ENROLMENT, again, now)
    return len(again)


def put(session: Session, site: Site, values: Mapping[str, Mapping[str, Any]], now: datetime) -> Moved:
    """Write what is seen of enrolments, by key; what is not told stays."""
    known = records.load(session, site.id, records.ENROLMENT, values)
    merged = {key: {**_before(known.get(key)), **value} for key, value in values.items()}
    back = sum(_went_back(known[key].value, value) for key, value in values.items() if key in known)
    changed = records.changes(known, merged)
    records.save(session, site.id, records.ENROLMENT, changed, now)
    return Moved(len(changed), back)


def put_rows(session: Session, site: Site, rows: Iterable[Row], now: datetime) -> Moved:
    """Write what a page of a report shows. A column that it has not leaves what was known."""
    some = list(rows)
    graded = any(row.record.grade is not None for row in some)
    values: dict[str, dict[str, Any]] = {}
    for row in some:
        told: dict[str, Any] = {"done": bool(row.record.completed)}
        if row.record.last_access_at is not None:
            told["access"] = minute(row.record.last_access_at)
        if row.record.progress is not None:
            told["progress"] = row.record.progress
        if graded:
            told["mark"] = row.record.grade
        values[row.key] = {**values.get(row.key, {}), **told}
    return put(session, site, values, now)


def settle_roster(session: Session, site: Site, course: str, present: set[str], now: datetime) -> dict[str, int]:
    """After a whole roster: who is not on it any more is not read any more; what they did stays.

    Gives ``{"shrunk": 1}`` and marks nobody when so many are missing that somebody has to confirm it first.
    """
    alive = {it.key: it for it in _of_course(session, site, course) if "gone" not in it.value}
    missing = [it for key, it in alive.items() if ids_of(key)[1] not in present]
    asked = records.load(session, site.id, SHRUNK, [course]).get(course)
    count = {"after": len(alive) - len(missing), "before": len(alive)}
    many = len(missing) >= HANDFUL and len(missing) > SHRUNK_SHARE * len(alive)
    if many and not (asked and asked.value.get("accepted")):
        _save(session, site, SHRUNK, course, count, now)
        return {"shrunk": 1}
    if asked is not None:
        records.forget(session, site.id, SHRUNK, [course])
    left = [_with(it, gone=now.isoformat()) for it in missing]
    records.save(session, site.id, records.ENROLMENT, left, now)
    _save(session, site, ROSTER, course, {"learners": count["after"]}, now)
    return {"left": len(left)} if left else {}


def shrunk(session: Session, site: Site) -> dict[str, Mapping[str, Any]]:
    """Courses whose roster waits for an answer: learners ``before`` and ``after``."""
    return {it.key: it.value for it in records.every(session, site.id, SHRUNK) if not it.value.get("accepted")}


def answer_shrunk(session: Session, site_id: Any, now: datetime, *, accept: bool) -> int:
    """Say that shrunken rosters are right (the next reading lets those people go) or wrong; gives how many."""
    waiting = [it for it in records.every(session, site_id, SHRUNK) if not it.value.get("accepted")]
    if accept:
        records.save(session, site_id, SHRUNK, [_with(it, accepted=True) for it in waiting], now)
    else:
        records.forget(session, site_id, SHRUNK, [it.key for it in waiting])
    return len(waiting)


def _with(known: Known, **said: Any) -> Known:
    value = {**known.value, **said}
    return Known(known.key, records.digest(value), known.revision + 1, value)


def _save(session: Session, site: Site, kind: str, key: str, value: Mapping[str, Any], now: datetime) -> None:
    known = records.load(session, site.id, kind, [key])
    records.save(session, site.id, kind, records.changes(known, {key: value}), now)


def _of_course(session: Session, site: Site, course: str) -> Sequence[Known]:
    return list(records.below(session, site.id, records.ENROLMENT, f"{key_of(course)}:"))


def _before(known: Known | None) -> dict[str, Any]:
    """What was known; who is seen again is not gone any more."""
    return {name: value for name, value in (known.value if known else {}).items() if name != "gone"}


def _went_back(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    known, told = before.get("access"), after.get("access")
    return bool(known and told and told < known)
