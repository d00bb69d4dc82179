"""Calendars of partners and trainers: adding one, looking at its events, agreeing to the séances they become."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from connectors import ics
from connectors.errors import ConnectorError
from hub.services import scope, seance_lists
from hub.services.calendars import sources
from hub.services.calendars.sources import WRITABLE, Proposal, SourceData
from hub.services.errors import Conflict, Invalid
from hub.texts import N_, gettext
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.views._admin import one_id

blueprint = Blueprint("calendar_sources", __name__)

FATES: Mapping[str, tuple[str, str]] = {
    "new": ("todo", N_("nouvelle")),
    "change": ("in_progress", N_("déplacée")),
    "cancel": ("check", N_("annulée là-bas")),
    "same": ("done", N_("déjà là")),
    "gone": ("open", N_("plus dans l’agenda")),
    "refuse": ("waived", N_("laissée de côté")),
}
WHY: Mapping[str, str] = {
    "all_day": N_("toute la journée : il faut des heures"),
    "over_midnight": N_("passe minuit : une séance tient dans un jour"),
    "no_length": N_("n’a pas de durée"),
    "older": N_("le hub a déjà une version plus récente"),
    "cancelled": N_("annulée"),
    "gone": N_("rien n’est retiré : annulez la séance vous-même si elle n’a pas lieu"),
    "roll_called": N_("l’appel a commencé : elle ne change plus"),
    "not_possible": N_("l’activité ou le groupe n’est plus là, ou n’est pas à vous"),
}
FAULTS: Mapping[str, str] = {
    "required": N_("Remplissez ce champ."),
    "unknown": N_("Choisissez dans la liste."),
    "not_a_link": N_("Écrivez une adresse qui commence par https:// ou webcal://."),
}
ERRORS: Mapping[str, str] = {
    "address_refused": N_("Cette adresse n’est pas sur Internet, ou elle n’est pas permise."),
    "unreadable_answer": N_("Ce n’est pas un agenda (.ics)."),
    "too_large": N_("Cet agenda est trop lourd : 5 Mo au plus."),
    "remote_rejected": N_("Il n’y a pas d’agenda à cette adresse."),
    "remote_refused": N_("L’adresse est refusée : demandez-en une nouvelle à qui tient l’agenda."),
    "remote_down": N_("L’adresse ne répond pas. Réessayez plus tard."),
    "remote_slow": N_("L’adresse ne répond pas. Réessayez plus tard."),
}


UNKNOWN_ERROR = N_("Cet agenda ne peut pas être lu.")


def _error(code: str) -> str:
    return gettext(ERRORS.get(code, UNKNOWN_ERROR))


@blueprint.route("/sessions/calendars", methods=["GET", "POST"])
@access(*scope.ROLES)
def listed() -> Response:
    """The calendars that are read, and the form of a new one."""
    where, form = here(), Form()
    if request.method == "POST":
        data = SourceData(
            form.typed("name").strip()[:120], form.typed("iri"), one_id(form, "group_id"),
            form.typed("url").strip()[:2000], one_id(form, "trainer_id"), one_id(form, "room_id"),
        )  # fmt: skip
        if not form.errors:
            try:
                with where.tenant.write() as session:
                    row = sources.add(session, where.me, data, where.now)
                return go(url_for("calendar_sources.show", source_id=row.id), _("L’agenda est ajouté."))
            except Invalid as error:
                for name, code in error.fields.items():
                    form.errors.setdefault(name, gettext(FAULTS[code]))
    with where.tenant.read() as session:
        found = sources.listed(session, where.me)
        choices = seance_lists.choices(session, where.me)
    typed = {name: request.form.get(name, "") for name in ("name", "iri", "group_id", "url", "trainer_id", "room_id")}
    return page(
        "calendars/sources.html", found=found, choices=choices, form=form, errors=form.errors, typed=typed
    )  # fmt: skip


@blueprint.get("/sessions/calendars/<uuid:source_id>")
@access(*scope.ROLES)
def show(source_id: UUID) -> Response:
    """What the events of a calendar would become."""
    return _show(source_id)


def _show(source_id: UUID, fault: str = "", left: list[Proposal] | None = None) -> Response:
    where = here()
    with where.tenant.read() as session:
        row = sources.find(session, where.me, source_id)
        found = [*(left or []), *sources.proposals(row)]
    lines = [(it, FATES[it.fate][0], gettext(FATES[it.fate][1]), gettext(WHY[it.why]) if it.why in WHY else "",
              date.fromisoformat(it.day)) for it in found]  # fmt: skip
    return page(
        "calendars/source.html",
        row=row,
        lines=lines,
        writable=[it.key for it in found if it.fate in WRITABLE],
        fault=fault or (_error(str(row.last_error["code"])) if row.last_error else ""),
        by_address=row.url is not None,
    )


@blueprint.post("/sessions/calendars/<uuid:source_id>/read")
@access(*scope.ROLES)
def read(source_id: UUID) -> Response:
    """Read a calendar now: the file given with the form, else what is at its address."""
    where, given = here(), request.files.get("file")
    try:
        if given is not None and given.filename:
            data = given.stream.read(ics.LARGEST + 1)
        else:
            data = sources.download(where.tenant, where.me, source_id, where.installation.config)
        found = sources.propose(where.tenant, where.me, source_id, data, where.now)
    except Conflict:
        return _show(source_id, _("Choisissez un fichier."))
    except ConnectorError as error:
        with where.tenant.write() as session:
            sources.keep_fault(session, where.me, source_id, error, where.now)
        return _show(source_id)
    moved = sum(it.fate in WRITABLE for it in found)
    message = _("L’agenda est lu. Rien n’est encore écrit.") if moved else _("L’agenda est lu : rien de nouveau.")
    return go(url_for("calendar_sources.show", source_id=source_id), message, "info")


@blueprint.post("/sessions/calendars/<uuid:source_id>/confirm")
@access(*scope.ROLES)
def confirm(source_id: UUID) -> Response:
    """Write the séances that were ticked."""
    where = here()
    keys = set(request.form.getlist("key"))
    written, left = sources.confirm(where.tenant, where.me, source_id, keys, where.now)
    if left:
        return _show(source_id, left=left)
    address = url_for("calendar_sources.show", source_id=source_id)
    if not written:
        return go(address, _("Cochez au moins une séance."), "warning")
    return go(address, _("Les séances sont écrites."))


@blueprint.post("/sessions/calendars/<uuid:source_id>/remove")
@access(*scope.ROLES)
def remove(source_id: UUID) -> Response:
    """Read a calendar no more."""
    where = here()
    with where.tenant.write() as session:
        sources.remove(session, where.me, source_id, where.now)
    detail = _("Les séances qu’il a données restent.")
    return go(url_for("calendar_sources.listed"), _("L’agenda n’est plus lu."), detail=detail)
