"""Which addresses may stand in a registration or a message."""

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from lti.errors import Code, ConfigurationError

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
#: Names that the public DNS never answers for (RFC 6761, RFC 6762, RFC 8375, ICANN's reserved ``internal``), and the
#: one that home routers hand out.
_OWN_NETWORK: Final = ("test", "local", "internal", "lan", "home.arpa")


def is_loopback(host: str) -> bool:
    """Whether the host name is this machine's: ``localhost``, a name below it (RFC 6761), or a loopback address."""
    return host in _LOOPBACK or host.endswith(".localhost")


def is_near(host: str) -> bool:
    """Whether the host is this machine or on the network beside it: a private address, a name of one word (a
    container's), or one below a domain that no stranger can have."""
    if is_loopback(host):
        return True
    try:
        return ip_address(host).is_private
    except ValueError:
        return bool(host) and ("." not in host or host.endswith(tuple(f".{name}" for name in _OWN_NETWORK)))


def require_web_url(url: str, field: str, *, development: bool = False) -> str:
    """Return ``url`` when it is an absolute ``https`` address without user information nor fragment.

    With ``development`` also ``http`` towards this machine and the network beside it. Raises ConfigurationError naming
    ``field``: this is what keeps ``javascript:`` and ``data:`` out of everything a browser is sent to.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ConfigurationError(Code.CONFIGURATION_INVALID, field) from None
    clean = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    scheme_ok = parts.scheme == "https" or (development and parts.scheme == "http" and is_near(host or ""))
    if not (clean and scheme_ok and host) or "@" in parts.netloc or "#" in url:
        raise ConfigurationError(Code.CONFIGURATION_INVALID, field)
    return url


def origin_of(url: str) -> str | None:
    """Scheme, host and port of a web address in lower case, default ports left out; None for anything else
    (``javascript:``, ``data:``, a relative address, one with user information)."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or not url.isprintable():
        return None
    shown = f"[{host}]" if ":" in host else host
    default = 443 if parts.scheme == "https" else 80
    return f"{parts.scheme}://{shown}" if port in (None, default) else f"{parts.scheme}://{shown}:{port}"
