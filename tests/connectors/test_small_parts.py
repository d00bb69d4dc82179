"""Small parts: the stop for endless lists and the secret that does not show itself."""

import pickle

import pytest

from connectors.errors import TooLarge
from connectors.paging import at_most
from connectors.secret import Secret


def test_pages_up_to_the_limit_pass() -> None:
    assert list(at_most(iter([1, 2, 3]), 3)) == [1, 2, 3]


def test_one_page_more_is_an_error() -> None:
    seen: list[int] = []
    with pytest.raises(TooLarge, match="more than 3 pages"):
        seen.extend(at_most(range(100), 3, where="roster"))


def test_a_secret_shows_only_when_asked() -> None:
    secret = Secret("abc")
    assert f"{secret} {secret!r} {[secret]}" == "Secret(***) Secret(***) [Secret(***)]"
    assert secret.reveal() == "abc"
    assert (bool(secret), bool(Secret(""))) == (True, False)
    with pytest.raises(TypeError):
        pickle.dumps(secret)
