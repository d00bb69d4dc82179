"""What a description of strangers (LOM and its profiles, Dublin Core) says of an entry: the fields that the catalogue
has, and the document itself, so that what is served says again what the catalogue has no field for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from html import unescape
from typing import Any, Final
from uuid import UUID

import nh3
from sqlalchemy import select
from sqlalchemy.orm import Session

from content import xml
from content.inspect import Inspection
from content.metadata import lom, lom_document
from content.metadata.record import Record, Taxon
from content.packages.description import description
from content.report import Findings
from hub.models.exchange import ResourceDescription
from hub.models.learning import Resource
from hub.services.code_files import FORMS

_DURATION: Final = re.compile(r"P(?:(\d{1,3})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,6})M)?(?:[\d.]{1,12}S)?)?")
MOST_SHOWN, LONGEST_SHOWN = 12, 200


def values(found: Record) -> dict[str, Any]:
    """What the catalogue's fields say of it; ``minutes`` is 0 where it does not tell."""
    language = (found.languages[0] if found.languages else "fr").partition("-")[0]
    return {
        "title": text(found.title)[:300], "summary": text(found.description)[:2000],
        "language": language if re.fullmatch("[a-z]{2,3}", language) else "fr",
        "licence": text(next((said for _code, said in found.rights), ""))[:200],
        "keywords": _keywords(found), "codes": _codes(found.taxons), "minutes": _minutes(found.learning_time),
    }  # fmt: skip


def text(said: str) -> str:
    """A text of strangers without its markup."""
    return " ".join(unescape(nh3.clean(said, tags=set())).split())


def _keywords(found: Record) -> list[str]:
    words = (text(said)[:60] for _language, said in found.keywords)
    return list(dict.fromkeys(word for word in words if word))[:30]


def _codes(taxons: Iterable[Taxon]) -> list[str]:
    return list(dict.fromkeys(code for one in taxons if (code := _code(one))))[:60]


def _code(taxon: Taxon) -> str:
    """A class of a list that the catalogue knows: ``rome:H2903``; empty of others."""
    source = taxon.source.casefold()
    # As a word: « rs » is in « cours », « version », « universel » too.
    scheme = next((name for name in FORMS if re.search(rf"(?<![a-z]){name}(?![a-z])", source)), "")
    bare = taxon.id.strip().rpartition("/")[2].upper()
    return f"{scheme}:{bare}" if scheme and re.fullmatch(FORMS[scheme], bare) else ""


def _minutes(duration: str) -> int:
    """Whole minutes of an ISO 8601 duration of days, hours and minutes, at most a year of them."""
    found = _DURATION.fullmatch(duration.strip())
    days, hours, minutes = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    total = (days * 24 + hours) * 60 + minutes
    return total if total <= 525_600 else 0


def of_package(inspection: Inspection) -> Record | None:
    """What a package says of itself in LOM, while its file is open; or the record that the file is."""
    if isinstance(inspection.package, Record):
        return inspection.package
    return description(inspection.archive, inspection.root) if inspection.archive is not None else None


def keep(session: Session, resource_id: UUID, found: Record) -> None:
    """Keep the document with the entry, in place of an earlier one; nothing where it has none."""
    row = session.get(ResourceDescription, resource_id)
    if row is not None:
        row.document = found.document
    elif found.document:
        session.add(ResourceDescription(resource_id=resource_id, document=found.document))


def documents(session: Session, resource_ids: Iterable[UUID]) -> Mapping[UUID, str]:
    """The documents kept with these entries."""
    query = select(ResourceDescription).where(ResourceDescription.resource_id.in_(list(resource_ids)))
    return {row.resource_id: row.document for row in session.scalars(query)}


def told(session: Session, resource_id: UUID) -> dict[str, list[str]]:
    """What the document kept with an entry says beside the catalogue's fields, by the keys of
    `lom_document.SHOWN` and ``class``; at most `MOST_SHOWN` of each."""
    found = lom_document.told(documents(session, [resource_id]).get(resource_id, ""))
    return {key: [one[:LONGEST_SHOWN] for one in said[:MOST_SHOWN]] for key, said in found.items()}


def together(own: Record, row: Resource, document: str) -> Record:
    """What the catalogue says of an entry, ``own``, with what its document says. Where both speak, the catalogue's
    word counts, unless it is the document's own as the catalogue's field holds it."""
    if not document:
        return own
    said = lom.read(xml.parse(document.encode()).root, Findings())
    before = values(said)

    def chosen(field: str, name: str) -> Any:
        return getattr(said if getattr(row, name) == before[name] else own, field)

    others = tuple(one for one in said.taxons if not _code(one))
    return replace(
        said,
        identifiers=tuple(dict.fromkeys((*own.identifiers, *said.identifiers))),
        titles=chosen("titles", "title"), languages=chosen("languages", "language") or own.languages,
        descriptions=chosen("descriptions", "summary"),
        keywords=own.keywords if row.skills else chosen("keywords", "keywords"),
        learning_time=chosen("learning_time", "minutes"), rights=chosen("rights", "licence"),
        taxons=said.taxons if row.codes == before["codes"] else (*others, *own.taxons),
        formats=said.formats or own.formats, size=said.size if own.size is None else own.size,
        locations=own.locations or said.locations, schemas=tuple(dict.fromkeys((*said.schemas, *own.schemas))),
    )  # fmt: skip
