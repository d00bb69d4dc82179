"""The settings of the place."""

from __future__ import annotations

from datetime import time

from flask import Blueprint, Response, request, url_for

from hub.services import place_admin
from hub.services.errors import Invalid
from hub.services.place_admin import SettingsData
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go
from hub.web.ui.theme import ThemeRefused, theme_css
from hub.web.views._admin import Field, add_faults, crumbs, form_page, whole_place_only

blueprint = whole_place_only(Blueprint("admin_settings", __name__))


@blueprint.route("/admin/settings", methods=["GET", "POST"])
@access("administrator")
def show() -> Response:
    """Name, colour, zone, lunch break, delays."""
    where, form = here(), Form()
    with where.tenant.read() as unit:
        known = place_admin.settings(unit, where.record.name)
    if request.method == "POST":
        data = _typed(form, known)
        if not form.errors:
            try:
                with where.tenant.write() as unit:
                    place_admin.put_settings(unit, data, by=where.me.person_id, now=where.now)
                return go(url_for("admin_settings.show"), _("Les réglages sont enregistrés."))
            except Invalid as error:
                add_faults(form, error)
    title = _("Réglages du lieu")
    return form_page(title, _fields(known), form, crumbs=crumbs((title, None)), cancel=url_for("admin_home.home"))


def _fields(known: SettingsData) -> list[Field]:
    zones = [(zone, zone.replace("_", " ")) for zone in place_admin.european_zones()]
    colour = {"class": "short", "placeholder": "#a83814", "spellcheck": "false"}
    short = {"class": "short"}
    tiny = {"class": "tiny", "inputmode": "numeric"}
    return [
        Field("name", _("Nom du lieu"), value=known.name, required=True, heading=_("Le lieu")),
        Field("tagline", _("Sous le nom, en deux mots"), value=known.tagline),
        Field("address", _("Adresse en bas de page"), value=known.address),
        Field("zone", _("Fuseau horaire"), "select", known.zone, zones),
        Field("light", _("Couleur du lieu"), value=known.light, attrs=colour, heading=_("Couleur"),
              help=_("Écrite comme #a83814. Laissez vide pour la couleur du hub.")),
        Field("dark", _("La même pour l’affichage sombre"), value=known.dark, attrs=colour,
              help=_("Plus claire que la première, pour rester visible sur fond sombre.")),
        Field("lunch_starts", _("Pause de midi : début"), "time", known.lunch_starts.isoformat("minutes"), attrs=short,
              heading=_("Horaires et délais"), help=_("Elle coupe une journée en deux demi-journées d’émargement.")),
        Field("lunch_ends", _("Pause de midi : fin"), "time", known.lunch_ends.isoformat("minutes"), attrs=short),
        Field("help_days", _("Réponse à une demande d’aide, en jours ouvrés"), value=known.help_days, attrs=tiny,
              help=_("Ce délai est annoncé à la personne qui demande.")),
        Field("upload_megabytes", _("Taille la plus grande d’un fichier rendu, en Mo"), value=known.upload_megabytes,
              attrs=tiny),
    ]  # fmt: skip


def _typed(form: Form, known: SettingsData) -> SettingsData:
    light, dark = form.text("light", longest=7).lower(), form.text("dark", longest=7).lower()
    _check_colours(form, light, dark)
    return SettingsData(
        form.text("name", required=True, longest=120),
        form.text("tagline", longest=60),
        form.text("address", longest=200),
        form.text("zone", required=True),
        light,
        dark,
        _time(form, "lunch_starts", known.lunch_starts),
        _time(form, "lunch_ends", known.lunch_ends),
        form.number("help_days", low=1, high=30, required=True) or 1,
        form.number("upload_megabytes", low=1, high=5000, required=True) or 1,
    )


def _check_colours(form: Form, light: str, dark: str) -> None:
    if not light and not dark:
        return
    if not light or not dark:
        form.errors["dark" if light else "light"] = _("Donnez les deux couleurs, ou aucune.")
        return
    try:
        theme_css(light, dark)
    except ThemeRefused as refused:
        if refused.ratio is None:
            form.errors[refused.scheme] = _("Écrivez une couleur comme #a83814.")
            return
        said = here().translator.number(refused.ratio, 1)
        form.errors[refused.scheme] = (
            _("Trop claire : le contraste est de %(ratio)s pour 1, il en faut 3. Choisissez plus foncé.", ratio=said)
            if refused.scheme == "light"
            else _(
                "Trop foncée : le contraste est de %(ratio)s pour 1, il en faut 3. Choisissez plus clair.", ratio=said
            )
        )


def _time(form: Form, name: str, default: time) -> time:
    try:
        return time.fromisoformat(form.text(name, required=True, longest=8))
    except ValueError:
        form.errors.setdefault(name, _("Écrivez une heure comme 12:30."))
        return default
