"""A BigBlueButton server: video classes, who is in them, what was recorded. Source: API reference 3.0."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from connectors.bigbluebutton.client import BbbClient, text
from connectors.bigbluebutton.doctor import diagnose
from connectors.capabilities import Capability, Negotiation
from connectors.errors import DataDrift, FunctionMissing, RemoteRejected, Unreadable
from connectors.http import HttpClient
from connectors.meter import Meter
from connectors.records import (
    MeetingGuest,
    MeetingPlan,
    Notice,
    Page,
    RemoteMeeting,
    RemoteRecording,
    RemoteSite,
    Symptom,
)
from connectors.secret import Secret
from content.xml import Element

CALLS = {
    Capability.MEETINGS: "create, join, getMeetingInfo, end, hooks/create",
    Capability.RECORDINGS: "getRecordings",
    Capability.DIAGNOSIS: "getMeetings",
}
AT_ONCE = 100
"""Meetings named in one question for recordings: the address stays below 8 KB."""
EVENTS = "user-joined,user-left,meeting-ended"
HOOKS = "webhooks"


class BbbConnector:
    """One server. ``hooks``: whether it has bbb-webhooks (None: not asked yet)."""

    def __init__(self, client: BbbClient) -> None:
        self._client = client
        self._hooks: bool | None = None

    def __repr__(self) -> str:
        return f"BbbConnector({self._client!r})"

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    @property
    def meter(self) -> Meter:
        """What this connector has cost so far."""
        return self._client.meter

    def negotiate(self) -> Negotiation:
        """Three calls: its version, its meetings (which proves the secret), its hooks."""
        told = self._client.version()
        self._client.call("getMeetings", {})
        self._hooks = self._has_hooks()
        url = self._client.site_url
        release = text(told, "bbbVersion") or text(told, "version")
        features = frozenset({HOOKS} if self._hooks else ())
        account, version = "shared secret", text(told, "apiVersion")
        site = RemoteSite(urlsplit(url).netloc, url, release, version, account, account, features=features)
        return Negotiation(site, frozenset(CALLS), found={"hooks": "yes" if self._hooks else "no"})

    def resume(self, found: Mapping[str, str]) -> None:
        """Take up whether there are hooks."""
        self._hooks = found["hooks"] == "yes" if "hooks" in found else None

    def diagnose(self) -> Iterator[Symptom]:
        """See :func:`connectors.bigbluebutton.doctor.diagnose`."""
        return diagnose(self, self._client)

    def _has_hooks(self) -> bool:
        try:
            self._client.call("hooks/list", {})
        except (FunctionMissing, RemoteRejected, Unreadable):
            return False
        return True

    def open_meeting(self, plan: MeetingPlan) -> None:
        """One call; one more for the hook the first time, where the server has hooks.

        ``create`` is idempotent. Parameters: attendance by ``meta_analytics-callback-url`` with ``meetingKeepEvents``.
        """
        asked = {
            "meetingID": plan.key,
            "name": plan.name[:128],
            "duration": str(max(int(plan.lasts.total_seconds() // 60), 1)),
            "record": _bool(plan.recorded),
            "autoStartRecording": "false",
            "allowStartStopRecording": _bool(plan.recorded),
            "meetingKeepEvents": _bool(bool(plan.told_to)),
            "logoutURL": plan.back_to,
            "meta_analytics-callback-url": plan.told_to,
        }
        answer = self._client.call("create", {name: value for name, value in asked.items() if value})
        if plan.heard_at and text(answer, "messageKey") != "duplicateWarning":
            if self._hooks is None:
                self._hooks = self._has_hooks()
            if self._hooks:
                hook = {"callbackURL": plan.heard_at, "meetingID": plan.key, "eventID": EVENTS}
                self._client.call("hooks/create", hook)

    def entrance(self, key: str, guest: MeetingGuest) -> str:
        """The address of ``join``, for one person in one role; no call."""
        asked = {
            "fullName": guest.name[:128],
            "meetingID": key,
            "role": "MODERATOR" if guest.leads else "VIEWER",
            "userID": guest.id,
            "redirect": "true",
        }
        return self._client.address("join", asked)

    def meeting(self, key: str) -> RemoteMeeting | None:
        """One call."""
        try:
            told = self._client.call("getMeetingInfo", {"meetingID": key})
        except DataDrift:
            return None
        if text(told, "hasBeenForciblyEnded") == "true":
            return None
        present = tuple(sorted({text(one, "userID") for one in told.iterfind("attendees/attendee")} - {""}))
        return RemoteMeeting(
            key, text(told, "internalMeetingID"), text(told, "meetingName"), _millis(told, "startTime"),
            text(told, "recording") == "true", present,
        )  # fmt: skip

    def end_meeting(self, key: str) -> None:
        """One call."""
        try:
            self._client.call("end", {"meetingID": key})
        except DataDrift:
            return

    def recordings(self, keys: Sequence[str]) -> Iterator[Page[RemoteRecording]]:
        """One call for each 100 classes."""
        if not keys:
            yield Page()
        for start in range(0, len(keys), AT_ONCE):
            some = ",".join(keys[start : start + AT_ONCE])
            told = self._client.call("getRecordings", {"meetingID": some, "state": "any"})
            found, notices = [], []
            for one in told.iterfind("recordings/recording"):
                record = _recording(one)
                if record is None:
                    notices.append(Notice("unreadable", "recording", "without an id or a meeting"))
                else:
                    found.append(record)
            yield Page(tuple(found), tuple(notices))


def _recording(element: Element) -> RemoteRecording | None:
    record_id, key = text(element, "recordID"), text(element, "meetingID")
    if not record_id or not key:
        return None
    addresses = {text(one, "type"): text(one, "url") for one in element.iterfind("playback/format")}
    preferred = next((addresses[kind] for kind in ("presentation", "video") if addresses.get(kind)), None)
    url = preferred or next((one for one in addresses.values() if one), None)
    published = text(element, "state") == "published" and url is not None and url.startswith("https://")
    return RemoteRecording(
        record_id, key, text(element, "name"), published, _millis(element, "startTime"), _millis(element, "endTime"),
        url if published else None,
    )  # fmt: skip


def _millis(element: Element, name: str) -> datetime | None:
    """An instant told in milliseconds since 1970; None for 0, nothing or anything else."""
    told = text(element, name)
    if not told.isascii() or not told.isdigit() or int(told) == 0:
        return None
    try:
        return datetime.fromtimestamp(int(told) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _bool(value: bool) -> str:
    return "true" if value else "false"


def connect(settings: Mapping[str, str], http: HttpClient) -> BbbConnector:
    """A connector from cleaned settings (``url``, ``secret``, ``checksum``)."""
    return BbbConnector(BbbClient(settings["url"], Secret(settings["secret"]), settings["checksum"], http))
