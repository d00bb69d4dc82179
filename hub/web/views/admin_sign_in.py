"""Sign-in services of the place: add one, try it, close it."""

from uuid import UUID

from flask import Blueprint, Response, request, url_for

from hub.services import oidc, second_factor_rule
from hub.services.errors import Invalid, NotFound
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.qr import absolute
from hub.web.render import go, page
from hub.web.views._admin import Field, add_faults, crumbs, form_page, whole_place_only

blueprint = whole_place_only(Blueprint("admin_sign_in", __name__))


@blueprint.get("/admin/sign-in")
@access("administrator")
def listed() -> Response:
    """Every service."""
    with here().tenant.read() as unit:
        found = oidc.providers(unit, active=False)
        without = second_factor_rule.without(unit)
    title = _("Services de connexion")
    asked = second_factor_rule.asked_of_team(here().settings)
    return page(
        "admin/sign_in.html", title=title, found=found, asked=asked, without=without, crumbs=crumbs((title, None))
    )


@blueprint.post("/admin/sign-in/second-factor/ask", defaults={"asked": True})
@blueprint.post("/admin/sign-in/second-factor/leave", defaults={"asked": False})
@access("administrator")
def ask_team(asked: bool) -> Response:
    """Ask the team for a second factor, or no more."""
    where = here()
    with where.tenant.write() as unit:
        second_factor_rule.ask_team(unit, asked, where.now, by=where.me.person_id)
    said = _("Qui n’en a pas sera conduit à l’ajouter.") if asked else _("Elle n’est plus demandée à l’équipe.")
    return go(url_for("admin_sign_in.listed"), said)


@blueprint.route("/admin/sign-in/new", methods=["GET", "POST"], defaults={"provider_id": None})
@blueprint.route("/admin/sign-in/<uuid:provider_id>", methods=["GET", "POST"])
@access("administrator")
def edit(provider_id: UUID | None) -> Response:
    """Add a service or change one; it is asked for its discovery document before it is kept."""
    form, where = Form(), here()
    with where.tenant.read() as unit:
        known = {row.id: row for row in oidc.providers(unit, active=False)}
    if provider_id is not None and provider_id not in known:
        raise NotFound
    if request.method == "POST":
        names = ("name", "issuer", "client_id", "client_secret")
        data = {name: form.text(name, longest=500) for name in names}
        if not form.errors and data["issuer"] and _answers(form, data["issuer"]):
            try:
                with where.tenant.write() as unit:
                    oidc.put_provider(unit, provider_id, data, by=where.me.person_id, now=where.now)
                return go(url_for("admin_sign_in.listed"), _("Le service répond et est enregistré."))
            except Invalid as error:
                add_faults(form, error)
        elif not data["issuer"]:
            form.errors.fault("issuer", "required")
    title = _("Service de connexion")
    row = known.get(provider_id) if provider_id else None
    return form_page(
        title,
        _fields(row.name, row.issuer, row.client_id) if row else _fields("", "", ""),
        form,
        crumbs=crumbs((_("Services de connexion"), url_for("admin_sign_in.listed")), (title, None)),
        lead=_("Adresse de retour à donner au service : %(address)s", address=absolute(url_for("oidc.back"))),
    )


def _answers(form: Form, issuer: str) -> bool:
    try:
        with oidc.client(here().installation.config) as http:
            oidc.discover(http, issuer)
    except oidc.SignInServiceFault as fault:
        reason = str(fault.details.get("reason", ""))
        form.errors["issuer"] = _("Rien ne répond là comme un service OpenID Connect (%(reason)s).", reason=reason)
        return False
    return True


def _fields(name: str, issuer: str, client_id: str) -> list[Field]:
    plain = {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}
    return [
        Field("name", _("Nom sur le bouton"), value=name, required=True, help=_("Par exemple : Compte de la Région")),
        Field("issuer", _("Adresse du service (issuer)"), value=issuer, required=True, attrs=plain,
              help=_("Elle commence par https:// ; le hub y cherche /.well-known/openid-configuration.")),
        Field("client_id", _("Identifiant du hub là-bas (client_id)"), value=client_id, required=True, attrs=plain),
        Field("client_secret", _("Secret du hub là-bas (client_secret)"), "password", attrs=plain,
              help=_("Il est gardé chiffré. Laissez vide pour garder celui qui est là.")),
    ]  # fmt: skip


@blueprint.post("/admin/sign-in/<uuid:provider_id>/close", defaults={"active": False})
@blueprint.post("/admin/sign-in/<uuid:provider_id>/open", defaults={"active": True})
@access("administrator")
def switch(provider_id: UUID, active: bool) -> Response:
    """Close a service, or open it again; who is linked stays linked."""
    where = here()
    with where.tenant.write() as unit:
        oidc.set_active(unit, provider_id, active, by=where.me.person_id, now=where.now)
    return go(url_for("admin_sign_in.listed"), _("Le service est ouvert.") if active else _("Le service est fermé."))
