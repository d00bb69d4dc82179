"""run.py: what it says when something is missing, and when it installs again."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.shared import ROOT


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """run.py of a copy of the project's description, so that no test touches the clone."""
    for name in ("run.py", "pyproject.toml", "hatch_build.py", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, tmp_path / name)
    spec = importlib.util.spec_from_file_location("run_of_a_copy", tmp_path / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_needs_nothing_but_the_standard_library() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(ROOT / "run.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "run.py demo" in done.stdout


def test_without_venv_it_names_the_package_of_the_system(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit) as ended:
        run.make_venv(None)
    assert ended.value.code == 2
    assert f"apt install python3.{sys.version_info.minor}-venv" in capsys.readouterr().err


def test_without_uv_the_virtual_environment_is_made_by_python(run: ModuleType) -> None:
    run.make_venv(None)
    assert run.PYTHON.exists()


def test_a_python_without_pip_gets_one_with_its_virtual_environment(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "own_pip", lambda: False)
    run.make_venv(None)
    told = subprocess.run([str(run.PYTHON), "-m", "pip", "--version"], check=True, capture_output=True, text=True)
    assert str(run.VENV) in told.stdout


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_shares_of_a_lock_hold_each_entry_once(run: ModuleType, lock: str, number: int) -> None:
    text = (run.ROOT / lock).read_text("utf-8")
    parts = run.shares(text, number)
    assert len(parts) == number
    assert sorted("".join(parts).splitlines()) == sorted(text.splitlines())
    assert all(part[0].isalnum() and "--hash=sha256:" in part for part in parts)


@pytest.mark.parametrize("name", ["requirements.lock", "pyproject.toml", "hatch_build.py"])
def test_it_installs_again_only_when_the_lock_or_the_description_changed(run: ModuleType, name: str) -> None:
    before = run.fingerprint("run")
    assert run.fingerprint("run") == before
    (run.ROOT / name).write_text((run.ROOT / name).read_text("utf-8") + "\n# changed\n", "utf-8")
    assert run.fingerprint("run") != before


def test_a_failed_installation_is_said_and_not_remembered(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (run.ROOT / "requirements.lock").write_text("no-such-library==1 --hash=sha256:00\n", "utf-8")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("UV_OFFLINE", "1")
    assert run.main(["doctor"]) == 1
    assert "this step failed" in capsys.readouterr().err
    assert not run.STAMP.exists()
