"""Taking measures and saying on what machine: medians and percentiles of repeated runs, in milliseconds."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    except (ValueError, OSError):
        memory = 0
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_mb": memory,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load": [round(x, 2) for x in os.getloadavg()],
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def repeated(call: Callable[[], object], times: int, *, warm: int = 2) -> dict[str, float]:
    """Median, 95th percentile and best of ``times`` runs in ms, after ``warm`` that do not count; ``processor_ms`` is
    the median of this process's own work, which neighbours on the machine do not lengthen."""
    for _ in range(warm):
        call()
    taken, worked = [], []
    for _ in range(times):
        started, working = time.perf_counter(), time.process_time()
        call()
        taken.append((time.perf_counter() - started) * 1000)
        worked.append((time.process_time() - working) * 1000)
    taken.sort()
    return {
        "processor_ms": round(statistics.median(worked), 2),
        "median_ms": round(statistics.median(taken), 2),
        "p95_ms": round(taken[min(len(taken) - 1, int(len(taken) * 0.95))], 2),
        "best_ms": round(taken[0], 2),
    }


def once(call: Callable[[], object]) -> float:
    """Seconds of one run."""
    started = time.perf_counter()
    call()
    return round(time.perf_counter() - started, 3)


def clocked(call: Callable[[], object]) -> dict[str, float]:
    """Seconds of one run by the clock and of this process's own work, which neighbours hardly lengthen."""
    started, working = time.perf_counter(), time.process_time()
    call()
    taken, worked = time.perf_counter() - started, time.process_time() - working
    return {"seconds": round(taken, 2), "processor_seconds": round(worked, 2)}
