"""The statement explorer of those who administer the whole place: search, one statement, actors, activities."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import orjson
from flask import Blueprint, Response, request, url_for

from content.xapi.parse import load_own
from hub.db.types import from_micros
from hub.services import (
    corrections,
    source_days,
    source_names,
    statements_about,
    statements_fate,
    statements_search,
    statements_who,
    xapi_sources,
)
from hub.services.errors import Conflict, Invalid
from hub.services.projection import project_dirty
from hub.services.source_days import HUB
from hub.services.statements_search import Line, Wanted
from hub.texts import gettext
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.ui.charts_of_volume import day_columns
from hub.web.views import _statement_filters as filters
from hub.web.views import _statement_words as words
from hub.web.views._admin import crumbs, whole_place_only
from hub.web.views._trainer_words import RESULT_WORDS
from hub.web.views._why_words import fact_words
from hub.web.xapi_words import advice

blueprint = whole_place_only(Blueprint("statements", __name__, url_prefix="/admin/statements"))
VOLUME_DAYS: Final = 60
_KEY: Final = "<int(max=9223372036854775807):key>"


@blueprint.get("")
@access("administrator")
def listed() -> Response:
    """The statements that fit the filters, the newest arrival first."""
    before = request.args.get("before", "")
    with here().tenant.read() as session:
        asked = filters.read(session)
        found = statements_search.search(session, asked.wanted, int(before) if before.isdigit() else None)
        lines = _shown(session, found.lines)
        known = [(str(key), words.verb_name(iri)) for key, iri in statements_search.verbs(session)]
        sources = _source_choices(session)
        meant = statements_who.identities(session, asked.wanted.agents or ())
    args: dict[str, Any] = dict(asked.given)
    return page(
        "statements/list.html",
        200,
        lines=lines,
        further=found.further,
        filters=asked,
        typed=asked.typed,
        meant=meant,
        verbs=sorted(known, key=lambda pair: pair[1]),
        sources=sources,
        became=[(key, gettext(text)) for key, text in filters.BECAME_WORDS.items()],
        following=url_for("statements.listed", before=found.before, **args) if found.before else "",
        first=url_for("statements.listed", **args) if before else "",
        crumbs=crumbs((_("Traces"), None)),
    )


def _source_choices(session: Any) -> list[tuple[str, str]]:
    return [(str(key), one.name or _("le hub")) for key, one in source_names.all_names(session).items()]


def _shown(session: Any, lines: tuple[Line, ...]) -> list[tuple[Line, str, str, Any, str]]:
    """(line, its sentence, what it became, when, from where) of each statement."""
    keys = list(dict.fromkeys(line.agent_id for line in lines if line.agent_id is not None))
    people = {one.id: one.person for one in statements_who.identities(session, keys)}
    names = source_names.all_names(session) if lines else {}
    shown = []
    for line in lines:
        told: Any = load_own(line.text)
        said = words.sentence(told, people.get(line.agent_id or 0, ""), line.activity)
        source = names.get(line.source_id or HUB)
        shown.append((line, said, _fate(line), from_micros(line.at), source.name if source else ""))
    return shown


def _fate(line: Line) -> str:
    if line.voided:
        return "voided"
    if not line.kinds:
        return "nothing"
    return "read" if line.person is not None else "waiting"


@blueprint.get("/<uuid:statement_id>")
@access("administrator")
def detail(statement_id: UUID) -> Response:
    """One statement: what it says, what it became and why, its JSON."""
    return _detail(statement_id, Form())


def _detail(statement_id: UUID, form: Form) -> Response:
    with here().tenant.read() as session:
        found = statements_fate.whole(session, str(statement_id))
    told: Any = load_own(found.text)
    said = words.sentence(told, found.person, found.activity)
    return page(
        "statements/detail.html",
        found=found,
        said=said,
        pretty=_pretty(found.text),
        at=from_micros(found.at),
        stored=from_micros(found.stored),
        facts=[(one, fact_words(one.kind, one.value, one.seconds / 60 or None)) for one in found.readings],
        results={key.value: gettext(text) for key, text in RESULT_WORDS.items()},
        verb=told["verb"]["id"],
        registration=(told.get("context") or {}).get("registration", ""),
        form=form,
        errors=form.errors,
        crumbs=crumbs((_("Traces"), url_for("statements.listed")), (_("Une trace"), None)),
    )


def _pretty(text: str) -> str:
    """The JSON on several lines, every number as it was written: only layout is added."""
    parts, depth, inside, escaped = [], 0, False, False
    for char in text:
        if inside:
            parts.append(char)
            inside = escaped or char != '"'
            escaped = char == "\\" and not escaped
            continue
        if char in "{[":
            depth += 1
            parts.append(char + "\n" + "  " * depth)
        elif char in "}]":
            depth -= 1
            parts.append("\n" + "  " * depth + char)
        else:
            inside = char == '"'
            parts.append({",": ",\n" + "  " * depth, ":": ": "}.get(char, char))
    return "".join(parts)


@blueprint.post("/<uuid:statement_id>/void")
@access("administrator")
def void(statement_id: UUID) -> Response:
    """Say that the statement should never have existed."""
    where, form = here(), Form()
    why = form.text("why", required=True, longest=500)
    if not form.errors:
        try:
            with where.tenant.write() as session:
                corrections.void(session, where.me, str(statement_id), why=why, now=where.now)
            project_dirty(where.tenant, at_most=25)
            detail = _("La raison est dans le journal. Ce qui reposait dessus est recompté.")
            return go(
                url_for("statements.detail", statement_id=statement_id), _("La trace est annulée."), detail=detail
            )
        except Invalid as error:
            form.errors.add_invalid(error)
        except Conflict:
            form.errors["why"] = _("Cette trace ne s’annule pas : elle l’est déjà, ou elle en annule une autre.")
    return _detail(statement_id, form)


@blueprint.get(f"/actors/{_KEY}")
@access("administrator")
def actor(key: int) -> Response:
    """One identity: whose it is, what it did day by day, its latest statements."""
    where = here()
    with where.tenant.read() as session:
        found = statements_about.actor(session, key, where.now)
        lines = _shown(session, statements_search.search(session, Wanted(agents=(key,)), limit=10).lines)
    name = found.identity.person or found.identity.name or found.identity.label
    way = crumbs((_("Traces"), url_for("statements.listed")), (name, None))
    chart = day_columns(found.days) if any(count for _day, count in found.days) else None
    return page("statements/actor.html", found=found, name=name, lines=lines, chart=chart, crumbs=way)


@blueprint.get(f"/activities/{_KEY}")
@access("administrator")
def activity(key: int) -> Response:
    """One activity: how it is described, which steps it counts for, its latest statements."""
    with here().tenant.read() as session:
        found = statements_about.activity(session, key)
        lines = _shown(session, statements_search.search(session, Wanted(activities=(key,)), limit=10).lines)
    name = words.thing_name({"id": found.iri, "definition": found.definition}) if found.definition else ""
    name = name or found.name or found.iri
    pretty = orjson.dumps(found.definition, option=orjson.OPT_INDENT_2, default=str).decode()
    way = crumbs((_("Traces"), url_for("statements.listed")), (name, None))
    return page("statements/activity.html", found=found, name=name, lines=lines, pretty=pretty, crumbs=way)


@blueprint.get("/volumes")
@access("administrator")
def volumes() -> Response:
    """What each source sends, day by day, and how it is: last accepted, last refused and why, rate, refusals."""
    where = here()
    with where.tenant.read() as session:
        found = source_days.volumes(session, where.now, VOLUME_DAYS)
        rows = {row.id: row for row, _platform in xapi_sources.all_sources(session)}
        names = source_names.all_names(session)
    shown = []
    for key, one in names.items():
        volume = found.get(key, source_days.NOTHING)
        chart = day_columns(volume.days) if volume.statements else None
        shown.append((one, rows.get(key), volume, chart, _health(rows.get(key))))
    way = crumbs((_("Traces"), url_for("statements.listed")), (_("Volumes par source"), None))
    return page("statements/volumes.html", sources=shown, days=VOLUME_DAYS, crumbs=way)


def _health(row: Any) -> dict[str, Any]:
    if row is None:
        return {}
    accepted = from_micros(row.last_accepted_at) if row.last_accepted_at is not None else None
    refused = from_micros(row.last_refused_at) if row.last_refused_at is not None else None
    why = advice(row.last_refusal) if row.last_refusal else ""
    failing = refused is not None and (accepted is None or refused > accepted)
    return {"accepted": accepted, "refused": refused, "why": why, "failing": failing}
