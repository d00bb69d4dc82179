"""The members of a path as a tool reads them: who, what changed, what is not the tool's."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import select

from hub.db.base import new_id
from hub.db.types import to_micros
from hub.db.uow import TenantDatabase
from hub.models.platforms import LtiTool, LtiUser
from hub.services import enrolments, lti_ports
from hub.services.lti_roster import SqlRoster
from lti import AccessTokens, MembershipService, ServiceRequest
from lti.scopes import MEMBERS_READ
from tests.services.builders import NOW
from tests.web.lti_world import LtiWorld, make_lti_world

URL = "https://hub.example.org/members"
TOKENS = AccessTokens(b"t" * 32)


@pytest.fixture
def world(tenant: TenantDatabase) -> LtiWorld:
    return make_lti_world(tenant, NOW, privacy={"name": True})


def ask(tenant: TenantDatabase, world: LtiWorld, query: str = "", minutes: int = 1, **keys: Any) -> Any:
    now = NOW + timedelta(minutes=minutes)
    with tenant.write() as session:
        grants = lti_ports.SqlGrants(session)
        bearer = TOKENS.issue(
            grants, client_id="tool-1", scopes=frozenset({MEMBERS_READ}), expires_at=now + timedelta(1)
        )
        roster = SqlRoster(session, keys.get("tool", world.tool_id), keys.get("path", world.path_id), now)
        service = MembershipService(URL, roster, TOKENS, grants, clock=lambda: now)
        answer = service.handle(ServiceRequest("GET", "", parse_qsl(query), f"Bearer {bearer}"))
    return answer


def members(answer: Any) -> list[dict[str, Any]]:
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = json.loads(answer.body)["members"]
    return found


def following(answer: Any) -> str:
    return urlsplit(answer.headers["Link"].partition(">")[0][1:]).query


def test_S6_all_members_in_pages_under_their_own_pseudonyms(tenant: TenantDatabase, world: LtiWorld) -> None:
    first = ask(tenant, world, "limit=2")
    rest = ask(tenant, world, following(first))
    found = [*members(first), *members(rest)]
    assert len({member["user_id"] for member in found}) == 3
    assert {member["family_name"] for member in found} == {"Benali 0", "Benali 1", "Benali 2"}
    assert all("email" not in member for member in found)
    again = [m["user_id"] for m in members(ask(tenant, world))]
    assert sorted(again) == sorted(m["user_id"] for m in found), "a pseudonym stays"


def test_S6_differences_bring_who_left_and_nobody_else(tenant: TenantDatabase, world: LtiWorld) -> None:
    whole = ask(tenant, world, minutes=1)
    known = {m["family_name"]: m["user_id"] for m in members(whole)}
    with tenant.write() as session:
        by, later = world.learners[0], NOW + timedelta(minutes=5)
        enrolments.end(session, world.enrolments[1], "left", why="déménage", by=by, now=later)
    changed = ask(tenant, world, following(whole), minutes=9)
    assert members(changed) == [
        {
            "user_id": known["Benali 1"],
            "status": "Deleted",
            "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"],
        }
    ]
    assert members(ask(tenant, world, following(changed), minutes=10)) == []
    assert len(members(ask(tenant, world, minutes=10))) == 2


def test_S6_who_left_before_the_tool_knew_them_gets_no_pseudonym(tenant: TenantDatabase, world: LtiWorld) -> None:
    with tenant.write() as session:
        later = NOW + timedelta(minutes=5)
        enrolments.end(session, world.enrolments[0], "left", why="", by=world.learners[1], now=later)
    changed = members(ask(tenant, world, f"since={to_micros(NOW + timedelta(minutes=1))}", minutes=9))
    assert changed == []
    with tenant.read() as session:
        assert session.scalars(select(LtiUser)).all() == []


def test_S6_rlid_brings_each_members_own_parameters(tenant: TenantDatabase, world: LtiWorld) -> None:
    for member in members(ask(tenant, world, f"rlid={world.resource_id}")):
        custom = member["message"][0]["https://purl.imsglobal.org/spec/lti/claim/custom"]
        assert custom["user"] == member["user_id"]
        assert custom["name"] == member["name"]


def test_S6_a_link_a_path_or_a_tool_of_another_is_nothing_here(tenant: TenantDatabase, world: LtiWorld) -> None:
    assert ask(tenant, world, f"rlid={new_id()}").status == 404
    assert ask(tenant, world, "rlid=x").status == 404
    assert ask(tenant, world, path=new_id()).status == 403
    assert ask(tenant, world, tool=new_id()).status == 403
    for query in ("since=x", "since=999999999999999999999", "after=x"):
        assert ask(tenant, world, query).status == 400
    assert members(ask(tenant, world, "role=Instructor")) == []


def test_a_closed_tool_reads_nothing(tenant: TenantDatabase, world: LtiWorld) -> None:
    with tenant.write() as session:
        session.get_one(LtiTool, world.tool_id).active = False
    assert ask(tenant, world).status == 401
