"""Log lines for people or as JSON, by structlog; what could name a person or open a door is cut out of both.

The code logs keys, ids and kinds of errors, no names; this is the net below, for what libraries and tracebacks say.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

#: What is cut out -> what stands instead.
_CUT: Final = (
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"(/(?:s|c|hand-over|calendar)/)[A-Za-z0-9_-]{8,}"), r"\1[…]"),
    (re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9+/=._~-]{8,}"), r"\1 […]"),
    (re.compile(r"(?i)\b(token|secret|password|passphrase|code|state|id_token)=[^\s&;,'\"]+"), r"\1=[…]"),
    (re.compile(r"(?<![\w-])(?:\+33|0)[ .]?[1-9](?:[ .]?\d\d){4}(?![\w-])"), "[tel]"),
    (re.compile(r"(postgresql(?:\+\w+)?://[^:@/\s]+):[^@/\s]+@"), r"\1:[…]@"),
)


_JSON: Final = structlog.processors.JSONRenderer(ensure_ascii=False)


def install(log_format: str) -> None:
    """Have every logger of the process write to standard error: ``text`` or ``json``."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Any] = (
        [
            structlog.processors.dict_tracebacks,
            without_personal_data,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
        if log_format == "json"
        else [structlog.processors.format_exc_info, without_personal_data, _line]
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    # It warns whenever more requests wait than threads are idle: each time a browser asks for the files of a page.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def without_personal_data(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Cut e-mail addresses, telephone numbers, links that sign in and credentials out of every text of an event."""
    return {key: _clean(value) for key, value in event.items()}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        for pattern, instead in _CUT:
            value = pattern.sub(instead, value)
        return value
    if isinstance(value, dict):
        return {key: _clean(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(one) for one in value]
    return value


def _line(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> str:
    head = f"{event.pop('timestamp', '')} {str(event.pop('level', '')).upper()} {event.pop('logger', '')}: "
    exception = event.pop("exception", "")
    rest = "".join(f" {key}={value}" for key, value in event.items() if key != "event")
    return head + str(event.get("event", "")) + rest + (f"\n{exception}" if exception else "")
