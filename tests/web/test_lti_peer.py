"""PyLTI1p3's own tool code picks content for a designer and reads the members of a path, over real HTTP."""

import re
from html import unescape

import pytest
import requests
from pylti1p3.contrib.flask import FlaskMessageLaunch
from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.lineitem import LineItem
from sqlalchemy import select

from hub.models.learning import Resource
from hub.models.person import Person
from hub.models.platforms import LtiTool
from hub.services.roles import grant_role
from lti.scopes import AGS_SCOPES, MEMBERS_READ
from tests.lti.platform.peer import LAUNCH_URL
from tests.services.builders import NOW
from tests.web.test_lti_launch import HubTool, Served, launch, served

__all__ = ["served"]


@pytest.fixture
def tool_with_everything(served: Served) -> Served:
    """The tool may read members, learns names and lets people pick content; the learner also designs."""
    with served.tenant.write() as session:
        tool = session.get_one(LtiTool, served.tool_id)
        tool.registration = {
            **tool.registration,
            "scopes": sorted(AGS_SCOPES | {MEMBERS_READ}),
            "selection_uri": LAUNCH_URL,
        }
        grant_role(session, session.scalars(select(Person.id)).one(), "designer", NOW)
    return served


def test_the_members_are_read_page_by_page(tool_with_everything: Served) -> None:
    _, message = launch(tool_with_everything)
    told = message.get_launch_data()
    (member,) = message.get_nrps().get_members()
    assert (member["user_id"], member["name"], member["status"]) == (told["sub"], "Inès Benali", "Active")
    context = message.get_nrps().get_context()
    assert context["id"] == told["https://purl.imsglobal.org/spec/lti/claim/context"]["id"]


def test_what_is_picked_in_pylti1p3_comes_into_the_catalogue(tool_with_everything: Served) -> None:
    served_ = tool_with_everything
    home = served_.browser.get(f"{served_.url}/account", timeout=10).text
    token = re.search(r'name="csrf-token" content="([^"]+)"', home)
    assert token
    data = {"csrf_token": unescape(token[1]), "tool": str(served_.tool_id)}
    _, parameters = served_.page_form(served_.browser.post(f"{served_.url}/design/pick", data=data, timeout=10))
    tool = HubTool(served_)
    redirected = served_.browser.get(tool.login(parameters), timeout=10)
    action, parameters = served_.page_form(redirected)
    assert action == LAUNCH_URL
    message: FlaskMessageLaunch = tool.launch(parameters)
    assert message.is_deep_link_launch()
    line = LineItem().set_tag("final").set_score_maximum(40).set_label("Note finale")
    resource = (
        DeepLinkResource().set_url(LAUNCH_URL).set_title("Bilan").set_custom_params({"id": "42"}).set_lineitem(line)
    )
    link = message.get_deep_link()
    settings = message.get_launch_data()["https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"]
    form = {"JWT": link.get_response_jwt([resource])}
    answer = requests.post(settings["deep_link_return_url"], data=form, allow_redirects=False, timeout=10)
    assert answer.status_code == 303, answer.text[-600:]
    page = f"{served_.url}{answer.headers['Location']}"
    assert "Bilan" in served_.browser.get(page, timeout=10).text
    taken = served_.browser.post(page, data={"csrf_token": data["csrf_token"], "item": "0"}, timeout=10)
    assert taken.status_code == 200
    with served_.tenant.read() as session:
        picked = session.scalars(select(Resource).where(Resource.title == "Bilan")).one()
        assert picked.custom["line_item"]["scoreMaximum"] == 40
        assert picked.custom["parameters"] == {"id": "42"}
