"""What two sides agreed on: tools registered with this platform, platforms where this tool is registered."""

from lti.registration.platform import PlatformRegistration
from lti.registration.tool import SIGNING_ALGORITHMS, PrivacyPolicy, ToolRegistration, is_short_ascii

__all__ = ["SIGNING_ALGORITHMS", "PlatformRegistration", "PrivacyPolicy", "ToolRegistration", "is_short_ascii"]
