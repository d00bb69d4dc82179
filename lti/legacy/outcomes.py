"""Basic Outcomes of LTI 1.1 in both roles (LTI 1.1.2 section 6; IMS General Web Services, POX binding).

One learner, one number from 0 to 1: replaceResult, readResult, deleteResult. Bodies are XML from strangers, read by the
one hardened parser.
"""

import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Protocol

from content import xml
from content.errors import XmlRefused
from lti.errors import Code, LaunchRefused
from lti.legacy.launch import REPLAY_PURPOSE, WINDOW, LegacyKeys
from lti.legacy.signature import authorization_header, body_hash, read_authorization, require_signature
from lti.ports import Clock, OneTimeUse, system_clock
from lti.tool.ports import Transport
from lti.tool.tokens import RemoteError, send

NAMESPACE: Final = "http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0"
MAX_BODY: Final = 65_536
OPERATIONS: Final = ("replaceResult", "readResult", "deleteResult")
_TYPE: Final = "application/xml"


class OutcomeClient:
    """The tool's side. Every method raises RemoteError."""

    def __init__(self, transport: Transport, key: str, secret: str, *, clock: Clock = system_clock) -> None:
        self._transport = transport
        self._key, self._secret = key, secret
        self._clock = clock

    def replace(self, url: str, sourcedid: str, share: float) -> None:
        """Set the result, 0 to 1."""
        self._call("replaceResult", url, sourcedid, f"{min(max(share, 0.0), 1.0):.4f}")

    def read(self, url: str, sourcedid: str) -> float | None:
        """The result that stands, None where there is none."""
        answer = self._call("readResult", url, sourcedid, None)
        found = next(xml.descendants(answer, "textString"), None)
        text = xml.text(found)
        return _share(text) if text else None

    def delete(self, url: str, sourcedid: str) -> None:
        """Take the result away."""
        self._call("deleteResult", url, sourcedid, None)

    def _call(self, operation: str, url: str, sourcedid: str, score: str | None) -> xml.Element:
        body = _request(operation, sourcedid, score)
        header = authorization_header(url, body, self._key, self._secret, now=self._clock())
        headers = {"Authorization": header, "Content-Type": _TYPE, "Accept": _TYPE}
        answer = send(self._transport, "POST", url, headers, body, MAX_BODY)
        try:
            root = xml.parse(answer.body, where="outcome", most=MAX_BODY).root
        except XmlRefused:
            raise RemoteError(Code.REMOTE_NOT_UNDERSTOOD, status=answer.status) from None
        status = next(xml.descendants(root, "imsx_codeMajor"), None)
        if xml.text(status).lower() != "success":
            said = xml.text(next(xml.descendants(root, "imsx_description"), None))
            raise RemoteError(Code.REMOTE_REFUSED, status=422, said=said)
        return root


def _request(operation: str, sourcedid: str, score: str | None) -> bytes:
    root = xml.make(f"{{{NAMESPACE}}}imsx_POXEnvelopeRequest", namespaces={"": NAMESPACE})
    info = xml.add(xml.add(root, "imsx_POXHeader"), "imsx_POXRequestHeaderInfo")
    xml.add(info, "imsx_version", "V1.0")
    xml.add(info, "imsx_messageIdentifier", secrets.token_hex(8))
    record = xml.add(xml.add(xml.add(root, "imsx_POXBody"), f"{operation}Request"), "resultRecord")
    xml.add(xml.add(record, "sourcedGUID"), "sourcedId", sourcedid)
    if score is not None:
        value = xml.add(xml.add(record, "result"), "resultScore")
        xml.add(value, "language", "en")
        xml.add(value, "textString", score)
    return xml.write(root)


class Outcomes(Protocol):
    """The platform's results, which the host keeps. ``consumer_key`` is whose launch gave the ``sourcedid``."""

    def replace(self, consumer_key: str, sourcedid: str, share: float) -> bool:
        """Set a result; False for an unknown sourcedid."""
        ...

    def read(self, consumer_key: str, sourcedid: str) -> float | None:
        """The result that stands. Raises LookupError for an unknown sourcedid."""
        ...

    def delete(self, consumer_key: str, sourcedid: str) -> bool:
        """Take a result away; False for an unknown sourcedid."""
        ...


@dataclass(frozen=True, slots=True)
class OutcomeCall:
    """A request whose signature holds. It counts once: after ``OutcomeService.answer``."""

    consumer_key: str
    nonce: str = field(repr=False)
    until: datetime
    operation: str
    message_id: str
    sourcedid: str = field(repr=False)
    share: float | None


class OutcomeService:
    """The platform's side: ``check`` proves a request, ``answer`` applies it in the host's unit of work."""

    def __init__(self, keys: LegacyKeys, *, clock: Clock = system_clock) -> None:
        self._keys = keys
        self._clock = clock

    def check(self, url: str, headers: Mapping[str, str], body: bytes) -> OutcomeCall:
        """The request posted to ``url``; ``headers`` with names in lower case. Raises LaunchRefused: to be answered
        with 401 for a signature, 400 else (see :func:`failure`)."""
        pairs = read_authorization(headers.get("authorization", ""))
        told = dict(pairs)
        if len(told) != len(pairs):
            raise LaunchRefused(Code.PARAMETER_REPEATED)
        key = told.get("oauth_consumer_key", "")
        secret = self._keys.secret_of(key) if key else None
        if secret is None:
            raise LaunchRefused(Code.CLIENT_UNKNOWN)
        require_signature("POST", url, pairs, secret)
        if told.get("oauth_body_hash") != body_hash(body, told["oauth_signature_method"]):
            raise LaunchRefused(Code.JWT_SIGNATURE_INVALID, "oauth_body_hash")
        stamp = told.get("oauth_timestamp", "")
        at = (
            datetime.fromtimestamp(int(stamp), UTC) if stamp.isascii() and stamp.isdigit() and len(stamp) < 12 else None
        )
        if at is None or abs(at - self._clock()) > WINDOW or not told.get("oauth_nonce"):
            raise LaunchRefused(Code.MESSAGE_EXPIRED)
        return _read(body, key, told["oauth_nonce"], at + 2 * WINDOW)

    def answer(self, call: OutcomeCall, outcomes: Outcomes, one_time: OneTimeUse) -> bytes:
        """Apply the request, once, and give the body of the answer."""
        if not one_time.consume(REPLAY_PURPOSE, f"{call.consumer_key} {call.nonce}", call.until):
            return failure(call.operation, call.message_id, "this request was already used")
        known, score = True, None
        if call.operation == "replaceResult" and call.share is not None:
            known = outcomes.replace(call.consumer_key, call.sourcedid, call.share)
        elif call.operation == "deleteResult":
            known = outcomes.delete(call.consumer_key, call.sourcedid)
        else:
            try:
                score = outcomes.read(call.consumer_key, call.sourcedid)
            except LookupError:
                known = False
        if not known:
            return failure(call.operation, call.message_id, "unknown sourcedid")
        return _answer(call.operation, call.message_id, "success", "", score)


def failure(operation: str, message_id: str, why: str) -> bytes:
    """The body of a refusal."""
    return _answer(operation, message_id, "failure", why, None)


def _read(body: bytes, key: str, nonce: str, until: datetime) -> OutcomeCall:
    try:
        root = xml.parse(body, where="outcome", most=MAX_BODY).root
    except XmlRefused:
        raise LaunchRefused(Code.BODY_INVALID) from None
    told = xml.child(root, "imsx_POXBody")
    requests = {} if told is None else {xml.local(one): one for one in xml.children(told)}
    operation = next((name for name in OPERATIONS if f"{name}Request" in requests), None)
    if operation is None:
        raise LaunchRefused(Code.METHOD_NOT_ALLOWED)
    request = requests[f"{operation}Request"]
    sourcedid = xml.text(xml.child(request, "resultRecord", "sourcedGUID", "sourcedId"))
    if not sourcedid:
        raise LaunchRefused(Code.BODY_INVALID, "sourcedId")
    share = None
    if operation == "replaceResult":
        share = _share(xml.text(xml.child(request, "resultRecord", "result", "resultScore", "textString")))
        if share is None:
            raise LaunchRefused(Code.BODY_INVALID, "resultScore")
    message_id = xml.text(next(xml.descendants(root, "imsx_messageIdentifier"), None))[:255]
    return OutcomeCall(key, nonce, until, operation, message_id, sourcedid, share)


def _share(text: str) -> float | None:
    """A decimal from 0 to 1 (section 6.1.1); some platforms write a comma."""
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) and 0 <= value <= 1 else None


def _answer(operation: str, message_id: str, major: str, description: str, score: float | None) -> bytes:
    root = xml.make(f"{{{NAMESPACE}}}imsx_POXEnvelopeResponse", namespaces={"": NAMESPACE})
    info = xml.add(xml.add(root, "imsx_POXHeader"), "imsx_POXResponseHeaderInfo")
    xml.add(info, "imsx_version", "V1.0")
    xml.add(info, "imsx_messageIdentifier", secrets.token_hex(8))
    status = xml.add(info, "imsx_statusInfo")
    xml.add(status, "imsx_codeMajor", major)
    xml.add(status, "imsx_severity", "status")
    xml.add(status, "imsx_description", description)
    xml.add(status, "imsx_messageRefIdentifier", message_id)
    xml.add(status, "imsx_operationRefIdentifier", operation)
    body = xml.add(root, "imsx_POXBody")
    if operation not in OPERATIONS:
        return xml.write(root)
    answer = xml.add(body, f"{operation}Response")
    if operation == "readResult" and major == "success":
        value = xml.add(xml.add(answer, "result"), "resultScore")
        xml.add(value, "language", "en")
        xml.add(value, "textString", "" if score is None else f"{score:.4f}")
    return xml.write(root)
