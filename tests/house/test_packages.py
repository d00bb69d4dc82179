"""The four packages are ours, the layers hold, the folders of tests are packages."""

import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

import hub
from hub.cli._checks import foreign_packages
from tests.shared import ROOT


@pytest.mark.parametrize("name", ["hub", *hub.COMPANIONS])
def test_a_package_is_imported_from_this_clone(name: str) -> None:
    module = __import__(name)
    assert Path(str(module.__file__)).resolve() == ROOT / name / "__init__.py"


def test_the_distribution_is_ours_and_no_other_has_our_names() -> None:
    assert distribution("tiers-lieu-hub").metadata["Name"] == "tiers-lieu-hub"
    assert foreign_packages().level == "ok"


@pytest.mark.parametrize("name", hub.COMPANIONS)
def test_a_foreign_package_earlier_on_the_path_stops_the_start(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("", "utf-8")
    start = f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT)!r}]; import hub.config"
    done = subprocess.run([sys.executable, "-c", start], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode != 0
    assert f"the package {name!r} comes from {tmp_path}" in done.stderr
    assert "virtual environment of its own" in done.stderr


def test_every_folder_of_tests_with_python_in_it_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}
    assert sorted(str(folder) for folder in folders if not (folder / "__init__.py").exists()) == []


def test_the_empty_layers_say_what_belongs_there() -> None:
    from hub import documents, urls

    assert all("here belongs" in str(layer.__doc__) for layer in (documents, urls))
