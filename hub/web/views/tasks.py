"""Today and what waits: séances of the day, rolls, claims, deposits, requests, falls, silent and late learners."""

from uuid import UUID

from flask import Blueprint, Response, url_for

from hub.services import deposits, scope, seance_lists, tasks, validation
from hub.services.deposits import DepositView
from hub.services.enrolments import get, step_of
from hub.services.errors import Conflict, Invalid
from hub.services.journey import journey
from hub.services.projection import project_dirty
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.views.seances import spans

blueprint = Blueprint("tasks", __name__)


@blueprint.get("/today")
@access(*scope.ROLES)
def today() -> Response:
    """The séances of the day and what waits, the first five of each kind."""
    where = here()
    day = where.now.astimezone(where.translator.zone).date()
    with where.tenant.read() as session:
        found = tasks.waiting(session, where.me, where.now)
        lines = seance_lists.listed(session, where.me, day, day)
    return page(
        "tasks/today.html", found=found, lines=lines, spans=spans([*lines, *found.rolls]), day=day, most=5,
        given=where.me.name.split()[0],
    )  # fmt: skip


@blueprint.get("/tasks")
@access(*scope.ROLES)
def index() -> Response:
    """All that waits."""
    return _tasks_page(Form())


def _tasks_page(form: Form, status: int = 200) -> Response:
    where = here()
    with where.tenant.read() as session:
        found = tasks.waiting(session, where.me, where.now)
    return page(
        "tasks/tasks.html", status, found=found, spans=spans(found.rolls), most=1000, form=form, errors=form.errors
    )


@blueprint.post("/tasks/switch/<uuid:request_id>")
@access(*scope.ROLES)
def switch(request_id: UUID) -> Response:
    """Answer a request to learn a step another way."""
    where, form = here(), Form()
    accept = form.choice("value", ("yes", "no"), required=True) == "yes"
    answer = form.text("answer")
    if not form.errors:
        try:
            with where.tenant.write() as session:
                validation.answer_switch(session, where.me, request_id, accept=accept, answer=answer, now=where.now)
            project_dirty(where.tenant)
            return go(url_for("tasks.index"), _("C’est accepté.") if accept else _("C’est refusé, avec votre mot."))
        except Invalid as error:
            form.errors.update({f"answer-{request_id}": _("Écrivez pourquoi, la personne le lira.")})
            form.errors.pop("answer", None)
            if set(error.fields) - {"answer"}:
                form.errors.add_invalid(error)
    return _tasks_page(form, 422)


@blueprint.get("/tasks/deposits/<uuid:deposit_id>")
@access(*scope.ROLES)
def deposit(deposit_id: UUID) -> Response:
    """A piece of work handed in."""
    return _deposit_page(deposit_id, Form())


def _deposit_page(deposit_id: UUID, form: Form, status: int = 200) -> Response:
    where = here()
    with where.tenant.read() as session:
        row = deposits.find(session, deposit_id, where.me)
        (view,) = deposits.views(session, [row])
        own = journey(session, row.enrolment_id, where.now)
        step = step_of(session, get(session, row.enrolment_id), row.step_id)
        earlier: list[DepositView] = [
            d for d in deposits.of_step(session, row.enrolment_id, row.step_id) if d.deposit.id != row.id
        ]
    return page(
        "tasks/deposit.html", status, view=view, journey=own, step=step, earlier=earlier, form=form,
        errors=form.errors,
    )  # fmt: skip


@blueprint.post("/tasks/deposits/<uuid:deposit_id>")
@access(*scope.ROLES)
def answer_deposit(deposit_id: UUID) -> Response:
    """Accept a piece of work, or return it with a word."""
    where, form = here(), Form()
    accept = form.choice("value", ("yes", "no"), required=True) == "yes"
    word = form.text("word", longest=4000)
    if not form.errors:
        try:
            with where.tenant.write() as session:
                deposits.answer(session, deposit_id, where.me, accept=accept, word=word, now=where.now)
            project_dirty(where.tenant)
            message = _("Le travail est accepté.") if accept else _("Le travail est rendu, avec votre mot.")
            return go(url_for("tasks.index"), message)
        except Invalid as error:
            form.errors.add_invalid(error)
        except Conflict as error:
            if error.code != "deposit_replaced":
                raise
            form.errors["word"] = _("Un travail plus récent a été rendu : répondez à celui-là.")
    return _deposit_page(deposit_id, form, 422)
