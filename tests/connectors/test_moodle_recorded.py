"""Every recorded answer that the connector reads, parsed; the values asserted are those of the recording."""

import copy
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.capabilities import FOLLOWING, Capability, UserKey
from connectors.errors import DataDrift
from connectors.moodle import DECLARATION, catalogue, client, completion, grades, people, report, site
from connectors.records import (
    ActivityState,
    CompletionCriterion,
    CompletionTracking,
    CourseRef,
    Notice,
    RemoteUser,
    UserRef,
)
from tests.shared import shared_path

SITE = "https://moodle.example.org"
DONE_AT = datetime(2026, 11, 23, 10, 6, 14, tzinfo=UTC)
# The reports were recorded before zone and language were forced: their dates are those of the account's zone.
RECORDED_ZONE = ZoneInfo("Europe/Paris")


def response(name: str) -> Any:
    return json.loads(shared_path("fixtures", "moodle", "ws", f"{name}.json").read_text(encoding="utf-8"))["response"]


def test_site_info() -> None:
    parsed = site.parse_site(response("site_info"))
    assert (parsed.name, parsed.url, parsed.account_id, parsed.account_name) == (
        "Tiers-lieu de test",
        SITE,
        "30",
        "hub-ws",
    )
    assert (parsed.release, parsed.version) == ("4.5.6 (Build: 20250811)", "2024100706")
    assert len(parsed.functions) == 767
    assert "core_completion_get_activities_completion_status" in parsed.functions
    assert "enablecompletion" in parsed.features
    assert "enableglobalsearch" not in parsed.features


def test_negotiation_with_everything() -> None:
    result = site.negotiation(response("site_info"), SITE, "2")
    assert result.possible == frozenset(DECLARATION.capabilities)
    assert (result.missing, result.notices) == ({}, ())


def test_negotiation_names_what_lacks() -> None:
    info = response("site_info")
    gone = {"gradereport_user_get_grade_items", "core_reportbuilder_retrieve_report"}
    info["functions"] = [one for one in info["functions"] if one["name"] not in gone]
    for feature in info["advancedfeatures"]:
        if feature["name"] in ("enablecompletion", "enablecustomreports"):
            feature["value"] = 0
    info["userissiteadmin"] = True
    result = site.negotiation(info, "https://autre.example.org", "")
    following = {one: gaps for one, gaps in result.missing.items() if one in FOLLOWING}
    assert following == {
        Capability.ACTIVITY_COMPLETION: ("feature:enablecompletion",),
        Capability.COURSE_COMPLETION: ("feature:enablecompletion",),
        Capability.BULK_COURSE_COMPLETION: (
            "core_reportbuilder_retrieve_report",
            "feature:enablecustomreports",
            "setting:report",
        ),
        Capability.GRADES: ("gradereport_user_get_grade_items",),
    }
    assert result.missing.keys() - FOLLOWING == {Capability.SET_COMPLETION}
    assert result.possible == frozenset(DECLARATION.capabilities) - result.missing.keys()
    assert [(one.code, one.about) for one in result.notices] == [("site", "siteurl"), ("site", "account")]


@pytest.mark.parametrize("payload", [{}, [], "ok", {"siteurl": SITE}])
def test_an_answer_that_is_not_a_moodle(payload: Any) -> None:
    with pytest.raises(DataDrift):
        site.parse_site(payload)


def test_courses_without_the_site_itself() -> None:
    page = catalogue.parse_courses(response("courses_all"), SITE)
    assert [(one.id, one.shortname) for one in page.items] == [("4", "PRO-2026"), ("3", "HAB-2026"), ("2", "CNB-2026")]
    course = page.items[2]
    assert course.fullname == "Compétences numériques de base"
    assert course.url == f"{SITE}/course/view.php?id=2"
    assert (course.idnumber, course.category_id, course.visible, course.tracks_completion) == (
        "CNB-2026",
        "3",
        True,
        True,
    )
    assert course.modified_at == datetime(2026, 11, 23, 10, 6, 9, tzinfo=UTC)
    assert course.starts_at == datetime(2026, 10, 24, 10, 6, 9, tzinfo=UTC)
    assert course.ref == CourseRef("2", "CNB-2026", "CNB-2026")


@pytest.mark.parametrize("name", ["contents", "contents_modlti_exclude"])
def test_contents(name: str) -> None:
    page = catalogue.parse_modules(response(name), "2")
    assert [(one.id, one.kind) for one in page.items[:9]] == [
        ("1", "label"),
        ("8", "attendance"),
        ("2", "page"),
        ("3", "url"),
        ("4", "forum"),
        ("5", "scorm"),
        ("6", "assign"),
        ("7", "quiz"),
        ("9", "book"),
    ]
    assert [one.position for one in page.items] == list(range(len(page.items)))
    modules = {one.id: one for one in page.items}
    assert modules["1"].url is None
    assert (modules["7"].name, modules["7"].section) == ("Évaluation finale", "Évaluer")
    assert modules["7"].url == f"{SITE}/mod/quiz/view.php?id=7"
    assert modules["7"].rules == ("completionusegrade", "completionpassgrade")
    assert [modules[one].tracking for one in ("4", "3", "7")] == [
        CompletionTracking.NONE,
        CompletionTracking.MANUAL,
        CompletionTracking.AUTOMATIC,
    ]
    assert modules["6"].opens_at == datetime(2026, 10, 24, 10, 6, 9, tzinfo=UTC)
    assert modules["6"].due_at == datetime(2026, 11, 30, 10, 6, 9, tzinfo=UTC)
    assert modules["7"].due_at == datetime(2027, 1, 22, 10, 6, 9, tzinfo=UTC)


def test_completion_rules_from_customdata_when_no_state_is_told() -> None:
    sections = response("contents")
    for section in sections:
        for module in section["modules"]:
            module.pop("completiondata", None)
    rules = {one.id: one.rules for one in catalogue.parse_modules(sections, "2").items}
    assert rules["6"] == ("completionsubmit",)
    assert rules["1"] == rules["2"] == rules["4"] == ()


def test_roster_with_every_field() -> None:
    page = people.parse_roster(response("enrolled_users"), "2")
    first, second = page.items[:2]
    assert first.user == RemoteUser(
        id="3",
        username="apprenant01",
        idnumber="TL-2026-01",
        email="apprenant01@example.org",
        fullname="Aïcha Durand",
        firstname="Aïcha",
        lastname="Durand",
    )
    assert (first.roles, first.last_access_at, first.course) == (("student",), None, CourseRef(id="2"))
    assert second.last_access_at == datetime(2026, 11, 23, 9, 6, 13, tzinfo=UTC)


def test_roster_with_light_fields() -> None:
    page = people.parse_roster(response("enrolled_users_light"), "2")
    assert [one.user.id for one in page.items] == ["3", "4", "5"]
    chloe = page.items[2]
    assert (chloe.user.fullname, chloe.user.idnumber, chloe.user.username) == ("Chloé Benali", "TL-2026-03", None)
    assert (chloe.roles, chloe.last_access_at) == (None, datetime(2026, 11, 23, 8, 6, 14, tzinfo=UTC))


@pytest.mark.parametrize(
    ("name", "key", "values", "ids"),
    [
        ("users_by_idnumber", "idnumber", ["TL-2026-05"], ["7"]),
        ("users_by_field_email", "email", ["apprenant05@example.org", "apprenant06@example.org"], ["7", "8"]),
    ],
)
def test_people_looked_up(name: str, key: UserKey, values: list[str], ids: list[str]) -> None:
    page = people.parse_people(response(name), key, values)
    assert [one.id for one in page.items] == ids
    assert (page.items[0].fullname, page.notices) == ("Émilie Lefèvre", ())


def test_names_stay_out_of_repr() -> None:
    first = people.parse_roster(response("enrolled_users"), "2").items[0]
    assert "Durand" not in repr(first)
    assert "apprenant01@example.org" not in repr(first)
    assert "apprenant01@example.org" not in repr(first.user.ref)


def test_courses_of_one_person() -> None:
    page = people.parse_users_courses(response("users_courses"), "7")
    assert [one.course.shortname for one in page.items] == ["PRO-2026", "CNB-2026", "HAB-2026"]
    assert [one.progress for one in page.items] == pytest.approx([0.6, 0.83333, 0.16667], abs=1e-5)
    assert [one.completed for one in page.items] == [False, False, False]
    assert page.items[1].last_access_at == datetime(2026, 11, 23, 6, 6, 14, tzinfo=UTC)
    assert page.items[0].user == RemoteUser(id="7")


def test_activity_completion() -> None:
    page = completion.parse_activities(response("activities_completion"), "2", "7")
    assert [(one.module_id, one.state) for one in page.items] == [
        ("2", ActivityState.COMPLETED),
        ("3", ActivityState.COMPLETED),
        ("5", ActivityState.INCOMPLETE),
        ("6", ActivityState.COMPLETED),
        ("7", ActivityState.PASSED),
        ("9", ActivityState.COMPLETED),
    ]
    assert [one.at for one in page.items] == [DONE_AT, DONE_AT, None, DONE_AT, DONE_AT, DONE_AT]
    quiz = page.items[4]
    assert (quiz.kind, quiz.counts, quiz.tracked, quiz.overridden_by) == ("quiz", True, True, None)
    assert (quiz.course_id, quiz.user_id) == ("2", "7")


@pytest.mark.parametrize(
    ("state", "meaning"),
    [(0, "incomplete"), (1, "completed"), (2, "passed"), (3, "failed"), (4, "failed"), ("3", "failed")],
)
def test_each_state_of_an_activity(state: int, meaning: str) -> None:
    payload = response("activities_completion")
    payload["statuses"] = [payload["statuses"][4] | {"state": state, "overrideby": 30}]
    (record,) = completion.parse_activities(payload, "2", "7").items
    assert record.state == meaning
    assert record.at == (None if state == 0 else DONE_AT)
    assert record.overridden_by == "30"


@pytest.mark.parametrize("state", [9, None])
def test_an_unknown_state_is_left_out_and_told(state: int | None) -> None:
    payload = response("activities_completion")
    payload["statuses"][0]["state"] = state
    page = completion.parse_activities(payload, "2", "7")
    assert "2" not in {one.module_id for one in page.items}
    assert page.notices == (Notice("unreadable", "module 2", "unknown completion state"),)


def test_course_completion_reads_booleans_and_links_not_words() -> None:
    payload = response("course_completion")
    for one in payload["completionstatus"]["completions"]:
        one["status"] = "Oui"
        one["title"] = "Achèvement d'activité"
    (record,) = completion.parse_course_completion(payload, "2", "7").items
    assert (record.completed, record.completed_at) == (False, None)
    assert record.criteria == (
        CompletionCriterion(True, DONE_AT, "2"),
        CompletionCriterion(False, None, "5"),
        CompletionCriterion(True, DONE_AT, "6"),
        CompletionCriterion(True, DONE_AT, "7"),
    )
    assert (record.course, record.user) == (CourseRef(id="2"), UserRef(id="7"))
    (other,) = completion.parse_course_completion(response("course_completion_none"), "2", "5").items
    assert [one.met for one in other.criteria] == [True, True, False, False]


@pytest.mark.parametrize(("aggregation", "hours"), [(1, 3), (2, 0)])
def test_the_instant_of_course_completion_is_that_of_the_deciding_criterion(aggregation: int, hours: int) -> None:
    payload = response("course_completion")
    status = payload["completionstatus"] | {"completed": True, "aggregation": aggregation}
    for number, one in enumerate(status["completions"]):
        one |= {"complete": True, "timecompleted": int(DONE_AT.timestamp()) + 3600 * number}
    (record,) = completion.parse_course_completion({"completionstatus": status}, "2", "7").items
    assert record.completed_at == DONE_AT + timedelta(hours=hours)


def test_grades_of_one_person() -> None:
    page = grades.parse_grades(response("grade_items_user"), "7")
    assert [(one.kind, one.module_id, one.raw, one.minimum, one.maximum) for one in page.items] == [
        ("scorm", "5", 64.0, 0.0, 100.0),
        ("assign", "6", None, 0.0, 100.0),
        ("quiz", "7", 10.0, 0.0, 20.0),
        ("attendance", "8", 75.0, 0.0, 100.0),
        (None, None, 149.0, 0.0, 220.0),
    ]
    quiz, total = page.items[2], page.items[4]
    assert (quiz.name, quiz.scaled, quiz.graded_at) == ("Évaluation finale", 0.5, DONE_AT)
    assert quiz.submitted_at == DONE_AT + timedelta(minutes=10)
    assert (total.item, total.item_id, total.name) == ("course", "1", None)
    assert (quiz.item, quiz.course_id, quiz.user_id) == ("mod", "2", "7")
    assert page.items[1].scaled is None
    assert page.notices == ()


def test_grades_of_everybody() -> None:
    page = grades.parse_grades(response("grade_items_course_all"))
    totals = {one.user_id: (one.raw, one.maximum) for one in page.items if one.item == "course"}
    assert len(totals) == 25
    assert len(page.items) == 125
    assert (totals["5"], totals["12"], totals["18"]) == ((162.0, 200.0), (223.0, 320.0), (75.0, 100.0))


def test_numbers_as_strings_and_scales_without_numbers() -> None:
    payload = response("grade_items_user")
    items = payload["usergrades"][0]["gradeitems"]
    items[0] |= {"graderaw": "58.00000", "grademax": "100.00000"}
    items[1] |= {"grademin": None, "grademax": None}
    page = grades.parse_grades(payload)
    assert page.items[0].raw == 58.0
    assert [one.kind for one in page.items] == ["scorm", "quiz", "attendance", None]


def test_grades_of_somebody_not_enrolled_are_a_silent_miss() -> None:
    cases = {
        one["case"]: one["response"]
        for one in json.loads(shared_path("fixtures", "moodle", "ws", "errors.json").read_text(encoding="utf-8"))
    }
    page = grades.parse_grades(cases["unknown grade user"], "30")
    assert {one.raw for one in page.items} == {None}
    assert [(one.code, one.about) for one in page.notices] == [("silent_miss", "grades of user 30")]


def test_warnings_beside_an_answer_are_surfaced() -> None:
    assert client.warnings(response("assignments")) == (
        Notice("remote_warning", "course 2", "2: User is not enrolled or does not have requested capability"),
    )
    assert client.warnings(response("updates_since"))[0].about == "module 8"
    assert client.warnings(response("courses_all")) == ()


def test_report_with_everything() -> None:
    page = report.parse_report(response("reportbuilder_enrolments_completion"), RECORDED_ZONE)
    assert report.total_rows(response("reportbuilder_enrolments_completion")) == 87
    assert len(page.items) == 81
    assert page.notices == ()
    rows = {(one.course.idnumber, one.user.username): one for one in page.items}
    done = rows["CNB-2026", "apprenant10"]
    assert (done.completed, done.progress, done.grade, done.active) == (True, 1.0, 223.0, True)
    assert done.completed_at == datetime(2026, 11, 23, 10, 6, tzinfo=UTC)
    assert done.completed_at + done.precision > DONE_AT
    assert done.last_access_at == datetime(2026, 11, 23, 1, 6, tzinfo=UTC)
    assert done.user == UserRef(None, "apprenant10", "TL-2026-10", "apprenant10@example.org")
    half = rows["CNB-2026", "apprenant01"]
    assert (half.completed, half.completed_at, half.progress, half.last_access_at) == (False, None, 0.167, None)
    midnight = rows["CNB-2026", "apprenant12"]
    assert midnight.last_access_at == datetime(2026, 11, 22, 23, 6, tzinfo=UTC)
    trainer = rows["PRO-2026", "formateur2"]
    assert (trainer.completed, trainer.grade, trainer.progress) == (None, None, 0.0)


def test_report_without_progress() -> None:
    page = report.parse_report(response("reportbuilder_completion_no_progress"), RECORDED_ZONE)
    assert len(page.items) == 81
    assert sum(one.completed is True for one in page.items) == 11
    assert {one.progress for one in page.items} == {None}


def test_columns_are_found_by_name_wherever_they_are() -> None:
    payload = response("reportbuilder_completion_no_progress")
    turned = copy.deepcopy(payload)
    turned["data"]["headers"].reverse()
    for row in turned["data"]["rows"]:
        row["columns"].reverse()
    assert report.parse_report(turned) == report.parse_report(payload)


@pytest.mark.parametrize("header", ["Course ID number", "Completed"])
def test_a_needed_column_that_is_missing_is_drift(header: str) -> None:
    payload = response("reportbuilder_completion_no_progress")
    headers = payload["data"]["headers"]
    headers[headers.index(header)] = "Terminé"
    with pytest.raises(DataDrift, match=header):
        report.parse_report(payload)


def test_a_report_on_completions_of_late_lacks_the_column_completed() -> None:
    with pytest.raises(DataDrift, match="Completed"):
        report.parse_report(response("reportbuilder_completed_last_2_days"))


def test_another_report_is_drift() -> None:
    payload = response("reportbuilder_completion_no_progress")
    payload["details"]["source"] = "core_user\\reportbuilder\\datasource\\users"
    with pytest.raises(DataDrift, match="Course participants"):
        report.parse_report(payload)


@pytest.mark.parametrize(
    ("header", "cell"),
    [("Completed", "Oui"), ("Time completed", "lundi 23 novembre 2026, 11:06"), ("Grade", "223,00"), ("Grade", "A+")],
)
def test_a_cell_in_another_language_is_left_out_and_told(header: str, cell: str) -> None:
    payload = response("reportbuilder_completion_no_progress")
    payload["data"]["rows"][11]["columns"][payload["data"]["headers"].index(header)] = cell
    page = report.parse_report(payload)
    assert len(page.items) == 80
    assert [(one.code, one.about) for one in page.notices] == [("unreadable", "report row 11")]


@pytest.mark.parametrize(
    ("cell", "meaning"),
    [
        ("Monday, 23 November 2026, 11:06 AM", datetime(2026, 11, 23, 11, 6, tzinfo=UTC)),
        ("Monday, 23 November 2026, 12:06 AM", datetime(2026, 11, 23, 0, 6, tzinfo=UTC)),
        ("Monday, 23 November 2026, 12:06 PM", datetime(2026, 11, 23, 12, 6, tzinfo=UTC)),
        ("1 March 2026, 9:05 PM", datetime(2026, 3, 1, 21, 5, tzinfo=UTC)),
        ("Never", None),
        ("", None),
    ],
)
def test_dates_in_words(cell: str, meaning: datetime | None) -> None:
    assert report.parse_date(cell) == meaning


@pytest.mark.parametrize("cell", ["23/11/2026", "Monday, 31 February 2026, 1:00 PM", "Monday, 3 Mai 2026, 1:00 PM"])
def test_dates_that_are_not_dates(cell: str) -> None:
    with pytest.raises(report.Unreadable):
        report.parse_date(cell)
