"""``hub connect``: made from the declarations; examines, writes the letter, adds."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from connectors.registry import declarations
from hub.cli.main import hub
from hub.config import load_config
from hub.db.directory import Installation
from hub.demo.moodle import MoodleState
from hub.models.platforms import Platform, RemoteRecord, Timetable
from tests.services.sync_place import TOKEN, moodle


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MoodleState]:
    monkeypatch.setenv("HUB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("HUB_ALLOW_LOOPBACK", "1")
    monkeypatch.setenv("COLUMNS", "200")
    assert run("tenant", "add", "generateur", "Le Générateur", "hub.localhost").exit_code == 0
    with moodle(learners=2) as double:
        yield double


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(hub, arguments, input=typed)


def added() -> list[Platform]:
    installation = Installation(load_config())
    try:
        with installation.tenant("generateur").read() as session:
            return list(session.scalars(select(Platform)))
    finally:
        installation.close()


def test_every_connector_has_its_command_with_its_settings() -> None:
    listed = run("connect", "--help").output
    for key, declared in declarations().items():
        assert key in listed
        options = run("connect", key, "--help").output
        for setting in declared.settings:
            assert f"--{setting.name}-file" if setting.secret else f"--{setting.name}" in options


def test_a_moodle_is_examined_and_added(state: MoodleState) -> None:
    done = run("connect", "moodle", "--url", state.url, "--token-file", "-", typed=f"{TOKEN}\n")
    assert done.exit_code == 0, done.output
    assert "✓ Le site répond" in done.output
    assert TOKEN not in done.output
    (row,) = added()
    assert (row.name, row.connector, row.settings["url"]) == (state.name, "moodle", state.url)
    installation = Installation(load_config())
    with installation.tenant("generateur").read() as session:
        assert session.scalars(select(Timetable.kind)).all().count("sync_platform") == 1
        assert session.scalars(select(RemoteRecord.kind)).all() == ["negotiation"]
    installation.close()
    again = run("connect", "examine", row.name)
    assert again.exit_code == 0
    assert "✓" in again.output


def test_what_lacks_is_told_and_nothing_is_added(state: MoodleState, tmp_path: Path) -> None:
    letter = tmp_path / "lettre.txt"
    done = run("connect", "moodle", "--url", state.url, "--letter", str(letter), typed="wrong-token-of-somebody\n")
    assert done.exit_code == 1
    assert "✗" in done.output
    assert "wrong-token-of-somebody" not in done.output
    assert letter.read_text("utf-8").startswith("Bonjour,")
    assert added() == []


def test_checking_adds_nothing(state: MoodleState, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_CONNECT_MOODLE_TOKEN", TOKEN)
    assert run("connect", "moodle", "--url", state.url, "--check-only").exit_code == 0
    assert added() == []


def test_wrong_words_are_one_line(state: MoodleState) -> None:
    assert "Error" in run("connect", "moodle", "--url", "pas une adresse", typed=f"{TOKEN}\n").output
    assert run("connect", "examine", "Inconnue").exit_code == 1
    assert run("connect", "moodle", "--tenant", "ailleurs").exit_code == 1
