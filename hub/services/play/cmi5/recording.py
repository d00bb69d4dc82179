"""What units tell, inside the unit of work that stores it: checked in its order and kept; what follows is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from content.xapi.formats import instant
from content.xapi.readings.rule import progress_of, score_of
from hub.db.types import to_micros
from hub.domain.cmi5.move_on import Facts
from hub.domain.cmi5.rules import AU_VERBS, Violation, check_order, is_defined, verb_of
from hub.models.cmi5 import Cmi5Session
from hub.models.play import PlayAttempt
from hub.models.river import BindingRow, StatementKey, XapiActivity
from hub.services.ledger import Prepared, ingest
from hub.services.play.cmi5 import sessions
from hub.services.play.cmi5.course import SOURCE, course_of, keep, settle
from hub.services.play.cmi5.sessions import Signed
from hub.services.play.oddities import odd
from hub.services.play.store import Held
from hub.services.source import hub_source


@dataclass(frozen=True, slots=True)
class Admitted:
    """Statements that may be stored; ``new`` those not known yet, with what they say."""

    session: Cmi5Session
    attempt: PlayAttempt
    new: Sequence[dict[str, Any]]


def admit(
    session: Session, signed: Signed, batch: Sequence[dict[str, Any]], prepared: Sequence[Prepared], now: datetime
) -> Admitted:
    """Check a batch against what was told before; the attempt stays locked. Raises Violation."""
    attempt = session.get_one(PlayAttempt, signed.attempt_id, with_for_update=True)
    row = session.get_one(Cmi5Session, signed.id, with_for_update=True)
    if row.ended_at is not None:
        raise Violation("over", "9.3.6, 9.3.8", f"this session was {row.ending}")
    if not row.prepared:
        raise Violation("preferences_first", "11", "the learner preferences are read before anything is said")
    _refuse_what_is_bound(session, prepared, row.iri)
    ids = {one.id for one in prepared}
    known = set(session.scalars(select(StatementKey.statement_id).where(StatementKey.statement_id.in_(ids))))
    new = [one for one, p in zip(batch, prepared, strict=True) if p.id not in known]
    told = sessions.history(row, attempt)
    for statement in new:
        at = instant(statement["timestamp"])
        check_order(statement, at, signed.launched, told)
        word = AU_VERBS.get(verb_of(statement)) if is_defined(statement) else None
        if word:
            verbs = {**told.verbs, word: at}
            told = replace(
                told,
                verbs=verbs,
                completed=told.completed or word == "completed",
                passed=told.passed or word == "passed",
            )
    row.verbs = {word: to_micros(at) for word, at in told.verbs.items()}
    row.last_at = attempt.changed_at = now
    if "terminated" in row.verbs and row.ended_at is None:
        row.ended_at, row.ending = now, "terminated"
    return Admitted(row, attempt, new)


def _refuse_what_is_bound(session: Session, prepared: Sequence[Prepared], own: str) -> None:
    """A unit is evidence of its course only: it says nothing of what other steps are bound to."""
    spoken = {reading.activity for one in prepared for reading in one.readings if reading.activity != own}
    if not spoken:
        return
    query = (
        select(XapiActivity.iri)
        .join(BindingRow, BindingRow.activity_id == XapiActivity.id)
        .where(XapiActivity.iri.in_(spoken))
    )
    if session.scalar(query.limit(1)) is not None:
        raise Violation("object", "9.4", "it speaks of something of the hub that is not this unit")


def follow(session: Session, admitted: Admitted, held: Held, now: datetime) -> bool:
    """Keep what the statements say, and say what follows; whether a projection is owed."""
    row, attempt = admitted.session, admitted.attempt
    changed = Facts(**attempt.state.get("units", {}).get(row.publisher, {}))
    for statement in admitted.new:
        changed = _after(changed, statement, row.iri)
    keep(attempt, row.publisher, changed)
    told = settle(attempt, course_of(held), row.id, now)
    return bool(told) and ingest(session, told, hub_source(SOURCE), now).marked


def _after(before: Facts, statement: dict[str, Any], iri: str) -> Facts:
    if not is_defined(statement) or statement["object"].get("id") != iri:
        return before
    result = statement.get("result", {})
    word = AU_VERBS.get(verb_of(statement))
    score = score_of(result["score"]) if word in ("passed", "failed") and "score" in result else None
    progress = progress_of(result.get("extensions", {}))
    return replace(
        before,
        completed=before.completed or word == "completed",
        passed=before.passed or word == "passed",
        failed=before.failed or word == "failed",
        score=max((one for one in (before.score, score) if one is not None), default=None),
        progress=max((one for one in (before.progress, progress) if one is not None), default=None),
    )


def note(session: Session, attempt_id: UUID, violation: Violation, now: datetime) -> None:
    """Note a violation for the trainer."""
    attempt = session.get_one(PlayAttempt, attempt_id, with_for_update=True)
    odd(attempt, f"cmi5_{violation.code}", f"{violation.section}: {violation.reason}", now)
