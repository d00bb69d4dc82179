"""LTI tools that the hub opens, registered by hand; the hub's own addresses and signing key."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, request, url_for

from hub.services import platform_admin, platforms
from hub.services.errors import Invalid
from hub.services.platform_admin import SCOPES, ToolData
from hub.texts import N_, gettext
from hub.urls.addresses import base_address, lti_endpoints
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.views._admin import Crumbs, Field, add_faults, crumbs, form_page, whole_place_only
from hub.web.words import choices
from lti import KeyPair
from lti.scopes import LINE_ITEM, LINE_ITEM_READ, MEMBERS_READ, RESULT_READ, SCORE

blueprint = whole_place_only(Blueprint("admin_tools", __name__))

SCOPE_WORDS = {
    SCORE: N_("envoyer des notes"),
    LINE_ITEM: N_("créer des lignes de notes"),
    LINE_ITEM_READ: N_("lire les lignes de notes"),
    RESULT_READ: N_("relire les notes envoyées"),
    MEMBERS_READ: N_("lire la liste des personnes inscrites"),
}
ENDPOINT_WORDS = {
    "issuer": N_("Émetteur (issuer, platform id)"),
    "authentication": N_("Adresse d’authentification (authorization endpoint)"),
    "token": N_("Adresse des jetons (token endpoint)"),
    "jwks": N_("Adresse des clés (JWKS)"),
}


@blueprint.route("/admin/platforms/<uuid:platform_id>/tools/new", methods=["GET", "POST"])
@access("administrator")
def new(platform_id: UUID) -> Response:
    """Register a tool: what its maker gives is typed here, what they need is shown next."""
    where, form = here(), Form()
    with where.tenant.read() as unit:
        platform = platforms.find(unit, platform_id)
    if request.method == "POST":
        try:
            with where.tenant.write() as unit:
                tool = platform_admin.register_tool(
                    unit, platform_id, _typed(form), by=where.me.person_id, now=where.now, development=_development()
                )
            detail = _("Donnez maintenant les adresses ci-dessous au partenaire.")
            return go(url_for("admin_tools.show", tool_id=tool.id), _("L’outil est enregistré."), detail=detail)
        except Invalid as error:
            add_faults(form, error)
    title = _("Enregistrer un outil")
    return form_page(
        title, _fields(ToolData("", "", (), "")), form, crumbs=_way(platform.name, platform_id, title), lead=_lead()
    )


@blueprint.route("/admin/tools/<uuid:tool_id>/edit", methods=["GET", "POST"])
@access("administrator")
def edit(tool_id: UUID) -> Response:
    """Change what is known of a tool."""
    where, form = here(), Form()
    with where.tenant.read() as unit:
        found = platform_admin.tool_page(unit, tool_id)
    if request.method == "POST":
        try:
            with where.tenant.write() as unit:
                platform_admin.change_tool(
                    unit, tool_id, _typed(form), by=where.me.person_id, now=where.now, development=_development()
                )
            return go(url_for("admin_tools.show", tool_id=tool_id), _("L’outil est enregistré."))
        except Invalid as error:
            add_faults(form, error)
    title = _("Modifier l’outil")
    way = _way(found.platform.name, found.platform.id, title)
    return form_page(title, _fields(found.data), form, crumbs=way, lead=_lead())


def _lead() -> str:
    return _("LTI est la façon sûre d’ouvrir un cours d’un autre site depuis le hub et d’en recevoir la note.")


def _development() -> bool:
    return here().installation.config.allow_loopback


def _way(name: str, platform_id: UUID, title: str) -> Crumbs:
    back = url_for("admin_platforms.show", platform_id=platform_id)
    return crumbs((_("Plateformes"), url_for("admin_platforms.listed")), (name, back), (title, None))


def _fields(known: ToolData) -> list[Field]:
    web = {"placeholder": "https://", "spellcheck": "false"}
    privacy = [name for name in ("name", "email") if getattr(known, name)]
    return [
        Field("login_initiation_url", _("Adresse de connexion (OIDC login URL)"), "url", known.login_initiation_url,
              required=True, attrs=web, heading=_("Ce que le partenaire vous donne")),
        Field("target_link_uri", _("Adresse à ouvrir (target link URI)"), "url", known.target_link_uri, required=True,
              attrs=web),
        Field("redirect_uris", _("Adresses de retour (redirect URIs)"), "textarea", "\n".join(known.redirect_uris),
              required=True, help=_("Une par ligne, exactement comme le partenaire les donne."), attrs={"rows": "3"}),
        Field("jwks_uri", _("Adresse de ses clés (JWKS URL)"), "url", known.jwks_uri, required=True, attrs=web),
        Field("selection_uri", _("Adresse pour choisir un contenu (deep linking URL)"), "url",
              known.selection_uri or "", help=_("Laissez vide si l’outil ne sait pas le faire."), attrs=web),
        Field("framed", _("Sur un grand écran, l’ouvrir dans la page du hub"), "checkbox", "1" if known.framed else "",
              help=_("Cochez-le si l’outil accepte d’être montré dans une autre page. Sur un téléphone, il s’ouvre "
                     "toujours sur toute la page.")),
        Field("scopes", _("Ce que l’outil peut faire"), "checkboxes", list(known.scopes), choices(SCOPE_WORDS),
              heading=_("Ce que vous permettez")),
        Field("privacy", _("Ce que l’outil apprend de la personne"), "checkboxes", privacy,
              [("name", _("son nom")), ("email", _("son e-mail"))],
              help=_("Sans rien cocher, l’outil ne connaît qu’un numéro. Cochez seulement ce qu’il lui faut.")),
    ]  # fmt: skip


def _typed(form: Form) -> ToolData:
    privacy = form.choices("privacy", ("name", "email"))
    return ToolData(
        form.text("login_initiation_url"),
        form.text("target_link_uri"),
        form.text("redirect_uris", longest=8000).splitlines(),
        form.text("jwks_uri"),
        form.choices("scopes", SCOPES),
        "name" in privacy,
        "email" in privacy,
        form.text("selection_uri"),
        form.flag("framed"),
    )


@blueprint.get("/admin/tools/<uuid:tool_id>")
@access("administrator")
def show(tool_id: UUID) -> Response:
    """A tool: what to give to its maker, with buttons to copy; what it may do; closing it."""
    where = here()
    with where.tenant.read() as unit:
        found = platform_admin.tool_page(unit, tool_id)
    given = [
        *_endpoints(),
        ("client_id", _("Identifiant client (client id)"), found.tool.client_id),
        ("deployment_id", _("Numéro de déploiement (deployment id)"), found.tool.deployment_id),
    ]
    return page(
        "admin/tool.html",
        found=found,
        given=given,
        scopes=[gettext(SCOPE_WORDS[scope]) for scope in found.data.scopes if scope in SCOPE_WORDS],
        wanted=[name for name in found.tool.registration.get("claims_wanted", ()) if name not in ("iss", "sub", "aud")],
        registered_itself=found.tool.management_hash is not None,
        privacy=[
            text for text, given_ in ((_("son nom"), found.data.name), (_("son e-mail"), found.data.email)) if given_
        ],
        crumbs=_way(found.platform.name, found.platform.id, _("Outil LTI")),
    )


def _endpoints() -> list[tuple[str, str, str]]:
    where = here()
    base = base_address(where.installation.config, where.record.hosts[0])
    return [(name, gettext(ENDPOINT_WORDS[name]), address) for name, address in lti_endpoints(base).items()]


@blueprint.post("/admin/tools/<uuid:tool_id>/state")
@access("administrator")
def set_state(tool_id: UUID) -> Response:
    """Close a tool, or open it again (``active=1``)."""
    where, active = here(), Form().typed("active") == "1"
    with where.tenant.write() as unit:
        platform_admin.set_tool_active(unit, tool_id, active=active, by=where.me.person_id, now=where.now)
    message = _("L’outil s’ouvre de nouveau.") if active else _("L’outil est fermé : plus personne ne l’ouvre.")
    return go(url_for("admin_tools.show", tool_id=tool_id), message)


@blueprint.get("/admin/keys")
@access("administrator")
def keys() -> Response:
    """The hub's addresses and signing keys."""
    where = here()
    with where.tenant.read() as unit:
        lines = platform_admin.signing_keys(unit)
    way = crumbs((_("Plateformes"), url_for("admin_platforms.listed")), (_("Clé et adresses du hub"), None))
    return page("admin/keys.html", lines=lines, now=where.now, given=_endpoints(), crumbs=way)


@blueprint.post("/admin/keys/rotate")
@access("administrator")
def rotate() -> Response:
    """A new signing key, made before the unit begins."""
    where = here()
    pair = KeyPair.generate()
    with where.tenant.write() as unit:
        platform_admin.rotate_key(unit, pair, by=where.me.person_id, now=where.now)
    detail = _("Elle sert dans dix minutes, quand les partenaires l’auront lue. L’ancienne reste publiée deux jours.")
    return go(url_for("admin_tools.keys"), _("Une nouvelle clé est publiée."), detail=detail)
