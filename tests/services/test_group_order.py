"""The order of a group's people."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from hub.domain.access import Display
from hub.services.grid import GridRow
from hub.services.group_order import KEYS, ordered

STEP = uuid4()
D = Display


def row(name: str, display: Display = D.TO_DO, **fields: object) -> GridRow:
    base = GridRow(
        enrolment_id=uuid4(), person_id=uuid4(), name=name, sort_name=name, version_id=uuid4(), displays=[display],
        late=[False], next=0, share=0.5, minutes=10, done=1, expected=0.5, silent_days=1, complete=False, active=True,
        points=[(date(2026, 9, 1), 0.0)], choices={},
    )  # fmt: skip
    return replace(base, **fields)


def order(rows: list[GridRow], sort: str) -> str:
    return "".join(r.name for r in ordered(rows, sort, [STEP], lambda r: r.displays))


@pytest.mark.parametrize(
    ("sort", "least", "most"),
    [
        ("name", {"sort_name": "a"}, {"sort_name": "z"}),
        ("done", {"done": 0}, {"done": 9}),
        ("share", {"share": 0.0}, {"share": 1.0}),
        ("expected", {"expected": None}, {"expected": 1.0}),
        ("minutes", {"minutes": 0}, {"minutes": 99}),
        ("trace", {"silent_days": 0}, {"silent_days": 30}),
        ("checks", {"displays": [D.DONE]}, {"displays": [D.CHECK]}),
        ("waits", {"displays": [D.DONE]}, {"displays": [D.AWAITING]}),
        ("late", {"late": [False]}, {"late": [True]}),
    ],
)
def test_each_figure_sorts_either_way(sort: str, least: dict[str, object], most: dict[str, object]) -> None:
    rows = [row("M", **most), row("L", **least)]
    assert order(rows, sort) == "LM"
    assert order(rows, f"-{sort}") == "ML"


def test_every_order_is_tried_above() -> None:
    assert set(KEYS) == {
        *("attention", "name", "done", "share", "expected", "minutes", "trace", "checks", "waits", "late")
    }


def test_a_step_shows_first_what_somebody_should_look_at() -> None:
    displays = [D.DONE, D.LOCKED, D.TO_DO, D.AWAITING, D.CHECK]
    rows = [row(str(n), display) for n, display in enumerate(displays)]
    assert order(rows, str(STEP)) == "43210"
    assert order(rows, f"-{STEP}") == "01234"


def test_attention_is_the_order_of_what_is_not_known() -> None:
    rows = [row("A"), row("B", D.CHECK)]
    assert order(rows, "attention") == order(rows, "nonsense") == order(rows, "-nonsense") == "BA"
