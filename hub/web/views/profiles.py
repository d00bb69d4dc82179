"""xAPI profiles: those loaded, how each source is checked by them and what was found."""

from __future__ import annotations

from typing import BinaryIO, Final, cast
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from connectors.addresses import AddressPolicy
from connectors.errors import ConnectorError
from connectors.http import HttpClient, HttpOptions
from content.xapi.profiles import own
from hub.services import profile_reports, profiles, xapi_sources
from hub.services.errors import Conflict, Invalid
from hub.services.remote_errors import described
from hub.texts import N_, gettext
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.views._admin import crumbs, whole_place_only
from hub.web.views._admin_words import error_text

blueprint = whole_place_only(Blueprint("profiles", __name__, url_prefix="/admin/profiles"))
LIMITS: Final = HttpOptions(read_timeout=20.0, deadline=40.0, max_bytes=profiles.LARGEST, max_redirects=5, retries=1)
FAULTS: Final[dict[str, str]] = {
    "not_json": N_("Ce n’est pas du JSON."),
    "not_an_object": N_("Ce n’est pas un profil xAPI : le document doit être un objet."),
    "not_a_profile": N_("Ce n’est pas un profil xAPI : il manque « type » : « Profile »."),
    "no_id": N_("Ce profil n’a pas d’identifiant (id)."),
    "not_a_list": N_("Une partie du profil n’est pas une liste."),
    "too_large": N_("Ce profil est trop grand."),
    "own_profile": N_("C’est le profil du hub : il est déjà là."),
}
MODE_WORDS: Final[dict[str, str]] = {
    "": N_("Aucun profil"),
    "report": N_("Rapport : tout est accepté, et ce qui ne suit pas le profil est compté"),
    "strict": N_("Strict : ce qui enfreint une règle du profil est refusé"),
}
WANTED_WORDS: Final[dict[str, str]] = {
    "included": N_("doit être là"),
    "excluded": N_("ne doit pas être là"),
    "any": N_("aucune des valeurs attendues"),
    "all": N_("une valeur qui n’est pas attendue"),
    "none": N_("une valeur interdite"),
    "reference": N_("doit renvoyer à une autre trace"),
    "target": N_("renvoie à une trace qui ne suit pas le modèle demandé"),
}


@blueprint.get("")
@access("administrator")
def listed() -> Response:
    """The profiles, and the forms to load one."""
    return _list(Form())


def _list(form: Form) -> Response:
    with here().tenant.read() as session:
        rows = profiles.listed(session)
    way = crumbs((_("Traces"), url_for("statements.listed")), (_("Profils xAPI"), None))
    found = own.document()
    counts = {name: len(found[name]) for name in ("concepts", "templates", "patterns")}
    return page(
        "statements/profiles.html", rows=rows, own=found, counts=counts, form=form, errors=form.errors, crumbs=way
    )


@blueprint.post("")
@access("administrator")
def load() -> Response:
    """Load a profile from a file, or from an address."""
    where, form = here(), Form()
    given, url = request.files.get("file"), form.text("url", longest=2000)
    data, origin = b"", ""
    if given is not None and given.filename:
        data, origin = cast(BinaryIO, given.stream).read(profiles.LARGEST + 1), given.filename
    elif url:
        data, origin = _fetched(form, url), url
    else:
        form.errors.fault("file", "required")
    if not form.errors:
        try:
            with where.tenant.write() as session:
                row = profiles.add(session, data, origin, by=where.me.person_id, now=where.now)
            return go(url_for("profiles.listed"), _("Le profil « %(name)s » est chargé.", name=row.name or row.iri))
        except (Invalid, UnicodeDecodeError) as error:
            codes = list(error.fields.values()) if isinstance(error, Invalid) else ["not_json"]
            form.errors["file"] = gettext(FAULTS[codes[0]]) if codes[0] in FAULTS else codes[0]
    return _list(form)


def _fetched(form: Form, url: str) -> bytes:
    """The document at an address; strangers' addresses through the address policy."""
    policy = AddressPolicy(development=here().installation.config.allow_loopback)
    try:
        with HttpClient(LIMITS, policy) as http:
            return http.get_bytes(url)
    except ConnectorError as fault:
        form.errors["url"] = error_text(described(fault))
    except ValueError:
        form.errors.fault("url", "not_a_link")
    return b""


@blueprint.post("/<uuid:profile_id>/remove")
@access("administrator")
def remove(profile_id: UUID) -> Response:
    """Take a profile away."""
    where = here()
    try:
        with where.tenant.write() as session:
            profiles.remove(session, profile_id, by=where.me.person_id, now=where.now)
    except Conflict:
        detail = _("Changez d’abord les réglages de ces sources.")
        return go(url_for("profiles.listed"), _("Des sources sont vérifiées par ce profil."), "warning", detail)
    return go(url_for("profiles.listed"), _("Le profil est retiré."))


@blueprint.get("/sources/<uuid:source_id>")
@access("administrator")
def source(source_id: UUID) -> Response:
    """How a source is checked, and what was found."""
    return _source(source_id, Form())


def _source(source_id: UUID, form: Form) -> Response:
    with here().tenant.read() as session:
        row = xapi_sources.find(session, source_id)
        loaded = [(str(p.id), p.name or p.iri) for p in profiles.listed(session)]
        found = profile_reports.report(session, source_id)
    posted = request.method == "POST"
    return page(
        "statements/source_profiles.html",
        source=row,
        choices=[(profiles.OWN, _("Le profil du hub")), *loaded],
        modes=[(key, gettext(text)) for key, text in MODE_WORDS.items()],
        mode=form.typed("mode") if posted else row.profile_mode,
        chosen=request.form.getlist("profiles") if posted else row.profiles or [],
        report=found,
        findings=[(one, gettext(WANTED_WORDS.get(one.wanted, one.wanted))) for one in found.findings],
        form=form,
        errors=form.errors,
        crumbs=crumbs((_("Sources de traces"), url_for("sources.listing")),
                      (row.name, url_for("sources.detail", source_id=source_id)), (_("Profils xAPI"), None)),
    )  # fmt: skip


@blueprint.post("/sources/<uuid:source_id>")
@access("administrator")
def settle(source_id: UUID) -> Response:
    """Choose how a source is checked."""
    where, form = here(), Form()
    mode, wanted = form.choice("mode", profile_reports.MODES), request.form.getlist("profiles")[:50]
    if not form.errors:
        try:
            with where.tenant.write() as session:
                profile_reports.settle(session, source_id, mode, wanted, by=where.me.person_id, now=where.now)
            return go(url_for("profiles.source", source_id=source_id), _("C’est enregistré."))
        except Invalid as error:
            form.errors.add_invalid(error)
    return _source(source_id, form)
