"""Rows against a platform: the authentication endpoint (P) and the token endpoint (K)."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from lti.conformance.browser import Browser
from lti.conformance.rows import Expect, Finding, Reaction, Row, Verdict, compared
from lti.conformance.tool_double import Answer, ToolDouble

PlatformRow = Row[ToolDouble]
Changes = Mapping[str, str | None]
OIDC: Final = "OpenID Connect Core 3.1.2.1"
SECURITY: Final = "Security Framework 5.1.1.2"
TOKENS: Final = "Security Framework 4.1"


def _refused(changes: Changes, sent: str) -> Callable[[ToolDouble], Finding]:
    def run(tool: ToolDouble) -> Finding:
        control = tool.authenticate(tool.request())
        request = {name: value for name, value in {**tool.request(), **changes}.items() if value is not None}
        return compared(control, tool.authenticate(request), sent)

    return run


def _row(id_: str, clause: str, title: str, changes: Changes, *, policy: bool = False) -> PlatformRow:
    return Row(id_, clause, title, Expect.REFUSE, _refused(changes, title), policy)


def _replayed(tool: ToolDouble) -> Finding:
    request = tool.request()
    return compared(tool.authenticate(request), tool.authenticate(request), "the same request twice")


def _signed_out(tool: ToolDouble) -> Finding:
    control = tool.authenticate(tool.request())
    return compared(control, tool.authenticate(tool.request(), Browser()), "a browser without a session")


def _tampered(tool: ToolDouble) -> Finding:
    control, request = tool.authenticate(tool.request()), tool.request()
    hint, sent = request.get("lti_message_hint"), "a message hint with one character changed"
    if not hint:
        return Finding(
            Verdict.NOT_RUN, "a message hint with one character changed", "the platform gives no message hint"
        )
    other = "A" if hint[len(hint) // 2] != "A" else "B"
    changed = {**request, "lti_message_hint": hint[: len(hint) // 2] + other + hint[len(hint) // 2 + 1 :]}
    return compared(control, tool.authenticate(changed), sent)


AUTHENTICATION: Final[list[PlatformRow]] = [
    _row("P1", SECURITY, "another redirect_uri", {"redirect_uri": "https://evil.example.com/launch"}),
    _row("P1", SECURITY, "no redirect_uri", {"redirect_uri": None}),
    _row("P2", SECURITY, "redirect_uri javascript:", {"redirect_uri": "javascript:alert(1)"}),
    _row("P3", OIDC, "an unknown client_id", {"client_id": "nobody"}),
    _row("P4", SECURITY, "no nonce", {"nonce": None}),
    _row("P5", OIDC, "no state", {"state": None}, policy=True),
    _row("P6", SECURITY, "response_type code", {"response_type": "code"}),
    _row("P7", SECURITY, "scope without openid", {"scope": "profile"}),
    _row("P8", SECURITY, "no response_mode", {"response_mode": None}),
    _row("P8", SECURITY, "response_mode fragment", {"response_mode": "fragment"}),
    _row("P9", SECURITY, "prompt login", {"prompt": "login"}),
    _row("P10", SECURITY, "login_hint of another user", {"login_hint": "another-user"}),
    _row("P11", SECURITY, "no login_hint", {"login_hint": None}),
    Row("P12", "LTI Core 4.1", "a tampered lti_message_hint", Expect.REFUSE, _tampered),
    Row("P13", "LTI Core 4.1", "the same request twice", Expect.REFUSE, _replayed),
    Row("P14", "OpenID Connect Core 3.1.2.6", "nobody is signed in", Expect.REFUSE, _signed_out),
]


def reaction(answer: Answer) -> Reaction:
    """What a service made of a request."""
    told = answer.json()
    word = str(told.get("error", "")) if isinstance(told, dict) else ""
    return Reaction(200 <= answer.status < 300, f"{answer.status} {word}".strip(), answer.status >= 500)


def _asserts(
    id_: str, clause: str, title: str, change: Callable[[dict[str, Any]], object], *, stranger: bool = False
) -> PlatformRow:
    def run(tool: ToolDouble) -> Finding:
        control = reaction(tool.ask_token(tool.assertion()))
        claims = tool.assertion()
        change(claims)
        return compared(control, reaction(tool.ask_token(claims, tool.stranger if stranger else None)), title)

    return Row(id_, clause, title, Expect.REFUSE, run)


def _asks(id_: str, clause: str, title: str, **changes: str) -> PlatformRow:
    def run(tool: ToolDouble) -> Finding:
        control = reaction(tool.ask_token(tool.assertion()))
        return compared(control, reaction(tool.ask_token(tool.assertion(), changes=changes)), title)

    return Row(id_, clause, title, Expect.REFUSE, run)


def _jti_replayed(tool: ToolDouble) -> Finding:
    claims = tool.assertion()
    return compared(reaction(tool.ask_token(claims)), reaction(tool.ask_token(claims)), "the same assertion twice")


def _not_granted(tool: ToolDouble) -> Finding:
    scope = tool.platform.refused_scope
    if not scope:
        return Finding(Verdict.NOT_RUN, "a scope that was not granted", "no such scope was named")
    control = reaction(tool.ask_token(tool.assertion()))
    return compared(
        control, reaction(tool.ask_token(tool.assertion(), changes={"scope": scope})), "a scope that was not granted"
    )


TOKEN: Final[list[PlatformRow]] = [
    _asserts("K1", "RFC 7523 3", "an expired assertion", lambda c: c.update(iat=c["iat"] - 3600, exp=c["iat"] - 3000)),
    _asserts("K2", "RFC 7523 3", "signed with an unknown key", lambda c: None, stranger=True),
    _asks("K3", "RFC 6749 4.4.2", "grant_type password", grant_type="password"),
    _asserts("K4", "RFC 7523 3", "aud is another server", lambda c: c.update(aud="https://other.example.org/token")),
    _asserts("K5", "RFC 7523 3", "iss and sub are another client", lambda c: c.update(iss="nobody", sub="nobody")),
    _asserts("K6", "RFC 7523 3", "no exp", lambda c: c.pop("exp")),
    _asserts("K7", TOKENS, "no jti", lambda c: c.pop("jti")),
    _asks("K8", "RFC 7523 2.2", "another client_assertion_type", client_assertion_type="urn:example:other"),
    Row("K9", TOKENS, "the same assertion twice", Expect.REFUSE, _jti_replayed),
    _asserts("K10", TOKENS, "an assertion good for ten years", lambda c: c.update(exp=c["exp"] + 315_360_000)),
    _asks("K11", "RFC 6749 5.2", "only unknown scopes", scope="https://example.org/scope/unknown"),
    Row("K12", "RFC 6749 3.3", "a scope not granted to this tool", Expect.REFUSE, _not_granted),
]
