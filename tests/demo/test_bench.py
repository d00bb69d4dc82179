"""Every bench runs in its quick form and says what it measured; no figure is asserted, only that there is one, and that
what is killed loses and doubles nothing."""

import json
import os
import signal

import pytest
from click.testing import CliRunner

from hub.cli.bench import BENCHES, command
from hub.demo.bench import kill
from tests.conftest import IN_CI

#: In CI also on PostgreSQL.
ON_BOTH = ("kill",)


@pytest.mark.parametrize("name", sorted(set(BENCHES) - {"start"}))
def test_a_bench_runs_and_prints_its_figures_with_the_machine(
    name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = name in ON_BOTH and (IN_CI or request.config.getoption("--pg"))
    if both:
        monkeypatch.setenv("HUB_BENCH_DATABASE_URL", request.getfixturevalue("postgres_url"))
    done = CliRunner().invoke(command, [name, "--quick", "--json"])
    assert done.exit_code == 0, done.output[-2000:] + repr(done.exception)
    told = json.loads(done.stdout)
    assert told["quick"] is True
    assert {"processor", "cores", "python"} <= told["machine"].keys()
    assert told["benches"][name].get("nothing_lost_or_doubled", True) is True
    assert ("PostgreSQL" in told["benches"][name]) is both
    assert any(isinstance(v, int | float) and v > 0 for v in told["benches"][name].values())


def test_the_bench_that_kills_judges_what_was_done_when_it_is_told_to_stop() -> None:
    with kill._listening_to_signals() as told:
        os.kill(os.getpid(), signal.SIGTERM)
        assert told.times == 1
        found = kill._killed(1_000, None, told)
    kinds = ("statements", "roll", "files", "jobs", "deliveries")
    assert (found["kills"], found["work_left"], found["faults"]) == (0, 0, [])
    assert [(found[kind]["lost"], found[kind]["doubled"]) for kind in kinds] == [(0, 0)] * len(kinds)


def test_an_unknown_bench_is_refused_with_the_names_there_are() -> None:
    done = CliRunner().invoke(command, ["nothing"])
    assert done.exit_code == 2
    assert all(name in done.output for name in BENCHES)
