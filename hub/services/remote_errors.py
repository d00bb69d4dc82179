"""Errors of outside systems as they are kept: in sync runs, on platforms, on jobs and deliveries."""

from __future__ import annotations

from typing import Any

from connectors.errors import ConnectorError


def described(fault: ConnectorError) -> dict[str, Any]:
    """JSON of a fault, free of secrets: ``code`` is translated by the pages, the rest is for the administrator.

    ``transient``: a later attempt may succeed. ``retry_after`` in seconds, where the remote named a time.
    """
    told = {
        "code": fault.code,
        "transient": fault.transient,
        "detail": fault.detail,
        "where": fault.where,
        "status": fault.status,
        "excerpt": fault.excerpt,
        "retry_after": fault.retry_after,
    }
    named = {name: getattr(fault, name, None) for name in ("field", "function", "rights", "remote_code")}
    told |= {name: list(value) if isinstance(value, tuple) else value for name, value in named.items()}
    return {name: value for name, value in told.items() if value not in (None, "")}
