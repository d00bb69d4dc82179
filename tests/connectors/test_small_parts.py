"""Small parts: the stop for endless lists and the secret that does not show itself."""

import pickle

import pytest

from connectors.errors import TooLarge
from connectors.paging import at_most
from connectors.records import Grade, Notice, Page, RemoteCourse, collect
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


def test_pages_collected_keep_order_and_notices() -> None:
    pages = [Page((1, 2), (Notice("site", "a"),)), Page((3,)), Page((), (Notice("site", "b"),))]
    assert collect(pages) == Page((1, 2, 3), (Notice("site", "a"), Notice("site", "b")))
    assert collect([]) == Page()


@pytest.mark.parametrize(
    ("raw", "minimum", "maximum", "scaled"),
    [(10, 0, 20, 0.5), (0, 0, 20, 0.0), (0, -10, 10, 0.5), (None, 0, 20, None), (5, 5, 5, None), (25, 0, 20, 1.25)],
)
def test_a_grade_is_scaled_from_its_own_bounds(
    raw: float | None, minimum: float, maximum: float, scaled: float | None
) -> None:
    assert Grade("2", "7", "4", "mod", minimum, maximum, raw).scaled == scaled


def test_records_do_not_change() -> None:
    course = RemoteCourse("2", "CNB", "Compétences", "https://moodle.example.org/course/view.php?id=2")
    with pytest.raises(AttributeError):
        course.fullname = "Autre"
    assert hash(course) == hash(RemoteCourse("2", "CNB", "Compétences", course.url))
