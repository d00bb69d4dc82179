"""IEEE LOM and its French profiles LOMFR, ScoLOMFR and SupLOMFR: read and checked, written as LOMFR.

A record that was read brings its document (`lom_document`); writing it changes there only what its fields say
otherwise, so that what no field holds comes out as it came in.

IMS MD 1.2 is read as the LOM that it became.

Sources: IEEE 1484.12.1-2002 and 1484.12.3 (XML binding); NF Z 76-040 (LOMFR); ScoLOMFR 3.0 and 6.0 manuals;
SupLOMFR 1.0. Vocabularies are kept by their addresses; they are not carried here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from content import xml
from content.metadata.imsmd import as_lom, is_imsmd
from content.metadata.lom_document import LOM, LOMFR, MOST_BYTES, SCOLOMFR, card, card_name, kept, plain
from content.metadata.record import Contributor, Record, Taxon, language
from content.report import Findings

#: How often a category may stand (IEEE 1484.12.1 table 1); those not named may be repeated.
_ONCE = ("general", "lifeCycle", "metaMetadata", "technical", "rights")
_CATEGORIES = (*_ONCE, "educational", "relation", "annotation", "classification")
_VOCABULARY = re.compile(r"scolomfr-voc-(\d{3})")
#: Classes of the French school, which end a way down the detailed levels (vocabulary 022): nothing lies below them.
_LEVELS_VOCABULARY = "022"
_CLASSES = frozenset(
    ("cp", "ce1", "ce2", "cm1", "cm2", "6e", "5e", "4e", "3e", "2de", "1re", "terminale", "petite section",
     "moyenne section", "grande section")
)  # fmt: skip


def is_lom(root: xml.Element) -> bool:
    """Whether the element is a LOM record."""
    return xml.local(root) == "lom"


def read(root: xml.Element, found: Findings) -> Record:
    """The record; what breaks the standard or the profile is said."""
    found.format = "lom"
    if is_imsmd(root):
        root = as_lom(root)
    general, technical = xml.child(root, "general"), xml.child(root, "technical")
    meta, rights = xml.child(root, "metaMetadata"), xml.child(root, "rights")
    educational = xml.children(root, "educational")
    schemas = tuple(xml.text(one) for one in _each(meta, "metadataSchema"))
    document, foreign = kept(root)
    record = Record(
        identifiers=tuple((xml.text(xml.child(one, "catalog")), xml.text(xml.child(one, "entry")))
                          for one in _each(general, "identifier")),
        titles=_texts(xml.child(general, "title")),
        languages=tuple(language(xml.text(one)) for one in _each(general, "language")),
        descriptions=tuple(text for one in _each(general, "description") for text in _texts(one)),
        keywords=tuple(text for one in _each(general, "keyword") for text in _texts(one)),
        contributors=tuple(_contributors(root)),
        formats=tuple(xml.text(one) for one in _each(technical, "format")),
        size=_number(xml.text(xml.child(technical, "size"))),
        locations=tuple(xml.text(one) for one in _each(technical, "location")),
        duration=xml.text(xml.child(technical, "duration", "duration")),
        types=tuple(_value(one) for part in educational for one in _each(part, "learningResourceType")),
        audiences=tuple(_value(one) for part in educational for one in _each(part, "intendedEndUserRole")),
        levels=tuple(_value(one) for part in educational for one in _each(part, "context")),
        difficulty=next((_value(one) for part in educational for one in _each(part, "difficulty")), ""),
        learning_time=next(filter(None, (_time(part) for part in educational)), ""),
        cost=_value(xml.child(rights, "cost")),
        rights=_texts(xml.child(rights, "description")),
        taxons=tuple(_taxons(root)),
        schemas=schemas,
        document=document,
    )  # fmt: skip
    if foreign:
        found.warn("lom_foreign", count=foreign)
    if not document:
        found.warn("lom_too_long", most=MOST_BYTES)
    found.version = schemas[0] if schemas else "LOM"
    found.entitle(record.title, record.languages[0] if record.languages else "")
    found.description = record.description
    found.licence = record.rights[0][1] if record.rights else ""
    _check(root, record, found)
    return record


def _each(element: xml.Element | None, name: str) -> list[xml.Element]:
    return xml.children(element, name) if element is not None else []


def _texts(element: xml.Element | None) -> tuple[tuple[str, str], ...]:
    """The strings of a LangString, each with its language."""
    strings = _each(element, "string")
    found = [(language(xml.attribute(one, "language") or xml.lang(one)), xml.text(one)) for one in strings]
    return tuple((code, text) for code, text in found if text)


def _time(educational: xml.Element) -> str:
    return xml.text(xml.child(educational, "typicalLearningTime", "duration"))


def _value(element: xml.Element | None) -> str:
    return xml.text(xml.child(element, "value"))


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 16 else None


def _contributors(root: xml.Element) -> Iterator[Contributor]:
    for one in _each(xml.child(root, "lifeCycle"), "contribute"):
        date = xml.text(xml.child(one, "date", "dateTime"))
        role = _value(xml.child(one, "role")).rpartition("/")[2].lower()
        for entity in xml.children(one, "entity"):
            if name := card_name(xml.text(entity)):
                yield Contributor(role, name, date)


def _taxons(root: xml.Element) -> Iterator[Taxon]:
    for one in xml.children(root, "classification"):
        purpose = _value(xml.child(one, "purpose"))
        for path in xml.children(one, "taxonPath"):
            source = next((text for _code, text in _texts(xml.child(path, "source"))), "")
            for taxon in xml.children(path, "taxon"):
                label = next((text for _code, text in _texts(xml.child(taxon, "entry"))), "")
                yield Taxon(purpose, source, xml.text(xml.child(taxon, "id")), label)


def _check(root: xml.Element, record: Record, found: Findings) -> None:
    names = [xml.local(one) for one in xml.children(root)]
    for name in _ONCE:
        if names.count(name) > 1:
            found.error("lom_repeated", name, element=name)
    for name in dict.fromkeys(names):
        if name not in _CATEGORIES:
            found.warn("lom_unknown", name, element=name[:80])
    if not record.titles:
        found.warn("lom_no_title")
    for number, one in enumerate(xml.children(root, "classification"), 1):
        if xml.child(one, "purpose") is None:
            found.warn("lom_no_purpose", f"classification {number}")
        for path in xml.children(one, "taxonPath"):
            _check_path(path, f"classification {number}", found)


def _check_path(path: xml.Element, where: str, found: Findings) -> None:
    """A path goes down one vocabulary, the one its source names."""
    source = _VOCABULARY.search(xml.text(xml.child(path, "source")))
    taxons = xml.children(path, "taxon")
    for place, taxon in enumerate(taxons):
        code = _VOCABULARY.search(xml.text(xml.child(taxon, "id")))
        if source and code and code[1] != source[1]:
            found.error("lom_taxon_vocabulary", where, taxon=code[1], source=source[1])
            return
        label = xml.text(xml.child(taxon, "entry")).lower()
        if source and source[1] == _LEVELS_VOCABULARY and label in _CLASSES and place < len(taxons) - 1:
            found.error("lom_taxon_order", where, taxon=label)
            return


#: Where each field is said: (category, element); without an element the whole category. The order of elements within a
#: category is free (IEEE 1484.12.3 5).
_PLACES: Mapping[str, tuple[str, str]] = {
    "identifiers": ("general", "identifier"), "titles": ("general", "title"), "languages": ("general", "language"),
    "descriptions": ("general", "description"), "keywords": ("general", "keyword"),
    "contributors": ("lifeCycle", "contribute"), "schemas": ("metaMetadata", "metadataSchema"),
    "formats": ("technical", "format"), "size": ("technical", "size"), "locations": ("technical", "location"),
    "duration": ("technical", "duration"), "types": ("educational", "learningResourceType"),
    "audiences": ("educational", "intendedEndUserRole"), "levels": ("educational", "context"),
    "difficulty": ("educational", "difficulty"), "learning_time": ("educational", "typicalLearningTime"),
    "cost": ("rights", "cost"), "rights": ("rights", "description"), "taxons": ("classification", ""),
}  # fmt: skip


def write(record: Record) -> xml.Element:
    """The record as LOMFR: its document, with what its fields say."""
    said = _said(record)
    if not record.document:
        return said
    root = xml.parse(record.document.encode()).root
    before = read(root, Findings())
    for field, (category, name) in _PLACES.items():
        if getattr(record, field) != getattr(before, field):
            _replace(root, said, category, name)
    return root


def write_plain(record: Record) -> xml.Element:
    """The record as LOM, without what only the French profiles have."""
    return plain(write(record))


def _replace(root: xml.Element, said: xml.Element, category: str, name: str) -> None:
    if not name:
        for old in xml.children(root, category):
            root.remove(old)
        for new in xml.children(said, category):
            xml.adopt(root, new)
        return
    for part in xml.children(root, category):
        for old in xml.children(part, name):
            part.remove(old)
    made = [new for part in xml.children(said, category) for new in xml.children(part, name)]
    for new in made:
        target = xml.child(root, category)
        xml.adopt(xml.add(root, category) if target is None else target, new)


def _said(record: Record) -> xml.Element:
    root = xml.make(f"{{{LOM}}}lom", namespaces={"": LOM, "lomfr": LOMFR, "scolomfr": SCOLOMFR})
    general = xml.add(root, "general")
    for catalog, entry in record.identifiers:
        identifier = xml.add(general, "identifier")
        xml.add(identifier, "catalog", catalog)
        xml.add(identifier, "entry", entry)
    if record.titles:
        _add_texts(general, "title", record.titles)
    for code in record.languages:
        xml.add(general, "language", code)
    for text in record.descriptions:
        _add_texts(general, "description", (text,))
    for text in record.keywords:
        _add_texts(general, "keyword", (text,))
    _write_people(root, record)
    meta = xml.add(root, "metaMetadata")
    for schema in record.schemas or ("LOMv1.0", "LOMFRv1.0"):
        xml.add(meta, "metadataSchema", schema)
    technical = xml.add(root, "technical")
    for value in record.formats:
        xml.add(technical, "format", value)
    if record.size is not None:
        xml.add(technical, "size", str(record.size))
    for value in record.locations:
        xml.add(technical, "location", value)
    if record.duration:
        xml.add(xml.add(technical, "duration"), "duration", record.duration)
    _write_use(root, record)
    return root


def _write_people(root: xml.Element, record: Record) -> None:
    if not record.contributors:
        return
    life = xml.add(root, "lifeCycle")
    for one in record.contributors:
        contribute = xml.add(life, "contribute")
        _add_value(contribute, "role", one.role or "author")
        xml.add(contribute, "entity", card(one.name))
        if one.date:
            xml.add(xml.add(contribute, "date"), "dateTime", one.date)


def _write_use(root: xml.Element, record: Record) -> None:
    if record.types or record.audiences or record.levels or record.difficulty or record.learning_time:
        use = xml.add(root, "educational")
        for name, values in (
            ("learningResourceType", record.types), ("intendedEndUserRole", record.audiences),
            ("context", record.levels), ("difficulty", (record.difficulty,) if record.difficulty else ()),
        ):  # fmt: skip
            for value in values:
                _add_value(use, name, value)
        if record.learning_time:
            xml.add(xml.add(use, "typicalLearningTime"), "duration", record.learning_time)
    if record.rights or record.cost:
        rights = xml.add(root, "rights")
        if record.cost:
            _add_value(rights, "cost", record.cost)
        if record.rights:
            _add_texts(rights, "description", record.rights)
    for one in record.taxons:
        classification = xml.add(root, "classification")
        if one.purpose:
            _add_value(classification, "purpose", one.purpose)
        path = xml.add(classification, "taxonPath")
        _add_texts(path, "source", (("", one.source),))
        taxon = xml.add(path, "taxon")
        xml.add(taxon, "id", one.id)
        _add_texts(taxon, "entry", (("", one.label),))


def _add_texts(parent: xml.Element, name: str, texts: tuple[tuple[str, str], ...]) -> None:
    holder = xml.add(parent, name)
    for code, text in texts:
        made = xml.add(holder, "string", text)
        if code:
            made.set("language", code)


def _add_value(parent: xml.Element, name: str, value: str) -> None:
    holder = xml.add(parent, name)
    xml.add(holder, "source", "LOMv1.0")
    xml.add(holder, "value", value)
