"""The tables of the documentation are what the runner finds; the command line does what it says."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lti.conformance import cli
from lti.conformance.reference_tool import ReferenceTool
from tests.lti.conformance.pages import (
    PLATFORM_PAGE,
    PLATFORM_PEERS,
    TOOL_PAGE,
    of_ltijs,
    of_pylti1p3,
    of_python_platform,
    section,
)


def of_row(row: str, table: str) -> list[str]:
    return [line for line in table.splitlines() if line.startswith(f"| {row} |")]


def test_what_the_page_says_of_pylti1p3_is_so() -> None:
    assert section("PyLTI1p3 2.0", of_pylti1p3()) in TOOL_PAGE.read_text("utf-8")


@pytest.mark.peer
def test_what_the_page_says_of_ltijs_is_so(postgres_url: str) -> None:
    _, heading, told = TOOL_PAGE.read_text("utf-8").partition("## ltijs 5.9.9")
    found = section("ltijs 5.9.9", of_ltijs(postgres_url))
    assert heading
    # ltijs looks for a nonce and then keeps it: which of two parallel posts wins, or both, is chance (R43).
    for row in {line.split(" | ")[0].strip("| ") for line in found.splitlines() if line.startswith("| ")} - {"R43"}:
        assert of_row(row, told) == of_row(row, found)


@pytest.mark.peer
@pytest.mark.parametrize("name", PLATFORM_PEERS)
def test_what_the_page_says_of_a_platforms_library_is_so(name: str) -> None:
    assert section(PLATFORM_PEERS[name], of_python_platform(name)) in PLATFORM_PAGE.read_text("utf-8")


@pytest.fixture
def served() -> ReferenceTool:
    return ReferenceTool(cool_down=0.05)


def test_the_command_runs_rows_and_writes_reports(
    served: ReferenceTool, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def registering(_: str) -> str:
        told = capsys.readouterr().out
        for registration in json.loads(told[told.rindex("[\n {") :]):
            served.register(registration)
        return ""

    monkeypatch.setattr("builtins.input", registering)
    arguments = ["tool", "--login-url", f"{served.url}/login", "--target-url", f"{served.url}/launch", "--wait"]
    files = {"junit": tmp_path / "j.xml", "json": tmp_path / "r.json", "markdown": tmp_path / "r.md"}
    for name, path in files.items():
        arguments += [f"--{name}", str(path)]
    with served:
        assert cli.main([*arguments, "--port", "9531", "--rows", "T1", "R3", "T20"]) == 0
        capsys.readouterr()
        monkeypatch.setattr(served.launch, "_checks", ())
        assert cli.main([*arguments, "--port", "9533", "--rows", "T1"]) == 1
    suite = ElementTree.parse(files["junit"]).getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("2", "2")
    assert [one["verdict"] for one in json.loads(files["json"].read_text())] == ["failed", "failed"]
    assert "| T1 |" in files["markdown"].read_text()


def test_the_command_lists_its_rows(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["tool", "--list"]) == 0
    told = capsys.readouterr().out
    assert "R50" in told
    assert "LTI Core 5.3.7" in told


def test_arguments_that_make_no_sense_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["tool"]) == 2
    assert "--login-url" in capsys.readouterr().err
