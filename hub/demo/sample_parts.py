"""Short words to write the sample paths with. Ids are derived from names, so that every demo has the same ones."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID, uuid5

from hub.domain.path import (
    Activity,
    Afest,
    Binding,
    BindingKind,
    Brings,
    Condition,
    EvidenceKind,
    Instructions,
    Modality,
    Module,
    Need,
    Needs,
    Phone,
    Prerequisite,
    Rule,
    Skill,
    SkillPrerequisite,
    Step,
    StepPrerequisite,
    Variant,
    Way,
    Window,
)
from hub.services.catalogue import Entry, activity_from

SPACE = UUID("6a1f3c52-3a0b-5d1e-9d57-0c5be6c0a7f1")
"""Name space of the sample place (RFC 9562 section 5.5)."""
SAFETY = Skill(code="SEC-ATELIER", label="Sécurité à l’atelier", reference="own")


def made_id(*names: str) -> UUID:
    """The id of a part of the sample place."""
    return uuid5(SPACE, "/".join(names))


class Ways:
    """Builds the activities of one step of one path; ``trainer_org`` and ``employer`` are who gives the hours."""

    def __init__(self, path: str, step: str, trainer_org: UUID, employer: UUID) -> None:
        self._names = (path, step)
        self._org, self._employer = trainer_org, employer

    def entry(self, key: str, entry: Entry) -> Activity:
        """What the catalogue has, as an activity."""
        return activity_from(entry).model_copy(update={"id": made_id(*self._names, key)})

    def seances(self, key: str, title: str, minutes: int, modality: Modality = Modality.ON_SITE) -> Activity:
        """A series of séances; its evidence is the roll."""
        remote = modality is Modality.REMOTE_LIVE
        return Activity(
            id=made_id(*self._names, key),
            title=title,
            modality=modality,
            minutes=minutes,
            needs=Needs(phone=Phone.YES, camera=remote, megabytes=300 if remote else 0),
            organisation_id=self._org,
            binding=Binding(
                kind=BindingKind.SEANCES, brings=(Brings(kind=EvidenceKind.ATTENDED, way=Way.ROLL, within_hours=24),)
            ),
        )

    def afest(self, key: str, title: str, minutes: int, conditions: Afest) -> Activity:
        """Training in a work situation, at the employer's."""
        made = self.seances(key, title, minutes, Modality.AFEST)
        return made.model_copy(update={"organisation_id": self._employer, "afest": conditions})

    def deposit(self, key: str, title: str) -> Activity:
        """Work to hand in."""
        brings = (Brings(kind=EvidenceKind.ACCEPTED, way=Way.DEPOSIT, within_hours=72),)
        return Activity(
            id=made_id(*self._names, key),
            title=title,
            modality=Modality.OWN_PACE,
            organisation_id=self._org,
            needs=Needs(phone=Phone.YES, megabytes=2),
            binding=Binding(kind=BindingKind.DEPOSIT, brings=brings),
        )

    def appointment(self, key: str, title: str, minutes: int) -> Activity:
        """A meeting of two."""
        made = self.seances(key, title, minutes)
        return made.model_copy(update={"binding": made.binding.model_copy(update={"kind": BindingKind.APPOINTMENT})})

    def way(self, key: str, title: str, *activities: Activity) -> Variant:
        """A variant."""
        return Variant(id=made_id(*self._names, "way", key), title=title, activities=activities)


def term(kind: str, at_least: float | None = None) -> Condition:
    """A condition of a rule."""
    return Condition(kind=EvidenceKind(kind), at_least=at_least)


def rule(*terms: Condition, mode: Literal["all", "any"] = "any") -> Rule:
    """A rule; any of its terms unless said."""
    return Rule(mode=mode, terms=terms)


def after(path: str, *steps: str) -> tuple[Prerequisite, ...]:
    """Steps that come first."""
    return tuple(StepPrerequisite(step_id=made_id(path, step)) for step in steps)


SAFE: tuple[Prerequisite, ...] = (SkillPrerequisite(skill=SAFETY.code),)


def step(
    path: str,
    key: str,
    title: str,
    plain: str,
    rule: Rule,
    *variants: Variant,
    before: tuple[Prerequisite, ...] = (),
    instructions: Instructions | None = None,
    opens: int | None = None,
    closes: int | None = None,
    weight: float = 1,
    grants: Sequence[Skill] = (),
    valid_for: int | None = None,
) -> Step:
    """A step; ``opens`` and ``closes`` are days after entry."""
    return Step(
        id=made_id(path, key),
        title=title,
        plain=plain,
        rule=rule,
        variants=variants,
        prerequisites=before,
        instructions=instructions or Instructions(),
        window=Window(opens_after_days=opens, closes_after_days=closes),
        weight=weight,
        skills=tuple(grants),
        valid_for_days=valid_for,
    )


def module(path: str, title: str, *steps: Step) -> Module:
    """A module of which every step is wanted."""
    return Module(id=made_id(path, "module", title), title=title, need=Need(), steps=steps)
