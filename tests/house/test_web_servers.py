"""deploy/nginx.conf and deploy/Caddyfile in the programs they are for, before a real ``hub serve``, over TLS.

Names stay those of the files; ports, and certificates of an authority made here, are put in their place.
"""

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import select

from hub.config import Config
from hub.db.directory import Installation
from hub.models.sign_in import SignInFailures
from hub.services import lockouts
from tests.shared import ROOT

HUB, CONTENT = "parcours.example.org", "contenu.parcours.example.org"
VISITOR = "127.0.0.2"
FORGED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
START_SECONDS = 60


def program(name: str) -> str:
    """The web server on this machine. Without it the test is left out here; CI installs it."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is missing: .ci/run installs it")
        pytest.skip(f"{name} is not installed: its configuration is only read here")
    return found


def free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One for the hub's name, the content host and each host below it, signed by itself: the visitors trust it."""
    key, now, folder = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC), tmp_path_factory.mktemp("tls")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority of this test's own")])
    names = [x509.DNSName(one) for one in (HUB, CONTENT, f"*.{CONTENT}")]
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    shown, secret = folder / "fullchain.pem", folder / "privkey.pem"
    shown.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return shown, secret


@contextmanager
def started(command: list[str], ports: list[int], log: Path, **environment: str) -> Iterator[None]:
    """A process that listens on ``ports``, ended afterwards."""
    with log.open("wb") as file:
        process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=file, stderr=file)
    try:
        until = time.monotonic() + START_SECONDS
        for port in ports:
            while not answers(port):
                assert process.poll() is None, log.read_text("utf-8", "replace")[-3000:]
                assert time.monotonic() < until, log.read_text("utf-8", "replace")[-3000:]
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def nginx(folder: Path, ports: list[int], files: tuple[Path, Path]) -> list[str]:
    site = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    site = re.sub(r"/etc/letsencrypt/live/[^/]+/fullchain.pem", str(files[0]), site)
    site = re.sub(r"/etc/letsencrypt/live/[^/]+/privkey.pem", str(files[1]), site)
    site = re.sub(r"^ +listen \[::\].*\n", "", site, flags=re.MULTILINE)  # not every machine has IPv6
    site = re.sub(r"listen 443\b", f"listen 127.0.0.1:{ports[0]}", site)
    site = re.sub(r"listen 80\b", f"listen 127.0.0.1:{ports[1]}", site)
    (folder / "site.conf").write_text(site.replace("127.0.0.1:8080", f"127.0.0.1:{ports[2]}"), "utf-8")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; client_body_temp_path {folder}/body; {temporary} include site.conf; }}\n",
        "utf-8",
    )
    return [program("nginx"), "-p", str(folder), "-c", "nginx.conf"]


def caddy(folder: Path, ports: list[int], files: tuple[Path, Path]) -> list[str]:
    site = (ROOT / "deploy" / "Caddyfile").read_text("utf-8")
    # The block of the wildcard, which whoever has such a certificate takes out of its comment.
    site = re.sub(r"^# (\*\..*\{|\}|\t.*)$|^#(\t.*)$", lambda m: m[1] or m[2], site, flags=re.MULTILINE)
    assert f"*.{CONTENT} {{" in site
    site = re.sub(r"^\ttls .*$", "", site, flags=re.MULTILINE)
    tls = f"\ttls {files[0]} {files[1]}\n"
    site = re.sub(r"^(\S.* \{)\n", lambda m: f"{m[1]}\n\tbind 127.0.0.1\n{tls}", site, flags=re.MULTILINE)
    settings = f"{{\n\tadmin off\n\thttps_port {ports[0]}\n\thttp_port {ports[1]}\n}}\n"
    (folder / "Caddyfile").write_text(settings + site.replace("127.0.0.1:8080", f"127.0.0.1:{ports[2]}"), "utf-8")
    return [program("caddy"), "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


class Visitor:
    """Comes from an address of its own and checks the certificate as browsers do."""

    def __init__(self, port: int, authority: Path) -> None:
        self._port, self._context = port, ssl.create_default_context(cafile=str(authority))
        self._cookie = ""

    def ask(self, method: str, host: str, path: str, body: str = "", **headers: str) -> tuple[int, dict[str, str], str]:
        plain = socket.create_connection(("127.0.0.1", self._port), timeout=30, source_address=(VISITOR, 0))
        connection = http.client.HTTPConnection(host)
        connection.sock = self._context.wrap_socket(plain, server_hostname=host)
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Referer": f"https://{HUB}/"} if body else {}
        connection.request(method, path, body or None, {**FORGED, **kind, "Cookie": self._cookie, **headers})
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        connection.close()
        if set_cookie := answer.headers.get("Set-Cookie"):
            self._cookie = set_cookie.partition(";")[0]
        return answer.status, {name.lower(): value for name, value in answer.headers.items()}, text

    def fail_to_sign_in(self, address: str) -> int:
        page = self.ask("GET", HUB, "/sign-in")[2]
        token = page.partition('name="csrf-token" content="')[2].partition('"')[0]
        form = urlencode({"csrf_token": token, "login": f"nobody-{address}", "password": "wrong"})
        return self.ask("POST", HUB, "/sign-in", form, **{"X-Forwarded-For": address})[0]


@pytest.mark.parametrize(("server", "processes"), [(nginx, []), (caddy, ["--processes", "2"])])
def test_a_web_server_with_tls_stands_before_the_hub(
    tmp_path: Path,
    certificate: tuple[Path, Path],
    server: Callable[[Path, list[int], tuple[Path, Path]], list[str]],
    processes: list[str],
) -> None:
    ports = free_ports(3)
    command = server(tmp_path, ports, certificate)
    settings = {"base_url": f"https://{HUB}", "trusted_proxies": 1, "content_host": f"*.{CONTENT}"}
    installation = Installation(Config(data=tmp_path / "data", **settings))
    installation.create_tenant("generateur", "Le Générateur", [HUB])
    environment = {f"HUB_{name.upper()}": str(value) for name, value in settings.items()}
    hub = [sys.executable, "-m", "hub.cli.main", "serve", "--port", str(ports[2]), *processes]
    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    with (
        started(hub, ports[2:], tmp_path / "hub.log", HUB_DATA=str(tmp_path / "data"), **environment),
        started(command, ports[:2], tmp_path / "server.log", **home),
    ):
        come_by(Visitor(ports[0], certificate[0]))
        plainly = http.client.HTTPConnection("127.0.0.1", ports[1], timeout=30)
        plainly.request("GET", "/sign-in", headers={"Host": HUB})
        moved = plainly.getresponse()
        assert (moved.status in (301, 308), moved.headers["Location"]) == (True, f"https://{HUB}/sign-in")
    with installation.tenant("generateur").read() as session:
        counted = session.scalars(select(SignInFailures).where(SignInFailures.kind == "address")).all()
    key = installation.vault.keyed_hash(lockouts.PURPOSE, f"address:{VISITOR}")
    installation.close()
    # Whatever addresses a visitor claims, the tries count on the one it came from.
    assert [(row.key_hash, row.failures) for row in counted] == [(key, 3)]


def come_by(visitor: Visitor) -> None:
    """What a visitor must see, though each of its requests forges the headers that only the web server may set."""
    status, _, ready = visitor.ask("GET", HUB, "/readyz")
    assert (status, '"scheme":"https"' in ready) == (200, True)
    status, headers, page = visitor.ask("GET", HUB, "/sign-in")
    assert (status, "evil.example" in page) == (200, False)
    assert "; Secure" in headers["set-cookie"]
    assert [visitor.fail_to_sign_in(f"203.0.113.{n}") for n in range(3)] == [422] * 3
    # At content hosts the other application answers: no sign-in, no cookie.
    status, headers, _ = visitor.ask("GET", f"lecon.{CONTENT}", "/sign-in")
    assert (status, "set-cookie" in headers) == (404, False)
    # A host that is nobody's gets no page of the hub; what the web server says instead is its own affair.
    assert "csrf-token" not in visitor.ask("GET", HUB, "/sign-in", Host="other.example")[2]
