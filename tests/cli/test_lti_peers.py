"""``hub dev lti-peers``: what it makes, that it makes it once, and what it says where it cannot."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.cli import _lti_peers
from hub.cli.dev import command

LOCK = '{"name": "small", "lockfileVersion": 3, "packages": {"": {"name": "small"}}}'


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "sources"
    (folder / "small").mkdir(parents=True)
    (folder / "small" / "package.json").write_text('{"name": "small"}')
    (folder / "small" / "package-lock.json").write_text(LOCK)
    monkeypatch.setattr(_lti_peers, "SOURCES", folder)
    monkeypatch.setenv(_lti_peers.CACHE, str(tmp_path / "cache"))
    return folder


def test_an_environment_is_made_once_and_again_when_its_lock_changes(sources: Path, tmp_path: Path) -> None:
    first = _lti_peers.set_up("small")
    assert (first / "package.json").exists()
    assert _lti_peers.set_up("small") == first
    (sources / "small" / "package-lock.json").write_text(LOCK + "\n")
    assert _lti_peers.set_up("small") != first
    assert sorted(path.name for path in (tmp_path / "cache").iterdir() if path.name.startswith(".")) == []


def test_what_cannot_be_set_up_is_said(sources: Path) -> None:
    (sources / "small" / "package-lock.json").write_text("no lock\n")
    done = CliRunner().invoke(command, ["lti-peers"])
    assert done.exit_code == 1
    assert "failed" in done.output
    done = CliRunner().invoke(command, ["lti-peers", "nobody"])
    assert (done.exit_code, "nobody" in done.output) == (1, True)
