"""Connecting partners' platforms: what a connector needs, secrets that only go in, and whether it works."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from connectors.errors import ConnectorError
from connectors.http import HttpOptions
from hub.models.platforms import Platform
from hub.services import admin_scope, api_reads, platforms
from hub.services.errors import Conflict, Invalid
from hub.services.platforms import PlatformData
from hub.services.remote_errors import described
from hub.web.api.areas.people import ADMINISTRATOR
from hub.web.api.operation import Api, Call
from hub.web.api.shapes import Answer, Body, Details, Line

api = Api("platforms", "platforms")
TEST_LIMITS = HttpOptions(connect_timeout=5, read_timeout=15)
Value = Annotated[str, Field(max_length=2000)]


class PlatformBody(Body):
    """What is said of a platform. ``settings`` are the connector's, secrets among them: one that is left out keeps
    what is stored. ``connector`` empty: nothing is read, and it cannot be changed afterwards."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    connector: Line = ""
    settings: dict[str, Value] = Field(default={}, max_length=40)
    base_url: Value = ""
    account_home: Value = ""
    authoritative_domains: list[Line] = Field(default=[], max_length=50)
    organisation_id: UUID | None = None
    every_minutes: int = Field(default=360, ge=5, le=10080, description="Minutes between two readings.")


class PlatformSettings(Answer):
    """What is known of a platform. ``settings`` holds no secret: nothing gives one back."""

    id: UUID
    name: str
    connector: str
    settings: Details
    base_url: str
    account_home: str
    authoritative_domains: list[str]
    organisation_id: UUID | None
    every_minutes: int


class TestAnswer(Answer):
    """What a test found. ``works`` false: ``error`` says why. ``missing``: by capability, the rights that lack."""

    works: bool
    site: str = ""
    release: str = ""
    possible: list[str] = Field(default=[])
    missing: dict[str, list[str]] = Field(default={})
    notices: list[str] = Field(default=[])
    error: Details | None = None


@api.post("/platforms", "Connect a platform", roles=ADMINISTRATOR)
def create_platform(call: Call, body: PlatformBody) -> PlatformSettings:
    """A new platform; one with a connector is read from now on."""
    admin_scope.require_place(call.viewer)
    row = _kept(call, body, None)
    call.location = f"/api/v1/platforms/{row.id}"
    return PlatformSettings.model_validate(row)


@api.get("/platforms/{platform_id}/settings", "Settings of a platform", roles=ADMINISTRATOR)
def read_platform_settings(call: Call, platform_id: UUID) -> PlatformSettings:
    """The settings of a platform without its secrets."""
    admin_scope.require_place(call.viewer)
    return PlatformSettings.model_validate(platforms.find(call.session, platform_id))


@api.put("/platforms/{platform_id}/settings", "Set a platform", roles=ADMINISTRATOR)
def put_platform_settings(call: Call, platform_id: UUID, body: PlatformBody) -> PlatformSettings:
    """Set what is known of a platform. Its connector stays; settings left out stay."""
    admin_scope.require_place(call.viewer)
    return PlatformSettings.model_validate(_kept(call, body, platform_id))


def _kept(call: Call, body: PlatformBody, platform_id: UUID | None) -> Platform:
    api_reads.require_known(call.session, organisation_id=body.organisation_id)
    fields: dict[str, Any] = body.model_dump(exclude={"settings"})
    stored = platforms.find(call.session, platform_id).settings if platform_id else {}
    data = PlatformData(**fields, values={**stored, **body.settings})
    try:
        if platform_id is None:
            return platforms.add(call.session, data, by=call.me, now=call.now)
        return platforms.change(call.session, platform_id, data, by=call.me, now=call.now)
    except Invalid as error:
        known = PlatformBody.model_fields
        raise Invalid({k if k in known else f"settings.{k}": code for k, code in error.fields.items()}) from None


@api.post("/platforms/{platform_id}/test", "Test a platform", roles=ADMINISTRATOR, status=200, statuses=(409,),
          own_units=True)  # fmt: skip
def test_platform(call: Call, platform_id: UUID) -> TestAnswer:
    """Ask a platform who the hub is there and what it may do; nothing is kept. 409 where nothing is read."""
    admin_scope.require_place(call.viewer)
    with call.tenant.read() as session:
        to = platforms.connection(session, platform_id)
    if not to.connector:
        raise Conflict("platform_not_read")
    try:
        found = platforms.probe(to, call.config, TEST_LIMITS)
    except ConnectorError as error:
        return TestAnswer(works=False, error=described(error))
    return TestAnswer(
        works=True,
        site=found.site,
        release=found.release,
        possible=list(found.possible),
        missing={name: list(gaps) for name, gaps in found.missing.items()},
        notices=list(found.notices),
    )
