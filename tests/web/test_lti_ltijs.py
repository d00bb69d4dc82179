"""ltijs, in Node on a real PostgreSQL, is opened from a step and posts a score: it stands in the learner's progress."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests
from sqlalchemy import select

from hub.models.learning import Resource
from hub.models.platforms import LtiTool
from hub.models.river import PathStateRow
from hub.urls.addresses import lti_endpoints
from tests.lti.conformance.peers import free_port, ltijs_tool
from tests.web.test_lti_launch import Served, served

__all__ = ["served"]
pytestmark = pytest.mark.peer


@contextmanager
def ltijs(served: Served, postgres_url: str) -> Iterator[str]:
    """The tool, registered on both sides; its address."""
    port = free_port()
    url, told = f"http://localhost:{port}", lti_endpoints(served.url)
    hub = {
        "issuer": told["issuer"], "client_id": "tool-1", "authorization_endpoint": told["authentication"],
        "token_endpoint": told["token"], "jwks_uri": told["jwks"],
    }  # fmt: skip
    with served.tenant.write() as session:
        tool = session.get_one(LtiTool, served.tool_id)
        tool.registration = {
            **tool.registration, "login_initiation_url": f"{url}/login", "redirect_uris": [url, f"{url}/"],
            "target_link_uri": f"{url}/", "jwks": None, "jwks_uri": f"{url}/keys",
        }  # fmt: skip
        session.scalars(select(Resource)).one().url = f"{url}/"
    with ltijs_tool(port, postgres_url, [hub]) as address:
        yield address


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_ltijs_is_opened_and_its_score_stands_in_the_progress(served: Served, postgres_url: str) -> None:
    with ltijs(served, postgres_url) as url:
        action, login = served.open()
        assert action == f"{url}/login"
        asked = requests.Session()
        redirected = asked.post(action, login, allow_redirects=False, timeout=10)
        assert redirected.headers["Location"].startswith(f"{served.url}/lti/auth"), redirected.text
        action, message = served.page_form(served.browser.get(redirected.headers["Location"], timeout=10))
        said = asked.post(action, message, timeout=20)
        assert said.status_code == 200, said.text
        told = said.json()
    assert told["name"] == "Inès Benali"
    assert told["custom"]["id"] == "7"
    assert told["back"]["scores"][0]["resultScore"] == 16
    with served.tenant.read() as session:
        assert session.get_one(PathStateRow, served.enrolment).complete
