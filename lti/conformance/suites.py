"""The suites: which rows there are for each role, in the order of their running, and how to connect."""

from lti.conformance.legacy_rows import LEGACY
from lti.conformance.platform_double import PlatformDouble
from lti.conformance.platform_rows import AUTHENTICATION, TOKEN, PlatformRow
from lti.conformance.platform_service_rows import SELECTIONS, SERVICES
from lti.conformance.rows import Row
from lti.conformance.tool_rows import ACCEPTED, REFUSED
from lti.conformance.tool_security_rows import SECURITY

TOOL_ROWS: list[Row[PlatformDouble]] = [*SECURITY[:3], *ACCEPTED, *REFUSED, *SECURITY[3:], *LEGACY]
"""Against a tool. Rows of rotated keys come first: a tool may fetch keys only once in a while."""

PLATFORM_ROWS: list[PlatformRow] = [*AUTHENTICATION, *TOKEN, *SERVICES, *SELECTIONS]
"""Against a platform."""
