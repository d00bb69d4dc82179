"""Calls of a BigBlueButton server: ``GET <server>/bigbluebutton/api/<call>?<parameters>&checksum=<hash>``.

The checksum is the hash of call name, query string and shared secret, one after the other (API reference 3.0, "Usage":
SHA-1, 256, 384 or 512, as the server allows). Answers are XML with ``returncode`` SUCCESS or FAILED.
"""

import hashlib
from collections.abc import Mapping
from urllib.parse import urlencode

from connectors.answers import where
from connectors.errors import (
    ConfigurationFault,
    DataDrift,
    FunctionMissing,
    InvalidToken,
    RemoteFailure,
    RemoteRejected,
    Unreadable,
)
from connectors.http import HttpClient
from connectors.meter import Meter
from connectors.secret import Secret
from content.errors import XmlRefused
from content.xml import Element, parse

API = "/bigbluebutton/api"
ALGORITHMS = ("sha256", "sha512", "sha1")
_TOKEN = frozenset({"checksumError"})
_DRIFT = frozenset({"notFound", "invalidMeetingIdentifier", "meetingForciblyEnded"})
_FUNCTION = frozenset({"unsupportedRequest"})


class BbbClient:
    """One server. ``site_url`` may be given with or without ``/bigbluebutton`` and ``/api`` behind it."""

    def __init__(self, site_url: str, secret: Secret, algorithm: str, http: HttpClient) -> None:
        self.site_url = site_url.rstrip("/").removesuffix("/api").removesuffix("/bigbluebutton")
        self._secret, self._algorithm = secret, algorithm
        self._http = http.with_secrets([secret.reveal()])

    def __repr__(self) -> str:
        return f"BbbClient({self.site_url})"

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    @property
    def meter(self) -> Meter:
        """What the calls have cost."""
        return self._http.meter

    def address(self, call: str, parameters: Mapping[str, str]) -> str:
        """The whole address of a call, checksum included: what it allows, whoever has it may do."""
        query = urlencode(parameters)
        signed = f"{call}{query}{self._secret.reveal()}".encode()
        checksum = hashlib.new(self._algorithm, signed).hexdigest()
        return f"{self.site_url}{API}/{call}?{query}{'&' if query else ''}checksum={checksum}"

    def call(self, call: str, parameters: Mapping[str, str]) -> Element:
        """The answer of a call, done again where the network fails: every call of BigBlueButton may be repeated.

        Raises :class:`~connectors.errors.ConnectorError`; DataDrift for a meeting that is not there.
        """
        return self._read(self.address(call, parameters), call)

    def version(self) -> Element:
        """The entry of the API: the only call without checksum."""
        try:
            return self._read(f"{self.site_url}{API}", "version")
        except RemoteRejected as refused:
            if refused.status == 404:
                raise ConfigurationFault("no BigBlueButton here", where=refused.where, status=404) from None
            raise

    def _read(self, url: str, call: str) -> Element:
        answer = self._http.request("GET", url, same_origin=True)
        try:
            root = parse(answer.body, where=answer.where).root
        except XmlRefused as refused:
            raise Unreadable(f"no XML: {refused.code}", where=answer.where, status=answer.status) from None
        code = text(root, "returncode")
        if root.tag != "response" or code not in ("SUCCESS", "FAILED"):
            raise Unreadable("no answer of BigBlueButton", where=answer.where, status=answer.status)
        if code == "FAILED":
            _raise(text(root, "messageKey")[:80], call, where(url))
        return root


def text(element: Element, name: str) -> str:
    """The text of a child; empty when it is not there."""
    return (element.findtext(name) or "").strip()


def _raise(key: str, call: str, at: str) -> None:
    if key in _TOKEN:
        raise InvalidToken(key, where=at)
    if key in _DRIFT:
        raise DataDrift(f"{call}: {key}", where=at)
    if key in _FUNCTION:
        raise FunctionMissing(call, where=at)
    if key == "internalError":
        raise RemoteFailure(key, where=at)
    raise RemoteRejected(f"{call}: {key}", where=at)
