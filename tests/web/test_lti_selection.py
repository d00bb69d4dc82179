"""A designer goes to a tool, picks content and comes back: the whole way over HTTP, with the tool played here."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from hub.db.uow import TenantDatabase
from hub.models.learning import Resource
from hub.models.platforms import LtiSelection, LtiTool
from hub.services import lti_launch, lti_message, paths, paths_publish
from hub.services.errors import Conflict
from lti.claims import DEEP_LINKING_SETTINGS
from lti.signed import read_unverified
from tests.lti.world import key_pair
from tests.web.conftest import BASE, Browser, Clock
from tests.web.lti_world import TOOL, LtiWorld, authentication_request, make_lti_world

LTI = "https://purl.imsglobal.org/spec/lti/claim"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim"
QUIZ = {
    "type": "ltiResourceLink",
    "title": "Quiz 2",
    "url": f"{TOOL}/quiz/2",
    "custom": {"id": "a=b"},
    "lineItem": {"scoreMaximum": 20, "label": "Note du quiz", "tag": "quiz"},
    "available": {"endDateTime": "2026-11-24T09:00:00Z"},
    "submission": {"endDateTime": "2026-11-25T09:00:00Z"},
}


@pytest.fixture
def world(tenant: TenantDatabase, clock: Clock) -> LtiWorld:
    return make_lti_world(tenant, clock.now, learners=1)


@pytest.fixture
def designer(add_person: Callable[..., UUID], enter: Callable[..., Browser]) -> Browser:
    return enter(add_person("Sofia", "Marin", "designer", "administrator", email="sofia@example.org"))


def form_of(html: str) -> tuple[str, dict[str, str]]:
    action = re.search(r'<form method="post" action="([^"]+)" data-autopost', html)
    assert action, html[-800:]
    own = html[action.end() :].partition("</form>")[0]
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', own)
    return unescape(action[1]), {unescape(n): unescape(v) for n, v in fields}


def go_to_tool(designer: Browser, world: LtiWorld, **place: Any) -> dict[str, Any]:
    """The click, the tool's authentication request, the request's claims."""
    started = designer.post("/design/pick", {"tool": str(world.tool_id), **place})
    action, login = form_of(started.text)
    assert action == f"{TOOL}/login"
    action, message = form_of(designer.get("/lti/auth", query_string=authentication_request(login)).text)
    assert action == f"{TOOL}/launch"
    return dict(read_unverified(message["id_token"]).claims)


def response(told: dict[str, Any], clock: Clock, *items: Any, **changes: Any) -> str:
    now = int(clock.now.timestamp())
    claims = {
        "iss": "tool-1",
        "aud": [told["iss"]],
        "iat": now,
        "exp": now + 60,
        "nonce": f"n-{now}",
        f"{LTI}/message_type": "LtiDeepLinkingResponse",
        f"{LTI}/version": "1.3.0",
        f"{LTI}/deployment_id": told[f"{LTI}/deployment_id"],
        f"{DL}/data": told[DEEP_LINKING_SETTINGS]["data"],
        f"{DL}/content_items": list(items),
    }
    return key_pair("tool-1").sign(claims | changes)


def come_back(browser: Browser, told: dict[str, Any], token: str) -> Any:
    path = told[DEEP_LINKING_SETTINGS]["deep_link_return_url"].removeprefix(BASE)
    # The tool's page posts from another site: no cookie of ours, no token of ours.
    return browser.client.application.test_client().post(path, data={"JWT": token}, base_url=BASE)


def test_what_is_picked_becomes_a_resource_with_its_column_and_its_dates(
    tenant: TenantDatabase, world: LtiWorld, designer: Browser, clock: Clock
) -> None:
    told = go_to_tool(designer, world)
    assert told[f"{LTI}/message_type"] == "LtiDeepLinkingRequest"
    assert "email" not in told
    assert set(told[DEEP_LINKING_SETTINGS]["accept_types"]) == {"ltiResourceLink", "link", "file", "html", "image"}
    page = {"type": "link", "url": "https://example.org/page", "title": "Une page"}
    answer = come_back(designer, told, response(told, clock, QUIZ, page))
    assert answer.status_code == 303
    shown = designer.get(answer.headers["Location"])
    assert "Quiz 2" in shown.text
    assert "Une page" in shown.text
    taken = designer.post(answer.headers["Location"], {"item": ["0", "1"]})
    assert taken.status_code == 303, taken.text[-900:]
    with tenant.read() as session:
        quiz = session.scalars(select(Resource).where(Resource.title == "Quiz 2")).one()
        assert quiz.custom["parameters"] == {"id": "a=b"}
        assert quiz.custom["line_item"]["scoreMaximum"] == 20
        assert [b["kind"] for b in quiz.brings] == ["score", "completed"]
        assert lti_message.dates_of(quiz).available_until is not None
        assert session.scalars(select(Resource.kind).where(Resource.title == "Une page")).one() == "web"
    lti_launch.require_available(quiz, clock.now)
    with pytest.raises(Conflict) as closed:
        lti_launch.require_available(quiz, clock.now + timedelta(days=1))
    assert closed.value.code == "link_over"
    with tenant.write() as session:
        tool = session.get_one(LtiTool, world.tool_id)
        quiz = session.scalars(select(Resource).where(Resource.title == "Quiz 2")).one()
        lti_message.ensure_line_item(session, tool, quiz, clock.now)
        item = lti_message.line_item_of(session, tool, quiz)
        assert item is not None
        assert (item.label, item.score_maximum, item.tag) == ("Note du quiz", 20, "quiz")
        assert item.details["ends_at"] is not None


def test_from_a_step_it_becomes_an_activity_of_that_way(
    tenant: TenantDatabase, world: LtiWorld, designer: Browser, clock: Clock
) -> None:
    with tenant.write() as session:
        version = paths_publish.new_draft(session, world.path_id, by=None, now=clock.now).version_id
        step = paths.load(session, version).document.modules[0].steps[0]
    place = {"version": str(version), "step": str(step.id), "way": str(step.variants[0].id)}
    told = go_to_tool(designer, world, **place)
    back = come_back(designer, told, response(told, clock, QUIZ)).headers["Location"]
    taken = designer.post(back, {"item": "0"})
    assert f"/design/versions/{version}" in taken.headers["Location"]
    with tenant.read() as session:
        activities = paths.load(session, version).document.modules[0].steps[0].variants[0].activities
        assert [a.title for a in activities] == ["Quiz", "Quiz 2"]
        assert activities[1].binding.resource_id is not None


def test_a_refused_response_changes_nothing_and_says_so(
    tenant: TenantDatabase, world: LtiWorld, designer: Browser, clock: Clock
) -> None:
    told = go_to_tool(designer, world)
    for changes, code in (
        ({f"{DL}/data": "other"}, "lti.selection.data_different"),
        ({"aud": "https://other.example.org"}, "lti.selection.audience_wrong"),
        ({f"{DL}/content_items": [{"type": "link", "url": "javascript:alert(1)"}]}, "lti.selection.item_invalid"),
        ({f"{DL}/content_items": [{"type": "quiz", "url": "x"}]}, "lti.selection.item_type_not_accepted"),
    ):
        answer = come_back(designer, told, response(told, clock, QUIZ, **changes))
        assert answer.status_code == 400
        assert code in answer.text
    with tenant.read() as session:
        assert session.scalars(select(LtiSelection.state)).all() == ["open"]
    token = response(told, clock, QUIZ)
    assert come_back(designer, told, token).status_code == 303
    assert "lti.selection.replayed" in come_back(designer, told, token).text


def test_only_the_designer_who_went_sees_what_came(
    world: LtiWorld,
    designer: Browser,
    clock: Clock,
    add_person: Callable[..., UUID],
    enter: Callable[..., Browser],
) -> None:
    told = go_to_tool(designer, world)
    back = come_back(designer, told, response(told, clock, QUIZ)).headers["Location"]
    other = enter(add_person("Autre", "Personne", "designer"))
    assert other.get(back).status_code == 403
    assert designer.get(back).status_code == 200


def test_nothing_picked_is_said(world: LtiWorld, designer: Browser, clock: Clock) -> None:
    told = go_to_tool(designer, world)
    back = come_back(designer, told, response(told, clock, **{f"{DL}/msg": "À bientôt"})).headers["Location"]
    page = designer.get(back)
    assert "À bientôt" in page.text
    assert designer.post(back).status_code == 303


def test_D15_a_piece_of_html_is_shown_without_anything_that_runs(
    tenant: TenantDatabase, world: LtiWorld, designer: Browser, clock: Clock, open_browser: Callable[[], Browser]
) -> None:
    html = (
        '<h2>Consigne</h2><p onclick="x()">Lisez <a href="javascript:y()">ceci</a>.</p><script>z()</script>'
        '<iframe src="https://evil.example"></iframe><img src="https://img.example/a.png" onerror="w()">'
    )
    told = go_to_tool(designer, world)
    back = come_back(designer, told, response(told, clock, {"type": "html", "title": "Fiche", "html": html}))
    assert designer.post(back.headers["Location"], {"item": "0"}).status_code == 303
    with tenant.read() as session:
        made = session.scalars(select(Resource).where(Resource.title == "Fiche")).one()
    assert (made.kind, made.iri) == ("web", made.id.urn)
    assert made.url == f"{BASE}/pieces/{made.id}"
    shown = designer.get(f"/pieces/{made.id}")
    article = shown.text.partition("<article")[2].partition("</article>")[0]
    assert "<h2>Consigne</h2>" in article
    assert not re.search(r"script|onclick|onerror|iframe", article)
    assert "img-src 'self' https://img.example" in shown.headers["Content-Security-Policy"]
    assert designer.get(f"/pieces/{world.resource_id}").status_code == 404
    assert open_browser().get(f"/pieces/{made.id}").status_code == 303
