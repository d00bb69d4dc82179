"""Nothing that a record says is lost on the way through a format but what docs/metadata.md names."""

from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content import xml
from content.metadata import dublin_core, lom, schema_org
from content.metadata.lom_document import LOM, LOMFR, MOST_BYTES, SCOLOMFR, card, card_name, kept, names, told
from content.metadata.record import Contributor, Record, Taxon
from content.report import Findings
from tests.content.metadata.test_records import FULL
from tests.shared import shared_path

FICHE = f"""<lom xmlns="{LOM}" xmlns:fr="{LOMFR}" xmlns:sco="{SCOLOMFR}" xmlns:x="http://www.w3.org/1999/xhtml">
<general><title><string language="fr">Les engrenages</string></title>
<fr:documentType><fr:source>LOMFRv1.0</fr:source><fr:value>http://purl.org/dc/dcmitype/Text</fr:value>
<fr:label>texte</fr:label></fr:documentType>
<sco:generalResourceType><sco:source>SCOLOMFRv8.0</sco:source>
<sco:value>http://voc.example/005-num-029</sco:value><sco:label>ouvrage</sco:label></sco:generalResourceType>
<x:script>alert(1)</x:script></general>
<lifeCycle><contribute><role><source>SCOLOMFRv8.0</source><value>http://voc.example/author</value></role>
<entity>BEGIN:VCARD
VERSION:3.0
N:Roy;Ana
FN:Ana Roy
TEL:0601020304
EMAIL:ana@e.org
END:VCARD</entity></contribute></lifeCycle>
<technical><sco:extendedLocation><sco:location>https://e.org/acces</sco:location>
<sco:platform>https://e.org/plateforme</sco:platform></sco:extendedLocation></technical>
<educational><context><source>SupLOMFRv1.0</source><value>bac+2</value></context>
<typicalAgeRange><string>16-</string></typicalAgeRange>
<fr:activity><fr:source>SCOLOMFRv8.0</fr:source><fr:value>http://voc.example/019-num-029</fr:value>
<fr:label>visionner</fr:label></fr:activity><fr:credit>3 crédits ECTS</fr:credit>
<sco:place><sco:value>http://voc.example/017-num-009</sco:value></sco:place>
<sco:educationalMethod><sco:value>http://voc.example/018-num-022</sco:value><sco:label>projet</sco:label>
</sco:educationalMethod><sco:tool><sco:value>http://voc.example/020-num-057</sco:value></sco:tool></educational>
<relation><kind><value>http://purl.org/dc/terms/references</value></kind></relation>
<classification><purpose><source>LOMv1.0</source><value>educational level</value></purpose>
<taxonPath><source><string>Diplômes</string></source>
<taxon><id>http://voc.example/029-1</id><entry><string>CAP</string></entry></taxon>
<taxon><id>http://voc.example/029-1-4</id><entry><string>CAP Menuisier</string></entry></taxon></taxonPath>
</classification>
</lom>"""

Said = tuple[str, str, str, tuple["Said", ...]]


def said(element: xml.Element) -> Said:
    """An element as plain data."""
    inner = tuple(said(one) for one in element)
    return str(element.tag), element.get("language", ""), (element.text or "").strip(), inner


def read(data: str | bytes) -> tuple[Record, Findings]:
    found = Findings()
    return lom.read(xml.parse(data if isinstance(data, bytes) else data.encode()).root, found), found


def test_what_is_a_profiles_own_comes_out_as_it_came_in() -> None:
    record, found = read(FICHE)
    again, _found = read(xml.write(lom.write(record)))
    assert (again, again.document) == (record, record.document)
    written = xml.write(lom.write(record)).decode()
    for term in ("005-num-029", "019-num-029", "017-num-009", "018-num-022", "020-num-057", "029-1", "029-1-4"):
        assert f">http://voc.example/{term}<" in written
    for term in (
        ">SupLOMFRv1.0<",
        ">bac+2<",
        ">http://voc.example/author<",
        ">3 crédits ECTS<",
        ">https://e.org/acces<",
    ):
        assert term in written
    assert [(one.code, one.details) for one in found.messages] == [("lom_foreign", {"count": 1})]
    for left in ("script", "alert", "0601020304", "ana@e.org"):
        assert left not in written


def test_what_the_catalogue_says_otherwise_replaces_that_alone() -> None:
    record, _found = read(FICHE)
    changed = replace(record, titles=(("fr", "Engrenages"),), rights=(("", "CC BY"),), taxons=())
    again, _found = read(xml.write(lom.write(changed)))
    assert again == changed
    before, after = told(record.document), told(again.document)
    assert before.pop("class") == ["CAP > CAP Menuisier"]
    assert after == before


def test_a_reader_sees_labels() -> None:
    assert told(read(FICHE)[0].document) == {
        "document_type": ["texte"], "general_type": ["ouvrage"], "level": ["bac+2"], "age": ["16-"],
        "activity": ["visionner"], "credit": ["3 crédits ECTS"], "place": ["017-num-009"], "method": ["projet"],
        "tool": ["020-num-057"], "class": ["CAP > CAP Menuisier"],
    }  # fmt: skip
    assert told("") == {}


def test_plain_lom_has_no_element_of_a_profile() -> None:
    root = lom.write_plain(read(FICHE)[0])
    assert {xml.namespace(one) for one in root.iter()} == {LOM}
    assert not list(xml.descendants(root, "label"))
    assert xml.text(next(xml.descendants(root, "context"))) == "SupLOMFRv1.0bac+2"


@pytest.mark.parametrize(
    "name", ["any-valid-exemple", "9-valid-consecutive-taxons", "version-valid-only-one-metadataschema"]
)
def test_records_of_the_field_go_round(name: str) -> None:
    record, _found = read(shared_path("fixtures", "content", "lomfr", f"{name}.xml").read_bytes())
    root = lom.write(record)
    again, _found = read(xml.write(root))
    assert (again, said(root)) == (record, said(xml.parse(again.document.encode()).root))
    assert told(record.document).keys() >= {"type", "audience"} or "exemple" not in name


@pytest.mark.parametrize(
    "hostile",
    [
        f'<lom xmlns="{LOM}"><general><keyword><string>{"k" * MOST_BYTES}</string></keyword></general></lom>',
        f'<lom xmlns="{LOM}">{"<general>" * 98}{"</general>" * 98}</lom>',
        f'<lom xmlns="{LOM}"><educational xmlns:s="{SCOLOMFR}">{"<s:place/>" * 20_000}</educational></lom>',
        f'<lom xmlns="{LOM}" xmlns:h="{SCOLOMFR}/../../"><h:general onload="x()" language="{"f" * 9000}"/></lom>',
        '<lom><general onclick="alert(1)" style="x"><title xml:lang="fr"><string>A</string></title></general></lom>',
    ],
)
def test_hostile_documents_are_bounded(hostile: str) -> None:
    record, _found = read(hostile)
    assert len(record.document.encode()) <= MOST_BYTES
    again = xml.write(lom.write(record)).decode()
    assert "onclick" not in again
    assert "onload" not in again
    told(record.document)


def test_entities_do_not_enter() -> None:
    with pytest.raises(xml.XmlRefused):
        read(f'<!DOCTYPE lom [<!ENTITY x SYSTEM "file:///etc/passwd">]><lom xmlns="{LOM}"><general>&x;</general></lom>')
    assert kept(xml.parse(f'<lom xmlns="{LOM}"><general>&lt;!ENTITY&gt;</general></lom>'.encode()).root)[1] == 0


def test_a_card_that_lost_its_line_ends_still_names_its_organisation() -> None:
    flat = "BEGIN:VCARD VERSION:4.0 KIND:org FN:Zone nationale : Éditions ORG:Éditions NOTE:SIREN=1 TEL:+336 END:VCARD"
    assert card_name(flat) == "Zone nationale : Éditions"
    assert names(flat).splitlines()[2:-1] == ["FN:Zone nationale : Éditions", "ORG:Éditions"]


LINE = st.text("aZé &<>;,:\\'\"/=€😀", min_size=1, max_size=12).map(lambda text: " ".join(text.split())).filter(bool)
CODE = st.sampled_from(["", "fr", "en", "oc-FR"])
TEXTS = st.lists(st.tuples(CODE, LINE), max_size=2).map(tuple)
LINES = st.lists(LINE, max_size=2).map(tuple)
WORD = st.text("abcdefghij-", min_size=1, max_size=8)
WORDS = st.lists(WORD, max_size=2).map(tuple)
RECORDS = st.builds(
    Record, identifiers=st.lists(st.tuples(LINE, LINE), max_size=2).map(tuple), titles=TEXTS,
    languages=st.lists(st.sampled_from(["fr", "en"]), max_size=2).map(tuple), descriptions=TEXTS, keywords=TEXTS,
    contributors=st.lists(st.builds(Contributor, WORD, LINE, st.sampled_from(["", "2026-03"])), max_size=2).map(tuple),
    formats=LINES, size=st.none() | st.integers(0, 10**12), locations=LINES, duration=st.sampled_from(["", "PT2H"]),
    types=LINES, audiences=LINES, levels=LINES, difficulty=st.sampled_from(["", "easy"]),
    learning_time=st.sampled_from(["", "PT1H"]), cost=st.sampled_from(["", "no"]), rights=TEXTS,
    taxons=st.lists(st.builds(Taxon, WORD, LINE, LINE, LINE), max_size=2).map(tuple),
    schemas=st.just(("LOMv1.0",)),
)  # fmt: skip


@settings(max_examples=25)
@given(RECORDS)
def test_lom_says_every_field_of_any_record(record: Record) -> None:
    assert read(xml.write(lom.write(record)))[0] == record


@settings(max_examples=12)
@given(
    RECORDS, st.sets(st.sampled_from([one.name for one in fields(Record) if one.name not in ("document", "schemas")]))
)
def test_any_change_of_fields_is_written_into_the_document_and_nothing_else(record: Record, names: set[str]) -> None:
    before, _found = read(FICHE)
    changed = replace(before, **{name: getattr(record, name) for name in names})
    again, _found = read(xml.write(lom.write(changed)))
    assert again == changed
    own = {"document_type", "general_type", "activity", "credit", "place", "method", "tool", "age"}
    assert {key: told(again.document).get(key) for key in own} == {key: told(before.document).get(key) for key in own}


def plain_texts(texts: tuple[tuple[str, str], ...]) -> list[str]:
    """Texts without their languages, each once."""
    return list(dict.fromkeys(text for _code, text in texts))


@settings(max_examples=25)
@given(RECORDS)
def test_dublin_core_loses_what_its_column_says(record: Record) -> None:
    again = dublin_core.read(xml.parse(xml.write(dublin_core.write(record))).root)
    assert plain_texts(again.titles) == plain_texts(record.titles)
    assert plain_texts(again.descriptions) == plain_texts(record.descriptions)
    assert plain_texts(again.rights) == plain_texts(record.rights)
    assert plain_texts(again.keywords) == list(
        dict.fromkeys([text for _code, text in record.keywords] + [one.label for one in record.taxons])
    )
    for name in ("languages", "formats", "types"):
        assert getattr(again, name) == tuple(dict.fromkeys(getattr(record, name)))
    assert {one.name for one in again.contributors} == {one.name for one in record.contributors}
    said = {entry for _catalog, entry in record.identifiers} | set(record.locations)
    assert {entry for _catalog, entry in again.identifiers} == said


@settings(max_examples=25)
@given(RECORDS)
def test_schema_org_loses_what_its_column_says(record: Record) -> None:
    data = schema_org.write(schema_org.Course(record), "https://e.org/1")
    (again,) = schema_org.read(data, Findings())
    kept = again.record
    assert (kept.title, kept.description) == (record.title, record.description)
    for name in ("languages", "types", "levels", "formats", "learning_time"):
        assert getattr(kept, name) == getattr(record, name)
    assert [text for _code, text in kept.keywords] == [text for _code, text in record.keywords]
    assert {one.name for one in kept.contributors} == {one.name for one in record.contributors}
    assert plain_texts(kept.rights) == plain_texts(record.rights)[:1]


@given(LINE)
def test_names_survive_their_cards(name: str) -> None:
    assert card_name(card(name)) == name
    assert card_name(names(card(name))) == name


def test_the_full_record_is_complete() -> None:
    empty = Record()
    for one in fields(Record):
        assert one.name == "document" or getattr(FULL, one.name) != getattr(empty, one.name), one.name
