"""What the staff do: rolls, a trainer's word, answers, readings of the Moodle, cards, identities."""

import time

from sqlalchemy import select

from hub.demo.sample_parts import made_id
from hub.demo.sample_people import LEARNERS
from hub.demo.sample_place import link_mooc_account
from hub.demo.script import Act
from hub.demo.stage import PlayFault, Stage
from hub.models.learning import Deposit, HelpRequest
from hub.services import cards, deposits, sync
from hub.services import help as help_desk
from hub.services.projection import project_dirty
from hub.services.sync.runs import job_state

SYNC_SECONDS = 60.0


def roll(stage: Stage, act: Act) -> None:
    """The trainer calls the roll on its page, one half-day after the other: everybody is there, except…"""
    ids, browser = stage.world.ids, stage.browser(act.who)
    address = f"{stage.world.at.hub}/sessions/{ids.seances[act.details['meeting']]}/roll"
    absent, late = ([str(ids.people[key]) for key in act.details[name]] for name in ("absent", "late"))
    for half in act.details["halves"]:
        form = browser.get(f"{address}?half={half}").form("/roll")
        typed = {f"presence-{who}": "absent" for who in absent} | {f"reason-{who}": "ill_told" for who in absent}
        if half == act.details["halves"][0]:
            for who in late:
                typed |= {f"presence-{who}": "partial", f"arrival-{who}": act.details["arrived"]}
        browser.submit(form, typed, follow=False)
    browser.submit(browser.get(address).form("/roll/close"), follow=False)


def validate(stage: Stage, act: Act) -> None:
    """A trainer's word on a step."""
    stage.send(act.who, f"{_why_path(stage, act)}/word", {"value": "yes", "why": act.details["why"]})


def waive(stage: Stage, act: Act) -> None:
    """A dispense."""
    stage.send(act.who, f"{_why_path(stage, act)}/waive", {"waive_why": act.details["why"]})


def _why_path(stage: Stage, act: Act) -> str:
    """Path of « Pourquoi ce n’est pas terminé ? » for the act's learner and step."""
    ids, told = stage.world.ids, act.details
    enrolment = ids.enrolments[told["learner"]]
    return f"/groups/{ids.groups[told['group']]}/why/{enrolment}/{made_id(told['group'], told['step'])}"


def answer(stage: Stage, act: Act) -> None:
    """Accept a piece of work, or return it with a word."""
    told = act.details
    mine = select(Deposit.id).where(
        Deposit.enrolment_id == stage.world.ids.enrolments[told["learner"]], Deposit.state == deposits.HANDED_IN
    )
    with stage.world.tenant.read() as session:
        waiting = session.scalars(mine).one()
    typed = {"value": "yes" if told["accept"] else "no", "word": told["word"]}
    stage.send(act.who, f"/tasks/deposits/{waiting}", typed)


def reply(stage: Stage, act: Act) -> None:
    """Answer a question, which settles it."""
    asked = select(HelpRequest.id).where(
        HelpRequest.person_id == stage.world.ids.people[act.details["learner"]], HelpRequest.state == help_desk.OPEN
    )
    with stage.world.tenant.read() as session:
        request = session.scalars(asked).one()
    stage.send(act.who, f"/help/{request}/reply", {"text": act.details["text"], "close": "1"})


def read_moodle(stage: Stage, act: Act) -> None:
    """Ask for a reading as an administrator does, and wait for the worker to end it."""
    tenant = stage.world.tenant
    with tenant.write() as session:
        by = stage.world.ids.people[act.who]
        job = sync.request_sync(session, stage.world.moodle_id, by=by, now=act.at, full=False)
    until = time.monotonic() + SYNC_SECONDS
    while True:
        with tenant.read() as session:
            state = job_state(session, job)
        if state == "done":
            return
        if state not in ("due", "running") or time.monotonic() > until:
            raise PlayFault(f"the reading of the Moodle ended {state}")
        time.sleep(0.05)


def print_cards(stage: Stage, act: Act) -> None:
    """Printed cards for those without e-mail."""
    world = stage.world
    without = [world.ids.people[learner.key] for learner in LEARNERS.values() if not learner.mail]
    cards.issue(world.tenant, world.installation.vault, without, act.at, by=world.ids.people[act.who])


def link(stage: Stage, act: Act) -> None:
    """Link an account of the MOOC to its person: what was done there counts at once."""
    with stage.world.tenant.write() as session:
        link_mooc_account(session, stage.world.ids, stage.world.at.mooc, act.details["learner"], act.at)
    project_dirty(stage.world.tenant)
