"""How the acts of the script are performed: pages and protocols where people use them, services where staff would."""

import io
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
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
from hub.demo.sample_place import Addresses, link_mooc_account, person_id
from hub.demo.script import Act
from hub.demo.tool_content import COURSES as CAMPUS_COURSES
from hub.domain.attendance import Mode, Presence
from hub.domain.roles import Viewer
from hub.models.learning import Deposit, HelpRequest
from hub.services import accounts, attendance, cards, claims, deposits, enrolments, sync, uploads, validation
from hub.services import help as help_desk
from hub.services.attendance import Entry
from hub.services.projection import project_dirty
from hub.services.roles import viewer_of
from hub.services.sync.runs import job_state

SYNC_SECONDS = 60.0
STAFF_VISIT = timedelta(hours=11)
LATE_MINUTES = 25
#: Where each quiz and each course of the paths lies: (path, step) -> key of the activity.
CAMPUS = {("garonne", "quiz"): "vocabulaire-3d", ("tarn", "comptes"): "mots-de-passe",
          ("canal", "metier"): "metiers-industrie"}  # fmt: skip


class PlayFault(Exception):
    """An act could not be performed."""


@dataclass(frozen=True)
class World:
    """What the acts work on. ``seances`` and ``enrolments``: ids by the keys of the sample place."""

    installation: Installation
    tenant: TenantDatabase
    clock: DemoClock
    at: Addresses
    moodle: PartnerMoodle
    moodle_id: UUID
    seances: Mapping[str, UUID]
    enrolments: Mapping[str, UUID]


class Actors:
    """Performs acts one after the other; each learner keeps one browser through the weeks."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._now = datetime.min
        self._browsers: dict[str, Browser] = {}
        self._tokens: dict[str, str] = {}
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
        """The learner's browser, signed in by a single-use link the first time."""
        known = self._browsers.get(key)
        if known is not None:
            return known
        world = self._world
        with world.tenant.write() as session:
            token = accounts.create_sign_in_link(
                session, world.installation.vault, person_id(key), "sign_in", self._now
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
            f"{self._world.at.hub}/path/{self._world.enrolments[act.who]}"
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
            job = sync.request_sync(session, self._world.moodle_id, by=person_id(act.who), now=act.at)
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

    def _viewer(self, key: str) -> Viewer:
        with self._world.tenant.read() as session:
            found = viewer_of(session, person_id(key))
        if found is None:
            raise PlayFault(f"{key} is not here")
        return found

    def _roll(self, act: Act) -> None:
        """Everybody is there, except…"""
        world, viewer = self._world, self._viewer(act.who)
        seance = world.seances[act.details["meeting"]]
        absent = {person_id(key) for key in act.details["absent"]}
        late = {person_id(key) for key in act.details["late"]}
        with world.tenant.write() as session:
            roll = attendance.roll(session, viewer, seance)
            entries = []
            for half in roll.halves:
                for line in roll.people:
                    who = line.person.person_id
                    if who in absent:
                        entries.append(Entry(who, half.key, Presence.ABSENT, reason="ill_told"))
                    elif who in late and half is roll.halves[0]:
                        arrived = (datetime.combine(half.day, half.starts) + timedelta(minutes=LATE_MINUTES)).time()
                        entries.append(Entry(who, half.key, Presence.PARTIAL, arrived, half.ends, Mode.ROOM))
                    else:
                        entries.append(Entry(who, half.key, Presence.PRESENT))
            attendance.mark_roll(session, viewer, seance, entries, act.at)
            attendance.close(session, viewer, seance, act.at)
        project_dirty(world.tenant)

    def _validate(self, act: Act) -> None:
        told = act.details
        with self._world.tenant.write() as session:
            validation.validate(
                session, self._viewer_in(session, act.who), self._world.enrolments[told["learner"]],
                made_id(told["group"], told["step"]), value=True, why=told["why"], now=act.at,
            )  # fmt: skip
        project_dirty(self._world.tenant)

    def _waive(self, act: Act) -> None:
        told = act.details
        with self._world.tenant.write() as session:
            validation.waive(
                session, self._viewer_in(session, act.who), self._world.enrolments[told["learner"]],
                made_id(told["group"], told["step"]), why=told["why"], now=act.at,
            )  # fmt: skip
        project_dirty(self._world.tenant)

    def _viewer_in(self, session: Any, key: str) -> Viewer:
        found = viewer_of(session, person_id(key))
        if found is None:
            raise PlayFault(f"{key} is not here")
        return found

    def _answer(self, act: Act) -> None:
        told = act.details
        mine = select(Deposit.id).where(
            Deposit.enrolment_id == self._world.enrolments[told["learner"]], Deposit.state == deposits.HANDED_IN
        )
        with self._world.tenant.write() as session:
            waiting = session.scalars(mine).one()
            viewer = self._viewer_in(session, act.who)
            deposits.answer(session, waiting, viewer, accept=told["accept"], word=told["word"], now=act.at)
        project_dirty(self._world.tenant)

    def _reply(self, act: Act) -> None:
        asked = select(HelpRequest.id).where(
            HelpRequest.person_id == person_id(act.details["learner"]), HelpRequest.state == help_desk.OPEN
        )
        with self._world.tenant.write() as session:
            viewer = self._viewer_in(session, act.who)
            request = session.scalars(asked).one()
            help_desk.reply(session, request, viewer, act.details["text"], act.at)
            help_desk.close(session, request, viewer, act.at)

    def _cards(self, act: Act) -> None:
        """Printed cards for those without e-mail."""
        world = self._world
        without = [person_id(learner.key) for learner in LEARNERS.values() if not learner.mail]
        cards.issue(world.tenant, world.installation.vault, without, act.at, by=person_id(act.who))

    def _link(self, act: Act) -> None:
        with self._world.tenant.write() as session:
            link_mooc_account(session, self._world.at.mooc, act.details["learner"], act.at)
        project_dirty(self._world.tenant)

    # Learners' words.

    def _hand_in(self, act: Act) -> None:
        world, who, told = self._world, person_id(act.who), act.details
        content = f"solid {told['name']}\nendsolid\n".encode()
        blobs = world.installation.blobs(world.tenant.key)
        upload = uploads.store_whole(world.tenant, blobs, who, told["name"], io.BytesIO(content), act.at)
        with world.tenant.write() as session:
            deposits.hand_in(
                session, world.enrolments[act.who], made_id(told["group"], told["step"]), by=who,
                upload_ids=[upload.id], now=act.at,
            )  # fmt: skip
        project_dirty(world.tenant)

    def _switch(self, act: Act) -> None:
        told = act.details
        with self._world.tenant.write() as session:
            enrolments.choose_variant(
                session, self._world.enrolments[act.who], made_id(told["group"], told["step"]),
                made_id(told["group"], told["step"], "way", told["way"]), by=person_id(act.who), now=act.at,
            )  # fmt: skip
        project_dirty(self._world.tenant)

    def _claim(self, act: Act) -> None:
        step = made_id(act.details["group"], act.details["step"])
        with self._world.tenant.write() as session:
            claims.claim(session, self._world.enrolments[act.who], step, act.at)

    def _help(self, act: Act) -> None:
        told = act.details
        with self._world.tenant.write() as session:
            help_desk.ask(
                session, person_id(act.who), kind=told["ask"], text=told["text"], now=act.at,
                enrolment_id=self._world.enrolments[act.who], step_id=made_id(told["group"], told["step"]),
            )  # fmt: skip


def _csrf(page: Page) -> str:
    """The token that the pages of the hub put into their forms. Raises BrowserFault."""
    for form in page.forms:
        if "csrf_token" in form.fields:
            return form.fields["csrf_token"]
    raise BrowserFault("no form of the hub on the page")
