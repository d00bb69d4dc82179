"""The catalogue: what a path's activities can be tied to, from partners' platforms or entered here (DESIGN section 4).

Search, filters, one entry, where it is used. An entry declares what it can bring back. Own entries are written by
``catalogue_edit``, those of platforms by the sync.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from hub.domain.catalogue_index import Index
from hub.domain.catalogue_text import asked, fold
from hub.domain.path import (
    Activity,
    Binding,
    BindingKind,
    Brings,
    Modality,
    Needs,
    PathDocument,
    Phone,
)
from hub.models.learning import LearningPath, PathVersion, Resource
from hub.models.platforms import Platform
from hub.models.river import BindingRow
from hub.services.catalogue_cache import index_of
from hub.services.catalogue_docs import newest
from hub.services.errors import NotFound

OWN_KINDS = (BindingKind.WEB, BindingKind.LTI_LINK, BindingKind.ACTIVITY)
#: Entries of the place itself: those and the packages it imported.
OF_THE_PLACE = (*OWN_KINDS, BindingKind.PACKAGE)
PAGE = 24
#: Entries that a search looks at while there is no index: a third of a second.
LOOKED_AT: Final = 3000


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search asks for; empty means any. ``text``: words that must all occur; ``more``: facet -> values of which
    one must hold; ``within``: ids among which to look."""

    text: str = ""
    kind: str = ""
    modality: str = ""
    phone: str = ""
    brings: str = ""
    platform_id: UUID | None = None
    withdrawn: bool = False
    more: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    within: Sequence[str] | None = None

    def values(self) -> dict[str, tuple[str, ...]]:
        """What is chosen of each facet."""
        one = {"kind": self.kind, "modality": self.modality, "phone": self.phone, "brings": self.brings}
        one["platform"] = str(self.platform_id or "")
        return {**{name: (value,) for name, value in one.items() if value}, **self.more}


@dataclass(frozen=True, slots=True)
class Entry:
    """A catalogue entry as shown. ``parent``: the course of a remote module."""

    id: UUID
    kind: BindingKind
    title: str
    summary: str
    iri: str
    url: str
    platform_id: UUID | None
    platform: str
    parent_id: UUID | None
    parent: str
    language: str
    modality: Modality
    minutes: int
    megabytes: float
    phone: Phone
    brings: tuple[Brings, ...]
    custom: dict[str, Any]
    licence: str
    withdrawn_at: datetime | None
    keywords: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    equipment: tuple[str, ...] = ()
    picture: str = ""
    picture_text: str = ""

    @property
    def own(self) -> bool:
        """Whether it was entered here rather than read from a platform."""
        return self.kind in OF_THE_PLACE

    @property
    def site(self) -> str:
        """Where it opens: the platform's name, else the host of its address."""
        return self.platform or (urlsplit(self.url).hostname or "")


@dataclass(frozen=True, slots=True)
class Page:
    """A page of entries; ``after`` asks for the next one, None at the end. ``counts``: facet -> (value, how many);
    ``read_as``: words that were taken for others; ``meant``: of an empty page, words that would find something.
    ``preparing``: the index of a large catalogue is not there yet, so these are the newest entries that fit as they
    are written; nothing is counted (``total`` is what the page holds), and a page may be empty though others
    follow."""

    entries: list[Entry]
    after: UUID | None
    total: int
    counts: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    read_as: dict[str, str] = field(default_factory=dict)
    meant: dict[str, str] = field(default_factory=dict)
    preparing: bool = False


@dataclass(frozen=True, slots=True)
class Use:
    """Where an entry is used: a step of a version of a path."""

    path_id: UUID
    path: str
    version_id: UUID
    number: int
    state: str
    step_id: UUID
    step: str


def search(
    session: Session, filters: Filters, after: UUID | None = None, limit: int = PAGE, *, count: Sequence[str] = ()
) -> Page:
    """Entries that fit, those with the words in their title first, each rank by title, from the one following
    ``after``. A lost ``after`` gives the first page. ``count``: the facets to count."""
    index = index_of(session)
    if index is None:
        return _without_index(session, filters, after, limit)
    within = [UUID(one).bytes for one in filters.within] if filters.within is not None else None
    hits = index.search(
        filters.text, filters.values(), gone=filters.withdrawn, within=within, after=after.bytes if after else None,
        limit=limit, count=count,
    )  # fmt: skip
    keys = [UUID(bytes=key) for key in hits.keys]
    rows = {row.id: row for row in session.scalars(select(Resource).where(Resource.id.in_(keys)))}
    entries = entries_of(session, [rows[key] for key in keys if key in rows])
    unknown = {} if hits.total else _meant(index, filters.text)
    return Page(entries, keys[-1] if hits.more else None, hits.total, hits.counts, hits.read_as, unknown)


def _without_index(session: Session, filters: Filters, after: UUID | None, limit: int) -> Page:
    """The newest entries that fit, among the `LOOKED_AT` that follow ``after``."""
    words, chosen = asked(filters.text), filters.values()
    within = None if filters.within is None else {UUID(one).bytes for one in filters.within}
    docs, last = newest(session, after), after
    found: list[UUID] = []
    for doc in islice(docs, LOOKED_AT):
        last = UUID(bytes=doc.key)
        if (within is None or doc.key in within) and doc.gone is filters.withdrawn and doc.fits(words, chosen):
            found.append(last)
            if len(found) == limit:
                break
    rows = {row.id: row for row in session.scalars(select(Resource).where(Resource.id.in_(found)))}
    entries = entries_of(session, [rows[key] for key in found])
    return Page(entries, last if next(docs, None) else None, len(found), preparing=True)


def _meant(index: Index, text: str) -> dict[str, str]:
    """For words that nothing holds, the known word that is nearest."""
    near = {word: index.nearest(word) for word in asked(text)}
    return {word: meant for word, meant in near.items() if meant and fold(meant) != word}


def get(session: Session, resource_id: UUID) -> Entry:
    """One entry, withdrawn or not. Raises NotFound."""
    return entries_of(session, [find_row(session, resource_id)])[0]


def uses(session: Session, resource_id: UUID) -> list[Use]:
    """Where an entry is used: by bindings of frozen versions and by documents of drafts; newest version first."""
    published = (
        select(PathVersion, LearningPath, BindingRow.step_id)
        .join(BindingRow, BindingRow.version_id == PathVersion.id)
        .join(LearningPath, LearningPath.id == PathVersion.path_id)
        .where(BindingRow.resource_id == resource_id, LearningPath.of_resource_id.is_(None))
        .distinct()
    )
    found: dict[tuple[UUID, UUID], Use] = {}
    for version, path, step_id in session.execute(published):
        step = PathDocument.model_validate(version.document).step(step_id)
        found[version.id, step_id] = _use(version, path, step_id, step.title if step else "")
    drafts = (
        select(PathVersion, LearningPath)
        .join(LearningPath, LearningPath.id == PathVersion.path_id)
        .where(PathVersion.state == "draft", cast(PathVersion.document, Text).contains(str(resource_id)))
    )
    for version, path in session.execute(drafts):
        for step in PathDocument.model_validate(version.document).steps():
            if any(a.binding.resource_id == resource_id for a in step.activities()):
                found[version.id, step.id] = _use(version, path, step.id, step.title)
    return sorted(found.values(), key=lambda u: (u.path.casefold(), -u.number))


def platforms_named(session: Session, keys: Iterable[str]) -> dict[str, str]:
    """Names of these platforms, by id as text; what is no id of one is left out."""
    known = [UUID(key) for key in keys if _is_uuid(key)]
    rows = session.execute(select(Platform.id, Platform.name).where(Platform.id.in_(known))) if known else ()
    return {str(key): name for key, name in rows}


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def activity_from(entry: Entry) -> Activity:
    """A new activity tied to an entry, with what the entry knows: title, modality, minutes, needs, what it brings
    back."""
    return Activity(
        title=entry.title,
        modality=entry.modality,
        minutes=entry.minutes,
        needs=Needs(phone=entry.phone, computer=entry.phone is Phone.NO, megabytes=entry.megabytes),
        binding=Binding(kind=entry.kind, iri=entry.iri, resource_id=entry.id, brings=entry.brings),
    )


def entries_of(session: Session, rows: Sequence[Resource]) -> list[Entry]:
    """What callers see of these rows, in their order."""
    of_platforms = select(Platform.id, Platform.name).where(
        Platform.id.in_({r.platform_id for r in rows if r.platform_id})
    )
    of_parents = select(Resource.id, Resource.title).where(Resource.id.in_({r.parent_id for r in rows if r.parent_id}))
    names = dict(session.execute(of_platforms).all())
    parents = dict(session.execute(of_parents).all())
    return [_entry(row, names, parents) for row in rows]


def _entry(row: Resource, platforms_: dict[UUID, str], parents: dict[UUID, str]) -> Entry:
    return Entry(
        id=row.id,
        kind=BindingKind(row.kind),
        title=row.title,
        summary=row.summary,
        iri=row.iri,
        url=row.url,
        platform_id=row.platform_id,
        platform=platforms_.get(row.platform_id, "") if row.platform_id else "",
        parent_id=row.parent_id,
        parent=parents.get(row.parent_id, "") if row.parent_id else "",
        language=row.language,
        modality=Modality(row.modality),
        minutes=row.minutes,
        megabytes=row.megabytes,
        phone=Phone(row.phone),
        brings=tuple(Brings.model_validate(b) for b in row.brings),
        custom=parameters_of(row),
        licence=row.licence,
        withdrawn_at=row.withdrawn_at,
        keywords=tuple(row.keywords),
        skills=tuple(row.skills),
        codes=tuple(row.codes),
        equipment=tuple(row.equipment),
        picture=row.picture,
        picture_text=row.picture_text,
    )


def find_row(session: Session, resource_id: UUID) -> Resource:
    """The row of an entry. Raises NotFound."""
    resource = session.get(Resource, resource_id)
    if resource is None:
        raise NotFound(kind="resource", id=resource_id)
    return resource


def _use(version: PathVersion, path: LearningPath, step_id: UUID, step: str) -> Use:
    return Use(path.id, path.title, version.id, version.number, version.state, step_id, step)


#: What ``Resource.custom`` holds of an LTI link beside its parameters: from its picking inside the tool.
LINK_FACTS: Final = ("score_maximum", "line_item", "dates", "tool_id", "shown", "html")


def parameters_of(row: Resource) -> dict[str, Any]:
    """The custom parameters that are sent when an LTI link is opened; what else is kept of a link is not among
    them."""
    told = row.custom or {}
    flat = {name: value for name, value in told.items() if name not in (*LINK_FACTS, "parameters")}
    return {**flat, **told.get("parameters", {})}
