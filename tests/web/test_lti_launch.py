"""A learner opens a step that lives in another LMS: PyLTI1p3's own tool code accepts the hub's launch, posts a score,
and the
score stands in the learner's progress."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
import requests
from pylti1p3.contrib.flask import FlaskMessageLaunch
from pylti1p3.exception import LtiServiceException
from pylti1p3.grade import Grade
from pylti1p3.tool_config import ToolConfDict
from sqlalchemy import select
from werkzeug.serving import make_server

from hub.config import Config
from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.domain.path import Activity, Binding, BindingKind, Brings, EvidenceKind, Modality, Way
from hub.models.learning import Launch, Resource
from hub.models.platforms import LtiResult, LtiTool, Platform
from hub.models.river import PathStateRow
from hub.services import sessions
from hub.services.journey import journey
from hub.services.roles import grant_role
from hub.services.why import why
from hub.web.app import create_app
from lti.scopes import AGS_SCOPES
from tests.lti.platform.peer import LAUNCH_URL, Tool, _public_pem
from tests.lti.world import jwks, key_pair
from tests.services.builders import document, enrol, person, publish, rule, step

IRI = "https://campus.example/quiz"


@dataclass
class Served:
    """The hub on loopback, one learner signed in, one step that opens a tool."""

    url: str
    tenant: TenantDatabase
    enrolment: UUID
    step_id: UUID
    activity_id: UUID
    tool_id: UUID
    browser: requests.Session

    def page_form(self, answer: requests.Response) -> tuple[str, dict[str, str]]:
        """Action and hidden fields of the form that a page sends on."""
        assert answer.status_code == 200, answer.text[:400]
        action = re.search(r'<form method="post" action="([^"]+)" data-autopost', answer.text)
        assert action, answer.text[-1500:]
        fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', answer.text)
        return unescape(action[1]), {unescape(n): unescape(v) for n, v in fields}

    def open(self) -> tuple[str, dict[str, str]]:
        """The learner's click on « Ouvrir l’étape »."""
        token = re.search(
            r'name="csrf-token" content="([^"]+)"', self.browser.get(f"{self.url}/account", timeout=10).text
        )
        assert token
        address = f"{self.url}/path/{self.enrolment}/step/{self.step_id}/open/{self.activity_id}"
        data = {"csrf_token": unescape(token[1])}
        return self.page_form(self.browser.post(address, data=data, timeout=10))


class HubTool(Tool):
    """PyLTI1p3 as a tool registered with the hub."""

    def __init__(self, served: Served) -> None:
        self.session: dict[str, Any] = {}
        self.cookies: dict[str, str] = {}
        endpoints = {
            "auth_login_url": f"{served.url}/lti/auth",
            "auth_token_url": f"{served.url}/lti/token",
            "auth_audience": None,
            "key_set_url": f"{served.url}/lti/jwks",
            "key_set": None,
        }
        platform = {"default": True, "client_id": "tool-1", "deployment_ids": ["dep-1"], **endpoints}
        self.config = ToolConfDict({served.url: [platform]})
        self.config.set_private_key(served.url, key_pair("tool-1").private_pem, client_id="tool-1")
        self.config.set_public_key(served.url, _public_pem(), client_id="tool-1")


@contextmanager
def campus(make_config: Any) -> Iterator[Served]:
    """The hub on loopback, with its learner."""
    config: Config = make_config(base_url="http://localhost:1", allow_loopback=True)
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    config = make_config(base_url=f"http://localhost:{server.server_port}", allow_loopback=True)
    installation = Installation(config)
    tenant = installation.create_tenant("campus", "Le Générateur", ["localhost"])
    server.app = create_app(installation)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield _world(installation, tenant, config.base_url)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        installation.close()


@pytest.fixture
def served(make_config: Any) -> Iterator[Served]:
    with campus(make_config) as made:
        yield made


def _world(installation: Installation, tenant: TenantDatabase, url: str) -> Served:
    now = datetime.now(UTC)
    with tenant.write() as session:
        platform = Platform(id=new_id(), name="Campus Fab", created_at=now)
        session.add(platform)
        session.flush()
        tool = LtiTool(
            id=new_id(),
            platform_id=platform.id,
            client_id="tool-1",
            deployment_id="dep-1",
            registration={
                "login_initiation_url": "http://tool.localhost:5000/login",
                "redirect_uris": [LAUNCH_URL],
                "target_link_uri": LAUNCH_URL,
                "jwks": jwks("tool-1"),
                "scopes": sorted(AGS_SCOPES),
                "privacy": {"name": True},
            },
        )
        resource = Resource(
            id=new_id(),
            kind="lti_link",
            title="Quiz : le vocabulaire",
            iri=IRI,
            url=LAUNCH_URL,
            platform_id=platform.id,
            created_at=now,
            custom={"parameters": {"id": 7}, "score_maximum": 20},
        )
        session.add_all([tool, resource])
        session.flush()
        brings = tuple(Brings(kind=k, way=Way.LTI_SCORE) for k in (EvidenceKind.SCORE, EvidenceKind.COMPLETED))
        binding = Binding(kind=BindingKind.LTI_LINK, iri=IRI, resource_id=resource.id, brings=brings)
        activity = Activity(title="Quiz", modality=Modality.OWN_PACE, minutes=20, binding=binding)
        quiz = step("Quiz : le vocabulaire", activity, rule=rule(("score", 0.7)))
        who = person(session)
        grant_role(session, who, "learner", now)
        enrolment = enrol(session, who, publish(session, document(quiz)))
        token = sessions.start(session, installation.vault, who, now, shared=False, how="password")
    browser = requests.Session()
    browser.cookies.set("hub", token, domain="localhost.local")
    return Served(url, tenant, enrolment, quiz.id, activity.id, tool.id, browser)


def launch(served: Served) -> tuple[HubTool, FlaskMessageLaunch]:
    action, parameters = served.open()
    assert action == "http://tool.localhost:5000/login"
    tool = HubTool(served)
    redirected = served.browser.get(tool.login(parameters), timeout=10)
    action, parameters = served.page_form(redirected)
    assert action == LAUNCH_URL
    return tool, tool.launch(parameters)


def grade(message: FlaskMessageLaunch, points: float, seconds: int = 0) -> Grade:
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    return (
        Grade()
        .set_score_given(points)
        .set_score_maximum(20)
        .set_timestamp(moment.isoformat())
        .set_activity_progress("Completed")
        .set_grading_progress("FullyGraded")
        .set_user_id(message.get_launch_data()["sub"])
    )


def test_what_was_opened_awaits_confirmation_before_any_score(served: Served) -> None:
    _, message = launch(served)
    data = message.get_launch_data()
    assert (data["name"], data["given_name"]) == ("Inès Benali", "Inès")
    assert "email" not in data
    assert data["https://purl.imsglobal.org/spec/lti/claim/custom"] == {"id": "7"}
    with served.tenant.read() as session:
        view = journey(session, served.enrolment, datetime.now(UTC)).steps[0]
        assert len(session.scalars(select(Launch)).all()) == 1
    assert view.display == "awaiting"


def test_a_score_stands_in_the_progress_and_a_later_one_wins(served: Served) -> None:
    _, message = launch(served)
    grades = message.get_ags()
    grades.put_grade(grade(message, 10))
    with served.tenant.read() as session:
        assert not session.get_one(PathStateRow, served.enrolment).complete
    grades.put_grade(grade(message, 16, seconds=1))
    with served.tenant.read() as session:
        state = session.get_one(PathStateRow, served.enrolment)
        explained = why(session, served.enrolment, served.step_id)
    assert (state.complete, state.minutes) == (True, 20)
    assert explained.met
    assert {(e.kind, e.said_by) for e in explained.evidence} == {
        ("opened", None),
        ("score", "Campus Fab"),
        ("completed", "Campus Fab"),
    }
    (result,) = grades.get_grades()
    assert (result["resultScore"], result["resultMaximum"]) == (16, 20)


def test_an_older_score_is_refused_and_changes_nothing(served: Served) -> None:
    _, message = launch(served)
    grades = message.get_ags()
    grades.put_grade(grade(message, 16))
    with pytest.raises(LtiServiceException):
        grades.put_grade(grade(message, 3, seconds=-60))
    with served.tenant.read() as session:
        assert session.scalars(select(LtiResult.score_given)).all() == [16]
        assert session.get_one(PathStateRow, served.enrolment).complete


def test_a_score_for_somebody_unknown_is_refused(served: Served) -> None:
    _, message = launch(served)
    with pytest.raises(LtiServiceException):
        message.get_ags().put_grade(grade(message, 16).set_user_id("nobody"))
    with served.tenant.read() as session:
        assert session.scalars(select(LtiResult)).all() == []


def test_the_authentication_request_works_once(served: Served) -> None:
    _, parameters = served.open()
    address = HubTool(served).login(parameters)
    served.page_form(served.browser.get(address, timeout=10))
    action, told = served.page_form(served.browser.get(address, timeout=10))
    assert (action, told["error"]) == (LAUNCH_URL, "invalid_request")


def test_a_request_for_an_unknown_address_gets_a_page_and_goes_nowhere(served: Served) -> None:
    address = f"{served.url}/lti/auth?client_id=tool-1&redirect_uri=http://evil.example/"
    answer = served.browser.get(address, allow_redirects=False, timeout=10)
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert not re.search(r'(action|href|src)="http://evil', answer.text)
