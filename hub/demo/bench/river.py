"""Benches of the river: what a statement costs until its page shows it, publishing, linking, the grid, the rebuild."""

from __future__ import annotations

import random
from typing import Any
from uuid import UUID

from sqlalchemy import update

from hub.cli._process import leave_out_of_collections
from hub.demo.bench.measure import once, repeated
from hub.demo.bench.visitor import Visitor
from hub.demo.bench.world import LMS, NOW, VERBS, World, world
from hub.models.learning import Enrolment
from hub.models.river import Agent
from hub.services import identities
from hub.services.paths import load
from hub.services.paths_draft import edit
from hub.services.paths_edit import update_step
from hub.services.paths_publish import migrate_enrolments, new_draft, publish
from hub.services.projection import project_dirty
from hub.services.rebuild import rebuild_standings, rebuild_states, rebuild_traces

FULL, QUICK = (10_000, 1_000_000), (1_000, 6_000)


def statement(learner: int, activity: int) -> dict[str, object]:
    """One more statement of a learner of the bench's world."""
    return {
        "actor": {"account": {"homePage": LMS, "name": f"learner{learner}"}},
        "verb": {"id": VERBS[random.choice((0, 0, 1))]},  # noqa: S311 no secret
        "object": {"id": f"{LMS}/a/{activity}"},
        "result": {"score": {"scaled": 0.8}},
    }


def post_to_page(*, quick: bool) -> dict[str, Any]:
    """From POST to a page that shows it, for the learner with a tenth of the ledger on one activity."""
    result: dict[str, Any] = {}
    for size in QUICK if quick else FULL:
        with world(size, learners=40 if quick else 300) as place:
            result[str(size)] = _post_to_page(place, 15 if quick else 60)
    small, large = (result[str(n)]["median_ms"] for n in (QUICK if quick else FULL))
    return {"sizes": result, "ratio": round(large / small, 3), "wanted_at_most": 1.3}


def _post_to_page(place: World, times: int) -> dict[str, float]:
    visitor = Visitor(place)
    with place.tenant.read() as session:
        person = session.get_one(Enrolment, place.skewed).person_id
    visitor.sign_in(person, "learner")
    leave_out_of_collections()  # as ``hub serve`` does

    def go() -> None:
        visitor.post_statements(statement(0, 0))
        visitor.get(f"/path/{place.skewed}")

    return repeated(go, times)


def publishing(*, quick: bool) -> dict[str, Any]:
    """Publishing a new version of 40 steps to 300 learners, all projected."""
    size, learners = (6_000, 40) if quick else (1_000_000, 300)
    with world(size, learners=learners) as place:
        with place.tenant.write() as session:
            draft = new_draft(session, place.path, by=None, now=NOW)
        with place.tenant.write() as session:
            step = next(iter(draft.document.steps()))
            edit(
                session,
                draft.version_id,
                draft.revision,
                lambda d: update_step(d, step.id, title="Étape changée"),
                label="step.update",
                by=None,
                now=NOW,
            )

        def go() -> None:
            with place.tenant.write() as session:
                revision = load(session, draft.version_id).revision
                publish(session, draft.version_id, revision, migrate=True, by=None, now=NOW)
            migrate_enrolments(place.tenant, draft.version_id)
            project_dirty(place.tenant)

        seconds = once(go)
    return {"statements": size, "learners": learners, "steps": 40, "seconds": seconds, "wanted_at_most": 2.0}


def linking(*, quick: bool) -> dict[str, Any]:
    """Linking the identity that holds a tenth of the ledger, its enrolment projected."""
    size = 6_000 if quick else 1_000_000
    with world(size, learners=40 if quick else 300) as place:
        with place.tenant.write() as session:
            person = session.get_one(Enrolment, place.skewed).person_id
            agent = _unlink(session, person)
        project_dirty(place.tenant)

        def go() -> None:
            with place.tenant.write() as session:
                identities.link(session, agent, person, rule="bench", by=None, now=NOW)
            project_dirty(place.tenant)

        seconds = once(go)
    return {"statements": size, "of_the_identity": size // 10, "seconds": seconds, "wanted_at_most": 2.0}


def _unlink(session: Any, person: UUID) -> int:
    key: int = session.scalar(
        update(Agent)
        .where(Agent.person_id == person, Agent.ifi.contains("learner0"))
        .values(person_id=None)
        .returning(Agent.id)
    )
    return key


def grid(*, quick: bool) -> dict[str, Any]:
    """The page of a group of 300 learners over 40 steps: server time, without the network."""
    size, learners = (6_000, 40) if quick else (1_000_000, 300)
    with world(size, learners=learners) as place:
        visitor = Visitor(place)
        visitor.sign_in_as_new("trainer")
        page = visitor.get(f"/groups/{place.group}")
        leave_out_of_collections()  # as ``hub serve`` does
        taken = repeated(lambda: visitor.get(f"/groups/{place.group}"), 10 if quick else 60)
    return {
        "statements": size,
        "learners": learners,
        "steps": 40,
        "compressed_bytes": len(page.data),
        **taken,
        "wanted_median_ms_at_most": 100,
        "wanted_p95_ms_at_most": 200,
    }


def rebuilding(*, quick: bool) -> dict[str, Any]:
    """Traces, standings and states from the ledger, on one core."""
    size = 6_000 if quick else 1_000_000
    stages: dict[str, float] = {}
    with world(size, learners=40 if quick else 300) as place:
        stages["traces"] = once(lambda: rebuild_traces(place.tenant))
        stages["standings"] = once(lambda: rebuild_standings(place.tenant))
        stages["states"] = once(lambda: rebuild_states(place.tenant))
    total = sum(stages.values())
    return {"statements": size, "seconds": stages, "per_second": round(size / total), "wanted_at_least": 50_000}
