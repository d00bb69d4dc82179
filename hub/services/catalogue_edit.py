"""Own entries of the catalogue: create, change, withdraw (web links, LTI links of a registered tool, bare xAPI
activities)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.types import new_id
from hub.domain.path import BindingKind, Brings, EvidenceKind, Modality, Phone, Way
from hub.models.learning import Resource
from hub.models.platforms import LtiTool, Platform
from hub.services.catalogue import LINK_FACTS, OF_THE_PLACE, OWN_KINDS, Entry, entries_of, find_row
from hub.services.code_files import FORMS
from hub.services.errors import Conflict, Invalid
from hub.services.journal import record

#: What an own entry usually brings back; the designer says less or more.
USUAL: dict[BindingKind, tuple[Brings, ...]] = {
    BindingKind.WEB: (),
    BindingKind.LTI_LINK: (
        Brings(kind=EvidenceKind.SCORE, way=Way.LTI_SCORE, within_hours=1),
        Brings(kind=EvidenceKind.COMPLETED, way=Way.LTI_SCORE, within_hours=1),
    ),
    BindingKind.ACTIVITY: (
        Brings(kind=EvidenceKind.COMPLETED, way=Way.XAPI, within_hours=1),
        Brings(kind=EvidenceKind.PASSED, way=Way.XAPI, within_hours=1),
        Brings(kind=EvidenceKind.SCORE, way=Way.XAPI, within_hours=1),
    ),
}

#: By which way evidence of an own entry comes.
WAY_OF = {
    BindingKind.WEB: Way.TRAINER,
    BindingKind.LTI_LINK: Way.LTI_SCORE,
    BindingKind.ACTIVITY: Way.XAPI,
    BindingKind.PACKAGE: Way.XAPI,
    BindingKind.REMOTE_COURSE: Way.WEB_SERVICES,
    BindingKind.REMOTE_MODULE: Way.WEB_SERVICES,
}


@dataclass(frozen=True, slots=True)
class EntryData:
    """What an own entry says when created or edited. ``minutes`` planned, ``megabytes`` downloaded on opening."""

    kind: BindingKind
    title: str
    summary: str = ""
    url: str = ""
    iri: str = ""
    platform_id: UUID | None = None
    language: str = "fr"
    modality: Modality = Modality.OWN_PACE
    minutes: int = 0
    megabytes: float = 0
    phone: Phone = Phone.YES
    brings: tuple[Brings, ...] = ()
    custom: dict[str, str] = field(default_factory=dict)
    licence: str = ""
    keywords: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    equipment: tuple[str, ...] = ()


#: How a code of each list is written.
CODE_FORMS = FORMS


def create(session: Session, data: EntryData, *, by: UUID | None, now: datetime) -> Entry:
    """Add an own entry.

    Raises Invalid; its fields are ``missing``, ``not_a_link``, ``not_an_iri``, ``unknown`` or ``taken``.
    """
    entry_id = new_id()
    iri = _check(session, data, entry_id)
    resource = Resource(id=entry_id, kind=data.kind.value, iri=iri, created_at=now)
    _fill(resource, data)
    _describe(resource, data)
    session.add(resource)
    session.flush()
    record(session, now, by, "resource.created", "resource", entry_id, title=data.title)
    return entries_of(session, [resource])[0]


def update(session: Session, resource_id: UUID, data: EntryData, *, by: UUID | None, now: datetime) -> Entry:
    """Change an entry. Its IRI never changes: evidence names it. Raises NotFound, Invalid.

    Of one read from a platform only what the platform does not say is taken: summary, modality, minutes, megabytes,
    phone, licence, and what helps to find it.
    """
    resource = find_row(session, resource_id)
    _describe(resource, data)
    if BindingKind(resource.kind) in OWN_KINDS:
        _check(session, data, resource.id)
        _fill(resource, data)
    elif resource.kind == BindingKind.PACKAGE:
        if not data.title.strip():
            raise Invalid({"title": "missing"})
        weight = resource.megabytes
        _fill(resource, data)
        resource.url, resource.platform_id, resource.megabytes = "", None, weight
    else:
        resource.summary, resource.licence = data.summary, data.licence
        resource.modality, resource.phone = data.modality.value, data.phone.value
        resource.minutes, resource.megabytes = data.minutes, data.megabytes
    session.flush()
    record(session, now, by, "resource.changed", "resource", resource_id, title=resource.title)
    return entries_of(session, [resource])[0]


def withdraw(session: Session, resource_id: UUID, *, withdrawn: bool, by: UUID | None, now: datetime) -> None:
    """Take an own entry out of the catalogue, or put it back. Paths that use it go on.

    Raises NotFound, and Conflict for an entry read from a platform.
    """
    resource = find_row(session, resource_id)
    if BindingKind(resource.kind) not in OF_THE_PLACE:
        raise Conflict("resource_not_own", title=resource.title)
    resource.withdrawn_at = now if withdrawn else None
    record(session, now, by, "resource.withdrawn" if withdrawn else "resource.restored", "resource", resource_id)


def tools(session: Session) -> list[tuple[UUID, str]]:
    """Platforms with an active registered LTI tool: (platform id, name), by name."""
    query = (
        select(Platform.id, Platform.name)
        .join(LtiTool, LtiTool.platform_id == Platform.id)
        .where(LtiTool.active.is_(True))
        .distinct()
        .order_by(Platform.name)
    )
    return [(key, name) for key, name in session.execute(query)]


def _fill(resource: Resource, data: EntryData) -> None:
    resource.title, resource.summary = data.title.strip(), data.summary.strip()
    resource.url, resource.platform_id = data.url.strip(), data.platform_id
    resource.language, resource.licence = data.language, data.licence.strip()
    resource.modality, resource.phone = data.modality.value, data.phone.value
    resource.minutes, resource.megabytes = data.minutes, data.megabytes
    resource.brings = [b.model_dump(mode="json") for b in data.brings]
    kept = {name: value for name, value in (resource.custom or {}).items() if name in LINK_FACTS}
    resource.custom = {**kept, "parameters": dict(data.custom)} if data.custom else kept


def _describe(resource: Resource, data: EntryData) -> None:
    """What helps to find it; taken of every kind of entry. Raises Invalid (the list's name: ``code``)."""
    faults = {}
    for one in data.codes:
        scheme, _colon, code = one.partition(":")
        if scheme not in CODE_FORMS or not re.fullmatch(CODE_FORMS[scheme], code):
            faults[scheme] = "code"
    if faults:
        raise Invalid(faults)
    resource.keywords, resource.skills = _once(data.keywords), _once(data.skills)
    resource.codes, resource.equipment = _once(data.codes), _once(data.equipment)


def _once(values: tuple[str, ...]) -> list[str]:
    return list(dict.fromkeys(value.strip() for value in values if value.strip()))


def _check(session: Session, data: EntryData, entry_id: UUID) -> str:
    """The IRI of the entry, or Invalid."""
    faults: dict[str, str] = {}
    if not data.title.strip():
        faults["title"] = "missing"
    if data.kind is not BindingKind.ACTIVITY and not _is_link(data.url):
        faults["url"] = "not_a_link" if data.url.strip() else "missing"
    if data.kind is BindingKind.ACTIVITY and not _is_iri(data.iri):
        faults["iri"] = "not_an_iri" if data.iri.strip() else "missing"
    if data.kind is BindingKind.LTI_LINK and data.platform_id not in {key for key, _ in tools(session)}:
        faults["platform_id"] = "unknown" if data.platform_id else "missing"
    iri = {
        BindingKind.WEB: data.url.strip(),
        BindingKind.ACTIVITY: data.iri.strip(),
    }.get(data.kind, entry_id.urn)
    same = select(Resource.id).where(Resource.iri == iri, Resource.id != entry_id, Resource.withdrawn_at.is_(None))
    if not faults and session.scalars(same).first():
        faults["url" if data.kind is BindingKind.WEB else "iri"] = "taken"
    if faults:
        raise Invalid(faults)
    return iri


def _is_link(text: str) -> bool:
    """An http(s) address with a host: nothing that a browser would run."""
    try:
        parts = urlsplit(text.strip())
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(c.isspace() for c in text.strip())


def _is_iri(text: str) -> bool:
    """Absolute, as xAPI asks of an activity id (xAPI 1.0.3 Part Two 2.4.4.1): a scheme, something after it, no
    blank."""
    scheme, colon, rest = text.strip().partition(":")
    plain = scheme.replace("+", "").replace("-", "").replace(".", "")
    return (
        bool(colon and rest) and plain.isalnum() and scheme[0].isalpha() and not any(c.isspace() for c in text.strip())
    )
