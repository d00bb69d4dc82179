"""Platforms' public keys, fetched and kept, one entry a registration (RFC 7517 section 5).

An unknown key id leads to at most one request a cool-down, whatever flood of them comes; a platform that cannot be
reached is asked again after a pause, and the keys known before stay good meanwhile.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from lti.errors import KeySetUnavailable
from lti.registration import PlatformRegistration
from lti.tool.ports import Transport, TransportFault

MAX_KEY_SET: Final = 1_048_576


@dataclass
class _Entry:
    keys: Mapping[str, object] | None = None
    fetched_at: float = float("-inf")
    refreshed_at: float = float("-inf")
    failed_at: float = float("-inf")


class CachedPlatformKeys:
    """:class:`lti.tool.ports.PlatformKeys` over a transport. Seconds: ``lifetime`` of a set, ``cool_down`` between
    fetches that unknown key ids cause, ``pause`` after a failure."""

    def __init__(
        self,
        transport: Transport,
        *,
        lifetime: float = 3600.0,
        cool_down: float = 60.0,
        pause: float = 10.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._lifetime, self._cool_down, self._pause = lifetime, cool_down, pause
        self._now = monotonic
        self._entries: dict[tuple[str, str], _Entry] = {}
        self._lock = threading.Lock()

    def key_set(self, registration: PlatformRegistration, *, refresh: bool) -> Mapping[str, object]:
        """The platform's key set. Raises KeySetUnavailable where none was ever had, or the last one is too old."""
        if registration.jwks is not None:
            return registration.jwks
        url = registration.jwks_uri or ""
        with self._lock:
            entry = self._entries.setdefault((registration.key, url), _Entry())
            if not self._may_fetch(entry, refresh):
                return _known(entry)
        try:
            keys = self._fetch(url)
        except KeySetUnavailable:
            entry.failed_at = self._now()
            return _known(entry)
        entry.keys, entry.fetched_at, entry.failed_at = keys, self._now(), float("-inf")
        return keys

    def _may_fetch(self, entry: _Entry, refresh: bool) -> bool:
        now = self._now()
        if now - entry.failed_at < self._pause:
            return False
        if refresh and entry.keys is not None:
            if now - entry.refreshed_at < self._cool_down:
                return False
            entry.refreshed_at = now
            return True
        return entry.keys is None or now - entry.fetched_at >= self._lifetime

    def _fetch(self, url: str) -> Mapping[str, object]:
        try:
            answer = self._transport.request("GET", url, headers={"Accept": "application/json"}, max_bytes=MAX_KEY_SET)
        except TransportFault:
            raise KeySetUnavailable from None
        if answer.status != 200 or len(answer.body) > MAX_KEY_SET:
            raise KeySetUnavailable
        try:
            found = json.loads(answer.body)
        except (ValueError, RecursionError):
            raise KeySetUnavailable from None
        if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
            raise KeySetUnavailable
        return found


def _known(entry: _Entry) -> Mapping[str, object]:
    if entry.keys is None:
        raise KeySetUnavailable
    return entry.keys
