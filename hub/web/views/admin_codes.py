"""The code lists of a place: which are held, from where and when; loading one from its publisher's file."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from flask import Blueprint, Response, request, url_for

from hub.services import code_files, code_lists
from hub.services.errors import Invalid
from hub.texts import N_, gettext
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.views._admin import crumbs, whole_place_only

blueprint = whole_place_only(Blueprint("admin_codes", __name__))

LARGEST = 64 * 1024 * 1024
FAULTS: dict[str, str] = {
    "no_columns": N_("Le hub ne trouve pas les colonnes du code et du libellé dans ce fichier."),
    "empty_file": N_("Ce fichier ne contient aucun code de cette liste."),
    "too_many": N_("Ce fichier est trop grand pour une liste de codes."),
    "not_a_list": N_("Le hub ne sait pas lire ce fichier : CSV, Excel, ou l’archive de l’éditeur."),
}


@blueprint.url_value_preprocessor
def _allow_large_forms(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Before the body is read: the archives of France compétences weigh some tens of megabytes."""
    if endpoint == f"{blueprint.name}.load":
        request.max_content_length = LARGEST


@blueprint.get("/admin/codes")
@access("administrator")
def show() -> Response:
    """The lists that are held."""
    return _show(Form())


@blueprint.post("/admin/codes")
@access("administrator")
def load() -> Response:
    """Take a whole list from a file, in the place of the one before."""
    form, where = Form(), here()
    scheme = form.choice("scheme", code_lists.SCHEMES, required=True)
    given = request.files.get("file")
    if given is None or not given.filename:
        form.errors["file"] = _("Choisissez un fichier.")
    elif scheme:
        try:
            found = code_files.read(cast(BinaryIO, given.stream), given.filename, scheme)
        except Invalid as error:
            (fault,) = error.fields.values()
            form.errors["file"] = gettext(FAULTS[fault])
            return _show(form)
        source = form.text("source", longest=200) or code_lists.PUBLISHERS[scheme]
        day, version = form.day("day") or found.day, form.text("version", longest=20) or found.version
        if day is None:
            form.errors["day"] = _("Le nom du fichier ne dit pas sa date : écrivez-la.")
        if not form.errors and day is not None:
            with where.tenant.write() as session:
                code_lists.load(session, scheme, found.codes, source=source, version=version, day=day,
                                by=where.me.person_id, now=where.now)  # fmt: skip
            number, left = (where.translator.number(one) for one in (len(found.codes), found.left))
            words = _(
                "Codes chargés : %(number)s. Lignes laissées, plus en vigueur ou d’une autre forme : %(left)s.",
                number=number,
                left=left,
            )
            return go(url_for("admin_codes.show"), words)
    return _show(form)


def _show(form: Form) -> Response:
    with here().tenant.read() as session:
        held = {one.scheme: one for one in code_lists.facts(session)}
    heading = _("Listes de codes")
    return page(
        "admin/codes.html",
        422 if form.errors else 200,
        form=form,
        held=[(code_lists.NAMES[name], code_lists.PUBLISHERS[name], held.get(name)) for name in code_lists.SCHEMES],
        schemes=[(name, code_lists.NAMES[name]) for name in code_lists.SCHEMES],
        plain_date=here().translator.plain_date,
        title=heading,
        crumbs=crumbs((heading, None)),
    )
