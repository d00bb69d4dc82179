"""The administrator's home, and the journal."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, request, url_for

from hub.services import admin_home, admin_scope, identities_read
from hub.services.admin_home import Needs
from hub.web.access import access
from hub.web.context import _, here, ngettext
from hub.web.render import page
from hub.web.views._admin import asked_id, crumbs
from hub.web.views._admin_words import act_word, act_words, details_words, job_word, remote_words

blueprint = Blueprint("admin_home", __name__)


@blueprint.get("/admin")
@access("administrator")
def home() -> Response:
    """What needs me now, then the ways to everything else."""
    where = here()
    with where.tenant.read() as unit:
        found = admin_home.needs(unit, where.me)
    faults = {line.id: remote_words(line.last_error or {}) for line in found.platforms}
    first = _first(found)
    most = identities_read.MOST_COUNTED
    return page("admin/home.html", found=found, faults=faults, first=first, kinds=job_word, most_identities=most)


def _first(found: Needs) -> tuple[str, str]:
    """The one main action: (label, address). What loses data while it waits comes first, then what blocks people."""
    if found.held:
        return _("Vérifier les résultats en baisse"), url_for(
            "admin_platforms.show", platform_id=found.held[0].platform_id
        )
    if found.platforms:
        return _("Voir ce qui bloque"), url_for("admin_platforms.show", platform_id=found.platforms[0].id)
    if found.identities:
        n = found.identities
        many = n >= identities_read.MOST_COUNTED
        text = _("Relier des comptes") if many else ngettext("Relier %(num)s compte", "Relier %(num)s comptes", n)
        return text, url_for("admin_identities.listed")
    if found.deliveries:
        return _("Revoir les envois"), url_for("admin_queues.deliveries")
    if found.whole and found.people < 3:
        return _("Importer des personnes"), url_for("admin_import.upload")
    return _("Ajouter une personne"), url_for("admin_people.new")


@blueprint.get("/admin/journal")
@access("administrator")
def journal() -> Response:
    """Who did what, the newest first."""
    where = here()
    admin_scope.require_place(where.me)
    act, who = request.args.get("act", ""), request.args.get("who", "")[:80]
    subject, whom = request.args.get("about", "")[:40], request.args.get("whom", "")[:80]
    asked = {name: _day(name) for name in ("since", "until")}
    since, until = _midnight(asked["since"]), _midnight(asked["until"])
    with where.tenant.read() as unit:
        lines, before = admin_home.journal(
            unit, act=act, who=who, subject_id=subject, whom=whom, since=since,
            until=until + timedelta(days=1) if until else None, before=asked_id("before"),
        )  # fmt: skip
        acts = admin_home.acts(unit)
    typed = {name: day.isoformat() if day else None for name, day in asked.items()}
    search: dict[str, Any] = {
        "act": act or None,
        "who": who or None,
        "whom": whom or None,
        "about": subject or None,
        **typed,
    }
    following = url_for("admin_home.journal", **search, before=before) if before else ""
    return page(
        "admin/journal.html",
        lines=[(line, act_word(line.act), details_words(line.details)) for line in lines],
        acts=act_words(acts),
        act=act,
        who=who,
        about=subject,
        whom=whom,
        since=typed["since"] or "",
        until=typed["until"] or "",
        first=url_for("admin_home.journal", **search),
        following=following,
        begun=not asked_id("before"),
        crumbs=crumbs((_("Journal"), None)),
    )


def _day(name: str) -> date | None:
    """A day of the address; what is none asks for nothing."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _midnight(day: date | None) -> datetime | None:
    """When a day begins at the place."""
    return datetime.combine(day, time(), here().translator.zone) if day else None
