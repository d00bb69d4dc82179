"""Tools of partners that only speak LTI 1.1: entering, changing, closing. The secret only goes in."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from hub.services import admin_scope, lti_connect, lti_legacy_tools
from hub.services.lti_legacy_tools import LegacyTool, LegacyToolData
from hub.web.api.areas.lti_tools import Address
from hub.web.api.areas.people import ADMINISTRATOR
from hub.web.api.operation import Api, Call
from hub.web.api.shapes import Answer, Body

api = Api("platforms", "platforms")
Method = Literal["HMAC-SHA1", "HMAC-SHA256"]


class OldToolBody(Body):
    """A tool as its maker describes it. ``secret`` left out on a change: the one known stays. ``selection_uri``: where
    content is picked inside the tool; ``scores``: whether it may send results; ``name`` and ``email``: whether it
    learns them of whoever opens it; ``method``: how messages to it are signed."""

    url: Address
    key: str = Field(min_length=1, max_length=200)
    secret: str = Field(default="", max_length=500, repr=False)
    selection_uri: Annotated[str, Field(max_length=2000)] = ""
    scores: bool = True
    name: bool = False
    email: bool = False
    method: Method = "HMAC-SHA1"


class OldToolAnswer(Answer):
    """A tool of LTI 1.1. Its secret is never told."""

    id: UUID
    platform_id: UUID
    active: bool
    url: str
    key: str
    selection_uri: str
    scores: bool
    name: bool
    email: bool
    method: str


class OldTools(Answer):
    """The tools of LTI 1.1 of a platform, in the order in which they were entered."""

    items: list[OldToolAnswer]


def _told(found: LegacyTool) -> OldToolAnswer:
    tool, known = found.tool, lti_legacy_tools.data_of(found)
    fields = {name: getattr(known, name) for name in OldToolAnswer.model_fields if hasattr(known, name)}
    active = tool.active and found.key.active
    return OldToolAnswer.model_validate({"id": tool.id, "platform_id": tool.platform_id, "active": active, **fields})


@api.get("/platforms/{platform_id}/lti-1p1-tools", "LTI 1.1 tools of a platform", roles=ADMINISTRATOR)
def list_lti_1p1_tools(call: Call, platform_id: UUID) -> OldTools:
    """The tools of a platform that only speak LTI 1.1, in the order in which they were entered."""
    admin_scope.require_place(call.viewer)
    found = lti_connect.connections(call.session, platform_id)
    tools = [(key, found.legacy_tools[key.id]) for key in found.legacy if key.id in found.legacy_tools]
    return OldTools(items=[_told(LegacyTool(tool, key)) for key, tool in tools])


@api.post("/platforms/{platform_id}/lti-1p1-tools", "Enter an LTI 1.1 tool", roles=ADMINISTRATOR)
def create_lti_1p1_tool(call: Call, platform_id: UUID, body: OldToolBody) -> OldToolAnswer:
    """A tool under the key and the secret that its maker gave; without a secret it is refused."""
    admin_scope.require_place(call.viewer)
    development = call.config.allow_loopback
    data = LegacyToolData(**body.model_dump())
    found = lti_legacy_tools.add(call.session, platform_id, data, by=call.me, now=call.now, development=development)
    return _told(found)


@api.put("/lti-1p1-tools/{tool_id}", "Set an LTI 1.1 tool", roles=ADMINISTRATOR)
def put_lti_1p1_tool(call: Call, tool_id: UUID, body: OldToolBody) -> OldToolAnswer:
    """Set what is known of a tool; a secret that is left out stays."""
    admin_scope.require_place(call.viewer)
    development = call.config.allow_loopback
    data = LegacyToolData(**body.model_dump())
    return _told(
        lti_legacy_tools.change(call.session, tool_id, data, by=call.me, now=call.now, development=development)
    )


def _set_active(call: Call, tool_id: UUID, active: bool) -> None:
    admin_scope.require_place(call.viewer)
    key = lti_legacy_tools.find(call.session, tool_id).key
    lti_connect.set_key_active(call.session, key.id, active=active, by=call.me, now=call.now)


@api.put("/lti-1p1-tools/{tool_id}/active", "Open an LTI 1.1 tool", roles=ADMINISTRATOR)
def open_lti_1p1_tool(call: Call, tool_id: UUID) -> None:
    """Open a closed tool again."""
    _set_active(call, tool_id, active=True)


@api.delete("/lti-1p1-tools/{tool_id}/active", "Close an LTI 1.1 tool", roles=ADMINISTRATOR)
def close_lti_1p1_tool(call: Call, tool_id: UUID) -> None:
    """Close a tool: it opens for nobody, and its results are refused."""
    _set_active(call, tool_id, active=False)
