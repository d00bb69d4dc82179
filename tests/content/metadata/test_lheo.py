"""LHEO: the shared files have their verdicts, a round trip is stable, and each rule of the structure is checked."""

import io
import subprocess
import sys
import time
from pathlib import Path

import pytest

from content import xml
from content.errors import XmlRefused
from content.inspect import inspect
from content.metadata.lheo import reading
from content.metadata.lheo.rules import is_date, kinds, pattern
from content.report import Findings
from tests.shared import shared_path

GOOD = "lheo-23-mixte-deux-formations.xml"


def source(name: str = GOOD) -> str:
    return shared_path("fixtures", "content", "lheo", name).read_text("utf-8")


def checked(text: str) -> tuple[reading.Lheo | None, Findings]:
    found = Findings()
    return reading.read(xml.parse(text.encode()).root, found), found


def test_the_rules_are_complete() -> None:
    known = kinds()
    named = {child for kind in known.values() for child, _least, _most in kind.children} - {"extras"}
    assert named - set(known) == set()
    assert (len(known), len(known["action"].children)) == (168, 40)
    assert pattern("periode").fullmatch("debut fin extras ")


@pytest.mark.parametrize("name", [GOOD, "lheo-23-dates-partielles.xml", "lheo-22-namespace.xml"])
def test_a_round_trip_is_stable(name: str) -> None:
    document, _found = checked(source(name))
    assert document is not None
    once = reading.write(document)
    again, found = checked(once.decode())
    assert again is not None
    assert reading.write(again) == once
    assert found.version == "2.3"
    assert not found.messages


def test_extras_are_kept_whatever_they_hold() -> None:
    extra = '<extras info="x"><extra><v:any xmlns:v="urn:v" a="1">texte <b>gras</b></v:any></extra><extras/></extras>'
    document, found = checked(source().replace("</formation>", f"{extra}</formation>", 1))
    assert document is not None
    assert found.verdict == "accept"
    written = reading.write(document)
    assert b'<v:any xmlns:v="urn:v" a="1">texte <b>gras</b></v:any>' in written
    assert reading.write(checked(written.decode())[0] or document) == written


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("<certifiante>0</certifiante>", "", "lheo_missing"),
        ("<certifiante>0</certifiante>", "<certifiante>2</certifiante>", "lheo_code"),
        ("<certifiante>0</certifiante>", "<certifiante><b/></certifiante>", "lheo_leaf"),
        ("<certifiante>0</certifiante>", "<certifiante>0</certifiante><inconnu/>", "lheo_unknown"),
        ("<certifiante>0</certifiante>", "<certifiante>0</certifiante>" * 2, "lheo_many"),
        ("<debut>20260914</debut>", "<debut>20260231</debut>", "lheo_date"),
        ("<debut>20260914</debut>", "<debut>2026-09-14</debut>", "lheo_date"),
        ("<debut>20260914</debut><fin>20261016</fin>", "<fin>20261016</fin><debut>20260914</debut>", "lheo_order"),
        ("<SIRET>12345678900011</SIRET>", "<SIRET>123</SIRET>", "lheo_short"),
        ("<code-FORMACODE>46270</code-FORMACODE>", "<code-FORMACODE>46270</code-FORMACODE>" * 6, "lheo_many"),
        ("<code-ROME>M1806</code-ROME>", "<code-ROME>M18061</code-ROME>", "lheo_long"),
        ("http://lheo.gouv.fr/2.3", "http://lheo.gouv.fr/2.4", "lheo_namespace"),
    ],
)
def test_a_broken_rule_is_named_with_its_place(old: str, new: str, code: str) -> None:
    assert old in source()
    _document, found = checked(source().replace(old, new, 1))
    assert found.verdict == "reject"
    message = found.messages[0]
    assert message.code == code
    assert code == "lheo_namespace" or "formation F1" in message.where


def test_what_2_3_wants_otherwise_is_a_warning_in_2_2() -> None:
    text = source("lheo-22-namespace.xml").replace("<certifiante>0</certifiante>", "")
    _document, found = checked(text)
    assert (found.verdict, {one.code for one in found.messages}) == ("accept-with-warning", {"lheo_22", "lheo_missing"})


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("20260914", True), ("20260900", True), ("20260000", True), ("00000000", True), ("20240229", True),
        ("20230229", False), ("20261301", False), ("20260001", False), ("00000914", False), ("2026091", False),
        ("20260931", False), ("", False),
    ],
)  # fmt: skip
def test_dates_with_zeros(text: str, right: bool) -> None:
    assert is_date(text) == right


def catalogue(courses: int, text: str = "") -> bytes:
    """The two courses of the shared file, over and over."""
    text = text or source()
    start, end = text.index("<formation "), text.rindex("</formation>") + len("</formation>")
    return (text[:start] + text[start:end] * (courses // 2) + text[end:]).encode()


def followed(data: bytes) -> tuple[reading.Lheo | None, Findings]:
    found = Findings()
    return reading.read_file(xml.Stream(io.BytesIO(data), where="offre.xml"), found), found


def test_two_thousand_courses_are_checked_in_under_a_second_of_the_processor() -> None:
    data = catalogue(2000)
    began = time.process_time()
    _document, found = followed(data)
    assert time.process_time() - began < 1
    assert (found.verdict, found.counts["formations"]) == ("accept", 2000)


EXTRAS = '<extras info="x"><v:any xmlns:v="urn:v" a="1">texte <b>gras</b></v:any></extras>'


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    "text",
    [
        source(),
        source("lheo-23-dates-partielles.xml"),
        source("lheo-22-namespace.xml"),
        source().replace("</formation>", f"{EXTRAS}</formation>"),
        source().replace("</offres>", f"{EXTRAS}</offres>"),
        source().replace("</offres>", "<extras><formation><formation/></formation></extras></offres>"),
        source().replace("<formation ", "<extras/><formation ", 1),
        source("lheo-23-invalide-table.xml"),
        source("lheo-22-namespace.xml").replace("<certifiante>0</certifiante>", ""),
        catalogue(300, source().replace("<debut>20260914</debut>", "<debut>20260231</debut>", 1)).decode(),
        '<lheo xmlns="http://lheo.gouv.fr/2.3"><offres/></lheo>',
        '<lheo-index xmlns="http://lheo.gouv.fr/2.3"/>',
        '<lheo xmlns="http://lheo.gouv.fr/2.4"/>',
    ],
)
def test_course_by_course_is_read_what_the_whole_says(text: str, code: str) -> None:
    whole, said = checked(text)
    document, found = followed(text.encode(code))
    assert sorted(map(str, found.messages)) == sorted(map(str, said.messages))
    assert (found.counts, found.title, found.version) == (said.counts, said.title, said.version)
    assert (document is None) == (whole is None)
    if document is not None and whole is not None:
        for _twice in range(2):
            assert [xml.write(one) for one in document.formations()] == [xml.write(one) for one in whole.formations()]


HEAD, TAIL = b'<lheo xmlns="http://lheo.gouv.fr/2.3"><offres>', b"</offres></lheo>"
HOSTILE = {
    "a deep course": (b"<formation>" + b"<a>" * 150 + b"</a>" * 150 + b"</formation>", "xml_too_deep"),
    "a bottomless course": (b"<formation>" + b"<a>" * 1_000_000, "xml_too_deep"),
    "a course of a million": (b"<formation>" + b"<a/>" * 1_000_000 + b"</formation>", "xml_too_many"),
    "a course of sixty thousand": (b"<formation>" + b"<a/>" * 60_000 + b"</formation>", "xml_too_many"),
    "a million around": (b"<a/>" * 1_000_000, "xml_too_many"),
    "a thousand around each": ((b"<a/>" * 1000 + b"<formation/>") * 1000, "xml_too_many"),
    "a crowded tag": (b"<formation " + b" ".join(b"a%d='%d'" % (n, n) for n in range(1200)) + b"/>", "xml_too_many"),
    "a tag without end": (b"<formation " + b" ".join(b"a%d='%d'" % (n, n) for n in range(500_000)), "xml_too_many"),
    "texts around": ((b"<a>" + b"x" * 1_000_000 + b"</a><formation/>") * 30, "xml_too_large"),
    "attributes around": ((b"<a b='" + b"x" * 1_000_000 + b"'/><formation/>") * 30, "xml_too_large"),
    "a heavy course": (b"<formation>" + (b"<a>" + b"x" * 1_000_000 + b"</a>") * 30, "xml_too_large"),
    "an entity": (b"<formation>&lol;</formation>", "xml_malformed"),
    "a document type within": (b"<!DOCTYPE a><formation/>", "xml_malformed"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_catalogue_is_refused(kind: str) -> None:
    body, code = HOSTILE[kind]
    report = inspect(io.BytesIO(HEAD + body + TAIL), "offre.xml").report
    assert report.verdict == "reject"
    assert code in {one.code for one in report.messages}


def test_a_document_type_before_the_catalogue_is_refused() -> None:
    for before in (b"<!DOCTYPE lheo [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>", b"<!-- a --><!doctype lheo>"):
        report = inspect(io.BytesIO(before + catalogue(2).partition(b"?>")[2].lstrip()), "offre.xml").report
        assert [one.code for one in report.messages] == ["xml_doctype"]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_catalogue_that_was_cut_is_refused(share: float) -> None:
    data = catalogue(400)
    with pytest.raises(XmlRefused, match="xml_malformed"):
        followed(data[: int(len(data) * share)])


def test_the_place_of_a_fault_is_told_far_into_a_catalogue() -> None:
    lines = "\n" * 70_000
    text = source().replace("<formation ", f"{lines}<formation ", 1)
    _document, found = followed(text.replace("<certifiante>0", "<certifiante>2", 1).encode())
    assert "formation F1" in found.messages[0].where
    assert int(found.messages[0].where.rpartition("ligne ")[2].rstrip(")")) > 70_000


CHILD = r"""
import re, sys
from content.inspect import inspect
with open(sys.argv[1], "rb") as file:
    inspection = inspect(file, "offre.xml")
    report = inspection.report
    read = sum(1 for _course in inspection.package.formations())
status = open("/proc/self/status").read()
print(report.verdict.value, report.counts["formations"], read, int(re.search(r"VmHWM:\s+(\d+)", status)[1]) // 1024)
"""


def test_twenty_thousand_courses_take_no_more_memory_than_a_thousand(tmp_path: Path) -> None:
    held = {}
    for courses in (1000, 20_000):
        path = tmp_path / f"{courses}.xml"
        path.write_bytes(catalogue(courses))
        root = Path(__file__).resolve().parents[3]
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(path)], cwd=root, capture_output=True, check=True, text=True
        )
        verdict, counted, read, megabytes = done.stdout.split()
        assert (verdict, int(counted), int(read)) == ("accept", courses, courses)
        held[courses] = int(megabytes)
    assert held[20_000] < held[1000] + 15
