"""The real connector, over real HTTP on loopback, against the Moodle double."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from connectors.addresses import AddressPolicy
from connectors.capabilities import Capability
from connectors.errors import AddressRefused, DataDrift, FunctionMissing, InvalidToken, RemoteSlow
from connectors.http import HttpClient, HttpOptions
from connectors.moodle import MoodleConnector
from connectors.records import ActivityState, Page, collect
from connectors.registry import declaration
from hub.demo.moodle import MoodleState, Person, create_moodle_double
from tests.connectors.loopback import serving
from tests.demo.moodle_sample import DONE_AT, TOKEN, sample


@pytest.fixture
def state() -> MoodleState:
    return sample()


@pytest.fixture
def url(state: MoodleState) -> Iterator[str]:
    with serving(create_moodle_double(state)) as port:
        state.url = f"http://moodle.localhost:{port}"
        yield state.url


def connect(url: str, token: str = TOKEN, options: HttpOptions | None = None) -> MoodleConnector:
    http = HttpClient(options or HttpOptions(retries=0), AddressPolicy(development=True))
    connector = declaration("moodle").open({"url": url, "token": token, "report": "1"}, http)
    assert isinstance(connector, MoodleConnector)
    return connector


def test_negotiation(url: str) -> None:
    result = connect(url).negotiate()
    assert (result.possible, dict(result.missing), result.notices) == (
        frozenset(declaration("moodle").capabilities) - {Capability.COMPETENCIES},
        {Capability.COMPETENCIES: ("setting:competencies",)},  # nobody asked for them
        (),
    )
    assert (result.site.name, result.site.url, result.site.account_name) == ("Tiers-lieu de test", url, "hub-ws")


def test_negotiation_of_a_narrow_service(url: str, state: MoodleState) -> None:
    state.functions = frozenset({"core_webservice_get_site_info", "core_course_get_courses"})
    result = connect(url).negotiate()
    assert result.possible == {Capability.CATALOGUE, Capability.DIAGNOSIS}
    assert result.missing[Capability.GRADES] == ("gradereport_user_get_grade_items",)
    with pytest.raises(FunctionMissing):
        collect(connect(url).grades("2"))


def test_everything_read(url: str) -> None:
    moodle = connect(url)
    assert [one.shortname for one in collect(moodle.courses()).items] == ["CNB-2026", "HAB-2026"]
    modules = collect(moodle.modules("2")).items
    assert [one.id for one in modules] == ["1", "8", "2", "3", "4", "5", "6", "7", "9"]
    assert modules[7].url == f"{url}/mod/quiz/view.php?id=7"
    roster = {one.user.id: one for one in collect(moodle.roster("2")).items}
    assert {key: one.roles for key, one in roster.items()} == {
        "3": ("student",),
        "7": ("student",),
        "28": ("editingteacher",),
    }
    assert (roster["7"].user.username, roster["7"].last_access_at) == ("apprenant05", DONE_AT)
    own = collect(moodle.enrolments("7")).items
    assert [(one.course.id, one.completed) for one in own] == [("2", False), ("3", False)]
    assert own[0].progress == pytest.approx(0.83333, abs=1e-5)
    states = {one.module_id: one.state for one in collect(moodle.activity_completions("2", "7")).items}
    assert (states["7"], states["5"]) == (ActivityState.PASSED, ActivityState.INCOMPLETE)
    (course,) = collect(moodle.course_completion("2", "7")).items
    assert [(one.module_id, one.met) for one in course.criteria] == [
        ("2", True),
        ("5", False),
        ("6", True),
        ("7", True),
    ]
    grades = {(one.user_id, one.module_id): one.raw for one in collect(moodle.grades("2")).items}
    assert (grades["7", "7"], grades["7", None], grades["3", "7"]) == (10.0, 149.0, None)
    moodle.close()


def test_bulk_and_single_reads_agree_to_the_minute_whatever_the_zone_of_the_account(
    url: str, state: MoodleState
) -> None:
    done = DONE_AT + timedelta(hours=14)  # the next day in Paris
    state.complete(7, 5, done)
    moodle = connect(url)
    bulk = {(one.course.idnumber, one.user.username): one for one in collect(moodle.all_course_completions()).items}
    (single,) = collect(moodle.course_completion("2", "7")).items
    row = bulk["CNB-2026", "apprenant05"]
    assert single.completed_at == done
    assert row.completed_at == done.replace(second=0)
    assert row.last_access_at == done.replace(second=0)
    assert (row.completed, row.progress, row.grade) == (True, 1.0, 149.0)
    assert len(bulk) == 4
    assert state.calls["core_reportbuilder_retrieve_report"] == 1


def test_what_moodle_leaves_out_in_silence_is_told(url: str) -> None:
    moodle = connect(url)
    page = collect(moodle.courses(["3", "99"]))
    assert [one.id for one in page.items] == ["3"]
    assert [(one.code, one.about) for one in page.notices] == [("silent_miss", "course 99")]
    assert collect(moodle.courses([])) == Page()
    found = collect(moodle.people("email", ["apprenant05@example.org", "nobody@example.org"]))
    assert [(one.id, one.username) for one in found.items] == [("7", "apprenant05")]
    assert [(one.code, one.about) for one in found.notices] == [("silent_miss", "email number 1")]
    assert collect(moodle.people("id", [])) == Page()


def test_a_large_roster_is_paged(url: str, state: MoodleState) -> None:
    for number in range(100, 1203):
        state.add_person(Person(number, f"u{number}", "Prénom", f"Nom {number}", f"u{number}@example.org"))
        state.enrol(number, 3)
    pages = list(connect(url).roster("3"))
    assert [len(page.items) for page in pages] == [500, 500, 104]
    assert len({one.user.id for page in pages for one in page.items}) == 1104


def test_faults(url: str, state: MoodleState) -> None:
    with pytest.raises(InvalidToken):
        connect(url, token="another token").negotiate()
    with pytest.raises(DataDrift):
        collect(connect(url).modules("999"))
    state.latency = 0.4
    with pytest.raises(RemoteSlow):
        connect(url, options=HttpOptions(retries=0, read_timeout=0.1)).negotiate()


def test_the_double_is_out_of_reach_without_the_development_switch(url: str) -> None:
    connector = declaration("moodle").open({"url": url, "token": TOKEN}, HttpClient())
    with pytest.raises(AddressRefused):
        connector.negotiate()
