"""Switching a guard of the platform off turns its row red: no row passes by luck, and none by another row's guard."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from hub.services import lti_ports
from hub.services.gradebook import SqlGradebook
from hub.web.views import lti as view
from lti import claims as names
from lti.conformance.platform_service_rows import LINK
from lti.conformance.rows import Expect, Verdict
from lti.conformance.suites import PLATFORM_ROWS
from lti.conformance.tool_double import ToolDouble
from lti.errors import Code
from lti.platform import ags, assertion, launch, line_items, scores, selection, token
from lti.platform.access import AccessTokens
from lti.platform.hints import Browser, Hints, LaunchNote
from lti.platform.selection import SelectionEndpoint
from lti.ports import AccessGrant
from lti.registration import ToolRegistration
from lti.scopes import SUPPORTED
from lti.signed import Unverified
from tests.lti.tool.test_rows import ids
from tests.web.lti_campus import playing
from tests.web.test_lti_launch import Served, served

__all__ = ["served"]
Patch = pytest.MonkeyPatch
Mutation = Callable[[Patch], None]


def nobody(*_: object, **__: object) -> None:
    """Finds nobody."""


class Everything(frozenset[str]):
    """Holds whatever is looked for."""

    def __contains__(self, _: object) -> bool:
        return True


class Anything(str):
    """Equals whatever it is compared with."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, _: object) -> bool:
        return True

    def __ne__(self, _: object) -> bool:
        return False


def _unasked(*codes: Code) -> Mutation:
    left = tuple(check for check in launch._REQUEST_CHECKS if check[0] not in codes)
    return lambda patch: patch.setattr(launch, "_REQUEST_CHECKS", left)


def _any_redirect(patch: Patch) -> None:
    find = lti_ports.SqlRegistrations.find

    def found(self: Any, client_id: str) -> ToolRegistration | None:
        known = find(self, client_id)
        return known and replace(known, redirect_uris=Everything(known.redirect_uris))

    patch.setattr(lti_ports.SqlRegistrations, "find", found)


def _any_client(patch: Patch) -> None:
    for registrations in (lti_ports.SqlRegistrations, lti_ports.TenantRegistrations):
        find = registrations.find
        patch.setattr(registrations, "find", lambda self, _, find=find: find(self, "tool-1"))


def _any_message_hint(patch: Patch) -> None:
    last: list[LaunchNote] = []
    write = Hints.message_hint

    def remembering(self: Hints, note: LaunchNote, browser: Browser) -> str:
        last.append(note)
        return write(self, note, browser)

    patch.setattr(Hints, "message_hint", remembering)
    patch.setattr(Hints, "read_message_hint", lambda *_: last[-1])


def _any_browser(patch: Patch) -> None:
    last: list[Browser] = []
    browser = view.browser

    def remembered() -> Browser | None:
        found = browser()
        last.extend([found] if found else [])
        return found or last[-1]

    patch.setattr(view, "browser", remembered)


def _again_and_again(patch: Patch) -> None:
    patch.setattr(lti_ports.SqlOneTime, "consume", lambda *_: True)


def _form_with(**changes: str) -> Mutation:
    read = token.single_valued
    return lambda patch: patch.setattr(token, "single_valued", lambda form: {**read(form), **changes})


def _assertion_with(change: Callable[[dict[str, Any], str], object]) -> Mutation:
    check = assertion._check_claims

    def lenient(claims: Mapping[str, Any], registration: Any, audience: str, now: datetime) -> Any:
        told = dict(claims)
        change(told, audience)
        return check(told, registration, audience, now)

    return lambda patch: patch.setattr(assertion, "_check_claims", lenient)


def _unsigned(patch: Patch) -> None:
    patch.setattr(assertion, "tool_key", nobody)
    patch.setattr(assertion, "verify_signature", lambda token, *_: token.claims)


def _body_with(module: Any, change: Callable[[dict[str, Any]], object]) -> Mutation:
    read = module.read_body

    def lenient(model: Any, body: bytes) -> Any:
        told = orjson.loads(body)
        change(told)
        return read(model, orjson.dumps(told))

    return lambda patch: patch.setattr(module, "read_body", lenient)


def _any_bearer(patch: Patch) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    patch.setattr(AccessTokens, "recognise", lambda *_: AccessGrant("digest", "tool-1", SUPPORTED, later))


def _any_user(patch: Patch) -> None:
    known = SqlGradebook._user
    last: list[Any] = []

    def remembered(self: SqlGradebook, sub: str) -> Any:
        found = known(self, sub)
        last.extend([found] if found else [])
        return found or last[-1]

    patch.setattr(SqlGradebook, "_user", remembered)


def _any_media_type(patch: Patch) -> None:
    posting = replace(ags._BELOW_ITEM["scores"]["POST"], media_type=None)
    patch.setitem(ags._BELOW_ITEM["scores"], "POST", posting)


def _response_with(change: Callable[[dict[str, Any], Any, str, Any], object]) -> Mutation:
    check = SelectionEndpoint._check_claims

    def lenient(self: Any, claims: Mapping[str, Any], deployment_id: str, offer: Any) -> None:
        told = dict(claims)
        change(told, self, deployment_id, offer)
        check(self, told, deployment_id, offer)

    return lambda patch: patch.setattr(SelectionEndpoint, "_check_claims", lenient)


def _any_issuer(patch: Patch) -> None:
    read = selection.read_unverified

    def lenient(text: str) -> Unverified:
        told = read(text)
        return Unverified(told.header, {**told.claims, "iss": "tool-1"}, told.text)

    patch.setattr(selection, "read_unverified", lenient)


def _item_with(**members: Any) -> Mutation:
    read = selection.read_item
    return lambda patch: patch.setattr(selection, "read_item", lambda told, accepted: read(told | members, accepted))


def _set(name: str, value: object) -> Callable[..., object]:
    return lambda told, *_: told.__setitem__(name, value)


MUTATIONS: Mapping[str, Mutation] = {
    "P1": _any_redirect, "P1-2": _any_redirect, "P2": _any_redirect, "P3": _any_client,
    "P4": _unasked(Code.NONCE_MISSING, Code.PARAMETER_TOO_LONG), "P5": _unasked(Code.STATE_MISSING),
    "P6": _unasked(Code.RESPONSE_TYPE_UNSUPPORTED), "P7": _unasked(Code.OPENID_SCOPE_MISSING),
    "P8": _unasked(Code.RESPONSE_MODE_UNSUPPORTED), "P8-2": _unasked(Code.RESPONSE_MODE_UNSUPPORTED),
    "P9": _unasked(Code.PROMPT_NOT_NONE),
    "P10": lambda patch: patch.setattr(Hints, "is_login_hint_of", lambda *_: True),
    "P11": _unasked(Code.LOGIN_HINT_MISSING), "P12": _any_message_hint, "P13": _again_and_again, "P14": _any_browser,
    "K1": lambda patch: patch.setattr(assertion, "LEEWAY", timedelta(days=365)), "K2": _unsigned,
    "K3": _form_with(grant_type="client_credentials"),
    "K4": _assertion_with(lambda told, audience: told.update(aud=audience)), "K5": _any_client,
    "K6": _assertion_with(lambda told, _: told.setdefault("exp", told["iat"] + 60)),
    "K7": _assertion_with(lambda told, _: told.setdefault("jti", str(told["iat"]) + "x")),
    "K8": lambda patch: patch.setattr(token, "ASSERTION_TYPE", Anything()), "K9": _again_and_again,
    "K10": lambda patch: patch.setattr(assertion, "MAX_LIFETIME", timedelta(days=36_500)),
    "K11": lambda patch: patch.setattr(token, "_granted_scopes", lambda asked, registration: registration.scopes),
    "K12": lambda patch: patch.setattr(token, "_granted_scopes", lambda asked, _: frozenset(asked.split())),
    "S1": _any_bearer, "S1-2": _any_bearer,
    "S2": _body_with(line_items, lambda told: told.setdefault("label", "x")),
    "S2-2": _body_with(line_items, _set("scoreMaximum", 10)),
    "S2-3": _body_with(line_items, _set("scoreMaximum", 10)),
    "S2-4": lambda patch: patch.setattr(SqlGradebook, "has_resource_link", lambda *_: True),
    "S4": _any_media_type,
    "S4-2": _body_with(scores, lambda told: told.setdefault("timestamp", datetime.now(UTC).isoformat())),
    "S4-3": _body_with(scores, lambda told: told.update(timestamp=datetime.now(UTC).isoformat())),
    "S4-4": lambda patch: patch.setattr(SqlGradebook, "lock_score", nobody),
    "S4-5": _body_with(scores, _set("scoreMaximum", 10)),
    "S4-6": _body_with(scores, lambda told: told.update(scoreGiven=abs(told["scoreGiven"]))),
    "S4-8": _any_user,
    "D1": _response_with(lambda told, endpoint, *_: told.update(aud=endpoint._issuer)), "D2": _any_issuer,
    "D3": _response_with(lambda told, _, deployment, __: told.update({names.DEPLOYMENT_ID: deployment})),
    "D4": _response_with(lambda told, _, deployment, __: told.update({names.DEPLOYMENT_ID: deployment})),
    "D5": _response_with(_set(names.LTI_VERSION, names.VERSION)),
    "D6": lambda patch: patch.setattr(selection, "_nonce", lambda claims: str(claims.get("nonce"))),
    "D7": lambda patch: patch.setattr(
        SelectionEndpoint, "_check_times", lambda *_: datetime.now(UTC) + timedelta(hours=1)
    ),
    "D8": _response_with(_set(names.MESSAGE_TYPE, names.DEEP_LINKING_RESPONSE)),
    "D9": _item_with(type="ltiResourceLink"), "D10": _item_with(url="https://tool.example.org/x"),
    "D11": _again_and_again,
    "D12": _response_with(lambda told, _, __, offer: told.update({names.DEEP_LINKING_DATA: offer.data})),
    "D14": _item_with(**LINK),
}  # fmt: skip


@pytest.fixture
def tool(served: Served) -> Iterator[ToolDouble]:
    with playing(served) as double:
        yield double


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_without_its_guard_each_refusal_row_of_the_platform_is_red(tool: ToolDouble) -> None:
    rows = dict(zip(ids(PLATFORM_ROWS), PLATFORM_ROWS, strict=True))
    assert set(MUTATIONS) == {name for name, row in rows.items() if row.expects is Expect.REFUSE}
    wrong = {}
    for name, mutate in MUTATIONS.items():
        with Patch.context() as patch:
            mutate(patch)
            finding = rows[name].run(tool)
        if finding.verdict is not Verdict.FAILED or finding.came_back.startswith("the unchanged message"):
            wrong[name] = finding
    assert wrong == {}
