"""A step's page: what to do, where one is, the ways with advice, opening, « J'ai terminé », the deposit, and why."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from hub.domain.access import Access, Display
from hub.domain.path import BindingKind
from hub.domain.progress import Result
from hub.services import claims, deposits, my_paths
from hub.services.enrolments import choose_variant
from hub.services.errors import Conflict, NotFound
from hub.services.journey import Journey, StepView
from hub.services.my_step import MyStep, my_step
from hub.services.outside import Door
from hub.services.paths_words import rule_sentence
from hub.services.projection import project_dirty
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.security import lead_away
from hub.web.views import _learner_words as words
from hub.web.views import _path_map, _ways, _why_words

blueprint = Blueprint("step", __name__)
MOST_TOLD = 300
_STEP = "/path/<uuid:enrolment_id>/step/<uuid:step_id>"


@blueprint.get(_STEP)
@access("learner")
def step_page(enrolment_id: UUID, step_id: UUID) -> Response:
    """The page of one step."""
    return show(enrolment_id, step_id, Form())


def show(enrolment_id: UUID, step_id: UUID, form: Form, status: int = 200) -> Response:
    """The page, with what was typed in the deposit's form and what is wrong with it."""
    where = here()
    with where.tenant.read() as session:
        mine = my_step(session, enrolment_id, step_id, where.me.person_id, where.now)
    if mine.view.access.access is Access.OPEN:
        _let_open(mine.view, mine.doors)
    opens = _ways.first_openable(mine.view.variant, mine.doors)
    return page(
        "learner/step.html",
        status,
        journey=mine.journey,
        view=mine.view,
        cards=_ways.cards(mine.view, mine.advice, mine.doors, _ways.next_by_iri(mine.coming, where.now), mine.left),
        opens=opens,
        plays_here=opens is not None and opens.binding.kind is BindingKind.PACKAGE,
        opens_facts=_ways.facts_of(opens, mine.doors),
        handed=mine.handed,
        deposit=deposits.target(mine.view.step, mine.view.variant),
        largest=mine.largest,
        switch=mine.switch,
        switch_limits=words.limit_words(mine.switch.limits) if mine.switch else [],
        helper=mine.helper,
        form=form,
        errors=form.errors,
        told=_told_on_return(mine.view),
        here_href=url_for("step.step_page", enrolment_id=enrolment_id, step_id=step_id),
        **_where_one_is(mine),
        **_reasons(mine),
    )


def _told_on_return(view: StepView) -> tuple[str, str] | None:
    """What the site that was opened has to say, for a learner who comes back from it: kind of notice and its words.
    Anybody can write such an address, so nothing is shown of a step that was never opened, and the words are said to be
    the site's. Source: LTI 1.3 core 5.4.4, launch presentation (``return_url``)."""
    if view.launched_at is None:
        return None
    for name, kind in (("lti_errormsg", "warning"), ("lti_msg", "info")):
        said = " ".join(request.args.get(name, "").replace("\x00", "").split())[:MOST_TOLD]
        if said:
            return kind, said
    return None


def _where_one_is(mine: MyStep) -> dict[str, Any]:
    """State, what it means, and what one may do now."""
    view, status = mine.view, _status(mine.view)
    return {
        "state": words.state_of(view),
        "can_open": view.access.access is Access.OPEN,
        "can_claim": _can_claim(view),
        "status_words": status,
        "untouched": view.result is Result.NONE and not (status or view.deposit),
        "locked": words.locked_reason(view, mine.journey),
        "reads": words.reading_words(mine.readings),
        "next_href": _next_href(mine.journey, view),
    }


def _reasons(mine: MyStep) -> dict[str, Any]:
    """Why the step is complete or not: the rule, its conditions, what came."""
    answer, view = mine.why, mine.view
    last = mine.handed[0] if mine.handed else None
    return {
        "rule": rule_sentence(view.step) if view.step.rule.terms else "",
        "why_items": _why_words.items(answer, view, mine.journey, last),
        "any_suffices": answer.mode == "any" and len(answer.conditions) > 1,
        "evidence": [(_why_words.evidence_line(p), p.deciding, p.voided) for p in answer.evidence],
    }


def _let_open(view: StepView, doors: Mapping[UUID, Door]) -> None:
    """A form that opens an activity answers with a redirect to its site: the page's policy has to allow it."""
    for activity in view.variant.activities if view.variant else ():
        door = doors.get(activity.id)
        if door and door.origin:
            lead_away(door.origin)


def _can_claim(view: StepView) -> bool:
    return not view.done and view.claimed_at is None and view.access.access is not Access.LOCKED


def _status(view: StepView) -> str:
    if view.display is Display.DONE and view.done_at:
        return _("Terminée %(day)s.", day=here().translator.moment(view.done_at))
    if view.display is Display.WAIVED:
        return str((view.waiver or {}).get("why") or _("Vous n’avez pas à la faire."))
    if view.display is Display.CHECK:
        return _(
            "Elle était terminée, puis un résultat a baissé. Une personne regarde : ce qui est fait n’est pas perdu."
        )
    if view.display is Display.AWAITING:
        return words.awaiting_words(view)
    if view.deposit == "returned":
        return _("Votre travail vous est rendu avec un mot : il est à reprendre.")
    return words.opened_words(view)


def _next_href(journey: Journey, view: StepView) -> str:
    if view.done and journey.next and journey.next.step.id != view.step.id:
        return _path_map.step_href(journey, journey.next.step.id)
    return ""


@blueprint.post(f"{_STEP}/way")
@access("learner")
def choose(enrolment_id: UUID, step_id: UUID) -> Response:
    """Choose a way; beyond the agreed plan it becomes a request."""
    where, me = here(), here().me.person_id
    wanted = Form().ids("variant")
    if len(wanted) != 1:
        raise NotFound(step=str(step_id))
    with where.tenant.write() as session:
        my_paths.own(session, enrolment_id, me)
        asked = choose_variant(session, enrolment_id, step_id, wanted[0], by=me, now=where.now)
    project_dirty(where.tenant, at_most=5)
    back = url_for("step.step_page", enrolment_id=enrolment_id, step_id=step_id)
    if asked is None:
        return go(back, _("C’est votre façon maintenant."), detail=_("Ce qui est déjà fait reste acquis."))
    detail = " ".join([*words.limit_words(asked.limits), _("Vous gardez votre façon en attendant la réponse.")])
    return go(back + "#ways", _("Votre demande est envoyée."), "info", detail)


@blueprint.post(f"{_STEP}/done")
@access("learner")
def claim(enrolment_id: UUID, step_id: UUID) -> Response:
    """« J'ai terminé »."""
    where, me = here(), here().me.person_id
    back = url_for("step.step_page", enrolment_id=enrolment_id, step_id=step_id)
    try:
        with where.tenant.write() as session:
            my_paths.own(session, enrolment_id, me)
            said = claims.claim(session, enrolment_id, step_id, where.now)
    except Conflict as error:
        if error.code != "already_done":
            raise
        return go(back, _("Cette étape est déjà terminée."))
    return go(back, _("C’est noté : l’étape attend une confirmation."), detail=_claimed_words(said))


def _claimed_words(said: claims.Claimed) -> str:
    say = here().translator.moment
    found = []
    for reading in said.readings:
        if reading.last_read_at:
            found.append(
                words.capital(_("%(site)s a été lu %(last)s.", site=reading.platform, last=say(reading.last_read_at)))
            )
        soon = (reading.reads_at - here().now).total_seconds() < 60
        when = _("dans un instant") if soon else say(reading.reads_at)
        found.append(_("Le hub va lire %(site)s %(when)s.", site=reading.platform, when=when))
    found.append(
        _("Sans confirmation %(day)s, la personne qui vous accompagne est prévenue.", day=say(said.claim.task_at))
    )
    return " ".join(found)


@blueprint.post(f"{_STEP}/not-done")
@access("learner")
def withdraw(enrolment_id: UUID, step_id: UUID) -> Response:
    """Take « J'ai terminé » back."""
    where, me = here(), here().me.person_id
    with where.tenant.write() as session:
        my_paths.own(session, enrolment_id, me)
        claims.withdraw(session, enrolment_id, step_id, where.now)
    return go(url_for("step.step_page", enrolment_id=enrolment_id, step_id=step_id), _("C’est corrigé."))
