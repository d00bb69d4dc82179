"""Kinds of work that only the tests of hub.jobs do; also used by the worker processes that they kill."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hub.db.uow import TenantDatabase
from hub.jobs.registry import Outcome, Registry
from hub.jobs.report import Report
from hub.jobs.worker import Timing
from hub.models.platforms import Setting

QUICK = Timing(lease=0.6, poll=0.02, tenants=60.0)


def count_to(_tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> None:
    """Adds 1 to a counter as often as asked, each addition in one unit with the cursor that remembers it."""
    while report.cursor.get("done", 0) < payload["times"]:
        report.check()
        with report.step() as step:
            row = step.session.get(Setting, payload["counter"], with_for_update=True)
            if row is None:
                row = Setting(name=payload["counter"], value={"n": 0})
                step.session.add(row)
            row.value = {"n": row.value["n"] + 1}
            done = report.cursor.get("done", 0) + 1
            step.progress({"done": done}, done=done, total=payload["times"])
        time.sleep(payload.get("pause", 0.0))


def send_once(_tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> Outcome:
    """Appends one line to a file: what a remote would receive."""
    with Path(payload["file"]).open("a") as file:
        file.write(f"{report.id}\n")
    return Outcome(answer="ok")


def registry(**jobs: Any) -> Registry:
    return Registry({"count": count_to, **jobs}, {"send": send_once})
