"""The administrator's pages of the sources that send traces: credentials, scopes, what was last accepted or refused."""

from uuid import UUID

from flask import Blueprint, Response, url_for

from hub.db.types import from_micros
from hub.models.river import XapiSource
from hub.services import source_days, xapi_sources
from hub.services.errors import Invalid
from hub.services.xapi_sources import SCOPES, Terms
from hub.texts import gettext
from hub.urls.addresses import base_address
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.ui.charts_of_volume import day_columns
from hub.web.views._admin import of_the_whole_place
from hub.web.xapi_words import REPAIR_WORDS, SCOPE_WORDS, advice

blueprint = Blueprint("sources", __name__, url_prefix="/admin/sources")
MEGABYTE = 1024 * 1024
VOLUME_DAYS = 30


@blueprint.get("")
@access("administrator")
def listing() -> Response:
    """Every source, with its health at a glance."""
    of_the_whole_place()
    with here().tenant.read() as session:
        found = xapi_sources.all_sources(session)
    return page("sources/list.html", sources=[(row, platform, _last(row)) for row, platform in found])


def _last(row: XapiSource) -> dict[str, object]:
    """The instants of the last request accepted and refused, and whether the refusal is the newer one."""
    accepted = from_micros(row.last_accepted_at) if row.last_accepted_at is not None else None
    refused = from_micros(row.last_refused_at) if row.last_refused_at is not None else None
    failing = refused is not None and (accepted is None or refused > accepted)
    return {"accepted": accepted, "refused": refused, "failing": failing}


@blueprint.get("/new")
@access("administrator")
def new() -> Response:
    """The form of a new source."""
    of_the_whole_place()
    return _form(Form(), None, scopes=["statements/write", "define"])


@blueprint.post("/new")
@access("administrator")
def create() -> Response:
    """Make the credential and show its secret, this once: the hub keeps only a keyed hash of it."""
    me, form, where = of_the_whole_place(), Form(), here()
    name, scopes, platform, terms = _typed(form)
    if not form.errors:
        try:
            with where.tenant.write() as session:
                row, secret = xapi_sources.create_source(
                    session, where.vault, name, scopes, platform, where.now, terms=terms, by=me
                )
            return _secret(row, secret)
        except Invalid as error:
            form.errors.add_invalid(error)
    return _form(form, None, name=name, scopes=scopes, platform=platform, terms=terms)


@blueprint.get("/<uuid:source_id>")
@access("administrator")
def detail(source_id: UUID) -> Response:
    """One source: how to connect it, what it may do, why it was last refused and what to change."""
    of_the_whole_place()
    with here().tenant.read() as session:
        row = xapi_sources.find(session, source_id)
    terms = Terms(row.lenient, row.keeps_authority, row.per_minute, row.largest_body)
    return _form(Form(), row, name=row.name, scopes=list(row.scopes), platform=row.platform_id, terms=terms)


@blueprint.post("/<uuid:source_id>")
@access("administrator")
def change(source_id: UUID) -> Response:
    """Change name, scopes, platform or terms."""
    me, form, where = of_the_whole_place(), Form(), here()
    name, scopes, platform, terms = _typed(form)
    if not form.errors:
        try:
            with where.tenant.write() as session:
                xapi_sources.change(session, source_id, name, scopes, platform, where.now, terms=terms, by=me)
            return go(url_for("sources.detail", source_id=source_id), _("La source est modifiée."))
        except Invalid as error:
            form.errors.add_invalid(error)
    with where.tenant.read() as session:
        row = xapi_sources.find(session, source_id)
    return _form(form, row, name=name, scopes=scopes, platform=platform, terms=terms)


@blueprint.post("/<uuid:source_id>/rotate")
@access("administrator")
def rotate(source_id: UUID) -> Response:
    """A new secret, shown this once; the old one opens nothing any more."""
    me, where = of_the_whole_place(), here()
    with where.tenant.write() as session:
        row, secret = xapi_sources.rotate(session, where.vault, source_id, where.now, by=me)
    return _secret(row, secret)


@blueprint.post("/<uuid:source_id>/close")
@access("administrator")
def close(source_id: UUID) -> Response:
    """Close the credential; what it sent stays."""
    return _set_active(source_id, active=False, message=_("La source est fermée : ce qu’elle envoie est refusé."))


@blueprint.post("/<uuid:source_id>/open")
@access("administrator")
def reopen(source_id: UUID) -> Response:
    """Open a closed credential again, with the same key and secret."""
    return _set_active(source_id, active=True, message=_("La source est rouverte."))


def _set_active(source_id: UUID, *, active: bool, message: str) -> Response:
    me, where = of_the_whole_place(), here()
    with where.tenant.write() as session:
        xapi_sources.set_active(session, source_id, where.now, active=active, by=me)
    return go(url_for("sources.detail", source_id=source_id), message)


def _typed(form: Form) -> tuple[str, list[str], UUID | None, Terms]:
    name = form.text("name", required=True, longest=xapi_sources.LONGEST_NAME)
    scopes = form.choices("scopes", SCOPES)
    if not scopes:
        form.errors.fault("scopes", "required")
    megabytes = form.number("megabytes", low=1, high=1000)
    terms = Terms(
        lenient=form.flag("lenient"),
        keeps_authority=form.flag("keeps_authority"),
        per_minute=form.number("per_minute", low=1, high=1_000_000),
        largest_body=megabytes * MEGABYTE if megabytes else None,
    )
    typed = form.text("platform", longest=40)
    try:
        return name, scopes, UUID(typed) if typed else None, terms
    except ValueError:
        form.errors.fault("platform", "unknown")
        return name, scopes, None, terms


def _repairs(row: XapiSource | None) -> dict[str, object] | None:
    """What was repaired for a lenient source, in words: (fault, how often), the latest instant and place."""
    log = row.last_repair if row else None
    if not log:
        return None
    counts = [(gettext(REPAIR_WORDS.get(what, what)), count) for what, count in sorted(log["totals"].items())]
    return {"counts": counts, "at": from_micros(log["at"]), "path": log["path"]}


def _form(
    form: Form,
    row: XapiSource | None,
    *,
    name: str = "",
    scopes: list[str],
    platform: UUID | None = None,
    terms: Terms | None = None,
) -> Response:
    told, volume = terms or Terms(), source_days.NOTHING
    with here().tenant.read() as session:
        if row is not None:
            volume = source_days.volumes(session, here().now, VOLUME_DAYS).get(row.id, volume)
        platforms = [(str(key), label) for key, label in xapi_sources.platform_names(session)]
    return page(
        "sources/detail.html" if row else "sources/new.html",
        form=form,
        errors=form.errors,
        source=row,
        last=_last(row) if row else None,
        refusal=row.last_refusal if row else None,
        advice=advice(row.last_refusal) if row and row.last_refusal else "",
        endpoint=_endpoint(),
        name=name,
        scopes=scopes,
        scope_choices=[(scope, gettext(SCOPE_WORDS[scope])) for scope in SCOPES],
        platform=str(platform or ""),
        platforms=platforms,
        terms=told,
        megabytes=told.largest_body // MEGABYTE if told.largest_body else "",
        repairs=_repairs(row),
        volume=volume,
        chart=day_columns(volume.days) if volume.statements else None,
    )


def _secret(row: XapiSource, secret: str) -> Response:
    return page("sources/secret.html", source=row, secret=secret, endpoint=_endpoint())


def _endpoint() -> str:
    """The address an emitter is given: many want the slash at its end, and the LRS takes it doubled."""
    return f"{base_address(here().installation.config, here().record.hosts[0])}/xapi/"
