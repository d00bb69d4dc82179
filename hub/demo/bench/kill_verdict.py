"""What became of everything that was acknowledged while processes were killed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from hub.demo.bench.kill_clients import TIMES, Client, Owing, Roll, Statements, Uploads
from hub.demo.bench.kill_place import KillPlace
from hub.models.learning import Deposit
from hub.models.place import Attendance
from hub.models.platforms import Setting
from hub.models.river import Ledger, StatementKey
from hub.services.fingerprint import fingerprint
from hub.services.rebuild import rebuild


def judged(place: KillPlace, clients: list[Client]) -> dict[str, Any]:
    """Figures by kind, and whether nothing was lost or doubled."""
    found: dict[str, dict[str, int]] = {
        "statements": _statements(place, _said(clients, Statements)),
        "roll": _roll(place, _said(clients, Roll)),
        "files": _files(place, _said(clients, Uploads)),
        "jobs": _jobs(place, _said(clients, Owing)),
        "deliveries": _deliveries(place, _said(clients, Owing)),
    }
    with place.tenant.read() as session:
        before = fingerprint(session).projection
    rebuild(place.tenant)
    with place.tenant.read() as session:
        same = fingerprint(session).projection == before
    faults = [client.fault for client in clients if client.fault] + [c.name for c in clients if c.is_alive()]
    return {
        **found,
        "requests": sum(client.tries for client in clients),
        "answers_lost": sum(client.broken for client in clients),
        "projection_as_rebuilt": same,
        "faults": faults,
        "nothing_lost_or_doubled": same
        and not faults
        and all(one["acknowledged"] > 0 and one["lost"] == one["doubled"] == 0 for one in found.values()),
    }


def _said(clients: list[Client], kind: type[Client]) -> list[Any]:
    return [one for client in clients if isinstance(client, kind) for one in client.acknowledged]


def _compared(acknowledged: Iterable[Any], kept: Iterable[Any]) -> dict[str, int]:
    wanted, there = Counter(acknowledged), Counter(kept)
    return {"acknowledged": wanted.total(), "lost": (wanted - there).total(), "doubled": (there - wanted).total()}


def _statements(place: KillPlace, acknowledged: list[str]) -> dict[str, int]:
    """By id, and by row: a statement has one row of the ledger."""
    with place.tenant.read() as session:
        rows = select(StatementKey.statement_id).join(Ledger, Ledger.seq == StatementKey.seq)
        kept = [str(sid) for sid in session.scalars(rows.where(Ledger.source_id == place.source))]
        unkeyed = session.scalar(
            select(func.count()).select_from(Ledger).where(Ledger.seq.not_in(select(StatementKey.seq)))
        )
    told = _compared(acknowledged, kept)
    return {**told, "doubled": told["doubled"] + (unkeyed or 0)}


def _roll(place: KillPlace, acknowledged: list[tuple[UUID, str]]) -> dict[str, int]:
    """Each correction is a row, in their order, with its statement in the same unit."""
    with place.tenant.read() as session:
        rows = session.scalars(select(Attendance).order_by(Attendance.person_id, Attendance.revision)).all()
        statements = session.scalar(
            select(func.count()).select_from(Ledger).where(Ledger.source_id.is_(None), Ledger.text.contains("attend"))
        )
    kept = [(row.person_id, row.revision, row.presence) for row in rows]
    count: Counter[UUID] = Counter()
    wanted = []
    for who, presence in acknowledged:
        count[who] += 1
        wanted.append((who, count[who], presence))
    told = _compared(wanted, kept)
    return {**told, "lost": told["lost"] + abs(len(rows) - (statements or 0))}


def _files(place: KillPlace, acknowledged: list[str]) -> dict[str, int]:
    """Each file is in one deposit, and its bytes are those that were sent."""
    with place.tenant.read() as session:
        kept = [str(file["sha256"]) for files in session.scalars(select(Deposit.files)) for file in files]
    told = _compared(acknowledged, kept)
    blobs = place.installation.blobs(place.key)
    return {**told, "lost": told["lost"] + sum(not _whole(blobs.open(sha256).read(), sha256) for sha256 in kept)}


def _whole(content: bytes, sha256: str) -> bool:
    return hashlib.sha256(content).hexdigest() == sha256


def _jobs(place: KillPlace, acknowledged: list[tuple[str, str]]) -> dict[str, int]:
    """Each job counts in units of its own to the same number."""
    with place.tenant.read() as session:
        kept = {row.name: int(row.value["n"]) for row in session.scalars(select(Setting)) if "n" in row.value}
    wanted = Counter({counter: TIMES for counter, _ in acknowledged})
    told = _compared(wanted.elements(), Counter(kept).elements())
    return {**told, "acknowledged": len(acknowledged)}


def _deliveries(place: KillPlace, acknowledged: list[tuple[str, str]]) -> dict[str, int]:
    """A remote may hear one again, under its id: that is told apart, and is no doubling."""
    sent = place.folder / "sent"
    heard = sent.read_text("utf-8").split() if sent.exists() else []
    told = _compared((key for _, key in acknowledged), set(heard))
    return {**told, "heard_again_under_the_same_id": len(heard) - len(set(heard))}
