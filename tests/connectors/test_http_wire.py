"""The HTTP client on real sockets: what only a wire can show (time, cut answers, addresses, TLS)."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.addresses import AddressPolicy
from connectors.errors import AddressRefused, CertificateFault, NotJson, RemoteDown, RemoteSlow, TooLarge
from connectors.http import HttpClient, HttpOptions
from tests.connectors.loopback import serving, speaking

DEVELOPMENT = AddressPolicy(development=True)
PATIENT = HttpOptions(connect_timeout=20.0, read_timeout=20.0, deadline=40.0, retries=0, max_bytes=100_000)
QUICK = replace(PATIENT, read_timeout=0.2, deadline=0.6)  # only where the other side is slow: any is, on a busy machine


def echo(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    start("200 OK", [("Content-Type", "application/json")])
    return [f'{{"host": "{environ["HTTP_HOST"]}"}}'.encode()]


def client(options: HttpOptions = PATIENT, policy: AddressPolicy = DEVELOPMENT) -> HttpClient:
    return HttpClient(options, policy)


def test_localhost_names_reach_loopback_and_keep_their_name() -> None:
    with serving(echo) as port:
        assert client().get_json(f"http://moodle.localhost:{port}/") == {"host": f"moodle.localhost:{port}"}


def test_loopback_is_closed_outside_development() -> None:
    with serving(echo) as port, pytest.raises(AddressRefused):
        client(policy=AddressPolicy(plain_http=True)).get_json(f"http://127.0.0.1:{port}/")


def test_a_name_that_stands_for_loopback_is_refused_when_dialling() -> None:
    policy = AddressPolicy(plain_http=True, resolver=lambda host, port: ["127.0.0.1"])
    with serving(echo) as port, pytest.raises(AddressRefused):
        client(policy=policy).get_json(f"http://partner.example.org:{port}/")


def test_dns_rebinding_gains_nothing() -> None:
    """The name is resolved once for a connection; what it says afterwards is not asked, and a new connection is
    judged anew.
    """
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    policy = AddressPolicy(development=True, resolver=rebinding)
    with serving(echo) as port:
        url = f"http://partner.example.org:{port}/"
        assert client(policy=policy).get_json(url) == {"host": f"partner.example.org:{port}"}
        assert asked == ["partner.example.org"]
        with pytest.raises(AddressRefused):
            client(policy=policy).get_json(url)


def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    policy = AddressPolicy(development=True, resolver=lambda host, port: ["127.0.0.9", "127.0.0.1"])
    with serving(echo) as port:
        assert client(policy=policy).get_json(f"http://partner.example.org:{port}/")["host"].startswith("partner")


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(RemoteDown):
        client().get_json(f"http://127.0.0.1:{port}/")


def test_a_name_that_does_not_resolve() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(RemoteDown, match="the host name is unknown"):
        client(policy=AddressPolicy(resolver=unknown)).get_json("https://nowhere.example.org/")


def test_silence_is_slow() -> None:
    with speaking(lambda connection: time.sleep(0.5)) as port, pytest.raises(RemoteSlow):
        client(QUICK).get_json(f"http://127.0.0.1:{port}/")


def test_a_trickle_is_slow_though_no_single_read_is() -> None:
    def trickle(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(30):
            connection.sendall(b" ")
            time.sleep(0.05)

    with speaking(trickle) as port, pytest.raises(RemoteSlow):
        client(QUICK).get_json(f"http://127.0.0.1:{port}/")


def test_a_trickle_of_headers_is_slow_too() -> None:
    def trickle(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for _ in range(30):
            connection.sendall(b"X-Wait: 1\r\n")
            time.sleep(0.05)

    with speaking(trickle) as port, pytest.raises(RemoteSlow):
        client(QUICK).get_json(f"http://127.0.0.1:{port}/")


def test_kept_connections_are_used_again() -> None:
    connections = 0

    def keep(connection: socket.socket) -> None:
        nonlocal connections
        connections += 1
        asked = b"first"
        while asked:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1")
            asked = connection.recv(65_536)

    with speaking(keep) as port, client() as http:
        for _ in range(3):
            assert http.get_json(f"http://127.0.0.1:{port}/") == 1
    assert connections == 1


def test_an_answer_cut_in_the_middle_is_down() -> None:
    def cut(connection: socket.socket) -> None:
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"half": [1, 2')

    with speaking(cut) as port, pytest.raises(RemoteDown):
        client().get_json(f"http://127.0.0.1:{port}/")


def test_half_a_json_that_claims_to_be_whole() -> None:
    def half(connection: socket.socket) -> None:
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{"half": [1, 2')

    with speaking(half) as port, pytest.raises(NotJson):
        client().get_json(f"http://127.0.0.1:{port}/")


def test_an_endless_answer_is_stopped_at_the_limit() -> None:
    sent = 0

    def endless(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            sent += connection.send(b"x" * 10_000)

    with speaking(endless) as port, pytest.raises(TooLarge):
        client().get_bytes(f"http://127.0.0.1:{port}/")
    assert sent < 20_000_000


def test_a_compressed_bomb_is_measured_unpacked() -> None:
    packed = gzip.compress(b"0" * 50_000_000)

    def bomb(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        start("200 OK", [("Content-Encoding", "gzip")])
        return [packed]

    with serving(bomb) as port, pytest.raises(TooLarge):
        client().get_bytes(f"http://127.0.0.1:{port}/")


def test_chunked_and_compressed_answers_are_whole() -> None:
    body = b"[" + b"1," * 20_000 + b"1]"

    def chunks(connection: socket.socket) -> None:
        packed = gzip.compress(body)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n")
        for at in range(0, len(packed), 7):
            part = packed[at : at + 7]
            connection.sendall(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        connection.sendall(b"0\r\n\r\n")

    with speaking(chunks) as port:
        assert len(client().get_json(f"http://127.0.0.1:{port}/")) == 20_001


def test_no_more_calls_at_once_than_allowed() -> None:
    lock, now, most = threading.Lock(), 0, 0

    def counting(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.03)
        with lock:
            now -= 1
        start("200 OK", [])
        return [b"1"]

    http = HttpClient(HttpOptions(concurrency=2), DEVELOPMENT)
    with serving(counting) as port:
        threads = [threading.Thread(target=http.get_json, args=(f"http://127.0.0.1:{port}/",)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == 2


def test_calls_keep_their_distance() -> None:
    moments: list[float] = []
    http = HttpClient(
        HttpOptions(min_interval=2.0, concurrency=1), DEVELOPMENT, clock=lambda: 100.0, sleep=moments.append
    )
    with serving(echo) as port:
        for _ in range(3):
            http.get_json(f"http://127.0.0.1:{port}/")
    assert moments == [2.0, 4.0]


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A self-signed certificate for ``name`` and its key, in files."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    written, secret = folder / "cert.pem", folder / "key.pem"
    written.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return written, secret


@pytest.mark.parametrize(
    ("asked", "trusted", "works"),
    [
        ("moodle.partner.test", True, True),
        ("other.partner.test", True, False),
        ("moodle.partner.test", False, False),
    ],
)
def test_tls_speaks_of_the_name_though_it_dials_an_address(
    tmp_path: Path, asked: str, trusted: bool, works: bool
) -> None:
    cert, key = certificate(tmp_path, "moodle.partner.test")
    names: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    policy = AddressPolicy(development=True, resolver=lambda host, port: ["127.0.0.1"])
    http = client(HttpOptions(retries=0, ca_bundle=str(cert) if trusted else None), policy)
    with serving(echo, context) as port:
        url = f"https://{asked}:{port}/"
        if works:
            assert http.get_json(url) == {"host": f"{asked}:{port}"}
        else:
            with pytest.raises(CertificateFault, match="self-signed" if not trusted else "Hostname mismatch"):
                http.get_json(url)
    assert names == [asked]
