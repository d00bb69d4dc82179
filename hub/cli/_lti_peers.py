"""Foreign implementations of LTI, each in an environment of its own under a cache folder: peers of tests, never a part
of the product."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from hub.web.assets import AssetError, npm_command

CACHE: Final = "HUB_PEERS"
"""Environment variable that names the folder; absent: below the user's cache folder."""
SOURCES: Final = Path(__file__).parents[2] / "peers"
TIME_LIMIT: Final = 900


class CannotSetUp(Exception):
    """Something outside is missing or failed; the text says what, for the person at the terminal."""


def names() -> list[str]:
    """The peers there are, by name; none without a clone."""
    return sorted(folder.name for folder in SOURCES.iterdir() if _installer(folder)) if SOURCES.is_dir() else []


def cache(environ: Mapping[str, str]) -> Path:
    """The folder of the environments."""
    if environ.get(CACHE):
        return Path(environ[CACHE])
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tiers-lieu-hub" / "peers"


def set_up(name: str, environ: Mapping[str, str] = os.environ) -> Path:
    """The environment of a peer, made where it is missing or its lock changed. Raises CannotSetUp."""
    source = SOURCES / name
    install = _installer(source)
    if install is None:
        raise CannotSetUp(f"no such peer: {name}; there are {', '.join(names())}")
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(source.iterdir()) if path.is_file()))
    target = cache(environ) / f"{name}-{digest.hexdigest()[:12]}"
    if (target / "done").is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    # Made beside and then renamed: of two processes that make it at once, one is first and the other takes its work.
    work = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=target.parent))
    try:
        shutil.copytree(source, work, dirs_exist_ok=True)
        install(work)
        (work / "done").touch()
        work.rename(target)
    except OSError:
        if not (target / "done").is_file():
            raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target


def _installer(source: Path) -> Callable[[Path], None] | None:
    if (source / "package-lock.json").is_file():
        return _npm
    return _pip if (source / "requirements.txt").is_file() else None


def _npm(folder: Path) -> None:
    try:
        command, environment = npm_command()
    except AssetError as error:
        raise CannotSetUp(str(error)) from error
    _run([*command, "ci", "--ignore-scripts", "--prefer-offline", "--loglevel=error"], folder, environment)


def _pip(folder: Path) -> None:
    environment = dict(os.environ)
    _run([sys.executable, "-m", "venv", "venv"], folder, environment)
    pip = [
        str(folder / "venv" / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-compile",
        "--require-hashes",
    ]
    _run([*pip, "-r", "requirements.txt"], folder, environment)


def _run(command: list[str], folder: Path, environment: Mapping[str, str]) -> None:
    try:
        done = subprocess.run(  # noqa: S603 a fixed command; nothing of it comes from outside
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=TIME_LIMIT, check=False
        )
    except (subprocess.TimeoutExpired, OSError) as error:
        raise CannotSetUp(f"{command[0]} did not end: {type(error).__name__}") from error
    if done.returncode:
        raise CannotSetUp(f"{Path(command[0]).name} failed ({done.returncode}): {(done.stderr or done.stdout)[-800:]}")
