"""Charts of time: progress of a person or a group, activity by working day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from hub.texts import gettext as _
from hub.texts import ngettext, translator
from hub.web.ui.chart import Chart

_LEVELS = (1, 30, 90)


def _points(values: Sequence[float], left: float, right: float, top: float, bottom: float) -> list[tuple[int, int]]:
    gap = (right - left) / max(len(values) - 1, 1)
    return [
        (round(left + gap * index), round(bottom - (bottom - top) * _clamp(value)))
        for index, value in enumerate(values)
    ]


def _clamp(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def sparkline(values: Sequence[float], planned: Sequence[float] = (), labels: Sequence[str] = ()) -> Chart:
    """Progress over time, 0..1 on the same scale for all; `planned` is dotted. `labels` name the points in the table.

    An empty `values` draws the plan alone.
    """
    places = _points(values, 3, 97, 3, 31)
    dotted = _polyline_path(_points(planned, 3, 97, 3, 31))
    last = Markup('<polyline points="{}"/><circle cx="{}" cy="{}" r="3"/>').format(
        " ".join(f"{x},{y}" for x, y in places), *places[-1]
    ) if places else ""  # fmt: skip
    plan = Markup('<path class="planned" d="{}"/>').format(dotted) if planned else ""
    drawing = Markup('<svg class="spark" viewBox="0 0 100 34" aria-hidden="true">{}{}</svg>').format(plan, last)
    return Chart(drawing, _progress_sentence(values, planned), *_progress_table(values, planned, labels))


def _polyline_path(places: Sequence[tuple[int, int]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in places) if places else ""


def _progress_sentence(values: Sequence[float], planned: Sequence[float]) -> str:
    say = translator().percent
    if not values:
        return _("Rien n’est encore mesuré.")
    if not planned:
        return _("Progression : de %(first)s à %(last)s.", first=say(values[0]), last=say(values[-1]))
    return _(
        "Progression : de %(first)s à %(last)s, prévu %(planned)s.",
        first=say(values[0]), last=say(values[-1]), planned=say(planned[-1]),
    )  # fmt: skip


def _progress_table(
    values: Sequence[float], planned: Sequence[float], labels: Sequence[str]
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    head: tuple[str, ...] = (_("Quand"), _("Réalisé"))
    plan_of = [translator().percent(value) for value in planned] if len(planned) == len(values) else []
    rows = tuple(
        (
            labels[index] if index < len(labels) else str(index + 1),
            translator().percent(value),
            *plan_of[index : index + 1],
        )
        for index, value in enumerate(values)
    )
    return ((*head, _("Prévu")) if plan_of else head), rows


def progress_curve(values: Sequence[float], planned: Sequence[float], labels: Sequence[str]) -> Chart:
    """A group's progress point by point (0..1), the plan dotted; at least one value, `labels` as many as values."""
    places = _points(values, 44, 340, 20, 190)
    grid = Markup("").join(
        Markup(
            '<path class="axis" d="M44 {0}H340"/><text class="tick" x="38" y="{1}" text-anchor="end">{2}</text>'
        ).format(y, y + 4, translator().percent(share / 4))
        for share, y in ((0, 190), (1, 148), (2, 105), (3, 62), (4, 20))
    )
    shown = range(0, len(labels), max(1, -(-len(labels) // 6)))
    ticks = Markup("").join(
        Markup('<text class="tick" x="{}" y="212" text-anchor="middle">{}</text>').format(
            places[index][0], labels[index]
        )
        for index in shown
    )
    curve = _polyline_path(places)
    end_x, end_y = places[-1]
    plan_places = _points(planned, 44, 340, 20, 190)
    plan = Markup('<path class="planned" d="{}"/>').format(_polyline_path(plan_places)) if planned else ""
    sentence = _progress_sentence(values, planned)
    drawing = Markup(
        '<svg class="chart" viewBox="0 0 360 224" role="img" aria-label="{}">{}<path class="area" d="{}V190H44z"/>{}'
        '<path class="curve" d="{}"/><circle class="point" cx="{}" cy="{}" r="6"/>{}{}</svg>'
    ).format(
        sentence, grid, curve, plan, curve, end_x, end_y, _end_values(values, planned, end_x, end_y, plan_places), ticks
    )
    return Chart(drawing, sentence, *_progress_table(values, planned, labels))


def _end_values(
    values: Sequence[float], planned: Sequence[float], x: int, y: int, plan_places: Sequence[tuple[int, int]]
) -> Markup:
    below = not planned or y >= plan_places[-1][1]
    done = Markup('<text class="value over" x="{}" y="{}" text-anchor="end">{}</text>').format(
        x, min(y + 24, 186) if below else max(y - 12, 14), translator().percent(values[-1])
    )
    if not planned:
        return done
    plan_y = max(plan_places[-1][1] - 9, 12) if below else min(plan_places[-1][1] + 18, 186)
    text = _("prévu %(planned)s", planned=translator().percent(planned[-1]))
    return done + Markup('<text class="tick over" x="{}" y="{}" text-anchor="end">{}</text>').format(x, plan_y, text)


@dataclass(frozen=True, slots=True)
class HeatDay:
    """One working day and the minutes of activity of it."""

    day: date
    minutes: int


def heat_strip(days: Sequence[HeatDay]) -> Chart:
    """Activity by working day: a cell a day, a gap between weeks, four levels (none, some, from 30 and from 90
    minutes)."""
    x = 0.5
    cells = []
    for index, cell in enumerate(days):
        if index and cell.day.isocalendar()[:2] != days[index - 1].day.isocalendar()[:2]:
            x += 6
        level = sum(cell.minutes >= least for least in _LEVELS)
        cells.append(Markup('<rect class="h{}" x="{:g}" y="1" width="10.5" height="16" rx="2"/>').format(level, x))
        x += 12
    drawing = Markup('<svg class="heat" viewBox="0 0 {:g} 18" aria-hidden="true">{}</svg>').format(
        max(x + 0.5, 12), Markup("").join(cells)
    )
    active = sum(day.minutes > 0 for day in days)
    sentence = ngettext("Actif %(num)s jour sur %(days)s.", "Actif %(num)s jours sur %(days)s.", active, days=len(days))
    say = translator()
    rows = tuple((say.day(day.day, short=True), say.duration(day.minutes)) for day in days)
    return Chart(drawing, sentence, (_("Jour"), _("Activité")), rows)
