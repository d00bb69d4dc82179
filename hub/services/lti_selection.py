"""A designer picks content inside a tool (Deep Linking 2.0): the visit, what came back, and the entries of the
catalogue made of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.base import new_id
from hub.db.types import vault_of
from hub.domain.path import BindingKind, Brings, EvidenceKind
from hub.models.learning import Resource
from hub.models.person import Person
from hub.models.platforms import LtiSelection, LtiTool, Platform
from hub.services.catalogue_edit import USUAL
from hub.services.errors import Forbidden, NotFound
from hub.services.journal import record
from hub.services.lti_message import sub_of, tool_platform
from hub.urls.addresses import html_piece, selection
from lti import (
    Accepted,
    Context,
    ContextRole,
    LaunchPresentation,
    LaunchUser,
    Picked,
    SelectionLaunch,
    SelectionOffer,
)

#: A designer may look around in the tool for so long.
LIFETIME: Final = timedelta(hours=4)
OPEN: Final = "open"
ANSWERED: Final = "answered"
TAKEN: Final = "taken"
#: What the catalogue can hold; a piece of HTML gets a page of ours.
TYPES: Final = ("ltiResourceLink", "link", "file", "html", "image")
_WINDOWS: Final = (
    ("available", "startDateTime", "available_from"),
    ("available", "endDateTime", "available_until"),
    ("submission", "startDateTime", "submission_from"),
    ("submission", "endDateTime", "submission_until"),
)


def tools(session: Session) -> list[tuple[UUID, str]]:
    """Open tools that let people pick content: (id, name), by name. A tool registered by hand says so in a field."""
    query = select(LtiTool, Platform.name).join(Platform, Platform.id == LtiTool.platform_id).where(LtiTool.active)
    found = [(tool.id, name) for tool, name in session.execute(query) if tool.registration.get("selection_uri")]
    return sorted(found, key=lambda pair: pair[1].casefold())


def begin(session: Session, tool_id: UUID, person_id: UUID, place: dict[str, Any], now: datetime) -> LtiSelection:
    """Keep that somebody goes to a tool to pick content for ``place``. Raises NotFound."""
    if tool_id not in {key for key, _name in tools(session)}:
        raise NotFound(lti_tool=str(tool_id))
    row = LtiSelection(
        id=new_id(), tool_id=tool_id, person_id=person_id, place=place, created_at=now, expires_at=now + LIFETIME
    )
    session.add(row)
    session.flush()
    return row


def find(session: Session, selection_id: UUID, now: datetime) -> LtiSelection:
    """A visit that may still be answered. Raises NotFound."""
    row = session.get(LtiSelection, selection_id)
    if row is None or row.expires_at <= now:
        raise NotFound(selection=str(selection_id))
    return row


def own(session: Session, selection_id: UUID, person_id: UUID, now: datetime) -> LtiSelection:
    """A visit of that person's. Raises NotFound, Forbidden."""
    row = find(session, selection_id, now)
    if row.person_id != person_id:
        raise Forbidden
    return row


def offer_of(session: Session, row: LtiSelection, base: str) -> SelectionOffer:
    """What the request of a visit asks for; the same each time, so that its answer can be judged later."""
    data = vault_of(session).keyed_hash("lti selection", str(row.id)).hex()
    return SelectionOffer(selection(base, str(row.id)), data, accept_types=TYPES, accept_multiple=True)


def message(
    session: Session, accepted: Accepted, *, base: str, place: str, language: str, now: datetime
) -> SelectionLaunch:
    """The request to the tool, for an accepted authentication request. Raises NotFound."""
    row = find(session, UUID(accepted.note.reference), now)
    return request_of(session, row, base=base, place=place, language=language)


def request_of(session: Session, row: LtiSelection, *, base: str, place: str, language: str) -> SelectionLaunch:
    """What a visit tells the tool: who comes, for what."""
    tool, person = session.get_one(LtiTool, row.tool_id), session.get_one(Person, row.person_id)
    return SelectionLaunch(
        user=LaunchUser(
            sub=sub_of(session, tool, person.id),
            roles=(ContextRole.CONTENT_DEVELOPER, ContextRole.INSTRUCTOR),
            name=person.name,
            given_name=person.given_name,
            family_name=person.family_name,
            email=person.email,
        ),
        offer=offer_of(session, row, base),
        tool_platform=tool_platform(base, place),
        context=Context(id=row.place.get("path", "catalogue"), title=row.place.get("title") or place),
        presentation=LaunchPresentation(document_target="window", locale=language),
    )


def put(session: Session, row: LtiSelection, picked: Picked) -> None:
    """Keep what a tool brought back, already checked; the designer decides what becomes of it."""
    row.items = [item.to_json() for item in picked.items]
    row.message = picked.error_message or picked.message
    row.state = ANSWERED


def take(
    session: Session, row: LtiSelection, chosen: Iterable[int], *, base: str, by: UUID, now: datetime
) -> list[UUID]:
    """Entries of the catalogue from the items with those numbers; an item taken before gives its entry again."""
    tool = session.get_one(LtiTool, row.tool_id)
    items = [row.items[n] for n in chosen if 0 <= n < len(row.items)]
    made = [_entry(session, tool, item, base, by, now) for item in items]
    row.state = TAKEN
    return made


def piece(session: Session, resource_id: UUID) -> tuple[str, str]:
    """Title and HTML of an entry that is a piece of HTML. Raises NotFound."""
    row = session.get(Resource, resource_id)
    if row is None or "html" not in row.custom:
        raise NotFound(resource=str(resource_id))
    return row.title, str(row.custom["html"])


def _entry(session: Session, tool: LtiTool, item: dict[str, Any], base: str, by: UUID, now: datetime) -> UUID:
    is_link, is_html = item["type"] == "ltiResourceLink", item["type"] == "html"
    key = new_id()
    url = item.get("url") or (tool.registration["target_link_uri"] if is_link else "")
    if is_html:
        url = html_piece(base, str(key))
    iri = key.urn if is_link or is_html else url
    if not (is_link or is_html):
        held = session.scalars(select(Resource).where(Resource.iri == iri, Resource.withdrawn_at.is_(None))).first()
        if held is not None:
            return held.id
    kind = BindingKind.LTI_LINK if is_link else BindingKind.WEB
    resource = Resource(
        id=key,
        kind=kind.value,
        title=_title(item, url),
        summary=str(item.get("text") or "")[:2000],
        iri=iri,
        url=url,
        platform_id=tool.platform_id,
        brings=[b.model_dump(mode="json") for b in _brings(kind, item, tool)],
        custom=_custom(tool, item) if is_link else {"html": item["html"]} if is_html else {},
        created_at=now,
    )
    session.add(resource)
    session.flush()
    record(session, now, by, "resource.picked", "resource", key, title=resource.title)
    return key


def _title(item: dict[str, Any], url: str) -> str:
    return (str(item.get("title") or "").strip() or urlsplit(url).path.rpartition("/")[2] or url)[:200]


def _brings(kind: BindingKind, item: dict[str, Any], tool: LtiTool) -> tuple[Brings, ...]:
    """A link for which the tool wants a column can bring back a score; one without brings nothing by itself. LTI 1.1
    says nothing of completion."""
    if kind is not BindingKind.WEB and "lineItem" not in item:
        return ()
    return tuple(b for b in USUAL[kind] if tool.legacy_key_id is None or b.kind is EvidenceKind.SCORE)


def _custom(tool: LtiTool, item: dict[str, Any]) -> dict[str, Any]:
    dates = {name: (item.get(part) or {}).get(member) for part, member, name in _WINDOWS}
    told = {
        "tool_id": str(tool.id),
        "parameters": item.get("custom"),
        "line_item": item.get("lineItem"),
        "dates": {name: value for name, value in dates.items() if value},
        "shown": {name: item[name] for name in ("window", "iframe") if name in item},
    }
    return {name: value for name, value in told.items() if value}
