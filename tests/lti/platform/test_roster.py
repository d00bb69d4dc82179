"""Names and roles: row S6, and S1 on this service."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from lti import Code, Context, PrivacyPolicy, ServiceRefused, ServiceRequest, ServiceResponse
from lti.platform.gradebook import Page
from lti.platform.roster import Member, MemberFilter, MembershipService, MemberStatus
from lti.roles import ContextRole
from lti.scopes import MEMBERS_READ, SCORE
from tests.lti.world import ISSUER, World

URL = f"{ISSUER}/lti/contexts/c1/members"
TRAINER = Member("u0", (ContextRole.INSTRUCTOR, ContextRole.TEACHING_ASSISTANT), name="Marc Lenoir")
LEARNERS = [
    Member(f"u{n}", (ContextRole.LEARNER,), name=f"Nom {n}", given_name="Inès", family_name="Benali",
           email=f"u{n}@example.org", person_sourcedid=f"S{n}", custom={"id": str(n)}, locale="fr")
    for n in range(1, 6)
]  # fmt: skip
LEFT = Member("u9", (ContextRole.LEARNER,), MemberStatus.DELETED, name="Parti")


@dataclass
class MemoryRoster:
    """A context of one tool with one link."""

    policy: PrivacyPolicy = field(default_factory=PrivacyPolicy)
    link: str = "link-1"
    people: list[Member] = field(default_factory=lambda: [TRAINER, *LEARNERS])
    changed: list[Member] = field(default_factory=lambda: [LEARNERS[0], LEFT])

    def admits(self, client_id: str) -> bool:
        return client_id == "tool-1"

    def privacy(self) -> PrivacyPolicy:
        return self.policy

    def context(self) -> Context:
        return Context(id="c1", title="Parcours")

    def has_resource_link(self, client_id: str, resource_link_id: str) -> bool:
        return resource_link_id == self.link

    def members(self, chosen: MemberFilter, after: str | None, limit: int) -> Page[Member]:
        if chosen.since not in (None, "mark-1"):
            raise ServiceRefused(Code.QUERY_INVALID, "since")
        pool = self.people if chosen.since is None else self.changed
        found = [m for m in pool if chosen.role is None or chosen.role in m.roles]
        start = int(after or 0)
        return Page(tuple(found[start : start + limit]), str(start + limit) if len(found) > start + limit else None)

    def mark(self) -> str:
        return "mark-1"


def ask(world: World, query: str = "", roster: MemoryRoster | None = None, **parts: Any) -> ServiceResponse:
    parts.setdefault("authorization", world.bearer(MEMBERS_READ))
    service = MembershipService(URL, roster or MemoryRoster(), world.tokens, world.grants, clock=world.clock)
    return service.handle(ServiceRequest(parts.pop("method", "GET"), query=parse_qsl(query), **parts))


def ids(answer: ServiceResponse) -> list[str]:
    return [member["user_id"] for member in json.loads(answer.body)["members"]]


def link(answer: ServiceResponse) -> tuple[str, str]:
    """The query of the link and its relation."""
    target, _, relation = answer.headers["Link"].partition(">; rel=")
    return urlsplit(target[1:]).query, relation.strip('"')


def test_S6_the_members_with_their_roles_and_no_personal_data_by_default(world: World) -> None:
    answer = ask(world)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
    told = json.loads(answer.body)
    assert (told["id"], told["context"]) == (URL, {"id": "c1", "title": "Parcours"})
    assert told["members"][1] == {"user_id": "u1", "status": "Active", "roles": [ContextRole.LEARNER.value]}


@pytest.mark.parametrize(
    ("policy", "names"),
    [
        (PrivacyPolicy(send_name=True), {"name", "given_name", "family_name"}),
        (PrivacyPolicy(send_email=True), {"email"}),
        (PrivacyPolicy(send_person_sourcedid=True), {"lis_person_sourcedid"}),
    ],
)
def test_S6_personal_data_by_the_tools_policy(world: World, policy: PrivacyPolicy, names: set[str]) -> None:
    told = json.loads(ask(world, roster=MemoryRoster(policy)).body)["members"][1]
    assert set(told) - {"user_id", "status", "roles"} == names


@pytest.mark.parametrize(
    ("role", "found"),
    [
        ("Learner", ["u1", "u2", "u3", "u4", "u5"]),
        (ContextRole.LEARNER.value, ["u1", "u2", "u3", "u4", "u5"]),
        ("Instructor", ["u0"]),
        (ContextRole.TEACHING_ASSISTANT.value, ["u0"]),
        ("https://example.org/roles#Pilot", []),
    ],
)
def test_S6_role(world: World, role: str, found: list[str]) -> None:
    query = f"role={role.replace('#', '%23')}"
    assert ids(ask(world, query)) == found


def test_S6_limit_gives_pages_that_keep_the_filter_then_the_differences(world: World) -> None:
    answer, seen = ask(world, "role=Learner&limit=2"), []
    for _ in range(2):
        seen += ids(answer)
        query, relation = link(answer)
        assert relation == "next"
        answer = ask(world, query)
    seen += ids(answer)
    assert seen == ["u1", "u2", "u3", "u4", "u5"]
    assert link(answer) == ("role=Learner&since=mark-1", "differences")


def test_S6_differences_bring_who_left_as_deleted_without_personal_data(world: World) -> None:
    roster = MemoryRoster(PrivacyPolicy(send_name=True))
    query, _ = link(ask(world, roster=roster))
    told = json.loads(ask(world, query, roster).body)["members"]
    assert [(m["user_id"], m["status"]) for m in told] == [("u1", "Active"), ("u9", "Deleted")]
    assert "name" not in told[1]


def test_S6_rlid_brings_the_message_part_of_each_member(world: World) -> None:
    told = json.loads(ask(world, "rlid=link-1").body)["members"][1]
    claim = "https://purl.imsglobal.org/spec/lti/claim"
    expected = {f"{claim}/message_type": "LtiResourceLinkRequest", f"{claim}/custom": {"id": "1"}, "locale": "fr"}
    assert told["message"] == [expected]


def test_S6_rlid_of_no_link_of_the_tool(world: World) -> None:
    assert ask(world, "rlid=link-9").status == 404


@pytest.mark.parametrize("query", ["since=never-given", "limit=0", "limit=x", "role=Learner&role=Mentor"])
def test_S6_a_query_that_cannot_be_answered(world: World, query: str) -> None:
    assert ask(world, query).status == 400


def test_S1_the_members_need_a_token_of_that_tool_with_the_scope(world: World) -> None:
    assert ask(world, authorization=None).status == 401
    assert ask(world, authorization=world.bearer(SCORE)).status == 403
    assert ask(world, authorization=world.bearer(MEMBERS_READ, client_id="tool-2")).status == 403
    past = world.bearer(MEMBERS_READ, expires_at=world.clock.now)
    assert ask(world, authorization=past).status == 401


def test_only_reading_is_possible(world: World) -> None:
    answer = ask(world, method="POST")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET")
    assert ask(world, path="/x").status == 404
