"""Connectors are found, declare themselves, and clean their settings."""

import pytest

from connectors.capabilities import PROTOCOLS, Capability
from connectors.declaration import Declaration
from connectors.errors import SettingRefused
from connectors.http import HttpClient
from connectors.registry import declaration, declarations

GOOD = {"url": " https://moodle.example.org/ ", "token": "abc", "report": ""}


def _good(declared: Declaration) -> dict[str, str]:
    """Values that a connector takes."""
    by_kind = {"url": "https://remote.example.org", "integer": "1", "text": "abc"}
    return {it.name: it.choices[0][0] if it.choices else by_kind[it.kind] for it in declared.settings if it.required}


def test_moodle_is_found_without_being_named() -> None:
    assert "moodle" in declarations()
    assert declaration("moodle").title == "Moodle"
    with pytest.raises(KeyError):
        declaration("nothing")


@pytest.mark.parametrize("key", sorted(declarations()))
def test_a_connector_does_what_it_declares(key: str) -> None:
    declared = declaration(key)
    assert declared.key == key
    connector = declared.open(_good(declared), HttpClient())
    unmet = [one for one in declared.capabilities if not isinstance(connector, PROTOCOLS[one])]
    assert unmet == []
    connector.close()


def test_every_capability_has_a_protocol() -> None:
    assert set(PROTOCOLS) == set(Capability)


def test_settings_are_described_for_a_form() -> None:
    settings = {one.name: one for one in declaration("moodle").settings}
    assert [(name, one.secret, one.required) for name, one in settings.items()] == [
        ("url", False, True),
        ("token", True, True),
        ("report", False, False),
        ("role", False, False),
        ("learners", False, False),
        ("competencies", False, False),
    ]
    assert settings["url"].label == "Adresse du site"


def test_settings_are_cleaned() -> None:
    assert declaration("moodle").clean(GOOD) == {
        "url": "https://moodle.example.org",
        "token": "abc",
        "report": "",
        "role": "",
        "learners": "",
        "competencies": "no",
    }
    assert declaration("moodle").clean({**GOOD, "report": " 12 "})["report"] == "12"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", ""),
        ("url", "moodle.example.org"),
        ("url", "ftp://moodle.example.org"),
        ("url", "https://"),
        ("url", "https://u:p@moodle.example.org"),
        ("url", "https://moodle.example.org/?wstoken=abc"),
        ("url", "https://moodle.example.org:port"),
        ("token", "  "),
        ("report", "douze"),
        ("report", "-1"),
        ("reprot", "1"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(field: str, value: str) -> None:
    with pytest.raises(SettingRefused) as caught:
        declaration("moodle").clean({**GOOD, field: value})
    assert caught.value.field == field
