"""What the views of the tool role share: settings, sealed notes in forms, frames, refusals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from cryptography.fernet import InvalidToken
from flask import Response, current_app, request

from connectors.addresses import AddressPolicy
from connectors.http import HttpClient, HttpOptions
from hub.config import Config
from hub.db.directory import normal_host
from hub.db.errors import VaultError
from hub.services.lti_in_ports import HubTransport, TenantPlatforms
from hub.services.lti_platforms import launching_addresses
from hub.urls.addresses import base_address, tool_endpoints
from hub.web.context import here
from hub.web.cookies import framed
from hub.web.render import page
from hub.web.security import loosen
from hub.web.views._lti import base, development, signing_key
from hub.web.views._lti_in_words import advice_of
from hub.web.views._lti_refusals import journal
from lti import LtiError
from lti.tool.key_sets import CachedPlatformKeys
from lti.tool.launch import LaunchEndpoint
from lti.tool.login import LoginEndpoint
from lti.tool.settings import ToolPolicy, ToolSettings
from lti.urls import is_loopback, origin_of

__all__ = ["base", "development", "signing_key"]

BROWSER_COOKIE: Final = "hub-lti"
KEYS: Final = "hub.lti_in.keys"
_KEY_LIMITS = HttpOptions(connect_timeout=4.0, read_timeout=5.0, deadline=8.0, max_redirects=1, retries=0)


def settings() -> ToolSettings:
    """The tool that the hub is towards every platform."""
    where = here()
    origins = {origin_of(base_address(where.installation.config, host)) for host in where.record.hosts}
    return ToolSettings(
        tool_endpoints(base(), "")["launch"],
        where.vault.keyed_hash("lti tool states", where.record.key),
        frozenset(origin for origin in origins if origin),
        policy(where.installation.config),
    )


def policy(config: Config) -> ToolPolicy:
    """The operator's choices where the standards leave some; targets are always our own."""
    oldest = timedelta(minutes=config.lti_oldest_minutes)
    return ToolPolicy(timedelta(seconds=config.lti_clock_seconds), oldest or None, allow_anonymous=config.lti_anonymous)


def login_endpoint() -> LoginEndpoint:
    """Answers login requests at this instant."""
    now = here().now
    return LoginEndpoint(platforms(), settings(), clock=lambda: now)


def launch_endpoint() -> LaunchEndpoint:
    """Receives messages at this instant."""
    now = here().now
    return LaunchEndpoint(platforms(), _keys(), settings(), clock=lambda: now)


def platforms() -> TenantPlatforms:
    """The platforms registered in this place."""
    return TenantPlatforms(here().tenant, development=development())


def _keys() -> CachedPlatformKeys:
    found = current_app.extensions.get(KEYS)
    if not isinstance(found, CachedPlatformKeys):
        client = HttpClient(_KEY_LIMITS, AddressPolicy(development=development()))
        found = CachedPlatformKeys(HubTransport(client))
        current_app.extensions[KEYS] = found
    return found


def may_frame(*addresses: str) -> None:
    """Let the sites of these addresses, which a registration names, show the present answer in a frame."""
    for origin in {origin_of(address) for address in addresses}:
        if origin is not None:
            loosen("frame-ancestors", origin)


def set_browser(response: Response, value: str) -> None:
    """Give the browser the secret that binds logins to it; also within another site's frame."""
    # Browsers take a secure cookie over http from this machine alone. Elsewhere on a developer's network one without
    # SameSite has to do: it comes back with a post within two minutes.
    here_too = development() and is_loopback(normal_host(request.host))
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"]) or here_too
    site = "None" if secure else None
    response.set_cookie(
        BROWSER_COOKIE, value, path="/lti", secure=secure, httponly=True, samesite=site, partitioned=secure
    )


def seal(purpose: str, told: Mapping[str, Any], minutes: int) -> str:
    """A note of ours for a form: nobody reads or changes it, and it ends after some minutes."""
    until = (here().now + timedelta(minutes=minutes)).isoformat()
    text = json.dumps({"purpose": purpose, "place": here().record.key, "until": until, "told": told})
    return here().vault.seal(text).decode()


def unseal(purpose: str, text: str) -> dict[str, Any] | None:
    """What such a note says; None for one that is not ours, of another purpose or place, or too old."""
    where = here()
    try:
        found = json.loads(where.vault.open(text.encode()))
    except (VaultError, InvalidToken, ValueError):
        return None
    if found["purpose"] != purpose or found["place"] != where.record.key or found["until"] < where.now.isoformat():
        return None
    told: dict[str, Any] = found["told"]
    return told


def refuse(error: LtiError, key: str = "", *, back: str | None = None, status: int = 400) -> Response:
    """The page of a refusal: what to do, and a number by which the administrator finds what happened."""
    reference = journal(error, "lti_in.refused", "lti_platform", key)
    if framed():
        # Which platform it came from may be what is wrong. The page says nothing of anybody: any of ours may show it.
        with here().tenant.read() as unit:
            may_frame(*launching_addresses(unit))
    return page("lti_in/refused.html", status, reference=reference, advice=advice_of(error), back=back)
