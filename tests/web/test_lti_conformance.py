"""The conformance runner plays a tool against the hub over real HTTP: every row of the platform role holds."""

import os
import re
from collections.abc import Iterator
from html import unescape

import pytest
from sqlalchemy import select

from hub.models.learning import Resource
from hub.models.person import Person
from hub.models.platforms import LtiTool
from hub.services.roles import grant_role
from lti.conformance.browser import Browser, Page
from lti.conformance.cli import main
from lti.conformance.opening import read_cookies, through
from lti.conformance.report import as_markdown
from lti.conformance.rows import Result, Verdict, run_rows
from lti.conformance.suites import PLATFORM_ROWS
from lti.conformance.tool_double import PlatformAddresses, ToolDouble
from lti.scopes import LINE_ITEM, LINE_ITEM_READ, MEMBERS_READ, RESULT_READ, SCORE
from tests.lti.tool.test_rows import ids
from tests.services.builders import NOW
from tests.shared import ROOT
from tests.web.test_lti_launch import Served, served

__all__ = ["served"]
PAGE = ROOT / "docs" / "lti-conformance-platform.md"
HEAD = """# Conformance: the hub as platform

Written by `WRITE_TABLES=1 python -m pytest tests/web/test_lti_conformance.py`, which lets the runner play a tool
against the hub; every run of that test makes the table again and compares it. The same against another platform:

```
python -m lti.conformance platform --issuer https://lms.example.org --auth-url https://lms.example.org/auth \\
    --token-url https://lms.example.org/token --open-url https://lms.example.org/course/1 --open-form launch \\
    --cookie session=... --client-id conformance-tool --deployment-id 1 --wait
```

`--open-url` is a page where the signed-in user of `--cookie` opens the tool, `--open-form` part of the action of the
form that does; `--select-url` and `--select-form` the same for picking content. `--wait` shows what to register first.

"""
#: The rows of this file are shared by its tests: one worker runs them all.
pytestmark = pytest.mark.xdist_group("lti-platform-rows")
FOUND: dict[str, list[Result]] = {}
GRANTED = (LINE_ITEM, MEMBERS_READ, RESULT_READ, SCORE)


@pytest.fixture
def tool(served: Served) -> Iterator[ToolDouble]:
    """The tool played, registered with the hub; its browser is the learner's, who also designs."""
    browser = Browser()
    browser.cookies["localhost", "hub"] = served.browser.cookies["hub"]

    def posted(path: str, **fields: str) -> Page:
        seen = browser.get(f"{served.url}/account")
        token = re.search(r'name="csrf-token" content="([^"]+)"', seen.body)
        assert token
        return browser.post(f"{served.url}{path}", {"csrf_token": unescape(token[1]), **fields})

    step = f"/path/{served.enrolment}/step/{served.step_id}/open/{served.activity_id}"
    addresses = PlatformAddresses(
        issuer=served.url,
        authorization_url=f"{served.url}/lti/auth",
        token_url=f"{served.url}/lti/token",
        open=lambda _: posted(step),
        select=lambda _: posted("/design/pick", tool=str(served.tool_id)),
        scopes=GRANTED,
        refused_scope=LINE_ITEM_READ,
    )
    with ToolDouble(addresses, browser, host="localhost", port=0, client_id="tool-1", deployment_id="dep-1") as double:
        with served.tenant.write() as session:
            row = session.get_one(LtiTool, served.tool_id)
            row.registration = {
                "login_initiation_url": f"{double.base}/login",
                "redirect_uris": [double.redirect_uri],
                "target_link_uri": double.redirect_uri,
                "selection_uri": double.redirect_uri,
                "jwks_uri": f"{double.base}/jwks",
                "scopes": sorted(GRANTED),
                "privacy": {},
            }
            session.scalars(select(Resource)).one().url = double.redirect_uri
            grant_role(session, session.scalars(select(Person.id)).one(), "designer", NOW)
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
    told = HEAD + as_markdown(results)
    if os.environ.get("WRITE_TABLES"):
        PAGE.write_text(told, "utf-8")
    assert PAGE.read_text("utf-8") == told


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
