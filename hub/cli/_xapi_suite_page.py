"""The page of the documentation that runs of ADL's suite write: the latest run of each version on each database."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from hub.cli._xapi_suite import Outcome

_HEAD: Final = """# ADL's conformance suites on the hub

Written by `hub dev xapi-suite --page docs/xapi-conformance.md` from the summaries of adlnet/lrs-conformance-test-suite.
A fresh store for each run: SQLite with its disk writes as in service, PostgreSQL with `--database-url`. One address
serves both versions; the same code gives all four runs.

The seconds are those of one machine. *Processor*: what the hub's process and the suite's own used of one core; *Load*:
how many processes wanted a core in the last minute of the run. A suite that used little processor and took long waited
for others. The command has Node and the hub answer one request before the tests: the suite takes the duration of its
first statement for a difference of clocks, and waits a second wherever an LRS is not ahead by as much.

| Version | Database | Tests | Passed | Failed | Seconds | Processor: hub | Processor: suite | Load | Suite | Day |
|---|---|---|---|---|---|---|---|---|---|---|
"""
_ROW: Final = re.compile(r"^\| ([0-9.]+) \| (SQLite|PostgreSQL) \|.*\|$", re.MULTILINE)


def page(old: str, outcomes: Iterable[Outcome]) -> str:
    """The page with the rows of ``outcomes`` in the place of older ones; rows of other runs in ``old`` stay."""
    rows = {(found[1], found[2]): found[0] for found in _ROW.finditer(old)}
    rows |= {(one.version, one.database): _row(one) for one in outcomes}
    lines = [rows[key] for key in sorted(rows, key=lambda key: (key[1] != "SQLite", key[0]))]
    return _HEAD + "".join(f"{line}\n" for line in lines)


def _row(one: Outcome) -> str:
    cells = (
        one.version, one.database, one.total, one.passed, one.total - one.passed, one.seconds, one.hub_seconds,
        one.suite_seconds, one.load, one.suite, one.day,
    )  # fmt: skip
    return f"| {' | '.join(str(cell) for cell in cells)} |"
