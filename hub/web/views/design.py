"""Paths of the designer: the list, the editor with its map, and every small form of it."""

from uuid import UUID

from flask import Blueprint, Response, flash, request

from hub.domain.path import Module, PathDocument
from hub.services import paths, paths_draft, paths_edit, paths_versions
from hub.services.errors import NotFound
from hub.services.paths_draft import DraftChanged
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.views._design import (
    Said,
    asked_revision,
    asked_step,
    editor_href,
    may_edit,
    open_version,
    scope_for_new,
)
from hub.web.views._design import editor as editor_parts
from hub.web.views._design_edits import EDITS
from hub.web.views._design_words import CHANGE_WORDS, EDIT_WORDS

blueprint = Blueprint("design", __name__)

#: Forms that the editor holds several of -> the field that tells them apart.
REPEATED = {"module": "module", "variant": "variant", "activity-minutes": "activity"}


@blueprint.get("/design")
@access("designer", "administrator")
def path_list() -> Response:
    """Every path, with its versions, figures and people."""
    return _list_page(Form())


@blueprint.post("/design/new")
@access("designer", "administrator")
def create() -> Response:
    """A new path with one empty module."""
    form, where = Form(), here()
    title = form.text("title", required=True, longest=200)
    if form.errors:
        return _list_page(form)
    document = PathDocument(title=title, modules=(Module(title=_("Premier module")),))
    with where.tenant.write() as session:
        draft = paths.create_path(
            session, document, by=where.me.person_id, now=where.now, organisation_id=scope_for_new()
        )
    return go(editor_href(draft), _("Le parcours est créé. Ajoutez sa première étape."))


@blueprint.post("/design/import")
@access("designer", "administrator")
def import_path() -> Response:
    """A new path from an exported file, with identities of its own."""
    form, where = Form(), here()
    document = uploaded_document(form)
    if document is None:
        return _list_page(form)
    with where.tenant.write() as session:
        fitted = paths_versions.fitted(session, paths_edit.renewed(document))
        draft = paths.create_path(
            session, fitted, by=where.me.person_id, now=where.now, organisation_id=scope_for_new()
        )
    return go(editor_href(draft), _("Le parcours est importé, en brouillon."))


@blueprint.get("/design/<uuid:path_id>")
@access("designer", "administrator")
def newest(path_id: UUID) -> Response:
    """To the draft of a path, else to its newest version."""
    with here().tenant.read() as session:
        return go(editor_href(paths.newest(session, path_id)))


@blueprint.get("/design/versions/<uuid:version_id>")
@access("designer", "administrator")
def editor(version_id: UUID) -> Response:
    """The editor of a draft; a frozen version is shown the same way, without its forms."""
    with here().tenant.read() as session:
        draft = open_version(session, version_id)
        parts = editor_parts(session, draft, Said(), asked_step(draft.document))
    return page("design/editor.html", conflict=None, **parts)


@blueprint.post("/design/versions/<uuid:version_id>/edit/<what>")
@access("designer", "administrator")
def edit(version_id: UUID, what: str) -> Response:
    """Apply one small form to the draft."""
    if what not in EDITS:
        raise NotFound(kind="edit", what=what)
    parse, label = EDITS[what]
    form, where = Form(), here()
    with where.tenant.read() as session:
        draft = open_version(session, version_id, edit=True)
    try:
        parsed = parse(form, draft.document)
        if form.errors:
            return _editor_page(version_id, _said(what, form), parsed.step, 422)
        with where.tenant.write() as session:
            draft = paths_draft.edit(
                session,
                version_id,
                asked_revision(form),
                parsed.operation,
                label=label,
                by=where.me.person_id,
                now=where.now,
            )
    except DraftChanged as conflict:
        steps = form.ids("step")
        return _editor_page(version_id, _said(what, form), steps[0] if steps else None, 409, conflict)
    except paths_edit.PartNotFound:
        return go(editor_href(draft), _("Ce que vous vouliez changer n’est plus dans le parcours."), "warning")
    shown = parsed.step if parsed.step and draft.document.step(parsed.step) else asked_step(draft.document)
    words = _("Enregistré : %(what)s.", what=_(EDIT_WORDS[label]))
    if not is_htmx():
        return go(editor_href(draft, shown, parsed.anchor), words)
    flash(words, "success")
    answer = _editor_page(version_id, Said(), shown, 200)
    answer.headers["HX-Push-Url"] = editor_href(draft, shown)
    return answer


@blueprint.post("/design/versions/<uuid:version_id>/undo/<uuid:edit_id>")
@access("designer", "administrator")
def undo(version_id: UUID, edit_id: UUID) -> Response:
    """Take back the latest edit, or bring back what an earlier one removed."""
    where = here()
    try:
        with where.tenant.write() as session:
            draft = open_version(session, version_id, edit=True)
            draft = paths_draft.undo(session, version_id, edit_id, by=where.me.person_id, now=where.now)
    except paths_draft.NothingToUndo:
        return go(editor_href(draft), _("Cela ne peut plus être annulé : le parcours a changé depuis."), "warning")
    return go(editor_href(draft, asked_step(draft.document)), _("C’est annulé."))


@blueprint.post("/design/versions/<uuid:version_id>/import")
@access("designer", "administrator")
def import_draft(version_id: UUID) -> Response:
    """Replace the draft's content by an exported file; identities stay, and the undo button gives back what was."""
    form, where = Form(), here()
    document = uploaded_document(form)
    with where.tenant.write() as session:
        draft = open_version(session, version_id, edit=True)
        if document is not None:
            fitted = paths_versions.fitted(session, document)
            paths_draft.edit(
                session,
                version_id,
                draft.revision,
                lambda _old: fitted,
                label="imported",
                by=where.me.person_id,
                now=where.now,
            )
    if document is None:
        return go(editor_href(draft), form.errors.get("file", ""), "error")
    return go(editor_href(draft), _("Le document est importé dans le brouillon."))


def uploaded_document(form: Form) -> PathDocument | None:
    """The document of the uploaded file; None, with the reason beside the field, when it is no path."""
    file = request.files.get("file")
    if file is None or not file.filename:
        form.errors.fault("file", "required")
        return None
    data = file.read(paths_versions.MAX_IMPORT_BYTES + 1)
    try:
        return paths_versions.parse_document(data)
    except paths_versions.DocumentRefused as refused:
        form.errors["file"] = _refusal(refused)
        return None


def is_htmx() -> bool:
    """Whether htmx asks, and so swaps a piece of the page."""
    return request.headers.get("HX-Request") == "true"


def _refusal(refused: paths_versions.DocumentRefused) -> str:
    match refused.why:
        case "too_large":
            return _("Ce fichier est trop gros pour être un parcours.")
        case "other_version":
            return _("Ce fichier vient d’une autre version du hub.")
        case "does_not_fit":
            return _("Ce fichier a une valeur qui ne convient pas, ici : %(where)s.", where=refused.where)
        case _:
            return _("Ce fichier n’est pas un parcours exporté par le hub.")


def _said(what: str, form: Form) -> Said:
    """Forms that a page holds several of are told apart by the part that they change."""
    part = form.typed(REPEATED[what]) if what in REPEATED else ""
    return Said(f"{what}-{part}" if part else what, form)


def _editor_page(
    version_id: UUID, said: Said, step: UUID | None, status: int, conflict: DraftChanged | None = None
) -> Response:
    """The editor with what was typed, what is wrong, and what somebody else changed meanwhile. htmx shows no 409."""
    with here().tenant.read() as session:
        draft = open_version(session, version_id)
        parts = editor_parts(session, draft, said, step or asked_step(draft.document))
    status = 422 if status == 409 and is_htmx() else status
    return page("design/editor.html", status, conflict=conflict, change_words=CHANGE_WORDS, **parts)


def _list_page(form: Form) -> Response:
    archived = request.args.get("archived") == "1"
    with here().tenant.read() as session:
        lines = paths.list_paths(session, archived=archived)
        editable = {line.id for line in lines if may_edit(session, line.id)}
    return page("design/list.html", form=form, errors=form.errors, lines=lines, archived=archived, editable=editable)
