"""A path as a learner would see it, from its document alone: no enrolment, no trace."""

from collections.abc import Callable, Sequence
from uuid import UUID

from hub.domain.path import PathDocument, Step, StepPrerequisite, Window
from hub.texts import _, translator
from hub.web.ui.line_map import MapModule, MapStep, MapVariant


def learner_map(document: PathDocument, done: Sequence[UUID], href: Callable[[Step], str]) -> list[MapModule]:
    """The line for somebody who enters today and has done ``done``; the first open step is the next one."""
    steps = list(document.steps())
    free = [s for s in steps if s.id not in done and not locks(document, s, done) and not later(s.window)]
    upcoming = free[0].id if free else None
    number = {s.id: i for i, s in enumerate(steps, 1)}

    def station(step: Step) -> MapStep:
        own = step.variant(None)
        state, reason = _state(document, step, done, upcoming)
        return MapStep(
            number=number[step.id],
            title=step.title,
            href=href(step),
            state=state,
            modality=own.modality.value if own and own.activities else None,
            minutes=own.minutes if own else None,
            reason=reason,
            others=tuple(MapVariant(v.modality.value, v.title, href(step)) for v in step.variants[1:] if v.activities),
        )

    return [
        MapModule(
            m.title,
            _("%(done)s sur %(all)s", done=sum(s.id in done for s in m.steps), all=len(m.steps)),
            tuple(station(s) for s in m.steps),
        )
        for m in document.modules
    ]


def locks(document: PathDocument, step: Step, done: Sequence[UUID]) -> list[str]:
    """What the step still waits for, by name; a skill is had once a step that grants it is done."""
    granted = {skill.code for s in document.steps() if s.id in done for skill in s.skills}
    labels = {skill.code: skill.label for s in document.steps() for skill in s.skills}
    waiting = []
    for needed in step.prerequisites:
        if isinstance(needed, StepPrerequisite):
            other = document.step(needed.step_id)
            if other is not None and other.id not in done:
                waiting.append(other.title)
        elif needed.skill not in granted:
            waiting.append(labels.get(needed.skill, needed.skill))
    return waiting


def later(window: Window) -> bool:
    """Whether the step opens some days after entry, seen on the first day."""
    return bool(window.opens_after_days)


def _state(document: PathDocument, step: Step, done: Sequence[UUID], upcoming: UUID | None) -> tuple[str, str]:
    if step.id in done:
        return "done", ""
    waiting = locks(document, step, done)
    if waiting:
        return "locked", _("Terminez d’abord : %(names)s.", names=translator().enumeration(waiting))
    if later(step.window):
        return "not_open", _("S’ouvre %(days)s jours après l’entrée.", days=step.window.opens_after_days)
    return ("todo" if step.id == upcoming else "open"), ""
