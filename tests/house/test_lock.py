"""The locks: every library pinned by hash, no host named, both in agreement with pyproject.toml."""

import re
import tomllib
from importlib.metadata import distribution, requires

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.shared import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")


def entries(name: str) -> dict[str, str]:
    """Library -> its whole entry."""
    text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
    return {canonicalize_name(re.split(r"[=\[ ]", line, maxsplit=1)[0]): line for line in text.splitlines() if line}


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_is_an_exact_version_with_hashes(name: str) -> None:
    lines = entries(name).values()
    assert len(lines) > 30
    assert [line for line in lines if "==" not in line or "--hash=sha256:" not in line] == []


@pytest.mark.parametrize("name", LOCKS)
def test_no_host_is_named(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert "://" not in text
    assert "--index" not in text


def test_what_the_hub_needs_is_in_both_locks() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}
    for name in LOCKS:
        assert needed - set(entries(name)) == set()
    assert requires("tiers-lieu-hub")


def test_the_locks_agree() -> None:
    run, test = entries("requirements.lock"), entries("requirements-dev.lock")
    pinned = {name: line.split("--hash")[0].strip() for name, line in run.items()}
    assert {name: test[name].split("--hash")[0].strip() for name in pinned} == pinned


def test_what_the_locked_libraries_ask_of_one_another_is_installed() -> None:
    """``run.py`` installs the lock without resolving anything, so the lock must be whole."""
    asked = {Requirement("tiers-lieu-hub[dev]")}
    seen: set[str] = set()
    wrong = []
    while asked:
        wanted = asked.pop()
        if str(wanted) in seen:
            continue
        seen.add(str(wanted))
        found = distribution(wanted.name)
        if not wanted.specifier.contains(found.version, prereleases=True):
            wrong.append(f"{wanted} but {found.version}")
        extras = wanted.extras or {""}
        for line in found.requires or []:
            needed = Requirement(line)
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in {*extras, ""}):
                asked.add(needed)
    assert wrong == []
    assert len(seen) > 90
