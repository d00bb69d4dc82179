"""The conformance runner plays a tool against the hub over real HTTP: every row of the platform role holds."""

from collections.abc import Iterator

import pytest

from lti.conformance.cli import main
from lti.conformance.opening import read_cookies, through
from lti.conformance.rows import Result, Verdict, run_rows
from lti.conformance.suites import PLATFORM_ROWS
from lti.conformance.tool_double import ToolDouble
from tests.lti.conformance.pages import PLATFORM_HEAD, PLATFORM_PAGE, section
from tests.lti.tool.test_rows import ids
from tests.web.lti_campus import playing
from tests.web.test_lti_launch import Served, served

__all__ = ["served"]
#: The rows of this file are shared by its tests: one worker runs them all.
pytestmark = pytest.mark.xdist_group("lti-platform-rows")
FOUND: dict[str, list[Result]] = {}


@pytest.fixture
def tool(served: Served) -> Iterator[ToolDouble]:
    with playing(served) as double:
        yield double


@pytest.fixture
def results(dialect: str, request: pytest.FixtureRequest) -> list[Result]:
    """What the rows found: one run for all of them, by whichever test comes first."""
    if dialect not in FOUND:
        FOUND[dialect] = run_rows(PLATFORM_ROWS, request.getfixturevalue("tool"))
    return FOUND[dialect]


@pytest.mark.parametrize("number", range(len(PLATFORM_ROWS)), ids=ids(PLATFORM_ROWS))
def test_row(number: int, results: list[Result]) -> None:
    assert results[number].finding.verdict is Verdict.OK, results[number]


def test_the_table_of_the_page_is_what_the_rows_found(results: list[Result]) -> None:
    told = PLATFORM_PAGE.read_text("utf-8")
    assert told.startswith(PLATFORM_HEAD + section("The hub", results))


def test_the_command_opens_the_tool_through_a_page_and_its_form(tool: ToolDouble, served: Served) -> None:
    page = f"{served.url}/path/{served.enrolment}/step/{served.step_id}"
    assert tool.authenticate(tool.request(through(page, "/open/"))).accepted


def test_the_command_says_its_rows_and_what_it_lacks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["platform", "--list"]) == 0
    assert "P14" in capsys.readouterr().out
    assert main(["platform"]) == 2
    assert "--open-url" in capsys.readouterr().err
    assert read_cookies(["hub=a=b"], "https://hub.example.org/x") == {("hub.example.org", "hub"): "a=b"}


def test_every_row_of_the_table_is_there() -> None:
    """P15 and on do not exist; K, S and D as listed. Left to tests of our own, because no stranger can see them from
    outside: S3, S5, S8, S9 (``tests/lti/platform``, ``test_lti_register``, ``test_lti_rotation``), D13 and D15."""
    ids = {row.id for row in PLATFORM_ROWS}
    wanted = {f"P{n}" for n in range(1, 15)} | {f"K{n}" for n in range(1, 13)} | {"S1", "S2", "S4", "S6", "S7"}
    assert ids == wanted | {f"D{n}" for n in range(1, 15)} - {"D13"}
