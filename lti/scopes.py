"""Scopes of the services (Assignment and Grade Services 2.0, sections on scopes of each service; Names and Role
Provisioning Services 2.0 section 3.6.2)."""

from typing import Final

LINE_ITEM: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
LINE_ITEM_READ: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly"
RESULT_READ: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
SCORE: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/score"

AGS_SCOPES: Final = frozenset({LINE_ITEM, LINE_ITEM_READ, RESULT_READ, SCORE})
"""The four scopes of Assignment and Grade Services."""

MEMBERS_READ: Final = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"

SUPPORTED: Final = AGS_SCOPES | {MEMBERS_READ}
"""Every scope this platform can grant."""
