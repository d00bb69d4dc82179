"""The administrator's pages of the links to other LRSs and of webhooks: forwarding, pulling, what was refused, sending
again."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, url_for

from connectors.errors import ConnectorError
from connectors.lrs import Neighbour
from hub.models.neighbours import LrsLink
from hub.services import erasure_notices, neighbours, source_names
from hub.services.clock import place_zone
from hub.services.errors import Invalid
from hub.services.neighbours import LinkData
from hub.services.remote_errors import described
from hub.texts import N_, gettext
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.views._admin import of_the_whole_place
from hub.web.views._admin_words import error_text

blueprint = Blueprint("neighbours", __name__, url_prefix="/admin/neighbours")
VERSIONS = ("1.0.3", "2.0.0")
#: What the address of a new link calls its kind: (direction, version).
_KINDS = {"out": ("out", "1.0.3"), "in": ("in", "1.0.3"), "hook": ("out", neighbours.WEBHOOK)}
#: Why the hub itself did not take a statement of a neighbour.
_REFUSED_HERE = {
    "statement_conflict": N_("Une autre trace porte déjà ce numéro ici."),
    "void_forbidden": N_("Elle annule une trace qui vient d’ailleurs."),
    "attachments_unread": N_("Ses pièces jointes n’ont pas pu être lues : elle est gardée sans elles."),
}


@blueprint.get("")
@access("administrator")
def listing() -> Response:
    """Every link, with where it stands, and whom an erasure has to be told."""
    of_the_whole_place()
    with here().tenant.read() as session:
        links, notices = neighbours.links(session), erasure_notices.listed(session)
        return page("neighbours/list.html", links=links, notices=notices, head=neighbours.head(session))


@blueprint.get("/erasures/<uuid:notice_id>")
@access("administrator")
def notice(notice_id: UUID) -> Response:
    """What a recipient has to be told of an erasure, to be printed."""
    of_the_whole_place()
    with here().tenant.read() as session:
        told = erasure_notices.find(session, notice_id)
        ids = erasure_notices.ids(session, told.notice, told.link)
    return page("neighbours/notice.html", told=told, ids=ids)


@blueprint.post("/erasures/<uuid:notice_id>")
@access("administrator")
def tell(notice_id: UUID) -> Response:
    """The administrator told the recipient."""
    me, where = of_the_whole_place(), here()
    with where.tenant.write() as session:
        erasure_notices.told(session, notice_id, by=me, now=where.now)
    return go(url_for("neighbours.listing"), _("C’est noté : ce destinataire est prévenu."))


@blueprint.get("/new/<kind>")
@access("administrator")
def new(kind: str) -> Response:
    """The form of a new link: ``out`` to an LRS, ``in`` from one, or ``hook``."""
    of_the_whole_place()
    direction, version = _KINDS.get(kind, _KINDS["out"])
    return _form(Form(), None, LinkData("", direction, "", version))


@blueprint.post("/new/<kind>")
@access("administrator")
def create(kind: str) -> Response:
    """Make the link; it is at work from now on. The secret of a webhook is shown this once."""
    me, form, where = of_the_whole_place(), Form(), here()
    data = _typed(form, *_KINDS.get(kind, _KINDS["out"]))
    past = form.choice("past", ("all", "new")) != "new"
    if not form.errors:
        try:
            with where.tenant.write() as session:
                link = neighbours.add(session, data, by=me, now=where.now, past=past)
                secret = link.secret.reveal()
            if kind == "hook":
                return _secret(link, secret)
            return go(url_for("neighbours.detail", link_id=link.id), _("Le lien est ajouté et travaille."))
        except Invalid as error:
            form.errors.add_invalid(error)
    return _form(form, None, data)


@blueprint.get("/<uuid:link_id>")
@access("administrator")
def detail(link_id: UUID) -> Response:
    """One link: where it stands, what was refused and why, its settings."""
    of_the_whole_place()
    with here().tenant.read() as session:
        link = neighbours.find(session, link_id)
    return _form(Form(), link, _data(link))


@blueprint.post("/<uuid:link_id>")
@access("administrator")
def change(link_id: UUID) -> Response:
    """Change the link; its place in the ledger stays."""
    me, form, where = of_the_whole_place(), Form(), here()
    with where.tenant.read() as session:
        link = neighbours.find(session, link_id)
    data = _typed(form, link.direction, link.version)
    if not form.errors:
        try:
            with where.tenant.write() as session:
                neighbours.change(session, link_id, data, by=me, now=where.now)
            return go(url_for("neighbours.detail", link_id=link_id), _("Le lien est modifié."))
        except Invalid as error:
            form.errors.add_invalid(error)
    return _form(form, link, data)


@blueprint.post("/<uuid:link_id>/test")
@access("administrator")
def test(link_id: UUID) -> Response:
    """Ask the other LRS which versions it speaks: nothing is sent. A webhook gets an empty message."""
    of_the_whole_place()
    where = here()
    with where.tenant.read() as session:
        link = neighbours.find(session, link_id)
        to = neighbours.neighbour(link)
    try:
        told = _ping(to) if link.version == neighbours.WEBHOOK else _about(to)
    except ConnectorError as fault:
        return _form(Form(), link, _data(link), tested=error_text(described(fault)))
    return go(url_for("neighbours.detail", link_id=link_id), told)


def _about(to: Neighbour) -> str:
    http, client = neighbours.client(to, here().installation.config)
    with http:
        versions = client.about()
    return _("L’autre LRS répond. Il parle xAPI %(versions)s.", versions=", ".join(versions))


def _ping(to: Neighbour) -> str:
    http, receiver = neighbours.receiver(to, here().installation.config)
    with http:
        receiver.ping()
    return _("Le message d’essai est arrivé.")


@blueprint.post("/<uuid:link_id>/secret")
@access("administrator")
def renew(link_id: UUID) -> Response:
    """Another secret for a webhook, shown this once."""
    me, where = of_the_whole_place(), here()
    with where.tenant.write() as session:
        link = neighbours.new_secret(session, link_id, by=me, now=where.now)
        secret = link.secret.reveal()
    return _secret(link, secret)


def _secret(link: LrsLink, secret: str) -> Response:
    return page("neighbours/secret.html", link=link, secret=secret)


@blueprint.post("/<uuid:link_id>/pause")
@access("administrator")
def pause(link_id: UUID) -> Response:
    """Stop for now; nothing is lost, the link goes on later from where it stands."""
    return _set_active(link_id, active=False, message=_("Le lien est en pause. Il reprendra où il s’est arrêté."))


@blueprint.post("/<uuid:link_id>/resume")
@access("administrator")
def resume(link_id: UUID) -> Response:
    """Go on from where the link stood."""
    return _set_active(link_id, active=True, message=_("Le lien reprend."))


@blueprint.post("/<uuid:link_id>/resend")
@access("administrator")
def resend(link_id: UUID) -> Response:
    """Send once more what was refused."""
    me = of_the_whole_place()
    with here().tenant.write() as session:
        neighbours.resend(session, link_id, by=me)
    return go(url_for("neighbours.detail", link_id=link_id), _("Les traces refusées repartent."))


@blueprint.post("/<uuid:link_id>/replay")
@access("administrator")
def replay(link_id: UUID) -> Response:
    """Go over everything again from a day on: whoever has a statement keeps one of it."""
    me, form, where = of_the_whole_place(), Form(), here()
    day = form.day("since", required=True)
    if day is None:
        with where.tenant.read() as session:
            link = neighbours.find(session, link_id)
        return _form(form, link, _data(link))
    with where.tenant.write() as session:
        since = datetime.combine(day, time(), place_zone(session))
        neighbours.replay(session, link_id, since, by=me, now=where.now)
    return go(url_for("neighbours.detail", link_id=link_id), _("Le lien repasse sur tout depuis ce jour."))


@blueprint.post("/<uuid:link_id>/remove")
@access("administrator")
def remove(link_id: UUID) -> Response:
    """Take the link away; statements stay where they are."""
    me, where = of_the_whole_place(), here()
    with where.tenant.write() as session:
        neighbours.remove(session, link_id, by=me, now=where.now)
    return go(url_for("neighbours.listing"), _("Le lien est supprimé. Les traces restent où elles sont."))


def _set_active(link_id: UUID, *, active: bool, message: str) -> Response:
    me, where = of_the_whole_place(), here()
    with where.tenant.write() as session:
        neighbours.set_active(session, link_id, active=active, by=me, now=where.now)
    return go(url_for("neighbours.detail", link_id=link_id), message)


def _typed(form: Form, direction: str, version: str) -> LinkData:
    hook = version == neighbours.WEBHOOK
    return LinkData(
        name=form.text("name", required=True, longest=120),
        direction=direction,
        endpoint=form.text("endpoint", required=True, longest=neighbours.LONGEST),
        version=version if hook else form.choice("version", VERSIONS, required=True),
        key="" if hook else form.text("key", longest=200),
        secret="" if hook else form.text("secret", longest=2000),
        verbs=form.text("verbs").split(),
        activities=form.text("activities").split(),
        sources=[str(one) for one in form.ids("sources")],
    )


def _data(link: LrsLink) -> LinkData:
    return LinkData(link.name, link.direction, link.endpoint, link.version, link.key, **link.filters)


def _why(error: Mapping[str, Any]) -> str:
    if "requirement" in error:
        return _("Elle ne suit pas la norme xAPI.")
    known = _REFUSED_HERE.get(str(error.get("code", "")))
    return gettext(known) if known else error_text(error)


def _form(form: Form, link: LrsLink | None, data: LinkData, *, tested: str = "") -> Response:
    with here().tenant.read() as session:
        known = source_names.all_names(session).values()
        sources = [(str(one.id), one.name) for one in known if one.kind != "hub"]
        refused = neighbours.refusals(session, link.id) if link else ()
        behind = neighbours.head(session) - link.cursor if link and link.direction == "out" else 0
    return page(
        "neighbours/detail.html" if link else "neighbours/new.html",
        form=form,
        errors=form.errors,
        link=link,
        data=data,
        hook=data.version == neighbours.WEBHOOK,
        sources=sources,
        versions=[(version, version) for version in VERSIONS],
        refused=[(row, _why(row.error)) for row in refused],
        behind=behind,
        error=tested or (error_text(link.last_error) if link and link.last_error else ""),
    )
