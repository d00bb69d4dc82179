"""Charts by modality: hours done on hours planned, rates with their uncertainty."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from markupsafe import Markup

from hub.texts import gettext as _
from hub.texts import ngettext, translator
from hub.web.ui.chart import Chart
from hub.web.ui.chips import modality_word
from hub.web.ui.words import modality_class

FEWEST = 5
"""Persons below which a rate would say more about one of them than about the group."""

_Z95 = 1.959964


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
        text = _("%(done)s sur %(planned)s", done=say.duration(row.done), planned=say.duration(row.planned))
        pieces.append(_bar(row, 56 * index, most, text))
        table.append((modality_word(row.modality), say.duration(row.done), say.duration(row.planned)))
        spoken.append(f"{modality_word(row.modality, short=True)} {text}")
    sentence = (
        _("Heures réalisées sur prévues : %(rows)s.", rows=", ".join(spoken)) if rows else _("Aucune heure prévue.")
    )
    drawing = Markup('<svg class="chart" viewBox="0 0 360 {}" role="img" aria-label="{}">{}</svg>').format(
        56 * len(rows) + 2, sentence, Markup("").join(pieces)
    )
    return Chart(drawing, sentence, (_("Modalité"), _("Réalisé"), _("Prévu")), tuple(table))


def _bar(row: ModalityHours, top: int, most: int, text: str) -> Markup:
    css = modality_class(row.modality)
    frame = max(round(348 * row.planned / most), 20)
    length = round(348 * row.done / most)
    piece = Markup('<path class="v" d="M1 {}h{}"/>').format(top + 35, length)
    stroke = piece + piece if length else ""
    return Markup(
        '<g class="{0}"><use href="#i-{0}" class="pictogram" x="1" y="{1}" width="19" height="19"/>'
        '<text x="26" y="{2}">{3}</text>'
        '<text class="value" x="358" y="{2}" text-anchor="end">{4}</text>'
        '<rect class="frame" x="1" y="{5}" width="{6}" height="20" rx="5"/>{7}</g>'
    ).format(css, top + 2, top + 17, modality_word(row.modality, short=True), text, top + 25, frame, stroke)


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
        Markup('<text class="tick" x="{}" y="{}" text-anchor="{}">{}</text>').format(
            x, foot, anchor, translator().percent(share)
        )
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
            '<path class="interval" d="M{0} {2}H{1}M{0} {3}v14M{1} {3}v14"/>'
            '<circle class="dot" cx="{4}" cy="{2}" r="7"/>'
            '<text class="value" x="350" y="{5}" text-anchor="end">{6}</text>'
        ).format(low, high, y, y - 7, round(10 + 340 * row.successes / row.people), top + 16, value)
    return Markup(
        '<g class="{0}"><use href="#i-{0}" class="pictogram" x="1" y="{1}" width="19" height="19"/>'
        '<text x="26" y="{2}">{3}</text>'
        '<path class="axis" d="M10 {4}H350"/>{5}</g>'
    ).format(css, top + 1, top + 16, name, y, mark)
