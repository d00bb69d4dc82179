"""The BigBlueButton connector beyond its contract: checksums, faults, the doctor, and what the server posts."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors import errors
from connectors.addresses import AddressPolicy
from connectors.bigbluebutton import DECLARATION, BbbConnector, callbacks
from connectors.bigbluebutton.callbacks import Malformed, NotTheirs
from connectors.bigbluebutton.connector import connect
from connectors.http import HttpClient, HttpOptions
from connectors.records import MeetingGuest, MeetingPlan, SymptomLevel
from tests.connectors.loopback import serving
from tests.fakes.bigbluebutton import SECRET, Bbb, attendee, create_bbb, event, hook, payload, token

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OPTIONS = HttpOptions(retries=0, connect_timeout=5, read_timeout=10, deadline=15)


@pytest.fixture
def bbb() -> Iterator[tuple[Bbb, str]]:
    state = Bbb()
    with serving(create_bbb(state)) as port:
        yield state, f"http://visio.localhost:{port}"


def server(url: str, **settings: str) -> BbbConnector:
    values = DECLARATION.clean({"url": url, "secret": SECRET, "checksum": "sha256", **settings})
    return connect(values, HttpClient(OPTIONS, AddressPolicy(development=True)))


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha512"])
def test_an_entrance_is_signed_as_the_reference_says(algorithm: str) -> None:
    guest = MeetingGuest("p-1", "Émilie & l’été", leads=True)
    address = server("https://v.example/bigbluebutton/api/", checksum=algorithm).entrance("s-1", guest)
    assert address.startswith("https://v.example/bigbluebutton/api/join?")
    query, _, checksum = urlsplit(address).query.rpartition("&checksum=")
    assert checksum == hashlib.new(algorithm, f"join{query}{SECRET}".encode()).hexdigest()
    told = parse_qs(query)
    assert (told["fullName"], told["role"], told["userID"]) == ([guest.name], ["MODERATOR"], ["p-1"])


def test_a_class_is_asked_for_with_its_reports(bbb: tuple[Bbb, str]) -> None:
    state, url = bbb
    plan = MeetingPlan(
        "s-1", "Atelier", timedelta(hours=3), told_to="https://hub.example/t", heard_at="https://hub.example/h"
    )
    connector = server(url)
    connector.open_meeting(plan)
    connector.open_meeting(plan)
    made = state.meetings["s-1"]
    assert (made["duration"], made["record"], made["meetingKeepEvents"]) == ("180", "false", "true")
    assert made["meta_analytics-callback-url"] == "https://hub.example/t"
    assert state.hooks == {"https://hub.example/h": "s-1"}
    assert state.calls == ["create", "hooks/list", "hooks/create", "create"]


def test_a_server_without_hooks_is_served_without(bbb: tuple[Bbb, str]) -> None:
    state, url = bbb
    state.has_hooks = False
    connector = server(url)
    assert connector.negotiate().found == {"hooks": "no"}
    connector.open_meeting(MeetingPlan("s-1", "Atelier", timedelta(hours=1), heard_at="https://hub.example/h"))
    assert state.hooks == {}
    assert [one.code for one in connector.diagnose() if one.level is SymptomLevel.ADVICE] == ["webhooks", "analytics"]


@pytest.mark.parametrize("wrong", [{"secret": "another-secret"}, {"checksum": "sha1"}])
def test_a_wrong_secret_or_checksum_is_told(bbb: tuple[Bbb, str], wrong: dict[str, str]) -> None:
    with pytest.raises(errors.InvalidToken):
        server(bbb[1], **wrong).negotiate()
    (found,) = server(bbb[1], **wrong).diagnose()
    assert (found.level, found.code) == (SymptomLevel.FAULT, "secret")


def test_an_old_server_and_no_server_are_told(bbb: tuple[Bbb, str]) -> None:
    state, url = bbb
    state.release = "2.4-rc-7"
    assert "version" in {one.code for one in server(url).diagnose() if one.level is SymptomLevel.MISSING}
    with pytest.raises(errors.ConfigurationFault):
        server(f"{url}/elsewhere").negotiate()


def at(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def test_presence_is_told_by_person_and_doors_that_overlap_are_one() -> None:
    body = payload(
        "s-1",
        attendee("p-1", (at(0), at(30)), (at(20), at(50)), (at(70), at(90))),
        attendee("p-2", (at(5), at(6)), leads=True),
        attendee("", (at(0), at(90))),
    )
    key, people = callbacks.analytics(body)
    assert key == "s-1"
    told = {one.user_id: (one.leads, one.stays) for one in people}
    assert told == {"p-1": (False, ((at(0), at(50)), (at(70), at(90)))), "p-2": (True, ((at(5), at(6)),))}


def test_without_sessions_joins_and_leaves_are_paired_and_an_open_one_ends_with_the_class() -> None:
    person = {"ext_user_id": "p-1", "moderator": False, "joins": [at(0).isoformat(), at(40).isoformat()],
              "leaves": [at(10).isoformat()]}  # fmt: skip
    _, (found,) = callbacks.analytics(payload("s-1", person, finish=at(60).isoformat()))
    assert found.stays == ((at(0), at(10)), (at(40), at(60)))


def test_a_token_that_holds_has_a_digest() -> None:
    assert callbacks.check_token(token(NOW), SECRET, NOW) == callbacks.check_token(
        token(NOW), SECRET, NOW + timedelta(hours=23)
    )


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer a.b",
        "Bearer é.b.c",
        token(NOW).replace("Bearer", "Basic"),
        token(NOW, secret="another"),
        token(NOW, algorithm="none"),
        token(NOW, algorithm="HS256"),
        token(NOW)[:-4],
        token(NOW - timedelta(days=2)),
        token(NOW + timedelta(days=9)),
        token(NOW, exp=None),
        token(NOW, exp=True),
        token(NOW, exp="9999999999"),
    ],
)
def test_a_token_that_does_not_hold_is_refused(header: str) -> None:
    with pytest.raises(NotTheirs):
        callbacks.check_token(header, SECRET, NOW)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"{", b"\xff", b'{"data": {"attendees": NaN}}', b"[" * 100_000,
        json.dumps({"meeting_id": "s-1", "data": {"attendees": {}}}).encode(),
        json.dumps({"data": {"attendees": []}}).encode(),
        payload("s-1", *({"ext_user_id": "p"} for _ in range(1001))),
        payload("s-1", {"ext_user_id": "p", "sessions": {"w": []}}),
        payload("s-1", {"ext_user_id": "p", "joins": ["x"] * 201}),
    ],
)  # fmt: skip
def test_a_payload_of_another_form_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        callbacks.analytics(body)


def test_a_hook_is_verified_by_its_address_its_body_and_the_secret() -> None:
    address = "https://hub.example/h/1"
    body, checksum = hook(address, NOW, event("user-joined", "s-1", at(1), "p-1"))
    callbacks.check_hook(address, body, checksum, SECRET)
    (found,) = callbacks.hook_events(body, NOW)
    assert (found.kind, found.key, found.at, found.user_id, found.stay) == ("user-joined", "s-1", at(1), "p-1", "w_1")
    plain = "event={}&timestamp=1"
    older = hashlib.sha1(f"{address}{plain}{SECRET}".encode()).hexdigest()
    callbacks.check_hook(address, b"event=%7B%7D&timestamp=1", older, SECRET)
    for wrong in (
        (f"{address}2", body, checksum),
        (address, body + b"0", checksum),
        (address, body, ""),
        (address, body, "0" * 64),
    ):
        with pytest.raises(NotTheirs):
            callbacks.check_hook(*wrong, SECRET)


def test_a_hook_sent_long_ago_is_refused_and_other_events_are_passed_over() -> None:
    body, _ = hook("a", NOW, event("user-emoji-changed", "s-1", at(1), "p-1"), event("meeting-ended", "s-1", at(2)))
    assert [one.kind for one in callbacks.hook_events(body, NOW)] == ["meeting-ended"]
    for moved in (timedelta(days=2), timedelta(hours=-1)):
        with pytest.raises(NotTheirs):
            callbacks.hook_events(body, NOW + moved)


@pytest.mark.parametrize("body", [b"", b"event=%7B&timestamp=1", b"timestamp=x", b"\xff"])
def test_a_hook_of_another_form_is_malformed(body: bytes) -> None:
    with pytest.raises((Malformed, NotTheirs)):
        callbacks.hook_events(body, NOW)


def test_nothing_signed_shows_in_an_error(bbb: tuple[Bbb, str]) -> None:
    connector: Any = server(bbb[1], secret="another-secret-that-is-long")
    with pytest.raises(errors.ConnectorError) as caught:
        connector.end_meeting("s-1")
    assert "checksum=" not in f"{caught.value} {caught.value!r} {caught.value.excerpt}"
