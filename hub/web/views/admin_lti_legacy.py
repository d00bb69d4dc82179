"""Keys of LTI 1.1: one made for a partner's LMS; a tool opened with the key that its maker gave, and what it learns."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from hub.services import lti_connect, lti_legacy_tools, platforms
from hub.services.errors import Invalid
from hub.services.lti_legacy_tools import LegacyToolData
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go
from hub.web.views._admin import Field, add_faults, form_page, whole_place_only
from hub.web.views._lti import development
from hub.web.views.admin_lti import connect_page, way
from lti.legacy.signature import METHODS

blueprint = whole_place_only(Blueprint("admin_lti_legacy", __name__))
_PRIVACY = ("name", "email")


@blueprint.post("/admin/platforms/<uuid:platform_id>/lti/old-key")
@access("administrator")
def old_key(platform_id: UUID) -> Response:
    """A key of LTI 1.1: made here for a partner's LMS, or typed as a tool's maker gave it."""
    where, form = here(), Form()
    by, now = where.me.person_id, where.now
    if form.typed("direction") == lti_connect.INWARD:
        with where.tenant.write() as unit:
            made = lti_connect.add_inward_key(unit, platform_id, by=by, now=now)
            shown = (made.consumer_key, made.secret.reveal())
        return connect_page(platform_id, legacy=shown)
    data = LegacyToolData(form.text("url", longest=2000), form.text("key", longest=200), form.typed("secret")[:500])
    try:
        with where.tenant.write() as unit:
            found = lti_legacy_tools.add(unit, platform_id, data, by=by, now=now, development=development())
    except Invalid as error:
        add_faults(form, error, {"url": "old_url"})
        return connect_page(platform_id, form=form)
    detail = _("L’outil n’apprend que le numéro de la personne : choisissez ici ce qu’il lui faut de plus.")
    return go(url_for("admin_lti_legacy.tool", tool_id=found.tool.id), _("L’outil est enregistré."), detail=detail)


@blueprint.post("/admin/lti/old-keys/<uuid:key_id>/state")
@access("administrator")
def old_key_state(key_id: UUID) -> Response:
    """Close a key of LTI 1.1, or open it again (``active=1``)."""
    where, active = here(), Form().typed("active") == "1"
    with where.tenant.write() as unit:
        row = lti_connect.set_key_active(unit, key_id, active=active, by=where.me.person_id, now=where.now)
    words = _("La clé sert de nouveau.") if active else _("La clé ne sert plus.")
    return go(url_for("admin_lti.connect", platform_id=row.platform_id), words)


@blueprint.route("/admin/lti/old-tools/<uuid:tool_id>", methods=["GET", "POST"])
@access("administrator")
def tool(tool_id: UUID) -> Response:
    """What is known of a tool that only speaks LTI 1.1, and what it may learn."""
    where, form = here(), Form()
    with where.tenant.read() as unit:
        found = lti_legacy_tools.find(unit, tool_id)
        platform = platforms.find(unit, found.tool.platform_id)
    if request.method == "POST":
        by, now = where.me.person_id, where.now
        try:
            with where.tenant.write() as unit:
                lti_legacy_tools.change(unit, tool_id, _typed(form), by=by, now=now, development=development())
            return go(url_for("admin_lti.connect", platform_id=platform.id), _("L’outil est enregistré."))
        except Invalid as error:
            add_faults(form, error)
    title = _("Outil LTI 1.1")
    fields = _fields(lti_legacy_tools.data_of(found))
    return form_page(title, fields, form, crumbs=way(platform.name, platform.id, title))


def _fields(known: LegacyToolData) -> list[Field]:
    web: Mapping[str, str] = {"placeholder": "https://", "spellcheck": "false"}
    quiet: Mapping[str, str] = {"autocomplete": "off"}
    told = [name for name in _PRIVACY if getattr(known, name)]
    return [
        Field("url", _("Adresse de l’outil (Launch URL)"), "url", known.url, required=True, attrs=web,
              heading=_("Ce que le partenaire vous donne")),
        Field("key", _("Clé (Consumer key)"), "text", known.key, required=True, attrs=quiet),
        Field("secret", _("Secret (Shared secret)"), "password", "", attrs=quiet,
              help=_("Laissez vide pour garder le secret actuel.")),
        Field("method", _("Signature"), "select", known.method, [(name, name) for name in METHODS]),
        Field("selection_uri", _("Adresse pour choisir un contenu (Content Item)"), "url", known.selection_uri,
              help=_("Laissez vide si l’outil ne sait pas le faire."), attrs=web),
        Field("scores", _("L’outil peut envoyer des notes"), "checkbox", "1" if known.scores else "",
              heading=_("Ce que vous permettez")),
        Field("privacy", _("Ce que l’outil apprend de la personne"), "checkboxes", told,
              [("name", _("son nom")), ("email", _("son e-mail"))],
              help=_("Sans rien cocher, l’outil ne connaît qu’un numéro. Cochez seulement ce qu’il lui faut.")),
    ]  # fmt: skip


def _typed(form: Form) -> LegacyToolData:
    privacy = form.choices("privacy", _PRIVACY)
    return LegacyToolData(
        form.text("url"),
        form.text("key", longest=200),
        form.typed("secret")[:500],
        form.text("selection_uri"),
        "name" in privacy,
        "email" in privacy,
        form.flag("scores"),
        form.choice("method", list(METHODS)),
    )
