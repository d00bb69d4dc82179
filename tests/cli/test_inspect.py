"""``hub inspect`` says verdict and messages, in both languages, with documented exit codes, and keeps nothing."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from content.report import Fate, Level, Verdict
from hub.cli.main import hub
from hub.texts.import_words import FATES, FORMATS, LEVELS, MESSAGES, REASONS, VERDICTS
from tests.content.archives import manifest, with_entry, zipped

CONTENT = Path(__file__).resolve().parents[2] / "content"


def run(*args: str) -> tuple[int, str]:
    result = CliRunner().invoke(hub, ["inspect", *args])
    return result.exit_code, result.output


@pytest.fixture
def package(tmp_path: Path) -> Path:
    path = tmp_path / "cours.zip"
    path.write_bytes(zipped({"c/imsmanifest.xml": manifest(title="Se former"), "c/index.html": b"<html>"}))
    return path


def test_an_accepted_package_as_json(package: Path) -> None:
    code, output = run(str(package), "--json")
    said = json.loads(output)
    assert code == 0
    assert (said["verdict"], said["format"], said["title"]) == ("accept-with-warning", "scorm12", "Se former")
    assert said["counts"] == {"items": 1, "resources": 1, "launchable_items": 1}
    (message,) = (one for one in said["messages"] if one["code"] == "nested_root")
    assert message["fr"].startswith("Tout le contenu est dans un dossier")
    assert message["en"].startswith("All the content lies in a folder")
    assert list(package.parent.iterdir()) == [package]


def test_a_refused_package_names_the_rule_and_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(with_entry("../../evil.txt"))
    code, output = run(str(path), "--json")
    assert code == 1
    (message,) = json.loads(output)["messages"]
    assert (message["code"], message["where"]) == ("archive_name_climbs", "../../evil.txt")
    code, output = run(str(path), "--language", "en")
    assert code == 1
    assert "Refused" in output
    assert "leads out of the archive" in output


def test_a_report_for_a_reader(package: Path) -> None:
    code, output = run(str(package), "--language", "fr")
    assert code == 0
    assert "Accepté, avec des remarques" in output
    assert "éléments du plan : 1" in output


def test_a_file_that_is_not_there_is_a_wrong_use(tmp_path: Path) -> None:
    assert run(str(tmp_path / "nothing.zip"))[0] == 2


def test_every_code_of_the_readers_has_words() -> None:
    source = "\n".join(
        path.read_text("utf-8")
        for path in CONTENT.rglob("*.py")
        if "xapi" not in path.parts and path.name not in ("errors.py", "dublin_core.py")
    )
    said = set(re.findall(r'(?:error|warn|info|say|Refused)\(\s*"([a-z0-9_]+)"', source))
    said |= set(re.findall(r'"((?:archive|xml)_[a-z0-9_]+)"', source))
    ways = ("back_slash", "percent", "nfc", "code_page", "case", "replaced")
    said |= {f"found_by_{way}" for way in ways}
    said |= {f"encoding_{way}" for way in ("declared_utf8", "declared_latin")}
    said |= {f"names_{way}" for way in ("utf8", "code_page", "back_slash")}
    assert said - set(MESSAGES) == set()
    assert set(re.findall(r'Fate\.(?:SKIPPED|CONVERTED), "([a-z0-9_]{5,})"', source)) - set(REASONS) == set()
    assert set(re.findall(r'found\.format = "([a-z0-9-]+)"', source)) - set(FORMATS) == set()
    assert (set(VERDICTS), set(LEVELS), set(FATES)) == (set(Verdict), set(Level), set(Fate))
