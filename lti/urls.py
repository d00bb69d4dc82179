"""Which addresses may stand in a registration or a message."""

from urllib.parse import urlsplit

from lti.errors import Code, ConfigurationError

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def is_loopback(host: str) -> bool:
    """Whether the host name is this machine's: ``localhost``, a name below it (RFC 6761), or a loopback address."""
    return host in _LOOPBACK or host.endswith(".localhost")


def require_web_url(url: str, field: str, *, development: bool = False) -> str:
    """Return ``url`` when it is an absolute ``https`` address without user information nor fragment.

    With ``development`` also ``http`` towards loopback. Raises ConfigurationError naming ``field``: this is what keeps
    ``javascript:`` and ``data:`` out of everything a browser is sent to.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ConfigurationError(Code.CONFIGURATION_INVALID, field) from None
    clean = url.isascii() and url.isprintable() and " " not in url and "\\" not in url
    scheme_ok = parts.scheme == "https" or (development and parts.scheme == "http" and is_loopback(host or ""))
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
