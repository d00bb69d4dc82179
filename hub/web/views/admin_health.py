"""How the place is: the same findings as the weekly letter and ``hub doctor``."""

from flask import Blueprint, Response, url_for

from hub.models.platforms import Delivery, Job
from hub.services import admin_home, health, weekly
from hub.services.settings import get_setting, set_setting
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.qr import absolute
from hub.web.render import go, page
from hub.web.views._admin import crumbs, whole_place_only

blueprint = whole_place_only(Blueprint("admin_health", __name__))


@blueprint.get("/admin/health")
@access("administrator")
def show() -> Response:
    """What is well and what needs somebody; the work under way."""
    where = here()
    with where.tenant.read() as unit:
        found = health.look(unit, where.installation.config, where.now)
        queues = {"jobs": admin_home.counts(unit, Job), "deliveries": admin_home.counts(unit, Delivery)}
        off = bool(get_setting(unit, "weekly").get("off"))
    title = _("État du lieu")
    return page("admin/health.html", title=title, found=found, queues=queues, off=off, crumbs=crumbs((title, None)))


@blueprint.post("/admin/health/weekly")
@access("administrator")
def letters() -> Response:
    """Stop the weekly letter, or have it again."""
    where, form = here(), Form()
    off = form.flag("off")
    with where.tenant.write() as unit:
        set_setting(unit, "weekly", {"off": off})
    return go(
        url_for("admin_health.show"), _("La lettre ne partira plus.") if off else _("La lettre partira chaque lundi.")
    )


@blueprint.post("/admin/health/letter")
@access("administrator")
def letter() -> Response:
    """Send this week's letter now."""
    where = here()
    with where.tenant.write() as unit:
        weekly.write_letters(unit, where.installation.config, absolute(""), where.now)
    return go(url_for("admin_queues.deliveries"), _("La lettre est prête à partir."))
