"""Catalogues shared between the places of one installation: what this place gives, what it takes from others."""

from uuid import UUID

from flask import Blueprint, Response, url_for

from hub.services import place_sharing, place_subscriptions
from hub.services.errors import Invalid
from hub.web.access import access
from hub.web.context import N_, _, gettext, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.views._admin import crumbs, whole_place_only

blueprint = whole_place_only(Blueprint("admin_shared", __name__))

STATES = {
    "due": ("in_progress", N_("en lecture")),
    "read": ("done", N_("à jour")),
    "ended": ("check", N_("n’est plus partagée")),
    "away": ("check", N_("l’autre lieu ne répond pas : rien n’a changé ici")),
}


@blueprint.get("/admin/shared-catalogue")
@access("administrator")
def show() -> Response:
    """What is shared, what is taken."""
    return _show(Form())


def _show(form: Form, code: str = "", title: str = "") -> Response:
    with here().tenant.read() as unit:
        given, taken = place_sharing.listed(unit), place_subscriptions.listed(unit)
    heading = _("Catalogue partagé entre lieux")
    return page(
        "admin/shared.html",
        422 if form.errors else 200,
        form=form,
        given=given,
        taken=[(one, STATES[one.state][0], gettext(STATES[one.state][1])) for one in taken],
        code=code,
        code_title=title,
        refresh=5 if any(one.state == "due" for one in taken) else None,
        title=heading,
        crumbs=crumbs((heading, None)),
    )


@blueprint.post("/admin/shared-catalogue/<uuid:collection_id>/share")
@access("administrator")
def share(collection_id: UUID) -> Response:
    """Share a collection and show its code, this once."""
    where = here()
    with where.tenant.write() as unit:
        code = place_sharing.share(unit, where.me, where.record.key, collection_id, where.now)
        title = next(one.title for one in place_sharing.listed(unit) if one.id == collection_id)
    return _show(Form(), code, title)


@blueprint.post("/admin/shared-catalogue/<uuid:collection_id>/take-back")
@access("administrator")
def take_back(collection_id: UUID) -> Response:
    """Share it no more."""
    where = here()
    with where.tenant.write() as unit:
        place_sharing.take_back(unit, where.me, collection_id, where.now)
    return go(url_for("admin_shared.show"), _("Cette collection n’est plus partagée."))


@blueprint.post("/admin/shared-catalogue/subscriptions")
@access("administrator")
def subscribe() -> Response:
    """Take another place's collection."""
    where, form = here(), Form()
    code = form.text("code", required=True, longest=200)
    if not form.errors:
        try:
            with where.tenant.write() as unit:
                place_subscriptions.subscribe(unit, where.me, where.record.key, code, where.now)
            return go(url_for("admin_shared.show"), _("C’est demandé : les ressources arrivent dans le catalogue."))
        except Invalid as error:
            form.errors.add_invalid(error)
    return _show(form)


@blueprint.post("/admin/shared-catalogue/subscriptions/<uuid:subscription_id>/end")
@access("administrator")
def end(subscription_id: UUID) -> Response:
    """Take it no more."""
    where = here()
    with where.tenant.write() as unit:
        place_subscriptions.end(unit, where.me, subscription_id, where.now)
    return go(url_for("admin_shared.show"), _("Ses ressources sont retirées du catalogue."))
