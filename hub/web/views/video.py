"""Video classes of séances: the door, and what the platform that holds them posts (its addresses are in ``create``)."""

import hashlib
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from connectors.bigbluebutton.callbacks import Malformed, NotTheirs, analytics, check_hook, check_token, hook_events
from connectors.errors import ConnectorError
from hub.services import scope, video
from hub.services.errors import Conflict
from hub.services.projection import project_dirty
from hub.texts import N_
from hub.urls.addresses import base_address
from hub.web.access import SIGNED_IN, TOKEN, access
from hub.web.context import _, here
from hub.web.render import go

blueprint = Blueprint("video", __name__)
LARGEST = 4 << 20
"""Bytes of what a platform posts: a class of a thousand people with all their comings and goings is below 2 MB."""
_CONFLICTS = {
    "seance_cancelled": N_("Cette séance est annulée."),
    "door_closed": N_("La salle n’est pas ouverte à cette heure."),
}


@blueprint.get("/sessions/<uuid:seance_id>/room")
@access(SIGNED_IN)
def enter(seance_id: UUID) -> Response:
    """Enter the room of a séance. A GET, because it changes nothing of ours, and a link works in every page: opening
    a class that is open already does nothing. The address that it leads to is of this person and this moment."""
    where = here()
    try:
        address = video.enter(where.tenant, where.installation.config, where.me, seance_id, _base(), where.now)
    except Conflict as error:
        if error.code not in _CONFLICTS:
            raise
        return go(_back(), _(_CONFLICTS[error.code]), "warning")
    except ConnectorError:
        detail = _("Réessayez dans une minute. Si cela dure, prévenez la personne qui anime.")
        return go(_back(), _("La salle vidéo ne répond pas."), "error", detail)
    answer = redirect(address, 303)
    return Response(b"", 303, {"Location": answer.headers["Location"], "Referrer-Policy": "no-referrer"})


def _back() -> str:
    me = here().me
    return url_for("learner.sessions") if not me.has(*scope.ROLES) else url_for("seances.index")


def _base() -> str:
    where = here()
    return base_address(where.installation.config, where.record.hosts[0])


@blueprint.post("/video/<uuid:platform_id>/presence")
@access(TOKEN)
def presence(platform_id: UUID) -> Response:
    """Who was in a class that is over (BigBlueButton's analytics callback): a token of the server, good for this
    message alone. The same message again changes nothing."""
    where, body = here(), _body()
    with where.tenant.read() as session:
        secret = video.secret_of(session, platform_id)
    token = check_token(request.headers.get("Authorization", ""), secret, where.now)
    key, people = analytics(body)
    with where.tenant.write() as session:
        if video.used_before(session, platform_id, token, hashlib.sha256(body).hexdigest(), where.now):
            return _said(401)
        video.told(session, platform_id, key, people, where.now)
    project_dirty(where.tenant, at_most=20)
    return _said(204)


@blueprint.post("/video/<uuid:platform_id>/events/<uuid:seance_id>")
@access(TOKEN)
def events(platform_id: UUID, seance_id: UUID) -> Response:
    """Who comes to a class and who leaves it (bbb-webhooks), signed by the server."""
    where, body = here(), _body()
    with where.tenant.read() as session:
        secret = video.secret_of(session, platform_id)
    address = video.events_address(_base(), platform_id, seance_id)
    check_hook(address, body, request.args.get("checksum", ""), secret)
    found = hook_events(body, where.now)
    with where.tenant.write() as session:
        video.heard(session, platform_id, seance_id, found, where.now)
    project_dirty(where.tenant, at_most=20)
    return _said(204)


def _body() -> bytes:
    """What was posted. Raises RequestEntityTooLarge."""
    request.max_content_length = LARGEST + 1
    found = request.stream.read(LARGEST + 1)
    if len(found) > LARGEST:
        raise RequestEntityTooLarge
    return found


@blueprint.errorhandler(RequestEntityTooLarge)
def _too_much(_error: RequestEntityTooLarge) -> Response:
    return _said(413)


@blueprint.errorhandler(NotTheirs)
def _not_theirs(_error: NotTheirs) -> Response:
    return _said(401)


@blueprint.errorhandler(Malformed)
def _malformed(_error: Malformed) -> Response:
    return _said(400)


def _said(status: int) -> Response:
    """An answer without words: a machine reads its status alone."""
    return Response(b"", status)
