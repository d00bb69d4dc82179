"""LOM, Dublin Core and schema.org: read, checked, written, and what a mapping keeps."""

import io
import json
from typing import Any

import pytest

from content import xml
from content.inspect import inspect
from content.metadata import dublin_core, lom, schema_org
from content.metadata.lom_document import LOM, card_name
from content.metadata.record import Contributor, Record, Taxon, language
from content.report import Findings
from tests.shared import shared_path

FULL = Record(
    identifiers=(("URI", "https://e.org/1"),),
    titles=(("fr", "Lire un plan"), ("en", "Read a plan")),
    languages=("fr",),
    descriptions=(("fr", "Cotes & <tolérances>"),),
    keywords=(("fr", "atelier"), ("", "laser")),
    contributors=(Contributor("author", "Ana Roy", "2026-03-01"), Contributor("publisher", "Le Générateur")),
    formats=("text/html",),
    size=1200,
    locations=("https://e.org/1",),
    duration="PT12M",
    types=("exercise",),
    audiences=("learner",),
    levels=("training",),
    difficulty="easy",
    learning_time="PT1H",
    cost="no",
    rights=(("", "CC BY 4.0"),),
    taxons=(Taxon("discipline", "urn:voc", "urn:voc:1", "Fabrication"),),
    schemas=("LOMv1.0", "LOMFRv1.0"),
)


def again(root: xml.Element) -> xml.Element:
    return xml.parse(xml.write(root)).root


def test_lom_says_all_of_a_record() -> None:
    assert lom.read(again(lom.write(FULL)), Findings()) == FULL


def test_dublin_core_keeps_what_its_table_says() -> None:
    kept = dublin_core.read(again(dublin_core.write(FULL)))
    assert [text for _code, text in kept.titles] == ["Lire un plan", "Read a plan"]
    assert [text for _code, text in kept.keywords] == ["atelier", "laser", "Fabrication"]
    assert [(one.role, one.name) for one in kept.contributors] == [
        ("author", "Ana Roy"),
        ("publisher", "Le Générateur"),
    ]
    assert (kept.locations, kept.languages, kept.types) == (("https://e.org/1",), ("fr",), ("exercise",))
    assert (kept.learning_time, kept.difficulty, kept.size) == ("", "", None)


def test_a_course_of_the_set_and_back() -> None:
    data = json.loads(shared_path("fixtures", "content", "jsonld", "own-course.json").read_text("utf-8"))
    found = Findings()
    (course,) = schema_org.read(data, found)
    assert (found.title, found.verdict, course.provider) == (
        "Découpe laser : premiers pas",
        "accept",
        "Organisme d’essai",
    )
    assert course.teaches == ("Régler la machine",)
    assert course.instances == (schema_org.Instance(("onsite", "online"), "2026-09-14", "2026-10-16", "PT35H"),)
    (same,) = schema_org.read(schema_org.write(course, "https://e.org/c"), Findings())
    assert (same.record.titles, same.instances, same.teaches) == (
        course.record.titles,
        course.instances,
        course.teaches,
    )


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ({"@graph": [{"@type": "Organization"}, {"@type": ["Course", "Thing"], "name": {"fr": "A", "en": "B"}}]}, "A"),
        ([{"@type": "http://schema.org/Course", "name": [{"@value": "C", "@language": "fr"}]}], "C"),
        ({"@type": "LearningResource", "name": " D \n d "}, "D d"),
    ],
)
def test_the_ways_in_which_people_write_json_ld(data: Any, name: str) -> None:
    assert schema_org.read(data, Findings())[0].record.title == name


def test_a_script_of_json_ld_cannot_end_its_element() -> None:
    text = schema_org.script({"name": "</script><script>alert(1)</script>&"})
    assert "<" not in text
    assert json.loads(text)["name"].startswith("</script>")


@pytest.mark.parametrize(
    ("card", "name"),
    [
        ("BEGIN:VCARD\nVERSION:3.0\nN:Roy;Ana\nFN:Ana Roy\nEND:VCARD", "Ana Roy"),
        ("BEGIN:VCARD\nN:Roy;Ana\nEND:VCARD", "Roy Ana"),
        ("BEGIN:VCARD\r\nORG:Le Génér\r\n ateur\r\nEND:VCARD", "Le Générateur"),
        ("BEGIN:VCARD\nFN;CHARSET=UTF-8:Zoé\\, la fée\nEND:VCARD", "Zoé, la fée"),
        ("Ana Roy", "Ana Roy"),
        ("BEGIN:VCARD\nEND:VCARD", ""),
    ],
)
def test_names_of_vcards(card: str, name: str) -> None:
    assert card_name(card) == name


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("fre", "fr"),
        ("fr-FR", "fr-FR"),
        ("http://id.loc.gov/vocabulary/iso639-2/fre", "fr"),
        ("x-none", ""),
        ("", ""),
        ("ENG", "en"),
        ("fr_FR", "fr-FR"),
        ("Français", "fr"),
        ("English", "en"),
        ("nld", "nl"),
        ("dut", "nl"),
        ("gsw", "gsw"),
    ],
)
def test_languages_in_the_spellings_of_the_field(code: str, said: str) -> None:
    assert language(code) == said


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("<general/><general/>", "lom_repeated"),
        ("<rights/><rights/>", "lom_repeated"),
        ("<general/><thing/>", "lom_unknown"),
        ("<general/>", "lom_no_title"),
        ("<classification/>", "lom_no_purpose"),
    ],
)
def test_rules_of_lom(change: str, code: str) -> None:
    found = inspect(io.BytesIO(f'<lom xmlns="{LOM}">{change}</lom>'.encode()), "x.xml").report
    assert code in {message.code for message in found.messages}
    assert (found.verdict == "reject") == (code == "lom_repeated")
