"""LTI 1.1 in both roles; row R48 part by part. Signatures are compared with oauthlib's own client."""

from collections.abc import Callable
from urllib.parse import parse_qsl

import pytest
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256, SIGNATURE_TYPE_BODY, Client

from lti.errors import Code, LaunchRefused
from lti.legacy import launch as legacy
from lti.legacy.content_items import LegacyItem, answer_selection, ask_selection, read_selection
from lti.legacy.launch import LegacyTool, launch_parameters
from lti.legacy.outcomes import OutcomeCall, OutcomeClient, OutcomeService, failure
from lti.legacy.signature import authorization_header, signed_parameters
from lti.roles import ContextRole
from lti.tool.ports import HttpAnswer
from lti.tool.tokens import RemoteError
from tests.fakes.lti_platform import FixedClock, MemoryOneTimeUse

URL = "https://hub.example.org/lti/in/legacy?a=1&b=x%20y"
KEY, SECRET = "clé-1", "un secret & demi"
TOLD = {"resource_link_id": "link-1", "user_id": "u7", "roles": "Learner,urn:lti:instrole:ims/lis/Student",
        "lis_person_name_full": "Inès Benali", "custom_hub": "x", "vide": ""}  # fmt: skip


class Keys:
    def secret_of(self, consumer_key: str) -> str | None:
        return SECRET if consumer_key == KEY else None


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def tool(clock: FixedClock) -> LegacyTool:
    return LegacyTool(Keys(), clock=clock)


def launched(clock: FixedClock, *, method: str = "HMAC-SHA1", secret: str = SECRET, key: str = KEY, **more: str):
    return launch_parameters(URL, key, secret, {**TOLD, **more}, now=clock(), method=method)


@pytest.mark.parametrize("method", ["HMAC-SHA1", "HMAC-SHA256"])
def test_a_launch_is_accepted_once(method: str, clock: FixedClock, tool: LegacyTool) -> None:
    message = tool.check(URL, launched(clock, method=method))
    assert (message.user_id, message.custom) == ("u7", {"hub": "x"})
    assert message.roles.has(ContextRole.LEARNER)
    assert "Benali" not in repr(message)
    once = MemoryOneTimeUse()
    assert tool.accept(message, once) is message
    with pytest.raises(LaunchRefused):
        tool.accept(tool.check(URL, launched_again(message.parameters)), once)


def launched_again(parameters: object) -> dict[str, str]:
    return dict(parameters)


@pytest.mark.parametrize("method", ["HMAC-SHA1", SIGNATURE_HMAC_SHA256])
def test_what_oauthlibs_client_signs_is_accepted(method: str, clock: FixedClock, tool: LegacyTool) -> None:
    client = Client(
        KEY, client_secret=SECRET, signature_method=method, signature_type=SIGNATURE_TYPE_BODY,
        timestamp=str(int(clock().timestamp())),
    )  # fmt: skip
    told = {"lti_message_type": "basic-lti-launch-request", "lti_version": "LTI-1p0", **TOLD}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    _, _, body = client.sign(URL, "POST", told, headers)
    assert tool.check(URL, parse_qsl(body, keep_blank_values=True)).user_id == "u7"


Change = Callable[[dict[str, str]], object]
REFUSALS: dict[str, tuple[Change, Code]] = {
    "R48-signature": (lambda p: p.update(oauth_signature="AAAA"), Code.JWT_SIGNATURE_INVALID),
    "R48-tampered": (lambda p: p.update(user_id="u8"), Code.JWT_SIGNATURE_INVALID),
    "R48-unknown-key": (lambda p: p.update(oauth_consumer_key="other"), Code.CLIENT_UNKNOWN),
    "R48-no-key": (lambda p: p.pop("oauth_consumer_key"), Code.CLIENT_UNKNOWN),
    "R48-plaintext": (lambda p: p.update(oauth_signature_method="PLAINTEXT"), Code.LEGACY_METHOD_UNSUPPORTED),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_launch_changed_on_its_way_is_refused(name: str, clock: FixedClock, tool: LegacyTool) -> None:
    parameters = launched(clock)
    tool.check(URL, parameters)
    change, code = REFUSALS[name]
    change(parameters)
    with pytest.raises(LaunchRefused) as caught:
        tool.check(URL, parameters)
    assert caught.value.code is code


SIGNED_WRONG: dict[str, tuple[dict[str, str], Code]] = {
    "R48-version": ({"lti_version": "LTI-2p0"}, Code.VERSION_UNSUPPORTED),
    "R48-no-link": ({"resource_link_id": ""}, Code.RESOURCE_LINK_INVALID),
    "R48-message-type": ({"lti_message_type": "ToolProxyRegistrationRequest"}, Code.MESSAGE_TYPE_UNSUPPORTED),
    "R48-user": ({"user_id": "u" * 256}, Code.SUBJECT_INVALID),
    "R48-selection-return": (
        {"lti_message_type": legacy.SELECTION, "content_item_return_url": "javascript:alert(1)"},
        Code.DEEP_LINKING_INVALID,
    ),
}


@pytest.mark.parametrize("name", SIGNED_WRONG)
def test_a_signed_message_that_breaks_the_standard_is_refused(name: str, clock: FixedClock, tool: LegacyTool) -> None:
    more, code = SIGNED_WRONG[name]
    parameters = launched(clock, **more)
    with pytest.raises(LaunchRefused) as caught:
        tool.check(URL, parameters)
    assert caught.value.code is code
    left = tuple(check for check in legacy.CHECKS if check[0] is not code)
    LegacyTool(Keys(), clock=clock, checks=left).check(URL, parameters)  # only that check refuses it


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_old_timestamp_is_refused(minutes: int, clock: FixedClock, tool: LegacyTool) -> None:
    """R48."""
    parameters = launched(clock)
    clock.advance(minutes=minutes)
    with pytest.raises(LaunchRefused) as caught:
        tool.check(URL, parameters)
    assert caught.value.code is Code.MESSAGE_EXPIRED


def test_a_parameter_sent_twice_is_refused(clock: FixedClock, tool: LegacyTool) -> None:
    """R48."""
    pairs = [*launched(clock).items(), ("user_id", "u8")]
    with pytest.raises(LaunchRefused) as caught:
        tool.check(URL, pairs)
    assert caught.value.code is Code.PARAMETER_REPEATED


def test_an_empty_table_accepts_nothing(clock: FixedClock) -> None:
    with pytest.raises(LaunchRefused) as caught:
        LegacyTool(Keys(), clock=clock, checks=()).check(URL, launched(clock))
    assert caught.value.code is Code.NOTHING_CHECKED


class Book:
    def __init__(self) -> None:
        self.results: dict[str, float | None] = {"s<1>": None}

    def replace(self, consumer_key: str, sourcedid: str, share: float) -> bool:
        if sourcedid not in self.results:
            return False
        self.results[sourcedid] = share
        return True

    def read(self, consumer_key: str, sourcedid: str) -> float | None:
        return self.results[sourcedid]

    def delete(self, consumer_key: str, sourcedid: str) -> bool:
        return self.replace(consumer_key, sourcedid, 0) and self.results.update({sourcedid: None}) is None


SERVICE = "https://platform.example/outcomes"


class Wire:
    """Our client speaking to our service; ``change`` meddles with what is sent."""

    def __init__(self, clock: FixedClock) -> None:
        self.service, self.book, self.once = OutcomeService(Keys(), clock=clock), Book(), MemoryOneTimeUse()
        self.sent: list[tuple[dict[str, str], bytes]] = []
        self.change: Callable[[dict[str, str], bytes], tuple[dict[str, str], bytes]] = lambda h, b: (h, b)

    def request(self, method: str, url: str, *, headers: object, body: bytes | None = None, max_bytes: int):
        told = {name.lower(): value for name, value in dict(headers).items()}
        told, sent = self.change(told, body or b"")
        self.sent.append((told, sent))
        try:
            call: OutcomeCall = self.service.check(url, told, sent)
        except LaunchRefused as refused:
            return HttpAnswer(401, {}, failure("", "", refused.code.value))
        return HttpAnswer(200, {}, self.service.answer(call, self.book, self.once))


@pytest.fixture
def wire(clock: FixedClock) -> Wire:
    return Wire(clock)


@pytest.fixture
def client(wire: Wire, clock: FixedClock) -> OutcomeClient:
    return OutcomeClient(wire, KEY, SECRET, clock=clock)


def test_a_result_is_set_read_and_taken_away(wire: Wire, client: OutcomeClient) -> None:
    assert client.read(SERVICE, "s<1>") is None
    client.replace(SERVICE, "s<1>", 0.8333333)
    assert client.read(SERVICE, "s<1>") == 0.8333
    client.delete(SERVICE, "s<1>")
    assert client.read(SERVICE, "s<1>") is None


def test_an_unknown_sourcedid_is_a_failure_that_says_so(client: OutcomeClient) -> None:
    for act in (client.delete, client.read, lambda url, key: client.replace(url, key, 1)):
        with pytest.raises(RemoteError) as caught:
            act(SERVICE, "other")
        assert caught.value.said == "unknown sourcedid"


def test_a_request_to_the_service_works_once(wire: Wire, client: OutcomeClient) -> None:
    client.replace(SERVICE, "s<1>", 0.5)
    headers, body = wire.sent[-1]
    again = wire.request("POST", SERVICE, headers=headers, body=body, max_bytes=0)
    assert b"already used" in again.body


BAD_BODIES = {
    "doctype": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    "no-xml": b"{}",
    "other": b"<imsx_POXEnvelopeRequest><imsx_POXBody><x/></imsx_POXBody></imsx_POXEnvelopeRequest>",
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_body_that_is_no_request_is_refused(name: str, wire: Wire, clock: FixedClock) -> None:
    body = BAD_BODIES[name]
    header = authorization_header(SERVICE, body, KEY, SECRET, now=clock())
    answer = wire.request("POST", SERVICE, headers={"authorization": header}, body=body, max_bytes=0)
    assert answer.status == 401
    assert b"passwd" not in answer.body


@pytest.mark.parametrize("part", ["body", "signature", "header"])
def test_a_request_changed_on_its_way_is_refused(part: str, wire: Wire, client: OutcomeClient) -> None:
    changes = {
        "body": lambda h, b: (h, b.replace(b"0.5000", b"1.0000")),
        "signature": lambda h, b: ({"authorization": h["authorization"].replace("oauth_nonce", "oauth_once")}, b),
        "header": lambda h, b: ({}, b),
    }  # fmt: skip
    wire.change = changes[part]
    with pytest.raises(RemoteError):
        client.replace(SERVICE, "s<1>", 0.5)
    assert wire.book.results == {"s<1>": None}


@pytest.mark.parametrize("score", ["1.5", "-0.1", "nan", "x", ""])
def test_a_score_outside_0_to_1_is_refused(score: str, wire: Wire, client: OutcomeClient, clock: FixedClock) -> None:
    client.replace(SERVICE, "s<1>", 0.5)
    body = wire.sent[-1][1].replace(b"0.5000", score.encode())
    header = authorization_header(SERVICE, body, KEY, SECRET, now=clock())
    assert wire.request("POST", SERVICE, headers={"authorization": header}, body=body, max_bytes=0).status == 401
    assert wire.book.results["s<1>"] == 0.5


PICKER, BACK = "https://tool.example/pick", "https://hub.example.org/picked?x=1"


def test_items_are_picked_from_a_tool_of_lti_1_1(clock: FixedClock) -> None:
    asked = ask_selection(PICKER, KEY, SECRET, BACK, {"user_id": "d1", "roles": "Instructor"}, now=clock(), data="d")
    message = LegacyTool(Keys(), clock=clock).check(PICKER, asked)
    items = [
        LegacyItem("https://tool.example/a", "Équations", custom={"k": "v"}, maximum=20),
        LegacyItem("https://b.example", "B"),
    ]
    url, form = answer_selection(message, items, SECRET, now=clock())
    assert url == BACK
    assert read_selection(BACK, list(form.items()), SECRET, data="d") == tuple(items)
    with pytest.raises(LaunchRefused):
        read_selection(BACK, list(form.items()), SECRET, data="other")
    with pytest.raises(LaunchRefused):
        read_selection(BACK, list({**form, "content_items": "{}"}.items()), SECRET, data="d")


@pytest.mark.parametrize("items", ["7", '{"@graph": 7}', '{"@graph": [{"url": "javascript:alert(1)"}]}', "[" * 5000])
def test_bad_items_are_refused(items: str, clock: FixedClock) -> None:
    told = {"lti_message_type": "ContentItemSelection", "lti_version": "LTI-1p0", "data": "d", "content_items": items}
    form = signed_parameters(BACK, told, KEY, SECRET, now=clock())
    with pytest.raises(LaunchRefused):
        read_selection(BACK, list(form.items()), SECRET, data="d")


def test_two_items_for_a_platform_that_takes_one_are_not_sent(clock: FixedClock) -> None:
    asked = ask_selection(PICKER, KEY, SECRET, BACK, {"accept_multiple": "false"}, now=clock(), data="d")
    message = LegacyTool(Keys(), clock=clock).check(PICKER, asked)
    with pytest.raises(LaunchRefused):
        answer_selection(message, [LegacyItem("https://a.example", "A")] * 2, SECRET, now=clock())
