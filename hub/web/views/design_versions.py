"""Publishing, versions and their differences, the preview as a learner, the document as a file."""

import re
import unicodedata
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from hub.domain.path import PathDocument, Rule, Step
from hub.domain.path_check import Change
from hub.services import paths, paths_publish, paths_versions
from hub.services.paths import Draft
from hub.services.paths_draft import DraftChanged
from hub.services.paths_words import rule_sentence
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.views._design import asked_revision, editor_href, findings, may_edit, open_version, step_of
from hub.web.views._design_preview import learner_map, locks
from hub.web.views._design_words import CHANGE_WORDS, VERSION_WORDS

blueprint = Blueprint("design_versions", __name__)


@blueprint.get("/design/versions/<uuid:version_id>/publish")
@access("designer", "administrator")
def publish_page(version_id: UUID) -> Response:
    """What stands in the way, what changed, who is affected; then one button."""
    return _publish_page(version_id)


@blueprint.post("/design/versions/<uuid:version_id>/publish")
@access("designer", "administrator")
def publish(version_id: UUID) -> Response:
    """Publish; the enrolments follow in the background."""
    form, where = Form(), here()
    migrate = form.flag("migrate")
    try:
        with where.tenant.write() as session:
            open_version(session, version_id, edit=True)
            draft = paths_publish.publish(
                session, version_id, asked_revision(form), migrate=migrate, by=where.me.person_id, now=where.now
            )
    except DraftChanged as conflict:
        return _publish_page(version_id, 409, conflict)
    except paths_publish.NotPublishable:
        return _publish_page(version_id, 422)
    detail = _("Les personnes passent à cette version dans les minutes qui viennent.") if migrate else ""
    words = _("La version %(number)s est publiée.", number=draft.number)
    return go(url_for("design_versions.versions", path_id=draft.path_id), words, detail=detail)


@blueprint.get("/design/<uuid:path_id>/versions")
@access("designer", "administrator")
def versions(path_id: UUID) -> Response:
    """Every version, who is in it, and the differences between two of them."""
    with here().tenant.read() as session:
        lines = paths_versions.list_versions(session, path_id)
        title = paths.newest(session, path_id).document.title
        old, new = _two(lines)
        changes = paths_versions.compare(session, old.id, new.id) if old and new else []
        before = {s.id: s for s in paths.load(session, old.id).document.steps()} if old else {}
        after = {s.id: s for s in paths.load(session, new.id).document.steps()} if new else {}
        editable = may_edit(session, path_id)
    told = [(change, _told(change, before, after)) for change in changes]
    return page(
        "design/versions.html",
        path_id=path_id,
        title=title,
        lines=lines,
        old=old,
        new=new,
        told=told,
        editable=editable,
        has_draft=any(line.state == "draft" for line in lines),
        version_words=VERSION_WORDS,
    )


@blueprint.post("/design/<uuid:path_id>/draft")
@access("designer", "administrator")
def new_draft(path_id: UUID) -> Response:
    """Open the next version's draft, or the one that is there."""
    where = here()
    try:
        with where.tenant.write() as session:
            open_version(session, paths.newest(session, path_id).version_id, edit=True)
            draft = paths_publish.new_draft(session, path_id, by=where.me.person_id, now=where.now)
    except paths_publish.DraftExists as exists:
        return go(url_for("design.editor", version_id=exists.version_id), _("Un brouillon est déjà ouvert."), "info")
    return go(editor_href(draft), _("Le brouillon de la version %(number)s est ouvert.", number=draft.number))


@blueprint.post("/design/versions/<uuid:version_id>/retire")
@access("designer", "administrator")
def retire(version_id: UUID) -> Response:
    """Close a version to new enrolments."""
    where = here()
    with where.tenant.write() as session:
        draft = open_version(session, version_id, edit=True)
        paths_publish.retire(session, version_id, by=where.me.person_id, now=where.now)
    words = _("La version %(number)s n’accepte plus de nouvelles inscriptions.", number=draft.number)
    return go(url_for("design_versions.versions", path_id=draft.path_id), words)


@blueprint.post("/design/<uuid:path_id>/archive")
@access("designer", "administrator")
def archive(path_id: UUID) -> Response:
    """Put a path into the archives, or take it out."""
    form, where = Form(), here()
    archived = form.flag("archived")
    with where.tenant.write() as session:
        open_version(session, paths.newest(session, path_id).version_id, edit=True)
        paths.archive(session, path_id, archived=archived, by=where.me.person_id, now=where.now)
    words = _("Le parcours est rangé aux archives.") if archived else _("Le parcours est de nouveau dans la liste.")
    return go(url_for("design.path_list"), words)


@blueprint.get("/design/versions/<uuid:version_id>/preview")
@access("designer", "administrator")
def preview(version_id: UUID) -> Response:
    """The learner's map without an enrolment; what is "done" is only in the address."""
    with here().tenant.read() as session:
        draft = open_version(session, version_id)
    return page("design/preview.html", **_preview(draft))


@blueprint.get("/design/versions/<uuid:version_id>/preview/<uuid:step_id>")
@access("designer", "administrator")
def preview_step(version_id: UUID, step_id: UUID) -> Response:
    """A step as the learner sees it."""
    with here().tenant.read() as session:
        draft = open_version(session, version_id)
    parts = _preview(draft)
    step = step_of(draft, step_id)
    with_it = [*parts["done"], step.id] if step.id not in parts["done"] else [i for i in parts["done"] if i != step.id]
    return page(
        "design/preview_step.html",
        step=step,
        locked=locks(draft.document, step, parts["done"]),
        sentence=rule_sentence(step),
        toggle=url_for("design_versions.preview", version_id=version_id, done=with_it),
        **parts,
    )


@blueprint.get("/design/versions/<uuid:version_id>/export.json")
@access("designer", "administrator")
def export(version_id: UUID) -> Response:
    """The document as a file that an import takes."""
    with here().tenant.read() as session:
        draft = open_version(session, version_id)
    plain = unicodedata.normalize("NFKD", draft.document.title).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "parcours"
    answer = Response(paths_versions.export_document(draft.document), content_type="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}-v{draft.number}.json"'
    return answer


def _publish_page(version_id: UUID, status: int = 200, conflict: DraftChanged | None = None) -> Response:
    with here().tenant.read() as session:
        draft = open_version(session, version_id, edit=True)
        problems = paths_publish.check_draft(session, draft.document)
        concerned = paths_publish.affected(session, draft)
        lines = paths_versions.list_versions(session, draft.path_id)
        previous = next((line for line in lines if line.number < draft.number), None)
        old = paths.load(session, previous.id).document if previous else None
        changes = paths_versions.compare(session, previous.id, version_id) if previous else []
    before = {s.id: s for s in old.steps()} if old else {}
    after = {s.id: s for s in draft.document.steps()}
    return page(
        "design/publish.html",
        status,
        draft=draft,
        selected=None,
        editable=draft.editable,
        findings=findings(draft.document, problems),
        blocked=any(p.severity == "error" for p in problems),
        affected=concerned,
        people=sum(a.people for a in concerned),
        previous=previous,
        told=[(change, _told(change, before, after)) for change in changes],
        conflict=conflict,
        typed=[],
        change_words=CHANGE_WORDS,
        publish_page=True,
    )


def _two(
    lines: list[paths_versions.VersionLine],
) -> tuple[paths_versions.VersionLine | None, paths_versions.VersionLine | None]:
    """The versions to compare: those asked for by number, else the newest two."""
    by_number = {str(line.number): line for line in lines}
    new = by_number.get(request.args.get("new", "")) or lines[0]
    older = [line for line in lines if line.number < new.number]
    old = by_number.get(request.args.get("old", "")) or (older[0] if older else None)
    return old, new


def _told(change: Change, before: dict[UUID, Step], after: dict[UUID, Step]) -> str:
    """A difference in plain words."""
    match change.what:
        case "added":
            return _("étape ajoutée")
        case "removed":
            return _("étape retirée ; ce qui y a été fait reste dans les traces")
        case "moved":
            return _("déplacée de la place %(old)s à la place %(new)s", old=change.old, new=change.new)
        case "rule":
            old = rule_sentence(before[change.step_id], _rule(change.old))
            new = rule_sentence(after[change.step_id], _rule(change.new))
            return _("terminée quand : %(new)s (avant : %(old)s)", new=new, old=old)
        case "required":
            return _("devient obligatoire") if change.new else _("devient facultative")
        case "title":
            return _("s’appelait « %(old)s »", old=change.old)
        case "variants":
            count = (len(change.old), len(change.new))
            return _("façons de faire changées (%(old)s avant, %(new)s maintenant)", old=count[0], new=count[1])
        case _:
            return _("changement : %(what)s", what=_(CHANGE_WORDS.get(change.what, change.what)))


def _rule(value: Any) -> Rule:
    return value if isinstance(value, Rule) else Rule()


def _preview(draft: Draft) -> dict[str, Any]:
    document: PathDocument = draft.document
    known = {s.id for s in document.steps()}
    done: list[UUID] = []
    for text in request.args.getlist("done"):
        try:
            wanted = UUID(text)
        except ValueError:
            continue
        if wanted in known and wanted not in done:
            done.append(wanted)

    def href(step: Step) -> str:
        return url_for("design_versions.preview_step", version_id=draft.version_id, step_id=step.id, done=done)

    return {"draft": draft, "document": document, "done": done, "map": learner_map(document, done, href), "href": href}
