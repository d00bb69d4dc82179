"""Séances: my planning, planning one, calling its roll (phone first, and without JavaScript)."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request, url_for

from hub.models.place import Seance
from hub.services import scope, seance_lists, seances
from hub.services.errors import Conflict, Invalid
from hub.texts import N_
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page

blueprint = Blueprint("seances", __name__)

_FAULTS = {
    "ends_before": N_("La fin est avant le début."),
    "not_a_link": N_("Écrivez une adresse qui commence par https://."),
    "left_before": N_("Le départ est avant l’arrivée."),
}
_CONFLICTS = {
    "roll_called": N_("L’appel a commencé : le jour, les heures, le groupe et l’activité ne changent plus."),
    "roll_closed": N_("L’appel est clos. Rouvrez-le pour le corriger."),
    "roll_incomplete": N_("Il manque quelqu’un : notez chaque personne avant de clore."),
    "seance_cancelled": N_("Cette séance est annulée."),
    "not_begun": N_("Cette demi-journée n’a pas commencé : une présence ne se note pas d’avance."),
}


@blueprint.get("/sessions/planning")
@access(*scope.ROLES)
def index() -> Response:
    """The séances that I lead and those of my groups, from a month ago on."""
    where = here()
    group = request.args.get("group", "")
    today = where.now.astimezone(where.translator.zone).date()
    with where.tenant.read() as session:
        lines = seance_lists.listed(session, where.me, today - timedelta(days=30), today + timedelta(days=120))
    shown = [line for line in lines if not group or str(line.seance.group_id) == group]
    return page(
        "seances/list.html",
        coming=[line for line in shown if line.seance.day >= today],
        past=[line for line in shown if line.seance.day < today][::-1],
        spans=spans(shown),
    )


def spans(lines: list[seance_lists.SeanceLine]) -> dict[UUID, str]:
    """When each séance takes place, in words, in the zone of its place."""
    return {line.seance.id: span(line.seance) for line in lines}


def span(seance: Seance) -> str:
    """When a séance takes place, in words, in the zone of its place."""
    zone = ZoneInfo(seance.zone)
    start, end = (datetime.combine(seance.day, at, tzinfo=zone) for at in (seance.starts, seance.ends))
    return here().translator.span(start, end, zone=seance.zone)


@blueprint.get("/sessions/new")
@access(*scope.ROLES)
def new() -> Response:
    """The form of a new séance."""
    typed = {"trainer_id": str(here().me.person_id), "group_id": request.args.get("group", "")}
    return _form_page(None, Form(), typed)


@blueprint.post("/sessions/new")
@access(*scope.ROLES)
def create() -> Response:
    """Plan a séance."""
    where, form = here(), Form()
    data = _data(form)
    if data is not None:
        try:
            with where.tenant.write() as session:
                row = seances.create(session, where.me, data, where.now)
                clash = _clash_words(seances.clashes(session, row))
            return go(url_for("seances.index"), _("La séance est prévue."), "warning" if clash else "success", clash)
        except Invalid as error:
            take_faults(form, error)
    return _form_page(None, form, request.form)


@blueprint.get("/sessions/<uuid:seance_id>/edit")
@access(*scope.ROLES)
def edit(seance_id: UUID) -> Response:
    """The form of a séance."""
    where = here()
    with where.tenant.read() as session:
        row = seances.find(session, where.me, seance_id)
    return _form_page(row, Form(), _typed(row))


@blueprint.post("/sessions/<uuid:seance_id>/edit")
@access(*scope.ROLES)
def change(seance_id: UUID) -> Response:
    """Change a séance."""
    where, form = here(), Form()
    data = _data(form)
    if data is not None:
        try:
            with where.tenant.write() as session:
                row = seances.change(session, where.me, seance_id, data, where.now)
                clash = _clash_words(seances.clashes(session, row))
            return go(url_for("seances.index"), _("La séance est changée."), "warning" if clash else "success", clash)
        except Invalid as error:
            take_faults(form, error)
        except Conflict as error:
            form.errors["day"] = conflict_words(error)
    with where.tenant.read() as session:
        found = seances.find(session, where.me, seance_id)
    return _form_page(found, form, request.form)


@blueprint.post("/sessions/<uuid:seance_id>/cancel")
@access(*scope.ROLES)
def cancel(seance_id: UUID) -> Response:
    """Cancel a séance."""
    where, form = here(), Form()
    why = form.text("cancel_why", required=True)
    if not form.errors:
        try:
            with where.tenant.write() as session:
                seances.cancel(session, where.me, seance_id, why, where.now)
            return go(url_for("seances.index"), _("La séance est annulée."))
        except Conflict as error:
            form.errors["cancel_why"] = conflict_words(error)
    with where.tenant.read() as session:
        row = seances.find(session, where.me, seance_id)
    return _form_page(row, form, _typed(row))


def _typed(row: Seance) -> dict[str, str]:
    return {
        "title": row.title,
        "iri": row.iri,
        "day": row.day.isoformat(),
        "starts": row.starts.isoformat("minutes"),
        "ends": row.ends.isoformat("minutes"),
        "group_id": str(row.group_id or ""),
        "trainer_id": str(row.trainer_id or ""),
        "room_id": str(row.room_id or ""),
        "seats": str(row.seats or ""),
        "meeting_url": row.meeting_url,
        "video_platform_id": str(row.video_platform_id or ""),
        "video_recorded": "on" if row.video_recorded else "",
    }


def _form_page(row: Seance | None, form: Form, typed: Mapping[str, str]) -> Response:
    where = here()
    with where.tenant.read() as session:
        choices = seance_lists.choices(session, where.me)
    return page("seances/form.html", seance=row, choices=choices, form=form, errors=form.errors, typed=typed)


def _data(form: Form) -> seances.SeanceData | None:
    title, iri = form.text("title", required=True, longest=200), form.text("iri", required=True)
    day = form.day("day", required=True)
    starts, ends = hour(form, "starts", required=True), hour(form, "ends", required=True)
    group, trainer, room, video = (
        _id(form, name) for name in ("group_id", "trainer_id", "room_id", "video_platform_id")
    )
    recorded = bool(request.form.get("video_recorded"))
    seats = form.number("seats", low=1, high=1000)
    url = form.text("meeting_url", longest=1000)
    if form.errors or day is None or starts is None or ends is None:
        return None
    return seances.SeanceData(title, iri, day, starts, ends, group, trainer, room, seats, url, video, recorded)


def hour(form: Form, name: str, *, required: bool = False) -> time | None:
    """A wall time as browsers send it (09:30) or as people type it (9h30)."""
    typed = form.text(name, required=required, longest=8).lower().replace("h", ":").replace(" ", "")
    if not typed or name in form.errors:
        return None
    hours, _colon, minutes = typed.partition(":")
    try:
        return time(int(hours), int(minutes[:2] or 0))
    except ValueError:
        form.errors[name] = _("Écrivez une heure, par exemple 9:30.")
        return None


def _id(form: Form, name: str) -> UUID | None:
    typed = form.text(name)
    try:
        return UUID(typed) if typed else None
    except ValueError:
        form.errors.fault(name, "unknown")
        return None


def take_faults(form: Form, error: Invalid) -> None:
    """Put the faults that a service found beside their fields, in the words of séances."""
    for name, code in error.fields.items():
        if code in _FAULTS:
            form.errors.setdefault(name, _(_FAULTS[code]))
    form.errors.add_invalid(error)


def conflict_words(error: Conflict) -> str:
    """What a conflict of a séance means; one that is not known here goes on."""
    if error.code not in _CONFLICTS:
        raise error
    return _(_CONFLICTS[error.code])


def _clash_words(found: list[seances.Clash]) -> str:
    texts = {
        "room": N_("La salle est déjà prise : « %(title)s », %(when)s."),
        "trainer": N_("La formatrice ou le formateur a déjà « %(title)s », %(when)s."),
    }
    return " ".join(_(texts[c.kind], title=c.other.title, when=span(c.other)) for c in found)
