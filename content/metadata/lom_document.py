"""The LOM document kept beside what a record's fields say, so that nothing of a profile is lost: ScoLOMFR's and LOMFR's
own elements, every vocabulary's source, value and label, whole classification paths, relations, annotations.

What is kept is a copy: the elements of LOM and of the French profiles, their texts and languages. Elements of other
namespaces, other attributes and comments are not (strangers' markup has no business in what the hub serves), and of
people's cards only the names.

Sources: IEEE 1484.12.3 (XML binding); LOMFR and ScoLOMFR schemas 3.1 (their elements and where they stand); RFC 2426.
SupLOMFR has vocabularies of its own, named by ``source``, and no element.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from content import xml
from content.metadata.record import Taxon

LOM: Final = "http://ltsc.ieee.org/xsd/LOM"
LOMFR: Final = "http://www.lom-fr.fr/xsd/LOMFR"
SCOLOMFR: Final = "http://www.lom-fr.fr/xsd/SCOLOMFR"
MOST_BYTES: Final = 64 << 10
"""A page of an OAI-PMH list holds a hundred documents."""
#: Bindings of LOM that name its elements alike: Common Cartridge's, those of IEEE drafts.
_ALIKE: Final = "http://ltsc.ieee.org/xsd/"
_FRENCH: Final = (LOMFR, SCOLOMFR)
#: What a reader of the entry is shown: key -> (category, element). LOM 5.2, 5.5 to 5.7; LOMFR 1.9, 5.12, 5.13; ScoLOMFR
#: 1.10, 5.14 to 5.16.
COMPETENCY: Final = "competency"
SHOWN: Final[Mapping[str, tuple[str, str]]] = {
    "document_type": ("general", "documentType"), "general_type": ("general", "generalResourceType"),
    "type": ("educational", "learningResourceType"), "audience": ("educational", "intendedEndUserRole"),
    "level": ("educational", "context"), "age": ("educational", "typicalAgeRange"),
    "activity": ("educational", "activity"), "credit": ("educational", "credit"),
    "place": ("educational", "place"), "method": ("educational", "educationalMethod"),
    "tool": ("educational", "tool"),
}  # fmt: skip


def kept(root: xml.Element) -> tuple[str, int]:
    """The document to keep, empty when it is longer than `MOST_BYTES`; and how many elements of other namespaces were
    left out with all they hold."""
    made = xml.make(f"{{{LOM}}}lom", namespaces={"": LOM, "lomfr": LOMFR, "scolomfr": SCOLOMFR})
    foreign = _copy(root, made)
    data = xml.write(made, declaration=False)
    return (data.decode() if len(data) <= MOST_BYTES else ""), foreign


def _copy(source: xml.Element, copy: xml.Element) -> int:
    foreign = 0
    for one in source:
        space, name = xml.namespace(one), xml.local(one)
        if space not in _FRENCH and space and not space.startswith(_ALIKE):
            foreign += 1
            continue
        made = xml.add(copy, f"{{{space if space in _FRENCH else LOM}}}{name}")
        if spoken := one.get("language") or one.get(f"{{{xml.XML}}}lang"):
            made.set("language", str(spoken))
        said = (one.text or "").strip()
        made.text = (names(said) if name == "entity" else said) or None
        foreign += _copy(one, made)
    return foreign


def plain(root: xml.Element) -> xml.Element:
    """The same document without what only the French profiles have, changed in place."""
    for one in list(root.iter()):
        above = one.getparent()
        if above is not None and (xml.namespace(one) != LOM or _is_label(one)):
            above.remove(one)
    return root


def _is_label(element: xml.Element) -> bool:
    return xml.local(element) == "label"


def told(document: str) -> dict[str, list[str]]:
    """What a document says that people choose by: the keys of `SHOWN`, and ``class``: each path of a classification.
    Labels where it has them."""
    if not document:
        return {}
    root = xml.parse(document.encode()).root
    found = {
        key: [said for part in xml.children(root, category) for one in xml.children(part, name) if (said := _said(one))]
        for key, (category, name) in SHOWN.items()
    }
    found["class"] = [
        " > ".join(words)
        for path in xml.descendants(root, "taxonPath")
        if (words := [said for one in xml.children(path, "taxon") if (said := _class(one))])
    ]
    return {key: list(dict.fromkeys(values)) for key, values in found.items() if values}


def competencies(document: str) -> list[Taxon]:
    """The competencies that a document says are trained (LOM 9.1 ``competency``): the class at the end of each path,
    with the source of its path."""
    if not document:
        return []
    found = []
    for one in xml.children(xml.parse(document.encode()).root, "classification"):
        purpose = xml.text(xml.child(one, "purpose", "value")).rpartition("/")[2].lower()
        for path in xml.children(one, "taxonPath") if purpose == COMPETENCY else ():
            if taxons := xml.children(path, "taxon"):
                source, last = xml.text(xml.child(path, "source", "string")), taxons[-1]
                label = " ".join(xml.text(xml.child(last, "entry", "string")).split())
                found.append(Taxon(COMPETENCY, source, xml.text(xml.child(last, "id")), label))
    return found


def _said(element: xml.Element) -> str:
    """A term by its label, else the end of its value; a text in its first language."""
    if xml.child(element, "value") is not None:
        label = xml.text(xml.child(element, "label"))
        return " ".join((label or xml.text(xml.child(element, "value")).rpartition("/")[2]).split())
    text = xml.child(element, "string")
    return " ".join(xml.text(element if text is None else text).split())


def _class(taxon: xml.Element) -> str:
    entry = xml.child(taxon, "entry", "string")
    return " ".join((xml.text(entry) or xml.text(xml.child(taxon, "id"))).split())


_LINE: Final = re.compile(r"([A-Za-z-]+)(;[^:\n]*)?:(.*)")


def _lines(card: str) -> Iterator[tuple[str, str]]:
    """(property, value) of a vCard, folded lines joined; one that lost its line ends is taken apart before each
    property in capitals."""
    card = re.sub(r"\r?\n[ \t]", "", card.strip())
    if "\n" not in card:
        card = re.sub(r"\s+(?=[A-Z]+[;:])", "\n", card)
    for line in card.splitlines():
        if match := _LINE.fullmatch(line.strip()):
            yield match[1].upper(), match[3].strip()


def is_card(text: str) -> bool:
    """Whether it is a vCard rather than a bare name."""
    return "BEGIN:VCARD" in text[:200].upper()


def names(text: str) -> str:
    """A vCard with its names only: addresses, telephones and notes stay where they came from."""
    if not is_card(text):
        return " ".join(text.split())
    said = [f"{name}:{value}" for name, value in _lines(text) if name in ("FN", "N", "ORG") and value]
    return "\n".join(["BEGIN:VCARD", "VERSION:3.0", *said, "END:VCARD"])


def card_name(text: str) -> str:
    """The formatted name of a vCard, else its organisation, else its parts; a bare text is a name."""
    if not is_card(text):
        return " ".join(text.split())
    fields: dict[str, str] = {}
    for name, value in _lines(text):
        fields.setdefault(name, value)
    for name in ("FN", "ORG", "N"):
        value = fields.get(name, "")
        parts = [value] if name == "FN" else re.split(r"(?<!\\);", value)
        if found := " ".join(" ".join(_unescaped(part) for part in parts).split()):
            return found
    return ""


def card(name: str) -> str:
    """A vCard of a name (RFC 2426 3.1: both properties must be there)."""
    said = re.sub(r"([\\,;])", r"\\\1", " ".join(name.split()))
    return f"BEGIN:VCARD\nVERSION:3.0\nN:{said}\nFN:{said}\nEND:VCARD"


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: " " if found[1] in "nN" else found[1], value)
