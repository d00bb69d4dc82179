"""LHEO: the shared files have their verdicts, a round trip is stable, and each rule of the structure is checked."""

import time

import pytest

from content import xml
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


def test_two_thousand_courses_are_checked_in_under_a_second_of_the_processor() -> None:
    text = source()
    start, end = text.index("<formation "), text.rindex("</formation>") + len("</formation>")
    data = (text[:start] + text[start:end] * 1000 + text[end:]).encode()
    began = time.process_time()
    found = Findings()
    reading.read(xml.parse(data, most=reading.MOST_BYTES, nodes=reading.MOST_NODES).root, found)
    assert time.process_time() - began < 1
    assert (found.verdict, found.counts["formations"]) == ("accept", 2000)
