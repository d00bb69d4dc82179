"""A report on a learning resource as plain data, for the database, the API and ``hub inspect --json``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from content.report import Report


def as_data(report: Report) -> dict[str, Any]:
    """JSON-ready: ``verdict``, ``format``, ``version``, ``title`` (null when it has none), ``language``,
    ``description``, ``licence``, ``counts``, ``facts``, ``messages`` (code, level, where, details), ``repeated``
    (code -> how many, where not all are listed), ``parts`` (kind, title, fate, reason, where), ``weight`` (bytes),
    ``hosts``, ``accessibility``."""
    return {
        "verdict": report.verdict.value,
        "format": report.format,
        "version": report.version,
        "title": report.title,
        "language": report.language,
        "description": report.description,
        "licence": report.licence,
        "counts": report.counts,
        "facts": report.facts,
        "messages": [
            {"code": one.code, "level": one.level.value, "where": one.where, "details": one.details}
            for one in report.messages
        ],
        "repeated": report.repeated,
        "parts": [
            {
                "kind": one.kind,
                "title": one.title,
                "fate": one.fate.value,
                "reason": one.reason,
                "where": one.where,
            }
            for one in report.parts
        ],
        "weight": {
            "packed": report.weight.packed,
            "unpacked": report.weight.unpacked,
            "files": report.weight.files,
            "largest": [{"name": name, "bytes": size} for name, size in report.weight.largest],
        },
        "hosts": list(report.hosts),
        "accessibility": {**asdict(report.access), "stated": list(report.access.stated)},
    }
