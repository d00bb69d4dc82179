"""Does a connection by LTI work? Step by step, over the network, without changing anything on either side.

Each step says whether it holds, and when not by which stable code; the later ones are tried all the same where they do
not depend on it. No unit of work may be open meanwhile.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from connectors.errors import ConnectorError, RedirectRefused, RemoteRefused
from connectors.http import HttpClient, HttpOptions
from lti import KeyPair, PlatformRegistration, ToolRegistration
from lti.scopes import SCORE
from lti.signed import MIN_RSA_BITS

LIMITS: Final = HttpOptions(connect_timeout=5, read_timeout=8, deadline=12, max_bytes=1_000_000, retries=0)
ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its ``name`` (``keys``, ``login``, ``authorization``, ``token``, ``deployment``), whether it holds,
    the code of its fault and what the other side said."""

    name: str
    holds: bool
    code: str = ""
    detail: str = ""


def try_tool(client: HttpClient, registration: ToolRegistration, issuer: str) -> list[Step]:
    """A tool that the hub, whose issuer is given, opens: its keys can be had, its login knows the hub."""
    return [
        _step("keys", lambda: _keys(client, registration.jwks_uri, registration.jwks)),
        _step("login", lambda: _logs_in(client, registration, issuer)),
    ]


def try_platform(client: HttpClient, registration: PlatformRegistration, key: KeyPair, now: datetime) -> list[Step]:
    """A partner's LMS that opens the hub: its keys, its authorization endpoint, a token for the hub, a deployment."""
    steps = [
        _step("keys", lambda: _keys(client, registration.jwks_uri, registration.jwks)),
        _step("authorization", lambda: _answers(client, registration.authorization_endpoint)),
        _step("token", lambda: _token(client, registration, key, now)),
    ]
    approved = bool(registration.deployment_ids)
    return [*steps, Step("deployment", approved, "" if approved else "no_deployment")]


class _Failed(Exception):
    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def _step(name: str, run: Callable[[], None]) -> Step:
    try:
        run()
    except _Failed as fault:
        return Step(name, False, fault.code, fault.detail)
    except ConnectorError as fault:
        return Step(name, False, fault.code, " · ".join(filter(None, (fault.where, fault.detail, fault.excerpt))))
    return Step(name, True)


def _keys(client: HttpClient, url: str | None, inline: Mapping[str, object] | None) -> None:
    told: Any = inline if inline is not None else client.get_json(url or "")
    listed = told.get("keys") if isinstance(told, dict) else None
    if not isinstance(listed, list) or not listed:
        raise _Failed("no_keys")
    if not any(isinstance(key, dict) and key.get("kty") in ("RSA", "EC") and key.get("kid") for key in listed):
        raise _Failed("no_usable_key", f"RSA ≥ {MIN_RSA_BITS}, kid")


def _logs_in(client: HttpClient, registration: ToolRegistration, issuer: str) -> None:
    """Begin a login as a browser would (OpenID Connect Core section 4), for nobody: a tool that knows the hub sends on
    to it, by a redirect or a page. One that does not says so with an error (a Moodle: 404)."""
    form = {
        "iss": issuer,
        "login_hint": "self-test",
        "lti_message_hint": "self-test",
        "target_link_uri": registration.target_link_uri,
        "client_id": registration.client_id,
        "lti_deployment_id": min(registration.deployment_ids),
    }
    try:
        client.post_form(registration.login_initiation_url, form)
    except RedirectRefused as fault:
        if fault.status is None:
            raise
    except ConnectorError as fault:
        if fault.status is not None and fault.status < 500:
            detail = " · ".join(filter(None, (str(fault.status), fault.where, fault.excerpt)))
            raise _Failed("login_refused", detail) from None
        raise


def _answers(client: HttpClient, url: str) -> None:
    """Without parameters a login must refuse; what counts is that something is there and answers."""
    try:
        client.get_bytes(url)
    except RemoteRefused:
        return
    except ConnectorError as fault:
        if fault.status is None or fault.status >= 500 or fault.status == 404:
            raise


def _token(client: HttpClient, registration: PlatformRegistration, key: KeyPair, now: datetime) -> None:
    if registration.token_endpoint is None:
        raise _Failed("no_token_endpoint")
    claims = {
        "iss": registration.client_id,
        "sub": registration.client_id,
        "aud": registration.token_audience or registration.token_endpoint,
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(minutes=1)).timestamp()),
        "jti": secrets.token_urlsafe(24),
    }
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION,
        "client_assertion": key.sign(claims),
        "scope": SCORE,
    }
    said = client.post_form(registration.token_endpoint, form).json()
    if not isinstance(said, dict) or not said.get("access_token"):
        raise _Failed("no_token")
