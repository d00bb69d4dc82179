"""The doctor of a platform: what lacks, and the text to send to the partner's administrator."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, url_for

from connectors.errors import SettingRefused
from connectors.records import SymptomLevel
from hub.services import platform_doctor, platforms
from hub.services.platform_doctor import Examination
from hub.texts import N_, gettext
from hub.web.access import access
from hub.web.context import _, here
from hub.web.render import go, page
from hub.web.views._admin import crumbs, whole_place_only

blueprint = whole_place_only(Blueprint("admin_diagnosis", __name__))
#: level -> (symbol, how it looks)
SIGNS = {
    SymptomLevel.FAULT: ("cross", "against"),
    SymptomLevel.MISSING: ("warning", "against"),
    SymptomLevel.ADVICE: ("info", ""),
    SymptomLevel.WELL: ("tick", "for"),
}
LEVELS = {
    SymptomLevel.FAULT: N_("Empêche tout"),
    SymptomLevel.MISSING: N_("Manque"),
    SymptomLevel.ADVICE: N_("Conseil"),
    SymptomLevel.WELL: N_("Va bien"),
}
HEADLINES = {
    SymptomLevel.FAULT: N_("La plateforme ne peut pas être lue"),
    SymptomLevel.MISSING: N_("La plateforme est lue, il manque quelque chose"),
    SymptomLevel.ADVICE: N_("La plateforme est bien lue, on peut faire mieux"),
    SymptomLevel.WELL: N_("Tout va bien"),
}


@blueprint.get("/admin/platforms/<uuid:platform_id>/diagnosis")
@access("administrator")
def show(platform_id: UUID) -> Response:
    """Explains the examination and offers it: it calls the platform, so it waits for a click."""
    return _page(platform_id, None)


@blueprint.post("/admin/platforms/<uuid:platform_id>/diagnosis")
@access("administrator")
def examine(platform_id: UUID) -> Response:
    """Examine the platform, outside any unit; shown, not kept."""
    where = here()
    with where.tenant.read() as unit:
        to = platforms.connection(unit, platform_id)
    back = url_for("admin_platforms.show", platform_id=platform_id)
    if not to.connector:
        return go(back, _("Cette plateforme n’est pas lue."), "info")
    try:
        found = platform_doctor.examine(to, where.installation.config, place=where.record.name)
    except SettingRefused:
        return go(back, _("Un réglage manque ou ne convient pas."), "warning")
    return _page(platform_id, found)


def _page(platform_id: UUID, found: Examination | None) -> Response:
    where = here()
    with where.tenant.read() as unit:
        row = platforms.find(unit, platform_id)
    way = crumbs(
        (_("Plateformes"), url_for("admin_platforms.listed")),
        (row.name, url_for("admin_platforms.show", platform_id=platform_id)),
        (_("Diagnostic"), None),
    )
    return page(
        "admin/diagnosis.html",
        row=row,
        found=found,
        signs=SIGNS,
        levels={level: gettext(text) for level, text in LEVELS.items()},
        headline=gettext(HEADLINES[found.worst]) if found else "",
        crumbs=way,
    )
