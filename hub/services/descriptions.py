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
from content.metadata.lom_document import competencies
from content.metadata.record import Record, Taxon
from content.metadata.record import language as normalised
from content.packages.description import description
from content.report import Findings
from hub.domain.catalogue_text import fold, licence_family
from hub.models.exchange import ResourceDescription
from hub.models.learning import Resource
from hub.services.code_files import FORMS

#: ISO 8601, zeros of years and months written too; and the clock times of IMS MD 1.2 (``0000-00-00T00:45``).
_DURATION: Final = re.compile(
    r"P(?:0+Y)?(?:0+M)?(?:(?P<weeks>\d{1,2})W)?(?:(?P<days>\d{1,3})D)?"
    r"(?:T(?:(?P<hours>\d{1,4}(?:[.,]\d{1,3})?)H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,8})(?:\.\d{1,9})?S)?)?"
    r"|(?:0000-00-00)?T?(?P<clock>\d{1,2}):(?P<past>\d{2})(?::\d{2}(?:\.\d{1,9})?)?"
)
_MINUTES: Final = {
    "weeks": 10_080, "days": 1440, "hours": 60, "minutes": 1, "seconds": 1 / 60, "clock": 60, "past": 1,
}  # fmt: skip
#: What stands alone as a keyword and can be nothing else than a code: « ROME H2903 », « RNCP34567 », « rs:5000 ».
_CODE_WORD: Final = re.compile(r"(rome|rncp|formacode)[\s:°-]*(\w+)|(rs|nsf)\s*:\s*(\w+)")
#: Tools of ScoLOMFR 5.16, by their folded label, that are equipment of the catalogue.
_EQUIPMENT: Final = {
    "computer": r"(?:micro-)?ordinateurs?(?: portables?| fixes?)?", "tablet": r"tablettes?(?: numeriques?| tactiles?)?",
    "headset": r"(?:micro-)?casques?(?: audio)?", "camera": r"(?:web)?cam(?:era)?s?(?: numeriques?)?",
    "printer": r"imprimantes?", "machine": r"imprimantes? 3d|machines?[ -]outils?",
}  # fmt: skip
_LONGEST_SKILL: Final = 120
_UNTOLD: Final = ("", "other", "reserved")
MOST_SHOWN, LONGEST_SHOWN = 12, 200


def values(found: Record) -> dict[str, Any]:
    """What the catalogue's fields say of it; empty or 0 where it does not tell."""
    skills = (text(one.label)[:_LONGEST_SKILL] for one in competencies(found.document) if not _code(one))
    return {
        "title": text(found.title)[:300], "summary": text(found.description)[:2000],
        "language": next(filter(None, map(spoken, found.languages)), ""), "licence": _licence(found),
        "keywords": _keywords(found), "codes": _codes(found), "minutes": _minutes(found.learning_time),
        "skills": list(dict.fromkeys(filter(None, skills)))[:30], "equipment": _equipment(found),
    }  # fmt: skip


def spoken(language: str) -> str:
    """The language that the catalogue keeps of a tag or a name; empty of what is none."""
    head = normalised(language).partition("-")[0]
    return head if re.fullmatch("[a-z]{2,3}", head) else ""


def _licence(found: Record) -> str:
    """Of several statements the one that names a licence; a notice of copyright often stands beside it."""
    said = [text(one)[:200] for _language, one in found.rights]
    return next((one for one in said if licence_family(one) not in _UNTOLD), next(filter(None, said), ""))


def _equipment(found: Record) -> list[str]:
    tools = [fold(one) for one in lom_document.told(found.document).get("tool", ())]
    return [name for name, form in _EQUIPMENT.items() if any(re.fullmatch(form, one) for one in tools)]


def text(said: str) -> str:
    """A text of strangers without its markup."""
    return " ".join(unescape(nh3.clean(said, tags=set())).split())


def _keywords(found: Record) -> list[str]:
    words = (text(said)[:60] for _language, said in found.keywords)
    return list(dict.fromkeys(word for word in words if word))[:30]


def _codes(found: Record) -> list[str]:
    """Codes of its classes, and those that its keywords are."""
    words = (_CODE_WORD.fullmatch(fold(text(said)).strip()) for _language, said in found.keywords)
    named = (Taxon("", one[1] or one[3], one[2] or one[4], "") for one in words if one)
    return list(dict.fromkeys(code for one in (*found.taxons, *named) if (code := _code(one))))[:60]


def _code(taxon: Taxon) -> str:
    """A class of a list that the catalogue knows: ``rome:H2903``; empty of others."""
    source = taxon.source.casefold()
    bare = taxon.id.strip().rstrip("/").rpartition("/")[2].upper()
    # As a word: « rs » is in « cours », « version », « universel » too.
    scheme = next((name for name in FORMS if re.search(rf"(?<![a-z]){name}(?![a-z])", source)), "")
    if bare.startswith("RNCP"):  # as France compétences writes its numbers: it says itself which list it is of
        scheme = "rncp"
    bare = bare.removeprefix(scheme.upper()).strip(" :")
    bare = bare.lower() if scheme == "nsf" else bare
    return f"{scheme}:{bare}" if scheme and re.fullmatch(FORMS[scheme], bare) else ""


def _minutes(duration: str) -> int:
    """Whole minutes of a duration, at most a year of them."""
    found = _DURATION.fullmatch(duration.strip())
    parts = found.groupdict() if found else {}
    total = int(sum(float(said.replace(",", ".")) * _MINUTES[part] for part, said in parts.items() if said))
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
        keywords=own.keywords if row.skills != before["skills"] else chosen("keywords", "keywords"),
        learning_time=chosen("learning_time", "minutes"), rights=chosen("rights", "licence"),
        taxons=said.taxons if row.codes == before["codes"] else (*others, *own.taxons),
        formats=said.formats or own.formats, size=said.size if own.size is None else own.size,
        locations=own.locations or said.locations, schemas=tuple(dict.fromkeys((*said.schemas, *own.schemas))),
    )  # fmt: skip
