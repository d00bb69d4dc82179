"""Switching a check off turns its row red: no row passes by luck, and none by another row's check alone."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from lti import parameters, signed
from lti.conformance.platform_double import PlatformDouble
from lti.conformance.rows import Expect, Verdict
from lti.conformance.suites import TOOL_ROWS
from lti.errors import Code
from lti.legacy.launch import LegacyMessage, LegacyTool
from lti.tool import launch as launching
from lti.tool.checks import CHECKS
from lti.tool.launch import LaunchEndpoint
from lti.tool.login import LoginEndpoint
from lti.tool.settings import ToolSettings
from lti.tool.state import LoginState, LoginStates
from tests.lti.tool.conftest import Pair, playing

CLAIM_CHECKS: Mapping[str, set[Code]] = {
    "C3": {Code.VERSION_UNSUPPORTED},
    "C4": {Code.VERSION_UNSUPPORTED},
    "C7": {Code.MESSAGE_EXPIRED, Code.MESSAGE_TOO_OLD},
    "C9": {Code.ROLES_INVALID},
    "C11": {Code.RESOURCE_LINK_INVALID},
    "C12": {Code.SUBJECT_INVALID},
    "R7": {Code.ISSUER_DIFFERENT},
    "R8": {Code.ISSUER_DIFFERENT},
    "R9": {Code.AUDIENCE_WRONG},
    "R10": {Code.AUDIENCE_WRONG},
    "R11": {Code.AUDIENCE_WRONG, Code.AUTHORISED_PARTY_WRONG},
    "R12": {Code.AUTHORISED_PARTY_WRONG},
    "R13": {Code.AUTHORISED_PARTY_WRONG},
    "R16": {Code.EXPIRY_MISSING, Code.MESSAGE_EXPIRED},
    "R17": {Code.ISSUED_AT_MISSING, Code.ISSUED_IN_FUTURE, Code.MESSAGE_TOO_OLD},
    "R18": {Code.ISSUED_IN_FUTURE},
    "R19": {Code.MESSAGE_TOO_OLD},
    "R20": {Code.NONCE_ABSENT, Code.NONCE_UNKNOWN},
    "R21": {Code.NONCE_UNKNOWN},
    "R25": {Code.NONCE_UNKNOWN},
    "R31": {Code.TARGET_INVALID},
    "R32": {Code.ROLES_INVALID},
    "R33": {Code.MESSAGE_TYPE_UNSUPPORTED},
    "R34": {Code.SUBJECT_INVALID},
    "R35": {Code.DEEP_LINKING_INVALID},
    "R36": {Code.DEEP_LINKING_INVALID},
    "R37": {Code.DEEP_LINKING_INVALID},
    "R38": {Code.DEEP_LINKING_INVALID},
}


@pytest.fixture
def fresh() -> Iterator[Pair]:
    with playing() as made:
        yield made


def verdicts(row_id: str, platform: PlatformDouble) -> set[Verdict]:
    return {row.run(platform).verdict for row in TOOL_ROWS if row.id == row_id}


@pytest.mark.parametrize("row_id", CLAIM_CHECKS)
def test_without_its_checks_the_row_is_red(row_id: str, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    left = tuple(check for check in CHECKS if check.code not in CLAIM_CHECKS[row_id])
    monkeypatch.setattr(pair.tool.launch, "_checks", left)
    assert verdicts(row_id, pair.platform) == {Verdict.FAILED}


def test_an_empty_table_accepts_nothing(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pair.tool.launch, "_checks", ())
    assert verdicts("T1", pair.platform) == {Verdict.FAILED}


Mutation = Callable[[Pair, pytest.MonkeyPatch], None]


def _unsigned(pair: Pair, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(launching, "verify_signature", lambda token, key, algorithm: token.claims)


def _any_key(pair: Pair, patch: pytest.MonkeyPatch) -> None:
    _unsigned(pair, patch)
    patch.setattr(LaunchEndpoint, "_key", lambda *_: None)


def _any_header(pair: Pair, patch: pytest.MonkeyPatch) -> None:
    def read(text: str) -> signed.Unverified:
        return signed.Unverified({}, json.loads(_decoded(text.split(".")[1])), text)

    patch.setattr(launching, "read_unverified", read)
    _any_key(pair, patch)


def _decoded(part: str) -> bytes:
    import base64

    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _no_one_time(pair: Pair, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(pair.tool.one_time, "consume", lambda *_: True)


def _any_browser(pair: Pair, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(LaunchEndpoint, "_require_browser", lambda *_: None)


def _any_state(pair: Pair, patch: pytest.MonkeyPatch) -> None:
    last: list[LoginState] = []
    write = LoginStates.write

    def remembering(states: LoginStates, state: LoginState) -> str:
        last.append(state)
        return write(states, state)

    patch.setattr(LoginStates, "write", remembering)
    patch.setattr(LaunchEndpoint, "_read_state", lambda *_: last[-1])


def _any_message(pair: Pair, patch: pytest.MonkeyPatch) -> None:
    issued = {"iss": pair.platform.issuer, "aud": pair.platform.client_id, "sub": "u", "nonce": "n", "iat": time.time()}
    told = pair.platform.claims({}) | issued
    patch.setattr(LaunchEndpoint, "_prove", lambda *_: told)
    patch.setattr(pair.tool.launch, "_checks", CHECKS[:3])
    patch.setattr(launching, "OAUTH_ERRORS", frozenset())
    read = LaunchEndpoint._read
    patch.setattr(LaunchEndpoint, "_read", lambda self, p: {k: v for k, v in read(self, p).items() if k != "error"})


def _any_login(pair: Pair, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(LoginEndpoint, "_registration", lambda *_: pair.tool.platforms.known[0])


def _any_target(pair: Pair, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ToolSettings, "owns", lambda *_: True)


def _keys_for_ever(pair: Pair, patch: pytest.MonkeyPatch) -> None:
    ever: list[Any] = []

    def key_set(*_: object, **__: object) -> dict[str, object]:
        for platform in (pair.platform, pair.platform.other):
            ever.extend(platform.answer.keys if platform else [])
        return {"keys": ever}

    patch.setattr(pair.tool.launch._keys, "key_set", key_set)


def _no_cool_down(pair: Pair, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(pair.tool.launch._keys, "_may_fetch", lambda *_: True)
    # So long that even a busy machine sends the whole flood within a few of them.
    patch.setattr(pair.platform, "tool", replace(pair.platform.tool, cool_down=2.0))


def _no_limit(pair: Pair, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(parameters, "MAX_VALUE", 10_000_000)
    patch.setattr(signed, "MAX_TOKEN", 10_000_000)
    registry = signed._registry

    def generous(algorithms: list[str]) -> Any:
        made = registry(algorithms)
        made.max_payload_length = 10_000_000
        return made

    patch.setattr(signed, "_registry", generous)


def _any_deployment(pair: Pair, patch: pytest.MonkeyPatch) -> None:
    check = LaunchEndpoint.check

    def knowing(self: LaunchEndpoint, *args: Any, **kwargs: Any) -> Any:
        found = check(self, *args, **kwargs)
        return launching.ProvenLaunch(found.registration, found.message, found.state, True)

    patch.setattr(LaunchEndpoint, "check", knowing)


def _any_legacy(pair: Pair, patch: pytest.MonkeyPatch) -> None:
    def believing(self: LegacyTool, url: str, pairs: list[tuple[str, str]]) -> LegacyMessage:
        return LegacyMessage("key", "nonce", datetime.now(UTC), dict(pairs))

    patch.setattr(LegacyTool, "check", believing)
    _no_one_time(pair, patch)


OTHERS: Mapping[str, Mutation] = {
    "C1": _any_key, "C2": _any_key, "R1": _unsigned, "R2": _unsigned, "R3": _any_header, "R4": _any_header,
    "R5": _unsigned, "R6": _any_header, "R14": _any_deployment, "R22": _no_one_time, "R23": _any_browser,
    "R24": _no_one_time, "R26": _any_browser, "R27": _any_state, "R28": _any_state, "R29": _any_message,
    "R30": _any_message, "R40": lambda pair, patch: patch.setattr(LoginEndpoint, "begin", _lenient(pair)),
    "R41": _any_target, "R42": _keys_for_ever, "R43": _no_one_time, "R44": _keys_for_ever, "R45": _no_cool_down,
    "R46": _keys_for_ever, "R47": _no_limit, "R48": _any_legacy, "R50": _any_message,
}  # fmt: skip


def _lenient(pair: Pair) -> Callable[..., Any]:
    begin = LoginEndpoint.begin

    def lenient(self: LoginEndpoint, asked: list[tuple[str, str]], **kwargs: Any) -> Any:
        return begin(self, {"target_link_uri": f"{pair.tool.url}/launch", **dict(asked)}, **kwargs)

    return lenient


@pytest.mark.parametrize("row_id", OTHERS)
def test_without_its_guard_the_row_is_red(row_id: str, fresh: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    OTHERS[row_id](fresh, monkeypatch)
    assert verdicts(row_id, fresh.platform) == {Verdict.FAILED}


@pytest.mark.parametrize("part", range(4))
def test_a_login_that_asks_nothing_is_red(part: int, fresh: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    _any_login(fresh, monkeypatch)
    begin = LoginEndpoint.begin

    def lenient(self: LoginEndpoint, asked: list[tuple[str, str]], **kwargs: Any) -> Any:
        return begin(self, {"login_hint": "u", **dict(asked)}, **kwargs)

    monkeypatch.setattr(LoginEndpoint, "begin", lenient)
    row = [row for row in TOOL_ROWS if row.id == "R39"][part]
    assert row.run(fresh.platform).verdict is Verdict.FAILED


def test_each_refusal_row_has_a_mutation() -> None:
    refusals = {row.id for row in TOOL_ROWS if row.expects is Expect.REFUSE}
    # These lack what a message is read by at all: without their checks the tool falls over, which is red as well.
    needed_to_read = {"C5", "C6", "C8", "C10", "R15"}
    assert refusals - set(CLAIM_CHECKS) - set(OTHERS) - needed_to_read == {"R39"}
