"""Repairs look at numbers as they were written."""

from typing import Any

import pytest

from content.xapi.parse import load
from content.xapi.repair import Repair, repair
from tests.content.xapi.samples import plain


def mended(score: bytes) -> tuple[list[Repair], Any]:
    statement = plain() | {"id": "8f87ccde-bb56-4c2e-ab83-44982ef22df0", "result": {"score": load(score)}}
    done = [one.what for one in repair(statement, "1.0.3", "$")]
    return done, statement["result"].get("score")


@pytest.mark.parametrize(
    "score",
    [
        b'{"raw":9007199254740992,"min":9007199254740992,"max":9007199254740993}',
        b'{"raw":1e400,"min":1e400,"max":1e401}',
        b'{"raw":1,"min":0,"max":1%s}' % (b"0" * 400),
        b'{"raw":0.3,"min":0.1,"max":0.5,"scaled":0.5}',
        b'{"raw":0.3,"min":0.1,"max":0.5,"scaled":0.51}',
        b'{"raw":true,"min":true,"max":true}',
    ],
)
def test_a_score_that_holds_together_is_left_alone(score: bytes) -> None:
    assert mended(score) == ([], load(score))


@pytest.mark.parametrize(
    ("score", "what", "left"),
    [
        (b'{"raw":0,"min":0,"max":0}', Repair.NO_SCALE, None),
        (b'{"raw":0,"min":0,"max":0.0}', Repair.NO_SCALE, None),
        (b'{"raw":1e400,"min":1e400,"max":1e400}', Repair.NO_SCALE, None),
        (b'{"raw":0,"min":0,"max":20,"scaled":-1}', Repair.SCALED, 0.0),
        (b'{"raw":5e399,"min":0,"max":1e400,"scaled":1e400}', Repair.SCALED, 0.5),
        (b'{"raw":1,"min":0,"max":3,"scaled":0.3}', Repair.SCALED, 0.333333),
    ],
)
def test_a_score_that_contradicts_itself_is_mended(score: bytes, what: Repair, left: float | None) -> None:
    done, kept = mended(score)
    assert done == [what]
    assert (kept and kept["scaled"]) == left
