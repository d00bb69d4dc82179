"""The hub opens a tool that only speaks LTI 1.1: the administrator's page, launch, results, picking. The tool's part is
played by the package's own tool role, whose signatures are compared with oauthlib's elsewhere."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from hub.db.uow import TenantDatabase
from hub.models.learning import Launch, Resource
from hub.models.person import JournalEntry
from hub.models.platforms import LtiLegacyKey, LtiTool
from hub.models.river import PathStateRow, StepStateRow
from hub.services.roles import grant_role
from lti.legacy.content_items import LegacyItem, answer_selection
from lti.legacy.launch import LegacyMessage, LegacyTool
from lti.legacy.outcomes import OutcomeClient
from lti.legacy.signature import authorization_header
from lti.tool.ports import HttpAnswer
from lti.tool.tokens import RemoteError
from tests.fakes.lti_platform import MemoryOneTimeUse
from tests.web.conftest import BASE, Browser, Clock
from tests.web.lti_world import LtiWorld, make_lti_world
from tests.web.test_lti_selection import form_of

OLD = "https://vieux.example.org/launch"
SECRET = "un secret, partagé & long"


class OldTool:
    """A tool of LTI 1.1 beside the hub's test client."""

    def __init__(self, app: Flask, clock: Clock, key: str = "k-1", secret: str = SECRET) -> None:
        self.app, self.clock, self.key, self.secret = app, clock, key, secret
        self.last: HttpAnswer | None = None

    def secret_of(self, consumer_key: str) -> str | None:
        return self.secret if consumer_key == self.key else None

    def receive(self, action: str, form: dict[str, str]) -> LegacyMessage:
        tool = LegacyTool(self, clock=self.clock)
        return tool.accept(tool.check(action, form), MemoryOneTimeUse())

    def request(self, method: str, url: str, *, headers: Any, body: bytes | None = None, max_bytes: int) -> HttpAnswer:
        path = url.removeprefix(BASE)
        answer = self.app.test_client().open(path, base_url=BASE, method=method, headers=dict(headers), data=body)
        self.last = HttpAnswer(answer.status_code, {}, answer.data)
        return self.last

    @property
    def outcomes(self) -> OutcomeClient:
        return OutcomeClient(self, self.key, self.secret, clock=self.clock)


@pytest.fixture
def world(tenant: TenantDatabase, clock: Clock) -> LtiWorld:
    made = make_lti_world(tenant, clock.now, learners=2)
    with tenant.write() as session:
        session.get_one(LtiTool, made.tool_id).active = False
        session.get_one(Resource, made.resource_id).url = f"{OLD}?a=1"
    return made


@pytest.fixture
def admin(add_person: Callable[..., UUID], enter: Callable[..., Browser]) -> Browser:
    return enter(add_person("Ada", "Roux", "administrator", "designer"))


@pytest.fixture
def tool_page(admin: Browser, world: LtiWorld) -> str:
    """The administrator enters the tool; its page's address."""
    typed = {"direction": "outward", "url": OLD, "key": "k-1", "secret": SECRET}
    answer = admin.post(f"/admin/platforms/{world.platform_id}/lti/old-key", typed)
    assert answer.status_code == 303
    return answer.headers["Location"]


@pytest.fixture
def old(app: Flask, clock: Clock, tool_page: str) -> OldTool:
    return OldTool(app, clock)


def opened(learner: Browser, world: LtiWorld, number: int = 0) -> tuple[str, dict[str, str]]:
    path = f"/path/{world.enrolments[number]}/step/{world.step_id}/open/{world.activity_id}"
    answer = learner.post(path)
    assert answer.status_code == 200, answer.text[-900:]
    assert "form-action 'self' https:;" in f"{answer.headers['Content-Security-Policy']};"
    return form_of(answer.text)


@pytest.fixture
def learner(world: LtiWorld, enter: Callable[..., Browser], tenant: TenantDatabase, clock: Clock) -> Browser:
    with tenant.write() as session:
        for who in world.learners:
            grant_role(session, who, "learner", clock.now)
    return enter(world.learners[0])


def test_a_launch_tells_only_what_was_allowed(
    admin: Browser, tool_page: str, old: OldTool, learner: Browser, world: LtiWorld, tenant: TenantDatabase
) -> None:
    action, form = opened(learner, world)
    assert action == f"{OLD}?a=1"
    told = old.receive(action, form).parameters
    assert not [name for name in told if name.startswith("lis_person")]
    assert (told["roles"], told["resource_link_id"]) == ("Learner", str(world.resource_id))
    assert told["launch_presentation_return_url"] == f"{BASE}/path/{world.enrolments[0]}/step/{world.step_id}"
    assert (told["custom_user"], told["custom_name"]) == (told["user_id"], "$Person.name.full")
    assert "ines" not in repr(told).lower()
    shown = admin.get(tool_page)
    assert SECRET not in shown.text
    typed = {"url": OLD, "key": "k-1", "secret": "", "scores": "1", "privacy": ["name"], "method": "HMAC-SHA256"}
    assert admin.post(tool_page, typed | {"url": "http://x.example"}).status_code == 422
    assert admin.post(tool_page, typed).status_code == 303
    message = old.receive(*opened(learner, world))
    assert message.parameters["oauth_signature_method"] == "HMAC-SHA256"
    assert message.parameters["lis_person_name_full"] == "Inès Benali 0"
    assert "lis_person_contact_email_primary" not in message.parameters
    assert message.user_id == told["user_id"]
    with tenant.read() as session:
        assert len(session.scalars(select(Launch)).all()) == 2
    assert admin.post(tool_page, {**typed, "scores": ""}).status_code == 303
    other = old.receive(*opened(learner, world)).parameters
    assert "lis_outcome_service_url" not in other
    with pytest.raises(RemoteError):
        old.outcomes.replace(told["lis_outcome_service_url"], told["lis_result_sourcedid"], 1.0)


def test_results_go_through_the_same_door_as_scores_of_ags(
    old: OldTool, learner: Browser, world: LtiWorld, tenant: TenantDatabase, clock: Clock
) -> None:
    told = old.receive(*opened(learner, world)).parameters
    url, name = told["lis_outcome_service_url"], told["lis_result_sourcedid"]
    assert old.outcomes.read(url, name) is None
    old.outcomes.replace(url, name, 0.5)
    assert old.outcomes.read(url, name) == 0.5
    with tenant.read() as session:
        assert session.get_one(StepStateRow, (world.enrolments[0], world.step_id)).best == 0.5
        assert not session.get_one(PathStateRow, world.enrolments[0]).complete
    old.outcomes.replace(url, name, 0.8)
    with tenant.read() as session:
        assert session.get_one(PathStateRow, world.enrolments[0]).complete
    clock.advance(minutes=1)
    old.outcomes.delete(url, name)
    assert old.outcomes.read(url, name) is None
    with tenant.read() as session:
        assert not session.get_one(PathStateRow, world.enrolments[0]).complete
    old.outcomes.replace(url, name, 1.0)
    with tenant.read() as session:
        assert session.get_one(PathStateRow, world.enrolments[0]).complete


def test_R48_what_is_not_signed_by_the_tool_changes_nothing_and_is_journalled(
    app: Flask, old: OldTool, learner: Browser, world: LtiWorld, tenant: TenantDatabase, clock: Clock, admin: Browser
) -> None:
    told = old.receive(*opened(learner, world)).parameters
    url, name = told["lis_outcome_service_url"], told["lis_result_sourcedid"]
    for stranger in (OldTool(app, clock, secret="autre"), OldTool(app, clock, key="k-2")):
        with pytest.raises(RemoteError):
            stranger.outcomes.replace(url, name, 1.0)
        assert stranger.last is not None
        assert stranger.last.status == 401
    typed = {"direction": "outward", "url": OLD, "key": "k-3", "secret": "trois"}
    admin.post(f"/admin/platforms/{world.platform_id}/lti/old-key", typed)
    for unknown in (name, "x", f"{world.resource_id}.y", "-.-", name + "z"):
        with pytest.raises(RemoteError):
            OldTool(app, clock, "k-3", "trois").outcomes.replace(url, unknown, 1.0)
    old.outcomes.replace(url, name, 0.25)
    with tenant.write() as session:
        acts = session.scalars(select(JournalEntry).where(JournalEntry.act == "lti_outcome.refused")).all()
        key = session.scalars(select(LtiLegacyKey).where(LtiLegacyKey.consumer_key == "k-1")).one()
        key_id = key.id
    assert len(acts) == 2
    assert all(SECRET not in repr(act.details) and name not in repr(act.details) for act in acts)
    admin.post(f"/admin/lti/old-keys/{key_id}/state", {"active": "0"})
    with pytest.raises(RemoteError):
        old.outcomes.replace(url, name, 1.0)
    with tenant.read() as session:
        assert session.get_one(StepStateRow, (world.enrolments[0], world.step_id)).best == 0.25


@pytest.mark.parametrize("body", [b"", b"<", b"<a/>", b"\xff" * 70_000, b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_R48_a_body_that_is_no_outcome_gets_an_answer(body: bytes, old: OldTool, clock: Clock) -> None:
    header = authorization_header(f"{BASE}/lti/outcomes", body, old.key, old.secret, now=clock.now)
    answer = old.request(
        "POST", f"{BASE}/lti/outcomes", headers={"Authorization": header, "Content-Type": "application/xml"},
        body=body, max_bytes=1,
    )  # fmt: skip
    assert answer.status == 400
    assert b"failure" in answer.body


def test_content_is_picked_by_a_content_item_request(
    admin: Browser, tool_page: str, old: OldTool, tenant: TenantDatabase, clock: Clock
) -> None:
    typed = {"url": OLD, "key": "k-1", "scores": "1", "selection_uri": f"{OLD}/pick", "method": "HMAC-SHA1"}
    assert admin.post(tool_page, typed).status_code == 303
    tool_id = tool_page.rpartition("/")[2]
    started = admin.post("/design/pick", {"tool": tool_id})
    action, form = form_of(started.text)
    asked = old.receive(action, form)
    assert action == f"{OLD}/pick"
    assert asked.parameters["lti_message_type"] == "ContentItemSelectionRequest"
    item = LegacyItem(f"{OLD}/quiz", "Quiz ancien", "Dix questions", {"Id Quiz": "7"}, 20)
    back, signed = answer_selection(asked, [item], SECRET, now=clock.now)
    elsewhere = admin.client.application.test_client()
    bad = elsewhere.post(back.removeprefix(BASE), data=signed | {"oauth_signature": "x"}, base_url=BASE)
    assert bad.status_code == 400
    answer = elsewhere.post(back.removeprefix(BASE), data=signed, base_url=BASE)
    assert answer.status_code == 303, answer.text[-500:]
    assert elsewhere.post(back.removeprefix(BASE), data=signed, base_url=BASE).status_code == 400
    path = answer.headers["Location"]
    assert "Quiz ancien" in admin.get(path).text
    assert admin.post(path, {"item": "0"}).status_code == 303
    with tenant.read() as session:
        made = session.scalars(select(Resource).where(Resource.title == "Quiz ancien")).one()
        assert made.custom["tool_id"] == tool_id
        assert [one["kind"] for one in made.brings] == ["score"]
        assert session.scalars(select(JournalEntry.act).where(JournalEntry.act == "lti_selection.refused")).all()
    assert re.search("lti", made.kind)
