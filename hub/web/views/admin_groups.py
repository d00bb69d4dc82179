"""Groups: list, make, change, who is in, who trains."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, request, url_for

from hub.services import admin_scope, groups_admin, organisations, people_search
from hub.services.errors import Forbidden, Invalid
from hub.services.groups_admin import GroupData
from hub.services.people_search import Wanted
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.nav import page_exists
from hub.web.render import go, page
from hub.web.views._admin import Field, add_faults, crumbs, form_page, one_id

blueprint = Blueprint("admin_groups", __name__)
FOUND = 20


@blueprint.get("/admin/groups")
@access("administrator")
def listed() -> Response:
    """The groups in use, or those archived."""
    where, archived = here(), request.args.get("archived") == "1"
    with where.tenant.read() as unit:
        lines = groups_admin.listed(unit, where.me, archived=archived)
    return page("admin/groups.html", lines=lines, archived=archived, crumbs=crumbs((_("Groupes"), None)))


@blueprint.route("/admin/groups/new", methods=["GET", "POST"])
@access("administrator")
def new() -> Response:
    """Make a group."""
    return _edit(None)


@blueprint.route("/admin/groups/<uuid:group_id>/edit", methods=["GET", "POST"])
@access("administrator")
def edit(group_id: UUID) -> Response:
    """Change a group."""
    return _edit(group_id)


def _edit(group_id: UUID | None) -> Response:
    where, form = here(), Form()
    with where.tenant.read() as unit:
        group = groups_admin.find(unit, where.me, group_id) if group_id else None
        known = [(row.id, row.name) for row in organisations.listed(unit)]
    if request.method == "POST":
        data = GroupData(
            form.text("name", required=True), one_id(form, "organisation"), form.day("starts_on"), form.day("ends_on")
        )
        if not form.errors:
            try:
                with where.tenant.write() as unit:
                    made = (
                        groups_admin.change(unit, where.me, group_id, data, now=where.now)
                        if group_id
                        else groups_admin.add(unit, where.me, data, now=where.now)
                    )
                return go(url_for("admin_groups.show", group_id=made.id), _("Le groupe est enregistré."))
            except Invalid as error:
                add_faults(form, error)
            except Forbidden:
                form.errors["organisation"] = _("Choisissez un organisme que vous administrez.")
    title = _("Modifier le groupe") if group else _("Créer un groupe")
    days = {name: getattr(group, name) for name in ("starts_on", "ends_on")} if group else {}
    dates = {name: day.isoformat() if day else "" for name, day in days.items()}
    fields = [
        Field("name", _("Nom du groupe"), value=group.name if group else "", required=True,
              help=_("Par exemple : Menuiserie, promotion 2026.")),
        Field("organisation", _("Organisme"), "select", group.organisation_id if group else "", known,
              empty=_("Aucun en particulier")),
        Field("starts_on", _("Du"), "date", dates.get("starts_on", ""), attrs={"class": "short"}),
        Field("ends_on", _("Au"), "date", dates.get("ends_on", ""), attrs={"class": "short"}),
    ]  # fmt: skip
    way = crumbs((_("Groupes"), url_for("admin_groups.listed")), (title, None))
    return form_page(title, fields, form, crumbs=way)


@blueprint.get("/admin/groups/<uuid:group_id>")
@access("administrator")
def show(group_id: UUID) -> Response:
    """A group: members, trainers, and a search for somebody to add."""
    where, text = here(), request.args.get("q", "").strip()[:100]
    with where.tenant.read() as unit:
        group = groups_admin.find(unit, where.me, group_id)
        members, trainers = groups_admin.members(unit, group_id), groups_admin.trainers(unit, group_id)
        found = people_search.search(unit, where.me, Wanted(text), limit=FOUND).lines if text else ()
        held = {one.person_id for one in trainers}
        candidates = [pair for pair in groups_admin.trainer_choices(unit) if pair[0] not in held]
    inside = {one.person_id for one in members}
    return page(
        "admin/group.html",
        group=group,
        members=members,
        trainers=trainers,
        text=text,
        found=[line for line in found if line.id not in inside],
        candidates=candidates,
        whole=admin_scope.whole_place(where.me),
        cards=page_exists("/cards"),
        followed=page_exists(f"/groups/{group_id}"),
        crumbs=crumbs((_("Groupes"), url_for("admin_groups.listed")), (group.name, None)),
    )


def _back(group_id: UUID, message: str, part: str = "") -> Response:
    return go(url_for("admin_groups.show", group_id=group_id) + part, message)


@blueprint.post("/admin/groups/<uuid:group_id>/members")
@access("administrator")
def join(group_id: UUID) -> Response:
    """Put somebody in."""
    where, form = here(), Form()
    person = one_id(form, "person")
    if person is None:
        return _back(group_id, _("Choisissez une personne."))
    with where.tenant.write() as unit:
        new = groups_admin.join(unit, where.me, group_id, person, now=where.now)
    return _back(group_id, _("La personne est dans le groupe.") if new else _("Elle y était déjà."), "#members")


@blueprint.post("/admin/groups/<uuid:group_id>/members/<uuid:person_id>/leave")
@access("administrator")
def leave(group_id: UUID, person_id: UUID) -> Response:
    """Take somebody out."""
    where = here()
    with where.tenant.write() as unit:
        groups_admin.leave(unit, where.me, group_id, person_id, now=where.now)
    return _back(group_id, _("La personne n’est plus dans le groupe. Ce qu’elle a fait reste."), "#members")


@blueprint.post("/admin/groups/<uuid:group_id>/trainers")
@access("administrator")
def train(group_id: UUID) -> Response:
    """Name a trainer."""
    where, form = here(), Form()
    person = one_id(form, "person")
    if person is None:
        return _back(group_id, _("Choisissez une personne."), "#trainers")
    with where.tenant.write() as unit:
        groups_admin.train(unit, where.me, group_id, person, now=where.now)
    return _back(group_id, _("Le groupe a un formateur de plus."), "#trainers")


@blueprint.post("/admin/groups/<uuid:group_id>/trainers/<uuid:grant_id>/stop")
@access("administrator")
def stop_training(group_id: UUID, grant_id: UUID) -> Response:
    """Take a trainer off."""
    where = here()
    with where.tenant.write() as unit:
        groups_admin.stop_training(unit, where.me, group_id, grant_id, now=where.now)
    return _back(group_id, _("Cette personne ne suit plus ce groupe."), "#trainers")


@blueprint.post("/admin/groups/<uuid:group_id>/archive")
@access("administrator")
def archive(group_id: UUID) -> Response:
    """Archive, or take up again (``archived=0``)."""
    where, form = here(), Form()
    archived = form.typed("archived") != "0"
    with where.tenant.write() as unit:
        groups_admin.archive(unit, where.me, group_id, archived=archived, now=where.now)
    return _back(group_id, _("Le groupe est archivé.") if archived else _("Le groupe est de nouveau dans la liste."))
