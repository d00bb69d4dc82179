"""Writing registers: what a platform says of people's learning becomes statements, once per observation that differs.

A fall (a completion taken back, a lower or erased score) is set aside while the reading goes on, because only at its
end can be told whether one learner's grade was corrected or a course was reset (``held``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from hub.domain.translate import Register, facts_of, is_fall, key_of, next_revision, says_something, statements
from hub.domain.translate.lms import GRADE, KINDS
from hub.domain.translate.moodle import course_iri, module_iri
from hub.services import remote_records as records
from hub.services.ledger import ingest
from hub.services.remote_records import Known
from hub.services.remote_site import Site

CENT = 0.005
"""Points by which a platform may round a grade that it was sent."""
FALL = "fall:"
"""Before the kind of a register: the kind under which its fall is set aside."""
OWN_GRADE = "own_grade"
"""Grades that the hub sent (``platform_done``), by course, module and person: not read back as evidence."""
FALLS = tuple(FALL + kind for kind in KINDS)


@dataclass(frozen=True, slots=True)
class Written:
    """What came of some registers."""

    read: int = 0
    changed: int = 0
    statements: int = 0
    falls: int = 0
    unknown: int = 0


def observe(session: Session, site: Site, registers: Sequence[Register], now: datetime) -> Written:
    """Write those of the registers (of any kinds, each once) that differ from what is known; set their falls aside.

    Of what was never begun nothing is kept: on a large site that is most of it.
    """
    total = Written()
    for kind in KINDS:
        total = _add(total, _observe(session, site, kind, [it for it in registers if it.kind == kind], now))
    return total


def _add(one: Written, other: Written) -> Written:
    return Written(
        one.read + other.read,
        one.changed + other.changed,
        one.statements + other.statements,
        one.falls + other.falls,
        one.unknown + other.unknown,
    )


def _observe(session: Session, site: Site, kind: str, registers: Sequence[Register], now: datetime) -> Written:
    if kind == GRADE:
        registers = _without_own(session, site, registers)
    if not registers:
        return Written()
    by_key = {it.key: it for it in registers}
    known = records.load(session, site.id, kind, by_key)
    aside = records.load(session, site.id, FALL + kind, by_key)
    changed, falls, restored = [], [], []
    for key, register in by_key.items():
        before, hash_ = known.get(key), records.digest(register.told())
        if before and before.hash == hash_:
            restored += [key] if key in aside else []
        elif before and is_fall(facts_of(before.value), register.facts):
            if key not in aside or aside[key].hash != hash_:
                falls.append(Known(key, hash_, 1, register.stored()))
        elif before or says_something(register):
            changed.append(register)
            restored += [key] if key in aside else []
    records.forget(session, site.id, FALL + kind, restored)
    records.save(session, site.id, FALL + kind, falls, now)
    count, unknown = write(session, site, kind, changed, known, now)
    return Written(len(registers), len(changed) - unknown, count, len(falls), unknown)


def _without_own(session: Session, site: Site, grades: Sequence[Register]) -> list[Register]:
    """Grades but those that the hub sent there itself."""
    keys = {key_of(it.course_id, it.module_id, it.user_id): it for it in grades if it.module_id and it.raw is not None}
    own = records.load(session, site.id, OWN_GRADE, keys)
    sent = {keys[key].key for key, it in own.items() if abs(float(it.value["points"]) - (keys[key].raw or 0.0)) < CENT}
    return [it for it in grades if it.key not in sent]


def write(
    session: Session, site: Site, kind: str, registers: Sequence[Register], known: Mapping[str, Known], now: datetime
) -> tuple[int, int]:
    """Write registers of one kind, falls or not. Gives (statements, registers of people who are not known)."""
    if not registers:
        return 0, 0
    names = usernames(session, site, {it.user_id for it in registers})
    titles = _titles(session, site, registers)
    saved: list[Known] = []
    told: list[dict[str, Any]] = []
    for register in registers:
        username = names.get(register.user_id)
        if username is None:
            continue  # not on a roster yet, a trainer, or erased: nothing is kept of them
        before = known.get(register.key)
        revision = next_revision(before.revision if before else 0, register.at)
        iri, title = _activity(site, register, titles)
        told += statements(
            register,
            facts_of(before.value if before else None),
            actor=site.actor(username),
            activity=iri,
            name=title,
            source=str(site.id),
            revision=revision,
            observed_at=now,
        )
        saved.append(Known(register.key, records.digest(register.told()), revision, register.stored()))
    if told:
        ingest(session, told, site.source, now)
    records.save(session, site.id, kind, saved, now)
    return len(told), len(registers) - len(saved)


def usernames(session: Session, site: Site, user_ids: Iterable[str]) -> dict[str, str]:
    """User name by the platform's id, for the learners who are known and not erased."""
    found = records.load(session, site.id, records.USER, user_ids)
    return {key: it.value["username"] for key, it in found.items() if it.value.get("username")}


def _titles(session: Session, site: Site, registers: Iterable[Register]) -> dict[str, Mapping[str, Any]]:
    """Catalogue records by ``c<course id>`` and ``m<module id>``."""
    some = list(registers)
    courses = records.load(session, site.id, records.COURSE, {it.course_id for it in some})
    modules = records.load(session, site.id, records.MODULE, {it.module_id for it in some if it.module_id})
    found: dict[str, Mapping[str, Any]] = {f"c{key}": it.value for key, it in courses.items()}
    return found | {f"m{key}": it.value for key, it in modules.items()}


def _activity(site: Site, register: Register, titles: Mapping[str, Mapping[str, Any]]) -> tuple[str, str]:
    """IRI and title of what a register speaks of."""
    if register.module_id:
        module = titles.get(f"m{register.module_id}", {})
        iri = module.get("iri") or module_iri(site.base_url, register.module_kind, register.module_id)
        return iri, module.get("title", "")
    course = titles.get(f"c{register.course_id}", {})
    return course.get("iri") or course_iri(site.base_url, register.course_id), course.get("title", "")
