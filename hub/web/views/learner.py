"""The learner's pages: home, my path, my séances, my evidence."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, url_for

from hub.domain.access import Display
from hub.services import evidence, help_read, my_paths, outside, seances_read, seats
from hub.services import help as help_service
from hub.services.files import proofs
from hub.services.journey import Journey, StepView, journeys
from hub.services.seances_read import SeanceView
from hub.texts import ngettext
from hub.web.access import SIGNED_IN, access
from hub.web.context import _, here
from hub.web.render import go, page
from hub.web.security import lead_away
from hub.web.ui import charts
from hub.web.views import _learner_words as words
from hub.web.views import _path_map, _ways
from hub.web.views._over_time import over_time
from hub.web.views._sheets import sheet_file
from hub.web.views._why_words import fact_words

blueprint = Blueprint("learner", __name__)

_ALERTS = (Display.AWAITING, Display.CHECK, Display.REDO)
_SOON = timedelta(days=7)


@blueprint.get("/home")
@access("learner")
def home() -> Response:
    """The next step in one click, what waits, this week."""
    where, me = here(), here().me.person_id
    with where.tenant.read() as session:
        mine = journeys(session, [e.id for e in my_paths.enrolments_of(session, me) if e.state == "active"], where.now)
        main = next((j for j in mine if j.next), mine[0] if mine else None)
        readings = outside.readings(session, [s.step for j in mine for s in j.steps if s.display in _ALERTS])
        variant = main.next.variant if main and main.next else None
        doors = outside.doors(session, variant.activities if variant else ())
        week = seances_read.to_come(session, me, where.now, days=_SOON.days)
        helper = help_service.helper(session, me, main.enrolment.id if main else None, where.now)
        freed = seats.offers_to(session, me, where.now)
        answers = [line for line in help_read.mine(session, me, where.now) if _answered(line)]
    opens = _ways.first_openable(variant, doors)
    for door in doors.values():
        if door.origin:
            lead_away(door.origin)
    return page(
        "learner/home.html",
        given=where.me.name.split()[0],
        journey=main,
        others=[j for j in mine if j is not main],
        facts=_ways.facts(variant, doors) if variant else None,
        opens=opens,
        alerts=[_alert(j, s, readings) for j in mine for s in j.steps if s.display in _ALERTS],
        week=_by_day([s for s in week if not s.leads], _deadlines(mine)),
        helper=helper,
        answers=answers,
        freed=freed,
        spark=over_time(main, curve=False) if main else None,
        hours=_ways.hours,
        words=words,
        map=_path_map,
    )


def _answered(line: help_read.Line) -> bool:
    return line.request.state == help_service.OPEN and line.awaits == "learner"


def _alert(journey: Journey, view: StepView, readings: _path_map.Readings) -> dict[str, object]:
    reads = words.reading_words(readings.get(view.step.id, ()))
    if view.display is Display.CHECK:
        text = _(
            "Un résultat a baissé sur la plateforme. Une personne regarde et vous répond ; "
            "vous pouvez aussi recommencer."
        )
        rest = ""
    elif view.display is Display.REDO:
        text = (
            _("Votre travail vous est rendu avec un mot : il est à reprendre.")
            if view.deposit == "returned"
            else _("Le résultat demandé n’est pas atteint. Vous pouvez recommencer.")
        )
        rest = ""
    else:
        text = " ".join(filter(None, (words.awaiting_words(view), "" if view.deposit == "handed_in" else reads)))
        rest = _("Vous n’avez rien à faire.") if view.claimed_at or view.deposit == "handed_in" else ""
    state = words.state_of(view)
    return {"title": view.step.title, "href": _path_map.step_href(journey, view.step.id), "state": state,
            "text": text, "rest": rest}  # fmt: skip


def _by_day(seances: list[SeanceView], deadlines: list[dict[str, Any]]) -> list[tuple[str, object]]:
    """Both by day, as ("seance", it) and ("deadline", it); what is due by an evening comes after that day's séances."""
    lines: list[tuple[date, int, str, object]] = [
        *((s.starts.astimezone(ZoneInfo(s.zone)).date(), 0, "seance", s) for s in seances),
        *((d["day"], 1, "deadline", d) for d in deadlines),
    ]
    return [(kind, line) for _day, _late, kind, line in sorted(lines, key=lambda line: line[:2])]


def _deadlines(mine: list[Journey]) -> list[dict[str, Any]]:
    """Steps whose window closes within a week."""
    today = here().now.astimezone(here().translator.zone).date()
    return [
        {"day": s.access.closes_on, "title": s.step.title, "href": _path_map.step_href(j, s.step.id)}
        for j in mine
        for s in j.steps
        if s.access.closes_on and today <= s.access.closes_on <= today + _SOON and not s.done
    ]


@blueprint.get("/path")
@access("learner")
def path() -> Response:
    """My path; with several, the list to choose from."""
    where, me = here(), here().me.person_id
    with where.tenant.read() as session:
        mine = my_paths.enrolments_of(session, me)
        found = journeys(session, [e.id for e in mine], where.now)
    if len(found) == 1:
        return go(url_for("learner.one_path", enrolment_id=found[0].enrolment.id))
    return page("learner/paths.html", journeys=found, map=_path_map, words=words)


@blueprint.get("/path/<uuid:enrolment_id>")
@access("learner")
def one_path(enrolment_id: UUID) -> Response:
    """The line map of one path, hours by modality, progress."""
    where, me = here(), here().me.person_id
    with where.tenant.read() as session:
        my_paths.own(session, enrolment_id, me)
        journey = journeys(session, [enrolment_id], where.now)[0]
        readings = outside.readings(session, [s.step for s in journey.steps if s.display is Display.AWAITING])
        several = len(my_paths.enrolments_of(session, me)) > 1
    return page(
        "learner/path.html",
        journey=journey,
        several=several,
        modules=_path_map.modules(journey, readings),
        hours=_hours(journey),
        curve=over_time(journey, curve=True),
        words=words,
        map=_path_map,
    )


def _hours(journey: Journey) -> charts.Chart | None:
    rows = evidence.hours_by_modality(journey)
    return (
        charts.modality_bars([charts.ModalityHours(h.modality.value, h.done, h.planned) for h in rows])
        if rows
        else None
    )


@blueprint.get("/sessions")
@access(SIGNED_IN)
def sessions() -> Response:
    """My séances, to come and past; a trainer's are those they lead."""
    where, me = here(), here().me.person_id
    with where.tenant.read() as session:
        coming = seances_read.to_come(session, me, where.now)
        past = seances_read.past(session, me, where.now)
        open_ones = seats.open_to(session, me, where.now)
        standings = seats.standings(session, me, open_ones, where.now)
        known = {view.seance.id for view in coming}
        others = seances_read.shown(session, me, [row for row in open_ones if row.id not in known], where.now)
    return page(
        "learner/sessions.html", coming=coming, past=past, others=others, standings=standings, hours=_ways.hours
    )


@blueprint.get("/evidence/sheets/<uuid:sheet_id>")
@access("learner")
def my_sheet(sheet_id: UUID) -> Response:
    """A signed sheet that proves a presence of mine and bears nobody else."""
    where = here()
    with where.tenant.read() as session:
        found = proofs.find(session, where.me.person_id, sheet_id, others=False)
    return sheet_file(found)


@blueprint.get("/evidence")
@access("learner")
def my_evidence() -> Response:
    """What counts, step by step; hours by modality; what was asked and answered."""
    where, me = here(), here().me.person_id
    with where.tenant.read() as session:
        mine = journeys(session, [e.id for e in my_paths.enrolments_of(session, me)], where.now)
        paths = evidence.by_path(session, mine)
        asked = help_read.tutoring(session, me)
    helped = ngettext("%(num)s demande d’aide", "%(num)s demandes d’aide", len(asked)) if asked else ""
    return page(
        "learner/evidence.html",
        paths=[(journey, steps, _hours(journey)) for journey, steps in paths],
        helped=helped,
        fact_words=fact_words,
        words=words,
        map=_path_map,
    )
