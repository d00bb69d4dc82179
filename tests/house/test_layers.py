"""The import linter runs with the tests too, and its contracts bite."""

import subprocess
import sys
import tomllib
from pathlib import Path

from tests.shared import ROOT

LINTER = Path(sys.executable).with_name("lint-imports")


def test_the_contracts_hold_without_exceptions() -> None:
    done = subprocess.run([str(LINTER), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    assert f"{len(contracts)} kept, 0 broken" in done.stdout
    assert not any("ignore_imports" in contract for contract in contracts)
