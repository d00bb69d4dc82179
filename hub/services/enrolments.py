"""Enrolments: who follows which path, by which variants, with what dispenses; each change journalled and projected
again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.db.base import new_id
from hub.domain.path import Modality, PathDocument, Step, Variant
from hub.models.learning import Enrolment, PathVersion, SwitchRequest
from hub.models.person import JournalEntry, Person
from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.identities import own_agent_id
from hub.services.ledger import head
from hub.services.marking import mark, mark_persons
from hub.services.versions import document


def journal(session: Session, act: str, enrolment: Enrolment, by: UUID | None, now: datetime, **details: Any) -> None:
    """Write an act on an enrolment into the journal."""
    session.add(
        JournalEntry(
            id=new_id(),
            at=now,
            actor_id=by,
            act=act,
            subject_type="enrolment",
            subject_id=str(enrolment.id),
            details=details,
        )
    )


def enrol(
    session: Session,
    person_id: UUID,
    version_id: UUID,
    *,
    by: UUID | None,
    now: datetime,
    entered_on: date,
    group_id: UUID | None = None,
    organisation_id: UUID | None = None,
    ends_on: date | None = None,
    funding: str = "",
    agreed_plan: dict[str, Any] | None = None,
) -> Enrolment:
    """Enrol a person in a published version.

    A re-enrolment in the same path starts anew from its first day, unless the designer lets earlier evidence count.
    Raises NotFound,
    Conflict (``draft_version``, or ``already_enrolled`` while another enrolment of the path is active).
    """
    # The person's row is held: an enrolment of the same path that is made at the same moment is seen below.
    person = session.scalar(select(Person.id).where(Person.id == person_id).with_for_update(key_share=True))
    version = session.get(PathVersion, version_id)
    if person is None or version is None:
        raise NotFound(person=str(person_id), version=str(version_id))
    if version.state == "draft":
        raise Conflict("draft_version", version=str(version_id))
    earlier = session.scalars(
        select(Enrolment).where(Enrolment.person_id == person_id, Enrolment.path_id == version.path_id)
    ).all()
    if any(e.state == "active" for e in earlier):
        raise Conflict("already_enrolled", person=str(person_id))
    anew = bool([e for e in earlier if e.state != "cancelled"]) and not document(session, version_id).earlier_evidence
    row = Enrolment(
        id=new_id(),
        person_id=person_id,
        path_id=version.path_id,
        version_id=version_id,
        group_id=group_id,
        organisation_id=organisation_id,
        funding=funding,
        entered_on=entered_on,
        ends_on=ends_on,
        counts_from=datetime.combine(entered_on, time(), tzinfo=UTC) if anew else None,
        agreed_plan=agreed_plan,
        created_at=now,
    )
    session.add(row)
    session.flush()
    own_agent_id(session, person_id)
    journal(session, "enrolment.create", row, by, now, version=str(version_id))
    mark_persons(session, [person_id])  # hours that the person's enrolments share may pass from one to another
    return row


def get(session: Session, enrolment_id: UUID, *, lock: bool = False) -> Enrolment:
    """The enrolment. ``lock``: as the units before left it; others that change it wait for this one (PostgreSQL).
    Raises NotFound."""
    held = {"key_share": True} if lock else None
    row = session.get(Enrolment, enrolment_id, with_for_update=held, populate_existing=lock)
    if row is None:
        raise NotFound(enrolment=str(enrolment_id))
    return row


def step_of(session: Session, enrolment: Enrolment, step_id: UUID) -> Step:
    """A step of the enrolment's version. Raises NotFound."""
    step = document(session, enrolment.version_id).step(step_id)
    if step is None:
        raise NotFound(step=str(step_id))
    return step


def planned(doc: PathDocument, choices: Mapping[str, str]) -> dict[Modality, int]:
    """Planned minutes by modality with these choices (step id -> variant id)."""
    total: dict[Modality, int] = {}
    for step in doc.steps():
        chosen = choices.get(str(step.id))
        variant = step.variant(UUID(chosen) if chosen else None)
        for modality, minutes in _wanted(variant).items() if variant else ():
            total[modality] = total.get(modality, 0) + minutes
    return total


def _wanted(variant: Variant) -> dict[Modality, int]:
    """Minutes of training of a variant by modality: company time is calendar, not training."""
    total: dict[Modality, int] = {}
    for activity in variant.activities:
        if not activity.calendar_only:
            total[activity.modality] = total.get(activity.modality, 0) + activity.minutes
    return total


def plan_left(session: Session, enrolment: Enrolment, step: Step) -> dict[Modality, int] | None:
    """Minutes the agreed plan leaves by modality for ``step``, the other steps as chosen; None without an agreed
    plan."""
    if not enrolment.agreed_plan:
        return None
    doc = document(session, enrolment.version_id)
    others = doc.model_copy(
        update={
            "modules": tuple(
                m.model_copy(update={"steps": tuple(s for s in m.steps if s.id != step.id)}) for m in doc.modules
            )
        }
    )
    used = planned(others, enrolment.choices)
    agreed = enrolment.agreed_plan.get("minutes", {})
    return {m: int(agreed.get(m.value, 0)) - used.get(m, 0) for m in Modality}


def choose_variant(
    session: Session, enrolment_id: UUID, step_id: UUID, variant_id: UUID, *, by: UUID, now: datetime
) -> SwitchRequest | None:
    """Choose a way for a step; what is done stays done. Inside the agreed plan the choice holds at once (None is
    returned); beyond it a
    request is made, which names the limits and takes effect when the person responsible accepts. Raises NotFound."""
    enrolment = get(session, enrolment_id, lock=True)
    step = step_of(session, enrolment, step_id)
    variant = next((v for v in step.variants if v.id == variant_id), None)
    if variant is None:
        raise NotFound(variant=str(variant_id))
    limits = _limits(variant, plan_left(session, enrolment, step))
    for old in _asked(session, enrolment_id, step_id):
        old.state, old.answered_at = "replaced", now  # the learner's latest wish is the one that counts
    if limits:
        request = SwitchRequest(
            id=new_id(), enrolment_id=enrolment_id, step_id=step_id, variant_id=variant_id, limits=limits, asked_at=now
        )
        session.add(request)
        journal(session, "variant.ask", enrolment, by, now, step=str(step_id), variant=str(variant_id), limits=limits)
        return request
    _switch(session, enrolment, step_id, variant_id, by, now)
    return None


def _limits(variant: Variant, left: dict[Modality, int] | None) -> list[dict[str, Any]]:
    if left is None:
        return []
    return [
        {"modality": m.value, "wanted": minutes, "left": left.get(m, 0)}
        for m, minutes in _wanted(variant).items()
        if minutes > left.get(m, 0)
    ]


def _asked(session: Session, enrolment_id: UUID, step_id: UUID) -> list[SwitchRequest]:
    query = select(SwitchRequest).where(
        SwitchRequest.enrolment_id == enrolment_id, SwitchRequest.step_id == step_id, SwitchRequest.state == "asked"
    )
    return list(session.scalars(query))


def _switch(session: Session, enrolment: Enrolment, step_id: UUID, variant_id: UUID, by: UUID, now: datetime) -> None:
    before = enrolment.choices.get(str(step_id))
    enrolment.choices = {**enrolment.choices, str(step_id): str(variant_id)}
    journal(session, "variant.choose", enrolment, by, now, step=str(step_id), old=before, new=str(variant_id))
    mark(session, [enrolment.id])


def answer_switch(
    session: Session, request_id: UUID, *, accept: bool, answer: str, by: UUID, now: datetime
) -> SwitchRequest:
    """Accept or refuse a change of way that breaks the agreed plan. Raises NotFound, Conflict (``already_answered``, or
    ``way_gone`` where the enrolment's version no longer has the way that is to be accepted)."""
    request = session.get(SwitchRequest, request_id)
    if request is None:
        raise NotFound(request=str(request_id))
    enrolment = get(session, request.enrolment_id, lock=True)
    session.refresh(request)
    if request.state != "asked":
        raise Conflict("already_answered", request=str(request_id))
    if accept and not _has_way(session, enrolment, request):
        raise Conflict("way_gone", request=str(request_id))
    request.state = "accepted" if accept else "refused"
    request.answered_at, request.answered_by, request.answer = now, by, answer
    if accept:
        _switch(session, enrolment, request.step_id, request.variant_id, by, now)
    else:
        journal(
            session, "variant.refuse", enrolment, by, now, step=str(request.step_id), variant=str(request.variant_id)
        )
    return request


def _has_way(session: Session, enrolment: Enrolment, request: SwitchRequest) -> bool:
    step = document(session, enrolment.version_id).step(request.step_id)
    return step is not None and any(v.id == request.variant_id for v in step.variants)


def waive(session: Session, enrolment_id: UUID, step_id: UUID, *, why: str, by: UUID, now: datetime) -> None:
    """Grant a dispense of a step. Raises NotFound, Invalid without a reason."""
    if not why.strip():
        raise Invalid({"why": "required"})
    enrolment = get(session, enrolment_id, lock=True)
    step_of(session, enrolment, step_id)
    enrolment.waivers = {**enrolment.waivers, str(step_id): {"by": str(by), "why": why.strip(), "at": now.isoformat()}}
    journal(session, "waiver.grant", enrolment, by, now, step=str(step_id), why=why.strip())
    mark(session, [enrolment_id])


def unwaive(session: Session, enrolment_id: UUID, step_id: UUID, *, by: UUID, now: datetime) -> None:
    """Take a dispense back. Raises NotFound when there is none."""
    enrolment = get(session, enrolment_id, lock=True)
    if str(step_id) not in enrolment.waivers:
        raise NotFound(step=str(step_id))
    enrolment.waivers = {k: v for k, v in enrolment.waivers.items() if k != str(step_id)}
    journal(session, "waiver.withdraw", enrolment, by, now, step=str(step_id))
    mark(session, [enrolment_id])


def acknowledge_fall(
    session: Session, enrolment_id: UUID, step_id: UUID, statement_id: str, *, by: UUID, now: datetime
) -> None:
    """Say that a step "à vérifier" was looked at, its evidence as it stands now: the mark goes, until another fall.
    ``statement_id``: what the step had been done by. Raises NotFound."""
    enrolment = get(session, enrolment_id, lock=True)
    step_of(session, enrolment, step_id)
    seen = {"statement": statement_id, "seq": head(session)}
    enrolment.acknowledged = {**enrolment.acknowledged, str(step_id): seen}
    journal(session, "fall.acknowledge", enrolment, by, now, step=str(step_id), statement=statement_id)
    mark(session, [enrolment_id])


def end(session: Session, enrolment_id: UUID, state: str, *, why: str, by: UUID, now: datetime) -> None:
    """Close an enrolment: ``finished``, ``left`` or ``cancelled``. What was done stays. Raises NotFound, Invalid."""
    if state not in ("finished", "left", "cancelled"):
        raise Invalid({"state": "unknown"})
    enrolment = get(session, enrolment_id, lock=True)
    enrolment.state = state
    journal(session, "enrolment.end", enrolment, by, now, state=state, why=why)
    session.flush()
    mark_persons(session, [enrolment.person_id])


def own_hours(session: Session, enrolment_id: UUID, iri: str, *, by: UUID, now: datetime) -> None:
    """Make this enrolment the one that counts the hours of an activity shared by several of the person's. Raises
    NotFound."""
    enrolment = get(session, enrolment_id)
    for other in session.scalars(select(Enrolment).where(Enrolment.person_id == enrolment.person_id)):
        other.hours_owner = {**other.hours_owner, iri: str(enrolment_id)}
        mark(session, [other.id])
    journal(session, "hours.own", enrolment, by, now, iri=iri)
