"""The list of persons: search, columns chosen and remembered, several put into a group at once, a file to take away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from hub.domain.roles import ROLES
from hub.services import admin_scope, exports, groups_admin, people_search
from hub.services.errors import NotFound
from hub.services.people_search import PersonLine, Wanted
from hub.texts import N_, gettext, ngettext
from hub.web import cookies
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.views._admin import crumbs, one_id
from hub.web.views._admin_words import ROLE_TITLES
from hub.web.words import choices

blueprint = Blueprint("admin_people_list", __name__)

EXPORTED_AT_ONCE = 500
"""Persons read in one unit for a file."""
COLUMNS: dict[str, tuple[str, Callable[[PersonLine], str]]] = {
    "roles": (N_("Rôles"), lambda line: ", ".join(gettext(ROLE_TITLES.get(name, name)) for name in line.roles)),
    "groups": (N_("Groupes"), lambda line: ", ".join(line.groups)),
    "email": (N_("E-mail"), lambda line: line.email),
    "external_id": (N_("Identifiant"), lambda line: line.external_id),
    "login": (N_("Mot de passe"), lambda line: _("oui") if line.has_login else _("non")),
}
USUAL = ("roles", "groups", "email", "external_id")


@blueprint.get("/admin/people")
@access("administrator")
def listed() -> Response:
    """Search, and the list page after page."""
    chosen = [name for name in COLUMNS if name in request.args.getlist("column")]
    answer = _list(Form(), request.args, chosen if request.args.get("columns") else _columns())
    if request.args.get("columns"):
        cookies.set_people_columns(answer, chosen)
    return answer


@blueprint.post("/admin/people/selected")
@access("administrator")
def selected() -> Response:
    """Put those ticked into a group; who is there already stays."""
    where, form = here(), Form()
    people, group_id = form.ids("person"), one_id(form, "join")
    if not people:
        form.errors["person"] = _("Cochez au moins une personne.")
    if group_id is None and "join" not in form.errors:
        form.errors["join"] = _("Choisissez un groupe.")
    if form.errors or group_id is None:
        return _list(form, request.form, _columns())
    with where.tenant.write() as unit:
        added = sum(groups_admin.join(unit, where.me, group_id, one, now=where.now) for one in people)
    already = len(people) - added
    detail = ngettext("%(num)s y était déjà.", "%(num)s y étaient déjà.", already) if already else ""
    said = ngettext("%(num)s personne est ajoutée au groupe.", "%(num)s personnes sont ajoutées au groupe.", added)
    return go(url_for("admin_groups.show", group_id=group_id), said, detail=detail)


@blueprint.get("/admin/people/list.<format_>")
@access("administrator")
def file(format_: str) -> Response:
    """Everybody who answers the search, as CSV or XLSX, in the columns chosen."""
    if format_ not in ("csv", "xlsx"):
        raise NotFound(export=format_)
    where, columns, after = here(), _columns(), ""
    rows: list[list[exports.Value]] = []
    while True:
        with where.tenant.read() as unit:
            found = people_search.search(unit, where.me, _wanted(request.args), after, EXPORTED_AT_ONCE)
        rows += [[line.name, *(COLUMNS[name][1](line) for name in columns)] for line in found.lines]
        after = found.after
        if not after:
            break
    sheet = exports.Sheet(_("Personnes"), [_("Nom"), *(gettext(COLUMNS[name][0]) for name in columns)], rows)
    content = exports.as_csv(sheet) if format_ == "csv" else exports.as_xlsx(sheet)
    response = Response(content, content_type=exports.CSV_TYPE if format_ == "csv" else exports.XLSX_TYPE)
    name = f"people-{where.now.date().isoformat()}.{format_}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _columns() -> list[str]:
    kept = cookies.people_columns()
    return [name for name in COLUMNS if name in (USUAL if kept is None else kept)]


def _wanted(asked: Any) -> Wanted:
    role = asked.get("role", "")
    return Wanted(asked.get("q", "")[:100], role if role in ROLES else "", _id(asked.get("group", "")))


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _list(form: Form, asked: Any, columns: list[str]) -> Response:
    """One page of the list. ``asked``: the search, from the address or from the form of those ticked."""
    where, wanted, after = here(), _wanted(asked), asked.get("after", "")[:400]
    with where.tenant.read() as unit:
        found = people_search.search(unit, where.me, wanted, after)
        groups = [(str(line.id), line.name) for line in groups_admin.listed(unit, where.me)]
    kept: dict[str, Any] = {"q": wanted.text, "role": wanted.role, "group": wanted.group_id or ""}
    return page(
        "admin/people.html",
        found=found,
        cells=[(line, [COLUMNS[name][1](line) or "–" for name in columns]) for line in found.lines],
        heads=[gettext(COLUMNS[name][0]) for name in columns],
        column_choices=[(name, gettext(title)) for name, (title, _cell) in COLUMNS.items()],
        columns=columns,
        ticked=set(request.form.getlist("person")),
        form=form,
        errors=form.errors,
        wanted=wanted,
        kept={name: value for name, value in {**kept, "after": after}.items() if value},
        roles=choices(ROLE_TITLES),
        groups=groups,
        following=url_for("admin_people_list.listed", **{**kept, "after": found.after}) if found.after else "",
        first=url_for("admin_people_list.listed", **kept) if after else "",
        files={kind: url_for("admin_people_list.file", format_=kind, **kept) for kind in ("xlsx", "csv")},
        whole=admin_scope.whole_place(where.me),
        crumbs=crumbs((_("Personnes"), None)),
    )
