"""From a journey to what the line map and the strip of stations draw."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import url_for
from markupsafe import Markup

from hub.domain.access import Display
from hub.services.journey import Journey, StepView
from hub.services.why import PlatformReading
from hub.texts import _, translator
from hub.web.ui.map_model import MapModule, MapStep, MapVariant
from hub.web.views._learner_words import counts_words, short_reason, state_of

Readings = Mapping[UUID, Sequence[PlatformReading]]


def step_href(journey: Journey, step_id: UUID) -> str:
    """Address of a step's page."""
    return url_for("step.step_page", enrolment_id=journey.enrolment.id, step_id=step_id)


def modules(journey: Journey, readings: Readings) -> list[MapModule]:
    """The sections of the learner's map."""
    found = []
    for module in journey.document.modules:
        views = [journey.by_step[step.id] for step in module.steps]
        if views:
            done = sum(view.done for view in views)
            text = _("%(done)s sur %(total)s", done=done, total=len(views))
            found.append(MapModule(module.title, text, tuple(_step(journey, v, readings) for v in views)))
    return found


def _step(journey: Journey, view: StepView, readings: Readings) -> MapStep:
    state, text = state_of(view)
    href = step_href(journey, view.step.id)
    others = [v for v in view.step.variants if view.variant is None or v.id != view.variant.id]
    return MapStep(
        number=view.number,
        title=view.step.title,
        href=href,
        state=state,
        state_text=text,
        modality=view.variant.modality.value if view.variant else None,
        minutes=view.variant.minutes if view.variant else None,
        reason=short_reason(view, journey, readings.get(view.step.id, ())),
        others=tuple(MapVariant(v.modality.value, href=f"{href}#ways") for v in others),
    )


def strip(journey: Journey) -> Markup:
    """The whole path as a strip of stations, with its sentence; the list itself is on the page of the path."""
    views = journey.steps
    if not views:
        return Markup("")
    gap, width = 36.5, 36.5 * (len(views) - 1) + 36
    marks = Markup("").join(_mark(view, index * gap) for index, view in enumerate(views))
    sentence = _(
        "%(total)s étapes : %(counts)s. La liste est sur la page Mon parcours.",
        total=len(views), counts=counts_words(journey),
    )  # fmt: skip
    return Markup(
        '<svg class="chart full path-strip" viewBox="0 0 {:g} 34" role="img" aria-label="{}">'
        '<path class="line" d="M12 17h{:g}"/>{}</svg>'
    ).format(width, sentence, width - 26, marks)


def _mark(view: StepView, x: float) -> Markup:
    y, size = (0, 34) if view.display is Display.TO_DO else (3, 28)
    return Markup('<use href="#s-{}" x="{:g}" y="{}" width="{}" height="{}"/>').format(
        state_of(view)[0], x + y, y, size, size
    )


def heading(journey: Journey) -> str:
    """« 9 étapes, 24 h prévues, du 2 novembre au 18 décembre. Vous avez réalisé 10 h 30. »"""
    say = translator()
    begun = journey.enrolment.entered_on
    ends = journey.enrolment.ends_on
    when = say.dates(begun, ends) if ends else _("depuis le %(day)s", day=say.plain_date(begun))
    return _(
        "%(steps)s étapes, %(planned)s prévues, %(when)s. Vous avez réalisé %(done)s.",
        steps=len(journey.steps), planned=say.duration(journey.planned_minutes), when=when,
        done=say.duration(journey.minutes),
    )  # fmt: skip


__all__ = ["heading", "modules", "step_href", "strip"]
