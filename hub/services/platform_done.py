"""Telling a platform what was done elsewhere: a step that a learner did by another way is complete there too.

For the learners of a group whose step, to which one of the platform's activities is bound, is complete here by evidence
(a waiver is none). Who has it complete there already is left alone, so are grades that stand there. What the hub said
itself is not read back as evidence (``sync.pairs``, ``sync.registers``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from connectors.acts import SendGrade, SetCompletion
from connectors.capabilities import Capability, Connector, Grades
from connectors.records import ModuleRef
from content.xapi.readings import Kind
from hub.db.uow import TenantDatabase
from hub.domain.progress import DONE, Result
from hub.domain.translate import Register, facts_of, key_of, restored
from hub.domain.translate.lms import ACTIVITY, GRADE
from hub.models.learning import Enrolment
from hub.models.river import BindingRow, StepStateRow
from hub.services import journal
from hub.services import remote_records as records
from hub.services.errors import Conflict
from hub.services.jobs import Reporter
from hub.services.platform_acts import (
    Connect,
    Written,
    able,
    accounts,
    found_group,
    members,
    module_ref,
    opened,
    put_down_for_group,
    target,
    told,
)
from hub.services.remote_records import Known
from hub.services.remote_site import Site
from hub.services.sync.registers import OWN_GRADE

DONE_JOB = "platform_done"
_BY_EVIDENCE = tuple(one.value for one in DONE - {Result.WAIVED})


def request_done(
    session: Session, platform_id: UUID, resource_id: UUID, group_id: UUID, *, by: UUID | None, now: datetime
) -> UUID:
    """Have an activity of a platform marked complete, with its grade, for those of a group who did its step here;
    gives the job's id. Raises NotFound, Conflict (also for an activity that no step is bound to)."""
    _platform, resource = target(session, platform_id, resource_id, "remote_module")
    group = found_group(session, group_id)
    if session.scalar(select(BindingRow.step_id).where(BindingRow.resource_id == resource_id).limit(1)) is None:
        raise Conflict("not_bound", resource=str(resource_id))
    journal.record(session, now, by, "platform.completion_asked", "platform", platform_id, group=group.name,
                   activity=resource.title)  # fmt: skip
    return put_down_for_group(session, DONE_JOB, resource, group, by, now)


def write_done(
    tenant: TenantDatabase,
    payload: Mapping[str, str],
    connect: Connect,
    report: Reporter,
    clock: Callable[[], datetime],
) -> Written:
    """Tell the platform. Raises ConnectorError, NotFound."""
    with tenant.read() as session:
        site, to, resource = opened(session, payload)
        done = _who_did_it(session, resource.id, UUID(payload["group_id"]))
        known = accounts(session, site, done)
        users = {user: done[person] for person, some in known.items() for user in some}
        module = module_ref(session, site, resource)
        complete = _complete_there(session, site, module, users)
        graded = {it.user_id: it for it in _grades_there(session, site, module)}
    with able(Capability.SET_COMPLETION, tenant, site, connect(to), clock()) as (connector, possible):
        for user in sorted(users.keys() - complete):
            report.check()
            cast(SetCompletion, connector).set_completion(module, user, complete=True)
        if Capability.SEND_GRADE in possible and Capability.GRADES in possible:
            scores = {user: best for user, best in users.items() if best is not None}
            _send_grades(connector, module, scores, graded, _Keeper(report, site, clock))
    return told(report, Written(len(known), len(done) - len(known)))


class _Keeper:
    """Remembers grades before they are sent."""

    def __init__(self, report: Reporter, site: Site, clock: Callable[[], datetime]) -> None:
        self._report, self._site, self._clock = report, site, clock

    def keep(self, module: ModuleRef, user: str, points: float) -> None:
        self._report.check()
        value = {"points": points}
        own = Known(key_of(module.course_id, module.id, user), records.digest(value), 1, value)
        with self._report.step() as unit:
            records.save(unit.session, self._site.id, OWN_GRADE, [own], self._clock())


def _who_did_it(session: Session, resource_id: UUID, group_id: UUID) -> dict[UUID, float | None]:
    """Members of a group whose step bound to an entry is complete by evidence, with their best scaled score."""
    bound = and_(BindingRow.version_id == Enrolment.version_id, BindingRow.resource_id == resource_id)
    state = and_(StepStateRow.enrolment_id == Enrolment.id, StepStateRow.step_id == BindingRow.step_id)
    query = (
        select(Enrolment.person_id, StepStateRow.best)
        .join(BindingRow, bound)
        .join(StepStateRow, state)
        .where(Enrolment.person_id.in_(members(session, group_id)), StepStateRow.result.in_(_BY_EVIDENCE))
    )
    found: dict[UUID, float | None] = {}
    for person, best in session.execute(query):
        found[person] = max((one for one in (best, found.get(person)) if one is not None), default=None)
    return found


def _complete_there(session: Session, site: Site, module: ModuleRef, users: Mapping[str, object]) -> set[str]:
    keys = {key_of(module.course_id, module.id, user): user for user in users}
    known = records.load(session, site.id, ACTIVITY, keys)
    return {keys[key] for key, it in known.items() if facts_of(it.value).get(Kind.COMPLETED)}


def _grades_there(session: Session, site: Site, module: ModuleRef) -> Iterator[Register]:
    for it in records.below(session, site.id, GRADE, f"{key_of(module.course_id)}:"):
        register = restored(it.value)
        if register.module_id == module.id:
            yield register


def _send_grades(
    connector: Connector, module: ModuleRef, scores: Mapping[str, float], graded: Mapping[str, Register], kept: _Keeper
) -> None:
    """In the activity's own points, to those who have none there."""
    missing = [user for user in sorted(scores) if user not in graded or graded[user].raw is None]
    if not missing:
        return
    scale = next(((it.minimum, it.maximum) for it in graded.values()), None) or _scale(connector, module, missing[0])
    if scale is None or scale[0] is None or scale[1] is None:
        return  # an activity without a grade
    for user in missing:
        points = round(scale[0] + scores[user] * (scale[1] - scale[0]), 5)
        kept.keep(module, user, points)
        cast(SendGrade, connector).send_grade(module, user, points)


def _scale(connector: Connector, module: ModuleRef, user: str) -> tuple[float | None, float | None] | None:
    for page in cast(Grades, connector).grades(module.course_id, user):
        for it in page.items:
            if it.module_id == module.id and it.item == "mod":
                return it.minimum, it.maximum
    return None
