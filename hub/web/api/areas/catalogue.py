"""The catalogue: what the activities of a path can be tied to."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from hub.domain.path import BindingKind, Brings, EvidenceKind, Modality, Phone
from hub.domain.roles import Role
from hub.services import catalogue, catalogue_edit
from hub.services.catalogue import Filters
from hub.services.catalogue_edit import EntryData
from hub.services.code_lists import SCHEMES
from hub.web.api.areas.paths import DESIGNERS
from hub.web.api.operation import Api, Call
from hub.web.api.paging import BadCursor
from hub.web.api.shapes import Answer, Body, Instant, Line, Page, Prose, Query

api = Api("catalogue", "catalogue")
READERS: tuple[Role, ...] = ("designer", "administrator", "trainer", "mediator")
COUNTED = (
    "kind", "origin", "modality", "phone", "duration", "language", "licence", "skill", "equipment", "brings",
    "platform", *SCHEMES,
)  # fmt: skip
Address = Annotated[str, Field(max_length=2000)]


class EntryQuery(Query):
    """What is asked of the catalogue."""

    q: str = Field(
        default="",
        max_length=100,
        description="Words of title, summary, skills, keywords, codes; accents, case, typing errors do not matter.",
    )
    kind: BindingKind | None = None
    modality: Modality | None = None
    phone: Phone | None = None
    brings: EvidenceKind | None = Field(default=None, description="What the entry can bring back.")
    platform_id: UUID | None = None
    duration: Literal["15", "60", "180", "420", "more"] | None = Field(
        default=None, description="Minutes at most; `more` than 420."
    )
    origin: Literal["own", "package", "file", "remote", "lti", "harvest"] | None = None
    language: str = Field(default="", max_length=8)
    licence: str = Field(default="", max_length=40, description="A family: `cc-by`, `cc-by-nc-sa`, `etalab`…")
    skill: str = Field(default="", max_length=120)
    equipment: str = Field(default="", max_length=20)
    code: str = Field(default="", max_length=40, description="A list and a code of it: `rome:H2902`.")
    withdrawn: bool = Field(default=False, description="Only withdrawn entries.")
    limit: int = Field(default=50, ge=1, le=200, description="Items of a page.")
    cursor: str = Field(default="", max_length=40, description="The `next` of the page before.")


class EntryAnswer(Answer):
    """An entry. ``platform`` and ``parent`` are names; ``minutes`` planned, ``megabytes`` downloaded on opening."""

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
    brings: list[Brings]
    custom: dict[str, Any]
    licence: str
    keywords: list[str]
    skills: list[str]
    codes: list[str]
    equipment: list[str]
    withdrawn_at: Instant | None


class FacetCount(Answer):
    """A value of a facet and how many entries have it."""

    value: str
    count: int


class Facets(Answer):
    """How many entries fit, and for each facet the values they have, the most frequent first."""

    preparing: bool = Field(
        default=False, description="True while the index of a large catalogue is made: nothing is counted then."
    )
    total: int
    facets: dict[str, list[FacetCount]]


class EntryBody(Body):
    """What an own entry says. Of one read from a platform only what the platform does not say is taken."""

    kind: Literal["lti_link", "web", "activity", "remote_course", "remote_module"]
    title: Line
    summary: Prose = ""
    url: Address = ""
    iri: Address = ""
    platform_id: UUID | None = None
    language: Annotated[str, Field(max_length=8)] = "fr"
    modality: Modality = Modality.OWN_PACE
    minutes: int = Field(default=0, ge=0, le=100_000)
    megabytes: float = Field(default=0, ge=0, le=1_000_000, allow_inf_nan=False)
    phone: Phone = Phone.YES
    brings: tuple[Brings, ...] = Field(default=(), max_length=20)
    custom: dict[Line, Line] = Field(default={}, max_length=50, examples=[{"level": "1"}])
    licence: Line = ""
    keywords: tuple[Line, ...] = Field(default=(), max_length=30)
    skills: tuple[Line, ...] = Field(default=(), max_length=30)
    codes: tuple[Line, ...] = Field(default=(), max_length=60, examples=[["rome:H2902"]])
    equipment: tuple[Line, ...] = Field(default=(), max_length=20)


class NewEntry(EntryBody):
    """An entry of one's own."""

    kind: Literal["lti_link", "web", "activity"]


@api.get("/catalogue", "The catalogue", roles=READERS)
def list_entries(call: Call, query: EntryQuery) -> Page[EntryAnswer]:
    """The entries that fit: those with the words in their title first, each rank by title."""
    found = catalogue.search(call.session, _filters(query), _after(query.cursor), query.limit)
    items = [EntryAnswer.model_validate(entry) for entry in found.entries]
    return Page(items=items, next=str(found.after) if found.after else None)


@api.get("/catalogue/facets", "How many entries, by facet", roles=READERS)
def count_entries(call: Call, query: EntryQuery) -> Facets:
    """The same search, counted: a facet as if none of its own values were asked for."""
    found = catalogue.search(call.session, _filters(query), limit=1, count=COUNTED)
    counts = {name: [FacetCount(value=v, count=n) for v, n in values] for name, values in found.counts.items()}
    return Facets(preparing=found.preparing, total=0 if found.preparing else found.total, facets=counts)


def _filters(query: EntryQuery) -> Filters:
    said = {name: getattr(query, name) for name in ("duration", "origin", "language", "licence", "skill", "equipment")}
    scheme, _colon, code = query.code.partition(":")
    if code:
        said[scheme] = code
    return Filters(
        query.q, query.kind or "", query.modality or "", query.phone or "", query.brings or "", query.platform_id,
        query.withdrawn, {name: (value,) for name, value in said.items() if value},
    )  # fmt: skip


def _after(cursor: str) -> UUID | None:
    try:
        return UUID(cursor) if cursor else None
    except ValueError:
        raise BadCursor from None


@api.post("/catalogue", "Add an entry", roles=DESIGNERS)
def create_entry(call: Call, body: NewEntry) -> EntryAnswer:
    """An entry of one's own: a web link, an LTI link of a registered tool, a bare activity."""
    found = catalogue_edit.create(call.session, _data(body), by=call.me, now=call.now)
    call.location = f"/api/v1/catalogue/{found.id}"
    return EntryAnswer.model_validate(found)


def _data(body: EntryBody) -> EntryData:
    fields = {name: getattr(body, name) for name in type(body).model_fields}
    return EntryData(**{**fields, "kind": BindingKind(body.kind), "custom": dict(body.custom)})


@api.get("/catalogue/{entry_id}", "One entry", roles=READERS)
def read_entry(call: Call, entry_id: UUID) -> EntryAnswer:
    """One entry, withdrawn or not."""
    return EntryAnswer.model_validate(catalogue.get(call.session, entry_id))


@api.put("/catalogue/{entry_id}", "Set an entry", roles=DESIGNERS)
def put_entry(call: Call, entry_id: UUID, body: EntryBody) -> EntryAnswer:
    """Set what an entry says, whole. Its IRI never changes: evidence names it."""
    found = catalogue_edit.update(call.session, entry_id, _data(body), by=call.me, now=call.now)
    return EntryAnswer.model_validate(found)


@api.put("/catalogue/{entry_id}/withdrawn", "Withdraw an entry", roles=DESIGNERS, statuses=(409,))
def withdraw_entry(call: Call, entry_id: UUID) -> None:
    """Take an own entry out of the catalogue; paths that use it go on."""
    catalogue_edit.withdraw(call.session, entry_id, withdrawn=True, by=call.me, now=call.now)


@api.delete("/catalogue/{entry_id}/withdrawn", "Put an entry back", roles=DESIGNERS, statuses=(409,))
def restore_entry(call: Call, entry_id: UUID) -> None:
    """Put a withdrawn entry back into the catalogue."""
    catalogue_edit.withdraw(call.session, entry_id, withdrawn=False, by=call.me, now=call.now)
