"""Registrations refuse what must never be stored."""

from typing import Any

import pytest

from lti import Code, ConfigurationError
from lti.urls import require_web_url
from tests.lti.world import jwks, registration


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("client_id", {"client_id": ""}),
        ("client_id", {"client_id": "a\nb"}),
        ("deployment_ids", {"deployment_ids": frozenset()}),
        ("deployment_ids", {"deployment_ids": frozenset({"x" * 256})}),
        ("deployment_ids", {"deployment_ids": frozenset({"dépôt"})}),
        ("redirect_uris", {"redirect_uris": frozenset()}),
        ("redirect_uris", {"redirect_uris": frozenset({"http://tool.example.net/launch"})}),
        ("login_initiation_url", {"login_initiation_url": "javascript:alert(1)"}),
        ("target_link_uri", {"target_link_uri": "data:text/html,x"}),
        ("jwks_uri", {"jwks_uri": "file:///etc/passwd"}),
        ("jwks_uri", {"jwks_uri": None}),
        ("jwks_uri", {"jwks": jwks("tool-1")}),
        ("signing_algorithm", {"signing_algorithm": "none"}),
        ("signing_algorithm", {"signing_algorithm": "HS256"}),
    ],
)
def test_a_bad_registration_names_the_field_at_fault(field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as refused:
        registration(**({"client_id": "tool-1"} | changes))
    assert (refused.value.code, refused.value.field) == (Code.CONFIGURATION_INVALID, field)


@pytest.mark.parametrize(
    "url",
    [
        "https://",
        "https:///path",
        "//host/path",
        "/path",
        "ftp://host/",
        "JavaScript:alert(1)",
        "https://user:pw@host/",
        "https://host/#part",
        "https://host/ space",
        "https://host/\n",
        "https://host\\@evil/",
        "https://[::1",
        "https://host:port/",
        "https://hôte/",
    ],
)
def test_addresses_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        require_web_url(url, "url", development=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:5000/x",
        "http://tool.localhost/",
        "http://127.0.0.1:1/",
        "http://[::1]/",
        "http://10.0.0.1/",
        "http://192.168.1.7:8080/moodle",
        "http://moodle/x",
        "http://moodle.test/",
        "http://campus.home.arpa/",
    ],
)
def test_http_towards_the_own_network_under_the_development_switch_only(url: str) -> None:
    assert require_web_url(url, "url", development=True) == url
    with pytest.raises(ConfigurationError):
        require_web_url(url, "url")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.net/",
        "http://localhost.example.net/",
        "http://8.8.8.8/",
        "http://10.example.net/",
        "http://atest.example/",
    ],
)
def test_http_towards_others_never(url: str) -> None:
    with pytest.raises(ConfigurationError):
        require_web_url(url, "url", development=True)
