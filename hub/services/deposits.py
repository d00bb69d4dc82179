"""Work handed in on a step (a file, a photo, a link), and the trainer's answer: accepted, or returned with a word.

Each act writes its register statement in the same unit of work, on the activity's own IRI or else on the step's, so
progress is computed from it as from any other evidence (DESIGN sections 2 and 4).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from content.xapi.canonical import ifi
from content.xapi.emit import register_statement
from content.xapi.readings import Kind
from hub.db.base import new_id
from hub.db.types import to_micros
from hub.domain.path import Activity, BindingKind, EvidenceKind, Step, Variant
from hub.domain.progress import activity_iris, step_iri
from hub.domain.roles import Viewer
from hub.models.learning import Deposit, Enrolment, Upload
from hub.models.person import Person
from hub.services.enrolments import get, journal, step_of
from hub.services.errors import Conflict, Forbidden, Invalid, NotFound
from hub.services.identities import hub_agent, own_agent_id
from hub.services.ledger import ingest
from hub.services.responsible import covers, trainer_of
from hub.services.source import hub_source

HANDED_IN, ACCEPTED, RETURNED, REPLACED = "handed_in", "accepted", "returned", "replaced"
MOST_FILES = 10


@dataclass(frozen=True, slots=True)
class Target:
    """What a deposit on a step speaks of: an activity of deposit, or the step itself (``activity`` None)."""

    activity: Activity | None
    iri: str


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of a deposit. ``size`` in bytes; ``content_type`` as sniffed."""

    id: UUID
    name: str
    content_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class DepositView:
    """A deposit with the names of the people in it."""

    deposit: Deposit
    files: tuple[StoredFile, ...]
    learner: str
    trainer: str
    answered_by: str


def target(step: Step, variant: Variant | None) -> Target | None:
    """What one hands in on this step by this way; None where neither an activity nor the rule asks for a deposit."""
    own = [a for a in (variant.activities if variant else ()) if a.binding.kind is BindingKind.DEPOSIT]
    for activity in (*own, *(a for a in step.activities() if a.binding.kind is BindingKind.DEPOSIT)):
        return Target(activity, activity_iris(activity)[0])
    asked = [c for c in step.rule.conditions() if c.kind is EvidenceKind.ACCEPTED]
    if not asked:
        return None
    named = next((a for a in step.activities() if a.id == asked[0].activity_id), None)
    return Target(named, activity_iris(named)[0]) if named else Target(None, step_iri(step.id))


def hand_in(
    session: Session,
    enrolment_id: UUID,
    step_id: UUID,
    *,
    by: UUID,
    upload_ids: Sequence[UUID] = (),
    link: str = "",
    note: str = "",
    now: datetime,
) -> Deposit:
    """Hand work in. What was handed in before and not answered yet is replaced.

    ``upload_ids`` are finished uploads of ``by``; ``link`` is an http(s) address. Raises NotFound, Forbidden, Invalid
    (``files`` or ``link``).
    """
    enrolment = get(session, enrolment_id, lock=True)
    if enrolment.person_id != by:
        raise Forbidden
    step = step_of(session, enrolment, step_id)
    chosen = enrolment.choices.get(str(step_id))
    wanted = target(step, step.variant(UUID(chosen) if chosen else None))
    if wanted is None:
        raise Invalid({"files": "no_deposit_here"})
    files = _take_uploads(session, upload_ids, by)
    _check(files, link)
    for old in _waiting(session, enrolment_id, step_id):
        old.state = REPLACED
    trainer = trainer_of(session, enrolment)
    row = Deposit(
        id=new_id(),
        enrolment_id=enrolment_id,
        step_id=step_id,
        activity_id=wanted.activity.id if wanted.activity else None,
        files=files,
        link=link,
        note=note,
        handed_in_at=now,
        trainer_id=trainer.id if trainer else None,
    )
    session.add(row)
    session.flush()
    _say(session, enrolment, wanted, step, Kind.DEPOSITED, 1.0, now)
    return row


def _take_uploads(session: Session, ids: Sequence[UUID], by: UUID) -> list[dict[str, object]]:
    rows = {row.id: row for row in session.scalars(select(Upload).where(Upload.id.in_(ids), Upload.person_id == by))}
    if len(rows) != len(set(ids)) or any(not row.sha256 for row in rows.values()):
        raise Invalid({"files": "upload_unfinished"})
    files: list[dict[str, object]] = []
    for key in dict.fromkeys(ids):
        row = rows[key]
        files.append(
            {"id": str(row.id), "name": row.name, "type": row.content_type, "size": row.size, "sha256": row.sha256}
        )
        session.delete(row)
    return files


def _check(files: list[dict[str, object]], link: str) -> None:
    if not files and not link:
        raise Invalid({"files": "nothing_handed_in"})
    if len(files) > MOST_FILES:
        raise Invalid({"files": "too_many_files"})
    if not link:
        return
    try:
        parts = urlsplit(link)
    except ValueError:
        raise Invalid({"link": "not_a_link"}) from None
    if parts.scheme not in ("http", "https") or "." not in (parts.hostname or "") or len(link) > 2000:
        raise Invalid({"link": "not_a_link"})


def _waiting(session: Session, enrolment_id: UUID, step_id: UUID) -> Sequence[Deposit]:
    query = select(Deposit).where(
        Deposit.enrolment_id == enrolment_id, Deposit.step_id == step_id, Deposit.state == HANDED_IN
    )
    return session.scalars(query).all()


def answer(session: Session, deposit_id: UUID, viewer: Viewer, *, accept: bool, word: str, now: datetime) -> Deposit:
    """Accept a deposit, or return it with a word; journalled. A trainer may change the answer: the last one counts.

    Raises NotFound (also where the viewer may not see it), Forbidden, Conflict (``deposit_replaced``: newer work was
    handed in), Invalid (``word``: ``required`` to return).
    """
    row = find(session, deposit_id, viewer)
    enrolment = get(session, row.enrolment_id)
    if not may_answer(session, viewer, row, enrolment):
        raise Forbidden
    if row.state == REPLACED:
        raise Conflict("deposit_replaced", deposit=str(deposit_id))
    if not accept and not word.strip():
        raise Invalid({"word": "required"})
    step = step_of(session, enrolment, row.step_id)
    row.state = ACCEPTED if accept else RETURNED
    row.answer, row.answered_at, row.answered_by = word.strip(), now, viewer.person_id
    activity = next((a for a in step.activities() if a.id == row.activity_id), None)
    spoken_of = Target(activity, activity_iris(activity)[0]) if activity else Target(None, step_iri(step.id))
    _say(session, enrolment, spoken_of, step, Kind.ACCEPTED, float(accept), now, viewer.person_id)
    act = "deposit.accept" if accept else "deposit.return"
    journal(session, act, enrolment, viewer.person_id, now, step=str(row.step_id), deposit=str(row.id))
    return row


def _say(
    session: Session,
    enrolment: Enrolment,
    about: Target,
    step: Step,
    kind: Kind,
    value: float,
    now: datetime,
    trainer_id: UUID | None = None,
) -> None:
    """Write the register statement of this deposit: revision is the instant in µs, so the last word counts."""
    own_agent_id(session, enrolment.person_id)
    actor = hub_agent(enrolment.person_id)
    statement = register_statement(
        actor,
        None,
        about.iri,
        source="hub",
        series_key=("hub", ifi(actor), about.iri, kind, ""),
        revision=to_micros(now),
        kind=kind,
        value=value,
        at=now.isoformat(),
        definition={"name": {"fr": about.activity.title if about.activity else step.title}},
        instructor=hub_agent(trainer_id) if trainer_id else None,
    )
    ingest(session, [statement], hub_source(), now)


def may_answer(session: Session, viewer: Viewer, deposit: Deposit, enrolment: Enrolment) -> bool:
    """The named trainer, the trainers whose scope holds the enrolment, administrators; never the learner."""
    if viewer.person_id == enrolment.person_id:
        return False
    named = viewer.person_id == deposit.trainer_id and viewer.has("trainer")
    return named or covers(session, viewer, enrolment, "trainer", "administrator")


def find(session: Session, deposit_id: UUID, viewer: Viewer) -> Deposit:
    """A deposit that the viewer handed in or may answer. Raises NotFound for all others."""
    row = session.get(Deposit, deposit_id)
    if row is None:
        raise NotFound(deposit=str(deposit_id))
    enrolment = get(session, row.enrolment_id)
    if enrolment.person_id != viewer.person_id and not may_answer(session, viewer, row, enrolment):
        raise NotFound(deposit=str(deposit_id))
    return row


def file_of(session: Session, deposit_id: UUID, file_id: UUID, viewer: Viewer) -> StoredFile:
    """A file of a deposit that the viewer may see. Raises NotFound."""
    for file in files_of(find(session, deposit_id, viewer)):
        if file.id == file_id:
            return file
    raise NotFound(file=str(file_id))


def files_of(deposit: Deposit) -> tuple[StoredFile, ...]:
    """The files of a deposit."""
    return tuple(StoredFile(UUID(f["id"]), f["name"], f["type"], f["size"], f["sha256"]) for f in deposit.files)


def of_step(session: Session, enrolment_id: UUID, step_id: UUID) -> list[DepositView]:
    """Everything handed in on a step, the newest first."""
    query = select(Deposit).where(Deposit.enrolment_id == enrolment_id, Deposit.step_id == step_id)
    return views(session, session.scalars(query.order_by(Deposit.handed_in_at.desc(), Deposit.id.desc())))


def waiting(session: Session, viewer: Viewer) -> list[DepositView]:
    """What waits for the viewer's answer, the oldest first: deposits that name them or that their roles cover."""
    query = select(Deposit, Enrolment).join(Enrolment, Enrolment.id == Deposit.enrolment_id)
    query = query.where(Deposit.state == HANDED_IN).order_by(Deposit.handed_in_at, Deposit.id)
    return views(session, [d for d, e in session.execute(query) if may_answer(session, viewer, d, e)])


def views(session: Session, deposits: Iterable[Deposit]) -> list[DepositView]:
    """Deposits with their names, read at once."""
    rows = list(deposits)
    enrolments = {row.enrolment_id for row in rows}
    query = select(Enrolment.id, Enrolment.person_id).where(Enrolment.id.in_(enrolments))
    learners = {row.id: row.person_id for row in session.execute(query)}
    people = {row.trainer_id for row in rows} | {row.answered_by for row in rows} | set(learners.values())
    named = session.scalars(select(Person).where(Person.id.in_({p for p in people if p})))
    names: dict[UUID | None, str] = {p.id: p.name for p in named}
    return [
        DepositView(
            row, files_of(row), names.get(learners[row.enrolment_id], ""), names.get(row.trainer_id, ""),
            names.get(row.answered_by, ""),
        )
        for row in rows
    ]  # fmt: skip
