"""What ``hub doctor`` learns by calling, against servers on loopback: certificate, proxy headers, mail, clock."""

import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hub.cli import _online
from hub.config import Config
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.demo.moodle_functions import FUNCTIONS
from hub.models.platforms import Platform
from hub.services import platforms
from hub.services.deliveries import MailServer, set_mail_server
from hub.services.health import Finding
from hub.texts import Translator, speaking
from tests.connectors.loopback import serving
from tests.connectors.loopback import speaking as talking
from tests.services.builders import NOW
from tests.services.sync_place import TOKEN, moodle


def certificate(folder: Path, name: str, days: int) -> tuple[Path, Path]:
    """A certificate of its own authority for ``name`` that ends in ``days``, below nought: ended."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=90))
        .not_valid_after(now + timedelta(days=days, hours=1 if days > 0 else -1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, secret = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    return cert, secret


def ready(scheme: str) -> Callable[..., list[bytes]]:
    """The hub's own ``/readyz`` behind a web server that says, or does not say, that visitors come by https."""

    def app(_environ: Any, start: Any) -> list[bytes]:
        start("200 OK", [("Content-Type", "application/json")])
        return [b'{"scheme": "%s"}' % scheme.encode()]

    return app


CASES = {
    "fine": ("localhost", 60, "https", ["ok", "ok"], "ends in 60 days"),
    "soon": ("localhost", 5, "https", ["warning", "ok"], "ends in 5 days"),
    "expired": ("localhost", -3, "https", ["fault"], "expired 3 days ago"),
    "another name": ("other.test", 60, "https", ["fault"], "another name"),
    "headers missing": ("localhost", 60, "http", ["ok", "fault"], "X-Forwarded-Proto"),
    "nobody's": ("localhost", 60, "https", ["fault"], "no known authority"),
}


@pytest.mark.parametrize("case", list(CASES))
def test_the_doctor_reads_certificate_and_headers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    name, days, scheme, levels, words = CASES[case]
    cert, key = certificate(tmp_path, name, days)
    if case != "nobody's":
        monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    with serving(ready(scheme), context) as port, speaking(Translator("en")):
        config = Config(data=tmp_path, base_url=f"https://localhost:{port}", allow_loopback=True)
        found = list(_online.own_address(config))
    assert [one.level for one in found] == levels
    assert words in " ".join(one.text for one in found)
    assert all(one.remedy for one in found if one.level != "ok")


def test_the_doctor_says_that_nobody_answers(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    config = Config(data=tmp_path, base_url=f"https://localhost:{port}", allow_loopback=True)
    with speaking(Translator("en")):
        (said,) = _online.own_address(config)
    assert (said.level, "does not answer" in said.text) == ("warning", True)


def told(installation: Installation) -> list[Finding]:
    with speaking(Translator("en")):
        return list(_online.online(installation))


@pytest.mark.parametrize("dialect", ["sqlite"])
@pytest.mark.parametrize(("ahead", "level"), [(0, "ok"), (600, "fault"), (-600, "fault")])
def test_the_doctor_compares_the_clock_with_a_partners(
    installation: Installation, tenant: TenantDatabase, ahead: int, level: str
) -> None:
    def answer(connection: socket.socket) -> None:
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=ahead), usegmt=True)
        connection.sendall(f"HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n".encode())

    with talking(answer) as port:
        with tenant.write() as session:
            address = f"http://127.0.0.1:{port}"
            session.add(Platform(name="Moodle", connector="moodle", base_url=address, created_at=NOW))
        (said,) = [one for one in told(installation) if "clock" in one.text]
    assert said.level == level


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_the_doctor_tries_the_mail_server(installation: Installation, tenant: TenantDatabase) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with tenant.write() as session:
        set_mail_server(session, MailServer("127.0.0.1", port, "hub@example.org", "none"))
    (said,) = [one for one in told(installation) if "mail" in one.text]
    assert (said.level, bool(said.remedy)) == ("fault", True)


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_the_doctor_tries_each_partner_as_a_reading_would(installation: Installation, tenant: TenantDatabase) -> None:
    with moodle(learners=2) as double:
        with tenant.write() as session:
            for name, token in (("Campus", TOKEN), ("Annexe", "another-token-altogether-0000000")):
                values = {"url": double.url, "token": token, "report": ""}
                platforms.add(session, platforms.PlatformData(name, "moodle", values), by=None, now=NOW)
            session.add(Platform(name="Vide", connector="moodle", base_url=double.url, created_at=NOW))
            session.add(Platform(name="Fichiers", connector="files", created_at=NOW))
        double.functions = frozenset(FUNCTIONS) - {"gradereport_user_get_grade_items"}
        said = [one for one in told(installation) if "Le Générateur : " in one.text]
    by_name = {name: [one for one in said if f": {name}" in one.text] for name in ("Campus", "Annexe", "Vide")}
    assert [one.level for one in by_name["Campus"]] == ["warning"]
    assert "gradereport_user_get_grade_items" in by_name["Campus"][0].text + by_name["Campus"][0].remedy
    assert [one.level for one in by_name["Annexe"]] == ["fault"]
    assert [one.level for one in by_name["Vide"]] == ["fault"]
    assert not any("Fichiers" in one.text for one in said)
