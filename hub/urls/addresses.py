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
