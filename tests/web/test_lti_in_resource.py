"""One entry of the catalogue in a partner's course: offered by a designer, picked by deep linking, opened, its score
going back."""

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from hub.db.base import new_id
from hub.models.learning import LearningPath, PathVersion, Resource
from hub.models.platforms import LtiTool, Platform
from hub.services import catalogue, paths, resource_paths, sessions
from hub.services.errors import Conflict
from hub.services.roles import grant_role
from lti import claims as names
from lti.conformance.browser import Browser
from lti.conformance.platform_double import Attempt
from lti.signed import read_unverified
from tests.services.builders import person
from tests.web.lti_in_world import LtiIn
from tests.web.test_lti_in import finish, form_of, launched, people, world

__all__ = ["world"]

COMPLETED = {"kind": "completed", "way": "web_services", "within_hours": 24}
SCORE = {"kind": "score", "way": "lti_score", "within_hours": 1}


def add(world: LtiIn, kind: str, url: str, *brings: dict[str, Any]) -> UUID:
    now = datetime.now(UTC)
    with world.tenant.write() as session:
        platform = session.scalars(select(Platform)).first()
        assert platform is not None
        key = new_id()
        linked = platform.id if kind != "web" else None
        session.add(
            Resource(
                id=key, kind=kind, title=f"Ressource {kind}", summary="Lisez et essayez.", iri=url or key.urn, url=url,
                platform_id=linked, minutes=30, brings=list(brings), created_at=now,
            )
        )  # fmt: skip
        return key


def designer(world: LtiIn) -> Browser:
    now = datetime.now(UTC)
    with world.tenant.write() as session:
        who = person(session, "Sofia", "Marin")
        grant_role(session, who, "designer", now)
        token = sessions.start(session, world.installation.vault, who, now, shared=False, how="password")
    browser = Browser()
    browser.cookies["localhost", "hub"] = token
    return browser


def press(browser: Browser, world: LtiIn, key: UUID, **fields: str) -> int:
    token = re.search(r'name="csrf-token" content="([^"]+)"', browser.get(f"{world.url}/account").body)
    assert token
    data = {"csrf_token": unescape(token[1]), **fields}
    return browser.post(f"{world.url}/catalogue/{key}/partners", data).status


def test_an_entry_is_offered_picked_opened_and_its_score_goes_back(world: LtiIn) -> None:
    key = add(world, "remote_course", "https://moodle.example/course/view.php?id=4", COMPLETED)
    staff = designer(world)
    assert press(staff, world, key) == 303
    assert "les partenaires peuvent l’ouvrir" in staff.get(f"{world.url}/catalogue/{key}").body
    with world.tenant.read() as session:
        assert all(line.title != "Ressource remote_course" for line in paths.list_paths(session))
        assert catalogue.uses(session, key) == []
    attempt = Attempt(world.platform, message_type=names.DEEP_LINKING_REQUEST)
    attempt.send()
    page = world.platform.pages[-1]
    assert "Ressources seules" in page.body
    choice = re.findall(r'value="([0-9a-f-]{36}/[0-9a-f-]{36})"> <span><b>Ressource', page.body)
    action, fields = form_of(page)
    sent = attempt.browser.post(action, {"ticket": fields["ticket"], "choice": choice[0]})
    (item,) = read_unverified(form_of(sent)[1]["JWT"]).claims[names.CONTENT_ITEMS]
    assert item["title"] == "Ressource remote_course"
    _, page = launched(world, **{names.TARGET_LINK_URI: item["url"]})
    assert "Ouvrir l’étape" in page.body
    assert "/step/" in page.url
    finish(world, "https://moodle.example/course/view.php?id=4")
    assert [(s["scoreGiven"], s["gradingProgress"]) for s in world.platform.scores] == [(100, "FullyGraded")]
    assert press(staff, world, key, back="1") == 303
    _, again = launched(world, **{names.TARGET_LINK_URI: item["url"]})
    assert "Ouvrir de nouveau" in again.body or "Ouvrir l’étape" in again.body  # who began goes on
    _, page = launched(world, sub="new", **{names.TARGET_LINK_URI: item["url"]})
    assert page.status == 403
    assert {one.family_name for one in people(world)} == {"Marin", "Benali"}


@pytest.mark.parametrize(
    ("kind", "brings", "rule"),
    [("web", (), "validated"), ("lti_link", (SCORE,), "score"), ("remote_module", (COMPLETED, SCORE), "completed")],
)
def test_what_ends_an_entry_follows_what_it_brings_back(
    world: LtiIn, kind: str, brings: tuple[dict[str, Any], ...], rule: str
) -> None:
    key, now = add(world, kind, f"https://x.example/{kind}", *brings), datetime.now(UTC)
    with world.tenant.write() as session:
        if kind == "lti_link":
            tool = select(Platform.id).limit(1)
            session.add(LtiTool(platform_id=session.scalars(tool).one(), client_id="c", deployment_id="1",
                                registration={}))  # fmt: skip
        path = resource_paths.offer(session, key, by=None, now=now)
        told = paths.newest(session, path.id)
        (step,) = told.document.steps()
        assert [c.kind.value for c in step.rule.conditions()] == [rule]
    with world.tenant.write() as session:
        row = session.get_one(Resource, key)
        row.title, row.brings = "Autre titre", [*row.brings, COMPLETED]
        resource_paths.offer(session, key, by=None, now=now)
        resource_paths.offer(session, key, by=None, now=now)
        versions = session.scalars(select(PathVersion).where(PathVersion.path_id == path.id)).all()
        assert [v.number for v in versions] == [1, 2]
        assert session.get_one(LearningPath, path.id).title == "Autre titre"
        (again,) = paths.newest(session, path.id).document.steps()
        assert (again.id, again.title) == (step.id, "Autre titre")


def test_what_does_not_open_by_itself_is_not_offered(world: LtiIn) -> None:
    key = add(world, "web", "https://x.example/gone")
    with world.tenant.write() as session:
        session.get_one(Resource, key).withdrawn_at = datetime.now(UTC)
    with world.tenant.write() as session, pytest.raises(Conflict):
        resource_paths.offer(session, key, by=None, now=datetime.now(UTC))
    assert press(designer(world), world, key) == 409
