"""LMS of partners that open the hub: fields exchanged by hand, deployments that wait, the self-test."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, request, url_for

from connectors.addresses import AddressPolicy
from connectors.http import HttpClient
from hub.db.base import new_id
from hub.models.platforms import LtiPlatform
from hub.services import lti_connect, lti_joining, lti_platforms, lti_selftest
from hub.services.errors import Invalid
from hub.services.lti_joining import ByHand
from hub.services.lti_selftest import Step
from hub.urls.addresses import tool_endpoints
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.views._admin import Field, add_faults, form_page, whole_place_only
from hub.web.views._lti import base, development, signing_key
from hub.web.views._lti_words import letter, step_words
from hub.web.views.admin_lti import way

blueprint = whole_place_only(Blueprint("admin_lti_in", __name__))


@blueprint.route("/admin/platforms/<uuid:platform_id>/lti/by-hand", methods=["GET", "POST"])
@access("administrator")
def by_hand(platform_id: UUID) -> Response:
    """Fields exchanged by hand: ours to copy, theirs to type. The key of our addresses is made before."""
    where, form = here(), Form()
    key = _key_of(form)
    if request.method == "POST":
        try:
            with where.tenant.write() as unit:
                by, now = where.me.person_id, where.now
                lti_joining.add_by_hand(unit, platform_id, key, _typed(form), by=by, now=now, development=development())
            return go(url_for("admin_lti_in.registration", key=key), _("La plateforme est reliée."))
        except Invalid as error:
            add_faults(form, error)
    with where.tenant.read() as unit:
        name = lti_connect.connections(unit, platform_id).platform.name
    title = _("Relier un LMS à la main")
    return page(
        "admin/lti_by_hand.html",
        422 if form.errors else 200,
        given=_given(key),
        fields=_fields(ByHand("", "", "", "", ""), form),
        form=form,
        errors=form.errors,
        key=key,
        title=title,
        crumbs=way(name, platform_id, title),
    )


def _key_of(form: Form) -> UUID:
    try:
        return UUID(form.typed("key")) if request.method == "POST" else new_id()
    except ValueError:
        return new_id()


def _given(key: UUID) -> list[tuple[str, str, str]]:
    mine = tool_endpoints(base(), str(key))
    return [
        ("login", _("Adresse de connexion (Initiate login URL)"), mine["login"]),
        ("launch", _("Adresse de l’outil et de retour (Tool URL, Redirection URI)"), mine["launch"]),
        ("jwks", _("Adresse des clés (Public keyset URL)"), mine["jwks"]),
    ]


def _fields(known: ByHand, form: Form) -> list[tuple[str, str, str, str]]:
    labels = (
        ("issuer", _("Émetteur (Platform ID)"), "url"),
        ("client_id", _("Identifiant client (Client ID)"), "text"),
        ("authorization_endpoint", _("Adresse d’authentification (Authentication request URL)"), "url"),
        ("token_endpoint", _("Adresse des jetons (Access token URL)"), "url"),
        ("jwks_uri", _("Adresse de ses clés (Public keyset URL)"), "url"),
        ("deployment_id", _("Numéro de déploiement (Deployment ID)"), "text"),
        ("token_audience", _("Destinataire des jetons, s’il est autre (Audience)"), "text"),
    )
    posted = request.method == "POST"
    return [(name, label, kind, form.typed(name) if posted else getattr(known, name)) for name, label, kind in labels]


def _typed(form: Form) -> ByHand:
    return ByHand(**{name: form.text(name, longest=2000) for name in ByHand.__dataclass_fields__})


@blueprint.get("/admin/lti/registrations/<uuid:key>")
@access("administrator")
def registration(key: UUID) -> Response:
    """One LMS that opens the hub: what both hold, its deployments, the self-test."""
    return _registration(key)


def _registration(key: UUID, steps: list[Step] | None = None) -> Response:
    where = here()
    with where.tenant.read() as unit:
        row = lti_platforms.find(unit, key)
        found = lti_connect.connections(unit, row.platform_id)
        lines = lti_platforms.deployments(unit, key)
    return page(
        "admin/lti_registration.html",
        200,
        row=row,
        platform=found.platform,
        lines=lines,
        given=_given(key),
        known=_known(row),
        steps=[(step, step_words(step)) for step in steps] if steps is not None else None,
        letter=letter(steps, where.record.name, _given(key)) if steps is not None else "",
        crumbs=way(found.platform.name, row.platform_id, _("LMS qui ouvre le hub")),
    )


def _known(row: LtiPlatform) -> list[tuple[str, str]]:
    return [
        (_("Émetteur (Platform ID)"), row.issuer),
        (_("Identifiant client (Client ID)"), row.client_id),
        (_("Adresse d’authentification (Authentication request URL)"), row.authorization_endpoint),
        (_("Adresse des jetons (Access token URL)"), row.token_endpoint or "–"),
        (_("Adresse de ses clés (Public keyset URL)"), row.jwks_uri or _("clés enregistrées ici")),
    ]


@blueprint.route("/admin/lti/registrations/<uuid:key>/edit", methods=["GET", "POST"])
@access("administrator")
def edit_registration(key: UUID) -> Response:
    """Change the fields that the partner gave."""
    where, form = here(), Form()
    with where.tenant.read() as unit:
        row = lti_platforms.find(unit, key)
        name = lti_connect.connections(unit, row.platform_id).platform.name
    if request.method == "POST":
        try:
            with where.tenant.write() as unit:
                by, now = where.me.person_id, where.now
                lti_joining.change_by_hand(unit, key, _typed(form), by=by, now=now, development=development())
            return go(url_for("admin_lti_in.registration", key=key), _("C’est enregistré."))
        except Invalid as error:
            add_faults(form, error)
    known = ByHand(
        row.issuer,
        row.client_id,
        row.authorization_endpoint,
        row.token_endpoint or "",
        row.jwks_uri or "",
        "",
        row.token_audience or "",
    )
    title = _("Modifier l’inscription du hub")
    fields = [Field(name, label, kind, value) for name, label, kind, value in _fields(known, form)]
    return form_page(title, fields, form, crumbs=way(name, row.platform_id, title))


@blueprint.post("/admin/lti/registrations/<uuid:key>/state")
@access("administrator")
def set_open(key: UUID) -> Response:
    """Close a registration, or open it again (``active=1``)."""
    where, active = here(), Form().typed("active") == "1"
    with where.tenant.write() as unit:
        lti_joining.set_open(unit, key, is_open=active, by=where.me.person_id, now=where.now)
    words = _("Ce LMS peut ouvrir le hub.") if active else _("Ce LMS n’ouvre plus le hub.")
    return go(url_for("admin_lti_in.registration", key=key), words)


@blueprint.post("/admin/lti/registrations/<uuid:key>/deployment")
@access("administrator")
def deployment(key: UUID) -> Response:
    """Approve or refuse a deployment (``answer``: ``approve``, ``refuse``)."""
    where, form = here(), Form()
    decide = lti_platforms.approve_deployment if form.typed("answer") == "approve" else lti_platforms.refuse_deployment
    with where.tenant.write() as unit:
        decide(unit, key, form.text("deployment", required=True, longest=255), by=where.me.person_id, now=where.now)
    return go(url_for("admin_lti_in.registration", key=key), _("C’est enregistré."))


@blueprint.post("/admin/lti/registrations/<uuid:key>/test")
@access("administrator")
def test_registration(key: UUID) -> Response:
    """Try the connection step by step."""
    where = here()
    with where.tenant.read() as unit:
        known = lti_platforms.SqlPlatforms(unit, development=development()).of_key(str(key))
    if known is None:
        return _registration(key, [Step("registration", False, "closed")])
    pair = signing_key()
    with HttpClient(lti_selftest.LIMITS, AddressPolicy(development=development())) as client:
        steps = lti_selftest.try_platform(client, known, pair, where.now)
    return _registration(key, steps)
