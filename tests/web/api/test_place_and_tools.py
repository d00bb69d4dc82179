"""Settings, sites, rooms, connecting platforms and their LTI tools."""

from collections.abc import Callable
from uuid import UUID

import pytest
import responses

from hub.db.base import new_id
from hub.db.uow import TenantDatabase
from hub.models.person import Organisation
from hub.services import lti_legacy_tools, platforms
from hub.services.roles import grant_role
from tests.web.api.conftest import Program
from tests.web.conftest import Clock

TOOL = {
    "login_initiation_url": "https://tool.example.org/login",
    "target_link_uri": "https://tool.example.org/open",
    "redirect_uris": ["https://tool.example.org/back"],
    "jwks_uri": "https://tool.example.org/jwks",
}
OLD_TOOL = {"url": "https://vieux.example.org/launch", "key": "k-1", "secret": "un très grand secret"}
MOODLE = {
    "name": "Campus Fab",
    "connector": "moodle",
    "settings": {"url": "https://campus.example.org", "token": "very-secret-token"},
}


@pytest.fixture
def local(
    add_person: Callable[..., UUID], program: Callable[..., Program], tenant: TenantDatabase, clock: Clock
) -> Program:
    """Somebody who administers one organisation only."""
    person = add_person("Léa", "Local")
    with tenant.write() as session:
        row = Organisation(name="CFA", kind="cfa")
        session.add(row)
        session.flush()
        grant_role(session, person, "administrator", clock.now, organisation_id=row.id)
    return program(person)


def test_only_who_administers_the_whole_place_reaches_any_of_it(local: Program) -> None:
    some = new_id()
    settings = {"name": "X", "zone": "Europe/Paris", "lunch_starts": "12:00", "lunch_ends": "13:00"}
    calls = [
        local.get("/settings"),
        local.put("/settings", {**settings, "help_days": 1, "upload_megabytes": 5}),
        local.get("/sites"),
        local.post("/sites", {"name": "X"}),
        local.put(f"/sites/{some}", {"name": "X"}),
        local.post(f"/sites/{some}/rooms", {"name": "X"}),
        local.put(f"/sites/{some}/rooms/{some}", {"name": "X"}),
        local.post("/platforms", MOODLE),
        local.get(f"/platforms/{some}/settings"),
        local.put(f"/platforms/{some}/settings", MOODLE),
        local.post(f"/platforms/{some}/test"),
        local.get(f"/platforms/{some}/lti-tools"),
        local.post(f"/platforms/{some}/lti-tools", TOOL),
        local.put(f"/lti-tools/{some}", TOOL),
        local.put(f"/lti-tools/{some}/active"),
        local.delete(f"/lti-tools/{some}/active"),
        local.get(f"/platforms/{some}/lti-1p1-tools"),
        local.post(f"/platforms/{some}/lti-1p1-tools", OLD_TOOL),
        local.put(f"/lti-1p1-tools/{some}", OLD_TOOL),
        local.put(f"/lti-1p1-tools/{some}/active"),
        local.delete(f"/lti-1p1-tools/{some}/active"),
    ]
    assert [answer.status_code for answer in calls] == [403] * len(calls)
    assert {answer.get_json()["code"] for answer in calls} == {"forbidden"}


def test_the_settings_of_the_place_are_set_whole(administrator: Program) -> None:
    known = administrator.get("/settings").get_json()
    wanted = {**known, "name": "Le Générateur", "help_days": 3, "lunch_starts": "12:00:00"}
    assert administrator.put("/settings", wanted).get_json() == wanted
    assert administrator.get("/settings").get_json() == wanted


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"zone": "Europe/Nowhere"}, "#/zone"),
        ({"help_days": 0}, "#/help_days"),
        ({"lunch_starts": "14:00", "lunch_ends": "13:00"}, "#/lunch_ends"),
        ({"light": "#a83814"}, "#/dark"),
        ({"light": "#ffffff", "dark": "#ffffff"}, "#/light"),
    ],
)
def test_wrong_settings_are_refused_and_nothing_changes(
    administrator: Program, wrong: dict[str, object], pointer: str
) -> None:
    known = administrator.get("/settings").get_json()
    answer = administrator.put("/settings", {**known, "name": "Autre", **wrong})
    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, pointer)
    assert administrator.get("/settings").get_json() == known


def test_sites_have_rooms(administrator: Program) -> None:
    site = administrator.post("/sites", {"name": "Toulouse", "access": "Métro B"}).get_json()
    one = f"/sites/{site['id']}"
    room = administrator.post(f"{one}/rooms", {"name": "Atelier", "kind": "technical_platform"}).get_json()
    assert (room["seats"], room["place_id"]) == (12, site["id"])
    assert administrator.put(f"{one}/rooms/{room['id']}", {"name": "Atelier bois", "seats": 8}).status_code == 200
    assert administrator.put(one, {"name": "Toulouse Sud"}).get_json()["access"] == ""
    [found] = administrator.get("/sites").get_json()["items"]
    assert (found["name"], [(r["name"], r["seats"], r["kind"]) for r in found["rooms"]]) == (
        "Toulouse Sud",
        [("Atelier bois", 8, "room")],
    )


def test_wrong_sites_and_rooms_are_refused(administrator: Program) -> None:
    zone = administrator.post("/sites", {"name": "X", "zone": "Mars/Base"})
    assert (zone.status_code, zone.get_json()["errors"][0]["pointer"]) == (422, "#/zone")
    first, second = (administrator.post("/sites", {"name": name}).get_json()["id"] for name in "AB")
    seats = administrator.post(f"/sites/{first}/rooms", {"name": "X", "seats": 0})
    assert (seats.status_code, seats.get_json()["errors"][0]["pointer"]) == (422, "#/seats")
    room = administrator.post(f"/sites/{first}/rooms", {"name": "X"}).get_json()["id"]
    assert administrator.put(f"/sites/{second}/rooms/{room}", {"name": "Y"}).status_code == 404


def test_secrets_of_a_platform_go_in_and_never_out(administrator: Program, tenant: TenantDatabase) -> None:
    made = administrator.post("/platforms", MOODLE)
    assert made.status_code == 201
    key = made.get_json()["id"]
    one = f"/platforms/{key}/settings"
    changed = administrator.put(one, {"name": "Campus", "connector": "moodle", "every_minutes": 60})
    assert (changed.status_code, changed.get_json()["every_minutes"]) == (200, 60)
    assert changed.get_json()["settings"]["url"] == "https://campus.example.org"
    for answer in (made, changed, administrator.get(one), administrator.get("/journal")):
        assert "very-secret-token" not in answer.text
    with tenant.read() as session:
        assert platforms.connection(session, UUID(key)).values["token"] == "very-secret-token"


def test_wrong_platforms_are_refused(administrator: Program) -> None:
    def pointers(**wrong: object) -> list[str]:
        answer = administrator.post("/platforms", {**MOODLE, **wrong})
        assert answer.status_code == 422
        return [fault["pointer"] for fault in answer.get_json()["errors"]]

    assert pointers(connector="nothing") == ["#/connector"]
    assert pointers(settings={"url": "no address", "token": "x"}) == ["#/settings/url"]
    assert pointers(organisation_id=str(new_id())) == ["#/organisation_id"]
    assert pointers(every_minutes=1) == ["#/every_minutes"]
    key = administrator.post("/platforms", MOODLE).get_json()["id"]
    other = administrator.put(f"/platforms/{key}/settings", {"name": "Campus"})
    assert (other.status_code, other.get_json()["errors"][0]["pointer"]) == (422, "#/connector")


@responses.activate
def test_a_test_says_why_a_platform_does_not_work(administrator: Program) -> None:
    responses.post("https://campus.example.org/webservice/rest/server.php",
                   json={"exception": "x", "errorcode": "invalidtoken", "message": "Invalid token"})  # fmt: skip
    key = administrator.post("/platforms", MOODLE).get_json()["id"]
    found = administrator.post(f"/platforms/{key}/test")
    assert found.status_code == 200
    assert found.get_json()["works"] is False
    assert found.get_json()["error"]["code"]
    assert "very-secret-token" not in found.text
    unread = administrator.post("/platforms", {"name": "LTI"}).get_json()["id"]
    assert administrator.post(f"/platforms/{unread}/test").get_json()["code"] == "platform_not_read"


def test_lti_tools_are_registered_changed_and_closed(administrator: Program) -> None:
    key = administrator.post("/platforms", {"name": "LTI"}).get_json()["id"]
    tools = f"/platforms/{key}/lti-tools"
    made = administrator.post(tools, TOOL).get_json()
    assert made["client_id"]
    assert made["active"]
    one = f"/lti-tools/{made['id']}"
    changed = administrator.put(one, {**TOOL, "name": True}).get_json()
    assert changed == {**made, "name": True}
    assert administrator.delete(f"{one}/active").status_code == 204
    assert administrator.get(tools).get_json()["items"] == [{**changed, "active": False}]
    assert administrator.put(f"{one}/active").status_code == 204
    more = {"selection_uri": "https://tool.example.org/pick", "framed": True}
    assert administrator.put(one, {**TOOL, **more}).get_json() == {**made, **more, "active": True}
    assert administrator.put(one, TOOL).get_json() == {**made, **more, "active": True}
    wrong = administrator.post(tools, {**TOOL, "jwks_uri": "ftp://tool.example.org"})
    assert (wrong.status_code, wrong.get_json()["code"]) == (422, "invalid")
    assert administrator.post(tools, {**TOOL, "jwks_uri": "https://["}).status_code == 422


def test_tools_of_lti_1_1_are_entered_changed_and_closed_and_never_tell_their_secret(
    administrator: Program, tenant: TenantDatabase
) -> None:
    key = administrator.post("/platforms", {"name": "MOOC"}).get_json()["id"]
    tools = f"/platforms/{key}/lti-1p1-tools"
    answer = administrator.post(tools, OLD_TOOL)
    made = answer.get_json()
    assert (made["key"], made["method"], made["scores"], made["name"]) == ("k-1", "HMAC-SHA1", True, False)
    one = f"/lti-1p1-tools/{made['id']}"
    told = {"url": f"{OLD_TOOL['url']}?a=1", "key": "k-2", "name": True, "scores": False, "method": "HMAC-SHA256"}
    changed = administrator.put(one, told)
    assert changed.get_json() == {**made, **told}
    with tenant.read() as session:
        known = lti_legacy_tools.find(session, UUID(made["id"]))
        assert known.key.secret.reveal() == OLD_TOOL["secret"]
    assert administrator.delete(f"{one}/active").status_code == 204
    listed = administrator.get(tools)
    assert listed.get_json()["items"] == [{**made, **told, "active": False}]
    assert administrator.put(f"{one}/active").status_code == 204
    assert all(OLD_TOOL["secret"] not in said.text for said in (answer, changed, listed))
    for wrong, field in (
        ({**OLD_TOOL, "key": "k-2"}, "key"),
        ({**OLD_TOOL, "key": "k-3", "secret": ""}, "secret"),
        ({**OLD_TOOL, "key": "k-3", "url": "javascript:alert(1)"}, "url"),
        ({**OLD_TOOL, "key": "k-3", "method": "PLAINTEXT"}, "method"),
    ):
        refused = administrator.post(tools, wrong)
        assert (refused.status_code, refused.content_type) == (422, "application/problem+json")
        assert field in refused.text
    # A tool of LTI 1.3 is none of these.
    other = administrator.post(f"/platforms/{key}/lti-tools", TOOL).get_json()["id"]
    assert administrator.put(f"/lti-1p1-tools/{other}", OLD_TOOL).status_code == 404
    assert administrator.delete(f"/lti-1p1-tools/{other}/active").status_code == 404
