"""What a BigBlueButton server posts by itself: who was there, when a class is over; who comes and goes, meanwhile.

**Analytics** (``meta_analytics-callback-url``): JSON of ``post_events_analytics_callback.rb``, ``Authorization:
Bearer`` a JWT signed HS512 with the shared secret that says ``exp`` (a day) and nothing else. **Webhooks**
(bbb-webhooks): a form whose checksum, in the query, is the hash of the address, the body and the secret.
"""

import base64
import binascii
import hashlib
import hmac
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from connectors.records import MeetingPresence

MOST_PEOPLE, MOST_STAYS = 1000, 200
LONGEST = timedelta(hours=24)
SKEW = 60.0
"""Seconds by which the server's clock may differ."""
_HASHES = {40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}
JOINED, LEFT, ENDED = "user-joined", "user-left", "meeting-ended"


class NotTheirs(Exception):
    """The signature does not hold, or its time is over."""


class Malformed(Exception):
    """Signed, and yet not of the form that is due; ``args`` name what is wrong, never a value."""


@dataclass(frozen=True)
class Event:
    """Somebody came or went (``user_id``, ``stay`` tells apart two doors of one person), or it ended."""

    kind: str
    key: str
    at: datetime
    user_id: str = ""
    stay: str = ""
    leads: bool = False


def check_token(authorization: str, secret: str, now: datetime) -> str:
    """A digest of the token that an analytics callback carries. Raises :class:`NotTheirs`.

    RFC 7519 and 7515 by the letter: three parts, the algorithm HS512 and no other, ``exp`` there and not passed.
    """
    scheme, _, token = authorization.partition(" ")
    parts = token.strip().split(".")
    if scheme.lower() != "bearer" or len(parts) != 3 or len(token) > 4096:
        raise NotTheirs("a bearer token is due")
    header, claims = _json_part(parts[0]), _json_part(parts[1])
    if header.get("alg") != "HS512" or "crit" in header:
        raise NotTheirs("HS512 is due")
    signed = f"{parts[0]}.{parts[1]}".encode("ascii")
    if not hmac.compare_digest(hmac.digest(secret.encode(), signed, hashlib.sha512), _unpadded(parts[2])):
        raise NotTheirs("the signature does not hold")
    ends = claims.get("exp")
    if isinstance(ends, bool) or not isinstance(ends, int | float) or not math.isfinite(ends):
        raise NotTheirs("exp is due")
    if not now.timestamp() - SKEW <= ends <= now.timestamp() + 2 * LONGEST.total_seconds():
        raise NotTheirs("its time is over, or too far off")
    return hashlib.sha256(token.strip().encode()).hexdigest()


def analytics(body: bytes) -> tuple[str, tuple[MeetingPresence, ...]]:
    """Key of the class, and who was there when. Raises :class:`Malformed`."""
    told = _object(_loads(body), "payload")
    data = _object(told.get("data"), "data")
    attendees = data.get("attendees")
    if not isinstance(attendees, list) or len(attendees) > MOST_PEOPLE:
        raise Malformed("attendees")
    ends = _instant(data.get("finish"))
    found: dict[str, list[tuple[datetime, datetime | None]]] = {}
    leading: set[str] = set()
    for one in attendees:
        person = _object(one, "attendee")
        user_id = _text(person, "ext_user_id", "ext_userid")
        if not user_id:
            continue  # by telephone
        found.setdefault(user_id, []).extend(_stays(person, ends))
        if person.get("moderator") is True:
            leading.add(user_id)
    key = _text(told, "meeting_id")
    if not key:
        raise Malformed("meeting_id")
    presences = (MeetingPresence(who, who in leading, joined(stays)) for who, stays in found.items())
    return key, tuple(presences)


def check_hook(address: str, body: bytes, checksum: str, secret: str) -> None:
    """Verify the checksum of a webhook. ``address``: as it was registered. Raises :class:`NotTheirs`.

    Newer versions hash the body as it is sent, older ones what it means; both are taken, with the secret at the end.
    """
    algorithm = _HASHES.get(len(checksum))
    if algorithm is None:
        raise NotTheirs("a checksum is due")
    plain = "&".join(f"{name}={value}" for name, value in _form(body)).encode()
    for sent in (body, plain):
        expected = hashlib.new(algorithm, address.encode() + sent + secret.encode()).hexdigest()
        if hmac.compare_digest(expected, checksum.lower()):
            return
    raise NotTheirs("the checksum does not hold")


def hook_events(body: bytes, now: datetime) -> tuple[Event, ...]:
    """The events of a webhook, those of no interest left out. Raises :class:`Malformed`, and :class:`NotTheirs` for
    one sent more than a day ago, or ahead of our clock."""
    form = dict(_form(body))
    sent = _instant(form.get("timestamp", ""))
    if sent is None:
        raise Malformed("timestamp")
    if not now - LONGEST <= sent <= now + timedelta(minutes=10):
        raise NotTheirs("sent at another time")
    told = _loads(form.get("event", "").encode())
    several = told if isinstance(told, list) else [told]
    if len(several) > MOST_PEOPLE:
        raise Malformed("events")
    return tuple(event for one in several if (event := _event(one)) is not None)


def joined(stays: list[tuple[datetime, datetime | None]]) -> tuple[tuple[datetime, datetime | None], ...]:
    """Stays in order, those that overlap made one: somebody at two screens is there once."""
    found: list[tuple[datetime, datetime | None]] = []
    for start, end in sorted(stays, key=lambda stay: (stay[0], stay[1] is None, stay[1] or stay[0])):
        if end is not None and end < start:
            continue
        if found and (found[-1][1] is None or start <= found[-1][1]):
            last = found[-1][1]
            found[-1] = (found[-1][0], None if last is None or end is None else max(last, end))
        else:
            found.append((start, end))
    return tuple(found)


def _event(payload: Any) -> Event | None:
    data = _object(_object(payload, "event").get("data"), "data")
    kind = data.get("id")
    if kind not in (JOINED, LEFT, ENDED):
        return None
    attributes = _object(data.get("attributes"), "attributes")
    key = _text(_object(attributes.get("meeting"), "meeting"), "external-meeting-id")
    at = _instant(_object(data.get("event"), "event").get("ts"))
    if not key or at is None:
        raise Malformed("meeting")
    if kind == ENDED:
        return Event(ENDED, key, at)
    user = _object(attributes.get("user"), "user")
    who, stay = _text(user, "external-user-id"), _text(user, "internal-user-id")
    if not who or not stay:
        raise Malformed("user")
    return Event(str(kind), key, at, who, stay, user.get("role") == "MODERATOR")


def _stays(person: Mapping[str, Any], ends: datetime | None) -> list[tuple[datetime, datetime | None]]:
    """From ``sessions`` (per door) where they are told, else from ``joins`` and ``leaves`` in their order."""
    sessions = person.get("sessions")
    if isinstance(sessions, dict) and sessions:
        doors = [
            (_times(_object(one, "session").get("joins")), _times(_object(one, "session").get("lefts")))
            for one in sessions.values()
        ]
    else:
        doors = [(_times(person.get("joins")), _times(person.get("leaves")))]
    found: list[tuple[datetime, datetime | None]] = []
    for starts, stops in doors:
        for number, start in enumerate(starts):
            following = starts[number + 1] if number + 1 < len(starts) else None
            stop = next((it for it in stops if it >= start and (following is None or it <= following)), None)
            found.append((start, stop or following or ends or start))
    if len(found) > MOST_STAYS:
        raise Malformed("stays")
    return [(start, min(stop, start + LONGEST) if stop else None) for start, stop in found]


def _times(value: Any) -> list[datetime]:
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > MOST_STAYS:
        raise Malformed("times")
    told = [_instant(one.get("timestamp") if isinstance(one, dict) else one) for one in value]
    return sorted(it for it in told if it is not None)


def _instant(value: Any) -> datetime | None:
    """Milliseconds since 1970, or ISO 8601 with its offset; None for nothing, and for anything else."""
    try:
        if isinstance(value, str) and not value.isdigit():
            at = datetime.fromisoformat(value)
            return at.astimezone(UTC) if at.tzinfo else None
        if isinstance(value, str | int) and not isinstance(value, bool) and int(value) > 0:
            return datetime.fromtimestamp(int(value) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _object(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Malformed(name)
    return value


def _text(record: Mapping[str, Any], *names: str) -> str:
    value = next((record[name] for name in names if record.get(name)), "")
    return value if isinstance(value, str) and len(value) <= 256 else ""


def _loads(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Malformed("json") from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _form(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        raise Malformed("form") from None


def _json_part(part: str) -> Mapping[str, Any]:
    try:
        found = json.loads(_unpadded(part))
    except (ValueError, RecursionError):
        raise NotTheirs("no token") from None
    if not isinstance(found, dict):
        raise NotTheirs("no token")
    return found


def _unpadded(part: str) -> bytes:
    try:
        return base64.b64decode(part.encode("ascii") + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise NotTheirs("no token") from None
