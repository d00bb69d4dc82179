"""Charts drawn on the server: an SVG and, always, its table twin. Values stand at the marks, so no chart has a legend.

Sizes are those of the style guide: 360 wide, text 14, at most 27 rem on screen. A rate over fewer than five persons is not drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import sqrt

from markupsafe import Markup

from hub.texts import gettext as _
from hub.texts import ngettext, translator
from hub.web.ui.chips import modality_word
from hub.web.ui.symbols import icon
from hub.web.ui.words import modality_class

FEWEST = 5
"""Persons below which a rate would say more about one of them than about the group."""

_Z95 = 1.959964
_LEVELS = (1, 30, 90)


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing and the same figures as a table. `sentence` is the drawing's text for screen readers."""

    drawing: Markup
    sentence: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def inline(self) -> Markup:
        """The drawing for a cell of a table, its sentence beside it for screen readers."""
        return Markup('{}<span class="visually-hidden">{}</span>').format(self.drawing, self.sentence)

    def table(self, label: str) -> Markup:
        """The table twin, named `label`; the first column names, the others are figures."""
        heads = Markup("").join(_th(text, "col", index > 0) for index, text in enumerate(self.head))
        rows = Markup("").join(
            Markup("<tr>{}{}</tr>").format(
                _th(row[0], "row", False), Markup("").join(Markup('<td class="end">{}</td>').format(cell) for cell in row[1:])
            )
            for row in self.rows
        )
        return Markup(
            '<div class="table-wrap" tabindex="0" role="region" aria-label="{}"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
        ).format(label, heads, rows)

    def figure(self, title: str) -> Markup:
        """The chart as a card with its title, its table one click away."""
        return Markup(
            '<figure class="card"><figcaption>{}</figcaption>{}<details><summary>{}{}</summary>{}</details></figure>'
        ).format(title, self.drawing, icon("chevron", "chevron"), _("Le tableau"), self.table(title))


def _th(text: str, scope: str, figures: bool) -> Markup:
    return Markup('<th scope="{}"{}>{}</th>').format(scope, Markup(' class="end"') if figures else "", text)


def _points(values: Sequence[float], left: float, right: float, top: float, bottom: float) -> list[tuple[int, int]]:
    gap = (right - left) / max(len(values) - 1, 1)
    return [(round(left + gap * index), round(bottom - (bottom - top) * _clamp(value))) for index, value in enumerate(values)]


def _clamp(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def sparkline(values: Sequence[float], planned: Sequence[float] = (), labels: Sequence[str] = (), wide: bool = False) -> Chart:
    """Progress over time, 0..1 on the same scale for all; `planned` is dotted. `labels` name the points in the table.

    An empty `values` draws the plan alone.
    """
    places = _points(values, 3, 97, 3, 31)
    dotted = _polyline_path(_points(planned, 3, 97, 3, 31))
    last = Markup('<polyline points="{}"/><circle cx="{}" cy="{}" r="3"/>').format(
        " ".join(f"{x},{y}" for x, y in places), *places[-1]
    ) if places else ""  # fmt: skip
    plan = Markup('<path class="planned" d="{}"/>').format(dotted) if planned else ""
    drawing = Markup('<svg class="spark{}" viewBox="0 0 100 34" aria-hidden="true">{}{}</svg>').format(
        " full" if wide else "", plan, last
    )
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
        (labels[index] if index < len(labels) else str(index + 1), translator().percent(value), *plan_of[index : index + 1])
        for index, value in enumerate(values)
    )
    return ((*head, _("Prévu")) if plan_of else head), rows


def progress_curve(values: Sequence[float], planned: Sequence[float], labels: Sequence[str]) -> Chart:
    """A group's progress point by point (0..1), the plan dotted; at least one value, `labels` as many as values."""
    places = _points(values, 44, 340, 20, 190)
    grid = Markup("").join(
        Markup('<path class="axis" d="M44 {0}H340"/><text class="tick" x="38" y="{1}" text-anchor="end">{2}</text>').format(
            y, y + 4, translator().percent(share / 4)
        )
        for share, y in ((0, 190), (1, 148), (2, 105), (3, 62), (4, 20))
    )
    shown = range(0, len(labels), max(1, -(-len(labels) // 6)))
    ticks = Markup("").join(
        Markup('<text class="tick" x="{}" y="212" text-anchor="middle">{}</text>').format(places[index][0], labels[index])
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
    ).format(sentence, grid, curve, plan, curve, end_x, end_y, _end_values(values, planned, end_x, end_y, plan_places), ticks)
    return Chart(drawing, sentence, *_progress_table(values, planned, labels))


def _end_values(
    values: Sequence[float], planned: Sequence[float], x: int, y: int, plan_places: Sequence[tuple[int, int]]
) -> Markup:
    below = not planned or y >= plan_places[-1][1]
    done = Markup('<text class="value" x="{}" y="{}" text-anchor="end">{}</text>').format(
        x, min(y + 24, 186) if below else max(y - 12, 14), translator().percent(values[-1])
    )
    if not planned:
        return done
    plan_y = max(plan_places[-1][1] - 9, 12) if below else min(plan_places[-1][1] + 18, 186)
    text = _("prévu %(planned)s", planned=translator().percent(planned[-1]))
    return done + Markup('<text class="tick" x="{}" y="{}" text-anchor="end">{}</text>').format(x, plan_y, text)


@dataclass(frozen=True, slots=True)
class HeatDay:
    """One working day and the minutes of activity of it."""

    day: date
    minutes: int


def heat_strip(days: Sequence[HeatDay]) -> Chart:
    """Activity by working day: a cell a day, a gap between weeks, four levels (none, some, from 30 and from 90 minutes)."""
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


@dataclass(frozen=True, slots=True)
class ModalityHours:
    """Minutes done and planned in one modality."""

    modality: str
    done: int
    planned: int


def modality_bars(rows: Sequence[ModalityHours]) -> Chart:
    """Hours done on hours planned, by modality; the bars carry the same strokes as the map."""
    most = max((max(row.done, row.planned) for row in rows), default=0) or 1
    say = translator()
    pieces, table, spoken = [], [], []
    for index, row in enumerate(rows):
        text = _("%(done)s sur %(planned)s", done=say.hours(row.done), planned=say.hours(row.planned))
        pieces.append(_bar(row, 56 * index, most, text))
        table.append((modality_word(row.modality), say.hours(row.done), say.hours(row.planned)))
        spoken.append(f"{modality_word(row.modality, short=True)} {text}")
    sentence = _("Heures réalisées sur prévues : %(rows)s.", rows=", ".join(spoken)) if rows else _("Aucune heure prévue.")
    drawing = Markup('<svg class="chart" viewBox="0 0 360 {}" role="img" aria-label="{}">{}</svg>').format(
        56 * len(rows) + 2, sentence, Markup("").join(pieces)
    )
    return Chart(drawing, sentence, (_("Modalité"), _("Réalisé"), _("Prévu")), tuple(table))


def _bar(row: ModalityHours, top: int, most: int, text: str) -> Markup:
    css = modality_class(row.modality)
    frame = max(round(348 * row.planned / most), 20)
    length = round(348 * row.done / most)
    stroke = Markup('<path class="v" d="M1 {}h{}"/>').format(top + 35, length) * (2 if length else 0)
    return Markup(
        '<g class="{0}"><use href="#i-{0}" class="pictogram" x="1" y="{1}" width="19" height="19"/><text x="26" y="{2}">{3}</text>'
        '<text class="value" x="358" y="{2}" text-anchor="end">{4}</text>'
        '<rect class="frame" x="1" y="{5}" width="{6}" height="20" rx="5"/>{7}</g>'
    ).format(css, top + 2, top + 17, modality_word(row.modality, short=True), text, top + 25, frame, Markup(stroke))


@dataclass(frozen=True, slots=True)
class Rate:
    """Successes among `people` in one modality."""

    modality: str
    successes: int
    people: int


def wilson(successes: int, people: int) -> tuple[float, float]:
    """The 95 % interval of a proportion by Wilson's score, which holds for small numbers. `people` >= 1."""
    share, square = successes / people, _Z95 * _Z95
    middle = share + square / (2 * people)
    spread = _Z95 * sqrt(share * (1 - share) / people + square / (4 * people * people))
    scale = 1 + square / people
    return max((middle - spread) / scale, 0.0), min((middle + spread) / scale, 1.0)


def rate_dots(rows: Sequence[Rate]) -> Chart:
    """A point and its interval by modality; under `FEWEST` persons neither, and it says why."""
    pieces, table, spoken = [], [], []
    for index, row in enumerate(rows):
        name = modality_word(row.modality, short=True)
        count = ngettext("%(num)s personne", "%(num)s personnes", row.people)
        value, margin = _rate_words(row)
        pieces.append(_dot(row, 50 * index, f"{name}, {count}", value))
        table.append((modality_word(row.modality), value, margin, translator().number(row.people, 0)))
        spoken.append(f"{name} {value} {margin}".strip())
    foot = 50 * len(rows) + 18
    scale = Markup("").join(
        Markup('<text class="tick" x="{}" y="{}" text-anchor="{}">{}</text>').format(x, foot, anchor, translator().percent(share))
        for x, anchor, share in ((10, "start", 0), (180, "middle", 0.5), (350, "end", 1))
    )
    sentence = _("Taux et marge : %(rows)s.", rows=", ".join(spoken)) if rows else _("Rien n’est encore mesuré.")
    drawing = Markup('<svg class="chart" viewBox="0 0 360 {}" role="img" aria-label="{}">{}{}</svg>').format(
        foot + 4, sentence, Markup("").join(pieces), scale
    )
    return Chart(drawing, sentence, (_("Modalité"), _("Taux"), _("Marge"), _("Personnes")), tuple(table))


def _rate_words(row: Rate) -> tuple[str, str]:
    if row.people < FEWEST:
        return _("trop peu de monde pour conclure"), ""
    low, high = wilson(row.successes, row.people)
    say = translator().percent
    return say(row.successes / row.people), _("entre %(low)s et %(high)s", low=say(low), high=say(high))


def _dot(row: Rate, top: int, name: str, value: str) -> Markup:
    css = modality_class(row.modality)
    y = top + 34
    if row.people < FEWEST:
        mark = Markup('<text class="tick over" x="10" y="{}">{}</text>').format(y + 4, value)
    else:
        low, high = (round(10 + 340 * share) for share in wilson(row.successes, row.people))
        mark = Markup(
            '<path class="interval" d="M{0} {2}H{1}M{0} {3}v14M{1} {3}v14"/><circle class="dot" cx="{4}" cy="{2}" r="7"/>'
            '<text class="value" x="350" y="{5}" text-anchor="end">{6}</text>'
        ).format(low, high, y, y - 7, round(10 + 340 * row.successes / row.people), top + 16, value)
    return Markup(
        '<g class="{0}"><use href="#i-{0}" class="pictogram" x="1" y="{1}" width="19" height="19"/><text x="26" y="{2}">{3}</text>'
        '<path class="axis" d="M10 {4}H350"/>{5}</g>'
    ).format(css, top + 1, top + 16, name, y, mark)
