"""Everything a learner's page of one step shows, read at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from hub.domain.advice import Advice, advise
from hub.domain.path import Modality
from hub.domain.progress import step_iris
from hub.models.learning import SwitchRequest
from hub.services import deposits, my_paths, outside, seances_read
from hub.services.enrolments import plan_left
from hub.services.errors import NotFound
from hub.services.help import Helper, helper
from hub.services.journey import Journey, StepView, journeys
from hub.services.uploads import budget
from hub.services.why import PlatformReading, Why, why


@dataclass(frozen=True, slots=True)
class MyStep:
    """One step for its learner. ``left``: minutes the agreed plan has by modality, None without a plan; ``doors`` by
    activity; ``coming`` the séances of its activities; ``handed`` the newest first; ``largest`` bytes of a file."""

    journey: Journey
    view: StepView
    left: Mapping[Modality, int] | None
    advice: Sequence[Advice]
    doors: Mapping[UUID, outside.Door]
    coming: Sequence[seances_read.SeanceView]
    why: Why
    handed: Sequence[deposits.DepositView]
    switch: SwitchRequest | None
    helper: Helper
    readings: Sequence[PlatformReading]
    largest: int


def my_step(session: Session, enrolment_id: UUID, step_id: UUID, person_id: UUID, now: datetime) -> MyStep:
    """Read a step of a person's own enrolment. Raises NotFound."""
    enrolment = my_paths.own(session, enrolment_id, person_id)
    journey = journeys(session, [enrolment_id], now)[0]
    view = journey.by_step.get(step_id)
    if view is None:
        raise NotFound(step=str(step_id))
    left = plan_left(session, enrolment, view.step)
    return MyStep(
        journey=journey,
        view=view,
        left=left,
        advice=advise(view.step, journey.person.means, list(journey.person.adaptations), left),
        doors=outside.doors(session, list(view.step.activities())),
        coming=seances_read.to_come(session, person_id, now, iris=list(step_iris(view.step))),
        why=why(session, enrolment_id, step_id),
        handed=deposits.of_step(session, enrolment_id, step_id),
        switch=my_paths.last_switch(session, enrolment_id, step_id),
        helper=helper(session, person_id, enrolment_id, now),
        readings=outside.readings(session, [view.step]).get(step_id, []),
        largest=budget(session),
    )
