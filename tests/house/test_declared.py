"""What the packages import is declared in pyproject.toml."""

import ast
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import hub
from tests.shared import ROOT

OURS = {"hub", "tests", *hub.COMPANIONS}
#: A command of ``hub dev``: it drives the browser of the tests, imports it when called, and says so when it is not
#: there.
FOR_DEVELOPERS = ROOT / "hub" / "cli" / "_screenshots.py"


def imported(path: Path) -> Iterator[str]:
    """Top-level names of the modules that a file imports from elsewhere."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def declared(*extras: str) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]
    return {canonicalize_name(Requirement(line).name) for line in lines}


#: Modules that a setting chooses: they say what to install when the library of their extra is missing.
CHOSEN = {
    ROOT / "hub" / "db" / "s3.py": "s3",
    ROOT / "hub" / "cli" / "_gunicorn.py": "server",
    ROOT / "hub" / "services" / "statement_parquet.py": "parquet",
}


def undeclared(folder: str, allowed: set[str]) -> set[str]:
    return not_of(allowed, (path for path in (ROOT / folder).rglob("*.py") if path not in {FOR_DEVELOPERS, *CHOSEN}))


def not_of(allowed: set[str], files: Iterable[Path]) -> set[str]:
    owners = packages_distributions()
    names = {name for path in files for name in imported(path)}
    foreign = names - OURS - set(sys.stdlib_module_names) - {"_typeshed"}  # known to the type checker only
    return {name for name in foreign if not {canonicalize_name(owner) for owner in owners.get(name, [])} & allowed}


def test_what_the_packages_import_is_a_dependency() -> None:
    assert [undeclared(folder, declared()) for folder in ("hub", *hub.COMPANIONS)] == [set()] * 4


def test_a_module_that_a_setting_chooses_imports_only_its_extra() -> None:
    assert {path.name: not_of(declared(extra), [path]) for path, extra in CHOSEN.items()} == {
        "s3.py": set(),
        "_gunicorn.py": set(),
        "statement_parquet.py": set(),
    }


def test_what_the_tests_import_is_in_the_extras() -> None:
    assert undeclared("tests", declared("test", "dev", "build", "s3")) == set()


def test_what_a_command_for_developers_imports_is_in_the_extras() -> None:
    assert not_of(declared("test"), [FOR_DEVELOPERS]) == set()
