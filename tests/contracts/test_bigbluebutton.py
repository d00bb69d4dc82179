"""The BigBlueButton connector under contract, against a double in the documented shapes."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from connectors.records import ModuleRef
from tests.contracts.contract import contract
from tests.contracts.stage import Known, Stage
from tests.fakes.bigbluebutton import SECRET, Bbb, create_bbb

NONE = ModuleRef("none", "none")
KNOWN = Known(
    course="seance-1",
    empty_course="seance-2",
    gone_course="seance-3",
    learner="p-1",
    learner_name="Émilie Lefèvre",
    outsider="p-2",
    done_at=datetime(2026, 11, 2, tzinfo=UTC),
    done_module=NONE,
    open_module=NONE,
    graded_module=NONE,
    points=0.0,
    roll_module=NONE,
    tells_when=False,
)


@pytest.fixture
def stage() -> Iterator[Stage]:
    state = Bbb(recordings=[("r1", "seance-1", "published"), ("r2", "seance-1", "processing")])

    def settings(url: str) -> dict[str, str]:
        return {"url": f"{url}/bigbluebutton", "secret": SECRET, "checksum": "sha256"}

    made = Stage("bigbluebutton", create_bbb(state), settings, KNOWN, SECRET, lambda _: None)
    with made.up(lambda _: None):
        yield made


class TestBigBlueButton(contract("bigbluebutton")):
    """Every suite of what it declares."""
