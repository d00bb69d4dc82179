"""Campus numérique believes a launch only after every check, and posts what the learner earned."""

import json
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from connectors.http import HttpClient
from hub.demo.tool import create_tool
from hub.demo.tool_content import COURSES, PASSWORDS
from hub.demo.tool_protocol import PlatformSettings, ToolProtocol

BASE = "https://campus.example.org"
ISSUER = "https://hub.example.org"
AT = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
LINE_ITEM = f"{ISSUER}/lineitems/7"
SCORE_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
HUB_KEY = RSAKey.generate_key(2048, auto_kid=True)
TOOL_KEY = RSAKey.generate_key(2048, auto_kid=True)
SETTINGS = PlatformSettings(ISSUER, f"{ISSUER}/auth", f"{ISSUER}/token", f"{ISSUER}/jwks", "client-1", "dep-1")


@pytest.fixture
def network() -> Any:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        public = {**HUB_KEY.as_dict(private=False), "alg": "RS256", "use": "sig"}
        mock.get(f"{ISSUER}/jwks", json={"keys": [public]})
        mock.post(f"{ISSUER}/token", json={"access_token": "granted", "token_type": "Bearer", "expires_in": 3600})
        mock.post(f"{LINE_ITEM}/scores", status=200)
        yield mock


@pytest.fixture
def browser(network: Any) -> FlaskClient:
    protocol = ToolProtocol(SETTINGS, TOOL_KEY, HttpClient())
    return create_tool(BASE, protocol, lambda: AT).test_client()


def begin(browser: FlaskClient, **login: str) -> dict[str, str]:
    """Through the login address; gives state and nonce that the tool asked with."""
    asked = {"iss": ISSUER, "login_hint": "hint", "lti_message_hint": "message", "client_id": "client-1", **login}
    answer = browser.get("/login", query_string=asked)
    assert answer.status_code == 302
    query = parse_qs(urlsplit(answer.location).query)
    assert (query["response_mode"], query["prompt"], query["scope"]) == (["form_post"], ["none"], ["openid"])
    assert query["lti_message_hint"] == ["message"]
    return {name: query[name][0] for name in ("state", "nonce")}


def claims(nonce: str, /, **changed: Any) -> dict[str, Any]:
    now = int(time.time())
    whole = {
        "iss": ISSUER,
        "aud": "client-1",
        "sub": "learner-1",
        "given_name": "Inès",
        "nonce": nonce,
        "iat": now,
        "exp": now + 60,
        CLAIM + "message_type": "LtiResourceLinkRequest",
        CLAIM + "version": "1.3.0",
        CLAIM + "deployment_id": "dep-1",
        CLAIM + "roles": [],
        CLAIM + "resource_link": {"id": "link-1"},
        CLAIM + "target_link_uri": f"{BASE}/course/mots-de-passe",
        CLAIM + "launch_presentation": {"return_url": f"{ISSUER}/home"},
        "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {"scope": [SCORE_SCOPE], "lineitem": LINE_ITEM},
    }
    return {name: value for name, value in {**whole, **changed}.items() if value is not None}


def launch(browser: FlaskClient, key: RSAKey = HUB_KEY, algorithm: str = "RS256", **changed: Any) -> Any:
    asked = begin(browser)
    token = jwt.encode({"alg": algorithm, "kid": HUB_KEY.kid}, claims(asked["nonce"], **changed), key)
    return browser.post("/launch", data={"id_token": token, "state": asked["state"]})


def test_a_launch_opens_the_course(browser: FlaskClient) -> None:
    answer = launch(browser)
    assert (answer.status_code, answer.location) == (303, "/course/mots-de-passe")
    page = browser.get(answer.location).get_data(as_text=True)
    assert "Protéger mes comptes" in page
    assert "Bonjour Inès" in page
    assert page.count("<fieldset>") == len(PASSWORDS.questions)


WRONG: list[dict[str, Any]] = [
    {"iss": "https://other.example.org"},
    {"aud": "client-2"},
    {"aud": ["client-1", "client-2"]},
    {"azp": "client-2"},
    {"exp": int(time.time()) - 120},
    {"exp": "soon"},
    {"exp": None},
    {"iat": int(time.time()) - 3600},
    {"iat": int(time.time()) + 3600},
    {"nonce": "another"},
    {"nonce": None},
    {"sub": None},
    {CLAIM + "message_type": "LtiDeepLinkingRequest"},
    {CLAIM + "version": "1.1"},
    {CLAIM + "deployment_id": "dep-2"},
    {CLAIM + "resource_link": None},
    {CLAIM + "resource_link": {}},
    {CLAIM + "roles": None},
    {CLAIM + "target_link_uri": "https://elsewhere.example.org/course/mots-de-passe"},
    {CLAIM + "target_link_uri": f"{BASE}/course/unknown"},
]


@pytest.mark.parametrize("changed", WRONG, ids=lambda one: "-".join(f"{k.rpartition('/')[2]}" for k in one))
def test_what_does_not_hold_is_refused(browser: FlaskClient, changed: dict[str, Any]) -> None:
    answer = launch(browser, **changed)
    assert answer.status_code == 400
    assert "Cette page ne s’ouvre pas" in answer.get_data(as_text=True)


def test_another_key_or_algorithm_is_refused(browser: FlaskClient) -> None:
    assert launch(browser, RSAKey.generate_key(2048)).status_code == 400
    assert browser.post("/launch", data={"id_token": "a.b.c", "state": begin(browser)["state"]}).status_code == 400
    asked = begin(browser)
    header = "eyJhbGciOiJub25lIn0"  # {"alg":"none"}
    forged = jwt.encode({"alg": "RS256"}, claims(asked["nonce"]), HUB_KEY).split(".")[1]
    unsigned = {"id_token": f"{header}.{forged}.", "state": asked["state"]}
    assert browser.post("/launch", data=unsigned).status_code == 400


def test_a_state_counts_once_and_in_its_browser_only(browser: FlaskClient) -> None:
    asked = begin(browser)
    token = jwt.encode({"alg": "RS256", "kid": HUB_KEY.kid}, claims(asked["nonce"]), HUB_KEY)
    sent = {"id_token": token, "state": asked["state"]}
    stranger = browser.application.test_client()
    assert stranger.post("/launch", data=sent).status_code == 400
    assert browser.post("/launch", data=sent).status_code == 303
    assert browser.post("/launch", data=sent).status_code == 400


def test_a_login_from_another_platform_is_refused(browser: FlaskClient) -> None:
    for wrong in ({"iss": "https://other.example.org", "login_hint": "x"}, {"iss": ISSUER}, {}):
        assert browser.get("/login", query_string=wrong).status_code == 400


def answer_all(browser: FlaskClient, right: int) -> Any:
    page = browser.get("/course/mots-de-passe").get_data(as_text=True)
    key = page.partition('name="form_key" value="')[2].partition('"')[0]
    form = {"form_key": key}
    for number, question in enumerate(PASSWORDS.questions):
        wrong = (question.right + 1) % len(question.choices)
        form[f"q{number}"] = str(question.right if number < right else wrong)
    return browser.post("/course/mots-de-passe/quiz", data=form)


def test_the_quiz_posts_a_score(browser: FlaskClient, network: Any) -> None:
    launch(browser)
    answer = answer_all(browser, 3)
    assert answer.status_code == 303
    result = browser.get(answer.location).get_data(as_text=True)
    assert "3 bonnes réponses sur 4" in result
    assert "C’est réussi." in result
    assert f'href="{ISSUER}/home"' in result
    token, score = network.calls[-2].request, network.calls[-1].request
    form = {name: values[0] for name, values in parse_qs(token.body.decode()).items()}
    assert (form["grant_type"], form["scope"]) == ("client_credentials", SCORE_SCOPE)
    assertion = jwt.decode(form["client_assertion"], KeySet([TOOL_KEY]), algorithms=["RS256"]).claims
    assert (assertion["iss"], assertion["sub"], assertion["aud"]) == ("client-1", "client-1", f"{ISSUER}/token")
    assert (score.url, score.headers["Authorization"]) == (f"{LINE_ITEM}/scores", "Bearer granted")
    assert score.headers["Content-Type"] == "application/vnd.ims.lis.v1.score+json"
    assert json.loads(score.body) == {
        "userId": "learner-1",
        "scoreGiven": 3,
        "scoreMaximum": 4,
        "comment": "3 bonnes réponses sur 4",
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": "2026-11-20T18:30:00.000+00:00",
    }


def test_a_score_that_is_not_taken_is_told(browser: FlaskClient, network: Any) -> None:
    launch(browser)
    network.replace(responses.POST, f"{LINE_ITEM}/scores", status=403)
    answer = answer_all(browser, 1)
    result = browser.get(answer.location).get_data(as_text=True)
    assert "Votre note n’a pas pu être envoyée" in result
    assert "Ce n’est pas encore réussi" in result


def test_a_launch_without_gradebook_sends_nothing(browser: FlaskClient, network: Any) -> None:
    launch(browser, **{"https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": None})
    assert answer_all(browser, 4).status_code == 303
    assert all("/scores" not in call.request.url for call in network.calls)


def test_missing_answers_keep_what_was_chosen(browser: FlaskClient) -> None:
    launch(browser)
    page = browser.get("/course/mots-de-passe").get_data(as_text=True)
    key = page.partition('name="form_key" value="')[2].partition('"')[0]
    answer = browser.post("/course/mots-de-passe/quiz", data={"form_key": key, "q0": "1", "q1": "99", "q2": "²"})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Il manque une réponse à 3 questions" in text
    assert text.count(" checked") == 1


def test_without_a_launch_one_reads_and_does_not_answer(browser: FlaskClient) -> None:
    for slug in COURSES:
        page = browser.get(f"/course/{slug}")
        assert page.status_code == 200
        assert "<fieldset>" not in page.get_data(as_text=True)
    assert browser.post("/course/mots-de-passe/quiz", data={"q0": "1"}).status_code == 400
    assert browser.get("/course/mots-de-passe/result").status_code == 303
    assert browser.get("/course/unknown").status_code == 404
    assert browser.get("/").status_code == 200


def test_its_keys_are_published_without_the_private_half(browser: FlaskClient) -> None:
    (key,) = browser.get("/jwks").get_json()["keys"]
    assert set(key) == {"kty", "n", "e", "kid", "alg", "use"}
    assert key["kid"] == TOOL_KEY.thumbprint()


@pytest.mark.parametrize("course", COURSES.values(), ids=lambda course: course.slug)
def test_every_course_is_whole(course: Any) -> None:
    assert 3 <= len(course.sections) <= 4
    assert 4 <= len(course.questions) <= 5
    for question in course.questions:
        assert len(set(question.choices)) == len(question.choices) >= 3
        assert 0 <= question.right < len(question.choices)
    assert course.right_answers({n: q.right for n, q in enumerate(course.questions)}) == len(course.questions)
