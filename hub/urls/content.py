"""Addresses of played content: hosts apart from the hub's, so that a package finds nothing of it (ADR 18)."""

from __future__ import annotations

from urllib.parse import urlsplit

from hub.config import Config

DEVELOPMENT = "*.content.localhost"
NOWHERE = "none"


def pattern(config: Config) -> str:
    """``*.host``, ``host``, or empty where packages are not played."""
    if config.content_host is not None:
        return "" if config.content_host == NOWHERE else config.content_host
    here = config.host == "localhost" or config.host.endswith(".localhost")
    return DEVELOPMENT if here else ""


def is_single(config: Config) -> bool:
    """Whether all packages share one host, and with it what browsers store for it."""
    found = pattern(config)
    return bool(found) and not found.startswith("*.")


def serves(config: Config, host: str) -> bool:
    """Whether ``host`` (without port, lower case) is one that content is served at."""
    found = pattern(config)
    if not found.startswith("*."):
        return bool(found) and host == found
    label, _dot, rest = host.partition(".")
    return bool(label) and rest == found[2:]


def content_origin(config: Config, label: str) -> str:
    """Scheme, host and port of a package's host; empty where packages are not played. ``label``: the package's."""
    found = pattern(config)
    if not found:
        return ""
    parts = urlsplit(config.base_url)
    host = f"{label}{found[1:]}" if found.startswith("*.") else found
    return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}"
