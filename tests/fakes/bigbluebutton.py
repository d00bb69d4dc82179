"""A BigBlueButton server as far as the connector calls it, and what it posts: answers in the documented shapes.

Written by us after the API reference 3.0, ``post_events_analytics_callback.rb`` and bbb-webhooks' events.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from flask import Flask, Response, request

SECRET = "bbb-shared-secret-0123456789abcdef"


@dataclass
class Bbb:
    """What the server holds. ``meetings``: parameters of ``create``; ``recordings``: (id, meeting, state)."""

    meetings: dict[str, dict[str, str]] = field(default_factory=dict)
    recordings: list[tuple[str, str, str]] = field(default_factory=list)
    hooks: dict[str, str] = field(default_factory=dict)
    has_hooks: bool = True
    release: str = "3.0.4"
    algorithms: tuple[str, ...] = ("sha256", "sha512")
    calls: list[str] = field(default_factory=list)


def create_bbb(state: Bbb) -> Flask:
    """A WSGI application that answers as the server that ``state`` describes."""
    app = Flask("bbb_double", static_folder=None)

    @app.get("/bigbluebutton/api")
    def entry() -> Response:
        return _xml(f"<version>2.0</version><apiVersion>2.0</apiVersion><bbbVersion>{state.release}</bbbVersion>")

    @app.get("/bigbluebutton/api/<path:call>")
    def api(call: str) -> Response:
        state.calls.append(call)
        query, _, checksum = request.query_string.decode().rpartition("checksum=")
        query = query.rstrip("&")
        fits = (hashlib.new(it, f"{call}{query}{SECRET}".encode()).hexdigest() for it in state.algorithms)
        if checksum not in set(fits):
            return _failed("checksumError")
        if call.startswith("hooks/") and not state.has_hooks:
            return _failed("unsupportedRequest")
        return _CALLS[call](state, request.args) if call in _CALLS else _failed("unsupportedRequest")

    return app


def _create(state: Bbb, asked: Any) -> Response:
    key = asked["meetingID"]
    again = key in state.meetings
    if not again:
        state.meetings[key] = asked.to_dict()
    said = "<messageKey>duplicateWarning</messageKey>" if again else ""
    return _xml(f"<meetingID>{escape(key)}</meetingID><internalMeetingID>int-{escape(key)}</internalMeetingID>{said}")


def _info(state: Bbb, asked: Any) -> Response:
    found = state.meetings.get(asked["meetingID"])
    if found is None:
        return _failed("notFound")
    return _xml(
        f"<meetingName>{escape(found['name'])}</meetingName><meetingID>{escape(found['meetingID'])}</meetingID>"
        f"<internalMeetingID>int-{escape(found['meetingID'])}</internalMeetingID><running>true</running>"
        "<startTime>1795000000000</startTime><hasBeenForciblyEnded>false</hasBeenForciblyEnded>"
        "<recording>false</recording><attendees/>"
    )


def _end(state: Bbb, asked: Any) -> Response:
    return _failed("notFound") if state.meetings.pop(asked["meetingID"], None) is None else _xml("")


def _recordings(state: Bbb, asked: Any) -> Response:
    wanted = asked["meetingID"].split(",")
    told = "".join(
        f"<recording><recordID>{record}</recordID><meetingID>{key}</meetingID><name>Été</name><state>{said}</state>"
        "<startTime>1795000000000</startTime><endTime>1795003600000</endTime><playback><format>"
        f"<type>presentation</type><url>https://visio.example/playback/{record}</url></format></playback></recording>"
        for record, key, said in state.recordings
        if key in wanted
    )
    return _xml(f"<recordings>{told}</recordings>")


def _hook(state: Bbb, asked: Any) -> Response:
    state.hooks[asked["callbackURL"]] = asked["meetingID"]
    return _xml("<hookID>1</hookID>")


_CALLS: dict[str, Any] = {
    "create": _create,
    "getMeetingInfo": _info,
    "end": _end,
    "getMeetings": lambda state, asked: _xml("<meetings/>"),
    "getRecordings": _recordings,
    "hooks/create": _hook,
    "hooks/list": lambda state, asked: _xml("<hooks/>"),
}


def _xml(inner: str) -> Response:
    return Response(f"<response><returncode>SUCCESS</returncode>{inner}</response>", mimetype="text/xml")


def _failed(key: str) -> Response:
    inner = f"<returncode>FAILED</returncode><messageKey>{key}</messageKey><message>{key}</message>"
    return Response(f"<response>{inner}</response>", mimetype="text/xml")


def token(now: datetime, secret: str = SECRET, algorithm: str = "HS512", **claims: Any) -> str:
    """The Authorization header of an analytics callback."""
    said = {"exp": int(now.timestamp()) + 24 * 3600, **claims}
    head, body = (_part(json.dumps(it).encode()) for it in ({"typ": "JWT", "alg": algorithm}, said))
    made = hmac.digest(secret.encode(), f"{head}.{body}".encode(), hashlib.sha512)
    return f"Bearer {head}.{body}.{_part(made)}"


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def attendee(user_id: str, *stays: tuple[datetime, datetime], leads: bool = False, name: str = "Nom") -> dict[str, Any]:
    """A person of the payload, each stay through a door of its own."""
    doors = {
        f"w_{n}": {
            "joins": [{"timestamp": start.isoformat(timespec="milliseconds"), "userid": f"w_{n}", "event": "join"}],
            "lefts": [{"timestamp": end.isoformat(timespec="milliseconds"), "userid": f"w_{n}", "event": "left"}],
        }
        for n, (start, end) in enumerate(stays)
    }
    return {
        "ext_user_id": user_id, "name": name, "moderator": leads, "sessions": doors,
        "joins": [start.isoformat() for start, _ in stays], "leaves": [end.isoformat() for _, end in stays],
        "duration": sum(int((end - start).total_seconds()) for start, end in stays),
        "recent_talking_time": "", "engagement": {"chats": 1, "talks": 2, "talk_time": 30},
    }  # fmt: skip


def payload(key: str, *attendees: dict[str, Any], **data: Any) -> bytes:
    """The body of an analytics callback."""
    told = {"metadata": {}, "duration": 3600, "attendees": list(attendees), "files": [], "polls": [], **data}
    return json.dumps({"version": "1.0", "meeting_id": key, "internal_meeting_id": f"int-{key}", "data": told}).encode()


def hook(address: str, now: datetime, *events: dict[str, Any], secret: str = SECRET) -> tuple[bytes, str]:
    """Body and checksum of a webhook."""
    sent = {"domain": "visio.example", "event": json.dumps(list(events)), "timestamp": str(int(now.timestamp() * 1000))}
    body = urlencode(sent)
    return body.encode(), hashlib.sha256(f"{address}{body}{secret}".encode()).hexdigest()


def event(kind: str, key: str, at: datetime, user_id: str = "", door: str = "w_1") -> dict[str, Any]:
    """One event as bbb-webhooks maps it."""
    told: dict[str, Any] = {"meeting": {"internal-meeting-id": f"int-{key}", "external-meeting-id": key}}
    if user_id:
        told["user"] = {"internal-user-id": door, "external-user-id": user_id, "name": "Nom", "role": "VIEWER"}
    return {"data": {"type": "event", "id": kind, "attributes": told, "event": {"ts": int(at.timestamp() * 1000)}}}
