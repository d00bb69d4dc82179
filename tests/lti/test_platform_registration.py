"""A platform where this tool is registered: what such an agreement may say."""

from typing import Any

import pytest

from lti import Code, ConfigurationError, PlatformRegistration

MOODLE: dict[str, Any] = {
    "key": "k1",
    "issuer": "https://moodle.example.org",
    "client_id": "abc",
    "authorization_endpoint": "https://moodle.example.org/mod/lti/auth.php",
    "token_endpoint": "https://moodle.example.org/mod/lti/token.php",
    "jwks_uri": "https://moodle.example.org/mod/lti/certs.php",
    "deployment_ids": frozenset({"1"}),
}


def test_a_registration_says_what_both_sides_agreed_on() -> None:
    assert PlatformRegistration(**MOODLE).signing_algorithm == "RS256"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"issuer": ""}, "issuer"),
        ({"client_id": ""}, "client_id"),
        ({"key": ""}, "key"),
        ({"authorization_endpoint": "http://moodle.example.org/auth"}, "authorization_endpoint"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "authorization_endpoint"),
        ({"token_endpoint": "ftp://moodle.example.org"}, "token_endpoint"),
        ({"jwks_uri": None}, "jwks_uri"),
        ({"jwks": {"keys": []}}, "jwks_uri"),
        ({"deployment_ids": frozenset({"x" * 256})}, "deployment_ids"),
        ({"signing_algorithm": "HS256"}, "signing_algorithm"),
    ],
)
def test_what_breaks_the_standard_is_refused_by_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        PlatformRegistration(**MOODLE | changes)
    assert (refused.value.code, refused.value.field) == (Code.CONFIGURATION_INVALID, field)
