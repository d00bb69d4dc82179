"""Rows about everything around the claims: signatures, keys, login, state, browsers."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from lti import claims as names
from lti.conformance.browser import Browser
from lti.conformance.platform_double import Attempt, KeyAnswer, PlatformDouble
from lti.conformance.rows import Expect, Finding, Reaction, Row, Verdict, accepted, compared
from lti.conformance.tokens import encoded, part, signed, tampered, without_key_id
from lti.conformance.tool_rows import ToolRow
from lti.keys import KeyPair

Run = Callable[[PlatformDouble], Finding]


def _row(id_: str, clause: str, title: str, run: Run, *, accept: bool = False, policy: bool = False) -> ToolRow:
    return Row(id_, clause, title, Expect.ACCEPT if accept else Expect.REFUSE, run, policy)


def _signed_otherwise(sent: str, token: Callable[[PlatformDouble, dict[str, Any]], str]) -> Run:
    def run(platform: PlatformDouble) -> Finding:
        control = Attempt(platform).send()
        return compared(control, Attempt(platform).send(token=lambda claims: token(platform, claims)), sent)

    return run


def _posted_otherwise(sent: str, form: Callable[[dict[str, str]], object]) -> Run:
    def run(platform: PlatformDouble) -> Finding:
        return compared(Attempt(platform).send(), Attempt(platform).send(form=form), sent)

    return run


def _login_otherwise(sent: str, change: Callable[[dict[str, str]], object]) -> Run:
    def run(platform: PlatformDouble) -> Finding:
        control, changed = Attempt(platform).send(), Attempt(platform)
        change(changed.login)
        return compared(control, changed.send(), sent)

    return run


def _public_key_as_secret(platform: PlatformDouble, claims: dict[str, Any]) -> str:
    secret = json.dumps(dict(platform.key.public.jwk)).encode()
    head = encoded({"alg": "HS256", "kid": platform.key.kid, "typ": "JWT"}, claims)
    return f"{head}.{part(hmac.digest(secret, head.encode(), hashlib.sha256))}"


def _embedded_key(platform: PlatformDouble, claims: dict[str, Any]) -> str:
    other = KeyPair.generate()
    return signed(other, claims, {"kid": platform.key.kid, "jwk": dict(other.public.jwk)})


def _get_login(platform: PlatformDouble) -> Finding:
    both = [Attempt(platform, method=method).send() for method in ("GET", "POST")]
    told = ", ".join(reaction.told for reaction in both)
    return accepted(Reaction(all(r.accepted for r in both), told), "the login by GET, then by POST")


def _without_client(platform: PlatformDouble) -> Finding:
    attempt = Attempt(platform)
    del attempt.login["client_id"]
    return accepted(attempt.send(), "a login without client_id")


def _bare_key(platform: PlatformDouble) -> Finding:
    platform.wait_for_cool_down()
    fresh = KeyPair.generate()
    bare = {name: value for name, value in fresh.public.jwk.items() if name not in ("alg", "use")}
    platform.answer = KeyAnswer([platform.key.public.jwk, bare])
    reaction = Attempt(platform).send(token=fresh.sign)
    platform.serve_keys(platform.key)
    return accepted(reaction, "a message under a key that has neither alg nor use")


def _rotation(platform: PlatformDouble) -> Finding:
    platform.wait_for_cool_down()
    fresh = KeyPair.generate()
    Attempt(platform).send()  # the cache is warm
    platform.serve_keys(fresh, platform.key)
    platform.key = fresh
    return accepted(Attempt(platform).send(), "a message under a new key")


def _withdrawn(platform: PlatformDouble) -> Finding:
    platform.wait_for_cool_down()
    old, fresh = platform.key, KeyPair.generate()
    Attempt(platform).send()  # the tool knows the old key
    platform.serve_keys(fresh)
    platform.key = fresh
    control = Attempt(platform).send()
    return compared(control, Attempt(platform).send(token=old.sign), "a message under a key withdrawn from the set")


def _under(key: KeyPair, kid: str, claims: dict[str, Any]) -> str:
    return signed(key, claims, {"kid": kid})


def _flood(platform: PlatformDouble) -> Finding:
    platform.wait_for_cool_down()
    Attempt(platform).send()
    before, began = platform.answer.asked, time.monotonic()
    reactions = [Attempt(platform).send(token=partial(_under, platform.key, f"unknown-{n}")) for n in range(10)]
    fetched = platform.answer.asked - before
    pause = platform.tool.cool_down
    allowed = 1 + int((time.monotonic() - began) / pause) if pause else 1
    right = fetched <= allowed and not any(r.accepted or r.crashed for r in reactions)
    told = f"{fetched} fetches of keys" if fetched > allowed else "at most one fetch of keys a cool-down"
    return Finding(Verdict.OK if right else Verdict.FAILED, "ten messages under ten unknown keys", told)


def _bad_key_sets(platform: PlatformDouble) -> Finding:
    control = Attempt(platform).send()
    bad = {
        "over 1 MB": KeyAnswer(body=b'{"keys": [' + b" " * 1_100_000 + b"]}"),
        "slow": KeyAnswer(delay=platform.tool.slow),
        "redirecting to a private address": KeyAnswer(
            status=302, body=b"", headers={"Location": "http://169.254.169.254/latest/meta-data"}
        ),
        "not JSON": KeyAnswer(body=b"<html>"),
    }
    told = []
    for name, answer in bad.items():
        platform.wait_for_cool_down()
        fresh = KeyPair.generate()
        platform.answer = answer
        answer.keys = [fresh.public.jwk]
        reaction = Attempt(platform).send(token=fresh.sign)
        if reaction.accepted or reaction.crashed:
            told.append(f"{name}: {reaction.told}")
    platform.serve_keys(platform.key)
    changed = Reaction(bool(told), "; ".join(told) or "refused each time", crashed=False)
    return compared(control, changed, "a key set " + ", ".join(bad))


def _replayed(platform: PlatformDouble) -> Finding:
    attempt = Attempt(platform)
    kept: dict[str, str] = {}
    control = attempt.send(form=lambda form: kept.update(form))
    return compared(control, attempt.post(kept), "the same id_token and state again, in the same browser")


def _other_browser(platform: PlatformDouble) -> Finding:
    other = Attempt(platform)
    other.begin()
    control, changed = Attempt(platform).send(), Attempt(platform).send(browser=other.browser)
    return compared(control, changed, "the answer posted by another browser, which has a login of its own")


def _new_token(platform: PlatformDouble) -> Finding:
    attempt = Attempt(platform)
    control = attempt.send()
    return compared(control, attempt.send(), "a new id_token with the nonce and state of a message already accepted")


def _nonce_of_another(platform: PlatformDouble) -> Finding:
    other = Attempt(platform)
    other.begin()
    control, changed = (
        Attempt(platform).send(),
        Attempt(platform).send(lambda claims: claims.update(nonce=other.request["nonce"])),
    )
    return compared(control, changed, "the nonce of another browser's login")


def _no_cookie(platform: PlatformDouble) -> Finding:
    control, changed = Attempt(platform).send(), Attempt(platform).send(browser=Browser())
    return compared(control, changed, "the answer posted by a browser without the login's cookie")


def _parallel(platform: PlatformDouble) -> Finding:
    attempt = Attempt(platform)
    kept: dict[str, str] = {}
    attempt.begin()
    claims = platform.claims(attempt.request)
    kept.update(id_token=platform.key.sign(claims), state=attempt.request.get("state", ""))
    reactions: list[Reaction] = []
    threads = [threading.Thread(target=lambda: reactions.append(attempt.post(kept))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = sum(reaction.accepted for reaction in reactions)
    told = f"{won} of 2 accepted"
    return Finding(Verdict.OK if won == 1 else Verdict.FAILED, "one id_token in two parallel posts", told)


def _platform_error(platform: PlatformDouble) -> Finding:
    control, attempt = Attempt(platform).send(), Attempt(platform)
    attempt.begin()
    posted = {"error": "login_required", "error_description": "nobody is signed in", "state": attempt.request["state"]}
    return compared(control, attempt.post(posted), "an error in place of the id_token")


def _key_of_another(platform: PlatformDouble) -> Finding:
    if platform.other is None:
        return Finding(Verdict.NOT_RUN, "a message under another platform's key", "give a second registration")
    control, changed = Attempt(platform).send(), Attempt(platform).send(token=platform.other.key.sign)
    return compared(control, changed, "a message under the key of another platform of this tool")


def _browser_only(what: str) -> Run:
    return lambda _: Finding(Verdict.NOT_RUN, what, "needs a browser that runs scripts")


_OC, _SF = "OpenID Connect Core", "Security Framework"

SECURITY: Final[list[ToolRow]] = [
    _row("T16", f"{_SF} 6.4", "a rotated key", _rotation, accept=True),
    _row("R42", f"{_SF} 6.4", "a withdrawn key", _withdrawn),
    _row("T19", "RFC 7517 4.2", "a JWK without alg and use", _bare_key, accept=True),
    _row("T15", f"{_OC} 4; LTI Core 4.1.1", "no client_id", _without_client, accept=True),
    _row("T17", f"{_OC} 4", "login by GET and by POST", _get_login, accept=True),
    _row(
        "T20",
        "OIDC Login with LTI Client Side postMessages",
        "no cookie, the platform's storage",
        _browser_only("a launch in a browser without cookies, with lti_storage_target"),
        accept=True,
    ),
    _row(
        "T21",
        "OIDC Login with LTI Client Side postMessages 4",
        "neither cookie nor storage",
        _browser_only("a launch in a frame without cookies or storage"),
        accept=True,
    ),
    _row(
        "C1",
        f"{_SF} 6.3",
        "no kid",
        _signed_otherwise("a header without kid", lambda p, c: without_key_id(p.key, c)),
    ),
    _row(
        "C2",
        f"{_SF} 6.3",
        "wrong kid",
        _signed_otherwise("a kid that the key set does not hold", lambda p, c: signed(p.key, c, {"kid": "wrong"})),
    ),
    _row(
        "R1",
        "RFC 7515 5.2",
        "bad signature",
        _signed_otherwise(
            "the signature of another key under the right kid",
            lambda p, c: signed(KeyPair.generate(), c, {"kid": p.key.kid}),
        ),
    ),
    _row(
        "R2",
        "RFC 7515 5.2",
        "tampered payload",
        _signed_otherwise(
            "a payload changed after signing", lambda p, c: tampered(p.key.sign(c), {**c, "sub": "user-8"})
        ),
    ),
    _row(
        "R3",
        f"{_SF} 6.1.1",
        "alg none",
        _signed_otherwise("alg none, no signature", lambda p, c: encoded({"alg": "none", "kid": p.key.kid}, c) + "."),
    ),
    _row("R4", f"{_SF} 6.1.1", "HS256", _signed_otherwise("HS256 keyed with the public key", _public_key_as_secret)),
    _row("R5", "RFC 7515 4.1.3", "embedded key", _signed_otherwise("the key in the header (jwk)", _embedded_key)),
    _row(
        "R6",
        f"{_SF} 6.1.1",
        "another RS algorithm",
        _signed_otherwise("RS512 where RS256 was agreed", lambda p, c: signed(p.key, c, {"alg": "RS512"})),
    ),
    _row("R22", f"{_OC} 3.1.3.7", "replayed", _replayed),
    _row("R23", f"{_OC} 3.1.2.1", "another browser", _other_browser),
    _row("R24", f"{_OC} 3.1.3.7", "consumed nonce", _new_token),
    _row("R25", f"{_OC} 15.5.2", "another's nonce", _nonce_of_another),
    _row("R26", f"{_OC} 3.1.2.1", "login CSRF", _no_cookie),
    _row(
        "R27", f"{_OC} 3.1.2.1", "another state", _posted_otherwise("another state", lambda f: f.update(state="other"))
    ),
    _row("R28", f"{_OC} 3.1.2.1", "no state", _posted_otherwise("no state", lambda f: f.pop("state"))),
    _row("R29", "LTI Core 5.1.1.3", "no id_token", _posted_otherwise("no id_token", lambda f: f.pop("id_token"))),
    _row(
        "R30",
        "RFC 7519 7.2",
        "garbage",
        _posted_otherwise("an id_token that is no JWT", lambda f: f.update({"id_token": "not.a.token"})),
    ),
    _row(
        "R39",
        f"{_OC} 4",
        "login: unknown iss",
        _login_otherwise("a login of an unknown iss", lambda login: login.update(iss="https://unknown.example")),
    ),
    _row("R39", f"{_OC} 4", "login: no iss", _login_otherwise("a login without iss", lambda login: login.pop("iss"))),
    _row(
        "R39",
        "LTI Core 5.1.1.1",
        "login: no login_hint",
        _login_otherwise("a login without login_hint", lambda login: login.pop("login_hint")),
    ),
    _row(
        "R39",
        "LTI Core 4.1.1",
        "login: unknown client_id",
        _login_otherwise("a login with an unknown client_id", lambda login: login.update(client_id="unknown")),
    ),
    _row(
        "R40",
        f"{_OC} 4",
        "login: no target_link_uri",
        _login_otherwise("a login without target_link_uri", lambda login: login.pop("target_link_uri")),
    ),
    _row(
        "R41",
        f"{_OC} 4",
        "login: foreign target",
        _login_otherwise(
            "a target_link_uri on a foreign host",
            lambda login: login.update(target_link_uri="https://evil.example/launch"),
        ),
        policy=True,
    ),
    _row("R43", f"{_OC} 3.1.3.7", "two parallel posts", _parallel),
    _row("R45", f"{_OC} 10.1.1", "a flood of unknown keys", _flood),
    _row("R44", f"{_SF} 6.3", "bad key sets", _bad_key_sets),
    _row("R46", f"{_SF} 5.1.3", "another platform's key", _key_of_another),
    _row(
        "R47",
        "RFC 7519 (a limit)",
        "over 64 kB",
        _signed_otherwise("an id_token over 64 kB", lambda p, c: p.key.sign({**c, names.CUSTOM: {"x": "y" * 70_000}})),
    ),
    _row("R50", f"{_OC} 3.1.2.6", "the platform's error", _platform_error),
]
