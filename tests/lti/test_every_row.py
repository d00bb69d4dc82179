"""Every row of the list of what must hold is a row of the runner, or names a test of its own."""

import re

from lti.conformance.suites import PLATFORM_ROWS, TOOL_ROWS
from tests.shared import ROOT, shared_path

ROW = re.compile(r"\b([TCRPKDS]\d{1,2})\b")
NAMED = re.compile(r"def test_([tcrpkds]\d{1,2})(?:_|\b)", re.IGNORECASE)
#: Rows of several parts, whose tests' ids are made of parameters.
BY_PARAMETER = re.compile(r"\"([RS]\d{1,2})(?:-[a-z0-9-]+)?\"")


def test_every_row_of_the_list_has_a_test_whose_id_is_the_row() -> None:
    text = shared_path("conformance", "lti-rows.md").read_text("utf-8").partition("## What other implementations")[0]
    listed = set(ROW.findall(text))
    assert {f"T{n}" for n in range(1, 22)} | {f"R{n}" for n in range(1, 51)} <= listed
    assert {f"C{n}" for n in range(1, 13)} | {f"P{n}" for n in range(1, 15)} <= listed
    assert {f"K{n}" for n in range(1, 13)} | {f"D{n}" for n in range(1, 16)} | {f"S{n}" for n in range(1, 10)} <= listed
    written = {
        found.upper()
        for path in sorted((ROOT / "tests").rglob("test_lti*.py")) + sorted((ROOT / "tests" / "lti").rglob("test_*.py"))
        for pattern in (NAMED, BY_PARAMETER)
        for found in pattern.findall(path.read_text("utf-8"))
    }
    assert listed - {row.id for row in (*TOOL_ROWS, *PLATFORM_ROWS)} - written == set()
