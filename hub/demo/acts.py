"""How the acts of the script are performed: pages and protocols where people use them, services where staff would."""

import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.demo.browser import Browser, BrowserFault, Form, Page
from hub.demo.clock import DemoClock
from hub.demo.mooc import COURSES as MOOC_COURSES
from hub.demo.sample_moodle import PartnerMoodle
from hub.demo.sample_parts import made_id
from hub.demo.sample_people import LEARNERS, mooc_account
from hub.demo.sample_place import Addresses, Ids, link_mooc_account, viewer
from hub.demo.script import Act
from hub.demo.tool_content import COURSES as CAMPUS_COURSES
from hub.models.learning import Deposit, HelpRequest
from hub.services import accounts, cards, claims, deposits, enrolments, sync, uploads, validation
from hub.services import help as help_desk
from hub.services.projection import project_dirty
from hub.services.sync.runs import job_state

SYNC_SECONDS = 60.0
STAFF_VISIT = timedelta(hours=11)
#: Where each quiz and each course of the paths lies: (path, step) -> key of the activity.
CAMPUS = {("garonne", "quiz"): "vocabulaire-3d", ("tarn", "comptes"): "mots-de-passe",
          ("canal", "metier"): "metiers-industrie"}  # fmt: skip


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


class Actors:
    """Performs acts one after the other; each learner keeps one browser through the weeks."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._now = datetime.min
        self._browsers: dict[str, Browser] = {}
        self._tokens: dict[str, str] = {}
        self._seen: dict[str, datetime] = {}
        self._kinds: dict[str, Callable[[Act], None]] = {
            "tool": self._tool,
            "tool_open": self._tool_open,
            "mooc": self._mooc,
            "moodle": self._moodle,
            "grade": self._grade,
            "sync": self._sync,
            "roll": self._roll,
            "validate": self._validate,
            "waive": self._waive,
            "hand_in": self._hand_in,
            "answer": self._answer,
            "switch": self._switch,
            "claim": self._claim,
            "help": self._help,
            "reply": self._reply,
            "cards": self._cards,
            "link": self._link,
        }

    def perform(self, act: Act) -> None:
        """Have the act happen at its instant. Raises what went wrong."""
        self._now = act.at
        self._kinds[act.kind](act)

    def close(self) -> None:
        """Close every browser."""
        for browser in self._browsers.values():
            browser.close()

    # Learners in their browsers.

    def _browser(self, key: str) -> Browser:
        """Somebody's browser, signed in by a single-use link: the first time, and the staff again each day."""
        known, seen = self._browsers.get(key), self._seen.get(key, self._now)
        self._seen[key] = self._now
        if known is not None and (key in LEARNERS or self._now - seen < STAFF_VISIT):
            return known
        world = self._world
        with world.tenant.write() as session:
            token = accounts.create_sign_in_link(
                session, world.installation.vault, self._world.ids.people[key], "sign_in", self._now
            )
        browser = Browser(lambda: world.clock.headers(self._now))
        page = browser.get(f"{world.at.hub}/s/{token}")
        browser.submit(page.form("/s/"), {"own_device": "1"}, follow=False)
        self._tokens[key] = _csrf(browser.get(f"{world.at.hub}/demo"))
        self._browsers[key] = browser
        return browser

    def _open(self, act: Act, activity: str) -> Page:
        """Press « Ouvrir » of an activity of the path."""
        browser = self._browser(act.who)
        group, step = act.details["group"], act.details["step"]
        where = (
            f"{self._world.at.hub}/path/{self._world.ids.enrolments[act.who]}"
            f"/step/{made_id(group, step)}/open/{made_id(group, step, activity)}"
        )
        return browser.submit(Form("POST", where, {"csrf_token": self._tokens[act.who]}))

    def _launch(self, act: Act) -> Page:
        """Through the LTI launch to the course page of the tool."""
        browser, campus = self._browser(act.who), self._world.at.campus
        opening = self._open(act, "campus")
        answer = browser.submit(opening.form(f"{campus}/login"))
        return browser.submit(answer.form(f"{campus}/launch"))

    def _tool_open(self, act: Act) -> None:
        self._launch(act)

    def _tool(self, act: Act) -> None:
        page = self._launch(act)
        course = CAMPUS_COURSES[CAMPUS[act.details["group"], act.details["step"]]]
        self._now += timedelta(minutes=course.minutes)
        typed = {}
        for number, question in enumerate(course.questions):
            wrong = (question.right + 1) % len(question.choices)
            typed[f"q{number}"] = str(question.right if number < act.details["right"] else wrong)
        result = self._browser(act.who).submit(page.form("/quiz"), typed)
        if "Votre note est envoyée" not in result.text:
            raise PlayFault("the tool could not send the score")

    def _mooc(self, act: Act) -> None:
        course = MOOC_COURSES[act.details["course"]]
        browser, member = self._browser(act.who), {"member": mooc_account(act.who)}
        page = self._open(act, "mooc")
        for unit in range(1, act.details["units"] + 1):
            self._now += timedelta(minutes=12)
            page = browser.submit(page.form(f"/units/{unit}"), member)
        if act.details["finish"]:
            self._now += timedelta(minutes=4)
            browser.submit(page.form("/answer"), {**member, "choice": str(course.right)})

    def _moodle(self, act: Act) -> None:
        """The course is opened through the hub; what is done there the hub learns at its next reading."""
        if (act.details["group"], act.details["step"]) != ("garonne", "bases") or act.who == "jeanne":
            self._open(act, "moodle")
        else:
            self._open(act, "live-quiz")
        for module in act.details["modules"]:
            self._now += timedelta(minutes=15)
            self._world.moodle.complete(act.who, module, self._now)

    def _grade(self, act: Act) -> None:
        self._world.moodle.grade(act.who, act.details["module"], act.details["points"], act.at)

    def _sync(self, act: Act) -> None:
        """Ask for a reading as an administrator does, and wait for the worker to end it."""
        with self._world.tenant.write() as session:
            by = self._world.ids.people[act.who]
            job = sync.request_sync(session, self._world.moodle_id, by=by, now=act.at, full=False)
        until = time.monotonic() + SYNC_SECONDS
        while True:
            with self._world.tenant.read() as session:
                state = job_state(session, job)
            if state == "done":
                return
            if state not in ("due", "running") or time.monotonic() > until:
                raise PlayFault(f"the reading of the Moodle ended {state}")
            time.sleep(0.05)

    # The staff.

    def _roll(self, act: Act) -> None:
        """The trainer calls the roll on its page, one half-day after the other: everybody is there, except…"""
        world, browser = self._world, self._browser(act.who)
        address = f"{world.at.hub}/sessions/{world.ids.seances[act.details['meeting']]}/roll"
        absent, late = ([str(world.ids.people[key]) for key in act.details[name]] for name in ("absent", "late"))
        for half in act.details["halves"]:
            form = browser.get(f"{address}?half={half}").form("/roll")
            typed = {f"presence-{who}": "absent" for who in absent} | {f"reason-{who}": "ill_told" for who in absent}
            if half == act.details["halves"][0]:
                for who in late:
                    typed |= {f"presence-{who}": "partial", f"arrival-{who}": act.details["arrived"]}
            browser.submit(form, typed, follow=False)
        browser.submit(browser.get(address).form("/roll/close"), follow=False)

    def _validate(self, act: Act) -> None:
        told = act.details
        with self._world.tenant.write() as session:
            validation.validate(
                session, viewer(session, self._world.ids, act.who), self._world.ids.enrolments[told["learner"]],
                made_id(told["group"], told["step"]), value=True, why=told["why"], now=act.at,
            )  # fmt: skip
        project_dirty(self._world.tenant)

    def _waive(self, act: Act) -> None:
        told = act.details
        with self._world.tenant.write() as session:
            validation.waive(
                session, viewer(session, self._world.ids, act.who), self._world.ids.enrolments[told["learner"]],
                made_id(told["group"], told["step"]), why=told["why"], now=act.at,
            )  # fmt: skip
        project_dirty(self._world.tenant)

    def _answer(self, act: Act) -> None:
        told = act.details
        mine = select(Deposit.id).where(
            Deposit.enrolment_id == self._world.ids.enrolments[told["learner"]], Deposit.state == deposits.HANDED_IN
        )
        with self._world.tenant.write() as session:
            waiting = session.scalars(mine).one()
            staff = viewer(session, self._world.ids, act.who)
            deposits.answer(session, waiting, staff, accept=told["accept"], word=told["word"], now=act.at)
        project_dirty(self._world.tenant)

    def _reply(self, act: Act) -> None:
        asked = select(HelpRequest.id).where(
            HelpRequest.person_id == self._world.ids.people[act.details["learner"]], HelpRequest.state == help_desk.OPEN
        )
        with self._world.tenant.write() as session:
            staff = viewer(session, self._world.ids, act.who)
            request = session.scalars(asked).one()
            help_desk.reply(session, request, staff, act.details["text"], act.at)
            help_desk.close(session, request, staff, act.at)

    def _cards(self, act: Act) -> None:
        """Printed cards for those without e-mail."""
        world = self._world
        without = [world.ids.people[learner.key] for learner in LEARNERS.values() if not learner.mail]
        cards.issue(world.tenant, world.installation.vault, without, act.at, by=self._world.ids.people[act.who])

    def _link(self, act: Act) -> None:
        with self._world.tenant.write() as session:
            link_mooc_account(session, self._world.ids, self._world.at.mooc, act.details["learner"], act.at)
        project_dirty(self._world.tenant)

    # Learners' words.

    def _hand_in(self, act: Act) -> None:
        world, who, told = self._world, self._world.ids.people[act.who], act.details
        content = f"solid {told['name']}\nendsolid\n".encode()
        blobs = world.installation.blobs(world.tenant.key)
        upload = uploads.store_whole(world.tenant, blobs, who, told["name"], io.BytesIO(content), act.at)
        with world.tenant.write() as session:
            deposits.hand_in(
                session, world.ids.enrolments[act.who], made_id(told["group"], told["step"]), by=who,
                upload_ids=[upload.id], now=act.at,
            )  # fmt: skip
        project_dirty(world.tenant)

    def _switch(self, act: Act) -> None:
        told = act.details
        with self._world.tenant.write() as session:
            ids, way = self._world.ids, made_id(told["group"], told["step"], "way", told["way"])
            step = made_id(told["group"], told["step"])
            enrolments.choose_variant(session, ids.enrolments[act.who], step, way, by=ids.people[act.who], now=act.at)
        project_dirty(self._world.tenant)

    def _claim(self, act: Act) -> None:
        step = made_id(act.details["group"], act.details["step"])
        with self._world.tenant.write() as session:
            claims.claim(session, self._world.ids.enrolments[act.who], step, act.at)

    def _help(self, act: Act) -> None:
        told = act.details
        with self._world.tenant.write() as session:
            help_desk.ask(
                session, self._world.ids.people[act.who], kind=told["ask"], text=told["text"], now=act.at,
                enrolment_id=self._world.ids.enrolments[act.who], step_id=made_id(told["group"], told["step"]),
            )  # fmt: skip


def _csrf(page: Page) -> str:
    """The token that the pages of the hub put into their forms. Raises BrowserFault."""
    for form in page.forms:
        if "csrf_token" in form.fields:
            return form.fields["csrf_token"]
    raise BrowserFault("no form of the hub on the page")
