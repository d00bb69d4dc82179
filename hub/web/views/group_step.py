"""« Pourquoi ce n'est pas terminé ? » for a trainer, and what they do about it: validate, dispense, check, read."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from hub.domain.progress import DONE
from hub.services import admin_scope, claims, corrections, deposits, scope, validation
from hub.services import why as why_service
from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.journey import journey
from hub.services.paths_words import rule_sentence
from hub.services.play import attempts
from hub.services.projection import project_dirty
from hub.services.sync.person import request_person_read
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import fragment, go, page
from hub.web.views import _trainer_words as words
from hub.web.views._learner_words import reading_words
from hub.web.views._play_words import attempt_words, oddity_words
from hub.web.views._why_words import evidence_line

blueprint = Blueprint("group_step", __name__)

_STEP = "/groups/<uuid:group_id>/why/<uuid:enrolment_id>/<uuid:step_id>"


@blueprint.get(_STEP)
@access(*scope.ROLES)
def why(group_id: UUID, enrolment_id: UUID, step_id: UUID) -> Response:
    """« Pourquoi ce n'est pas terminé ? »: a panel of the group's page, or a page of its own."""
    return _why(group_id, enrolment_id, step_id, Form())


def _why(group_id: UUID, enrolment_id: UUID, step_id: UUID, form: Form, status: int = 200) -> Response:
    where = here()
    with where.tenant.read() as session:
        group_row = scope.group_of(session, where.me, group_id)
        row = scope.in_group(session, where.me, group_id, enrolment_id)
        own = journey(session, enrolment_id, where.now)
        view = own.by_step.get(step_id)
        if view is None:
            raise NotFound(step=str(step_id))
        answer = why_service.why(session, enrolment_id, step_id)
        fall = validation.fall_of(session, row, view.step)
        handed = deposits.of_step(session, enrolment_id, step_id)
        readable = claims.platforms_read_for(session, view.step)
        acts = [a for a in validation.acts_on(session, enrolment_id) if a.step_id == step_id]
        tries = attempts.of_step(session, enrolment_id, step_id)
    context: dict[str, Any] = {
        "group": group_row,
        "journey": own,
        "view": view,
        "answer": answer,
        "fall": fall,
        "handed": [h for h in handed if h.deposit.state == "handed_in"],
        "readable": readable,
        "acts": [(a, words.act_word(a)) for a in acts],
        "tries": [(t, attempt_words(t), oddity_words(t)) for t in tries],
        "rule": rule_sentence(view.step) if view.step.rule.terms else "",
        "findings": words.findings(answer, view, own),
        "cause": words.likely_cause(answer, view, fall),
        "reads": reading_words(answer.platforms),
        "evidence": [(evidence_line(p), p.deciding, p.voided) for p in answer.evidence],
        "voidable": _voidable(answer.evidence) if admin_scope.whole_place(where.me) else [],
        "asks_word": validation.asks_for_word(view.step),
        "done": view.result in DONE,
        "words": words,
        "form": form,
        "errors": form.errors,
        "here_href": url_for("group_step.why", group_id=group_id, enrolment_id=enrolment_id, step_id=step_id),
    }
    if request.headers.get("HX-Request") == "true":
        return fragment("groups/_why.html", panel=True, **context)
    return page("groups/why.html", status, panel=False, **context)


def _voidable(evidence: Sequence[why_service.PieceOfEvidence]) -> list[tuple[str, str]]:
    """(id, words) of the statements shown that still stand, each once."""
    found: dict[str, str] = {}
    for piece in evidence:
        if not piece.voided:
            found.setdefault(piece.statement_id, ", ".join(str(part) for part in evidence_line(piece)))
    return list(found.items())


Act = Callable[[Any], None]


def _act(group_id: UUID, enrolment_id: UUID, step_id: UUID, form: Form, do: Act, message: str) -> Response:
    """One act on a step of a learner of the group, in one unit; what was typed is kept when it does not fit."""
    where = here()
    if not form.errors:
        try:
            with where.tenant.write() as session:
                scope.in_group(session, where.me, group_id, enrolment_id)
                do(session)
            project_dirty(where.tenant)
            return go(url_for("group_step.why", group_id=group_id, enrolment_id=enrolment_id, step_id=step_id), message)
        except Invalid as error:
            form.errors.add_invalid(error)
        except Conflict as error:
            if error.code == "already_voided":
                form.errors["statement_id"] = _("Cette preuve est déjà annulée.")
            elif error.code == "word_not_asked":
                form.errors["why"] = _("La règle de cette étape ne demande pas l’avis d’un formateur.")
            else:
                raise
    return _why(group_id, enrolment_id, step_id, form, 422)


@blueprint.post(f"{_STEP}/word")
@access(*scope.ROLES)
def word(group_id: UUID, enrolment_id: UUID, step_id: UUID) -> Response:
    """Validate the step, or take one's word back."""
    where, form = here(), Form()
    yes = form.choice("value", ("yes", "no"), required=True) == "yes"
    reason = form.text("why", required=True)

    def do(session: Any) -> None:
        validation.validate(session, where.me, enrolment_id, step_id, value=yes, why=reason, now=where.now)

    message = _("C’est validé. La raison est notée et la personne la voit.")
    if not yes:
        message = _("C’est noté : l’étape n’est pas validée.")
    return _act(group_id, enrolment_id, step_id, form, do, message)


@blueprint.post(f"{_STEP}/waive")
@access(*scope.ROLES)
def waive(group_id: UUID, enrolment_id: UUID, step_id: UUID) -> Response:
    """Grant a dispense."""
    where, form = here(), Form()
    reason = form.text("waive_why", required=True)

    def do(session: Any) -> None:
        validation.waive(session, where.me, enrolment_id, step_id, why=reason, now=where.now)

    return _act(group_id, enrolment_id, step_id, form, do, _("La dispense est accordée."))


@blueprint.post(f"{_STEP}/unwaive")
@access(*scope.ROLES)
def unwaive(group_id: UUID, enrolment_id: UUID, step_id: UUID) -> Response:
    """Take a dispense back."""
    where, form = here(), Form()

    def do(session: Any) -> None:
        validation.unwaive(session, where.me, enrolment_id, step_id, now=where.now)

    return _act(group_id, enrolment_id, step_id, form, do, _("La dispense est retirée."))


@blueprint.post(f"{_STEP}/checked")
@access(*scope.ROLES)
def checked(group_id: UUID, enrolment_id: UUID, step_id: UUID) -> Response:
    """Say that a fall was looked at."""
    where, form = here(), Form()

    def do(session: Any) -> None:
        validation.acknowledge(session, where.me, enrolment_id, step_id, where.now)

    return _act(group_id, enrolment_id, step_id, form, do, _("C’est noté : vous avez vérifié."))


@blueprint.post(f"{_STEP}/void")
@access("administrator")
def void(group_id: UUID, enrolment_id: UUID, step_id: UUID) -> Response:
    """Void a piece of evidence of the step that should never have existed."""
    where, form = here(), Form()
    admin_scope.require_place(where.me)
    statement_id = form.text("statement_id", required=True, longest=36)
    reason = form.text("void_why", required=True)

    def do(session: Any) -> None:
        answer = why_service.why(session, enrolment_id, step_id)
        if statement_id not in {piece.statement_id for piece in answer.evidence}:
            raise NotFound(statement=statement_id)
        corrections.void(session, where.me, statement_id, why=reason, now=where.now)

    return _act(group_id, enrolment_id, step_id, form, do, _("La preuve est annulée. La raison est notée au journal."))


@blueprint.post(f"{_STEP}/read")
@access(*scope.ROLES)
def read_again(group_id: UUID, enrolment_id: UUID, step_id: UUID) -> Response:
    """Have the platforms of the step read again for this person."""
    where, form = here(), Form()

    def do(session: Any) -> None:
        row = scope.enrolment_of(session, where.me, enrolment_id)
        step = journey(session, enrolment_id, where.now).by_step.get(step_id)
        if step is None:
            raise NotFound(step=str(step_id))
        for platform in claims.platforms_read_for(session, step.step):
            request_person_read(session, platform.id, row.person_id, step_id, now=where.now)

    return _act(group_id, enrolment_id, step_id, form, do, _("La lecture est demandée. Revenez dans une minute."))
