"""The pages of a séance with a video room in a real browser: narrow and wide, light and dark, and axe finds nothing."""

import os
from pathlib import Path
from uuid import UUID

import axe_core_python
import pytest
from playwright.sync_api import Browser, Page

from connectors.bigbluebutton.callbacks import analytics
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.services import platforms, sessions, video
from hub.services.platforms import PlatformData
from hub.services.roles import grant_role
from hub.services.video_rooms import meeting_key
from tests.conftest import TENANT_HOST
from tests.fakes.bigbluebutton import SECRET, attendee, payload
from tests.services.test_video import at
from tests.services.trainer_world import NOW, World, make
from tests.web.conftest import Clock

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("dialect", ["sqlite"])]

AXE = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
LOOK = os.environ.get("HUB_TEST_PICTURES", "")


@pytest.fixture
def world(tenant: TenantDatabase, clock: Clock) -> World:
    clock.now = NOW
    found = make(tenant)
    with tenant.write() as session:
        grant_role(session, found.trainer, "trainer", NOW, organisation_id=found.organisation, group_id=found.group)
    return found


@pytest.fixture
def seance(world: World) -> UUID:
    """Held in a room, two people counted in the morning."""
    values = {"url": "http://127.0.0.1:9", "secret": SECRET, "checksum": "sha256"}
    with world.tenant.write() as session:
        data = PlatformData("BigBlueButton du lieu", "bigbluebutton", values)
        platform = platforms.add(session, data, by=None, now=NOW).id
    planned = world.plan(video_platform_id=platform, video_recorded=True)
    people = (
        attendee(str(world.people[0]), (at(8), at(9)), (at(10), at(11))),
        attendee(str(world.people[1]), (at(7), at(12))),
    )
    key, told = analytics(payload(meeting_key(planned), *people))
    with world.tenant.write() as session:
        video.told(session, platform, key, told, NOW)
    return planned


def faults(page: Page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run(document, {runOnly: rules}).then(it => it.violations)", RULES)
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]


def test_the_pages_of_a_room_are_usable_and_accessible(
    installation: Installation, world: World, seance: UUID, address: str, chromium: Browser, clock: Clock
) -> None:
    with world.tenant.write() as session:
        tokens = [
            sessions.start(session, installation.vault, who, clock.now, shared=False, how="password")
            for who in (world.trainer, world.people[0])
        ]
    pages = (
        (tokens[0], f"/sessions/{seance}/edit"),
        (tokens[0], f"/sessions/{seance}/roll?half=am"),
        (tokens[1], "/sessions"),
    )
    for width, scheme in ((360, "dark"), (1200, "light")):
        for number, (token, path) in enumerate(pages):
            context = chromium.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme, locale="fr-FR", bypass_csp=True
            )
            context.add_cookies([{"name": "hub", "value": token, "domain": TENANT_HOST, "path": "/"}])
            page = context.new_page()
            page.goto(address + path)
            assert "Connexion" not in page.title()
            if LOOK:
                page.screenshot(path=f"{LOOK}/video-{number}-{width}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert faults(page) == []
            context.close()
