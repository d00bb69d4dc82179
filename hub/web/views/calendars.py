"""Séances in people's own agendas: addresses to subscribe to, and files to open."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, url_for

from hub.services import scope
from hub.services.calendars import feeds
from hub.services.errors import Conflict
from hub.services.seances_read import SeanceView
from hub.web.access import SIGNED_IN, TOKEN, access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.views._admin import one_id

blueprint = Blueprint("calendars", __name__)

TYPE = "text/calendar; charset=utf-8"


@blueprint.get("/sessions/agenda")
@access(SIGNED_IN)
def mine() -> Response:
    """My addresses."""
    return _mine()


def _mine(token: str = "", fault: str = "") -> Response:
    where = here()
    with where.tenant.read() as session:
        found = feeds.mine(session, where.me.person_id)
        groups = [(row.id, row.name) for row in scope.groups_of(session, where.me)]
    address = url_for("calendars.feed", token=token, _external=True) if token else ""
    response = page("calendars/mine.html", found=found, groups=groups, address=address, fault=fault)
    if token:
        response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/sessions/agenda")
@access(SIGNED_IN)
def make() -> Response:
    """A new address, shown this once."""
    where, form = here(), Form()
    group = one_id(form, "group")
    try:
        with where.tenant.write() as session:
            token = feeds.make(session, where.vault, where.me.person_id, group, where.now)
    except Conflict:
        return _mine(fault=_("Vous avez déjà dix adresses : fermez-en une."))
    return _mine(token)


@blueprint.post("/sessions/agenda/<uuid:feed_id>/revoke")
@access(SIGNED_IN)
def revoke(feed_id: UUID) -> Response:
    """Close an address."""
    where = here()
    with where.tenant.write() as session:
        feeds.revoke(session, where.me.person_id, feed_id, where.now)
    detail = _("Les agendas qui la lisaient ne reçoivent plus rien.")
    return go(url_for("calendars.mine"), _("L’adresse est fermée."), detail=detail)


@blueprint.get("/calendar/<token>.ics")
@access(TOKEN)
def feed(token: str) -> Response:
    """What an agenda reads. The address itself is the credential."""
    where = here()
    with where.tenant.read() as session:
        row = feeds.find(session, where.vault, token)
        found = feeds.views(session, row, where.now)
    today = where.now.date()
    if row.used_on != today:
        with where.tenant.write() as session:
            feeds.find(session, where.vault, token).used_on = today
    return _ics(found, "seances.ics")


@blueprint.get("/sessions/<uuid:seance_id>/seance.ics")
@access(SIGNED_IN)
def one(seance_id: UUID) -> Response:
    """One séance, for the agenda of this device."""
    where = here()
    with where.tenant.read() as session:
        found = feeds.one(session, where.me.person_id, seance_id, where.now)
    return _ics(found, "seance.ics")


def _ics(found: list[SeanceView], name: str) -> Response:
    where = here()
    address = url_for("home.home", _external=True)
    content = feeds.as_ics(found, name=where.record.name, address=address, now=where.now)
    response = Response(content, content_type=TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
