"""``hub dev xapi-suite``: what it needs, and that it believes the suite's record instead of its exit code."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.cli import _xapi_suite
from hub.cli.dev import command

RUNNER = """
const fs = require("fs"), args = process.argv;
const value = (flag) => args[args.indexOf(flag) + 1];
const headers = {Authorization: "Basic " + Buffer.from(value("-u") + ":" + value("-p")).toString("base64"),
                 "X-Experience-API-Version": value("-x")};
fetch(value("-e") + "/statements", {headers}).then((answer) => {
  const tests = [{title: "answers", status: answer.ok ? "passed" : "failed", error: String(answer.status)},
                 {title: "always fails", status: "failed", error: "on purpose"}];
  const failed = tests.filter((test) => test.status === "failed").length;
  const record = {summary: {total: 2, passed: 2 - failed, failed}, log: {title: "all", status: "failed", tests}};
  fs.writeFileSync("logs/x.log", JSON.stringify(record));
  process.exit(0);
});
"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder shaped as a checkout, whose runner asks the hub once, and says with exit code 0 that a test failed."""
    for name in ("bin", "logs", "node_modules"):
        (tmp_path / name).mkdir()
    (tmp_path / "bin" / "console_runner.js").write_text(RUNNER, "utf-8")
    monkeypatch.setenv(_xapi_suite.CHECKOUT, str(tmp_path))
    return tmp_path


def test_a_failure_in_the_record_ends_with_status_1(checkout: Path) -> None:
    done = CliRunner().invoke(command, ["xapi-suite", "--xapi", "2.0.0"])
    assert done.exit_code == 1, done.output
    assert '"version":"2.0.0","database":"SQLite","total":2,"passed":1,"failed":1' in done.output
    assert "all > always fails: on purpose" in done.output


def test_node_has_asked_the_hub_before_the_tests(checkout: Path) -> None:
    client = checkout / "node_modules" / "super-request" / "index.js"
    client.parent.mkdir()
    client.write_text(
        "module.exports = (endpoint) => ({get: (path) => ({end: () => "
        'fetch(endpoint + path).then((answer) => require("fs").writeFileSync("woken", String(answer.status)))})});'
    )
    (checkout / "bin" / "lrs-test.js").write_text("")
    forked = 'require("child_process").fork(__dirname + "/lrs-test.js").on("exit", () => {' + RUNNER + "});"
    (checkout / "bin" / "console_runner.js").write_text(forked, "utf-8")
    done = CliRunner().invoke(command, ["xapi-suite", "--xapi", "2.0.0"])
    assert ("all > always fails" in done.output, (checkout / "woken").read_text()) == (True, "200")


def test_the_page_keeps_the_latest_run_of_each_version_and_database(checkout: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    other = "| 2.0.0 | PostgreSQL | 1442 | 1442 | 0 | 30.0 | 9.0 | 9.0 | 0.1 | abc | 2026-01-01 |"
    page.write_text(f"# Old\n\n| 2.0.0 | SQLite | 1 | 1 | 0 |\n{other}\n", "utf-8")
    done = CliRunner().invoke(command, ["xapi-suite", "--xapi", "2.0.0", "--page", str(page)])
    assert done.exit_code == 1, done.output
    rows = [line for line in page.read_text("utf-8").splitlines() if line.startswith("| 2")]
    assert rows[0].startswith("| 2.0.0 | SQLite | 2 | 1 | 1 | ")
    assert rows[1:] == [other]
    assert "| Failed |" in page.read_text("utf-8")
    refused = CliRunner().invoke(command, ["xapi-suite", "--only", "x", "--page", str(page)])
    assert refused.exit_code == 2


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(_xapi_suite.CHECKOUT, raising=False)
    done = CliRunner().invoke(command, ["xapi-suite"])
    assert (done.exit_code, _xapi_suite.CHECKOUT in done.output) == (1, True)
    with pytest.raises(_xapi_suite.CannotRun):
        _xapi_suite.checkout({_xapi_suite.CHECKOUT: str(tmp_path)} | dict(os.environ))
