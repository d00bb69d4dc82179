"""The doctor names what lacks, by the names of Moodle's own pages."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from connectors import errors
from connectors.addresses import AddressPolicy
from connectors.capabilities import Capability
from connectors.http import HttpClient, HttpOptions
from connectors.moodle import MoodleConnector, doctor_report, functions, report, words
from connectors.moodle.reports import Reports, choose
from connectors.records import (
    CourseCompletion,
    CourseRef,
    RemoteEnrolment,
    RemoteUser,
    Symptom,
    SymptomLevel,
    UserRef,
    collect,
)
from connectors.registry import declaration
from hub.demo.moodle import MoodleState, create_moodle_double
from hub.demo.moodle_functions import FUNCTIONS
from tests.connectors.loopback import serving
from tests.connectors.test_moodle_over_http import connect
from tests.demo.moodle_sample import DONE_AT, TOKEN, sample


@pytest.fixture
def state() -> Iterator[MoodleState]:
    made = sample()
    with serving(create_moodle_double(made)) as port:
        made.url = f"http://moodle.localhost:{port}"
        yield made


def codes(found: list[Symptom], *levels: SymptomLevel) -> set[str]:
    return {one.code for one in found if not levels or one.level in levels}


def test_a_sound_site_is_told_so(state: MoodleState) -> None:
    found = list(connect(state.url).diagnose())
    assert codes(found, SymptomLevel.FAULT, SymptomLevel.MISSING) == set()
    assert {"site", "courses", "report", "functions"} <= codes(found, SymptomLevel.WELL)
    assert sum(state.calls.values()) <= 20


def test_functions_outside_the_service_are_named_with_what_to_do(state: MoodleState) -> None:
    state.functions = frozenset(FUNCTIONS) - {"gradereport_user_get_grade_items", "core_cohort_get_cohorts"}
    found = list(connect(state.url).diagnose())
    (missing,) = (one for one in found if one.code == "function" and one.level is SymptomLevel.MISSING)
    assert dict(missing.names)["functions"] == "gradereport_user_get_grade_items"
    assert missing.ask == words.ASK_FUNCTIONS
    (extra,) = (one for one in found if one.code == "function" and one.level is SymptomLevel.ADVICE)
    assert dict(extra.names)["functions"] == "core_cohort_get_cohorts"


def test_a_right_that_lacks_is_named(state: MoodleState) -> None:
    state.refused = {"core_completion_get_activities_completion_status": "learner sees other completion"}
    found = list(connect(state.url).diagnose())
    (right,) = (one for one in found if one.code == "right")
    assert "report/progress:view" in dict(right.names)["rights"]


def test_a_site_without_courses_or_report(state: MoodleState) -> None:
    state.courses.clear()
    state.functions = frozenset(FUNCTIONS) - {"core_reportbuilder_retrieve_report"}
    found = list(connect(state.url).diagnose())
    assert "courses" in codes(found, SymptomLevel.FAULT)
    connector = connect(state.url)
    connector._report_id = ""
    state.functions = frozenset(FUNCTIONS) - {"core_reportbuilder_list_reports"}
    assert "report" in codes(list(connector.diagnose()), SymptomLevel.ADVICE)


def test_conditions_met_and_a_course_open_mean_that_cron_stands(state: MoodleState) -> None:
    for module in (2, 5, 6, 7):
        state.complete(3, module, DONE_AT)
    assert "cron" not in codes(list(connect(state.url).diagnose()))
    state.cron_stands = True
    assert "cron" in codes(list(connect(state.url).diagnose()), SymptomLevel.MISSING)


def test_a_zone_that_is_not_applied_is_measured(state: MoodleState) -> None:
    learner = RemoteEnrolment(CourseRef(id="2"), RemoteUser("7", username="u"), last_access_at=DONE_AT)
    at = (DONE_AT + timedelta(hours=1)).replace(second=0)
    row = CourseCompletion(CourseRef(shortname="a"), UserRef(username="u"), None, last_access_at=at)
    (zone,) = doctor_report._zone((row,), learner, ("report", "1"))
    assert dict(zone.names)["hours"] == "1"
    assert list(doctor_report._zone((row,), RemoteEnrolment(CourseRef(), RemoteUser("8")), ("report", "1"))) == []


def test_language_and_columns(state: MoodleState) -> None:
    number = ("report", "1")
    (other,) = doctor_report._missing(["Nom d’utilisateur", "Terminé"], ["a", "b", "c"], number)
    assert other.code == "language"
    (columns,) = doctor_report._missing(["Username"], ["Completed"], number)
    assert (columns.code, dict(columns.names)["columns"]) == ("report", "Completed")


def test_an_unsorted_report_is_seen() -> None:
    rows = tuple(CourseCompletion(CourseRef(shortname=name), UserRef(username="u"), None) for name in "aba")
    assert not doctor_report._in_order(rows)
    assert doctor_report._in_order(rows[:2])


COLUMNS = ["Course ID number", "Username", "Completed"]


@pytest.mark.parametrize(
    ("known", "configured", "expected"),
    [
        ({}, "", Reports()),
        ({"1": ["Username"]}, "", Reports()),
        ({"1": COLUMNS}, "", Reports("1", "1")),
        ({"1": COLUMNS, "2": [*COLUMNS, "Last access to course"]}, "", Reports("2", "2")),
        ({"1": COLUMNS, "2": [*COLUMNS, "Student progress"]}, "", Reports("1", "2")),
        ({"1": COLUMNS, "2": [*COLUMNS, "Student progress"]}, "2", Reports("2", "2")),
        ({"1": COLUMNS, "9": ["Nom"]}, "9", Reports("9", "9")),
    ],
)
def test_the_report_that_fits_is_chosen(known: dict[str, list[str]], configured: str, expected: Reports) -> None:
    assert choose(known, configured) == expected


@pytest.mark.parametrize(
    ("conditions", "fits"),
    [
        (None, True),
        ("[]", True),
        ('{"user:suspended_operator":2,"user:confirmed_operator":1}', True),
        ('{"completion:timecompleted_operator":4}', False),
        ("half a {", False),
    ],
)
def test_a_report_that_leaves_learners_out_is_none_for_us(conditions: str | None, fits: bool) -> None:
    listed = {"reports": [{"id": 5, "source": "core_course\\x\\participants", "conditiondata": conditions}]}
    assert report.candidates(listed) == (["5"] if fits else [])


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (errors.InvalidToken("invalidtoken"), "token"),
        (errors.FunctionMissing("core_webservice_get_site_info"), "service"),
        (errors.AddressRefused("no public address"), "host"),
        (errors.RedirectRefused("moved"), "address"),
        (errors.CertificateFault("expired"), "certificate"),
        (errors.ConfigurationFault("no Moodle REST server here"), "protocol"),
        (errors.RemoteRefused(status=403), "host"),
        (errors.RateLimited(status=429), "host"),
        (errors.NotJson("text/html"), "maintenance"),
        (errors.RemoteDown(), "host"),
        (errors.RemoteSlow(), "host"),
    ],
)
def test_what_stops_everything_has_its_words(fault: errors.ConnectorError, code: str) -> None:
    found = words.unreachable(fault)
    assert (found.level, found.code) == (SymptomLevel.FAULT, code)
    assert found.text
    assert found.ask


def test_every_text_has_the_names_it_needs(state: MoodleState) -> None:
    """Filling a text in must not fail, whatever was found."""
    break_all: list[Callable[[], None]] = [
        lambda: None,
        lambda: setattr(state, "functions", frozenset({"core_webservice_get_site_info", "core_course_get_courses"})),
        lambda: state.courses.clear(),
    ]
    for breaking in break_all:
        breaking()
        for one in connect(state.url).diagnose():
            names = dict(one.names)
            assert one.text % names
            assert not one.ask or one.ask % names


def test_a_list_of_courses_that_is_closed_is_a_right_that_lacks(state: MoodleState) -> None:
    closed = "learner sees other completion"
    state.refused = {"core_course_get_courses": closed, "core_course_get_courses_by_field": closed}
    found = list(connect(state.url).diagnose())
    assert codes(found, SymptomLevel.MISSING) == {"right"}
    assert codes(found, SymptomLevel.FAULT) == {"courses"}
    (right,) = [one for one in found if one.code == "right"]
    assert dict(right.names)["function"] == "core_course_get_courses"


@pytest.mark.parametrize(("report", "lacks"), [("", ("core_reportbuilder_list_reports", "setting:report")), ("4", ())])
def test_the_list_of_reports_is_asked_for_where_it_is_needed(report: str, lacks: tuple[str, ...]) -> None:
    offered = frozenset(FUNCTIONS) - {"core_reportbuilder_list_reports"}
    features = frozenset({"enablecustomreports"})
    assert functions.lacking(Capability.BULK_COURSE_COMPLETION, offered, features, report) == lacks


def test_a_role_of_the_site_s_own_is_named_and_can_be_set(state: MoodleState) -> None:
    for key, person in state.people.items():
        state.people[key] = replace(person, role="stagiaire" if person.role == "student" else person.role)
    (found,) = [one for one in connect(state.url).diagnose() if one.code == "roles"]
    assert "stagiaire" in dict(found.names)["roles"]
    values = {"url": state.url, "token": TOKEN, "learners": "apprenti, stagiaire"}
    told = declaration("moodle").open(values, HttpClient(HttpOptions(retries=0), AddressPolicy(development=True)))
    assert isinstance(told, MoodleConnector)
    assert ("student",) in {one.roles for one in collect(told.roster("2")).items}
