"""Deliveries and long work: their state, next try, the remote's answer; resend, cancel, sent by hand."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, request, url_for

from hub.models.platforms import Delivery, Job
from hub.services import admin_home, jobs
from hub.services.deliveries import sent_by_hand
from hub.services.jobs import CANCELLED, DONE, DUE, FAILED, RUNNING, WAITING, QueueModel
from hub.texts import gettext
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.views._admin import crumbs, whole_place_only
from hub.web.views._admin_words import QUEUE_SIGNS, QUEUE_STATES, error_text, job_word

blueprint = whole_place_only(Blueprint("admin_queues", __name__))

TO_FOLLOW = (FAILED, WAITING, RUNNING, DUE)
STATES = {"follow": TO_FOLLOW, "failed": (FAILED,), "waiting": (WAITING,), "done": (DONE,), "cancelled": (CANCELLED,)}
MODELS: dict[str, QueueModel] = {"deliveries": Delivery, "jobs": Job}


@blueprint.get("/admin/deliveries")
@access("administrator")
def deliveries() -> Response:
    """What is owed to others."""
    return _listed("deliveries")


@blueprint.get("/admin/jobs")
@access("administrator")
def jobs_page() -> Response:
    """Long work."""
    return _listed("jobs")


def _listed(queue: str) -> Response:
    where = here()
    wanted = request.args.get("state", "follow")
    wanted = wanted if wanted in STATES else "follow"
    with where.tenant.read() as unit:
        lines = jobs.lines(unit, MODELS[queue], states=STATES[wanted])
        counts = admin_home.counts(unit, MODELS[queue])
        names = admin_home.names(unit, [line.person_id for line in lines if line.person_id])
    return page(
        "admin/queue.html",
        queue=queue,
        lines=[(line, job_word(line.kind), error_text(line.last_error)) for line in lines],
        names=names,
        chips=_chips(queue, wanted, counts),
        wanted=wanted,
        words={state: gettext(text) for state, text in QUEUE_STATES.items()},
        signs=QUEUE_SIGNS,
        title=_("Envois") if queue == "deliveries" else _("Travaux de fond"),
        tabs=[
            (_("Envois"), url_for("admin_queues.deliveries"), None, queue == "deliveries", "mail"),
            (_("Travaux de fond"), url_for("admin_queues.jobs_page"), None, queue == "jobs", "settings"),
        ],
        crumbs=crumbs((_("Envois") if queue == "deliveries" else _("Travaux de fond"), None)),
    )


def _chips(queue: str, wanted: str, counts: dict[str, int]) -> list[tuple[str, str, int, bool, str]]:
    labels = {
        "follow": _("À suivre"),
        "failed": _("Échoués"),
        "waiting": _("Attendent quelqu’un"),
        "done": _("Faits"),
        "cancelled": _("Annulés"),
    }
    return [
        (label, _address(queue, name), sum(counts.get(state, 0) for state in STATES[name]), name == wanted, "")
        for name, label in labels.items()
    ]


def _address(queue: str, state: str = "follow") -> str:
    endpoint = "admin_queues.deliveries" if queue == "deliveries" else "admin_queues.jobs_page"
    return url_for(endpoint, state=None if state == "follow" else state)


@blueprint.post("/admin/deliveries/<uuid:row_id>/resend", defaults={"queue": "deliveries"})
@blueprint.post("/admin/jobs/<uuid:row_id>/resend", defaults={"queue": "jobs"})
@access("administrator")
def resend(queue: str, row_id: UUID) -> Response:
    """Try again at once."""
    where = here()
    with where.tenant.write() as unit:
        done = jobs.resend(unit, MODELS[queue], row_id, now=where.now)
    if done:
        return go(_address(queue), _("C’est remis en route."), detail=_("Le résultat s’affichera ici dans un moment."))
    return go(_address(queue), _("Cela n’attendait plus."), "info", _("C’est en cours ou déjà fini."))


@blueprint.post("/admin/deliveries/<uuid:row_id>/cancel", defaults={"queue": "deliveries"})
@blueprint.post("/admin/jobs/<uuid:row_id>/cancel", defaults={"queue": "jobs"})
@access("administrator")
def cancel(queue: str, row_id: UUID) -> Response:
    """Give it up."""
    where = here()
    with where.tenant.write() as unit:
        done = jobs.cancel(unit, MODELS[queue], row_id, now=where.now)
    return go(_address(queue), _("C’est annulé.") if done else _("Trop tard : c’est en cours ou déjà fini."), "info")


@blueprint.post("/admin/deliveries/<uuid:row_id>/sent")
@access("administrator")
def sent(row_id: UUID) -> Response:
    """Somebody sent it by hand."""
    where, form = here(), Form()
    with where.tenant.write() as unit:
        sent_by_hand(unit, row_id, now=where.now)
    return go(_address("deliveries", form.choice("state", STATES) or "follow"), _("C’est noté comme envoyé."))
