"""The tables of the documentation are what the runner finds; the command line does what it says."""

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from hub.config import Config
from lti.conformance import cli
from lti.conformance.reference_tool import ReferenceTool
from lti.conformance.rows import Verdict
from tests.lti.conformance.tables import PAGE, of_pylti1p3, of_the_hub, section


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_the_hubs_table_is_the_one_of_the_documentation(make_config: Callable[..., Config]) -> None:
    results = of_the_hub(make_config)
    wrong = {r.id: r.finding for r in results if r.finding.verdict is Verdict.FAILED}
    assert wrong == {}
    assert {r.id for r in results if r.finding.verdict is Verdict.NOT_RUN} == {"T20", "T21"}
    assert section("The hub", results) in PAGE.read_text("utf-8")


def test_a_peers_known_failures_show() -> None:
    failed = {r.id for r in of_pylti1p3() if r.finding.verdict is Verdict.FAILED}
    assert {"R16", "R22", "R12", "R13", "R41"} <= failed
    assert not {"R1", "R2", "R3", "R6", "T1"} & failed


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
