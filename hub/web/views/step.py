"""A step's page: what to do, where one is, the ways with advice, opening, « J'ai terminé », the deposit, and why."""

from uuid import UUID

from flask import Blueprint, Response, url_for

from hub.domain.access import Access, Display
from hub.domain.advice import advise
from hub.domain.progress import Result
from hub.services import claims, deposits, my_paths, outside, seances_read
from hub.services import help as help_service
from hub.services import why as why_service
from hub.services.enrolments import choose_variant, plan_left
from hub.services.errors import Conflict, NotFound
from hub.services.journey import Journey, StepView, journeys
from hub.services.paths_words import rule_sentence
from hub.services.projection import project_dirty
from hub.services.uploads import budget
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.security import loosen
from hub.web.views import _learner_words as words
from hub.web.views import _path_map, _ways, _why_words

blueprint = Blueprint("step", __name__)
_STEP = "/path/<uuid:enrolment_id>/step/<uuid:step_id>"


@blueprint.get(_STEP)
@access("learner")
def step_page(enrolment_id: UUID, step_id: UUID) -> Response:
    """The page of one step."""
    return show(enrolment_id, step_id, Form())


def show(enrolment_id: UUID, step_id: UUID, form: Form, status: int = 200) -> Response:
    """The page, with what was typed in the deposit's form and what is wrong with it."""
    where, me = here(), here().me.person_id
    with where.tenant.read() as session:
        enrolment = my_paths.own(session, enrolment_id, me)
        journey = journeys(session, [enrolment_id], where.now)[0]
        view = journey.by_step.get(step_id)
        if view is None:
            raise NotFound(step=str(step_id))
        left = plan_left(session, enrolment, view.step)
        advice = advise(view.step, journey.person.means, list(journey.person.adaptations), left)
        doors = outside.doors(session, list(view.step.activities()))
        coming = seances_read.to_come(session, me, where.now, iris=_ways.iris(view.step))
        answer = why_service.why(session, enrolment_id, step_id)
        handed = deposits.of_step(session, enrolment_id, step_id)
        switch = my_paths.last_switch(session, enrolment_id, step_id)
        helper = help_service.helper(session, me, enrolment_id, where.now)
        readings = outside.readings(session, [view.step]).get(step_id, [])
        largest = budget(session)
    if view.access.access is Access.OPEN:
        _let_open(view, doors)
    return page(
        "learner/step.html",
        status,
        journey=journey,
        view=view,
        state=words.state_of(view),
        cards=_ways.cards(view, advice, doors, _ways.next_by_iri(coming, where.now), left),
        opens=_ways.first_openable(view.variant, doors),
        opens_facts=_ways.facts_of(_ways.first_openable(view.variant, doors), doors),
        can_open=view.access.access is Access.OPEN,
        can_claim=_can_claim(view),
        status_words=_status(view),
        untouched=view.result is Result.NONE and not (_status(view) or view.deposit),
        locked=words.locked_reason(view, journey),
        reads=words.reading_words(readings),
        rule=rule_sentence(view.step) if view.step.rule.terms else "",
        why_items=_why_words.items(answer, view, journey, handed[0] if handed else None),
        any_suffices=answer.mode == "any" and len(answer.conditions) > 1,
        evidence=[(_why_words.evidence_line(p), p.deciding, p.voided) for p in answer.evidence],
        handed=handed,
        deposit=deposits.target(view.step, view.variant),
        largest=largest,
        switch=switch,
        switch_limits=words.limit_words(switch.limits) if switch else [],
        helper=helper,
        role_names=words.ROLE_NAMES,
        form=form,
        errors=form.errors,
        here_href=url_for("step.step_page", enrolment_id=enrolment_id, step_id=step_id),
        next_href=_next_href(journey, view),
    )


def _let_open(view: StepView, doors: dict[UUID, outside.Door]) -> None:
    """A form that opens an activity answers with a redirect to its site: the page's policy has to allow it."""
    for activity in view.variant.activities if view.variant else ():
        door = doors.get(activity.id)
        if door and door.origin:
            loosen("form-action", door.origin)


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
