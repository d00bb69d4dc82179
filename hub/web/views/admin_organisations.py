"""The organisations of the place."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, request, url_for

from hub.services import organisations
from hub.services.errors import Invalid
from hub.services.organisations import OrganisationData
from hub.texts import N_, gettext
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.views._admin import Field, add_faults, crumbs, form_page, whole_place_only
from hub.web.words import choices

blueprint = whole_place_only(Blueprint("admin_organisations", __name__))

KIND_WORDS = {
    "training": N_("Organisme de formation"),
    "cfa": N_("CFA"),
    "employer": N_("Employeur"),
    "prescriber": N_("Prescripteur"),
    "funder": N_("Financeur"),
    "partner": N_("Autre partenaire"),
}


@blueprint.get("/admin/organisations")
@access("administrator")
def listed() -> Response:
    """Every organisation."""
    where = here()
    with where.tenant.read() as unit:
        rows = organisations.listed(unit)
    kinds = {name: gettext(text) for name, text in KIND_WORDS.items()}
    return page("admin/organisations.html", rows=rows, kinds=kinds, crumbs=crumbs((_("Organismes"), None)))


@blueprint.route("/admin/organisations/new", methods=["GET", "POST"])
@access("administrator")
def new() -> Response:
    """Add one."""
    return _edit(None)


@blueprint.route("/admin/organisations/<uuid:organisation_id>", methods=["GET", "POST"])
@access("administrator")
def edit(organisation_id: UUID) -> Response:
    """Change one."""
    return _edit(organisation_id)


def _edit(organisation_id: UUID | None) -> Response:
    where, form = here(), Form()
    with where.tenant.read() as unit:
        row = organisations.find(unit, organisation_id) if organisation_id else None
    if request.method == "POST":
        data = OrganisationData(
            form.text("name"), form.choice("kind", organisations.KINDS), form.text("nda"), form.text("siret")
        )
        try:
            with where.tenant.write() as unit:
                if organisation_id:
                    organisations.change(unit, organisation_id, data, by=where.me.person_id, now=where.now)
                else:
                    organisations.add(unit, data, by=where.me.person_id, now=where.now)
            return go(url_for("admin_organisations.listed"), _("L’organisme est enregistré."))
        except Invalid as error:
            add_faults(form, error)
    title = _("Modifier l’organisme") if row else _("Ajouter un organisme")
    digits = {"inputmode": "numeric", "class": "short"}
    fields = [
        Field("name", _("Nom"), value=row.name if row else "", required=True),
        Field("kind", _("Ce qu’il fait"), "select", row.kind if row else "training", choices(KIND_WORDS)),
        Field("nda", _("Numéro de déclaration d’activité"), value=row.nda if row else "", attrs=digits,
              help=_("11 chiffres, pour un organisme de formation ou un CFA.")),
        Field("siret", _("SIRET"), value=row.siret if row else "", attrs=digits, help=_("14 chiffres.")),
    ]  # fmt: skip
    way = crumbs((_("Organismes"), url_for("admin_organisations.listed")), (title, None))
    return form_page(title, fields, form, crumbs=way)
