"""The Moodle connector under contract, against the double in the shapes recorded from 4.5.6."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from connectors.records import ModuleRef
from hub.demo.moodle import Course, Person, create_moodle_double
from hub.demo.moodle_more_state import Ability, Backup, Band, Roll
from tests.contracts.contract import contract
from tests.contracts.stage import Known, Stage
from tests.demo.moodle_sample import DONE_AT, TOKEN, sample

KNOWN = Known(
    course="2",
    empty_course="4",
    gone_course="999",
    learner="7",
    learner_name="Émilie Lefèvre",
    outsider="40",
    done_at=DONE_AT,
    done_module=ModuleRef("2", "2", "page", "1"),
    open_module=ModuleRef("5", "2", "scorm", "1"),
    graded_module=ModuleRef("7", "2", "quiz", "1"),
    points=10.0,
    roll_module=ModuleRef("8", "2", "attendance", "1"),
)


@pytest.fixture
def stage() -> Iterator[Stage]:
    state = sample()

    state.add_course(Course(4, "VIDE", "Un cours vide, l’été", "VIDE"))
    state.add_person(Person(40, "dehors", "Zoé", "Øst", "dehors@example.org"))
    more = state.more
    more.rolls[1] = Roll(1, 1, datetime(2026, 11, 3, 8, tzinfo=UTC), timedelta(hours=3), "Atelier 1", DONE_AT, {7: 7})
    more.bands = {1: Band(1, "Présentiel", "PRES", 2, {7, 3}), 2: Band(2, "Apprentis", "COH", None, {7})}
    more.abilities = [Ability(1, 2, "Informations et données", "NUM-1"), Ability(2, 2, "Sécurité")]
    more.ratings[7, 1] = ("B", True, DONE_AT)
    more.backups = [Backup(2, "sauvegarde-été.mbz", b"\x1f\x8b" + b"x" * 5000, DONE_AT)]

    def crowd(size: int) -> None:
        for n in range(1000, 1000 + size):
            state.add_person(Person(n, f"u{n}", "Prénom", f"Nom {n}", f"u{n}@example.org"))
            state.enrol(n, 2)

    def settings(url: str) -> dict[str, str]:
        return {"url": url, "token": TOKEN, "report": ""}

    made = Stage("moodle", create_moodle_double(state), settings, KNOWN, TOKEN, crowd)

    def moved(url: str) -> None:
        state.url = url

    with made.up(moved):
        yield made


class TestMoodle(contract("moodle")):
    """Every suite of what it declares."""
