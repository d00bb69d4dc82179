"""Attachments in the request and in the answer, and signed statements (xAPI 1.0.3 Communication 1.5, Data 2.6)."""

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_elliptic_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from flask import Flask
from joserfc import jws
from joserfc.jwk import OctKey, RSAKey

from content.xapi.multipart import SIGNATURE, Content, join, split
from content.xapi.signature import _SIZES
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.services.uploads import referenced
from tests.web.conftest import Clock
from tests.web.xapi_client import Sender, new_sender, statement

TEXT = b"a file\r\n--of bytes \x00\xff"
DIGESTS = {"sha224": hashlib.sha224, "sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}


@pytest.fixture
def sender(app: Flask, installation: Installation, tenant: TenantDatabase, clock: Clock) -> Sender:
    return new_sender(app.test_client(), installation, tenant, clock)


def described(data: bytes = TEXT, hashed: str = "sha256", **more: Any) -> dict[str, Any]:
    found = {"usageType": "https://lms.example/usage", "display": {"fr": "Pièce"}, "contentType": "text/plain"}
    return found | {"length": len(data), "sha2": DIGESTS[hashed](data).hexdigest()} | more


def send(sender: Sender, said: Any, *contents: Content, boundary: str | None = None, body: Any = None) -> Any:
    made, kind = join(orjson.dumps(said).decode(), contents)
    return sender.call(
        "POST", "statements", data=made if body is None else body(made, boundary), content_type=boundary or kind
    )


def content(data: bytes = TEXT, hashed: str = "sha256") -> Content:
    return Content(DIGESTS[hashed](data).hexdigest(), "text/plain", data)


@pytest.mark.parametrize("hashed", DIGESTS)
@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
def test_what_came_along_comes_back(sender: Sender, version: str, hashed: str) -> None:
    sender.version = version
    sid = str(uuid4())
    said = statement(id=sid, attachments=[described(hashed=hashed)])
    assert send(sender, said, content(hashed=hashed)).status_code == 200
    answer = sender.get(statementId=sid, attachments="true")
    parts = split(answer.data, answer.mimetype_params["boundary"])
    assert orjson.loads(parts[0].content)["id"] == sid
    assert (parts[1].content, parts[1].media_type) == (TEXT, "text/plain")
    assert parts[1].headers["x-experience-api-hash"] == DIGESTS[hashed](TEXT).hexdigest()
    assert parts[1].headers["content-transfer-encoding"] == "binary"
    assert sender.get(statementId=sid).mimetype == "application/json"
    several = sender.get(attachments="true")
    assert [p.content for p in split(several.data, several.mimetype_params["boundary"])[1:]] == [TEXT]


def test_the_housekeeping_leaves_the_contents_of_statements(sender: Sender, installation: Installation) -> None:
    assert send(sender, statement(attachments=[described()]), content()).status_code == 200
    with sender.tenant.read() as session:
        kept = referenced(session)
    installation.blobs(sender.tenant.key).remove_unreferenced(kept.__contains__, older_than=-1)
    answer = sender.get(attachments="true")
    assert split(answer.data, answer.mimetype_params["boundary"])[1].content == TEXT


def test_a_hash_alone_opens_no_content_of_another(sender: Sender) -> None:
    assert send(sender, statement(attachments=[described()]), content()).status_code == 200
    sid = str(uuid4())
    claim = statement(id=sid, attachments=[described(fileUrl="https://lms.example/file")])
    assert sender.post(claim).status_code == 200
    answer = sender.get(statementId=sid, attachments="true")
    assert len(split(answer.data, answer.mimetype_params["boundary"])) == 1


def without(name: bytes) -> Callable[[bytes, str | None], bytes]:
    return lambda body, _: b"\r\n".join(line for line in body.split(b"\r\n") if not line.startswith(name))


@pytest.mark.parametrize(
    ("change", "requirement"),
    [
        (without(b"X-Experience-API-Hash"), "XAPI-00132"),
        (without(b"Content-Transfer-Encoding"), "XAPI-00135"),
        (lambda b, _: b.replace(b"binary", b"base64"), "XAPI-00135"),
        (lambda b, _: b.replace(b"a file", b"a FILE"), "XAPI-00132"),
        (lambda b, _: b.replace(b"application/json", b"text/plain"), "XAPI-00134"),
        (lambda b, _: b[:-8], "XAPI-00130"),
        (lambda b, _: b[: len(b) // 2], "XAPI-00130"),
        (lambda b, _: b[b.index(b"}\r\n--") + 3 :], "XAPI-00134"),
        (lambda b, _: b"", "XAPI-00130"),
        (
            lambda b, _: b.replace(b"text/plain", b"application/json").replace(b"X-Experience-API-Hash", b"X"),
            "XAPI-00133",
        ),
    ],
)
def test_a_body_with_a_fault_in_its_parts(sender: Sender, change: Any, requirement: str) -> None:
    made, kind = join(orjson.dumps(statement(attachments=[described()])).decode(), [content()])
    answer = sender.call("POST", "statements", data=change(made, None), content_type=kind)
    assert (answer.status_code, answer.json["requirement"]) == (400, requirement), answer.text
    assert sender.found() == []


def test_parts_and_attachments_match_one_to_one(sender: Sender) -> None:
    missing = send(sender, statement(attachments=[described()]))
    assert missing.json["requirement"] == "XAPI-00129"
    assert missing.json["path"] == "$.attachments[0].fileUrl"
    assert send(sender, statement(), content()).json["requirement"] == "XAPI-00128"
    twice = send(sender, statement(attachments=[described()]), content(), content())
    assert twice.json["requirement"] == "XAPI-00128"
    for kind in ("multipart/mixed", "multipart/mixed; boundary=", "multipart/mixed; boundary=" + "x" * 80):
        answer = sender.call("POST", "statements", data=b"--", content_type=kind)
        assert answer.json["requirement"] == "XAPI-00131"
    assert sender.call("POST", "statements", data={"a": "b"}).json["requirement"] == "XAPI-00127"


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def certificate(key: RSAPrivateKey | EllipticCurvePrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signer")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return base64.b64encode(made.sign(key, SHA256()).public_bytes(Encoding.DER)).decode()


def unknown_certificates(key: RSAPrivateKey) -> list[str]:
    """Of a kind of key, and of a curve, that nobody knows."""
    elliptic = generate_elliptic_key(SECP256R1())
    kinds = ((key, "2a864886f70d010101", "2a864886f70d01017f"), (elliptic, "2a8648ce3d030107", "2a8648ce3d03017f"))
    made = [(base64.b64decode(certificate(one)), *map(bytes.fromhex, oids)) for one, *oids in kinds]
    return [base64.b64encode(der.replace(known, unknown)).decode() for der, known, unknown in made]


def headed(header: bytes, payload: bytes = b"{}") -> bytes:
    """A JWS with these bytes as header, and a signature that is none."""
    return b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in (header, payload, b"x"))


def signed(said: Any, key: RSAPrivateKey, algorithm: str = "RS256", **header: Any) -> bytes:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    payload = said if isinstance(said, bytes) else orjson.dumps(said)
    if algorithm == "HS256":
        return jws.serialize_compact({"alg": algorithm}, payload, OctKey.import_key("x" * 32)).encode()
    registry = jws.JWSRegistry(algorithms=[algorithm])
    registry.max_header_length = _SIZES.max_header_length
    return jws.serialize_compact(
        {"alg": algorithm} | header, payload, RSAKey.import_key(pem), registry=registry
    ).encode()


def send_signed(sender: Sender, said: Any, token: bytes, **more: Any) -> Any:
    attachment = described(token, usageType=SIGNATURE, contentType="application/octet-stream") | more
    return send(sender, said | {"attachments": [attachment]}, content(token))


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
def test_a_signature_with_its_certificate(sender: Sender, key: RSAPrivateKey, algorithm: str) -> None:
    said = statement(id=str(uuid4()), result={"duration": "PT1.239S"})
    token = signed(said, key, algorithm, x5c=[certificate(key)])
    kept = said | {"result": {"duration": "PT1.23S"}}  # beyond 1/100 s nothing is compared (XAPI 2.0 4.2.7)
    assert send_signed(sender, kept, token).status_code == 200
    assert send_signed(sender, statement(), signed(statement(), key, algorithm)).status_code == 200


def test_signatures_that_sign_something_else(sender: Sender, key: RSAPrivateKey) -> None:
    said = statement(id=str(uuid4()))
    other = generate_private_key(65537, 2048)
    cases = {
        "XAPI-00115": [
            *(b"no jws", b"a.b.c", headed(b"[" * 5000), headed(b'"alg"'), headed(b'["alg"]')),
            *(signed(said, key, x5c=["x"]), signed(said, key, x5c=[])),
        ],
        "XAPI-00116": [
            signed(b"{'", key),
            signed({}, key),
            signed(statement("another"), key),
            signed(said | {"id": str(uuid4())}, key),
        ],
        "XAPI-00117": [
            signed(said, key, "HS256"),
            signed(said, key, x5c=[certificate(other)]),
            *(signed(said, key, x5c=[one]) for one in unknown_certificates(key)),
            headed(orjson.dumps({"alg": "RS256", "x5c": [certificate(key)], "crit": 5}), orjson.dumps(said)),
        ],
    }
    for requirement, tokens in cases.items():
        for token in tokens:
            answer = send_signed(sender, said, token)
            assert (answer.status_code, answer.json["requirement"]) == (400, requirement), answer.text
    wrong_type = send_signed(sender, said, signed(said, key), contentType="text/plain")
    assert wrong_type.json["path"] == "$.attachments[0].contentType"
    absent = described(usageType=SIGNATURE, contentType="application/octet-stream", fileUrl="https://lms.example/s")
    assert sender.post(said | {"attachments": [absent]}).json["requirement"] == "XAPI-00115"
