"""The line map: one server function draws it for learner, trainer and designer.

The ordered list is the map; the drawings beside it are decoration. On a wide screen a module's drawing lies above
its steps as columns, on a phone each step draws its own piece of line.
"""

from collections.abc import Sequence
from typing import Literal

from markupsafe import Markup, escape

from hub.texts import gettext as _
from hub.texts import ngettext, tidy, translator
from hub.web.ui.chips import modality_chip, modality_line, modality_word, state_chip
from hub.web.ui.map_geometry import Row, most_alternatives, rail
from hub.web.ui.map_model import Audience, MapModule, MapStep, MapVariant, fullest
from hub.web.ui.symbols import icon

__all__ = ["ROW", "MapModule", "MapStep", "MapVariant", "line_map"]

ROW = 8
"""Steps of a module that stand side by side; a longer module goes on in a further row."""


def line_map(
    modules: Sequence[MapModule],
    audience: Audience = "learner",
    *,
    label: str | None = None,
    direction: Literal["ltr", "rtl"] = "ltr",
    heading: int = 2,
) -> Markup:
    """Draw a path as ``<ol class="line-map">``, in the language of `hub.texts.translator()`.

    :param modules: sections in order; modules without steps are left out.
    :param label: name of the list for screen readers.
    :param direction: ``"rtl"`` mirrors the drawings for a script that runs from right to left.
    :param heading: level of the modules' headings; steps take the next one.
    :raises ValueError: for an unknown modality.
    """
    shown = [module for module in modules if module.steps]
    canvas = _Canvas(shown, audience, direction == "rtl", heading)
    items = Markup("").join(canvas.module(index) for index in range(len(shown)))
    return Markup('<ol class="line-map" aria-label="{}">{}</ol>').format(label or _("Les étapes, dans l’ordre"), items)


class _Canvas:
    """What is common to all modules of one drawing."""

    def __init__(self, modules: Sequence[MapModule], audience: Audience, rtl: bool, heading: int) -> None:
        self._modules = modules
        self._audience = audience
        self._rtl = rtl
        self._heading = heading
        self._alternatives = most_alternatives(modules)
        self._most = fullest(modules)

    def module(self, index: int) -> Markup:
        module = self._modules[index]
        rows = [module.steps[start : start + ROW] for start in range(0, len(module.steps), ROW)]
        body = Markup("").join(
            self._row(
                row, index == 0 and place == 0, index == len(self._modules) - 1 and place == len(rows) - 1, place * ROW
            )
            for place, row in enumerate(rows)
        )
        done = Markup("<p>{}</p>").format(module.done_text) if module.done_text else ""
        return Markup(
            '<li class="module n{}{}"><div class="module-head"><h{} class="module-title">{}</h{}>{}</div>{}</li>'
        ).format(
            min(len(module.steps), ROW),
            " long" if len(rows) > 1 else "",
            self._heading,
            tidy(module.title),
            self._heading,
            done,
            body,
        )

    def _row(self, steps: Sequence[MapStep], first: bool, last: bool, before: int) -> Markup:
        drawing = Row(steps, self._alternatives, self._audience, first, last, self._rtl, self._most).draw()
        items = Markup("").join(
            self._step(step, first and index == 0, last and index == len(steps) - 1) for index, step in enumerate(steps)
        )
        start = Markup(' start="{}"').format(before + 1) if before else ""
        return Markup('<div class="map-row k{}">{}<ol{}>{}</ol></div>').format(len(steps), drawing, start, items)

    def _step(self, step: MapStep, first: bool, last: bool) -> Markup:
        here = " here" if (step.state == "todo" and self._audience == "learner") or step.selected else ""
        says = {"learner": _learner_says, "trainer": _trainer_says, "designer": _designer_says}[self._audience]
        level, piece = self._heading + 1, rail(step, self._audience, first, last, self._most)
        return Markup(  # noqa: S704 pieces that are markup already
            f'<li class="step{here}">{piece}<h{level} class="step-title">{_link(step, self._audience)}</h{level}>'
            f"{says(step)}</li>"
        )


def _link(step: MapStep, audience: Audience) -> Markup:
    if audience == "designer":
        number = f'<span class="soft">{step.number}. </span>'
    else:
        said = _("Étape %(number)s :", number=step.number)
        number = f'<span class="visually-hidden">{escape(said)} </span>'
    current = ' aria-current="step"' if step.selected else ""
    return Markup(  # noqa: S704 every text in it is escaped where it is put in
        f'<a href="{escape(step.href)}"{current}><span>{number}{escape(tidy(step.title))}</span></a>'
    )


def _learner_says(step: MapStep) -> Markup:
    pieces = [_line(state_chip(step.state, step.state_text)), _line(*_way_and_time(step)), _reason(step)]
    if step.state == "todo":
        pieces.append(
            Markup('<p class="narrow-only"><a class="button" href="{}">{}{}</a></p>').format(
                step.href, _("Commencer"), icon("arrow", "arrow")
            )
        )
    pieces.append(_others(step.others))
    return Markup("").join(pieces)


def _trainer_says(step: MapStep) -> Markup:
    done, total, word = step.done or 0, step.total or 0, _("terminé")
    length = round(120 * done / total) if total else 0
    part = f'<path class="part" d="M0 5h{length}" stroke-width="10"/>' if length else ""
    here = ngettext("%(num)s personne à cette étape.", "%(num)s personnes à cette étape.", step.here or 0)
    ways = [f"{way.label or modality_word(way.modality)} : {way.count}" for way in step.others if way.count]
    chosen = _("Autres façons choisies : %(ways)s.", ways=translator().enumeration(ways)) if ways else ""
    return Markup(  # noqa: S704 every text in it is escaped where it is put in
        f'<div class="says num"><span><b>{done}/{total}</b> {escape(word)}</span></div>'
        '<svg class="bar" viewBox="0 0 120 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<path class="all" d="M0 5h120" stroke-width="10"/>{part}</svg>'
        f'<span class="visually-hidden">{escape(here)} {escape(chosen)}</span>'
    )


def _designer_says(step: MapStep) -> Markup:
    names = [modality_word(step.modality)] if step.modality else []
    names += [way.label or modality_word(way.modality) for way in step.others]
    ways = _("Façons : %(ways)s.", ways=translator().enumeration(names)) if names else _("Aucune façon pour l’instant.")
    visible = "says" if not names else "visually-hidden"
    return Markup('<div class="says soft">{}</div><p class="{}">{}</p>').format(tidy(step.reason), visible, ways)


def _way_and_time(step: MapStep) -> list[Markup]:
    pieces = [modality_chip(step.modality, short=True)] if step.modality else []
    if step.minutes:
        pieces.append(Markup('<span class="soft num">{}</span>').format(translator().duration(step.minutes)))
    return pieces


def _line(*pieces: Markup) -> Markup:
    return Markup('<div class="says">{}</div>').format(Markup("").join(pieces)) if pieces else Markup("")


def _reason(step: MapStep) -> Markup:
    return Markup('<p class="reason">{}</p>').format(tidy(step.reason)) if step.reason else Markup("")


def _others(ways: Sequence[MapVariant]) -> Markup:
    if not ways:
        return Markup("")
    items = Markup("").join(
        Markup("<li>{}{}</li>").format(modality_line(way.modality, other=True), _other_name(way)) for way in ways
    )
    title = ngettext("%(num)s autre façon", "%(num)s autres façons", len(ways))
    return Markup('<details><summary>{}{}</summary><ul class="others">{}</ul></details>').format(
        icon("chevron", "chevron"), title, items
    )


def _other_name(way: MapVariant) -> Markup:
    chip = modality_chip(way.modality, way.label or None)
    return Markup('<a href="{}">{}</a>').format(way.href, chip) if way.href else chip
