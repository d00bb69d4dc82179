"""Statements taken out and brought in as files: asking, following, fetching, the lines that were not taken."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any, BinaryIO, Final, cast
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from hub.models.transfers import StatementTransfer
from hub.services import people_search, source_names, statement_files, statement_transfers, xapi_sources
from hub.services.clock import place_zone
from hub.services.errors import Invalid, NotFound
from hub.services.people_search import Wanted
from hub.services.statement_rows import Chosen
from hub.texts import N_, gettext
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import fragment, go, page
from hub.web.views._admin import crumbs, whole_place_only

blueprint = whole_place_only(Blueprint("transfers", __name__, url_prefix="/admin/statements/files"))
LARGEST: Final = 4_000_000_000
PIECE: Final = 1 << 16
FORMAT_WORDS: Final[dict[str, str]] = {
    "jsonl": N_("JSON Lines : pour un autre LRS, ou pour revenir ici"),
    "zip": N_("ZIP : JSON Lines et les pièces jointes"),
    "csv": N_("CSV : pour un tableur"),
    "parquet": N_("Parquet : pour l’analyse de grands volumes"),
}
STATE_WORDS: Final[dict[str, str]] = {
    "due": N_("va commencer"),
    "running": N_("en cours"),
    "done": N_("terminé"),
    "failed": N_("a échoué"),
    "withdrawn": N_("retiré"),
}
FAULTS: Final[dict[str, str]] = {
    "parquet_missing": N_(
        "Il manque la bibliothèque pyarrow sur ce serveur. Qui l’administre peut l’ajouter : "
        "pip install 'tiers-lieu-hub[parquet]'."
    ),
    "unknown_format": N_("Donnez un fichier .jsonl, .csv, .parquet ou .zip (.gz est accepté)."),
    "not_a_table": N_("Ce tableau n’a pas de colonne « statement »."),
    "not_parquet": N_("Ce n’est pas un fichier Parquet."),
    "not_an_archive": N_("Ce n’est pas un ZIP, ou il n’y a pas de « statements.jsonl » dedans."),
    "cut_short": N_("Le fichier s’arrête au milieu, ou n’est pas du texte. Ce qui précède est gardé."),
}
COUNT_WORDS: Final[dict[str, str]] = {
    "statements": N_("Traces dans le fichier"),
    "redacted": N_("dont rendues anonymes (personne effacée)"),
    "voided": N_("dont annulées"),
    "attachments": N_("Pièces jointes"),
    "stored": N_("Traces ajoutées"),
    "known": N_("Déjà là, gardées une fois"),
    "refused": N_("Lignes refusées, mises de côté"),
}


@blueprint.url_value_preprocessor
def _allow_large_forms(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Before the body is read (the CSRF check reads it): a file of statements may be large."""
    if endpoint == f"{blueprint.name}.bring_in":
        request.max_content_length = LARGEST


@blueprint.get("")
@access("administrator")
def listed() -> Response:
    """Ask for a file, give one; the latest of both."""
    return _page(Form())


def _page(form: Form) -> Response:
    with here().tenant.read() as session:
        sources = [(str(key), one.name or _("le hub")) for key, one in source_names.all_names(session).items()]
        receiving = [(str(row.id), row.name) for row, _platform in xapi_sources.all_sources(session) if row.active]
        rows = statement_transfers.listed(session)
    return page(
        "statements/files.html",
        form=form,
        errors=form.errors,
        sources=sources,
        receiving=receiving,
        formats=[(key, gettext(text)) for key, text in FORMAT_WORDS.items()],
        rows=[(row, gettext(STATE_WORDS[row.state])) for row in rows],
        crumbs=crumbs((_("Traces"), url_for("statements.listed")), (_("Fichiers de traces"), None)),
    )


@blueprint.post("/out")
@access("administrator")
def take_out() -> Response:
    """Have a file made."""
    where, form = here(), Form()
    kind = form.choice("format", statement_files.FORMATS, required=True)
    try:
        with where.tenant.write() as session:
            chosen = _chosen(session, form)
            if not form.errors:
                row = statement_transfers.ask_export(session, kind, chosen, by=where.me.person_id, now=where.now)
        if not form.errors:
            return go(url_for("transfers.show", transfer_id=row.id))
    except Invalid as error:
        _add(form, error)
    return _page(form)


def _chosen(session: Any, form: Form) -> Chosen:
    zone, since, until = place_zone(session), form.day("since"), form.day("until")
    source, person = form.typed("source"), form.text("person", longest=120)
    found = people_search.search(session, here().me, Wanted(person), limit=2).lines if person else ()
    if person and len(found) != 1:
        several = _("Plusieurs personnes s’appellent ainsi : écrivez l’e-mail ou l’identifiant.")
        form.errors["person"] = several if found else _("Personne ne correspond.")
    try:
        return Chosen(
            UUID(source) if source else None,
            datetime.combine(since, time(), zone).astimezone(UTC) if since else None,
            datetime.combine(until + timedelta(days=1), time(), zone).astimezone(UTC) if until else None,
            found[0].id if found else None,
        )
    except (ValueError, OverflowError):
        form.errors.fault("source", "unknown")
        return Chosen()


@blueprint.post("/in")
@access("administrator")
def bring_in() -> Response:
    """Give a file: it is stored whole, then read line by line by the worker."""
    where, form = here(), Form()
    given, ids = request.files.get("file"), form.ids("into")
    if given is None or not given.filename:
        form.errors.fault("file", "required")
    if not ids:
        form.errors.fault("into", "required")
    if given is not None and not form.errors:
        try:
            name = given.filename or ""
            statement_transfers.form_of(name)
            blob = where.installation.blobs(where.record.key).put(cast(BinaryIO, given.stream), LARGEST)
            with where.tenant.write() as session:
                row = statement_transfers.ask_import(
                    session, name, blob.sha256, blob.size, ids[0], by=where.me.person_id, now=where.now
                )
            return go(url_for("transfers.show", transfer_id=row.id))
        except Invalid as error:
            _add(form, error)
    return _page(form)


def _add(form: Form, error: Invalid) -> None:
    for field, code in error.fields.items():
        if code in FAULTS:
            form.errors.setdefault(field, gettext(FAULTS[code]))
        else:
            form.errors.fault(field, code)


@blueprint.get("/<uuid:transfer_id>")
@access("administrator")
def show(transfer_id: UUID) -> Response:
    """One export or import: how far it is, what came of it, the lines that were not taken."""
    with here().tenant.read() as session:
        row = statement_transfers.find(session, transfer_id)
        faults = statement_transfers.faults(session, transfer_id)
    code = (row.error or {}).get("code", "")
    return page(
        "statements/file.html",
        row=row,
        state=gettext(STATE_WORDS[row.state]),
        counts=[(gettext(text), row.counts[key]) for key, text in COUNT_WORDS.items() if key in row.counts],
        faults=faults,
        why=gettext(FAULTS[code]) if code in FAULTS else code,
        href=_bar_href(row),
        refresh=5 if row.state in ("due", "running") else 0,
        crumbs=crumbs(
            (_("Traces"), url_for("statements.listed")),
            (_("Fichiers de traces"), url_for("transfers.listed")),
            (row.name, None),
        ),
    )


@blueprint.get("/<uuid:transfer_id>/bar")
@access("administrator", passive=True)
def bar(transfer_id: UUID) -> Response:
    """The progress bar alone; when the work is over the page is loaded again."""
    with here().tenant.read() as session:
        row = statement_transfers.find(session, transfer_id)
    answer = fragment("statements/_bar.html", row=row, href=_bar_href(row))
    if not _bar_href(row):
        answer.headers["HX-Refresh"] = "true"
    return answer


def _bar_href(row: StatementTransfer) -> str:
    return url_for("transfers.bar", transfer_id=row.id) if row.state in ("due", "running") else ""


@blueprint.get("/<uuid:transfer_id>/file")
@access("administrator")
def file(transfer_id: UUID) -> Response:
    """The file that was made, or that was given."""
    where = here()
    with where.tenant.read() as session:
        row = statement_transfers.find(session, transfer_id)
    if not row.sha256 or (row.direction == "out" and row.state != "done"):
        raise NotFound(transfer=str(transfer_id))
    blob = where.installation.blobs(where.record.key).open(row.sha256)
    return _sent(_pieces(blob), row.name, statement_files.TYPES[row.format], row.size)


@blueprint.get("/<uuid:transfer_id>/refused.jsonl")
@access("administrator")
def refused(transfer_id: UUID) -> Response:
    """The lines that were not taken, as they came: mended, they can be given again."""
    where = here()
    with where.tenant.read() as session:
        row = statement_transfers.find(session, transfer_id)
    lines = statement_transfers.refused_lines(where.tenant, row.id)
    return _sent(lines, "refused.jsonl", statement_files.TYPES["jsonl"])


@blueprint.get("/<uuid:transfer_id>/report.csv")
@access("administrator")
def report(transfer_id: UUID) -> Response:
    """Line by line why something was not taken, without what was in it."""
    where = here()
    with where.tenant.read() as session:
        row = statement_transfers.find(session, transfer_id)
    lines = statement_transfers.report_lines(where.tenant, row.id)
    return _sent(lines, "report.csv", statement_files.TYPES["csv"])


def _sent(content: Iterator[bytes], name: str, kind: str, size: int | None = None) -> Response:
    answer = Response(content, content_type=kind)
    plain = "".join(char for char in name if char.isascii() and char.isprintable() and char not in '"\\')
    answer.headers["Content-Disposition"] = f'attachment; filename="{plain or "statements"}"'
    if size is not None:
        answer.headers["Content-Length"] = str(size)
    return answer


def _pieces(blob: BinaryIO) -> Iterator[bytes]:
    with blob:
        while piece := blob.read(PIECE):
            yield piece
