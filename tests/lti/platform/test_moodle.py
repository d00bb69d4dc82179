"""What a real Moodle 4.5 sent as a tool, replayed as recorded."""

import json
from typing import Any

import pytest

from lti import (
    Accepted,
    Context,
    ContextRole,
    ErrorToTool,
    GradebookAccess,
    LaunchUser,
    PrivacyPolicy,
    ResourceLink,
    ResourceLinkLaunch,
)
from lti.platform.ags_bodies import ScoreBody, read_body
from lti.platform.message import launch_claims
from lti.scopes import AGS_SCOPES, MEMBERS_READ
from tests.lti.platform.test_roster import MemoryRoster, ask
from tests.lti.world import LEARNER, TOKEN_URL, World, key_pair, registration
from tests.shared import shared_path


def recorded(name: str) -> Any:
    return json.loads(shared_path("fixtures", "moodle", "lti", name).read_text())


@pytest.fixture
def calls() -> dict[str, dict[str, Any]]:
    return {f"{call['method']} {call['path']}": call for call in recorded("tool_calls_to_platform_services.json")}


def test_its_authentication_request_is_accepted(world: World) -> None:
    sent = recorded("tool_launch_learner.json")["1_login_redirect_params"]
    redirect = sent["redirect_uri"]
    world.registrations.by_client[sent["client_id"]] = registration(
        sent["client_id"], redirect_uris=frozenset({redirect, redirect.replace("launch", "launch_deeplink")})
    )
    login = world.initiate(client_id=sent["client_id"]).parameters
    ours = {name: login[name] for name in ("login_hint", "lti_message_hint")}
    outcome = world.authentication().authenticate(sent | ours, LEARNER, world.one_time)
    assert isinstance(outcome, Accepted)
    assert (outcome.redirect_uri, outcome.state, outcome.nonce) == (redirect, sent["state"], sent["nonce"])
    theirs = world.authentication().check(sent, LEARNER)
    assert isinstance(theirs, ErrorToTool)


def test_its_client_assertion_is_accepted(world: World, calls: dict[str, dict[str, Any]]) -> None:
    form = calls["POST /token"]["body"]["form"]
    claims = dict(calls["POST /token"]["body"]["client_assertion_claims"])
    moment = int(world.clock.now.timestamp())
    claims |= {"iss": "tool-1", "sub": "tool-1", "aud": TOKEN_URL, "iat": moment, "exp": moment + 65}
    scope = "https://purl.imsglobal.org/spec/lti-ags/scope/score " + form["scope"]
    request = form | {"client_assertion": key_pair("tool-1").sign(claims), "scope": scope}
    response = world.token_endpoint().answer(request, world.one_time, world.grants)
    assert response.status == 200


def test_its_line_item_and_score_are_accepted(world: World, calls: dict[str, dict[str, Any]]) -> None:
    world.gradebook.links["tool-1"].add("rl-2")
    world.gradebook.members.add("u-2")
    made = send(world, calls["POST /ags/lineitems"], "")
    assert made.status == 201
    assert json.loads(made.body)["resourceId"] == "2"
    assert send(world, calls["POST /ags/lineitems/1/scores"], "/1/scores").status == 200
    (result,) = json.loads(world.call("GET", "/1/results").body)
    assert (result["userId"], result["resultScore"], result["resultMaximum"]) == ("u-2", 15, 20)


def test_its_zone_without_a_colon_is_read(calls: dict[str, dict[str, Any]]) -> None:
    body = json.dumps(calls["POST /ags/lineitems/1/scores"]["body"]).encode()
    assert read_body(ScoreBody, body).timestamp.isoformat() == "2026-11-23T10:18:47+00:00"


def send(world: World, call: dict[str, Any], path: str) -> Any:
    body = json.dumps(call["body"]).encode()
    return world.call(call["method"], path, content_type=call["content_type"], body=body)


def test_its_request_for_members_is_answered(world: World, calls: dict[str, dict[str, Any]]) -> None:
    call = calls["GET /nrps"]
    (link,) = call["query"]["rlid"]
    roster = MemoryRoster(link=link)
    answer = ask(world, f"rlid={link}", roster)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == call["accept"]
    assert all(member["message"] for member in json.loads(answer.body)["members"])


def test_what_it_was_launched_with_is_what_this_platform_sends(world: World) -> None:
    sent = recorded("tool_launch_learner.json")["2_id_token_claims_sent"]
    tool = registration(privacy=PrivacyPolicy(send_name=True, send_email=True), scopes=AGS_SCOPES | {MEMBERS_READ})
    world.registrations.by_client["tool-1"] = tool
    outcome = world.authentication().authenticate(world.authentication_request(), LEARNER, world.one_time)
    assert isinstance(outcome, Accepted)
    launch = ResourceLinkLaunch(
        user=LaunchUser("u-1", (ContextRole.LEARNER,), "Ada Test", "Ada", "Test", "ada@example.org"),
        resource_link=ResourceLink(id="link-1", title="HAB"),
        context=Context(id="ctx-1", label="PARC1", title="Parcours hybride 1"),
        custom={"id": "d021b437-4931-4226-a517-7c1cc7a49dd1"},
        gradebook=GradebookAccess("https://hub.example.org/lineitems"),
        members_url="https://hub.example.org/members",
    )
    told = launch_claims(outcome, launch, issuer="https://hub.example.org")
    assert set(told) == set(sent)
    assert told["https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"] == {
        "context_memberships_url": "https://hub.example.org/members",
        "service_versions": ["2.0"],
    }
