"""Partners' files: giving one, saying what its columns mean, the report, the confirmation; signed sheets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO, cast
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from connectors.files import Kind, targets
from connectors.tables import LARGEST
from hub.services import exports
from hub.services.errors import Conflict, Invalid
from hub.services.exports import Sheet
from hub.services.files import intake, run, sheets
from hub.services.files import report as reports
from hub.services.files.intake import FileRefused
from hub.services.files.report import FileReport
from hub.texts import N_, gettext
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import fragment, go, page
from hub.web.views import _files_words as words
from hub.web.views._admin import crumbs, whole_place_only
from hub.web.views._sheets import sheet_file

blueprint = whole_place_only(Blueprint("admin_files", __name__))

FAULTS: Mapping[str, str] = {
    "unknown": N_("Cette colonne n’est pas dans le fichier."),
    "twice": N_("Cette colonne sert déjà ailleurs."),
    "required": N_("Il manque une colonne pour cela."),
    "not_pdf": N_("Une feuille signée est un fichier PDF."),
    "file_too_large": N_("Ce fichier est trop lourd : 20 Mo au plus."),
    "not_its_own": N_("Ce logiciel ne tient pas ces informations : elles viennent d’ailleurs."),
}
_ROOM = 1 << 16
"""Bytes of a form beside its file."""


@blueprint.url_value_preprocessor
def _allow_large_forms(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Before the body is read: a partner's file comes with the form, without script."""
    if endpoint in (f"{blueprint.name}.give", f"{blueprint.name}.keep_sheet"):
        request.max_content_length = LARGEST + _ROOM


@blueprint.route("/admin/platforms/<uuid:platform_id>/files", methods=["GET", "POST"])
@access("administrator")
def give(platform_id: UUID) -> Response:
    """Give a file of a partner; the latest ones; the signed sheets."""
    where, form = here(), Form()
    if request.method == "POST":
        given = request.files.get("file")
        kind = form.choice("kind", [kind.value for kind in Kind])
        if given is None or not given.filename:
            form.errors["file"] = _("Choisissez un fichier.")
        if given is not None and kind and not form.errors:
            try:
                file = intake.give(
                    where.tenant, where.installation.blobs(where.record.key), platform_id, Kind(kind),
                    given.filename or "", cast(BinaryIO, given.stream), by=where.me.person_id, now=where.now,
                )  # fmt: skip
                return go(url_for("admin_files.columns", file_id=file))
            except FileRefused as refused:
                form.errors["file"] = words.refusal({"code": refused.code, **refused.details})
            except Invalid as error:
                _add(form, error)
    return _give_page(platform_id, form)


def _give_page(platform_id: UUID, form: Form) -> Response:
    with here().tenant.read() as unit:
        row = intake.find_platform(unit, platform_id)
        kinds = intake.kinds_of(row)
        earlier = reports.recent(unit, platform_id)
        meetings = sheets.meetings(unit, platform_id)
    return page(
        "files/give.html",
        row=row,
        form=form,
        errors=form.errors,
        kinds=[(kind.value, f"{gettext(words.KINDS[kind][0])} : {gettext(words.KINDS[kind][1])}") for kind in kinds],
        chosen=request.form.get("kind") or (kinds[0].value if len(kinds) == 1 else ""),
        earlier=[(file, words.label(file.kind), words.state(file)) for file in earlier],
        meetings=meetings,
        crumbs=crumbs(
            (_("Plateformes"), url_for("admin_platforms.listed")),
            (row.name, url_for("admin_platforms.show", platform_id=platform_id)),
            (_("Fichiers"), None),
        ),
    )


def _add(form: Form, error: Invalid) -> None:
    for name, code in error.fields.items():
        form.errors.setdefault(name, gettext(FAULTS.get(code, FAULTS["unknown"])))


@blueprint.route("/admin/platforms/files/<uuid:file_id>/columns", methods=["GET", "POST"])
@access("administrator")
def columns(file_id: UUID) -> Response:
    """Say what the columns of a file mean; the hub proposes."""
    where, form = here(), Form()
    blobs = where.installation.blobs(where.record.key)
    try:
        found = intake.columns(where.tenant, blobs, file_id)
    except FileRefused as refused:
        text = words.refusal({"code": refused.code, **refused.details})
        return go(url_for("admin_files.show", file_id=file_id), text, "error")
    mapping = dict(found.proposed)
    if request.method == "POST":
        mapping = {it.key: form.typed(f"col-{it.key}") for it in targets(Kind(found.row.kind))}
        try:
            with where.tenant.write() as unit:
                intake.set_columns(unit, file_id, mapping, found.headers, by=where.me.person_id, now=where.now)
            return go(url_for("admin_files.show", file_id=file_id))
        except Invalid as error:
            for key, code in error.fields.items():
                form.errors.setdefault(f"col-{key}", gettext(FAULTS.get(code, FAULTS["unknown"])))
        except Conflict:
            return go(url_for("admin_files.show", file_id=file_id), _("Ce fichier n’attend plus."), "warning")
    options = [(header, _sample(header, found.samples[header])) for header in found.headers]
    return page(
        "files/columns.html",
        found=found,
        kind=words.label(found.row.kind),
        form=form,
        errors=form.errors,
        fields=[(it.key, gettext(it.label), mapping.get(it.key, "")) for it in targets(Kind(found.row.kind))],
        options=options,
        unused=[header for header in found.headers if header not in mapping.values()],
        crumbs=crumbs(
            (_("Fichiers"), url_for("admin_files.give", platform_id=found.row.platform_id)), (found.row.name, None)
        ),
    )


def _sample(header: str, some: tuple[str, ...]) -> str:
    return f"{header} ({some[0]})" if some else header


@blueprint.get("/admin/platforms/files/<uuid:file_id>")
@access("administrator")
def show(file_id: UUID) -> Response:
    """The report, before and after."""
    only, number = request.args.get("only", ""), max(0, request.args.get("page", 0, int))
    with here().tenant.read() as unit:
        found = reports.report_of(unit, file_id, only, number)
    working = found.row.state in (intake.CHECKING, intake.APPLYING)
    after = int(found.row.state in (intake.APPLYING, intake.DONE))
    return page(
        "files/report.html",
        found=found,
        row=found.row,
        kind=words.label(found.row.kind),
        state=words.state(found.row),
        wrong=words.refusal(found.row.error) if found.row.error else "",
        chips=_chips(found, only, after),
        lines=[(line, gettext(words.FATES[line.fate][after]), words.FATES[line.fate][2],
                words.notes(found.row.kind, line.notes)) for line in found.lines],
        only=only,
        number=number,
        working=working,
        bar=_bar(found),
        refresh=5 if working else None,
        crumbs=crumbs(
            (_("Fichiers"), url_for("admin_files.give", platform_id=found.row.platform_id)), (found.row.name, None)
        ),
    )  # fmt: skip


def _chips(found: FileReport, only: str, after: int) -> list[tuple[str, str, int, bool, str]]:
    here_ = url_for("admin_files.show", file_id=found.row.id)
    every = [(_("Toutes"), here_, sum(found.counts.values()), not only, "")]
    return every + [
        (gettext(said[after]), f"{here_}?only={fate}", found.counts[fate], only == fate, said[2])
        for fate, said in words.FATES.items()
        if found.counts[fate]
    ]


def _bar(found: FileReport) -> dict[str, Any]:
    total = found.total if found.row.state == intake.APPLYING else 0
    return {
        "done": found.row.done,
        "total": total or found.row.done or 1,
        "href": url_for("admin_files.progress", file_id=found.row.id),
        "detail": _("Vous pouvez quitter cette page et revenir : le rapport reste ici 30 jours."),
    }


@blueprint.get("/admin/platforms/files/<uuid:file_id>/progress")
@access("administrator", passive=True)
def progress(file_id: UUID) -> Response:
    """The progress bar alone, asked for while the work goes on; the whole page once it is over."""
    with here().tenant.read() as unit:
        found = reports.report_of(unit, file_id, size=1)
    answer = fragment("files/_bar.html", bar=_bar(found))
    if found.row.state not in (intake.CHECKING, intake.APPLYING):
        answer.headers["HX-Redirect"] = url_for("admin_files.show", file_id=file_id)
    return answer


@blueprint.get("/admin/platforms/files/<uuid:file_id>/report.csv")
@access("administrator")
def report_file(file_id: UUID) -> Response:
    """The report as a file to send back to the partner."""
    with here().tenant.read() as unit:
        found = reports.report_of(unit, file_id, size=1)
        lines = list(reports.every_line(unit, file_id))
    after = int(found.row.state in (intake.APPLYING, intake.DONE))
    head = [_("Ligne"), _("Personne"), _("Ce qui se passe"), _("Pourquoi")]
    rows: list[list[exports.Value]] = [
        [line.number, line.who, gettext(words.FATES[line.fate][after]), words.notes(found.row.kind, line.notes)]
        for line in lines
    ]
    response = Response(exports.as_csv(Sheet(found.row.name, head, rows)), content_type=exports.CSV_TYPE)
    response.headers["Content-Disposition"] = 'attachment; filename="rapport.csv"'
    return response


@blueprint.post("/admin/platforms/files/<uuid:file_id>/confirm")
@access("administrator")
def confirm(file_id: UUID) -> Response:
    """Have it written."""
    where = here()
    with where.tenant.write() as unit:
        run.confirm(unit, file_id, by=where.me.person_id, now=where.now)
    detail = _("Vous pouvez quitter cette page et revenir : le rapport reste ici 30 jours.")
    return go(url_for("admin_files.show", file_id=file_id), _("L’écriture commence."), "info", detail)


@blueprint.post("/admin/platforms/files/<uuid:file_id>/give-up")
@access("administrator")
def give_up(file_id: UUID) -> Response:
    """Leave it unwritten."""
    where = here()
    with where.tenant.write() as unit:
        run.give_up(unit, file_id, by=where.me.person_id, now=where.now)
        platform_id = intake.find(unit, file_id).platform_id
    address = url_for("admin_files.give", platform_id=platform_id)
    return go(address, _("Le fichier est abandonné. Rien n’a été écrit."), "info")


@blueprint.post("/admin/platforms/<uuid:platform_id>/sheets")
@access("administrator")
def keep_sheet(platform_id: UUID) -> Response:
    """Keep a signed sheet beside the presences of a meeting."""
    where, form = here(), Form()
    given, meeting = request.files.get("sheet"), form.typed("meeting")
    if given is None or not given.filename:
        form.errors["sheet"] = _("Choisissez un fichier.")
        return _give_page(platform_id, form)
    try:
        sheets.keep(
            where.tenant, where.installation.blobs(where.record.key), platform_id, meeting, given.filename,
            cast(BinaryIO, given.stream), by=where.me.person_id, now=where.now,
        )  # fmt: skip
    except Invalid as error:
        _add(form, error)
        return _give_page(platform_id, form)
    return go(url_for("admin_files.give", platform_id=platform_id), _("La feuille signée est gardée."))


@blueprint.get("/admin/platforms/sheets/<uuid:sheet_id>")
@access("administrator")
def sheet(sheet_id: UUID) -> Response:
    """A signed sheet as it came."""
    with here().tenant.read() as unit:
        found = sheets.find(unit, sheet_id)
    return sheet_file(found)
