"""A chart of volume: how much came, day by day."""

from collections.abc import Sequence
from datetime import date

from markupsafe import Markup

from hub.texts import gettext as _
from hub.texts import ngettext, translator
from hub.web.ui.chart import Chart

_LEFT, _RIGHT, _TOP, _BOTTOM = 4, 356, 26, 104


def day_columns(days: Sequence[tuple[date, int]], names: Sequence[str] = ()) -> Chart:
    """A column a day, each chart on its own scale: the highest day carries its number, first and last day their date.
    Days without anything draw nothing. ``names``: heads of the table's two columns (day, statements)."""
    say = translator()
    most = max((count for _day, count in days), default=0)
    total = sum(count for _day, count in days)
    gap = (_RIGHT - _LEFT) / max(len(days), 1)
    columns = Markup("").join(
        Markup('<rect class="dot" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
            _LEFT + index * gap, _BOTTOM - _height(count, most), max(gap - 1, 1), _height(count, most)
        )
        for index, (_day, count) in enumerate(days)
        if count
    )
    sentence = ngettext("%(num)s trace en %(days)s jours.", "%(num)s traces en %(days)s jours.", total, days=len(days))
    drawing = Markup(
        '<svg class="chart" viewBox="0 0 360 126" role="img" aria-label="{}">'
        '<path class="axis" d="M{} {}H{}"/>{}{}{}</svg>'
    ).format(sentence, _LEFT, _BOTTOM, _RIGHT, columns, _highest(days, most, gap), _dates(days))
    head = tuple(names) or (_("Jour"), _("Traces"))
    rows = tuple((say.day(day, short=True), say.number(count)) for day, count in reversed(days) if count)
    return Chart(drawing, sentence, head, rows)


def _height(count: int, most: int) -> float:
    return max((_BOTTOM - _TOP) * count / most, 2.0) if most else 0.0


def _highest(days: Sequence[tuple[date, int]], most: int, gap: float) -> Markup:
    if not most:
        return Markup("")
    index = next(number for number, (_day, count) in enumerate(days) if count == most)
    middle = _LEFT + (index + 0.5) * gap
    anchor = "start" if middle < 60 else "end" if middle > 300 else "middle"
    return Markup('<text class="value" x="{:.0f}" y="{}" text-anchor="{}">{}</text>').format(
        middle, _TOP - 8, anchor, translator().number(most)
    )


def _dates(days: Sequence[tuple[date, int]]) -> Markup:
    if not days:
        return Markup("")
    text = Markup('<text class="tick" x="{}" y="122" text-anchor="{}">{}</text>')
    say = translator()
    first = text.format(_LEFT, "start", say.day(days[0][0], short=True))
    return first + text.format(_RIGHT, "end", say.day(days[-1][0], short=True))
