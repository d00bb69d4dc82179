#!/usr/bin/env python3
"""Start here: ``python3 run.py demo`` shows the hub at work, ``python3 run.py test`` checks everything.

Needs Python 3.11 or later and nothing else. Makes ``.venv`` beside this file, installs the hash-pinned lock into it,
then the hub itself, fetches the browser libraries, and runs. Any other word is a command of ``hub``, such as
``serve``, ``migrate``, ``doctor``: ``python3 run.py hub`` lists them.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "installed-locks"
LOCKS = {"run": "requirements.lock", "test": "requirements-dev.lock"}
DESCRIPTION = ("pyproject.toml", "hatch_build.py")
OLDEST = (3, 11)
OLDEST_PIP = (22, 3)  # the first that installs into another environment
CHECKS = (
    ("ruff check", "ruff", "check", "."),
    ("ruff format", "ruff", "format", "--check", "."),
    ("mypy", "mypy", "--strict", "-p", "hub", "-p", "connectors", "-p", "lti", "-p", "content"),
    ("import-linter", "lint-imports"),
)


def main(arguments: list[str]) -> int:
    """Prepare, then run the word given; without one, say which there are."""
    if sys.version_info < OLDEST:
        say(f"Python {'.'.join(map(str, OLDEST))} or later is needed; this is {sys.version.split()[0]}.")
        return 2
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0
    testing = arguments[0] == "test"
    try:
        prepare("test" if testing else "run")
    except subprocess.CalledProcessError as error:
        say(f"this step failed ({error.returncode}): {' '.join(map(str, error.cmd))}")
        return 1
    if testing:
        return test(arguments[1:])
    words = arguments[1:] or ["--help"] if arguments[0] == "hub" else arguments
    command = [str(PYTHON), "-m", "hub.cli.main", *words]
    if os.name == "nt":
        return subprocess.call(command)
    sys.stdout.flush()
    os.execv(command[0], command)


def test(extra: list[str]) -> int:
    """Every check, then the tests; their closing line comes last.

    One process more than CI has cores: browsers and servers keep a process waiting half of its time.
    """
    failed = [name for name, program, *arguments in CHECKS if run_check(name, program, *arguments)]
    if failed:
        say(f"FAILED before the tests: {', '.join(failed)}")
    # Tests start the hub some hundred times; compiling it anew each time would take half of those starts.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [str(PYTHON), "-m", "pytest", "-q", "-n", "3", "--dist", "loadgroup", *extra]
    return subprocess.call(command, cwd=ROOT, env=environment) or bool(failed)


def run_check(name: str, program: str, *arguments: str) -> int:
    """Run a program of the virtual environment; silent unless it fails."""
    done = subprocess.run([str(SCRIPTS / program), *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    say(f"{name}: {'FAILED' if done.returncode else 'ok'}")
    if done.returncode:
        print(done.stdout, done.stderr, sep="", flush=True)
    return done.returncode


def prepare(purpose: str) -> None:
    """A virtual environment with the lock of ``purpose`` in it, and the browser libraries."""
    uv = working_uv()
    if not PYTHON.exists():
        say("making .venv")
        make_venv(uv)
    wanted = fingerprint(purpose)
    installed = STAMP.read_text("utf-8").split() if STAMP.exists() else []
    if wanted not in installed:
        say(f"installing {LOCKS[purpose]}")
        install(uv, purpose)
        # The lock for the tests holds the other one whole.
        covers = [wanted, fingerprint("run")] if purpose == "test" else [wanted]
        STAMP.write_text("\n".join(covers), "utf-8")
    subprocess.run([str(PYTHON), "-c", "from hub.web import assets; assets.build()"], cwd=ROOT, check=True)


def make_venv(uv: str | None) -> None:
    """``.venv`` with this Python. Ends the program with the name of the package to install when venv is not there."""
    if uv is not None:
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(VENV)], check=True)
        return
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        say(
            "Python's venv module is missing. Install it, then try again:\n"
            f"  Debian, Ubuntu: sudo apt install python{version}-venv (or python3-venv)\n"
            "  Fedora: sudo dnf install python3-pip    Alpine: apk add py3-pip"
        )
        raise SystemExit(2)
    # Copying pip into it takes seconds that a pip which is already here does not need.
    subprocess.run([sys.executable, "-m", "venv", *(["--without-pip"] if own_pip() else []), str(VENV)], check=True)


def install(uv: str | None, purpose: str) -> None:
    """Two steps, neither of which resolves anything: the libraries of the lock, which is whole, then the hub.

    Without ``--no-deps`` pip would take a library that another asks for with an extra as not pinned. pip works on one
    core and libraries share no file: two of them halve the wait.
    """
    if uv is not None:
        # --no-config: uv would apply the constraints that pyproject.toml gives for locking, which have no hashes.
        installer = [uv, "--no-config", "pip", "install", "--quiet", "--python", str(PYTHON)]
    else:
        pip = [sys.executable, "-m", "pip", "--python", str(PYTHON)] if own_pip() else [str(PYTHON), "-m", "pip"]
        # Modules are compiled when they are first imported, which most never are.
        installer = [*pip, "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    installer.append("--no-deps")
    with TemporaryDirectory(prefix="hub-lock-") as folder:
        parts = shares((ROOT / LOCKS[purpose]).read_text("utf-8"), 1 if uv else 2)
        files = [Path(folder, f"{number}.lock") for number in range(len(parts))]
        for file, part in zip(files, parts, strict=True):
            file.write_text(part, "utf-8")
        commands = [[*installer, "--require-hashes", "-r", str(file)] for file in files]
        running = [subprocess.Popen(command, cwd=ROOT) for command in commands]
        for command, status in [(process.args, process.wait()) for process in running]:
            if status:
                raise subprocess.CalledProcessError(status, command)
    subprocess.run([*installer, "--no-build-isolation", "-e", "."], cwd=ROOT, check=True)


def shares(lock: str, number: int) -> list[str]:
    """The entries of a lock dealt out in so many parts, one after the other."""
    entries = re.split(r"\n(?=\w)", lock.strip())
    return ["\n".join(entries[start::number]) + "\n" for start in range(min(number, len(entries)))]


def own_pip() -> bool:
    """Whether this Python has a pip that can install into another environment."""
    try:
        version = metadata.version("pip")
    except metadata.PackageNotFoundError:
        return False
    return tuple(map(int, re.findall(r"\d+", version)[:2])) >= OLDEST_PIP


def working_uv() -> str | None:
    """Path of uv when there is one that answers."""
    uv = shutil.which("uv")
    if uv is None or subprocess.run([uv, "--version"], capture_output=True, check=False).returncode:
        return None
    return uv


def fingerprint(purpose: str) -> str:
    """Changes when the lock, the description of the project or the Python changes."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {ROOT}".encode())
    for name in (LOCKS[purpose], *DESCRIPTION):
        digest.update((ROOT / name).read_bytes())
    return f"{purpose}:{digest.hexdigest()}"


def say(text: str) -> None:
    """A line for the person at the terminal; standard output stays for what the command prints."""
    print(f"run.py: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
