"""A partner's platform launches into the hub, over HTTP: the runner's rows, whom a launch signs in, what goes back."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from threading import Event
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from sqlalchemy import select

from content.xapi.emit import event_statement
from content.xapi.vocabulary import Verb
from hub.db.base import new_id
from hub.db.types import Secret
from hub.jobs.worker import Worker
from hub.models.learning import Enrolment
from hub.models.lti_in import LtiInScore, LtiInUser
from hub.models.person import IdentityLink, JournalEntry, Person, WebSession
from hub.models.platforms import Delivery, LtiDeployment, LtiLegacyKey, Platform
from hub.models.river import Agent
from hub.services import identities, sessions
from hub.services.dictionaries import agent_ids
from hub.services.identities import hub_agent
from hub.services.ledger import ingest
from hub.services.projection import project_dirty
from hub.services.roles import grant_role
from hub.services.source import hub_source
from lti import claims as names
from lti.conformance.browser import Browser, Page
from lti.conformance.platform_double import Attempt
from lti.conformance.rows import Result, Verdict
from lti.conformance.suites import TOOL_ROWS
from lti.legacy.launch import launch_parameters
from tests.lti.conformance.pages import TOOL_PAGE, of_the_hub, section
from tests.lti.tool.test_rows import ids
from tests.services.builders import person
from tests.web.lti_in_world import EXERCISE, SHEET, LtiIn, serving

FOUND: dict[str, list[Result]] = {}
INSTRUCTOR = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"


@pytest.fixture
def world(make_config: Any) -> Iterator[LtiIn]:
    with serving(make_config) as made, made.platform:
        made.register(made.platform, "Campus")
        yield made


def launched(world: LtiIn, **changes: Any) -> tuple[Attempt, Page]:
    attempt = Attempt(world.platform)
    attempt.send(lambda claims: claims.update(changes))
    return attempt, world.platform.pages[-1]


def people(world: LtiIn) -> list[Person]:
    with world.tenant.read() as session:
        return list(session.scalars(select(Person).order_by(Person.created_at)))


def form_of(page: Page) -> tuple[str, dict[str, str]]:
    found = page.form()
    assert found, page.body[:2000]
    return found


@pytest.fixture
def results(dialect: str, request: pytest.FixtureRequest) -> list[Result]:
    """What the rows of the tool role found: one run for all of them."""
    if dialect not in FOUND:
        FOUND[dialect] = of_the_hub(request.getfixturevalue("make_config"))
    return FOUND[dialect]


@pytest.mark.xdist_group("lti-tool-rows")
@pytest.mark.parametrize("number", range(len(TOOL_ROWS)), ids=ids(TOOL_ROWS))
def test_row_over_http(number: int, results: list[Result]) -> None:
    # T20 and T21 in a real browser: tests/journeys/test_lti_frames.py
    wanted = Verdict.NOT_RUN if TOOL_ROWS[number].id in ("T20", "T21") else Verdict.OK
    assert results[number].finding.verdict is wanted, results[number]


@pytest.mark.xdist_group("lti-tool-rows")
def test_the_hubs_table_is_the_one_of_the_documentation(results: list[Result]) -> None:
    assert section("The hub", results) in TOOL_PAGE.read_text("utf-8")


def test_a_learner_enters_the_path_and_is_enrolled_once(world: LtiIn) -> None:
    _, page = launched(world)
    assert "Fabriquer une pièce en 3D" in page.body
    launched(world)
    (ines,) = people(world)
    assert (ines.given_name, ines.family_name, ines.email) == ("Inès", "Benali", None)
    with world.tenant.read() as session:
        (enrolment,) = session.scalars(select(Enrolment)).all()
        assert enrolment.person_id == ines.id
        assert {s.how for s in session.scalars(select(WebSession))} == {"lti"}


def test_a_step_of_the_path_is_opened(world: LtiIn) -> None:
    target = f"{world.platform.tool.target}/{world.step_id}"
    _, page = launched(world, **{names.TARGET_LINK_URI: target})
    assert "Lire la fiche" in page.body
    assert str(world.step_id) in page.url


def test_a_path_that_does_not_exist_is_refused_and_says_where_to_go_back(world: LtiIn) -> None:
    back = {"return_url": "https://campus.example/course/7"}
    target = f"{world.url}/lti/open/{UUID(int=7)}"
    _, page = launched(world, **{names.TARGET_LINK_URI: target, names.LAUNCH_PRESENTATION: back})
    assert page.status == 403
    assert "https://campus.example/course/7" in page.body


def test_an_administrators_address_gets_a_partners_user_nothing(world: LtiIn) -> None:
    with world.tenant.write() as session:
        chief = person(session, "Awa", "Diop", email="awa@place.example")
        grant_role(session, chief, "administrator", datetime.now(UTC))
    attempt, page = launched(world, email="awa@place.example", name="Awa Diop", sub="intruder")
    assert page.status == 200
    assert attempt.browser.get(f"{world.url}/admin").status == 403
    with world.tenant.read() as session:
        (web,) = session.scalars(select(WebSession)).all()
        assert web.person_id != chief
        assert session.scalars(select(Person).where(Person.email == "awa@place.example")).one().id == chief


def test_a_role_given_later_is_not_reached_by_the_launch_until_the_account_is_proved(world: LtiIn) -> None:
    launched(world)
    (ines,) = people(world)
    with world.tenant.write() as session:
        grant_role(session, ines.id, "administrator", datetime.now(UTC))
    attempt, _ = launched(world)
    assert attempt.browser.get(f"{world.url}/admin").status == 403


def known_for_evidence(world: LtiIn, who: UUID, sub: str = "user-7") -> None:
    name = f"account:{world.platform.issuer}|{sub}"
    with world.tenant.write() as session:
        agents = session.scalars(select(Agent.ifi)).all()
        assert name not in agents
        from content.xapi.canonical import ifi

        told = ifi({"objectType": "Agent", "account": {"homePage": world.platform.issuer, "name": sub}})
        key = agent_ids(session, [told])[told]
        identities.link(session, key, who, rule="test", by=None, now=datetime.now(UTC))


def test_an_identity_linked_for_evidence_signs_nobody_in_before_the_account_is_proved(world: LtiIn) -> None:
    with world.tenant.write() as session:
        lina = person(session, "Lina", "Martin")
        grant_role(session, lina, "learner", datetime.now(UTC))
        grant_role(session, lina, "trainer", datetime.now(UTC))
    known_for_evidence(world, lina)
    attempt, page = launched(world)
    assert "hub" not in {name for _, name in attempt.browser.cookies}
    with world.tenant.read() as session:
        assert session.scalars(select(WebSession)).all() == []
    action, fields = form_of(page)
    asked = attempt.browser.post(action, fields)
    assert "/sign-in" in attempt.browser.get(asked.location).location
    with world.tenant.write() as session:
        token = sessions.start(session, world.installation.vault, lina, datetime.now(UTC), shared=False, how="password")
    attempt.browser.cookies[urlsplit(world.url).hostname or "", "hub"] = token
    shown = attempt.browser.get(f"{world.url}/lti/link")
    assert "Lina Martin" in shown.body
    action, fields = form_of(Page(shown.url, 200, shown.body[shown.body.index('<form class="card flow narrow"') :]))
    assert attempt.browser.post(action, fields).status == 303
    again, page = launched(world)
    assert page.status == 200
    assert again.browser.get(f"{world.url}/today").status in (200, 404)
    with world.tenant.read() as session:
        last = session.scalars(select(WebSession).order_by(WebSession.created_at.desc())).first()
        assert last is not None
        assert (last.person_id, last.how) == (lina, "lti_proved")
        user = session.scalars(select(LtiInUser)).one()
        assert user.proved_at is not None


def test_a_launch_alone_proves_no_account(world: LtiIn) -> None:
    """An attacker's own launch session cannot claim a second identity as proved."""
    with world.tenant.write() as session:
        lina = person(session, "Lina", "Martin")
    known_for_evidence(world, lina)
    victim, page = launched(world)
    _, fields = form_of(page)
    attacker = Attempt(world.platform)
    attacker.send(lambda claims: claims.update(sub="attacker"))
    attacker.browser.post(f"{world.url}/lti/mine", fields)
    assert "/sign-in" in attacker.browser.get(f"{world.url}/lti/link").location
    with world.tenant.read() as session:
        assert session.scalars(select(LtiInUser).where(LtiInUser.proved_at.is_not(None))).all() == []
    assert victim.request


def test_a_teacher_sees_the_path_and_is_made_nobody(world: LtiIn) -> None:
    _, page = launched(world, **{names.ROLES: [INSTRUCTOR]})
    assert "Lire la fiche" in page.body
    assert people(world) == []


def test_a_deployment_never_seen_waits_for_the_administrator(world: LtiIn) -> None:
    _, page = launched(world, **{names.DEPLOYMENT_ID: "new"})
    assert page.status == 403
    with world.tenant.read() as session:
        states = dict(session.execute(select(LtiDeployment.deployment_id, LtiDeployment.state)).all())
    assert states["new"] == "waiting"
    assert people(world) == []


def test_a_refusal_is_journalled_with_the_number_of_the_page_and_holds_no_token(world: LtiIn) -> None:
    attempt = Attempt(world.platform)
    kept: dict[str, str] = {}
    attempt.send(form=lambda form: (form.update(id_token=form["id_token"][:-4] + "AAAA"), kept.update(form)))
    page = world.platform.pages[-1]
    found = re.search(r'<b class="mono">([0-9a-f]{8})</b>', page.body)
    assert found
    with world.tenant.read() as session:
        (entry,) = session.scalars(select(JournalEntry).where(JournalEntry.act == "lti_in.refused"))
    assert entry.details["reference"] == found[1]
    assert entry.details["code"] == "lti.jwt.signature_invalid"
    for secret in (kept["id_token"], kept["state"], attempt.request["nonce"]):
        assert secret not in page.body
        assert secret not in str(entry.details)


def finish(world: LtiIn, *iris: str) -> None:
    """The learner's own evidence, as a tool of the hub would bring it."""
    (ines,) = [one for one in people(world) if one.given_name in ("Inès", "Noé Petit")]
    now = datetime.now(UTC)
    with world.tenant.write() as session:
        for iri in iris:
            done = event_statement(hub_agent(ines.id), Verb.COMPLETED, iri, at=now.isoformat(), key=(str(new_id()),))
            ingest(session, [done], hub_source(), now)
    project_dirty(world.tenant)
    Worker(world.installation, Event(), clock=lambda: datetime.now(UTC)).run_once()


def test_a_teacher_who_comes_for_somebodys_work_sees_what_their_gradebook_is_told(world: LtiIn) -> None:
    review = {names.MESSAGE_TYPE: names.SUBMISSION_REVIEW_REQUEST, names.ROLES: [INSTRUCTOR], "sub": "teacher-1"}

    def seen(whose: str) -> str:
        return launched(world, **review, **{names.FOR_USER: {"user_id": whose}})[1].body

    launched(world)
    assert "Rien n’est encore fait." in seen("user-7")
    finish(world, SHEET)
    page = unescape(seen("user-7"))
    assert "Travail de Inès Benali" in page
    assert "Ce n’est pas encore terminé." in page
    assert "Votre plateforme a reçu cette note" in page
    assert "n’a pas encore ouvert ce lien" in seen("nobody")
    assert len(people(world)) == 1
    mine = {names.MESSAGE_TYPE: names.SUBMISSION_REVIEW_REQUEST, names.FOR_USER: {"user_id": "user-7"}}
    _, own = launched(world, **mine)
    assert "Fabriquer une pièce en 3D" in own.body
    assert "Travail de" not in own.body


def test_progress_goes_back_to_the_partners_gradebook_the_latest_wins(world: LtiIn) -> None:
    launched(world)
    finish(world, SHEET)
    finish(world, EXERCISE)
    finish(world)
    told = [(s["scoreGiven"], s["gradingProgress"]) for s in world.platform.scores]
    assert told == [(50, "Pending"), (100, "FullyGraded")]
    stamps = [s["timestamp"] for s in world.platform.scores]
    assert stamps == sorted(set(stamps))
    assert {s["userId"] for s in world.platform.scores} == {"user-7"}
    with world.tenant.read() as session:
        done = session.scalars(select(Delivery).where(Delivery.kind == "lti_score", Delivery.answer != ""))
        assert [one.answer for one in done.all()][-1] == "HTTP 200: 100/100"


def test_a_moodle_is_told_only_what_is_final(world: LtiIn) -> None:
    launched(world, **{names.TOOL_PLATFORM: {"guid": "g", "product_family_code": "moodle"}})
    finish(world, SHEET)
    assert world.platform.scores == []
    finish(world, EXERCISE)
    assert [s["scoreGiven"] for s in world.platform.scores] == [100]


def test_a_score_that_a_platform_refuses_stops_no_other(world: LtiIn) -> None:
    launched(world)
    finish(world, SHEET)
    with world.tenant.write() as session:
        (row,) = session.scalars(select(LtiInScore))
        session.add(
            LtiInScore(
                id=new_id(), user_id=row.user_id, link_id="gone", enrolment_id=row.enrolment_id, service="ags",
                address=f"{world.platform.issuer.rsplit(':', 1)[0]}:1/closed", sent={}, sent_at=0,
                created_at=datetime.now(UTC),
            )
        )  # fmt: skip
    finish(world, EXERCISE)
    assert world.platform.scores[-1]["scoreGiven"] == 100
    with world.tenant.read() as session:
        kinds = {
            d.state: d.last_error for d in session.scalars(select(Delivery).where(Delivery.last_error.is_not(None)))
        }
    assert "due" in kinds  # tried again later, visible meanwhile


def work(world: LtiIn, hours: float) -> None:
    later = datetime.now(UTC) + timedelta(hours=hours)
    Worker(world.installation, Event(), clock=lambda: later).run_once()


def test_a_days_outage_loses_and_doubles_no_score(world: LtiIn) -> None:
    launched(world)
    world.platform.down = True
    finish(world, SHEET)
    finish(world, EXERCISE)
    for hour in range(1, 25):
        work(world, hour)
    assert world.platform.scores == []
    world.platform.down = False
    for hour in range(25, 40):
        work(world, hour)
    assert [(s["scoreGiven"], s["gradingProgress"]) for s in world.platform.scores] == [(100, "FullyGraded")]


class Killed(BaseException):
    """The process dies here."""


def test_a_worker_killed_after_sending_sends_the_same_grade_later_and_nothing_else(
    world: LtiIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched(world)

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr("hub.jobs.handlers.lti_score.lti_in_scores.sent", die)
        with pytest.raises(Killed):
            finish(world, SHEET, EXERCISE)
    work(world, 2)
    work(world, 3)
    first, second = world.platform.scores
    assert first["timestamp"] < second["timestamp"]
    assert {k: v for k, v in first.items() if k != "timestamp"} == {k: v for k, v in second.items() if k != "timestamp"}


def test_a_teacher_picks_a_step_by_deep_linking(world: LtiIn) -> None:
    attempt = Attempt(world.platform, message_type=names.DEEP_LINKING_REQUEST)
    attempt.send()
    page = world.platform.pages[-1]
    assert "Lire la fiche" in page.body
    action, fields = form_of(page)
    nothing = attempt.browser.post(action, {"ticket": fields["ticket"]})
    assert nothing.status == 422
    choice = f"{world.path_id}/{world.step_id}"
    sent = attempt.browser.post(action, {"ticket": fields["ticket"], "choice": choice})
    action, fields = form_of(sent)
    assert action == f"{world.platform.issuer}/deep-linking-return"
    from lti.signed import read_unverified

    claims = read_unverified(fields["JWT"]).claims
    (item,) = claims[names.CONTENT_ITEMS]
    assert (item["title"], item["url"]) == ("Lire la fiche", f"{world.url}/lti/open/{choice}")
    assert item["lineItem"]["scoreMaximum"] == 100
    assert claims[names.DEEP_LINKING_DATA] == "of-the-platform"
    _, page = launched(world, **{names.TARGET_LINK_URI: item["url"]})
    assert str(world.step_id) in page.url


@pytest.mark.parametrize("choice", ["x", f"{UUID(int=1)}", f"{UUID(int=1)}/{UUID(int=2)}"])
def test_a_choice_that_does_not_exist_is_told(world: LtiIn, choice: str) -> None:
    attempt = Attempt(world.platform, message_type=names.DEEP_LINKING_REQUEST)
    attempt.send()
    action, fields = form_of(world.platform.pages[-1])
    assert attempt.browser.post(action, {"ticket": fields["ticket"], "choice": choice}).status == 422


@pytest.mark.parametrize("path", ["/lti/pick", "/lti/arrive", "/lti/mine"])
def test_a_note_that_is_not_ours_is_refused(world: LtiIn, path: str) -> None:
    assert Browser().post(f"{world.url}{path}", {"ticket": "gAAAAA", "choice": "x"}).status == 400


def legacy(world: LtiIn, **more: str) -> tuple[Browser, Page]:
    with world.tenant.write() as session:
        if session.scalars(select(LtiLegacyKey)).first() is None:
            row = session.scalars(select(Platform)).first()
            assert row is not None
            session.add(
                LtiLegacyKey(
                    id=new_id(), platform_id=row.id, direction="inward", consumer_key="k1",
                    secret=Secret("un secret"), created_at=datetime.now(UTC),
                )
            )  # fmt: skip
    url = f"{world.url}/lti/legacy"
    told = {
        "resource_link_id": "l1", "user_id": "u7", "roles": "Learner", "lis_person_name_full": "Inès Benali",
        "custom_hub": str(world.path_id), "tool_consumer_instance_guid": "fun.example",
        "lis_outcome_service_url": f"{world.platform.issuer}/outcomes", "lis_result_sourcedid": "s-1",
    }  # fmt: skip
    form = launch_parameters(url, "k1", "un secret", {**told, **more}, now=datetime.now(UTC))
    browser = Browser()
    return browser, browser.follow(browser.post(url, form))


def test_a_mooc_platform_of_lti_1_1_launches_a_path(world: LtiIn) -> None:
    _, page = legacy(world)
    assert "Fabriquer une pièce en 3D" in page.body
    with world.tenant.read() as session:
        (score,) = session.scalars(select(LtiInScore))
        assert (score.service, score.address) == ("outcome", f"{world.platform.issuer}/outcomes")
        assert "s-1" not in repr(score.sourcedid)
        assert session.scalars(select(IdentityLink)).all()


def test_a_bad_launch_of_lti_1_1_is_refused(world: LtiIn) -> None:
    """R48."""
    _, page = legacy(world, lti_version="LTI-2p0")
    assert page.status == 400
    assert people(world) == []


def test_a_step_is_picked_by_content_items_of_lti_1_1(world: LtiIn) -> None:
    back = f"{world.platform.issuer}/picked"
    browser, page = legacy(
        world, lti_message_type="ContentItemSelectionRequest", content_item_return_url=back,
        accept_media_types="application/vnd.ims.lti.v1.ltilink", data="d", roles="Instructor",
    )  # fmt: skip
    action, fields = form_of(page)
    sent = browser.post(action, {"ticket": fields["ticket"], "choice": str(world.path_id)})
    action, fields = form_of(sent)
    from lti.legacy.content_items import read_selection

    assert action == back
    (item,) = read_selection(back, list(fields.items()), "un secret", data="d")
    assert (item.title, item.custom) == ("Fabriquer une pièce en 3D", {"hub": str(world.path_id)})


def test_the_operators_choices_reach_the_checks(make_config: Any) -> None:
    def lenient(**settings: Any) -> Any:
        return make_config(**settings, lti_clock_seconds=600, lti_oldest_minutes=0, lti_anonymous=True)

    with serving(lenient) as world, world.platform:
        world.register(world.platform, "Campus")
        now = int(datetime.now(UTC).timestamp())
        _, page = launched(world, iat=now - 10 * 86400, exp=now - 300)
        assert page.status == 200
        attempt = Attempt(world.platform)
        attempt.send(lambda claims: claims.pop("sub"))
        assert world.platform.pages[-1].status == 200
        assert len(people(world)) == 1
