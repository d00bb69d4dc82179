"""Writing back to a platform: a group into a course, a roll into its attendance activity."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, url_for

from hub.services import platform_acts, platforms
from hub.services.errors import Conflict
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.views._admin import crumbs, one_id, whole_place_only

blueprint = whole_place_only(Blueprint("admin_platform_acts", __name__))


@blueprint.get("/admin/platforms/<uuid:platform_id>/write")
@access("administrator")
def show(platform_id: UUID) -> Response:
    """What can be written there, and from what."""
    return _page(platform_id, Form())


@blueprint.post("/admin/platforms/<uuid:platform_id>/write/enrolment")
@access("administrator")
def enrol(platform_id: UUID) -> Response:
    """Have a group enrolled into a course."""
    return _ask(platform_id, "course", "group")


@blueprint.post("/admin/platforms/<uuid:platform_id>/write/roll")
@access("administrator")
def roll(platform_id: UUID) -> Response:
    """Have the roll of a séance written."""
    return _ask(platform_id, "roll", "seance")


def _ask(platform_id: UUID, into: str, what: str) -> Response:
    where, form = here(), Form()
    target, source = one_id(form, into), one_id(form, what)
    for name, value in ((into, target), (what, source)):
        if value is None and not form.errors.of(name):
            form.errors.fault(name, "required")
    if target is None or source is None:
        return _page(platform_id, form)
    request = platform_acts.request_enrolment if what == "group" else platform_acts.request_roll
    back = url_for("admin_platform_acts.show", platform_id=platform_id)
    try:
        with where.tenant.write() as unit:
            request(unit, platform_id, target, source, by=where.me.person_id, now=where.now)
    except Conflict:
        return go(back, _("Cette plateforme est en pause, ou n’est pas lue."), "warning")
    return go(
        back,
        _("C’est demandé."),
        "info",
        _("Suivez-le dans les travaux de fond. Qui n’a pas de compte relié là-bas est compté."),
    )


def _page(platform_id: UUID, form: Form) -> Response:
    where = here()
    with where.tenant.read() as unit:
        row = platforms.find(unit, platform_id)
        offered = platform_acts.choices(unit, platform_id)
    way = crumbs(
        (_("Plateformes"), url_for("admin_platforms.listed")),
        (row.name, url_for("admin_platforms.show", platform_id=platform_id)),
        (_("Écrire là-bas"), None),
    )
    return page("admin/platform_write.html", row=row, offered=offered, form=form, crumbs=way)
