"""The learning path: a version is one frozen document, a tree of modules of steps, each step with its variants.

The document is what the designer edits and what publishing freezes (DESIGN section 4, ADR "one document per version").
Everything here is pure data and validated on reading: a document that does not fit raises ``pydantic.ValidationError``.
Durations are minutes, shares and scores are 0..1, dates are local dates of the place's zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field


class Frozen(BaseModel):
    """A value that does not change; unknown fields are refused so that a misspelt one is never lost in silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Modality(StrEnum):
    """How one learns. *Multimodal* is a quality of a whole path, derived from its activities, never a modality."""

    ON_SITE = "on_site"
    REMOTE_LIVE = "remote_live"
    OWN_PACE = "own_pace"
    COMODAL = "comodal"
    AFEST = "afest"


#: Modalities whose hours are minutes of presence; own pace counts planned minutes of what is complete.
PRESENCE = frozenset({Modality.ON_SITE, Modality.REMOTE_LIVE, Modality.COMODAL, Modality.AFEST})


class Phone(StrEnum):
    """Whether a phone suffices for an activity."""

    YES = "yes"
    DIFFICULT = "difficult"
    NO = "no"


class Way(StrEnum):
    """By which way evidence of a binding reaches the hub."""

    LTI_SCORE = "lti_score"
    WEB_SERVICES = "web_services"
    XAPI = "xapi"
    ROLL = "roll"
    TRAINER = "trainer"
    DEPOSIT = "deposit"
    FILE = "file"


class EvidenceKind(StrEnum):
    """What a completion rule may ask for. The names are those of the readings of a statement."""

    COMPLETED = "completed"
    PASSED = "passed"
    SCORE = "score"
    PROGRESS = "progress"
    ATTENDED = "attended"
    ACCEPTED = "accepted"
    VALIDATED = "validated"


class Brings(Frozen):
    """What a binding declares it can bring back, by which way, and how soon (hours)."""

    kind: EvidenceKind
    way: Way
    within_hours: int = Field(default=24, ge=0)


class BindingKind(StrEnum):
    """Where an activity happens."""

    LTI_LINK = "lti_link"
    REMOTE_COURSE = "remote_course"
    REMOTE_MODULE = "remote_module"
    PACKAGE = "package"
    SEANCES = "seances"
    DEPOSIT = "deposit"
    APPOINTMENT = "appointment"
    WEB = "web"
    ACTIVITY = "activity"


class Binding(Frozen):
    """The tie between an activity and the world: the xAPI activity IRI its evidence names, and where to open it.

    ``iri`` may be empty in a draft for séances, deposits and appointments: the hub then gives the activity an IRI of
    its own.
    ``also`` lists other IRIs under which the same activity sends evidence (the LMS module beside the LTI link).
    """

    kind: BindingKind
    iri: str = ""
    also: tuple[str, ...] = ()
    resource_id: UUID | None = None
    brings: tuple[Brings, ...] = ()


class Needs(Frozen):
    """What a learner needs for an activity. ``megabytes`` is what opening it downloads, about."""

    phone: Phone = Phone.YES
    computer: bool = False
    camera: bool = False
    megabytes: float = Field(default=0, ge=0)
    place_id: UUID | None = None


class Afest(Frozen):
    """The four conditions of a training action in work situation (Code du travail, D6313-3-2)."""

    work_analysis: str = ""
    trainer: str = ""
    reflective_phases: str = ""
    assessments: str = ""

    def complete(self) -> bool:
        """Whether all four are described."""
        return all(t.strip() for t in (self.work_analysis, self.trainer, self.reflective_phases, self.assessments))


class Activity(Frozen):
    """One thing to do within a variant. ``minutes`` is the planned duration; company time has none that counts."""

    id: UUID = Field(default_factory=uuid4)
    title: str
    modality: Modality
    minutes: int = Field(default=0, ge=0)
    needs: Needs = Needs()
    organisation_id: UUID | None = None
    binding: Binding
    afest: Afest | None = None
    calendar_only: bool = False


class Variant(Frozen):
    """One way to the step's objective."""

    id: UUID = Field(default_factory=uuid4)
    title: str = ""
    activities: tuple[Activity, ...] = ()

    @property
    def modality(self) -> Modality:
        """The modality the variant is drawn with: that of most of its minutes (the first one where equal)."""
        weight: dict[Modality, int] = {}
        for activity in self.activities:
            weight[activity.modality] = weight.get(activity.modality, 0) + activity.minutes + 1
        return max(weight, key=lambda m: weight[m]) if weight else Modality.ON_SITE

    @property
    def minutes(self) -> int:
        """Planned minutes of all its activities."""
        return sum(a.minutes for a in self.activities)


class Condition(Frozen):
    """Something the evidence must show. ``at_least``: 0..1 for score, progress and a share of presence; minutes for
    ``unit='minutes'``."""

    kind: EvidenceKind
    at_least: float | None = Field(default=None, ge=0)
    unit: Literal["share", "minutes"] = "share"
    activity_id: UUID | None = None


class Rule(Frozen):
    """All or any of its terms; a rule without terms is never met by evidence."""

    mode: Literal["all", "any"] = "all"
    terms: tuple[Condition | Rule, ...] = ()

    def conditions(self) -> Iterator[Condition]:
        """Every condition of the tree, in order."""
        for term in self.terms:
            if isinstance(term, Rule):
                yield from term.conditions()
            else:
                yield term


class StepPrerequisite(Frozen):
    """Another step must be done (completed, passed or waived)."""

    kind: Literal["step"] = "step"
    step_id: UUID


class SkillPrerequisite(Frozen):
    """A skill or safety authorisation must be in force on the day (granted by a step, or recorded for the person)."""

    kind: Literal["skill"] = "skill"
    skill: str


Prerequisite = Annotated[StepPrerequisite | SkillPrerequisite, Field(discriminator="kind")]


class Window(Frozen):
    """When a step is open: absolute dates, or days after entry into the path; both ends included, either may be
    missing."""

    opens_on: date | None = None
    closes_on: date | None = None
    opens_after_days: int | None = None
    closes_after_days: int | None = None


class Instructions(Frozen):
    """La consigne: what to do, to bring, to hand in, and who answers."""

    do: str = ""
    bring: str = ""
    hand_in: str = ""
    who_answers: str = ""


class Skill(Frozen):
    """A skill in a published reference: ROME 4.0 code, RNCP block, or the place's own."""

    code: str
    label: str
    reference: Literal["rome", "rncp", "own"] = "own"


class Step(Frozen):
    """A station of the path. Its id is the identity by which a new version takes over what was done."""

    id: UUID = Field(default_factory=uuid4)
    title: str
    objectives: str = ""
    plain: str = ""
    instructions: Instructions = Instructions()
    skills: tuple[Skill, ...] = ()
    weight: float = Field(default=1, ge=0)
    required: bool = True
    prerequisites: tuple[Prerequisite, ...] = ()
    window: Window = Window()
    rule: Rule = Rule()
    variants: tuple[Variant, ...] = ()
    valid_for_days: int | None = Field(default=None, ge=1)

    def activities(self) -> Iterator[Activity]:
        """Every activity of every variant."""
        for variant in self.variants:
            yield from variant.activities

    def variant(self, variant_id: UUID | None) -> Variant | None:
        """The variant of that id; without one, the first (the designer's default)."""
        chosen = next((v for v in self.variants if v.id == variant_id), None)
        return chosen or next(iter(self.variants), None)


class Need(Frozen):
    """What completes a module: all required steps, ``amount`` steps of them, or a minimum weight."""

    kind: Literal["all", "count", "weight"] = "all"
    amount: float = Field(default=0, ge=0)


class Module(Frozen):
    """A section of the line."""

    id: UUID = Field(default_factory=uuid4)
    title: str
    need: Need = Need()
    steps: tuple[Step, ...] = ()


class PathDocument(Frozen):
    """What one version says. ``earlier_evidence``: whether a re-enrolment may count what was done before it."""

    title: str
    objectives: str = ""
    earlier_evidence: bool = False
    modules: tuple[Module, ...] = ()

    def steps(self) -> Iterator[Step]:
        """The steps in the order of the line."""
        for module in self.modules:
            yield from module.steps

    def step(self, step_id: UUID) -> Step | None:
        """The step of that identity, if this version has it."""
        return next((s for s in self.steps() if s.id == step_id), None)

    def modalities(self) -> frozenset[Modality]:
        """Modalities met in its activities; two or more make the path multimodal."""
        return frozenset(a.modality for s in self.steps() for a in s.activities())
