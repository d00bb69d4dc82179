"""The door of a video class and what its platform posts, over HTTP."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask

from hub.db.uow import TenantDatabase
from hub.services import attendance, platforms
from hub.services.platforms import PlatformData
from hub.services.roles import grant_role
from hub.services.video_rooms import meeting_key
from hub.web.views.video import LARGEST
from tests.connectors.loopback import serving
from tests.fakes.bigbluebutton import SECRET, Bbb, attendee, create_bbb, event, hook, payload, token
from tests.services.test_video import at
from tests.services.trainer_world import NOW, World, make
from tests.web.conftest import BASE, Browser, Clock


@pytest.fixture
def world(tenant: TenantDatabase, clock: Clock) -> World:
    clock.now = NOW
    found = make(tenant)
    with tenant.write() as session:
        grant_role(session, found.trainer, "trainer", NOW, organisation_id=found.organisation, group_id=found.group)
    return found


@pytest.fixture
def bbb() -> Iterator[tuple[Bbb, str]]:
    state = Bbb()
    with serving(create_bbb(state)) as port:
        yield state, f"http://127.0.0.1:{port}"


@pytest.fixture
def platform(world: World, bbb: tuple[Bbb, str]) -> UUID:
    values = {"url": bbb[1], "secret": SECRET, "checksum": "sha256"}
    with world.tenant.write() as session:
        return platforms.add(session, PlatformData("Visio", "bigbluebutton", values), by=None, now=NOW).id


@pytest.fixture
def seance(world: World, platform: UUID) -> UUID:
    return world.plan(video_platform_id=platform)


def minutes(world: World, seance: UUID, who: UUID) -> list[int]:
    with world.tenant.read() as session:
        found = attendance.current(session, [seance])
        return [row.minutes for (_, person, _), row in sorted(found.items(), key=lambda it: it[0][2]) if person == who]


def test_a_click_leads_into_the_room_and_shows_no_secret(
    world: World, seance: UUID, bbb: tuple[Bbb, str], enter: Callable[..., Browser]
) -> None:
    ines = enter(world.people[0])
    page = ines.get("/sessions")
    assert f"/sessions/{seance}/room" in page.text
    assert SECRET not in page.text
    gone = ines.get(f"/sessions/{seance}/room")
    assert gone.status_code == 303
    assert gone.headers["Location"].startswith(f"{bbb[1]}/bigbluebutton/api/join?")
    assert gone.headers["Referrer-Policy"] == "no-referrer"
    assert gone.headers["Cache-Control"] == "no-store"
    assert SECRET not in f"{gone.headers} {gone.text}"
    claire = enter(world.trainer)
    assert "Entrer dans la salle vidéo" in claire.get(f"/sessions/{seance}/roll").text
    assert f"/sessions/{seance}/room" in claire.get("/sessions/planning").text


def test_a_room_that_does_not_open_is_told_on_the_page(
    world: World, seance: UUID, platform: UUID, clock: Clock, enter: Callable[..., Browser]
) -> None:
    ines = enter(world.people[0])
    clock.advance(hours=3)
    sent = ines.get(f"/sessions/{seance}/room")
    assert sent.status_code == 303
    assert "La salle n’est pas ouverte à cette heure." in ines.get(sent.headers["Location"]).text
    clock.advance(hours=-3)
    with world.tenant.write() as session:
        down = {"url": "http://127.0.0.1:9", "secret": SECRET, "checksum": "sha256"}
        platforms.change(session, platform, PlatformData("Visio", "bigbluebutton", down), by=None, now=NOW)
    sent = ines.get(f"/sessions/{seance}/room")
    assert "La salle vidéo ne répond pas." in ines.get(sent.headers["Location"]).text


def test_the_form_offers_the_rooms_and_keeps_the_choice(
    world: World, seance: UUID, platform: UUID, enter: Callable[..., Browser]
) -> None:
    claire = enter(world.trainer)
    page = claire.get(f"/sessions/{seance}/edit").text
    assert f'value="{platform}" selected' in page
    form = {"title": "Classe", "iri": world.data().iri, "day": "2026-11-25", "starts": "09:00", "ends": "12:00",
            "group_id": str(world.group), "video_platform_id": str(platform), "video_recorded": "on"}  # fmt: skip
    assert claire.post("/sessions/new", form).status_code == 303
    refused = claire.post("/sessions/new", {**form, "video_platform_id": str(world.group)})
    assert refused.status_code in (200, 422)
    assert "aria-invalid" in refused.text


def post(browser: Browser, path: str, body: bytes, **headers: str) -> int:
    kind = "application/x-www-form-urlencoded" if "events" in path else "application/json"
    sent = browser.client.post(path, base_url=BASE, data=body, headers={**headers, "Content-Type": kind})
    return sent.status_code


def test_presence_is_taken_from_the_server_alone_and_once(
    app: Flask, world: World, seance: UUID, platform: UUID, browser: Browser
) -> None:
    path, who = f"/video/{platform}/presence", world.people[0]
    body = payload(meeting_key(seance), attendee(str(who), (at(8), at(9))))
    other = payload(meeting_key(seance), attendee(str(who), (at(8), at(11))))
    good = token(NOW)
    for wrong in ("", "Bearer x", token(NOW, secret="another"), token(NOW - timedelta(days=2))):
        assert post(browser, path, body, Authorization=wrong) == 401
    assert minutes(world, seance, who) == []
    assert [post(browser, path, it, Authorization=good) for it in (body, body, other)] == [204, 204, 401]
    assert minutes(world, seance, who) == [60]
    assert post(browser, path, b"{}", Authorization=token(NOW, exp=int(NOW.timestamp()) + 9)) == 400
    assert post(browser, path, b" " * (LARGEST + 1), Authorization=good) == 413
    strange = payload("hub-zz", attendee(str(who), (at(8), at(9))))
    assert post(browser, path, strange, Authorization=token(NOW, exp=int(NOW.timestamp()) + 8)) == 404
    assert post(browser, path.replace(str(platform), str(seance)), body, Authorization=good) == 404


def test_events_are_taken_by_their_checksum(
    app: Flask, world: World, seance: UUID, platform: UUID, bbb: tuple[Bbb, str], browser: Browser,
    enter: Callable[..., Browser]
) -> None:  # fmt: skip
    enter(world.people[0]).get(f"/sessions/{seance}/room")
    (address,) = bbb[0].hooks
    path, key = address[address.index("/video/") :], meeting_key(seance)
    body, checksum = hook(address, NOW, event("user-joined", key, at(8), str(world.people[0])))
    assert post(browser, f"{path}?checksum={checksum}", body) == 204
    assert post(browser, f"{path}?checksum={'0' * 64}", body) == 401
    assert post(browser, path, body) == 401
    body, checksum = hook(address, NOW, event("meeting-ended", key, at(9)))
    assert post(browser, f"{path}?checksum={checksum}", body) == 204
    assert minutes(world, seance, world.people[0]) == [60]
    body, checksum = hook(address, NOW - timedelta(days=2), event("meeting-ended", key, at(9)))
    assert post(browser, f"{path}?checksum={checksum}", body) == 401


def test_the_roll_says_what_counted_the_minutes(
    world: World, seance: UUID, platform: UUID, browser: Browser, enter: Callable[..., Browser]
) -> None:
    body = payload(meeting_key(seance), attendee(str(world.people[0]), (at(8), at(9)), (at(10), at(11))))
    assert post(browser, f"/video/{platform}/presence", body, Authorization=token(NOW)) == 204
    page = enter(world.trainer).get(f"/sessions/{seance}/roll?half=am").text
    assert "Minutes comptées par Visio." in page
    assert "là, 2" in page
