"""docs/operations.md: every command on the page is run, in the order of the page.

What belongs to the system (apt-get, useradd, systemctl…) is a double that writes down how it was called; the hub, the
shell and the file tools are real, in a root of the test's own.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hub.config import Config
from hub.db.directory import Installation
from hub.models.person import Person
from tests.shared import ROOT

PAGE = ROOT / "docs" / "operations.md"
SYSTEM = ("apt-get", "useradd", "chown", "systemctl")
#: What stands behind a path of the page.
MOVED = ("/var/lib/hub", "/etc/hub", "/srv/hub-backups", "/opt/hub", "/etc/systemd/system", "/etc/caddy")
PRINTED = re.compile(r"^ +((?:[A-Z2-9]{5}-){6}[A-Z2-9]{5})$", re.MULTILINE)
#: What is typed at the questions of ``hub init``; an empty line takes the default.
ANSWERS = (
    *("Le Générateur", "http://hub.localhost:8080", "", "", "Zoé", "Petit", "zoe@example.org", "-"),
    *("{root}/srv/hub-backups", ""),
)


def blocks() -> list[str]:
    """The shell blocks of the page."""
    return re.findall(r"^```sh\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
def server(tmp_path: Path) -> Path:
    """A root of a server to be, with the doubles in ``bin`` and the sources' deploy folder."""
    doubles = tmp_path / "bin"
    doubles.mkdir()
    hub = Path(sys.executable).with_name("hub")
    for name in SYSTEM:
        _script(doubles / name, f'echo "{name} $*" >> {tmp_path}/called')
    _script(doubles / "runuser", 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"')
    _script(doubles / "hub", f'exec {hub} "$@"')
    made = f'mkdir -p "$3/bin"; ln -s {hub} "$3/bin/hub"; cp {doubles}/pip "$3/bin/pip"'
    _script(doubles / "pip", f'echo "pip $*" >> {tmp_path}/called')
    _script(doubles / "python3", f'[ "$1 $2" = "-m venv" ] || exec {sys.executable} "$@"\n{made}')
    for path in MOVED:
        (tmp_path / path.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
    for path in ("etc/systemd/system", "etc/caddy"):
        (tmp_path / path).mkdir(parents=True, exist_ok=True)
    (tmp_path / "deploy").symlink_to(ROOT / "deploy")
    (tmp_path / "tiers_lieu_hub-0.1.0-py3-none-any.whl").touch()
    return tmp_path


def _script(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n", "utf-8")
    path.chmod(0o755)


def shell(server: Path, block: str, typed: str = "", **environment: str) -> str:
    """Run one block as a person would, the paths of the page below the server's root; stops at the first failure."""
    for path in MOVED:
        block = re.sub(rf"(?<![\w/]){re.escape(path)}(?![\w-])", f"{server}{path}", block)
    path_variable = f"{server}/bin:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-e", "-x", "-c", block],
        cwd=server,
        env={**os.environ, "PATH": path_variable, **environment},
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{block}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def test_every_command_of_the_page_works_in_its_order(server: Path) -> None:
    install, recover, places, export, import_, seal, by_hand, disaster, back, upgrade, *rest = blocks()
    assert rest == [], "a new block of the page has to be run here"
    said = shell(server, install, "\n".join((*ANSWERS, "")).format(root=server))
    (passphrase,) = PRINTED.findall(said)
    assert "http://hub.localhost:8080/s/" in said
    called = (server / "called").read_text("utf-8")
    assert "systemctl enable --now hub" in called
    assert (server / "etc/systemd/system/hub.service").exists()
    data = {"HUB_DATA": f"{server}/var/lib/hub"}
    place = re.compile(r"\bgenerateur\b")
    assert "Zoé Petit" in (found := shell(server, place.sub("le_generateur", recover), **data))
    assert found.count("/s/") == 1
    shell(server, by_hand, **data)
    assert "le_generateur" in shell(server, "hub backup --list", **data)
    shell(server, place.sub("le_generateur", back), **data)
    assert "à jour" in shell(server, upgrade, **data)
    said = shell(server, place.sub("le_generateur", export), **data)
    (opens,) = PRINTED.findall(said)
    (server / "passphrase.txt").write_text(opens, "utf-8")
    third = {"HUB_DATA": f"{server}/third", "HUB_BASE_URL": "http://hub.localhost:8080"}
    assert "hub.localhost" in shell(server, place.sub("le_generateur", import_), **third)
    # Another machine: nothing but the folder of the backups and the paper.
    (server / "passphrase.txt").write_text(passphrase.lower(), "utf-8")
    elsewhere = {"HUB_DATA": f"{server}/elsewhere", "HUB_BASE_URL": "http://hub.localhost:8080"}
    assert "le_generateur est restauré" in shell(server, disaster, **elsewhere)
    other = Installation(Config(data=server / "elsewhere"))
    with other.tenant_for_host("hub.localhost").read() as session:
        assert [person.name for person in session.query(Person)] == ["Zoé Petit"]
    other.close()
    assert passphrase not in shell(server, seal, **data)  # a new one
    said = shell(server, places, **data)
    assert "/s/" in said
    assert "loyer impayé" in said
