"""Collections of the catalogue: list, one with its resources in order, adding, ordering, sharing."""

from uuid import UUID

from flask import Blueprint, Response, url_for

from hub.services import collections
from hub.services.errors import Invalid
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.views._design_words import KIND_WORDS, brings_line

blueprint = Blueprint("collections", __name__)


@blueprint.get("/catalogue/collections")
@access("designer", "administrator", "trainer", "mediator")
def listing() -> Response:
    """One's own collections and the shared ones."""
    return _list(Form())


def _list(form: Form, status: int = 200) -> Response:
    with here().tenant.read() as session:
        found = collections.listed(session, here().me)
    return page("catalogue/collections.html", status, found=found, form=form)


@blueprint.post("/catalogue/collections")
@access("designer", "administrator", "trainer", "mediator")
def create() -> Response:
    """A new collection."""
    form, where = Form(), here()
    title, summary = form.text("title", required=True, longest=120), form.text("summary", longest=1000)
    if form.errors:
        return _list(form, 422)
    with where.tenant.write() as session:
        made = collections.create(session, where.me, title, summary, shared=form.flag("shared"), now=where.now)
    return go(url_for("collections.show", collection_id=made), _("La collection est prête : ajoutez-y des ressources."))


@blueprint.get("/catalogue/collections/<uuid:collection_id>")
@access("designer", "administrator", "trainer", "mediator")
def show(collection_id: UUID) -> Response:
    """One collection with its resources."""
    return _one(collection_id, Form())


def _one(collection_id: UUID, form: Form, status: int = 200) -> Response:
    with here().tenant.read() as session:
        found = collections.get(session, here().me, collection_id)
        entries = collections.entries(session, found)
    return page(
        "catalogue/collection.html", status, found=found, entries=entries, form=form, kind_words=KIND_WORDS,
        brings_line=brings_line,
    )  # fmt: skip


@blueprint.post("/catalogue/collections/<uuid:collection_id>")
@access("designer", "administrator", "trainer", "mediator")
def change(collection_id: UUID) -> Response:
    """Rename, describe, share."""
    form, where = Form(), here()
    title, summary = form.text("title", required=True, longest=120), form.text("summary", longest=1000)
    if form.errors:
        return _one(collection_id, form, 422)
    with where.tenant.write() as session:
        collections.change(
            session, where.me, collection_id, title, summary, shared=form.flag("shared"), now=where.now
        )  # fmt: skip
    return go(url_for("collections.show", collection_id=collection_id), _("La collection est enregistrée."))


@blueprint.post("/catalogue/collections/<uuid:collection_id>/items")
@access("designer", "administrator", "trainer", "mediator")
def arrange(collection_id: UUID) -> Response:
    """Move a resource up or down, or take it out."""
    form, where = Form(), here()
    act = form.choice("act", ("up", "down", "remove"), required=True)
    keys = form.ids("entry")
    if keys and act:
        with where.tenant.write() as session:
            if act == "remove":
                collections.remove(session, where.me, collection_id, keys[0], where.now)
            else:
                step = -1 if act == "up" else 1
                collections.move(session, where.me, collection_id, keys[0], step, where.now)
    anchor = f"e-{keys[0]}" if keys and act != "remove" else None
    return go(url_for("collections.show", collection_id=collection_id, _anchor=anchor))


@blueprint.post("/catalogue/<uuid:entry_id>/collect")
@access("designer", "administrator", "trainer", "mediator")
def collect(entry_id: UUID) -> Response:
    """Put a resource into a collection."""
    form, where = Form(), here()
    keys = form.ids("collection")
    back = url_for("catalogue.entry", entry_id=entry_id)
    if not keys or form.errors:
        return go(back, _("Choisissez une collection."), "warning")
    try:
        with where.tenant.write() as session:
            collections.add(session, where.me, keys[0], entry_id, where.now)
    except Invalid:
        return go(back, _("Cette collection est pleine : 500 ressources au plus."), "warning")
    return go(back, _("La ressource est dans la collection."))


@blueprint.post("/catalogue/collections/<uuid:collection_id>/delete")
@access("designer", "administrator", "trainer", "mediator")
def delete(collection_id: UUID) -> Response:
    """Take a collection apart."""
    where = here()
    with where.tenant.write() as session:
        collections.delete(session, where.me, collection_id, where.now)
    return go(url_for("collections.listing"), _("La collection n’est plus là. Ses ressources restent au catalogue."))
