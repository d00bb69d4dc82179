"""Packages: giving a file to the catalogue, the report of its import, the original to take away, links to export."""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO
from urllib.parse import quote
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from hub.services import catalogue, jobs, link_export, packages, uploads
from hub.services.errors import Invalid
from hub.services.packages import ImportView
from hub.texts import gettext
from hub.texts.import_text import format_name, reason, sentence
from hub.texts.import_words import COUNTS, FATES, LEVELS, PART_KINDS, VERDICTS
from hub.web.access import SIGNED_IN, access
from hub.web.context import N_, _, here
from hub.web.forms import Form
from hub.web.render import fragment, go, page
from hub.web.security import sandbox

blueprint = Blueprint("packages", __name__)

LARGEST_WITHOUT_SCRIPT = 4_000_000_000
PIECE = 1 << 16
FAULTS: Mapping[str, str] = {
    "empty_file": N_("Ce fichier est vide."),
    "file_too_large": N_("Ce fichier est trop lourd pour le catalogue."),
    "too_many_files": N_("Il y a trop d’envois en cours : attendez qu’ils finissent."),
    "upload_unfinished": N_("Un fichier n’est pas arrivé en entier. Choisissez-le de nouveau."),
}
STATE_SIGNS: Mapping[str, tuple[str, str]] = {
    "accepted": ("done", N_("au catalogue")),
    "refused": ("check", N_("refusé")),
}
LEVEL_SIGNS: Mapping[str, str] = {"error": "check", "neutral": "awaiting", "warning": "awaiting", "info": "open"}
FATE_SIGNS: Mapping[str, str] = {"imported": "done", "converted": "in_progress", "skipped": "waived"}


@blueprint.url_value_preprocessor
def _allow_large_forms(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Before the body is read (the CSRF check reads it): a package may come with the form, without script."""
    if endpoint == f"{blueprint.name}.give":
        request.max_content_length = LARGEST_WITHOUT_SCRIPT


@blueprint.get("/catalogue/import")
@access("designer", "administrator")
def upload() -> Response:
    """Give files; the latest imports."""
    return _upload_page(Form())


def _upload_page(form: Form, status: int = 200) -> Response:
    of = _uuid(request.args.get("of", ""))
    with here().tenant.read() as session:
        largest, recent = packages.budget(session), packages.recent(session)
        held = catalogue.get(session, of) if of else None
    return page(
        "packages/upload.html",
        status,
        form=form,
        largest=largest,
        recent=recent,
        states={one.id: _state(one) for one in recent},
        held=held,
    )


@blueprint.post("/catalogue/import")
@access("designer", "administrator")
def give() -> Response:
    """Put the files sent before, or with this form, into the intake."""
    form, where = Form(), here()
    ids, of, made = form.ids("upload"), _uuid(request.args.get("of", "")), []
    if not form.errors:
        try:
            ids += _whole_files()
            if not ids:
                form.errors["files"] = _("Choisissez un fichier.")
            with where.tenant.write() as session:
                made = [
                    packages.begin(session, one, by=where.me.person_id, now=where.now, resource_id=of) for one in ids
                ]
        except Invalid as error:
            for code in error.fields.values():
                fault = FAULTS.get(code)
                form.errors["files"] = _(fault) if fault else code
    if form.errors:
        return _upload_page(form, 422)
    if len(made) > 1:
        return go(url_for("packages.upload"), _("Les fichiers sont en cours de lecture."), "info")
    return go(url_for("packages.show", import_id=made[0]))


def _whole_files() -> list[UUID]:
    where = here()
    with where.tenant.read() as session:
        most = packages.budget(session)
    found = []
    blobs = where.installation.blobs(where.record.key)
    for file in request.files.getlist("files"):
        if file.filename:
            stream: BinaryIO = file.stream  # type: ignore[assignment]  # werkzeug's is IO[bytes]
            row = uploads.store_whole(
                where.tenant, blobs, where.me.person_id, file.filename, stream, where.now, most
            )  # fmt: skip
            found.append(row.id)
    return found


@blueprint.get("/catalogue/imports/<uuid:import_id>")
@access("designer", "administrator")
def show(import_id: UUID) -> Response:
    """The report of an import, made for printing; while the file is read, how far it is."""
    with here().tenant.read() as session:
        found = packages.view(session, import_id)
    report = found.report or {}
    return page(
        "packages/report.html",
        found=found,
        state=_state(found),
        bar=_bar(found),
        refresh=5 if _working(found) else None,
        report=report,
        verdict=_word(VERDICTS, report.get("verdict", "")),
        format=format_name(report["format"], report["version"]) if report.get("format") else "",
        counts=[(_word(COUNTS, key), n) for key, n in report.get("counts", {}).items()],
        messages=[
            (one, _word(LEVELS, one["level"]), LEVEL_SIGNS[one["level"]], sentence(one))
            for one in sorted(report.get("messages", ()), key=lambda one: list(LEVEL_SIGNS).index(one["level"]))
        ],
        parts=[_part(one) for one in report.get("parts", ())],
    )


def _word(words: Mapping[str, str], code: str) -> str:
    """A word in the reader's language; an unknown code says itself."""
    text = words.get(code)
    return gettext(text) if text else code


def _part(one: Mapping[str, str]) -> tuple[str, str, str, str, str]:
    return (
        _word(PART_KINDS, one["kind"]),
        one["title"],
        _word(FATES, one["fate"]),
        FATE_SIGNS[one["fate"]],
        reason(one["reason"]) if one["reason"] else "",
    )


def _working(found: ImportView) -> bool:
    return found.state == "due" and found.job_state in (jobs.DUE, jobs.RUNNING)


def _state(found: ImportView) -> tuple[str, str]:
    if found.state in STATE_SIGNS:
        sign, words = STATE_SIGNS[found.state]
        return sign, gettext(words)
    if found.job_state == jobs.RUNNING:
        return "in_progress", _("en lecture")
    if found.job_state == jobs.DUE:
        return "awaiting", _("va commencer")
    return "check", _("lecture arrêtée")


def _bar(found: ImportView) -> dict[str, object]:
    href = url_for("packages.progress", import_id=found.id) if _working(found) else ""
    detail = _("La lecture va commencer. Vous pouvez quitter cette page.") if found.job_state == jobs.DUE else ""
    return {"done": found.done // 1000, "total": max(found.total, found.size) // 1000, "href": href, "detail": detail}


@blueprint.get("/catalogue/imports/<uuid:import_id>/progress")
@access("designer", "administrator")
def progress(import_id: UUID) -> Response:
    """The progress bar alone; the whole page once the file is read."""
    with here().tenant.read() as session:
        found = packages.view(session, import_id)
    answer = fragment("packages/_bar.html", bar=_bar(found))
    if not _working(found):
        answer.headers["HX-Redirect"] = url_for("packages.show", import_id=import_id)
    return answer


@blueprint.get("/packages/<uuid:resource_id>/original")
@access(SIGNED_IN)
def original(resource_id: UUID) -> Response:
    """The untouched file: always saved, never shown inside the hub's own origin."""
    where = here()
    number = request.args.get("version", None, int)
    with where.tenant.read() as session:
        found = packages.original(session, resource_id, where.me, number)
    content = where.installation.blobs(where.record.key).open(found.sha256)
    sandbox()
    response = Response(_pieces(content), content_type="application/octet-stream", direct_passthrough=True)
    response.call_on_close(content.close)
    response.headers["Content-Length"] = str(found.size)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.file_name, safe='')}"
    return response


def _pieces(content: BinaryIO) -> Iterator[bytes]:
    while piece := content.read(PIECE):
        yield piece


@blueprint.get("/catalogue/lti-links.imscc")
@access("designer", "administrator")
def links() -> Response:
    """The catalogue's LTI links as a Thin Common Cartridge."""
    where = here()
    with where.tenant.read() as session:
        data = link_export.cartridge(session, where.translator.lang)
    response = Response(data, content_type="application/vnd.ims.imsccv1p2")
    response.headers["Content-Disposition"] = 'attachment; filename="lti-links.imscc"'
    return response


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
