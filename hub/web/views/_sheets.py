"""Giving out a signed sheet."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response

from hub.models.files import SignedSheet
from hub.web.context import here
from hub.web.security import sandbox


def sheet_file(sheet: SignedSheet) -> Response:
    """A signed sheet as it came: always saved, never shown inside the hub's own origin."""
    where = here()
    with where.installation.blobs(where.record.key).open(sheet.sha256) as content:
        data = content.read()
    sandbox()
    response = Response(data, content_type="application/pdf")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(sheet.name, safe='')}"
    return response
