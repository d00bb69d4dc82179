"""In CI nothing may be left out unseen."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shared import ROOT

LEFT_OUT = (
    "import pytest\ndef test_left_out():\n    pytest.skip('no reason')\ndef test_runs():\n    assert 1 + 1 == 2\n"
)
EXPECTED_TO_FAIL = LEFT_OUT.replace("skip", "xfail")


ALONE = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
"""Without the plugins that are installed: none of them is in question here, and loading them takes longer than these
tests."""


def run_pytest(folder: Path, source: str, ci: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(source, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", "-p", "no:cacheprovider", str(folder)]
    environment = {**ALONE, "CI": ci, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("source", [LEFT_OUT, EXPECTED_TO_FAIL])
def test_a_skipped_test_fails_the_session_in_ci_only(tmp_path: Path, source: str) -> None:
    if not (ROOT.parent / "shared").is_dir():
        assert run_pytest(tmp_path, source, "true").returncode == pytest.ExitCode.USAGE_ERROR
        return
    assert run_pytest(tmp_path, source, "true").returncode == pytest.ExitCode.TESTS_FAILED
    assert run_pytest(tmp_path, source, "").returncode == pytest.ExitCode.OK


def test_tests_of_one_group_run_on_one_worker(tmp_path: Path) -> None:
    """The journeys share one demo: a release of pytest that pytest-xdist does not group under breaks that silently."""
    grouped = "import pytest\n@pytest.mark.xdist_group('one')\n@pytest.mark.parametrize('n', range(6))\n"
    source = f"{grouped}def test_it(n, worker_id):\n    open(worker_id, 'a').close()\n"
    (tmp_path / "test_it.py").write_text(source, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "xdist", "-n", "2", "--dist", "loadgroup"]
    command += ["-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, env=ALONE, capture_output=True, text=True, check=False)
    assert done.returncode == pytest.ExitCode.OK, done.stdout
    assert len(list(tmp_path.glob("gw*"))) == 1
