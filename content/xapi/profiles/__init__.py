"""xAPI Profiles (specification 1.0): read, checked, and statements and their sequences checked by them."""

from content.xapi.profiles.check import Checker, Finding, Outcome
from content.xapi.profiles.load import read
from content.xapi.profiles.model import Notice, Pattern, Profile, ProfileError, Rule, Template
from content.xapi.profiles.patterns import Fate, follow

__all__ = [
    "Checker", "Fate", "Finding", "Notice", "Outcome", "Pattern", "Profile", "ProfileError", "Rule", "Template",
    "follow", "read",
]  # fmt: skip
