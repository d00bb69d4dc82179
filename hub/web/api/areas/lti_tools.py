"""LTI tools of partners' platforms: registering, changing, closing."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from hub.models.platforms import LtiTool
from hub.services import admin_scope, platform_admin, platforms
from hub.services.platform_admin import ToolData
from hub.web.api.areas.people import ADMINISTRATOR
from hub.web.api.operation import Api, Call
from hub.web.api.shapes import Answer, Body
from lti.scopes import SCORE

api = Api("platforms", "platforms")
Address = Annotated[str, Field(min_length=1, max_length=2000, examples=["https://tool.example.org/lti"])]
ToolScope = Literal[
    "https://purl.imsglobal.org/spec/lti-ags/scope/score",
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly",
    "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly",
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
]


class ToolBody(Body):
    """A tool as its maker describes it. ``name`` and ``email``: whether the tool learns them of whoever opens it.
    ``selection_uri``: where content is picked inside the tool; ``framed``: whether it opens within a page of the hub on
    wide screens; left out, both stay as they are."""

    login_initiation_url: Address
    target_link_uri: Address
    redirect_uris: list[Address] = Field(min_length=1, max_length=20)
    jwks_uri: Address
    scopes: list[ToolScope] = Field(default=[SCORE], max_length=5, examples=[[SCORE]])
    name: bool = False
    email: bool = False
    selection_uri: Annotated[str, Field(max_length=2000)] | None = None
    framed: bool | None = None


class ToolAnswer(Answer):
    """A tool. ``client_id`` and ``deployment_id`` are what its maker needs."""

    id: UUID
    platform_id: UUID
    client_id: str
    deployment_id: str
    active: bool
    login_initiation_url: str
    target_link_uri: str
    redirect_uris: list[str]
    jwks_uri: str
    scopes: list[str]
    name: bool
    email: bool
    selection_uri: str | None
    framed: bool


class Tools(Answer):
    """The tools of a platform, in the order of their registration."""

    items: list[ToolAnswer]


def _tool(call: Call, row: LtiTool) -> ToolAnswer:
    data = platform_admin.tool_page(call.session, row.id).data
    own = ("id", "platform_id", "client_id", "deployment_id", "active")
    told = {name: getattr(data, name) for name in ToolAnswer.model_fields if name not in own}
    return ToolAnswer.model_validate({**{name: getattr(row, name) for name in own}, **told})


def _data(body: ToolBody) -> ToolData:
    return ToolData(**body.model_dump())


@api.get("/platforms/{platform_id}/lti-tools", "LTI tools of a platform", roles=ADMINISTRATOR)
def list_lti_tools(call: Call, platform_id: UUID) -> Tools:
    """The tools of a platform, in the order of their registration."""
    admin_scope.require_place(call.viewer)
    platforms.find(call.session, platform_id)
    return Tools(items=[_tool(call, row) for row in platform_admin.tools(call.session, platform_id)])


@api.post("/platforms/{platform_id}/lti-tools", "Register an LTI tool", roles=ADMINISTRATOR)
def create_lti_tool(call: Call, platform_id: UUID, body: ToolBody) -> ToolAnswer:
    """A new tool under a new client id."""
    admin_scope.require_place(call.viewer)
    development = call.config.allow_loopback
    row = platform_admin.register_tool(
        call.session, platform_id, _data(body), by=call.me, now=call.now, development=development
    )
    return _tool(call, row)


@api.put("/lti-tools/{tool_id}", "Set an LTI tool", roles=ADMINISTRATOR)
def put_lti_tool(call: Call, tool_id: UUID, body: ToolBody) -> ToolAnswer:
    """Set what is known of a tool; its client id and deployment stay."""
    admin_scope.require_place(call.viewer)
    development = call.config.allow_loopback
    row = platform_admin.change_tool(
        call.session, tool_id, _data(body), by=call.me, now=call.now, development=development
    )
    return _tool(call, row)


@api.put("/lti-tools/{tool_id}/active", "Open an LTI tool", roles=ADMINISTRATOR)
def open_lti_tool(call: Call, tool_id: UUID) -> None:
    """Open a closed tool again."""
    admin_scope.require_place(call.viewer)
    platform_admin.set_tool_active(call.session, tool_id, active=True, by=call.me, now=call.now)


@api.delete("/lti-tools/{tool_id}/active", "Close an LTI tool", roles=ADMINISTRATOR)
def close_lti_tool(call: Call, tool_id: UUID) -> None:
    """Close a tool: it opens for nobody, and its tokens are worth nothing."""
    admin_scope.require_place(call.viewer)
    platform_admin.set_tool_active(call.session, tool_id, active=False, by=call.me, now=call.now)
