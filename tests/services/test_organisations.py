"""Numbers of organisations: SIRET with its control digit."""

import pytest

from hub.services.organisations import is_siret


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("73282932000074", True),
        ("73282932000075", False),
        ("7328293200007", False),
        ("732829320000AB", False),
        ("35600000000048", True),  # La Poste's head office passes the ordinary rule
        ("35600000049837", True),  # one of its offices: the digits add up to a multiple of five
        ("35600000049838", False),
        ("", False),
    ],
)
def test_siret(text: str, right: bool) -> None:
    assert is_siret(text) is right
