"""The statement explorer, actors and activities of a large ledger: what a page costs, whatever the ledger holds.

Queries of a page and its processor time (the database's own work is in it on SQLite only; on PostgreSQL the clock's
median has it), at two sizes. HUB_BENCH_DATABASE_URL names an empty database of PostgreSQL.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, func, select, text
from sqlalchemy.engine import Engine

from content.xapi.canonical import Role
from hub.demo.bench.measure import repeated
from hub.demo.bench.visitor import Visitor
from hub.demo.bench.world import LMS, VERBS, World, world
from hub.models.river import Agent, Ledger, StatementKey, Verb, XapiActivity
from hub.services.dictionaries import activity_ids, agent_ids

FULL, QUICK = (10_000, 1_000_000), (500, 2_000)
COURSE, TUTOR = f"{LMS}/course/1", f"account:{LMS}|tutor"


def explorer(*, quick: bool) -> dict[str, Any]:
    """Every kind of page at both sizes; the worst ratio of processor time."""
    small, large = QUICK if quick else FULL
    url = os.environ.get("HUB_BENCH_DATABASE_URL")
    found = {}
    for size in (small, large):
        with world(size, learners=40 if quick else 300, database_url=url) as place:
            _relate(place)
            found[size] = _measured(place, 2 if quick else 20)
    ratios = {
        name: round(page["processor_ms"] / max(found[small][name]["processor_ms"], 0.1), 2)
        for name, page in found[large].items()
    }
    return {
        "database": "PostgreSQL" if url else "SQLite",
        "pages": {str(size): pages for size, pages in found.items()},
        "ratios": ratios,
        "worst_ratio": max(ratios.values()),
        "wanted_ratio_at_most": 1.3,
    }


def _relate(place: World) -> None:
    """Every statement belongs to one course and has one tutor, as ingest would have noted."""
    with place.tenant.write() as session:
        course = activity_ids(session, [COURSE])[COURSE]
        tutor = agent_ids(session, [TUTOR])[TUTOR]
        for table, column, key, role in (
            ("statement_activity", "activity_id", course, Role.PARENT),
            ("statement_agent", "agent_id", tutor, Role.INSTRUCTOR),
        ):
            session.execute(
                text(f"INSERT INTO {table} ({column}, seq, role) SELECT {key}, seq, '{role}' FROM ledger")  # noqa: S608 own names
            )


def _measured(place: World, times: int) -> dict[str, Any]:
    visitor = Visitor(place)
    visitor.sign_in_as_new("administrator")
    pages: dict[str, Any] = {}
    with _counted() as queries:
        for name, path in _paths(place).items():
            visitor.get(path)
            queries.clear()
            visitor.get(path)
            asked = len(queries)
            taken = repeated(lambda path=path: visitor.get(path), times, warm=0)  # type: ignore[misc]  # bound now
            pages[name] = {"queries": asked, **taken}
    return pages


def _paths(place: World) -> dict[str, str]:
    with place.tenant.read() as session:
        agent = session.scalar(select(Ledger.agent_id).order_by(Ledger.seq.desc()).limit(1))
        tutor = session.scalar(select(Agent.id).where(Agent.ifi == TUTOR))
        activity = session.scalar(select(Ledger.activity_id).order_by(Ledger.seq.desc()).limit(1))
        course = session.scalar(select(XapiActivity.id).where(XapiActivity.iri == COURSE))
        verb = session.scalar(select(Verb.id).where(Verb.iri == VERBS[1]))
        middle = (session.scalar(select(func.max(Ledger.seq))) or 2) // 2
        one = session.scalar(select(StatementKey.statement_id).where(StatementKey.seq == middle))
    base = "/admin/statements"
    asked = {
        "latest": "", "half way": f"?before={middle}", "by actor": f"?agent={agent}",
        "by named agent": f"?agent={tutor}&related=1", "by activity": f"?activity={activity}",
        "by course": f"?activity={course}&related=1", "by course and verb": f"?activity={course}&related=1&verb={verb}",
        "by verb": f"?verb={verb}", "by name": "?who=learner1", "by title": "?what=example",
        "read as evidence": "?became=read", "waiting": "?became=waiting", "told nothing": "?became=nothing",
    }  # fmt: skip
    views = {"a statement": f"/{one}", "an actor": f"/actors/{agent}", "an activity": f"/activities/{activity}",
             "volumes": "/volumes"}  # fmt: skip
    return {name: base + rest for name, rest in (asked | views).items()}


@contextmanager
def _counted() -> Iterator[list[str]]:
    """The queries sent meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)
