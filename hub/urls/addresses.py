"""Absolute addresses of a tenant: the scheme and port of the installation, the tenant's first host name."""

from __future__ import annotations

from urllib.parse import urlsplit

from hub.config import Config


def base_address(config: Config, host: str) -> str:
    """Where a tenant is reached, without a slash at the end: its LTI issuer, and the beginning of every link that is
    sent out."""
    parts = urlsplit(config.base_url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}"


def lti_endpoints(base: str) -> dict[str, str]:
    """Addresses of the platform role, by the names partners ask for."""
    return {
        "issuer": base,
        "authentication": f"{base}/lti/auth",
        "token": f"{base}/lti/token",
        "jwks": f"{base}/lti/jwks",
    }


def line_items(base: str, tool_id: str) -> str:
    """Address of the gradebook container offered to one tool (AGS 2.0 section 3.2)."""
    return f"{base}/lti/services/{tool_id}/lineitems"


def members(base: str, tool_id: str, path_id: str) -> str:
    """Address of the members of a path, offered to one tool (NRPS 2.0 section 3.6.1)."""
    return f"{base}/lti/services/{tool_id}/members/{path_id}"


def registration_endpoints(base: str) -> dict[str, str]:
    """Where tools register themselves: the configuration they read first, and where they post."""
    return {"configuration": f"{base}/lti/openid-configuration", "registration": f"{base}/lti/registrations"}


def selection(base: str, selection_id: str) -> str:
    """Where the browser takes what was picked inside a tool (Deep Linking 2.0, ``deep_link_return_url``)."""
    return f"{base}/lti/selections/{selection_id}"


def html_piece(base: str, resource_id: str) -> str:
    """The page of a piece of HTML that was picked inside a tool."""
    return f"{base}/pieces/{resource_id}"


def join(base: str, token: str) -> str:
    """The address that a partner types into its LMS so that the hub registers itself there as a tool."""
    return f"{base}/lti/join/{token}"


def tool_endpoints(base: str, key: str) -> dict[str, str]:
    """Addresses of the tool role. The login names our registration, because platforms of one issuer may leave their
    client id out."""
    return {"login": f"{base}/lti/login/{key}", "launch": f"{base}/lti/launch", "jwks": f"{base}/lti/jwks"}


def lti_target(base: str, path_id: str, step_id: str = "") -> str:
    """What a partner's link opens: a path, or one step of it."""
    return f"{base}/lti/open/{path_id}" + (f"/{step_id}" if step_id else "")


def legacy_launch(base: str) -> str:
    """Where partners launch into the hub by LTI 1.1."""
    return f"{base}/lti/legacy"


def legacy_outcomes(base: str) -> str:
    """Where tools of LTI 1.1 send the results of what the hub opened (Basic Outcomes)."""
    return f"{base}/lti/outcomes"
