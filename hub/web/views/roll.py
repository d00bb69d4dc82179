"""The roll of a séance, one half-day at a time: everybody is there, except…"""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from hub.domain.attendance import HalfDay, Mode, Presence
from hub.domain.path import Modality
from hub.services import attendance, scope, seats
from hub.services.attendance import EARLY, REASONS, Entry, Roll
from hub.services.errors import Conflict, Invalid
from hub.services.projection import project_dirty
from hub.services.roll_search import found_by_name
from hub.services.video_rooms import recordings_of
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.views import _trainer_words as words
from hub.web.views.seances import conflict_words, hour, span, take_faults

blueprint = Blueprint("roll", __name__)
_ROLL = "/sessions/<uuid:seance_id>/roll"


@dataclass(frozen=True, slots=True)
class Line:
    """A person of the roll as the form shows them; ``noted`` is False for what is only proposed, ``origin`` the video
    class that counted the minutes, where one did."""

    key: str
    name: str
    seat: bool
    presence: str
    arrived: str
    left: str
    mode: str
    reason: str
    minutes: int
    noted: bool
    open: bool
    origin: str


@blueprint.get(_ROLL)
@access(*scope.ROLES)
def roll(seance_id: UUID) -> Response:
    """The roll of one half-day: the one asked for, else the first that is begun and not called."""
    return _page(seance_id, Form())


def _page(seance_id: UUID, form: Form, status: int = 200) -> Response:
    where = here()
    asked = request.values.get("half", "")
    search = request.args.get("search", "")
    with where.tenant.read() as session:
        found = attendance.roll(session, where.me, seance_id)
        people = found_by_name(session, search) if search else []
        recorded = recordings_of(session, [found.seance]).get(seance_id, [])
        line_up = seats.in_line(session, seance_id)
    half = _half(found, asked)
    known = {p.person.person_id for p in found.people}
    return page(
        "seances/roll.html",
        status,
        roll=found,
        half=half,
        begun=where.now >= half.start - EARLY,
        lines=[_line(p, half, form) for p in found.people],
        when=span(found.seance),
        recorded=recorded,
        line_up=line_up,
        comodal=found.seance.modality == Modality.COMODAL,
        reasons=[(r, _(words.REASON_WORDS[r])) for r in REASONS],
        half_words=words.HALF_DAY_WORDS,
        search=search,
        people=[p for p in people if p.id not in known],
        already=[p for p in people if p.id in known],
        complete=all(found.is_called(h.key) for h in found.halves),
        form=form,
        errors=form.errors,
    )


def _half(found: Roll, asked: str) -> HalfDay:
    by_key = {h.key: h for h in found.halves}
    if asked in by_key:
        return by_key[asked]
    begun = [h for h in found.halves if here().now >= h.start - EARLY]
    return next((h for h in begun if not found.is_called(h.key)), (begun or list(found.halves))[-1 if begun else 0])


def _line(person: attendance.RollLine, half: HalfDay, form: Form) -> Line:
    noted, key = person.noted.get(half.key), str(person.person.person_id)
    typed = f"presence-{key}" in request.form
    wrong = any(f"{name}-{key}" in form.errors for name in ("arrival", "departure", "presence"))
    arrived, left = (noted.arrived, noted.left) if noted else (None, None)
    return Line(
        key=key,
        name=person.person.name,
        seat=person.person.seat,
        presence=form.typed(f"presence-{key}") if typed else (noted.presence if noted else Presence.PRESENT.value),
        arrived=form.typed(f"arrival-{key}") if typed else (arrived.isoformat("minutes") if arrived else ""),
        left=form.typed(f"departure-{key}") if typed else (left.isoformat("minutes") if left else ""),
        mode=form.typed(f"mode-{key}", "room") if typed else (noted.mode if noted else Mode.ROOM.value),
        reason=form.typed(f"reason-{key}") if typed else (noted.reason if noted else ""),
        minutes=person.stays[half.key].minutes if noted else half.minutes,
        noted=noted is not None,
        open=wrong,
        origin=noted.origin if noted else "",
    )


@blueprint.post(_ROLL)
@access(*scope.ROLES)
def mark(seance_id: UUID) -> Response:
    """Note the presences of one half-day."""
    where, form = here(), Form()
    half = form.choice("half", ("am", "pm"), required=True)
    with where.tenant.read() as session:
        found = attendance.roll(session, where.me, seance_id)
    entries = [e for p in found.people if (e := _entry(form, p.person.person_id, half)) is not None]
    if not form.errors:
        try:
            with where.tenant.write() as session:
                attendance.mark_roll(session, where.me, seance_id, entries, where.now)
            project_dirty(where.tenant)
            return go(
                url_for("roll.roll", seance_id=seance_id, half=half),
                _("L’appel est enregistré."),
                detail=_("Les parcours des personnes présentes sont à jour."),
            )
        except Invalid as error:
            take_faults(form, Invalid({name.removesuffix(f"-{half}"): code for name, code in error.fields.items()}))
        except Conflict as error:
            form.errors["half"] = conflict_words(error)
    return _page(seance_id, form, 422)


def _entry(form: Form, person: UUID, half: str) -> Entry | None:
    """What was typed for one person; None where the form did not hold them (added meanwhile): nothing is invented."""
    presence = form.choice(f"presence-{person}", [p.value for p in Presence])
    if not presence:
        return None
    arrived, left = hour(form, f"arrival-{person}"), hour(form, f"departure-{person}")
    mode = form.choice(f"mode-{person}", [m.value for m in Mode]) or Mode.ROOM.value
    reason = form.choice(f"reason-{person}", REASONS)
    return Entry(person, half, Presence(presence), arrived, left, Mode(mode), reason)


@blueprint.post(f"{_ROLL}/add")
@access(*scope.ROLES)
def add(seance_id: UUID) -> Response:
    """Put a person on the roll on the spot."""
    where, form = here(), Form()
    chosen = form.ids("person")
    if not form.errors and chosen:
        try:
            with where.tenant.write() as session:
                attendance.add_person(session, where.me, seance_id, chosen[0], where.now)
            return go(_back(seance_id), _("La personne est sur la liste."))
        except Conflict as error:
            form.errors["half"] = conflict_words(error)
    return _page(seance_id, form, 422)


@blueprint.post(f"{_ROLL}/close")
@access(*scope.ROLES)
def close(seance_id: UUID) -> Response:
    """Close the roll."""
    where, form = here(), Form()
    try:
        with where.tenant.write() as session:
            attendance.close(session, where.me, seance_id, where.now)
        return go(_back(seance_id), _("L’appel est clos."))
    except Conflict as error:
        form.errors["half"] = conflict_words(error)
    return _page(seance_id, form, 422)


@blueprint.post(f"{_ROLL}/reopen")
@access(*scope.ROLES)
def reopen(seance_id: UUID) -> Response:
    """Open a closed roll again."""
    where, form = here(), Form()
    why = form.text("why", required=True)
    if form.errors:
        return _page(seance_id, form, 422)
    with where.tenant.write() as session:
        attendance.reopen(session, where.me, seance_id, why, where.now)
    return go(_back(seance_id), _("L’appel est rouvert."))


def _back(seance_id: UUID) -> str:
    return url_for("roll.roll", seance_id=seance_id, half=request.form.get("half") or None)
