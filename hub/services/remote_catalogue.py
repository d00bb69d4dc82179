"""The courses and modules of a platform, as entries of the catalogue.

What the platform says (title, address, what it brings back) follows it; what the designer added (summary, modality,
minutes, megabytes, phone, licence) stays. Absence takes nothing away: an entry that is no longer listed
stays, and says so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.records import CompletionTracking, RemoteCompetency, RemoteCourse, RemoteModule
from hub.domain.path import BindingKind, Brings, EvidenceKind, Phone, Way
from hub.domain.translate import key_of
from hub.domain.translate.lms import COMPETENCY, KINDS, competency_id
from hub.domain.translate.moodle import course_iri, module_iri
from hub.models.learning import Resource
from hub.models.river import BindingRow
from hub.services import remote_records as records
from hub.services.remote_records import Known
from hub.services.remote_site import Site

GRADED = frozenset({"quiz", "assign", "scorm", "h5pactivity", "lesson", "lti", "workshop", "data", "forum", "glossary"})
"""Modules of Moodle that may have a grade (``FEATURE_GRADE_HAS_GRADE`` of their ``lib.php``)."""
PASS_RULE = "completionpassgrade"  # noqa: S105 - a rule's name
OPENED = "opened"
ROLL = "attendance"
OF_A_FILE = (
    EvidenceKind.COMPLETED, EvidenceKind.PASSED, EvidenceKind.SCORE, EvidenceKind.PROGRESS, EvidenceKind.ATTENDED,
)  # fmt: skip
FILE_HOURS = 168
AWKWARD_ON_PHONE = frozenset({"scorm", "lti", "imscp"})


def put_courses(session: Session, site: Site, courses: Sequence[RemoteCourse], now: datetime) -> dict[str, int]:
    """Courses into the catalogue; counts those that differ from what was known, and ids that mean another course."""
    values = {it.id: _course_value(site, it) for it in courses}
    return _write(session, site, records.COURSE, BindingKind.REMOTE_COURSE, values, now)


def put_modules(
    session: Session, site: Site, modules: Sequence[RemoteModule], now: datetime, *, rolls: bool = False
) -> dict[str, int]:
    """Modules into the catalogue, below their courses; counts as ``put_courses``. ``rolls``: those of the activity
    Attendance are read, so that it can bring presence."""
    values = {it.id: _module_value(site, it) for it in modules if it.kind != "label"}
    for value in values.values():
        if rolls and value.get("kind") == ROLL:
            value["brings"] = [*value["brings"], EvidenceKind.ATTENDED]
    return _write(session, site, records.MODULE, BindingKind.REMOTE_MODULE, values, now)


def put_competencies(
    session: Session, site: Site, course: str, found: Sequence[RemoteCompetency], now: datetime
) -> dict[str, int]:
    """Competencies into the catalogue, beside the modules of their course; counts as ``put_courses``."""
    known = records.load(session, site.id, records.COURSE, [course]).get(course)
    url = f"{site.base_url}/admin/tool/lp/coursecompetencies.php?courseid={course}"
    values: dict[str, dict[str, Any]] = {
        competency_id(course, it.id): {
            "iri": f"{url}#competency-{it.id}",
            "url": url,
            "title": f"{it.name} ({it.idnumber})" if it.idnumber else it.name,
            "course": course,
            "kind": COMPETENCY,
            "visible": True,
            "brings": [EvidenceKind.COMPLETED, EvidenceKind.PASSED],
        }
        for it in found
        if known is not None
    }
    return _write(session, site, records.MODULE, BindingKind.REMOTE_MODULE, values, now)


def courses_to_open(session: Session, site: Site, *, everything: bool) -> list[str]:
    """Courses whose modules are to be read: changed since they were, or all. In the order of their ids."""
    opened = {it.key: it.value.get("as_of") for it in records.every(session, site.id, OPENED)}
    return sorted(
        it.key
        for it in records.every(session, site.id, records.COURSE)
        if "gone" not in it.value and (everything or it.key not in opened or opened[it.key] != it.value.get("modified"))
    )


def mark_opened(session: Session, site: Site, course: str, now: datetime) -> dict[str, int]:
    """The modules of a course were read, as it was listed last."""
    known = records.load(session, site.id, records.COURSE, [course]).get(course)
    value = {"as_of": known.value.get("modified") if known else None}
    before = records.load(session, site.id, OPENED, [course]).get(course)
    if before is None or before.value != value:
        records.save(session, site.id, OPENED, [Known(course, records.digest(value), 1, value)], now)
    return {}


def courses_gone(session: Session, site: Site, listed: Collection[str]) -> list[Known]:
    """Known courses that a whole list leaves out; none where half of them do: then the list is not believed."""
    alive = [it for it in records.every(session, site.id, records.COURSE) if "gone" not in it.value]
    gone = [it for it in alive if it.key not in listed]
    return _believed(gone, len(alive))


def modules_gone(session: Session, site: Site, course: str, listed: Collection[str]) -> list[Known]:
    """Known modules that the whole page of their course leaves out; none where half of them do. One that is hidden
    there from the hub's account is left out as well."""
    parent = select(Resource.id).where(
        Resource.platform_id == site.id,
        Resource.kind == BindingKind.REMOTE_COURSE.value,
        Resource.remote_id == course,
    )
    below = select(Resource.remote_id).where(
        Resource.platform_id == site.id,
        Resource.kind == BindingKind.REMOTE_MODULE.value,
        Resource.withdrawn_at.is_(None),
        Resource.parent_id.in_(parent),
    )
    known = records.load(session, site.id, records.MODULE, session.scalars(below)).values()
    alive = [it for it in known if "gone" not in it.value and it.value.get("kind") != COMPETENCY]
    return _believed([it for it in alive if it.key not in listed], len(alive))


def _believed(gone: list[Known], alive: int) -> list[Known]:
    return gone if len(gone) <= max(alive // 2, 1) else []


def mark_gone(session: Session, site: Site, kind: str, gone: Sequence[Known], now: datetime) -> dict[str, int]:
    """These courses or modules (``kind`` of their records) are not there any more: courses are not read, and both say
    so in the catalogue, until they are listed again. What was done stays."""
    at = now.isoformat()
    values = [{**it.value, "gone": at} for it in gone]
    marked = [
        Known(it.key, records.digest(value), it.revision + 1, value) for it, value in zip(gone, values, strict=True)
    ]
    records.save(session, site.id, kind, marked, now)
    shown_as = BindingKind.REMOTE_COURSE if kind == records.COURSE else BindingKind.REMOTE_MODULE
    for row in _rows(session, site, shown_as, [it.key for it in gone]).values():
        row.custom = {**row.custom, "gone": at}
    return {f"{kind}s_gone": len(gone)} if gone else {}


def in_paths(session: Session, site: Site, modules: Sequence[Known]) -> list[Known]:
    """Those of the modules that a path is bound to."""
    rows = _rows(session, site, BindingKind.REMOTE_MODULE, [it.key for it in modules])
    wanted = BindingRow.resource_id.in_([row.id for row in rows.values()])
    bound = set(session.scalars(select(BindingRow.resource_id).where(wanted)))
    return [it for it in modules if it.key in rows and rows[it.key].id in bound]


def _write(
    session: Session, site: Site, kind: str, shown_as: BindingKind, values: dict[str, dict[str, Any]], now: datetime
) -> dict[str, int]:
    known = records.load(session, site.id, kind, values)
    reused = [key for key, before in known.items() if _is_another(before.value, values[key])]
    for key in reused:
        _set_apart(session, site, kind, shown_as, known.pop(key), now)
        values[key]["iri"] = f"{values[key]['url']}#{int(now.timestamp())}"
    for key, before in known.items():
        # The IRI that evidence and paths already name stays, should the platform move; its address follows.
        values[key]["iri"] = before.value["iri"]
    changed = records.changes(known, values)
    records.save(session, site.id, kind, changed, now)
    _put(session, site, shown_as, changed, now)
    return {f"{kind}s": len(changed)} | ({"reused": len(reused)} if reused else {})


def _is_another(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether an id means something else than it did: a platform restored from a backup gives its ids again.

    A course keeps the day it was made when it is renamed, a module its kind and its course.
    """
    telling = [name for name in ("created", "kind", "course") if before.get(name) and now.get(name)]
    return any(before[name] != now[name] for name in telling)


def _set_apart(session: Session, site: Site, kind: str, shown_as: BindingKind, old: Known, now: datetime) -> None:
    """What was read under an id that means something else now stays in the ledger under its own name; the entry is
    withdrawn and nothing that comes under the id counts for it any more."""
    for row in _rows(session, site, shown_as, [old.key]).values():
        row.remote_id, row.withdrawn_at = f"{old.key}~{int(now.timestamp())}", now
    if kind == records.COURSE:
        records.forget_id(
            session, site.id, (*KINDS, *(f"fall:{it}" for it in KINDS), records.ENROLMENT), key_of(old.key)
        )
    else:
        course = old.value.get("course", "")
        records.forget_id(session, site.id, KINDS, key_of(course, old.key))


def _course_value(site: Site, course: RemoteCourse) -> dict[str, Any]:
    url = course.url or course_iri(site.base_url, course.id)
    brings = [EvidenceKind.COMPLETED] if course.tracks_completion is not False else []
    if site.connector == "files":
        return _by_file(OF_A_FILE) | {
            "iri": url, "url": url, "title": course.fullname, "shortname": course.shortname, "visible": True,
            "idnumber": course.idnumber,
        }  # fmt: skip
    return {
        "iri": course.iri or url,
        "url": url,
        "title": course.fullname or course.shortname,
        "shortname": course.shortname,
        "idnumber": course.idnumber,
        "visible": course.visible,
        "brings": [*brings, EvidenceKind.SCORE],
        "created": _text(course.created_at),
        "modified": _text(course.modified_at),
        "starts_at": _text(course.starts_at),
        "ends_at": _text(course.ends_at),
    }


def _module_value(site: Site, module: RemoteModule) -> dict[str, Any]:
    brings = [EvidenceKind.COMPLETED] if module.tracking is not CompletionTracking.NONE else []
    url = module.url or module_iri(site.base_url, module.kind, module.id)
    brings += [EvidenceKind.PASSED] if PASS_RULE in module.rules else []
    graded = module.kind in GRADED if module.graded is None else module.graded
    brings += [EvidenceKind.SCORE] if graded else []
    if site.connector == "files":
        brings = [kind for kind in OF_A_FILE if kind is not EvidenceKind.ATTENDED]
        return _by_file(brings) | {"iri": url, "url": url, "title": module.name, "course": module.course_id}
    return {
        "iri": module.iri or url,
        "url": url,
        "title": module.name,
        "course": module.course_id,
        "kind": module.kind,
        "instance": module.instance,
        "section": module.section,
        "position": module.position,
        "visible": module.visible,
        "brings": brings,
        "opens_at": _text(module.opens_at),
        "due_at": _text(module.due_at),
    }


def _by_file(brings: Sequence[EvidenceKind]) -> dict[str, Any]:
    """What comes with a partner's file comes when somebody hands it in: once a week is promised."""
    return {"brings": list(brings), "way": Way.FILE.value, "within_hours": FILE_HOURS}


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _put(session: Session, site: Site, kind: BindingKind, changed: Sequence[Known], now: datetime) -> None:
    rows = _rows(session, site, kind, [it.key for it in changed])
    wanted = {it.value["course"] for it in changed if "course" in it.value}
    parents = _rows(session, site, BindingKind.REMOTE_COURSE, sorted(wanted))
    for it in changed:
        row = rows.get(it.key)
        if row is None:
            row = Resource(kind=kind.value, platform_id=site.id, remote_id=it.key, created_at=now, iri="")
            if it.value.get("kind") in AWKWARD_ON_PHONE:
                row.phone = Phone.DIFFICULT.value
            session.add(row)
        parent = parents.get(it.value.get("course", ""))
        _fill(row, it.value, parent)
    session.flush()


def _fill(row: Resource, value: Mapping[str, Any], parent: Resource | None) -> None:
    row.iri, row.url, row.title = value["iri"], value["url"], value["title"]
    row.parent_id = parent.id if parent else row.parent_id
    way, hours = Way(value.get("way", Way.WEB_SERVICES)), int(value.get("within_hours", 24))
    brings = (Brings(kind=EvidenceKind(kind), way=way, within_hours=hours) for kind in value["brings"])
    row.brings = [one.model_dump(mode="json") for one in brings]
    shown = ("kind", "section", "position", "visible", "shortname", "opens_at", "due_at", "starts_at", "ends_at")
    row.custom = {name: value[name] for name in shown if value.get(name) is not None}


def _rows(session: Session, site: Site, kind: BindingKind, keys: Sequence[str]) -> dict[str, Resource]:
    found: dict[str, Resource] = {}
    for start in range(0, len(keys), 400):
        some = Resource.remote_id.in_(keys[start : start + 400])
        query = select(Resource).where(Resource.platform_id == site.id, Resource.kind == kind.value, some)
        found.update({row.remote_id: row for row in session.scalars(query)})
    return found
