"""The hub as a platform, and the tool that the conformance runner plays against it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any, Final

from sqlalchemy import select

from hub.models.learning import Resource
from hub.models.person import Person
from hub.models.platforms import LtiTool
from hub.services.roles import grant_role
from lti.conformance.browser import Browser, Page
from lti.conformance.rows import Result, run_rows
from lti.conformance.suites import PLATFORM_ROWS
from lti.conformance.tool_double import PlatformAddresses, ToolDouble
from lti.scopes import LINE_ITEM, LINE_ITEM_READ, MEMBERS_READ, RESULT_READ, SCORE
from tests.services.builders import NOW
from tests.web.test_lti_launch import Served, campus

GRANTED: Final = (LINE_ITEM, MEMBERS_READ, RESULT_READ, SCORE)


@contextmanager
def playing(served: Served) -> Iterator[ToolDouble]:
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


def of_the_hub_as_platform(make_config: Any) -> list[Result]:
    """Every row of the platform role against the hub."""
    with campus(make_config) as served, playing(served) as tool:
        return run_rows(PLATFORM_ROWS, tool)
