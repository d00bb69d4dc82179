"""My groups: each on its line, person by person, and why a step is not done; what a trainer says of it."""

from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, request, url_for

from hub.domain.access import Display
from hub.domain.path import Variant
from hub.services import groups, scope
from hub.services.errors import NotFound
from hub.services.group_order import ATTENTION
from hub.services.groups import FILTERS, Filter, GroupView, Station
from hub.services.paths_words import rule_sentence
from hub.services.preferences import keep_preference, preference
from hub.texts import N_
from hub.web.access import access
from hub.web.context import _, here
from hub.web.forms import Form
from hub.web.render import go, page
from hub.web.ui.map_model import MapModule, MapStep, MapVariant
from hub.web.views import _figures, _grid
from hub.web.views import _trainer_words as words

blueprint = Blueprint("groups", __name__)

FILTER_WORDS: dict[Filter, tuple[str, str]] = {
    "all": (N_("Tout le groupe"), ""),
    "silent": (N_("Sans nouvelles"), "offline"),
    "late": (N_("En retard"), "clock"),
    "check": (N_("À vérifier"), "check"),
    "waiting": (N_("En attente"), "awaiting"),
}
KEPT = ("path", "show", "sort", "open", "view")
"""Arguments of a group's page that its links and forms keep."""
LEGEND = ("done", "todo", "in_progress", "awaiting", "check", "redo", "locked", "not_open", "waived", "open")


@blueprint.get("/groups")
@access(*scope.ROLES)
def index() -> Response:
    """The groups that I follow."""
    where = here()
    with where.tenant.read() as session:
        cards = groups.my_groups(session, where.me, where.now)
    if len(cards) == 1 and request.args.get("all") is None:
        return go(url_for("groups.group", group_id=cards[0].group.id))
    return page("groups/list.html", cards=cards, filters=FILTER_WORDS)


@blueprint.get("/groups/<uuid:group_id>")
@access(*scope.ROLES)
def group(group_id: UUID) -> Response:
    """A group on its line and person by person."""
    where, asked = here(), request.args
    show, sort = _filter(asked.get("show", "all")), asked.get("sort") or ATTENTION
    figures = asked.get("view") == "figures"
    with where.tenant.read() as session:
        path_id = _uuid(asked.get("path"))
        view = groups.overview(session, where.me, group_id, where.now, path_id=path_id, show=show, sort=sort)
        kept = preference(session, where.me.person_id, _kept_as(view.path_id))
    hidden = _figures.hidden(kept, figures=figures)
    base = url_for("groups.group", group_id=group_id)
    shown = _grid.columns(view, asked.get("open", ""), hidden)
    links = _grid.Links(base, _href(base, open=""), _href(base, sort=""), sort)
    return page(
        "groups/group.html",
        view=view,
        base=base,
        href=_href,
        sort=sort,
        figures=_figures.heads([c for c in _figures.TITLES if c not in hidden], sort, _href, base) if figures else None,
        figure=_figures.text,
        words=words,
        chips=[
            (_(text), _href(base, show=name), view.counts[name], name == show, symbol)
            for name, (text, symbol) in FILTER_WORDS.items()
        ],
        modules=_map(view, base),
        table="" if figures else _grid.table(view, shown, links, _("La grille"), hidden),
        folded=any(c.index is None for c in shown),
        offered=_figures.offered(view, figures=figures),
        hidden=hidden,
        kept={name: asked.get(name, "") for name in KEPT},
        legend=LEGEND,
    )


@blueprint.post("/groups/<uuid:group_id>/columns")
@access(*scope.ROLES)
def columns(group_id: UUID) -> Response:
    """Keep which columns I want to see of a path's table."""
    where, form = here(), Form()
    figures, path_id = form.typed("view") == "figures", _uuid(form.typed("path"))
    with where.tenant.write() as session:
        scope.group_of(session, where.me, group_id)
        name = _kept_as(path_id)
        kept = preference(session, where.me.person_id, name)
        offered = request.form.getlist("offered")
        choice = _figures.chosen(kept, offered, form.choices("shown", offered), figures=figures)
        keep_preference(session, where.me.person_id, name, choice)
    base = url_for("groups.group", group_id=group_id)
    return go(_figures.address(base, {name: form.typed(name) for name in KEPT}))


def _kept_as(path_id: UUID | None) -> str:
    return f"columns:{path_id}"


def _filter(text: str) -> Filter:
    return next((f for f in FILTERS if f == text), "all")


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _href(base: str, **changes: str) -> str:
    """The present page with some arguments changed; an empty one asked for last is left open for a value."""
    kept = {k: v for k, v in request.args.items() if k in KEPT and k not in changes}
    pairs = [*kept.items(), *changes.items()]
    return f"{base}?{urlencode(pairs)}"


def _map(view: GroupView, base: str) -> list[MapModule]:
    modules: dict[UUID, list[Station]] = {}
    for station in view.stations:
        modules.setdefault(station.module.id, []).append(station)
    return [
        MapModule(found[0].module.title, "", tuple(_map_step(s, base) for s in found)) for found in modules.values()
    ]


def _map_step(station: Station, base: str) -> MapStep:
    own = max(station.step.variants, key=lambda v: station.ways.get(v.id, 0), default=None)
    return MapStep(
        number=station.number,
        title=station.step.title,
        href=f"{base}/step/{station.step.id}",
        state="open",
        modality=own.modality.value if own else None,
        others=tuple(_other(v, station) for v in station.step.variants if v is not own),
        here=station.here,
        done=station.done,
        total=station.total,
    )


def _other(variant: Variant, station: Station) -> MapVariant:
    return MapVariant(variant.modality.value, count=station.ways.get(variant.id, 0))


@blueprint.get("/groups/<uuid:group_id>/step/<uuid:step_id>")
@access(*scope.ROLES)
def station(group_id: UUID, step_id: UUID) -> Response:
    """Who stands where on one step of the group's path."""
    where = here()
    with where.tenant.read() as session:
        view = groups.overview(session, where.me, group_id, where.now, path_id=_uuid(request.args.get("path")))
    found = next((s for s in view.stations if s.step.id == step_id), None)
    if found is None:
        raise NotFound(step=str(step_id))
    of_state: dict[Display, list[tuple[UUID, str]]] = {}
    for row in view.rows:
        shown = view.displays(row)[found.number - 1]
        if shown is not None:
            of_state.setdefault(shown, []).append((row.enrolment_id, row.name))
    return page(
        "groups/station.html",
        view=view,
        station=found,
        of_state=[(d, of_state[d]) for d in Display if d in of_state],
        words=words,
        rule=rule_sentence(found.step),
    )
