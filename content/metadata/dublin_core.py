"""Simple Dublin Core as OAI-PMH wants it (``oai_dc``): written from a record and read into one. All pedagogy is lost.

Sources: DCMES 1.1; OAI-PMH 2.0 section 5 (the ``oai_dc`` schema).
"""

from __future__ import annotations

from content import xml
from content.metadata.record import Contributor, Record, language

OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"
DC = "http://purl.org/dc/elements/1.1/"
SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"
XSI = "http://www.w3.org/2001/XMLSchema-instance"


def write(record: Record) -> xml.Element:
    """The record as ``oai_dc:dc``."""
    root = xml.make(f"{{{OAI_DC}}}dc", namespaces={"oai_dc": OAI_DC, "dc": DC, "xsi": XSI})

    def say(name: str, values: tuple[str, ...]) -> None:
        for value in dict.fromkeys(values):
            if value:
                xml.add(root, f"{{{DC}}}{name}", value)

    say("title", tuple(text for _code, text in record.titles))
    say("creator", tuple(one.name for one in record.contributors if one.role == "author"))
    say("subject", tuple(text for _code, text in record.keywords) + tuple(one.label for one in record.taxons))
    say("description", tuple(text for _code, text in record.descriptions))
    say("publisher", tuple(one.name for one in record.contributors if one.role == "publisher"))
    others = (one.name for one in record.contributors if one.role not in ("author", "publisher"))
    say("contributor", tuple(others))
    say("date", tuple(one.date for one in record.contributors))
    say("type", record.types)
    say("format", record.formats)
    say("identifier", (*record.locations, *(entry for _catalog, entry in record.identifiers)))
    say("language", record.languages)
    say("rights", tuple(text for _code, text in record.rights))
    return root


def read(root: xml.Element) -> Record:
    """The record of an ``oai_dc:dc``."""

    def all_of(name: str) -> tuple[str, ...]:
        return tuple(text for one in xml.children(root, name) if (text := xml.text(one)))

    def said(name: str) -> tuple[tuple[str, str], ...]:
        return tuple((language(xml.lang(one)), text) for one in xml.children(root, name) if (text := xml.text(one)))

    people = [
        Contributor(role, name)
        for element, role in (("creator", "author"), ("publisher", "publisher"), ("contributor", "contributor"))
        for name in all_of(element)
    ]
    identifiers = all_of("identifier")
    web = tuple(one for one in identifiers if one.lower().startswith(("http://", "https://")))
    return Record(
        identifiers=tuple(("URI" if one in web else "", one) for one in identifiers), titles=said("title"),
        languages=tuple(language(code) for code in all_of("language")), descriptions=said("description"),
        keywords=said("subject"), contributors=tuple(people), formats=all_of("format"), locations=web,
        types=all_of("type"), rights=said("rights"), schemas=("oai_dc",),
    )  # fmt: skip
