"""Benches of the first minute: from a fresh clone to the first page, and what the first view weighs."""

from __future__ import annotations

import gzip
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hub.demo.bench.visitor import Visitor
from hub.demo.bench.world import world
from hub.models.learning import Enrolment

ROOT = Path(__file__).resolve().parents[3]


def clone_to_page(*, quick: bool) -> dict[str, Any]:
    """Seconds from ``git clone`` to the moment the demo's pages answer, packages cached. ``quick``: from this tree,
    without the clone."""
    with TemporaryDirectory(prefix="hub-clone-") as folder:
        started = time.perf_counter()
        here = ROOT
        if not quick:
            here = Path(folder) / "clone"
            subprocess.run(["git", "clone", "-q", str(ROOT), str(here)], check=True)  # noqa: S603, S607 our own words
        command = [sys.executable, "run.py", "demo", "--json", "--port", "9480", "--dir", f"{folder}/demo"]
        process = subprocess.Popen(command, cwd=here, stdout=subprocess.PIPE, text=True, start_new_session=True)  # noqa: S603 our own words
        try:
            line = process.stdout.readline() if process.stdout else ""
            seconds = time.perf_counter() - started
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)
    if not line.startswith("{"):
        raise RuntimeError("the demo did not start: run python3 run.py demo to see why")
    return {"seconds": round(seconds, 1), "cloned": not quick, "wanted_at_most": 15}


def first_view(*, quick: bool) -> dict[str, Any]:
    """Compressed bytes of a learner's first page with all it loads, and how many of them are JavaScript."""
    with world(2_000, learners=10) as place:
        visitor = Visitor(place)
        with place.tenant.read() as session:
            person = session.get_one(Enrolment, place.skewed).person_id
        visitor.sign_in(person, "learner")
        page = visitor.get("/home")
        packed = page.headers.get("Content-Encoding") == "gzip"
        text = gzip.decompress(page.data) if packed else page.data
        parts = {"/home": len(page.data)}
        for address in sorted(set(re.findall(r'(?:src|href)="(/static/[^"]+)"', text.decode()))):
            parts[address] = len(visitor.get(address).data)
    script = sum(size for address, size in parts.items() if ".js" in address)
    return {
        "bytes": sum(parts.values()),
        "of_it_javascript": script,
        "parts": parts,
        "wanted_at_most": 60_000,
        "javascript_wanted_at_most": 20_000,
    }
