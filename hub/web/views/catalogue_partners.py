"""An entry of the catalogue offered to partners' LMSs, or taken back."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, url_for

from hub.services import resource_paths
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go

blueprint = Blueprint("catalogue_partners", __name__)


@blueprint.post("/catalogue/<uuid:entry_id>/partners")
@access("designer", "administrator")
def offer(entry_id: UUID) -> Response:
    """Let partners open it from their LMS (also: follow what the entry says now), or no more (``back=1``)."""
    where, back = here(), Form().flag("back")
    by, now = where.me.person_id, where.now
    with where.tenant.write() as session:
        if back:
            resource_paths.take_back(session, entry_id, by=by, now=now)
        else:
            resource_paths.offer(session, entry_id, by=by, now=now)
    href = url_for("catalogue.entry", entry_id=entry_id)
    if back:
        words, detail = _("Les partenaires ne la voient plus."), _("Qui l’a commencée la termine.")
    else:
        words, detail = (
            _("Les partenaires peuvent l’ouvrir."),
            _("Leurs formateurs la trouvent en choisissant un contenu du hub, et la note leur revient."),
        )
    return go(href, words, detail=detail)
