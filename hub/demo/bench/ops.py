"""Benches of keeping the hub: backup and restore of a large place, many places migrated, memory of a server at rest."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hub.config import Config
from hub.db import migrate, snapshots_pg
from hub.db.directory import Installation
from hub.db.stores import FolderStore
from hub.demo.bench.measure import clocked
from hub.demo.bench.world import world
from hub.services.backup import make
from hub.services.backup.restore import restore
from hub.services.fingerprint import fingerprint
from hub.services.upgrade import Upgraded, upgrade

FULL, QUICK = 1_000_000, 5_000
PLACES, FEW = 500, 3
ANSWERS_WITHIN = 120.0


def backing_up(*, quick: bool) -> dict[str, Any]:
    """A place of 10⁶ statements: backup with its trial by a restore, then a restore over the place itself.
    ``HUB_BENCH_DATABASE_URL`` for PostgreSQL."""
    size = QUICK if quick else FULL
    result: dict[str, Any] = {"statements": size, "wanted_seconds_at_most": 120, "SQLite": _backed_up(size, None)}
    if url := os.environ.get("HUB_BENCH_DATABASE_URL"):
        result["PostgreSQL"] = _backed_up(size, url)
    return result


def _backed_up(size: int, url: str | None) -> dict[str, Any]:
    with (
        world(size, learners=20 if size == QUICK else 300, database_url=url) as place,
        tempfile.TemporaryDirectory(prefix="hub-bench-") as folder,
    ):
        store, now = FolderStore(Path(folder)), datetime.now(UTC)
        with place.tenant.read() as session:
            before = fingerprint(session)
        backup = clocked(lambda: make.back_up(place.installation, "bench", store, now))
        restored = clocked(lambda: restore(place.installation, store, "bench", now, replace=True))
        with place.tenant.read() as session:
            same = fingerprint(session) == before
        stored = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        place.installation.remove_tenant("bench")
    return {"backup": backup, "restore": restored, "same": same, "stored_mb": round(stored / 1e6, 1)}


def migrating(*, quick: bool) -> dict[str, Any]:
    """Empty places made, brought on from the revision before, found up to date, and upgraded as an administrator does:
    each backed up, the backup tried. ``HUB_BENCH_DATABASE_URL`` for PostgreSQL."""
    many = FEW if quick else PLACES
    result: dict[str, Any] = {"places": many, "wanted_seconds_at_most": 300, "SQLite": _migrated(many, None)}
    if url := os.environ.get("HUB_BENCH_DATABASE_URL"):
        result["PostgreSQL"] = _migrated(many, url)
    return result


def _migrated(many: int, url: str | None) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
        installation = Installation(Config(data=Path(folder), database_url=url))
        keys, store = [f"bench{n}" for n in range(many)], FolderStore(Path(folder) / "backups")
        before = migrate.before_head(migrate.TENANT)

        def go_back() -> None:
            for key in keys:
                _empty_at(installation, key, before)

        try:
            for key in keys:
                installation.enter(key, key, [f"{key}.localhost"])
            made = clocked(lambda: installation.migrate_all(keys))
            again = clocked(lambda: installation.migrate_all(keys))
            go_back()
            on = clocked(lambda: installation.migrate_all(keys))
            go_back()
            done: list[Upgraded] = []
            upgraded = clocked(lambda: done.extend(upgrade(installation, store, datetime.now(UTC), keys)))
            behind = sum(installation.revision(key) != migrate.head(migrate.TENANT) for key in keys)
        finally:
            for key in keys:
                installation.remove_tenant(key)
            installation.close()
    return {
        "from_nothing": made, "up_to_date": again, "from_the_revision_before": on, "upgraded_with_backup": upgraded,
        "not_at_the_head": behind, "not_migrated": sum(one.state != "migrated" for one in done),
    }  # fmt: skip


def _empty_at(installation: Installation, key: str, revision: str) -> None:
    """The place with nothing in it, at an earlier revision."""
    place = installation.unchecked(key)
    if place.schema is not None:
        snapshots_pg.drop(place.engine, place.schema)
    elif place.path is not None:
        place.close()
        for end in ("", "-wal", "-shm"):
            place.path.with_name(place.path.name + end).unlink(missing_ok=True)
    migrate.upgrade(place.engine, migrate.TENANT, place.schema, to=revision)


def at_rest(*, quick: bool) -> dict[str, Any]:
    """Resident memory of ``hub serve`` with one place after its first pages, in MB. The same measure either way."""
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
        installation = Installation(Config(data=Path(folder)))
        installation.create_tenant("bench", "Banc", ["localhost"])
        installation.close()
        port = 18_900 + os.getpid() % 90
        environment = {**os.environ, "HUB_DATA": folder, "HUB_BASE_URL": f"http://localhost:{port}"}
        command = [sys.executable, "-m", "hub.cli.main", "serve", "--port", str(port)]
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - fixed
            try:
                _wait(f"http://127.0.0.1:{port}/healthz")
                for path in ("/sign-in", "/reset", "/card") * 5:
                    _get(f"http://localhost:{port}{path}")
                memory = _resident(process.pid)
            finally:
                process.terminate()
    return {"resident_mb": memory, "wanted_at_most": 250, "quick": quick}


def _get(url: str) -> None:
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 - our own server
        answer.read()


def _wait(url: str) -> None:
    until = time.monotonic() + ANSWERS_WITHIN
    while True:
        try:
            _get(url)
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            return


def _resident(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return next(round(int(line.split()[1]) / 1024, 1) for line in lines if line.startswith("VmRSS:"))
