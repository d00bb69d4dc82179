"""The doctor in words, the letter, and sources that disagree."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from connectors.records import SymptomLevel
from hub.config import Config
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.demo.moodle import MoodleState
from hub.demo.moodle_functions import FUNCTIONS
from hub.services import conflicts, platform_doctor
from hub.services.ledger import ingest
from hub.services.platforms import Connection
from hub.services.source import Source
from hub.texts import Translator, speaking
from tests.services.sync_place import PATIENT, QUIZ, START, TOKEN, Clock, add_platform, moodle, read


@pytest.fixture
def state() -> Iterator[MoodleState]:
    with moodle(learners=3) as double:
        yield double


def examine(state: MoodleState, config: Config, token: str = TOKEN) -> platform_doctor.Examination:
    to = Connection("moodle", {"url": state.url, "token": token, "report": "", "role": ""})
    return platform_doctor.examine(to, config, place="Le Générateur", options=PATIENT)


def test_what_lacks_is_said_in_french_with_a_letter_ready_to_send(
    installation: Installation, state: MoodleState
) -> None:
    state.functions = frozenset(FUNCTIONS) - {"gradereport_user_get_grade_items"}
    found = examine(state, installation.config)
    assert found.worst is SymptomLevel.MISSING
    letter = found.letter
    assert letter.startswith("Bonjour,")
    assert state.url in letter
    assert "gradereport_user_get_grade_items" in letter
    assert "Services externes (External services)" in letter
    assert letter.endswith("Le Générateur")
    assert TOKEN not in letter


def test_a_refused_token_is_a_fault_with_its_remedy(installation: Installation, state: MoodleState) -> None:
    found = examine(state, installation.config, token="another-token-altogether")
    assert (found.worst, found.findings[0].code) == (SymptomLevel.FAULT, "token")
    assert "Gérer les jetons" in found.letter
    assert "another-token-altogether" not in repr(found)


def test_the_same_in_english(installation: Installation, state: MoodleState) -> None:
    with speaking(Translator("en")):
        found = examine(state, installation.config, token="another-token-altogether")
    assert found.letter.startswith("Hello,")
    assert "Manage tokens" in found.letter


@pytest.mark.parametrize(
    ("hub", "blocked"),
    [
        ("https://parcours.example.org", False),
        ("https://parcours.example.org:8443", True),
        ("http://192.168.1.10", True),
        ("http://localhost:8080", True),
    ],
)
def test_a_hub_that_moodle_would_not_call_is_told(
    installation: Installation, state: MoodleState, hub: str, blocked: bool
) -> None:
    found = examine(state, replace(installation.config, base_url=hub))
    assert ("blocked_host" in {one.code for one in found.findings}) is blocked


def test_a_site_in_order_needs_no_letter(installation: Installation, state: MoodleState) -> None:
    found = examine(state, replace(installation.config, base_url="https://parcours.example.org"))
    assert (found.worst, found.letter) == (SymptomLevel.WELL, "")


def test_sources_that_disagree_are_shown(
    installation: Installation, tenant: TenantDatabase, state: MoodleState
) -> None:
    clock = Clock()
    state.complete(101, QUIZ, START, 2)
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    with tenant.read() as session:
        assert conflicts.of_platform(session, platform_id) == []
    failed = {
        "id": "0b7e4b0c-5d5c-4d5e-8f0a-2f6f1f0f0001",
        "actor": {"account": {"homePage": state.url, "name": "eleve0"}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/failed"},
        "object": {"id": f"{state.url}/mod/quiz/view.php?id={QUIZ}"},
        "result": {"success": False},
        "timestamp": "2026-11-10T08:00:00Z",
    }
    with tenant.write() as session:
        ingest(session, [failed], Source(name="Plugin xAPI", id=None), clock.now)
    with tenant.read() as session:
        found = conflicts.of_platform(session, platform_id)
    assert {(one.who, one.yes_kind, one.no_kind, one.no_value) for one in found} >= {
        ("Élève N0", "completed", "passed", 0.0)
    }
