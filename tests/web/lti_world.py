"""A place with one tool of a partner's, one designer, one path that uses the tool: for tests of LTI over HTTP."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from hub.db.base import new_id
from hub.db.uow import TenantDatabase
from hub.domain.path import Activity, Binding, BindingKind, Brings, EvidenceKind, Modality, Way
from hub.models.learning import PathVersion, Resource
from hub.models.platforms import LtiTool, Platform
from lti.scopes import AGS_SCOPES, MEMBERS_READ
from tests.lti.world import jwks
from tests.services.builders import document, enrol, person, publish, rule, step

TOOL = "https://tool-1.example.net"


def tool_registration(**changes: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "login_initiation_url": f"{TOOL}/login",
        "redirect_uris": [f"{TOOL}/launch"],
        "target_link_uri": f"{TOOL}/launch",
        "selection_uri": f"{TOOL}/launch",
        "jwks": jwks("tool-1"),
        "scopes": sorted(AGS_SCOPES | {MEMBERS_READ}),
        "privacy": {},
        "custom": {"place": "$ToolPlatformInstance.guid"},
    }
    return told | changes


@dataclass
class LtiWorld:
    """Ids of what is in the place."""

    platform_id: UUID = field(default_factory=new_id)
    tool_id: UUID = field(default_factory=new_id)
    resource_id: UUID = field(default_factory=new_id)
    path_id: UUID = field(default_factory=new_id)
    step_id: UUID = field(default_factory=new_id)
    activity_id: UUID = field(default_factory=new_id)
    learners: list[UUID] = field(default_factory=list)
    enrolments: list[UUID] = field(default_factory=list)


def authentication_request(login: dict[str, str]) -> dict[str, str]:
    """What the tool asks the hub with, after the login that the hub began (OpenID Connect Core 1.0 section 3.1.2.1)."""
    return {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": login["client_id"],
        "redirect_uri": f"{TOOL}/launch",
        "state": "s",
        "nonce": "n",
        "login_hint": login["login_hint"],
        "lti_message_hint": login["lti_message_hint"],
    }


def make_lti_world(tenant: TenantDatabase, now: datetime, learners: int = 3, **registration: Any) -> LtiWorld:
    """Fill a tenant."""
    world = LtiWorld()
    with tenant.write() as session:
        session.add(Platform(id=world.platform_id, name="Campus Fab", created_at=now))
        session.flush()
        session.add(
            LtiTool(
                id=world.tool_id,
                platform_id=world.platform_id,
                client_id="tool-1",
                deployment_id="dep-1",
                registration=tool_registration(**registration),
            )
        )
        session.add(
            Resource(
                id=world.resource_id,
                kind="lti_link",
                title="Quiz",
                iri=world.resource_id.urn,
                url=f"{TOOL}/launch",
                platform_id=world.platform_id,
                created_at=now,
                custom={"parameters": {"user": "$User.id", "name": "$Person.name.full"}},
            )
        )
        session.flush()
        brings = (Brings(kind=EvidenceKind.SCORE, way=Way.LTI_SCORE),)
        binding = Binding(
            kind=BindingKind.LTI_LINK, iri=world.resource_id.urn, resource_id=world.resource_id, brings=brings
        )
        quiz = step("Quiz", Activity(title="Quiz", modality=Modality.OWN_PACE, minutes=20, binding=binding),
                    rule=rule(("score", 0.7)))  # fmt: skip
        world.step_id, world.activity_id = quiz.id, next(quiz.activities()).id
        version = publish(session, document(quiz))
        world.path_id = session.scalars(select(PathVersion.path_id).where(PathVersion.id == version)).one()
        for number in range(learners):
            who = person(session, "Inès", f"Benali {number}", email=f"ines{number}@example.org")
            world.learners.append(who)
            world.enrolments.append(enrol(session, who, version))
    return world
