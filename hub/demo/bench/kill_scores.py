"""Scores owed to a partner's gradebook, through a day's outage of it and under workers killed with SIGKILL: none
is lost, none doubled."""

from __future__ import annotations

import multiprocessing
import random
import tempfile
import threading
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from content.xapi.emit import event_statement
from content.xapi.vocabulary import Verb
from hub.config import Config
from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.demo.bench.kill_processes import TIMING, killed
from hub.demo.bench.paths import activity, path_of, step
from hub.domain.path import EvidenceKind
from hub.jobs.worker import Worker
from hub.models.platforms import Delivery, LtiPlatform, Platform
from hub.services import jobs, lti_in, lti_in_scores, lti_ports, paths, paths_publish
from hub.services.identities import hub_agent
from hub.services.ledger import ingest
from hub.services.lti_in import Visitor
from hub.services.lti_in_scores import Place
from hub.services.lti_platforms import approve_deployment
from hub.services.projection import project_dirty
from hub.services.source import hub_source
from lti.conformance.platform_double import PlatformDouble, ToolAddresses
from lti.keys import KeyPair

KILLS, FEW = 100, 4
LEARNERS, SOME = 40, 4
IRIS: Final = ("https://bench.example/1", "https://bench.example/2")


def scores(*, quick: bool) -> dict[str, Any]:
    """Learners finish two steps while the platform is away for a day and workers die; then all of it comes in."""
    kills, learners = (FEW, SOME) if quick else (KILLS, LEARNERS)
    chance = random.Random(5)  # noqa: S311 - a repeatable bench
    with (
        tempfile.TemporaryDirectory(prefix="hub-bench-") as folder,
        PlatformDouble(ToolAddresses("http://hub.invalid/login", "http://hub.invalid/")) as platform,
    ):
        config = Config(data=Path(folder), allow_loopback=True)
        installation = Installation(config)
        tenant = installation.create_tenant("bench", "Banc", ["localhost"])
        people = _fill(tenant, platform, learners)
        acts = [(who, iri) for iri in IRIS for who in people]
        started = time.perf_counter()
        for number in range(kills):
            platform.down = number < kills // 2
            _finish(tenant, acts[number * len(acts) // kills : (number + 1) * len(acts) // kills])
            killed(_start(config, 24.0 * number / (kills // 2)), chance.uniform(0.0, 0.4))
        killed(_start_and_wait(config, tenant), 0.0)
        seconds = round(time.perf_counter() - started, 1)
        installation.close()
        return {"kills": kills, "learners": learners, "seconds": seconds, **_judged(platform, learners)}


def _judged(platform: PlatformDouble, learners: int) -> dict[str, Any]:
    by_user: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for told in platform.scores:
        by_user[told["userId"]].append(told)
    last = [max(sent, key=lambda s: str(s["timestamp"])) for sent in by_user.values()]
    whole = sum((s["scoreGiven"], s["gradingProgress"]) == (100, "FullyGraded") for s in last)
    stamps = [[str(s["timestamp"]) for s in sent] for sent in by_user.values()]
    in_order = all(told == sorted(set(told)) for told in stamps)
    return {
        "scores_received": len(platform.scores),
        "scores_lost": learners - whole,
        "scores_doubled_under_one_timestamp": sum(len(told) - len(set(told)) for told in stamps),
        "timestamps_only_grow": in_order,
        "nothing_lost_or_doubled": whole == learners and in_order,
    }


def _fill(tenant: TenantDatabase, platform: PlatformDouble, learners: int) -> list[UUID]:
    now, told = datetime.now(UTC), platform.registration
    with tenant.write() as session:
        lti_ports.add_key(session, KeyPair.generate(), now)
        row = Platform(id=new_id(), name="Campus", created_at=now)
        session.add(row)
        session.flush()
        key = LtiPlatform(
            id=new_id(), platform_id=row.id, issuer=told["issuer"], client_id=told["client_id"], registration={},
            authorization_endpoint=told["authorization_endpoint"], token_endpoint=told["token_endpoint"],
            jwks_uri=told["jwks_uri"], created_at=now,
        )  # fmt: skip
        session.add(key)
        session.flush()
        approve_deployment(session, key.id, told["deployment_id"], by=None, now=now)
        path = path_of(*(step(iri, activity(iri, EvidenceKind.COMPLETED)) for iri in IRIS))
        draft = paths.create_path(session, path, organisation_id=None, by=None, now=now)
        paths_publish.publish(session, draft.version_id, draft.revision, migrate=False, by=None, now=now)
        place = Place("link", "ags", f"{platform.issuer}/lineitems/1")
        people = []
        for number in range(learners):
            arrival = lti_in.receive(session, Visitor(f"p:{key.id}", row.id, platform.issuer, f"user-{number}"), now)
            person = arrival.person_id or UUID(int=0)
            enrolment = lti_in.enter_path(session, person, draft.path_id, now)
            lti_in_scores.keep(session, arrival.user_id, enrolment, None, place, now)
            people.append(person)
    return people


def _finish(tenant: TenantDatabase, acts: list[tuple[UUID, str]]) -> None:
    now = datetime.now(UTC)
    with tenant.write() as session:
        for who, iri in acts:
            key = (str(who), iri)
            done = event_statement(hub_agent(who), Verb.COMPLETED, iri, at=now.isoformat(), key=key)
            ingest(session, [done], hub_source(), now)
    project_dirty(tenant)


def _start(config: Config, hours: float) -> BaseProcess:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["hub.demo.bench.kill_scores"])
    parent, child = context.Pipe()
    process = context.Process(target=_work, args=(config, hours, child), daemon=True)
    process.start()
    parent.recv()
    return process


def _start_and_wait(config: Config, tenant: TenantDatabase, seconds: float = 300.0) -> BaseProcess:
    """A worker whose clock stands days later, so that everything that waits for another try is due."""
    process = _start(config, 24.0 * 6)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with tenant.read() as session:
            if not jobs.lines(session, Delivery, states=("due", "running"), limit=1):
                break
        time.sleep(0.05)
    return process


def _work(config: Config, hours: float, ready: Connection) -> None:
    installation, ahead = Installation(config), timedelta(hours=hours)
    ready.send("ready")
    Worker(installation, threading.Event(), timing=TIMING, clock=lambda: datetime.now(UTC) + ahead).run()
