"""The wheel holds what the hub needs to run without its clone."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from hub.web.assets import COPIES
from tests.shared import ROOT


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the unpacked wheel, built from this clone."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("tiers_lieu_hub-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run_hub(installed: Path, data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line of the unpacked wheel, with nothing of the clone on the path."""
    environment = {**os.environ, "PYTHONPATH": str(installed), "HUB_DATA": str(data)}
    command = [sys.executable, "-P", "-m", "hub.cli.main", *arguments]
    return subprocess.run(command, cwd=data.parent, env=environment, capture_output=True, text=True, check=False)


def test_the_four_packages_and_nothing_else_are_in_it(installed: Path) -> None:
    folders = {path.name for path in installed.iterdir() if not path.name.endswith(".dist-info")}
    assert folders == {"hub", "lti", "content", "connectors"}


@pytest.mark.parametrize("name", sorted(COPIES))
def test_the_browser_libraries_are_in_it(installed: Path, name: str) -> None:
    least = 10_000 if name.endswith((".js", ".css", ".woff2")) else 1_000  # a licence and a picture are smaller
    assert (installed / "hub" / "web" / "static" / "vendor" / name).stat().st_size > least


def test_templates_texts_and_revisions_are_in_it(installed: Path) -> None:
    for pattern in ("hub/web/templates/*.html", "hub/texts/en/*.po", "hub/db/migrations/directory_versions/d0001*.py"):
        assert list(installed.glob(pattern)), pattern
    assert (installed / "hub" / "db" / "migrations" / "script.py.mako").is_file()


def test_it_runs_on_its_own(installed: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    added = run_hub(installed, data, "tenant", "add", "generateur", "Le Générateur", "hub.localhost")
    assert added.returncode == 0, added.stderr
    findings = json.loads(run_hub(installed, data, "doctor", "--json", "--lang", "en").stdout)
    texts = {finding["text"] for finding in findings}
    assert "The browser libraries are there." in texts
    assert "Le Générateur: the database answers and is up to date." in texts


PAGE = """
import sys
from hub.config import load_config
from hub.db.directory import Installation
from hub.web.app import create_app
client = create_app(Installation(load_config())).test_client()
for path in sys.argv[1:]:
    answer = client.get(path, base_url="http://hub.localhost", follow_redirects=True)
    print(answer.status_code, answer.mimetype, len(answer.data))
"""


def test_a_page_and_its_script_load_from_it(installed: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    run_hub(installed, data, "tenant", "add", "generateur", "Le Générateur", "hub.localhost")
    command = [sys.executable, "-P", "-c", PAGE, "/", "/static/vendor/htmx.min.js"]
    environment = {**os.environ, "PYTHONPATH": str(installed), "HUB_DATA": str(data)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    page, script = (line.split() for line in done.stdout.splitlines())
    assert page[:2] == ["200", "text/html"], done.stderr[-2000:]
    assert (script[0], int(script[2]) > 10_000) == ("200", True)


def test_its_licence_goes_with_it(installed: Path) -> None:
    (licence,) = installed.glob("*.dist-info/licenses/LICENSE")
    assert "Apache License" in licence.read_text("utf-8")
