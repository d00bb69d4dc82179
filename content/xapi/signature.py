"""Signed statements: the signature is an attachment, a JWS over the statement as it was before it got the attachment.

Source: xAPI 1.0.3 Data 2.6, RFC 7515. The signer's certificate (header ``x5c``) says which key signed, not who owns it:
that chain is for who reads the statement to judge.
"""

import base64
import binascii
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from content.xapi.canonical import digest, same
from content.xapi.errors import Fault, StatementError, below
from content.xapi.grammar import check
from content.xapi.multipart import SIGNATURE, Content, attachments_of
from content.xapi.parse import load

ALGORITHMS: Final = ("RS256", "RS384", "RS512")
_SIZES = jws.JWSRegistry(algorithms=list(ALGORITHMS))
_SIZES.max_header_length = 64 * 1024  # a header may carry certificates
_SIZES.max_payload_length = 8 * 1024 * 1024
SIGNATURE_TYPE: Final = "application/octet-stream"


def check_signatures(statement: dict[str, Any], path: str, found: dict[str, Content], version: str) -> None:
    """Verify each signature of a statement that passed the grammar; none is fine.

    ``found``: the contents that came along, by hash. Raises StatementError (XAPI-00115, XAPI-00116, XAPI-00117).
    """
    if "attachments" not in statement:
        return
    for where, attachment in attachments_of({**statement, "object": {}}, path):
        if attachment["usageType"] != SIGNATURE:
            continue
        if attachment["contentType"].lower() != SIGNATURE_TYPE:
            raise _bad(below(where, "contentType"), "XAPI-00115", f"a signature is {SIGNATURE_TYPE}")
        content = found.get(attachment["sha2"].lower())
        if content is None:
            raise _bad(where, "XAPI-00115", "a signature comes along in the request, as a part of its own")
        _check(statement, where, content.data, version)


def _check(statement: dict[str, Any], where: str, token: bytes, version: str) -> None:
    try:
        signed = jws.extract_compact(token.strip(), registry=_SIZES)
        header = signed.headers()
        algorithm = header.get("alg")
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError):
        raise _bad(where, "XAPI-00115", "the signature is no JWS in compact form") from None
    if algorithm not in ALGORITHMS:
        raise _bad(where, "XAPI-00117", f"the algorithm of a signature is one of {', '.join(ALGORITHMS)}")
    _check_payload(statement, where, signed.payload, version)
    if "x5c" in header:
        _check_key(where, header["x5c"], signed)


def _check_payload(statement: dict[str, Any], where: str, payload: bytes | None, version: str) -> None:
    try:
        before: Any = load(payload or b"")
        check(before, version)
    except StatementError as error:
        reason = f"the signature is not over a statement: {error.reason} at {error.path}"
        raise _bad(where, "XAPI-00116", reason) from None
    kept = [a for a in statement["attachments"] if a["usageType"] != SIGNATURE]
    unsigned = {key: value for key, value in statement.items() if key != "attachments"}
    unsigned |= {"attachments": kept} if kept else {}
    ids = [s["id"].lower() for s in (before, unsigned) if "id" in s]
    if len(set(ids)) > 1 or not same(digest(before), digest(unsigned)):
        raise _bad(where, "XAPI-00116", "the signature is over another statement")


def _check_key(where: str, chain: object, signed: jws.CompactSignature) -> None:
    try:
        first = chain[0] if isinstance(chain, list) else None
        certificate = x509.load_der_x509_certificate(base64.b64decode(str(first), validate=True))
        key = certificate.public_key()
    except (binascii.Error, ValueError, IndexError):
        raise _bad(where, "XAPI-00115", "the header x5c holds no certificate") from None
    except UnsupportedAlgorithm:
        raise _bad(where, "XAPI-00117", "the certificate holds a key of an unknown kind") from None
    if not isinstance(key, RSAPublicKey):
        raise _bad(where, "XAPI-00117", "the certificate holds no RSA key")
    try:
        verified = jws.validate_compact(signed, RSAKey.import_key(_pem(key)), registry=_SIZES)
    except (JoseError, ValueError, TypeError):  # TypeError: a member of the header, such as crit, of a wrong type
        verified = False
    if not verified:
        raise _bad(where, "XAPI-00117", "the signature does not verify with the key of its certificate")


def _pem(key: RSAPublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _bad(where: str, requirement: str, reason: str) -> StatementError:
    return StatementError(where, requirement, reason, Fault.FORMAT)
