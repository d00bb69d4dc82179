"""The Open edX connector under contract, against a double in the documented shapes."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from connectors.records import ModuleRef
from tests.contracts.contract import contract
from tests.contracts.stage import Known, Stage
from tests.fakes.openedx import CLIENT, SECRET, create_lms, sample

KEY = "course-v1:TL+NUM+2026"
BLOCK = "block-v1:TL+NUM+2026+type@{}+block@{}"

KNOWN = Known(
    course=KEY,
    empty_course="course-v1:TL+VIDE+2026",
    gone_course="course-v1:TL+PARTI+2020",
    learner="emilie",
    learner_name="Émilie Lefèvre",
    outsider="dehors",
    done_at=datetime(2026, 10, 1, tzinfo=UTC),
    done_module=ModuleRef(BLOCK.format("video", "v1"), KEY, "video"),
    open_module=ModuleRef(BLOCK.format("problem", "p1"), KEY, "problem"),
    graded_module=ModuleRef(BLOCK.format("sequential", "s2"), KEY, "sequential"),
    points=10.0,
    roll_module=ModuleRef("none", KEY),
    tells_when=False,
)


@pytest.fixture
def stage() -> Iterator[Stage]:
    state = sample()

    def crowd(size: int) -> None:
        for n in range(size):
            state.people[f"u{n}"] = (f"Prénom Nom {n}", f"u{n}@example.org")
            state.enrolled[KEY, f"u{n}"] = True

    def settings(url: str) -> dict[str, str]:
        return {"url": url, "client_id": CLIENT, "client_secret": SECRET}

    made = Stage("openedx", create_lms(state), settings, KNOWN, SECRET, crowd)

    def moved(url: str) -> None:
        state.url = url

    with made.up(moved):
        yield made


class TestOpenEdx(contract("openedx")):
    """Every suite of what it declares."""
