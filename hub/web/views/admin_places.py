"""Sites, rooms and technical platforms."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, request, url_for

from hub.services import place_admin
from hub.services.errors import Invalid
from hub.services.place_admin import PlaceData, RoomData
from hub.texts import N_, gettext
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.views._admin import Field, add_faults, crumbs, form_page, whole_place_only
from hub.web.words import choices

blueprint = whole_place_only(Blueprint("admin_places", __name__))

ROOM_WORDS = {
    "room": N_("Salle"),
    "technical_platform": N_("Plateau technique"),
    "office": N_("Bureau"),
    "remote": N_("Salle à distance"),
}


@blueprint.get("/admin/places")
@access("administrator")
def listed() -> Response:
    """Every site with its rooms."""
    where = here()
    with where.tenant.read() as unit:
        found = place_admin.places(unit)
    kinds = {name: gettext(text) for name, text in ROOM_WORDS.items()}
    return page("admin/places.html", found=found, kinds=kinds, crumbs=crumbs((_("Lieux et salles"), None)))


@blueprint.route("/admin/places/new", methods=["GET", "POST"])
@access("administrator")
def new() -> Response:
    """Add a site."""
    return _place(None)


@blueprint.route("/admin/places/<uuid:place_id>", methods=["GET", "POST"])
@access("administrator")
def edit(place_id: UUID) -> Response:
    """Change a site."""
    return _place(place_id)


def _place(place_id: UUID | None) -> Response:
    where, form = here(), Form()
    with where.tenant.read() as unit:
        row = place_admin.find_place(unit, place_id) if place_id else None
    if request.method == "POST":
        data = PlaceData(form.text("name"), form.text("address"), form.text("zone"), form.text("access"))
        try:
            with where.tenant.write() as unit:
                place_admin.put_place(unit, place_id, data, by=where.me.person_id, now=where.now)
            return go(url_for("admin_places.listed"), _("Le lieu est enregistré."))
        except Invalid as error:
            add_faults(form, error)
    title = _("Modifier le lieu") if row else _("Ajouter un lieu")
    zones = [(zone, zone.replace("_", " ")) for zone in place_admin.european_zones()]
    fields = [
        Field("name", _("Nom"), value=row.name if row else "", required=True),
        Field("address", _("Adresse"), "textarea", row.address if row else "", attrs={"rows": "2"}),
        Field("access", _("Comment venir"), "textarea", row.access if row else "",
              help=_("Transports, entrée, accès sans marche : écrit pour quelqu’un qui vient la première fois.")),
        Field("zone", _("Fuseau horaire"), "select", row.zone if row else str(where.translator.zone), zones),
    ]  # fmt: skip
    return form_page(title, fields, form, crumbs=_way(title))


@blueprint.route("/admin/places/<uuid:place_id>/rooms/new", methods=["GET", "POST"])
@access("administrator")
def new_room(place_id: UUID) -> Response:
    """Add a room to a site."""
    return _room(place_id, None)


@blueprint.route("/admin/places/<uuid:place_id>/rooms/<uuid:room_id>", methods=["GET", "POST"])
@access("administrator")
def edit_room(place_id: UUID, room_id: UUID) -> Response:
    """Change a room."""
    return _room(place_id, room_id)


def _room(place_id: UUID, room_id: UUID | None) -> Response:
    where, form = here(), Form()
    with where.tenant.read() as unit:
        place = place_admin.find_place(unit, place_id)
        row = place_admin.find_room(unit, room_id) if room_id else None
    if request.method == "POST":
        seats = form.number("seats", low=1, high=place_admin.MOST_SEATS, required=True)
        data = RoomData(
            form.text("name"), form.choice("kind", place_admin.ROOM_KINDS), seats, form.text("needs_skill", longest=200)
        )
        try:
            with where.tenant.write() as unit:
                place_admin.put_room(unit, place_id, room_id, data, by=where.me.person_id, now=where.now)
            return go(url_for("admin_places.listed"), _("La salle est enregistrée."))
        except Invalid as error:
            add_faults(form, error)
    title = _("Modifier la salle") if row else _("Ajouter une salle à %(place)s", place=place.name)
    fields = [
        Field("name", _("Nom"), value=row.name if row else "", required=True),
        Field("kind", _("Sorte"), "select", row.kind if row else "room", choices(ROOM_WORDS)),
        Field("seats", _("Nombre de places"), value=row.seats if row else 12, required=True,
              attrs={"inputmode": "numeric", "class": "tiny"}),
        Field("needs_skill", _("Habilitation demandée à l’entrée"), value=row.needs_skill if row else "",
              help=_("Par exemple : sécurité découpe laser. Laissez vide si tout le monde peut entrer.")),
    ]  # fmt: skip
    return form_page(title, fields, form, crumbs=_way(title))


def _way(title: str) -> list[tuple[str, str | None]]:
    return crumbs((_("Lieux et salles"), url_for("admin_places.listed")), (title, None))
