"""What two sides agreed on: tools registered with this platform, platforms where this tool is registered; and how they
come to agree by themselves (Dynamic Registration 1.0), in both directions."""

from lti.registration.platform import PlatformRegistration
from lti.registration.tool import SIGNING_ALGORITHMS, PrivacyPolicy, ToolRegistration

__all__ = ["SIGNING_ALGORITHMS", "PlatformRegistration", "PrivacyPolicy", "ToolRegistration"]
