"""Where the recorded payloads and third parties' packages lie: the folder ``shared`` beside the clone, when it is
there."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


def shared_path(*parts: str) -> Path:
    """Path below ``../shared``. Without that folder the calling test is left out locally and fails in CI."""
    if not SHARED.is_dir():
        if os.environ.get("CI"):
            pytest.fail("../shared is missing: in CI every test over the recorded payloads must run")
        pytest.skip("../shared is not beside this clone: tests over third parties' packages are left out")
    return SHARED.joinpath(*parts)
