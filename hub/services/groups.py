"""My groups: where each stands, who needs somebody's attention, the figures of each station of the line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub.domain.access import Display
from hub.domain.path import Module, PathDocument, Step
from hub.domain.roles import Viewer
from hub.models.learning import Enrolment, LearningPath, PathVersion, Resource
from hub.models.person import Group
from hub.models.platforms import Platform
from hub.services import scope
from hub.services.clock import place_zone
from hub.services.grid import FOLLOWED, GridRow, activity_days, grid
from hub.services.group_order import ATTENTION, ordered
from hub.services.versions import document

Filter = Literal["all", "silent", "late", "check", "waiting"]
FILTERS: tuple[Filter, ...] = ("all", "silent", "late", "check", "waiting")
#: Working days that the heat strip shows: three weeks.
HEAT_DAYS = 15


@dataclass(frozen=True, slots=True)
class GroupCard:
    """A group in a list: how many learners, their mean share 0..1, and how many need attention."""

    group: Group
    paths: list[str]
    learners: int
    share: float
    counts: dict[Filter, int]


@dataclass(frozen=True, slots=True)
class Station:
    """A step of the group's line: who is at it now, who has done it, and which ways were chosen (variant id ->
    persons)."""

    step: Step
    module: Module
    number: int
    here: int
    done: int
    total: int
    ways: dict[UUID, int]


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group in one of its paths. ``rows`` are those of the filter asked for, in the order asked for; ``counts`` are
    of all. ``heat``: statements by person on each of ``days``."""

    group: Group
    path_id: UUID | None
    paths: list[tuple[UUID, str]]
    document: PathDocument | None
    version_id: UUID | None
    rows: list[GridRow]
    everybody: int
    counts: dict[Filter, int]
    stations: list[Station]
    days: list[date]
    heat: dict[UUID, list[int]]
    read_at: datetime | None
    documents: dict[UUID, PathDocument]

    def displays(self, row: GridRow) -> list[Display | None]:
        """What each step of the shown version shows for a row; None for a step that the row's own version lacks."""
        if row.version_id == self.version_id or self.document is None:
            return list(row.displays)
        own = dict(zip((s.id for s in self.documents[row.version_id].steps()), row.displays, strict=True))
        return [own.get(s.id) for s in self.document.steps()]


def my_groups(session: Session, viewer: Viewer, now: datetime) -> list[GroupCard]:
    """The groups that the viewer follows, those with something to look at first, then by name."""
    groups = scope.groups_of(session, viewer)
    query = select(Enrolment.id, Enrolment.group_id, LearningPath.title).join(
        LearningPath, LearningPath.id == Enrolment.path_id
    )
    query = query.where(Enrolment.group_id.in_([g.id for g in groups]), Enrolment.state.in_(FOLLOWED))
    of_group = {e: (g, title) for e, g, title in session.execute(query)}
    rows = grid(session, _followed([g.id for g in groups]), now)
    cards = []
    for group in groups:
        mine = [r for r in rows if of_group[r.enrolment_id][0] == group.id]
        share = sum(r.share for r in mine) / len(mine) if mine else 0.0
        titles = sorted({title for g, title in of_group.values() if g == group.id})
        cards.append(GroupCard(group, titles, len({r.person_id for r in mine}), share, _counts(mine)))
    return sorted(
        cards, key=lambda c: (not (c.counts["check"] or c.counts["silent"] or c.counts["late"]), c.group.name)
    )


def _followed(group_ids: Sequence[UUID]) -> Any:
    return select(Enrolment.id).where(Enrolment.group_id.in_(group_ids), Enrolment.state.in_(FOLLOWED))


def overview(
    session: Session,
    viewer: Viewer,
    group_id: UUID,
    now: datetime,
    *,
    path_id: UUID | None = None,
    show: Filter = "all",
    sort: str = ATTENTION,
) -> GroupView:
    """A group in one path (the one with most learners unless ``path_id`` says otherwise), its rows in the order that
    ``hub.services.group_order`` reads in ``sort``. Raises NotFound."""
    group = scope.group_of(session, viewer, group_id)
    paths = _paths(session, group_id)
    if path_id not in {p for p, _ in paths}:
        path_id = paths[0][0] if paths else None
    rows = grid(session, _followed([group_id]).where(Enrolment.path_id == path_id), now)
    version_id = _shown_version(session, rows)
    shown = [r for r in rows if _in(r, show)]
    days = working_days(now.astimezone(place_zone(session)).date(), HEAT_DAYS)
    documents = {v: document(session, v) for v in {r.version_id for r in rows}}
    found = GroupView(
        group=group,
        path_id=path_id,
        paths=paths,
        document=documents[version_id] if version_id else None,
        version_id=version_id,
        rows=shown,
        everybody=len(rows),
        counts=_counts(rows),
        stations=[],
        days=days,
        heat=activity_days(session, [r.person_id for r in shown], days),
        read_at=_read_at(session, documents.values()),
        documents=documents,
    )
    found.stations.extend(_stations(found, rows))
    found.rows[:] = ordered(shown, sort, [s.step.id for s in found.stations], found.displays)
    return found


def _in(row: GridRow, show: Filter) -> bool:
    if show == "silent":
        return row.is_silent
    if show == "late":
        return row.is_late
    if show == "check":
        return row.checks > 0
    return row.waits > 0 if show == "waiting" else True


def _counts(rows: Sequence[GridRow]) -> dict[Filter, int]:
    return {show: sum(_in(r, show) for r in rows) for show in FILTERS}


def _paths(session: Session, group_id: UUID) -> list[tuple[UUID, str]]:
    """The paths of a group's learners, the most followed first."""
    count = func.count()
    query = (
        select(Enrolment.path_id, LearningPath.title)
        .join(LearningPath, LearningPath.id == Enrolment.path_id)
        .where(Enrolment.group_id == group_id, Enrolment.state.in_(FOLLOWED))
        .group_by(Enrolment.path_id, LearningPath.title)
        .order_by(count.desc(), LearningPath.title)
    )
    return [(path, title) for path, title in session.execute(query)]


def _shown_version(session: Session, rows: Sequence[GridRow]) -> UUID | None:
    """The latest of the versions that the rows follow."""
    versions = {r.version_id for r in rows}
    if len(versions) < 2:
        return next(iter(versions), None)
    query = select(PathVersion.id).where(PathVersion.id.in_(versions)).order_by(PathVersion.number.desc()).limit(1)
    return session.scalar(query)


def _stations(view: GroupView, rows: Sequence[GridRow]) -> list[Station]:
    if view.document is None:
        return []
    steps = [(m, s) for m in view.document.modules for s in m.steps]
    shown = [view.displays(row) for row in rows]
    here = Counter(_place(view, row, displays) for row, displays in zip(rows, shown, strict=True))
    chosen = Counter((s, v) for row in rows for s, v in row.choices.items())
    found = []
    for index, (module, step) in enumerate(steps):
        ways = {v.id: chosen[str(step.id), str(v.id)] for v in step.variants}
        if step.variants:  # whoever chose nothing, or a way that is no more, has the designer's default
            ways[step.variants[0].id] += len(rows) - sum(ways.values())
        column = [displays[index] for displays in shown]
        done = column.count(Display.DONE) + column.count(Display.WAIVED)
        found.append(Station(step, module, index + 1, here[index], done, len(rows), ways))
    return found


def _place(view: GroupView, row: GridRow, displays: list[Display | None]) -> int | None:
    """Where a learner is: at the step to do next, else at the first one that waits; None where all is done."""
    if row.next is not None and row.version_id == view.version_id:
        return row.next
    wanted = (Display.TO_DO, Display.AWAITING, Display.CHECK, Display.NOT_OPEN, Display.LOCKED, Display.OPEN)
    for state in wanted:
        if state in displays:
            return displays.index(state)
    return None


def working_days(today: date, count: int) -> list[date]:
    """The last ``count`` days from Monday to Friday up to ``today``, in ascending order."""
    days: list[date] = []
    day = today
    while len(days) < count:
        if day.weekday() < 5:
            days.append(day)
        day -= timedelta(days=1)
    return days[::-1]


def _read_at(session: Session, documents: Any) -> datetime | None:
    """When the platform read longest ago was read, among those of the shown paths; None where none is read."""
    resources = {
        a.binding.resource_id
        for doc in documents
        for s in doc.steps()
        for a in s.activities()
        if a.binding.resource_id is not None
    }
    if not resources:
        return None
    query = select(Platform.last_read_at).join(Resource, Resource.platform_id == Platform.id)
    query = query.where(Resource.id.in_(resources), Platform.last_read_at.is_not(None))
    return min((at for at in session.scalars(query) if at is not None), default=None)
