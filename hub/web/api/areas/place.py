"""The place itself: its settings, sites and rooms."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from hub.services import admin_scope, place_admin
from hub.services.errors import Invalid
from hub.services.place_admin import MOST_SEATS, PlaceData, RoomData, SettingsData
from hub.web.api.areas.people import ADMINISTRATOR
from hub.web.api.operation import Api, Call
from hub.web.api.shapes import Answer, Body, Line, LocalTime
from hub.web.ui.theme import ThemeRefused, theme_css

api = Api("administration", "administration")
Name = Annotated[str, Field(min_length=1, max_length=120)]
Words = Annotated[str, Field(max_length=2000)]
Colour = Annotated[str, Field(pattern="^(#[0-9a-fA-F]{6})?$", examples=[""])]


class SettingsAnswer(Answer):
    """The settings of the place. ``light`` and ``dark``: its colour in both schemes, both empty for the hub's own."""

    name: str
    tagline: str
    address: str
    zone: str
    light: str
    dark: str
    lunch_starts: LocalTime
    lunch_ends: LocalTime
    help_days: int
    upload_megabytes: int


class SettingsBody(Body):
    """The settings of the place, whole."""

    name: Name
    tagline: Annotated[str, Field(max_length=60)] = ""
    address: Line = ""
    zone: Line
    light: Colour = ""
    dark: Colour = ""
    lunch_starts: LocalTime
    lunch_ends: LocalTime
    help_days: int = Field(ge=1, le=30, description="Working days within which a request for help is answered.")
    upload_megabytes: int = Field(ge=1, le=5000)


class SiteBody(Body):
    """What is said of a site. ``access``: how to come, in words; ``zone``: IANA name."""

    name: Name
    address: Words = ""
    zone: Line = "Europe/Paris"
    access: Words = ""


class RoomBody(Body):
    """What is said of a room. ``needs_skill``: the safety authorisation asked for at the door."""

    name: Name
    kind: Literal["room", "technical_platform", "office", "remote"] = "room"
    seats: int = Field(default=12, ge=1, le=MOST_SEATS)
    needs_skill: Line = ""


class RoomAnswer(Answer):
    """A room or technical platform of a site."""

    id: UUID
    place_id: UUID
    name: str
    kind: str
    seats: int
    needs_skill: str


class SiteAnswer(Answer):
    """A site."""

    id: UUID
    name: str
    address: str
    zone: str
    access: str


class SiteRooms(SiteAnswer):
    """A site with its rooms, by name."""

    rooms: list[RoomAnswer]


class Sites(Answer):
    """Every site, by name."""

    items: list[SiteRooms]


@api.get("/settings", "Settings of the place", roles=ADMINISTRATOR)
def read_settings(call: Call) -> SettingsAnswer:
    """The settings of the place; for whoever administers the whole of it."""
    admin_scope.require_place(call.viewer)
    return SettingsAnswer.model_validate(place_admin.settings(call.session, call.place_name))


@api.put("/settings", "Set the settings of the place", roles=ADMINISTRATOR)
def put_settings(call: Call, body: SettingsBody) -> SettingsAnswer:
    """Set them all. A colour needs a contrast of 3 to 1."""
    admin_scope.require_place(call.viewer)
    data = SettingsData(**{**body.model_dump(), "light": body.light.lower(), "dark": body.dark.lower()})
    _require_colours(data)
    place_admin.put_settings(call.session, data, by=call.me, now=call.now)
    call.session.flush()
    return SettingsAnswer.model_validate(place_admin.settings(call.session, call.place_name))


def _require_colours(data: SettingsData) -> None:
    if bool(data.light) != bool(data.dark):
        raise Invalid({"dark" if data.light else "light": "required"})
    if data.light:
        try:
            theme_css(data.light, data.dark)
        except ThemeRefused as refused:
            raise Invalid({refused.scheme: "incorrect"}) from None


@api.get("/sites", "Sites and rooms", roles=ADMINISTRATOR)
def list_sites(call: Call) -> Sites:
    """Every site with its rooms, by name."""
    admin_scope.require_place(call.viewer)
    found = [
        SiteRooms(
            **SiteAnswer.model_validate(place).model_dump(), rooms=[RoomAnswer.model_validate(room) for room in rooms]
        )
        for place, rooms in place_admin.places(call.session)
    ]
    return Sites(items=found)


@api.post("/sites", "Add a site", roles=ADMINISTRATOR)
def create_site(call: Call, body: SiteBody) -> SiteAnswer:
    """A new site."""
    admin_scope.require_place(call.viewer)
    data = PlaceData(**body.model_dump())
    return SiteAnswer.model_validate(place_admin.put_place(call.session, None, data, by=call.me, now=call.now))


@api.put("/sites/{site_id}", "Set a site", roles=ADMINISTRATOR)
def put_site(call: Call, site_id: UUID, body: SiteBody) -> SiteAnswer:
    """Set what is known of a site, whole."""
    admin_scope.require_place(call.viewer)
    data = PlaceData(**body.model_dump())
    return SiteAnswer.model_validate(place_admin.put_place(call.session, site_id, data, by=call.me, now=call.now))


@api.post("/sites/{site_id}/rooms", "Add a room", roles=ADMINISTRATOR)
def create_room(call: Call, site_id: UUID, body: RoomBody) -> RoomAnswer:
    """A new room of a site."""
    admin_scope.require_place(call.viewer)
    data = RoomData(**body.model_dump())
    return RoomAnswer.model_validate(place_admin.put_room(call.session, site_id, None, data, by=call.me, now=call.now))


@api.put("/sites/{site_id}/rooms/{room_id}", "Set a room", roles=ADMINISTRATOR)
def put_room(call: Call, site_id: UUID, room_id: UUID, body: RoomBody) -> RoomAnswer:
    """Set what is known of a room, whole."""
    admin_scope.require_place(call.viewer)
    data = RoomData(**body.model_dump())
    row = place_admin.put_room(call.session, site_id, room_id, data, by=call.me, now=call.now)
    return RoomAnswer.model_validate(row)
