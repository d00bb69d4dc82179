"""The grid learners x steps as HTML. Rows are joined in Python: a template would cost ten times as much a cell.

Every text that people wrote is escaped here, once a row or once a column; what is repeated in cells is built once.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from uuid import UUID

from markupsafe import Markup, escape

from hub.domain.access import Display
from hub.domain.path import Module, Step
from hub.services.grid import GridRow
from hub.services.groups import GroupView
from hub.texts import Translator, ngettext, tidy, translator
from hub.texts import gettext as _
from hub.web.ui.symbols import icon
from hub.web.views._figures import ACTIVITY, PROGRESS
from hub.web.views._trainer_words import display_state, display_word

MOST_COLUMNS = 30
"""Steps above which columns are modules that open."""
MOST_LIVE = 2500
"""Cells above which a click loads the page of the cell instead of its panel: each live link costs the browser time."""
_LEVELS = (1, 4, 12)
"""Traces in a day from which a cell of the heat strip is darker."""


@dataclass(frozen=True, slots=True)
class Column:
    """A step (``index`` in the document), or a closed module (its steps' indices)."""

    title: str
    index: int | None
    indices: tuple[int, ...]
    step: Step | None
    module: Module


def columns(view: GroupView, opened: str, hidden: Container[str] = ()) -> list[Column]:
    """The columns to show. ``opened``: id of the module to open, ``all``, or empty for the module where most are;
    ``hidden``: ids of modules left out."""
    if view.document is None:
        return []
    found: list[Column] = []
    steps = sum(len(m.steps) for m in view.document.modules)
    whole = steps <= MOST_COLUMNS or opened == "all"
    chosen = opened if any(str(m.id) == opened for m in view.document.modules) else _busiest(view)
    index = 0
    for module in view.document.modules:
        indices = tuple(range(index, index + len(module.steps)))
        if str(module.id) in hidden:
            indices = ()
        elif whole or str(module.id) == chosen:
            found += [Column(s.title, i, (i,), s, module) for i, s in zip(indices, module.steps, strict=True)]
        elif indices:
            found.append(Column(module.title, None, indices, None, module))
        index += len(module.steps)
    return found


def _busiest(view: GroupView) -> str:
    counts: dict[UUID, int] = {}
    for station in view.stations:
        counts[station.module.id] = counts.get(station.module.id, 0) + station.here
    return str(max(counts, key=lambda m: counts[m])) if counts else ""


@dataclass(frozen=True, slots=True)
class Links:
    """Where a table's links go. ``base`` is the path of the group; ``open`` and ``sort`` are the present page, ready
    for a module's id and for what to sort by, which is ``sorted`` now."""

    base: str
    open: str
    sort: str
    sorted: str


def table(view: GroupView, shown: Sequence[Column], links: Links, label: str, hidden: Container[str] = ()) -> Markup:
    """The whole table, without the ``hidden`` of its last two columns (``progress``, ``activity``)."""
    live = len(view.rows) * len(shown) <= MOST_LIVE
    boost = ' hx-boost="true" hx-target="#panel" hx-swap="innerHTML show:top" hx-push-url="false"' if live else ""
    head = "".join(_head(column, links) for column in shown)
    last = {
        PROGRESS: _("Progression, et le prévu en pointillé"),
        ACTIVITY: _("Activité, 3 semaines"),
    }
    head += "".join(f'<th scope="col">{escape(title)}</th>' for name, title in last.items() if name not in hidden)
    body = _Body(view, shown, links.base, live, hidden)
    rows = "".join(body.row(row) for row in view.rows)
    return Markup(  # noqa: S704 every text in it was escaped where it was put in
        f'<div class="table-wrap tall" tabindex="0" role="region" aria-label="{escape(label)}"><table class="grid">'
        f'<thead><tr><th scope="col">{escape(_("Personne"))}</th>{head}</tr></thead>'
        f"<tbody{boost}>{rows}</tbody></table></div>"
    )


def _head(column: Column, links: Links) -> str:
    title = escape(tidy(column.title))
    if column.step is not None:
        name = str(column.step.id)
        order = {name: "ascending", f"-{name}": "descending"}.get(links.sorted)
        now = f' aria-sort="{order}"' if order else ""
        sign = icon({"ascending": "up", "descending": "down"}[order]) if order else ""
        href = escape(f"{links.sort}{'-' if order == 'ascending' else ''}{name}#people")
        return f'<th scope="col" class="cell"{now}><a href="{href}">{title}{sign}</a></th>'
    count = ngettext("%(num)s étape", "%(num)s étapes", len(column.indices))
    href = escape(f"{links.open}{column.module.id}")
    return (
        f'<th scope="col" class="cell module-cell"><a href="{href}">{title}{icon("chevron")}</a> {escape(count)}</th>'
    )


class _Body:
    """Pieces of the rows that are the same for all of them."""

    def __init__(self, view: GroupView, shown: Sequence[Column], base: str, live: bool, hidden: Container[str]) -> None:
        self._view = view
        self._base = str(escape(base))
        self._plain = ' hx-boost="false"' if live else ""
        self._columns = [(c.index, c.indices, str(c.step.id) if c.step else "", str(escape(c.title))) for c in shown]
        say = translator()
        self._signs = {
            d: (
                f' : {escape(display_word(d))}"><svg class="station-icon" aria-hidden="true">'
                f'<use href="#s-{display_state(d)}"/></svg></a></td>'
            )
            for d in Display
        }
        self._percent = _percents(say.lang)
        self._heat = _Heat(view.days)
        self._plan_word = str(escape(_("prévu")))
        self._alerts: dict[tuple[int, int, int], str] = {}
        self._none = escape(_("pas dans sa version du parcours"))
        self._progress, self._activities = PROGRESS not in hidden, ACTIVITY not in hidden

    def row(self, row: GridRow) -> str:
        name, base = str(escape(row.name)), self._base
        displays = self._view.displays(row)
        start = f'<td class="cell"><a href="{base}/why/{row.enrolment_id}/'
        signs, cells = self._signs, []
        for index, indices, step, title in self._columns:
            if index is None:
                cells.append(_summary(displays, indices))
                continue
            shown = displays[index]
            if shown is None:
                cells.append(f'<td class="cell"><span class="visually-hidden">{self._none}</span></td>')
            else:
                cells.append(f'{start}{step}" aria-label="{name}, {title}{signs[shown]}')
        person = f'<a href="{base}/learner/{row.enrolment_id}"{self._plain}>{name}</a>'
        if self._progress:
            cells.append(f'<td class="nowrap">{self._spark(row)}</td>')
        if self._activities:
            cells.append(f"<td>{self._activity(row)}</td>")
        return f'<tr><th scope="row">{person}{self._alerts_of(row)}</th>{"".join(cells)}</tr>'

    def _spark(self, row: GridRow) -> str:
        """As ``charts.sparkline``: progress from entry to today on one scale for all, the plan dotted."""
        share = self._percent[round(row.share * 100)]
        first, last = row.points[0][0], max(row.points[-1][0], self._view.days[-1])
        width = max((last - first).days, 1)
        places = [f"{3 + 94 * (day - first).days // width},{31 - round(28 * part)}" for day, part in row.points]
        places.append(f"97,{31 - round(28 * row.share)}")
        plan, planned = "", ""
        if row.expected is not None:
            plan = f'<path class="planned" d="M3 31L97 {31 - round(28 * row.expected)}"/>'
            planned = (
                f'<span class="visually-hidden">, {self._plan_word} {self._percent[round(row.expected * 100)]}</span>'
            )
        end = places[-1].partition(",")[2]
        return (
            f'<svg class="spark" viewBox="0 0 100 34" aria-hidden="true">{plan}<polyline points="{" ".join(places)}"/>'
            f'<circle cx="97" cy="{end}" r="3"/></svg> <span class="num small">{share}</span>{planned}'
        )

    def _activity(self, row: GridRow) -> str:
        counts = self._view.heat.get(row.person_id)
        return self._heat.of([sum(n >= least for least in _LEVELS) for n in counts] if counts else None)

    def _alerts_of(self, row: GridRow) -> str:
        key = (row.checks, row.silent_days if row.is_silent else 0, sum(row.late) if row.is_late else 0)
        if key not in self._alerts:
            self._alerts[key] = "".join(f'<span class="help">{escape(text)}</span>' for text in alerts_of(row))
        return self._alerts[key]


@lru_cache(maxsize=4)
def _percents(lang: str) -> tuple[str, ...]:
    """0 % to 100 % as a language writes them."""
    say = Translator(lang)
    return tuple(say.percent(n / 100) for n in range(101))


class _Heat:
    """As ``charts.heat_strip``, from levels 0 to 3: a cell a working day, a gap between weeks."""

    def __init__(self, days: Sequence[date]) -> None:
        x, self._cells = 0.5, []
        for index, day in enumerate(days):
            x += 6 if index and day.weekday() < days[index - 1].weekday() else 0
            cell = f'x="{x:g}" y="1" width="10.5" height="16" rx="2"/>'
            self._cells.append([f'<rect class="h{level}" {cell}' for level in range(4)])
            x += 12
        self._start = f'<svg class="heat" viewBox="0 0 {x + 0.5:g} 18" aria-hidden="true">'
        self._sentences = [
            str(escape(ngettext("Actif %(num)s jour sur %(days)s.", "Actif %(num)s jours sur %(days)s.", n,
                                days=len(days))))
            for n in range(len(days) + 1)
        ]  # fmt: skip

    def of(self, levels: Sequence[int] | None) -> str:
        """The strip; None for somebody without any trace."""
        if levels is None:
            levels = [0] * len(self._cells)
        cells = "".join([cell[level] for cell, level in zip(self._cells, levels, strict=True)])
        sentence = self._sentences[len(levels) - levels.count(0)]
        return f'{self._start}{cells}</svg><span class="visually-hidden">{sentence}</span>'


_WORST = (Display.CHECK, Display.REDO, Display.AWAITING)


def _summary(displays: Sequence[Display | None], indices: tuple[int, ...]) -> str:
    part = [displays[i] for i in indices]
    done = part.count(Display.DONE) + part.count(Display.WAIVED)
    worst = next((d for d in _WORST if d in part), None)
    sign = (
        f'<svg class="station-icon" aria-hidden="true"><use href="#s-{worst.value}"/></svg>'
        f'<span class="visually-hidden">{escape(display_word(worst))}</span>'
        if worst
        else ""
    )
    return f'<td class="cell module-cell"><span class="num">{done}/{len(indices)}</span>{sign}</td>'


def alerts_of(row: GridRow) -> list[str]:
    """What needs attention, in words under the name."""
    found = []
    if row.checks:
        found.append(ngettext("%(num)s étape à vérifier", "%(num)s étapes à vérifier", row.checks))
    if row.is_silent:
        found.append(
            ngettext("Sans nouvelles depuis %(num)s jour", "Sans nouvelles depuis %(num)s jours", row.silent_days)
        )
    if row.is_late:
        found.append(ngettext("%(num)s étape en retard", "%(num)s étapes en retard", sum(row.late)))
    return found
