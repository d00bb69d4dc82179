"""A real Moodle 4.5, as recorded, meets the hub in both roles, through the pages that people really use: an
administrator connects it, a teacher or a designer picks content, a learner opens it, the grade goes where it
belongs."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from threading import Event
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit
from uuid import UUID

import pytest
import responses
from flask import Flask
from sqlalchemy import select

from content.xapi.emit import event_statement
from content.xapi.vocabulary import Verb
from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.domain.path import Activity, Binding, BindingKind, Brings, EvidenceKind, Modality, Way
from hub.jobs.worker import Worker
from hub.models.learning import Resource
from hub.models.person import Person
from hub.models.platforms import LtiPlatform, LtiTool, Platform
from hub.models.river import StepStateRow
from hub.services import lti_platforms
from hub.services.identities import hub_agent
from hub.services.ledger import ingest
from hub.services.projection import project_dirty
from hub.services.roles import grant_role
from hub.services.source import hub_source
from lti import claims as names
from lti.registration.as_tool import CLOSE_MESSAGE
from lti.registration.metadata import TOOL_KEY
from lti.signed import read_unverified
from tests.lti.platform.test_moodle import recorded
from tests.lti.world import key_pair
from tests.services.builders import activity, document, enrol, person, publish, rule, step
from tests.web.conftest import BASE, Browser, Clock
from tests.web.lti_in_world import EXERCISE, SHEET
from tests.web.test_lti_register import DOCUMENT, MOODLE, _serve
from tests.web.test_lti_selection import come_back, form_of

JWKS = {"keys": [dict(key_pair("moodle").public.jwk)]}
FRAMED = {"Sec-Fetch-Dest": "iframe"}
SCORES = f"{MOODLE}/mod/lti/services.php/2/lineitems/18/lineitem/scores"


@pytest.fixture
def admin(add_person: Callable[..., UUID], enter: Callable[..., Browser]) -> Browser:
    return enter(add_person("Ada", "Roux", "administrator", "designer"))


@pytest.fixture
def page(tenant: TenantDatabase, clock: Clock) -> str:
    """The page on which the administrator connects the partner."""
    with tenant.write() as session:
        row = Platform(id=new_id(), name="Campus", created_at=clock.now)
        session.add(row)
        session.flush()
        return f"/admin/platforms/{row.id}/lti"


# --- the hub is a tool of that Moodle


@pytest.fixture
def path(tenant: TenantDatabase) -> None:
    done = rule(("completed", None))
    asked = (("Lire", SHEET), ("Faire", EXERCISE))
    steps = [step(title, activity(iri, "completed"), rule=done) for title, iri in asked]
    with tenant.write() as session:
        publish(session, document(*steps))


def taken_in(app: Flask, admin: Browser, page: str, tenant: TenantDatabase) -> str:
    """The administrator's link is opened inside Moodle, as recorded; gives the registration's key."""
    link = re.search(rf"{BASE}/lti/join/[\w-]+", admin.post(f"{page}/link").text)
    assert link
    opened = dict(parse_qsl(urlsplit(recorded("platform_dynamic_registration_exchange.json")[0]["location"]).query))
    address = f"{link[0].removeprefix(BASE)}?{urlencode(opened | {'openid_configuration': DOCUMENT})}"
    inside = app.test_client()
    shown = inside.get(address, base_url=BASE, headers=FRAMED)
    assert f"frame-ancestors {MOODLE};" in f"{shown.headers['Content-Security-Policy']};"
    with responses.RequestsMock() as net:
        _serve(net)
        done = inside.post(address, base_url=BASE, headers=FRAMED)
        sent = net.calls[1].request
    assert CLOSE_MESSAGE in done.text
    assert sent.headers["Authorization"] == f"Bearer {opened['registration_token']}"
    posted = json.loads(sent.body)
    assert posted[TOOL_KEY]["domain"] == urlsplit(BASE).netloc
    assert {m["type"] for m in posted[TOOL_KEY]["messages"]} == {"LtiResourceLinkRequest", "LtiDeepLinkingRequest"}
    with tenant.read() as session:
        key = session.scalars(select(LtiPlatform.id)).one()
        assert [(d.deployment_id, d.state) for d in lti_platforms.deployments(session)] == [("1", "approved")]
    assert "yPUZ1MnQ4h28Ifw" in admin.get(f"/admin/lti/registrations/{key}").text
    return str(key)


def try_out(admin: Browser, key: str) -> None:
    """The self-test against what a Moodle answers: without a session, a page that posts itself once more."""
    with responses.RequestsMock() as net:
        net.get(f"{MOODLE}/mod/lti/certs.php", json=recorded("platform_jwks.json"))
        net.get(f"{MOODLE}/mod/lti/auth.php", body="<form>repost</form>")
        net.post(f"{MOODLE}/mod/lti/token.php", json={"access_token": "t", "token_type": "Bearer", "expires_in": 3600})
        assert "given-letter" not in admin.post(f"/admin/lti/registrations/{key}/test").text


def launched(app: Flask, clock: Clock, key: str, name: str, **changes: Any) -> tuple[Any, Any]:
    """A recorded launch, whose message is signed anew for this moment; the browser, and the answer."""
    told, browser = recorded(f"{name}.json"), app.test_client()
    target = changes.get(names.TARGET_LINK_URI, f"{BASE}/lti/launch")
    form = told["1_login_initiation_form"]["fields"] | {"target_link_uri": target}
    answer = browser.post(f"/lti/login/{key}", data=form, base_url=BASE)
    assert answer.status_code == 302, answer.text[-400:]
    location = urlsplit(answer.headers["Location"])
    assert f"{location.scheme}://{location.netloc}{location.path}" == f"{MOODLE}/mod/lti/auth.php"
    asked = dict(parse_qsl(location.query))
    assert {name: asked[name] for name in ("login_hint", "lti_message_hint", "client_id")} == {
        name: form[name] for name in ("login_hint", "lti_message_hint", "client_id")
    }
    assert set(asked) == set(told["2_auth_request"])
    at = int(clock.now.timestamp())
    claims = told["5_id_token_claims"] | {
        "nonce": asked["nonce"], "iat": at, "exp": at + 60, names.TARGET_LINK_URI: target,
    }  # fmt: skip
    for claim, value in changes.items():
        claims[claim] = claims[claim] | value if isinstance(value, dict) else value
    posted = {"state": asked["state"], "id_token": key_pair("moodle").sign(claims)}
    with responses.RequestsMock(assert_all_requests_are_fired=False) as net:
        net.get(f"{MOODLE}/mod/lti/certs.php", json=JWKS)
        return browser, browser.post("/lti/launch", data=posted, base_url=BASE)


def framed_by(answer: Any) -> str:
    """The one site that may show an answer in a frame."""
    found = re.search(r"frame-ancestors ([^;]+)", answer.headers["Content-Security-Policy"])
    return found[1] if found else ""


def picked(app: Flask, clock: Clock, key: str) -> dict[str, Any]:
    """A teacher picks the path from within a course; the item that goes to Moodle."""
    browser, picker = launched(app, clock, key, "platform_deeplinking_request")
    ticket = re.search(r'name="ticket" value="([^"]+)"', picker.text)
    choice = re.search(r'type="checkbox" name="choice" value="([^"]+)"', picker.text)
    assert ticket
    assert choice
    told = {"ticket": unescape(ticket[1])}
    # All of it stands in a frame of Moodle's, also what went wrong.
    nothing = browser.post("/lti/pick", data=told, base_url=BASE, headers=FRAMED)
    assert (nothing.status_code, framed_by(nothing)) == (422, MOODLE)
    lost = browser.post("/lti/pick", data={"ticket": "x"}, base_url=BASE, headers=FRAMED)
    assert (lost.status_code, framed_by(lost)) == (400, MOODLE)
    back = browser.post("/lti/pick", data=told | {"choice": choice[1]}, base_url=BASE, headers=FRAMED).text
    form = dict(re.findall(r'<input type="hidden" name="(JWT)" value="([^"]+)"', back))
    action = unescape(re.findall(r'<form [^>]*action="([^"]+)" data-autopost', back)[0])
    settings = recorded("platform_deeplinking_request.json")["5_id_token_claims"][names.DEEP_LINKING_SETTINGS]
    assert action == settings["deep_link_return_url"]
    sent = read_unverified(form["JWT"]).claims
    taken = recorded("platform_deeplinking_response_sent.json")
    assert set(sent) == set(taken)
    assert (sent["iss"], sent["aud"], sent[names.DEPLOYMENT_ID]) == (taken["iss"], MOODLE, "1")
    (item,) = sent[names.CONTENT_ITEMS]
    first = taken[names.CONTENT_ITEMS][0]
    assert set(item) <= set(first)
    assert set(item["lineItem"]) == set(first["lineItem"])
    return dict(item)


def finish(tenant: TenantDatabase, installation: Installation, clock: Clock, who: UUID, iri: str) -> None:
    done = event_statement(hub_agent(who), Verb.COMPLETED, iri, at=clock.now.isoformat(), key=(str(new_id()),))
    with tenant.write() as session:
        ingest(session, [done], hub_source(), clock.now)
    project_dirty(tenant)
    Worker(installation, Event(), clock=lambda: datetime.now(UTC)).run_once()


def test_a_moodle_takes_the_hub_in_picks_a_path_opens_it_and_gets_one_final_grade(
    app: Flask, admin: Browser, page: str, path: None, tenant: TenantDatabase, installation: Installation, clock: Clock
) -> None:
    key = taken_in(app, admin, page, tenant)
    try_out(admin, key)
    asked = "doit encore activer l’outil"
    assert asked in admin.get(f"/admin/lti/registrations/{key}").text
    item = picked(app, clock, key)
    assert asked not in admin.get(f"/admin/lti/registrations/{key}").text
    launch = {names.TARGET_LINK_URI: item["url"], names.CUSTOM: item["custom"]}
    browser, answer = launched(app, clock, key, "platform_launch_learner", **launch)
    assert answer.status_code == 303, answer.text[-400:]
    assert "Fabriquer une pièce en 3D" in browser.get(answer.headers["Location"], base_url=BASE).text
    with tenant.read() as session:
        (emilie,) = session.scalars(select(Person).where(Person.given_name == "Émilie"))
    with responses.RequestsMock() as net:  # a score that is not final would erase the grade of a Moodle
        finish(tenant, installation, clock, emilie.id, SHEET)
        assert len(net.calls) == 0
    with responses.RequestsMock() as net:
        net.post(f"{MOODLE}/mod/lti/token.php", json={"access_token": "t", "token_type": "Bearer", "expires_in": 3600})
        net.post(f"{SCORES}?type_id=1", body="")
        finish(tenant, installation, clock, emilie.id, EXERCISE)
        score = json.loads(net.calls[1].request.body)
    assert {name: score[name] for name in ("userId", "scoreGiven", "scoreMaximum", "gradingProgress")} == {
        "userId": "7", "scoreGiven": 100, "scoreMaximum": 100, "gradingProgress": "FullyGraded",
    }  # fmt: skip
    # Its teacher sees the path and becomes nobody; a launch of the bare address leads home.
    _, shown = launched(app, clock, key, "platform_launch_trainer", **launch)
    assert "Fabriquer une pièce en 3D" in shown.text
    _, bare = launched(app, clock, key, "platform_launch_learner")
    assert bare.headers["Location"] == "/"
    with tenant.read() as session:
        assert len(session.scalars(select(Person)).all()) == 2  # the administrator and Émilie


# --- that Moodle is a tool of the hub


def registered(app: Flask, admin: Browser, page: str, tenant: TenantDatabase) -> tuple[UUID, dict[str, Any]]:
    """Moodle registers itself as recorded, once the administrator opened its address; what it was told."""
    exchange = recorded("tool_dynamic_registration_exchange.json")
    made = admin.post(f"{page}/tool", {"url": f"{MOODLE}/enrol/lti/register.php?token=abc"}).text
    href = re.search(r'href="([^"]+)" target="_blank"', made)
    assert href
    opened = dict(parse_qsl(urlsplit(unescape(href[1])).query))
    assert set(opened) == set(parse_qs(urlsplit(exchange[0]["url"]).query))
    moodle = app.test_client()
    read = moodle.get(opened["openid_configuration"].removeprefix(BASE), base_url=BASE).get_json()
    headers = {"Authorization": f"Bearer {opened['registration_token']}"}
    where = read["registration_endpoint"].removeprefix(BASE)
    answer = moodle.post(where, json=exchange[1]["body"], headers=headers, base_url=BASE)
    assert answer.status_code == 200, answer.text
    with tenant.read() as session:
        tool = session.scalars(select(LtiTool)).one()
        assert not tool.active
    return tool.id, answer.get_json()


def let_in(admin: Browser, tool_id: UUID) -> None:
    """The administrator looks at what Moodle asks for, gives it names and e-mails, and opens it."""
    shown = admin.get(f"/admin/tools/{tool_id}").text
    assert "given_name" in shown
    edit = admin.get(f"/admin/tools/{tool_id}/edit").text
    typed: dict[str, Any] = {
        name: unescape(value) for name, value in re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]+)"', edit)
        if name.endswith(("_url", "_uri"))
    }  # fmt: skip
    area = re.search(r'<textarea[^>]*name="redirect_uris"[^>]*>([^<]*)', edit)
    assert area
    scopes = re.findall(r'name="scopes" value="([^"]+)"[^>]*checked', edit)
    typed |= {"redirect_uris": unescape(area[1]), "scopes": scopes, "privacy": ["name", "email"]}
    assert admin.post(f"/admin/tools/{tool_id}/edit", typed).status_code == 303
    assert admin.post(f"/admin/tools/{tool_id}/state", {"active": "1"}).status_code == 303


def answered(browser: Browser, login: dict[str, str], page: str) -> dict[str, Any]:
    """Moodle's recorded authentication request for a login; the claims of what it gets."""
    asked = recorded("tool_launch_learner.json")["1_login_redirect_params"] | {
        "client_id": login["client_id"], "redirect_uri": f"{MOODLE}/enrol/lti/{page}",
        "login_hint": login["login_hint"], "lti_message_hint": login["lti_message_hint"],
    }  # fmt: skip
    action, form = form_of(browser.get("/lti/auth", query_string=asked).text)
    assert (action, form["state"]) == (asked["redirect_uri"], asked["state"])
    claims = dict(read_unverified(form["id_token"]).claims)
    assert claims["nonce"] == asked["nonce"]
    return claims


def pick_course(admin: Browser, tool_id: UUID, told: dict[str, Any], clock: Clock) -> None:
    """A designer picks a course inside Moodle, which answers as its library does."""
    action, login = form_of(admin.post("/design/pick", {"tool": str(tool_id)}).text)
    assert action == recorded("tool_dynamic_registration_exchange.json")[1]["body"]["initiate_login_uri"]
    claims = answered(admin, login, "launch_deeplink.php")
    assert claims[names.DEPLOYMENT_ID] == told[TOOL_KEY]["deployment_id"]
    at = int(clock.now.timestamp())
    sent = recorded("tool_launch_learner.json")["2_id_token_claims_sent"]
    item = {
        "type": "ltiResourceLink", "title": "HAB", "url": f"{MOODLE}/enrol/lti/launch.php",
        "custom": sent[names.CUSTOM], "lineItem": {"scoreMaximum": 20, "resourceId": 2},
    }  # fmt: skip
    response = {
        "iss": told["client_id"], "aud": [claims["iss"]], "iat": at, "exp": at + 60, "nonce": f"nonce-{at}",
        names.MESSAGE_TYPE: names.DEEP_LINKING_RESPONSE, names.LTI_VERSION: names.VERSION,
        names.DEPLOYMENT_ID: claims[names.DEPLOYMENT_ID], names.CONTENT_ITEMS: [item],
        names.DEEP_LINKING_DATA: claims[names.DEEP_LINKING_SETTINGS]["data"],
    }  # fmt: skip
    with responses.RequestsMock() as net:
        net.get(f"{MOODLE}/enrol/lti/jwks.php", json=JWKS)
        back = come_back(admin, claims, key_pair("moodle").sign(response))
    assert back.status_code == 303, back.text[-400:]
    assert "HAB" in admin.get(back.headers["Location"]).text
    assert admin.post(back.headers["Location"], {"item": "0"}).status_code in (200, 303)


def followed(tenant: TenantDatabase, clock: Clock) -> tuple[UUID, UUID, str, str]:
    """A learner follows a path with what was picked: person, step, where it opens, the link's id."""
    with tenant.write() as session:
        resource = session.scalars(select(Resource).where(Resource.title == "HAB")).one()
        brings = (Brings(kind=EvidenceKind.SCORE, way=Way.LTI_SCORE),)
        binding = Binding(kind=BindingKind.LTI_LINK, iri=resource.iri, resource_id=resource.id, brings=brings)
        quiz = Activity(title="HAB", modality=Modality.OWN_PACE, minutes=20, binding=binding)
        made = step("HAB", quiz, rule=rule(("score", 0.7)))
        ada = person(session, "Ada", "Test", email="ada@example.org")
        grant_role(session, ada, "learner", clock.now)
        enrolment = enrol(session, ada, publish(session, document(made)))
        return ada, made.id, f"/path/{enrolment}/step/{made.id}/open/{quiz.id}", str(resource.id)


def test_a_moodle_registers_itself_is_picked_from_opened_and_sends_its_grade(
    app: Flask, admin: Browser, page: str, tenant: TenantDatabase, clock: Clock, enter: Callable[..., Browser]
) -> None:
    tool_id, told = registered(app, admin, page, tenant)
    let_in(admin, tool_id)
    pick_course(admin, tool_id, told, clock)
    ada, step_id, address, link = followed(tenant, clock)
    learner = enter(ada)
    claims = answered(learner, form_of(learner.post(address).text)[1], "launch.php")
    sent = recorded("tool_launch_learner.json")["2_id_token_claims_sent"]
    assert set(sent) <= set(claims)
    assert claims[names.CUSTOM] == sent[names.CUSTOM]
    assert (claims["given_name"], claims["family_name"], claims["email"]) == ("Ada", "Test", "ada@example.org")
    assert claims[names.RESOURCE_LINK]["id"] == link
    moodle = app.test_client()
    calls = {f"{c['method']} {c['path']}": c for c in recorded("tool_calls_to_platform_services.json")}
    form, moment = calls["POST /token"]["body"]["form"], int(clock.now.timestamp())
    assertion = calls["POST /token"]["body"]["client_assertion_claims"] | {
        "iss": told["client_id"], "sub": told["client_id"], "aud": f"{BASE}/lti/token", "iat": moment,
        "exp": moment + 65,
    }  # fmt: skip
    scope = f"{told['scope']} {form['scope']}"
    asked = form | {"client_assertion": key_pair("moodle").sign(assertion), "scope": scope}
    given = moodle.post("/lti/token", data=asked, base_url=BASE)
    assert given.status_code == 200, given.text
    bearer = {"Authorization": f"Bearer {given.get_json()['access_token']}"}

    def call(name: str, url: str, **changes: Any) -> Any:
        one = calls[name]
        body = json.dumps(one["body"] | changes) if one["body"] else None
        headers = {**bearer, "Accept": one["accept"]}
        place = url.removeprefix(BASE)
        return moodle.open(place, method=one["method"], headers=headers, data=body, content_type=one["content_type"],
                           base_url=BASE)  # fmt: skip

    roster = claims[names.NRPS_SERVICE]["context_memberships_url"]
    members = call("GET /nrps", f"{roster}?{urlencode({'rlid': link})}").get_json()["members"]
    assert [(m["user_id"], m["given_name"]) for m in members] == [(claims["sub"], "Ada")]
    book = claims[names.AGS_ENDPOINT]["lineitems"]
    assert [one["resourceId"] for one in call("GET /ags/lineitems", book).get_json()] == ["2"]
    made = call("POST /ags/lineitems", book, resourceLinkId=link)
    assert made.status_code == 201, made.text
    scored = call("POST /ags/lineitems/1/scores", f"{made.get_json()['id']}/scores", userId=claims["sub"])
    assert scored.status_code == 200, scored.text
    with tenant.read() as session:
        states = session.scalars(select(StepStateRow).where(StepStateRow.step_id == step_id)).all()
    assert [one.best for one in states] == [0.75]
