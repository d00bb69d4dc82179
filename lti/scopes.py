"""Scopes of the services (Assignment and Grade Services 2.0, sections on scopes of each service)."""

from typing import Final

LINE_ITEM: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
LINE_ITEM_READ: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly"
RESULT_READ: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
SCORE: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/score"

AGS_SCOPES: Final = frozenset({LINE_ITEM, LINE_ITEM_READ, RESULT_READ, SCORE})
"""The four scopes of Assignment and Grade Services."""

SUPPORTED: Final = AGS_SCOPES
"""Every scope this platform can grant."""
