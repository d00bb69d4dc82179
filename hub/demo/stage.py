"""Where the play is performed: the instant of the present act, a browser for each actor, forms of the hub to send."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.demo.browser import Browser, BrowserFault, Form, Page
from hub.demo.clock import DemoClock
from hub.demo.sample_moodle import PartnerMoodle
from hub.demo.sample_parts import made_id
from hub.demo.sample_people import LEARNERS
from hub.demo.sample_place import Addresses, Ids
from hub.demo.script import Act
from hub.services import accounts

STAFF_VISIT = timedelta(hours=11)
"""How long the staff stay signed in, at most."""
Files = Mapping[str, tuple[str, bytes]]


class PlayFault(Exception):
    """An act could not be performed."""


@dataclass(frozen=True)
class World:
    """What the acts work on."""

    installation: Installation
    tenant: TenantDatabase
    clock: DemoClock
    at: Addresses
    moodle: PartnerMoodle
    moodle_id: UUID
    ids: Ids


class Stage:
    """One act after the other; each actor keeps one browser through the weeks."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.now = datetime.min.replace(tzinfo=UTC)
        self._browsers: dict[str, Browser] = {}
        self._tokens: dict[str, str] = {}
        self._seen: dict[str, datetime] = {}

    def close(self) -> None:
        """Close every browser."""
        for browser in self._browsers.values():
            browser.close()

    def browser(self, key: str) -> Browser:
        """Somebody's browser, signed in by a single-use link: the first time, and the staff again each day."""
        known, seen = self._browsers.get(key), self._seen.get(key, self.now)
        self._seen[key] = self.now
        if known is not None and (key in LEARNERS or self.now - seen < STAFF_VISIT):
            return known
        world, who = self.world, self.world.ids.people[key]
        with world.tenant.write() as session:
            token = accounts.create_sign_in_link(session, world.installation.vault, who, "sign_in", self.now)
        if known is not None:
            known.close()
        browser = Browser(lambda: world.clock.headers(self.now))
        page = browser.get(f"{world.at.hub}/s/{token}")
        browser.submit(page.form("/s/"), {"own_device": "1"}, follow=False)
        self._tokens[key] = _csrf(browser.get(f"{world.at.hub}/demo"))
        self._browsers[key] = browser
        return browser

    def send(
        self, key: str, path: str, typed: Mapping[str, str], *, follow: bool = False, files: Files | None = None
    ) -> Page:
        """Send a form of the hub, as the page at hand would. Raises BrowserFault when the hub does not take it."""
        browser = self.browser(key)
        form = Form("POST", f"{self.world.at.hub}{path}", {"csrf_token": self._tokens[key]})
        page = browser.submit(form, typed, follow=follow, files=files)
        if urlsplit(page.url).path == "/sign-in":
            raise BrowserFault(f"{key} is not signed in")
        return page

    def step_path(self, key: str, act: Act) -> str:
        """Path of the page of the act's step, for a learner."""
        return f"/path/{self.world.ids.enrolments[key]}/step/{made_id(act.details['group'], act.details['step'])}"


def _csrf(page: Page) -> str:
    """The token that the pages of the hub put into their forms. Raises BrowserFault."""
    for form in page.forms:
        if "csrf_token" in form.fields:
            return form.fields["csrf_token"]
    raise BrowserFault("no form of the hub on the page")
