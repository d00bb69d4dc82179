"""Exports of a group: what can be taken away, as CSV and XLSX."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from hub.services import exports, groups, scope
from hub.services.errors import NotFound
from hub.services.exports import Sheet, Value
from hub.texts import N_
from hub.web.access import access
from hub.web.context import Here, _, here
from hub.web.render import page
from hub.web.ui.chips import modality_word
from hub.web.views import _trainer_words as words

blueprint = Blueprint("exports", __name__)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of export: its name on screen, what it holds, and how it is made."""

    title: str
    text: str
    make: Callable[[UUID], Sheet]


@blueprint.get("/groups/<uuid:group_id>/export")
@access(*scope.ROLES)
def index(group_id: UUID) -> Response:
    """What can be exported."""
    where = here()
    with where.tenant.read() as session:
        group = scope.group_of(session, where.me, group_id)
    return page("groups/exports.html", group=group, kinds=_KINDS, path=request.args.get("path") or None)


@blueprint.get("/groups/<uuid:group_id>/export/<what>.<format_>")
@access(*scope.ROLES)
def file(group_id: UUID, what: str, format_: str) -> Response:
    """One export as a file."""
    if what not in _KINDS or format_ not in ("csv", "xlsx"):
        raise NotFound(export=what)
    sheet = _KINDS[what].make(group_id)
    content = exports.as_csv(sheet) if format_ == "csv" else exports.as_xlsx(sheet)
    kind = exports.CSV_TYPE if format_ == "csv" else exports.XLSX_TYPE
    response = Response(content, content_type=kind)
    day = here().now.date().isoformat()
    response.headers["Content-Disposition"] = f'attachment; filename="{what}-{day}.{format_}"'
    return response


def _grid(group_id: UUID) -> Sheet:
    where = here()
    with where.tenant.read() as session:
        view = groups.overview(
            session, where.me, group_id, where.now, path_id=_path(request.args.get("path")), sort="name"
        )
    steps = list(view.document.steps()) if view.document else []
    head = [_("Personne"), _("Parcours"), _("Heures réalisées"), *(s.title for s in steps)]
    rows: list[list[Value]] = [
        [name, round(share, 4), round(minutes / 60, 2), *(words.display_word(d) if d else None for d in displays)]
        for name, displays, share, minutes in exports.grid_cells(view)
    ]
    return Sheet(view.group.name, head, rows)


def _path(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _hours(group_id: UUID) -> Sheet:
    where = here()
    with where.tenant.read() as session:
        lines = exports.hours(session, where.me, group_id)
    head = [
        _("Personne"), _("Parcours"), _("Modalité"), _("Minutes réalisées"), _("Minutes prévues de ces activités"),
        _("Minutes au-dessus du prévu"), _("Minutes comptées dans un autre parcours"),
    ]  # fmt: skip
    rows: list[list[Value]] = [
        [x.name, x.path, modality_word(x.modality.value), x.minutes, x.planned, x.cut, x.elsewhere] for x in lines
    ]
    return Sheet(_("Heures réalisées"), head, rows)


def _attendance(group_id: UUID) -> Sheet:
    where = here()
    with where.tenant.read() as session:
        lines = exports.attendance(session, where.me, group_id)
    head = [
        _("Jour"), _("Séance"), _("Demi-journée"), _("Début"), _("Fin"), _("Fuseau horaire"), _("Personne"),
        _("Présence"), _("Où"), _("Arrivée"), _("Départ"), _("Minutes de présence"), _("Minutes de retard"),
        _("Minutes avant la fin"), _("Raison de l’absence"), _("À deux séances à la fois"), _("Noté le"), _("Noté par"),
    ]  # fmt: skip
    return Sheet(_("Présences"), head, [_attendance_row(x, where) for x in lines])


def _attendance_row(x: exports.AttendanceLine, where: Here) -> list[Value]:
    arrived: time | None = x.arrived
    return [
        x.day, x.title, _(words.HALF_DAY_WORDS[x.half_day]), x.starts, x.ends, x.zone, x.name,
        _(words.PRESENCE_WORDS[x.presence]), _(words.MODE_WORDS[x.mode]), arrived, x.left, x.minutes, x.late, x.early,
        _(words.REASON_WORDS[x.reason]) if x.reason in words.REASON_WORDS else x.reason,
        _("oui") if x.overlap else "", x.marked_at.astimezone(ZoneInfo(str(where.translator.zone))), x.marked_by,
    ]  # fmt: skip


_KINDS: dict[str, Kind] = {
    "grid": Kind(N_("La grille"), N_("Une ligne par personne, une colonne par étape, en mots."), _grid),
    "hours": Kind(N_("Les heures réalisées"), N_("Par personne, parcours et modalité, en minutes."), _hours),
    "attendance": Kind(
        N_("Les présences"), N_("Une ligne par personne et demi-journée, comme notées à l’appel."), _attendance
    ),
}
