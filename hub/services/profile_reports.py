"""Statements of a source against profiles: what is asked of it, and the report, made behind the ledger by a cursor.

Nothing here is on the way of a sender in report mode; a strict source asks ``hub.services.profiles.checker`` itself.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from content.xapi.parse import load_own
from content.xapi.profiles import Checker, Fate, Finding, Profile, follow
from hub.db.uow import TenantDatabase
from hub.models.profiles import ProfileFinding, ProfileReport, ProfileSequence
from hub.models.river import Ledger, StatementKey, XapiSource
from hub.services import profiles, xapi_sources
from hub.services.errors import Invalid
from hub.services.jobs import Reporter
from hub.services.journal import record

MODES: Final = ("", "report", "strict")
JOB: Final = "profile_reports"
PAGE: Final = 300
#: Statements of one registration that are looked at as a sequence.
LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class Report:
    """What was found of a source: rules broken the most often first, registrations that do not follow a pattern."""

    counts: ProfileReport
    findings: Sequence[ProfileFinding]
    sequences: Sequence[ProfileSequence]
    behind: bool


def settle(
    session: Session, source_id: UUID, mode: str, wanted: Sequence[str], *, by: UUID | None, now: datetime
) -> XapiSource:
    """How a source is checked and by which profiles; the report begins anew where either changed. Raises NotFound,
    Invalid."""
    row = xapi_sources.find(session, source_id)
    known = {profiles.OWN, *(str(one.id) for one in profiles.listed(session))}
    if mode not in MODES:
        raise Invalid({"mode": "unknown"})
    if mode and (not wanted or set(wanted) - known):
        raise Invalid({"profiles": "required" if not wanted else "unknown"})
    changed = (row.profile_mode, row.profiles or []) != (mode, list(wanted))
    row.profile_mode, row.profiles = mode, list(wanted)
    xapi_sources.forget(session)
    if changed:
        for model in (ProfileReport, ProfileFinding, ProfileSequence):
            session.execute(delete(model).where(model.source_id == source_id))
        record(session, now, by, "xapi_source.profiles", "xapi_source", row.id, name=row.name, mode=mode)
    return row


def report(session: Session, source_id: UUID, limit: int = 50) -> Report:
    """The report of a source so far."""
    counts = session.get(ProfileReport, source_id) or ProfileReport(cursor=0, followed=0, broken=0, unmatched=0)
    found = select(ProfileFinding).where(ProfileFinding.source_id == source_id)
    strays = select(ProfileSequence).where(ProfileSequence.source_id == source_id)
    last = session.scalar(select(func.max(Ledger.seq)).where(Ledger.source_id == source_id)) or 0
    return Report(
        counts,
        session.scalars(found.order_by(ProfileFinding.count.desc(), ProfileFinding.key).limit(limit)).all(),
        session.scalars(strays.order_by(ProfileSequence.fate, ProfileSequence.registration).limit(limit)).all(),
        last > counts.cursor,
    )


def owed(session: Session, _payload: Mapping[str, Any]) -> bool:
    """Whether a source that is reported on sent something since."""
    return bool(_due(session))


def _due(session: Session) -> list[UUID]:
    newer = exists().where(Ledger.source_id == XapiSource.id, Ledger.seq > func.coalesce(ProfileReport.cursor, 0))
    query = select(XapiSource.id).outerjoin(ProfileReport, ProfileReport.source_id == XapiSource.id)
    return list(session.scalars(query.where(XapiSource.profile_mode == "report", newer)))


def run(tenant: TenantDatabase, reporter: Reporter) -> None:
    """Look at what arrived since the last time, source by source, page by page."""
    with tenant.read() as session:
        due = _due(session)
    for source_id in due:
        while True:
            reporter.check()
            with reporter.step() as step:
                if not _page(step.session, source_id):
                    break


def _page(session: Session, source_id: UUID) -> bool:
    """Look at a page; whether there was one."""
    row = session.get(ProfileReport, source_id, with_for_update=True)
    if row is None:
        row = ProfileReport(source_id=source_id, cursor=0, followed=0, broken=0, unmatched=0)
        session.add(row)
    source = session.get_one(XapiSource, source_id)
    query = (
        select(Ledger.seq, Ledger.registration, Ledger.text, StatementKey.statement_id)
        .join(StatementKey, StatementKey.seq == Ledger.seq)
        .where(Ledger.source_id == source_id, Ledger.seq > row.cursor)
        .order_by(Ledger.seq)
        .limit(PAGE)
    )
    rows = session.execute(query).all()
    if not rows or source.profile_mode != "report":
        return False
    used = profiles.compiled(session, source.profiles or ())
    checker, known = Checker(used), profiles.known(session)
    found: dict[Finding, list[str]] = {}
    fates: Counter[str] = Counter()
    for one in rows:
        outcome = checker.check(_said(one.text), known)
        fates["broken" if outcome.findings else "followed" if outcome.followed else "unmatched"] += 1
        for finding in set(outcome.findings):
            found.setdefault(finding, []).append(one.statement_id)
    row.cursor = rows[-1].seq
    row.followed += fates["followed"]
    row.broken += fates["broken"]
    row.unmatched += fates["unmatched"]
    _note(session, source_id, found)
    for registration in {one.registration for one in rows if one.registration}:
        _sequence(session, source_id, registration, used)
    return True


def _said(text: str) -> dict[str, Any]:
    said: Any = load_own(text)
    return dict(said)


def _note(session: Session, source_id: UUID, found: Mapping[Finding, Sequence[str]]) -> None:
    for finding, ids in found.items():
        told = f"{finding.template}\n{finding.path}\n{finding.wanted}"
        key = hashlib.sha256(told.encode()).hexdigest()
        row = session.get(ProfileFinding, (source_id, key))
        if row is None:
            row = ProfileFinding(
                source_id=source_id, key=key, template=finding.template, name=finding.name, path=finding.path,
                wanted=finding.wanted, count=0, last_id="",
            )  # fmt: skip
            session.add(row)
        row.count += len(ids)
        row.last_id = ids[-1]


def _sequence(session: Session, source_id: UUID, registration: str, used: Sequence[Profile]) -> None:
    """What the statements of a registration are as a sequence, by each profile with patterns."""
    query = select(Ledger.text).where(Ledger.registration == registration, Ledger.source_id == source_id)
    texts = session.scalars(query.order_by(Ledger.at, Ledger.seq).limit(LONGEST)).all()
    statements, known = [_said(text) for text in texts], profiles.known(session)
    for profile in used:
        if not any(pattern.primary for pattern in profile.patterns.values()):
            continue
        checker = Checker([profile])
        fate = follow([frozenset(checker.check(one, known).followed) for one in statements], profile)
        row = session.get(ProfileSequence, (source_id, registration, profile.id))
        if fate is Fate.COMPLETE:
            if row is not None:
                session.delete(row)
        elif row is None:
            session.add(
                ProfileSequence(
                    source_id=source_id,
                    registration=registration,
                    profile=profile.id,
                    fate=str(fate),
                    statements=len(statements),
                )
            )
        else:
            row.fate, row.statements = str(fate), len(statements)
