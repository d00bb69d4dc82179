"""Enrolling a person: which version, with which group and organisation, on what funding, by what agreed plan."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, request, url_for

from hub.services import admin_scope, enrol_admin
from hub.services.enrol_admin import EnrolData
from hub.services.errors import Conflict, Forbidden, Invalid
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.ui.chips import modality_word
from hub.web.ui.words import MODALITIES
from hub.web.views._admin import Field, add_faults, asked_id, crumbs, form_page, one_id

blueprint = Blueprint("admin_enrol", __name__)
MOST_MINUTES = 200_000


@blueprint.route("/admin/people/<uuid:person_id>/enrol", methods=["GET", "POST"])
@access("administrator")
def enrol(person_id: UUID) -> Response:
    """Enrol a person in a published version."""
    where, form = here(), Form()
    with where.tenant.read() as unit:
        person = admin_scope.person_of(unit, where.me, person_id)
        options = enrol_admin.choices(unit, where.me)
        chosen = asked_id("version_id")
        planned = enrol_admin.planned_minutes(unit, chosen) if chosen in dict(options.versions) and chosen else {}
    back = url_for("admin_people.show", person_id=person_id)
    title = _("Inscrire %(name)s", name=person.name)
    way = crumbs((_("Personnes"), url_for("admin_people_list.listed")), (person.name, back), (_("Inscrire"), None))
    if request.method == "GET" and not planned:
        return page("admin/enrol_path.html", title=title, person=person, versions=options.versions, crumbs=way)
    if request.method == "POST":
        data = _typed(form)
        if not form.errors:
            try:
                with where.tenant.write() as unit:
                    enrol_admin.enrol(unit, where.me, person_id, data, now=where.now)
                return go(f"{back}#paths", _("%(name)s suit maintenant ce parcours.", name=person.name))
            except Invalid as error:
                add_faults(form, error)
            except Conflict:
                form.errors["version_id"] = _("Cette personne suit déjà ce parcours.")
            except Forbidden:
                form.errors["group_id"] = _("Vous n’administrez pas ce groupe.")
    fields = [
        Field("version_id", _("Parcours"), "select", chosen or "", options.versions, required=True,
              empty=_("Choisir un parcours"), help=_("Seuls les parcours publiés sont proposés.")),
        Field("group_id", _("Groupe"), "select", asked_id("group") or "", options.groups, empty=_("Aucun groupe")),
        Field("organisation_id", _("Organisme qui répond des heures"), "select", "", options.organisations,
              empty=_("Celui du groupe")),
        Field("funding", _("Financement"), help=_("Par exemple : Région, CPF, OPCO, contrat d’apprentissage.")),
        Field("entered_on", _("Entrée le"), "date", where.now.astimezone(where.translator.zone).date().isoformat(),
              required=True, attrs={"class": "short"}),
        Field("ends_on", _("Fin prévue le"), "date", attrs={"class": "short"}),
        *_plan(planned),
    ]  # fmt: skip
    return form_page(title, fields, form, crumbs=way, submit=_("Inscrire"), failed=_("L’inscription n’est pas faite."))


def _plan(planned: dict[str, int]) -> list[Field]:
    help_text = _("En minutes. À remplir pour un parcours financé : le plan convenu entre toutes les parties.")
    return [
        Field(
            f"minutes-{modality}",
            _("Minutes %(how)s", how=modality_word(modality)),
            "text",
            heading=_("Plan convenu (facultatif)") if first else "",
            help=" ".join(filter(None, (help_text if first else "", _in_path(planned.get(modality, 0))))),
            attrs={"inputmode": "numeric", "class": "short"},
        )
        for modality, first in zip(MODALITIES, (True, False, False, False, False), strict=True)
    ]


def _in_path(minutes: int) -> str:
    duration = here().translator.duration(minutes)
    return (
        _("Le parcours en prévoit %(minutes)s (%(duration)s).", minutes=minutes, duration=duration) if minutes else ""
    )


def _typed(form: Form) -> EnrolData:
    minutes = {name: form.number(f"minutes-{name}", low=0, high=MOST_MINUTES) or 0 for name in MODALITIES}
    return EnrolData(
        one_id(form, "version_id"),
        form.day("entered_on", required=True),
        form.day("ends_on"),
        one_id(form, "group_id"),
        one_id(form, "organisation_id"),
        form.text("funding", longest=200),
        {name: count for name, count in minutes.items() if count},
    )
