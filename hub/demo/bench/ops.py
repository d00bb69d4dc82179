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
from hub.db.directory import Installation
from hub.db.stores import FolderStore
from hub.demo.bench.measure import once
from hub.demo.bench.world import world
from hub.services.backup import make
from hub.services.backup.restore import restore
from hub.services.fingerprint import fingerprint

FULL, QUICK = 1_000_000, 5_000
PLACES, FEW = 500, 6
ANSWERS_WITHIN = 120.0


def backing_up(*, quick: bool) -> dict[str, Any]:
    """A place of 10⁶ statements: backup with its trial by a restore, then a restore over the place itself."""
    size = QUICK if quick else FULL
    with (
        world(size, learners=20 if quick else 300) as place,
        tempfile.TemporaryDirectory(prefix="hub-bench-") as folder,
    ):
        store, now = FolderStore(Path(folder)), datetime.now(UTC)
        with place.tenant.read() as session:
            before = fingerprint(session)
        backup = once(lambda: make.back_up(place.installation, "bench", store, now))
        restored = once(lambda: restore(place.installation, store, "bench", now, replace=True))
        with place.tenant.read() as session:
            same = fingerprint(session) == before
        stored = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    return {
        "statements": size,
        "backup_seconds": backup,
        "restore_seconds": restored,
        "same": same,
        "stored_mb": round(stored / 1e6, 1),
        "wanted_seconds_at_most": 120,
    }


def migrating(*, quick: bool) -> dict[str, Any]:
    """Empty places brought from nothing to the present revision, one after another; then all found up to date."""
    many = FEW if quick else PLACES
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
        installation = Installation(Config(data=Path(folder)))
        try:
            keys = [f"place{n}" for n in range(many)]
            for key in keys:
                installation.enter(key, key, [f"{key}.localhost"])
            started = time.perf_counter()
            reports = installation.migrate_all()
            first = time.perf_counter() - started
            again = once(installation.migrate_all)
        finally:
            installation.close()
    return {
        "places": many,
        "seconds": round(first, 2),
        "again_seconds": again,
        "failed": sum(report.error is not None for report in reports),
        "wanted_seconds_at_most": 300,
    }


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
