"""Signing up for a séance with limited seats, its waiting list, and the trainer's say in both."""

from uuid import UUID

from flask import Blueprint, Response, url_for

from hub.services import scope, seats
from hub.services.errors import Conflict
from hub.services.seat_lines import EXPECTED
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go
from hub.web.views.seances import conflict_words

blueprint = Blueprint("seats", __name__)


@blueprint.post("/sessions/<uuid:seance_id>/seat")
@access("learner")
def take(seance_id: UUID) -> Response:
    """Take a seat, the one that was offered, or a place in the line."""
    where = here()
    with where.tenant.write() as unit:
        state = seats.take(unit, where.me.person_id, seance_id, where.now)
    if state == EXPECTED:
        return go(_back(seance_id), _("Votre place est prise."), detail=_("Si vous ne venez pas, rendez-la ici."))
    said = _("Dès qu’une place se libère, nous vous l’écrivons. Elle vous est gardée un temps, pas au-delà.")
    return go(_back(seance_id), _("Vous êtes en liste d’attente."), "info", said)


@blueprint.post("/sessions/<uuid:seance_id>/seat/leave")
@access("learner")
def leave(seance_id: UUID) -> Response:
    """Give the seat back, say no to an offer, or leave the line."""
    where = here()
    try:
        with where.tenant.write() as unit:
            seats.give_back(unit, where.me.person_id, seance_id, where.now)
    except Conflict as error:
        return go(_back(seance_id), conflict_words(error), "error")
    return go(url_for("learner.sessions"), _("C’est noté. La place va à la personne suivante."))


def _back(seance_id: UUID) -> str:
    return url_for("learner.sessions", _anchor=f"seance-{seance_id}")


@blueprint.post("/sessions/<uuid:seance_id>/roll/remove")
@access(*scope.ROLES)
def remove(seance_id: UUID) -> Response:
    """Take somebody's seat or place in the line away."""
    where, chosen = here(), Form().ids("person")
    target = url_for("roll.roll", seance_id=seance_id)
    if not chosen:
        return go(target, _("Choisissez une personne."), "error")
    try:
        with where.tenant.write() as unit:
            seats.remove(unit, where.me, seance_id, chosen[0], where.now)
    except Conflict as error:
        return go(target, conflict_words(error), "error")
    return go(target, _("La place est retirée."), detail=_("S’il y a une liste d’attente, elle est proposée."))
