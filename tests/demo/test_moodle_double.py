"""The Moodle double: answers in the recorded shapes, errors as Moodle gives them, a state that changes while it
answers.
"""

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from hub.demo.moodle import Course, Module, MoodleState, Person, create_moodle_double
from hub.demo.moodle_records import PAYLOADS
from tests.demo.moodle_sample import DONE_AT, TOKEN, URL, sample
from tests.shared import shared_path

SERVER = "/webservice/rest/server.php"


@pytest.fixture
def state() -> MoodleState:
    return sample()


@pytest.fixture
def browser(state: MoodleState) -> FlaskClient:
    return create_moodle_double(state).test_client()


def call(browser: FlaskClient, function: str, **params: Any) -> Any:
    form = {"wstoken": TOKEN, "wsfunction": function, "moodlewsrestformat": "json", **params}
    answer = browser.post(SERVER, data=form)
    assert answer.status_code == 200
    return answer.get_json()


def recorded(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))["response"]


def differences(found: Any, model: Any, path: str = "$") -> list[str]:
    """Where the shape of an answer leaves the recorded one: keys, and types where both have a value."""
    if isinstance(found, dict) and isinstance(model, dict):
        gaps = [f"{path}: {key}" for key in sorted(set(found) ^ set(model))]
        return gaps + [
            one for key in set(found) & set(model) for one in differences(found[key], model[key], f"{path}.{key}")
        ]
    if isinstance(found, list) and isinstance(model, list):
        # A list holds several forms (grade items, modules): an item has to match one of them.
        best = [min((differences(item, form, f"{path}[]") for form in model), key=len) for item in found if model]
        return [one for gaps in best for one in gaps]
    numbers = isinstance(found, int | float) and isinstance(model, int | float)
    if found is None or model is None or numbers or type(found) is type(model):
        return []
    return [f"{path}: {type(found).__name__} for {type(model).__name__}"]


def test_the_payloads_are_those_recorded() -> None:
    """Copies of the shared recordings, but for one key of the site that no test needs."""
    folder = shared_path("fixtures", "moodle", "ws")
    for copy in PAYLOADS.glob("*.json"):
        ours, theirs = (json.loads(path.read_text(encoding="utf-8")) for path in (copy, folder / copy.name))
        if copy.stem == "site_info":
            for one in (ours, theirs):
                del one["response"]["userprivateaccesskey"]
        assert ours == theirs, copy.name


def test_activity_completion_is_the_recording_itself(browser: FlaskClient) -> None:
    answer = call(browser, "core_completion_get_activities_completion_status", courseid=2, userid=7)
    assert answer == recorded("activities_completion")


def test_course_completion_but_for_the_words_of_the_requirement(browser: FlaskClient) -> None:
    answer = call(browser, "core_completion_get_course_completion_status", courseid=2, userid=7)
    model = recorded("course_completion")
    for one in model["completionstatus"]["completions"]:
        one["details"]["requirement"] = ""
    assert answer == model


def test_grades_hold_the_recorded_numbers(browser: FlaskClient) -> None:
    answer = call(browser, "gradereport_user_get_grade_items", courseid=2, userid=7)["usergrades"][0]
    model = recorded("grade_items_user")["usergrades"][0]
    fields = ("graderaw", "grademin", "grademax", "gradeformatted", "percentageformatted", "gradedategraded", "cmid")
    by_kind = [
        {one["itemmodule"]: [one.get(name) for name in fields] for one in part["gradeitems"]}
        for part in (answer, model)
    ]
    assert by_kind[0] == by_kind[1]
    assert {key: answer[key] for key in answer if key != "gradeitems"} == {
        key: model[key] for key in model if key != "gradeitems"
    }
    assert [one["itemtype"] for one in answer["gradeitems"]] == ["mod"] * 4 + ["course"]


def test_contents_are_those_recorded(browser: FlaskClient) -> None:
    answer = call(browser, "core_course_get_contents", courseid=2)
    model = recorded("contents")
    assert [one["name"] for one in answer] == [one["name"] for one in model]
    for ours, theirs in zip(answer, model, strict=True):
        for module, other in zip(ours["modules"], theirs["modules"], strict=True):
            ids = {"contextid": other["contextid"]}
            assert module | ids == other


def test_contents_can_be_left_out(browser: FlaskClient) -> None:
    params = {"options[0][name]": "excludecontents", "options[0][value]": "1"}
    answer = call(browser, "core_course_get_contents", courseid=2, **params)
    assert [one for part in answer for one in part["modules"] if "contents" in one] == []


@pytest.mark.parametrize(
    ("function", "params", "name"),
    [
        ("core_webservice_get_site_info", {}, "site_info"),
        ("core_course_get_categories", {}, "categories"),
        ("core_enrol_get_users_courses", {"userid": 7}, "users_courses"),
        ("core_enrol_get_enrolled_users", {"courseid": 2}, "enrolled_users"),
        ("core_user_get_users_by_field", {"field": "idnumber", "values[0]": "TL-2026-05"}, "users_by_idnumber"),
        ("core_reportbuilder_list_reports", {}, "reportbuilder_list"),
        ("core_reportbuilder_retrieve_report", {"reportid": 1}, "reportbuilder_enrolments_completion"),
        ("core_reportbuilder_retrieve_report", {"reportid": 2}, "reportbuilder_completion_no_progress"),
        ("core_reportbuilder_retrieve_report", {"reportid": 3}, "reportbuilder_completed_last_2_days"),
    ],
)
def test_shapes_are_those_recorded(browser: FlaskClient, function: str, params: dict[str, Any], name: str) -> None:
    answer = call(browser, function, **params)
    assert answer
    assert differences(answer, recorded(name)) == []


def test_courses_are_listed_with_the_site_itself(browser: FlaskClient) -> None:
    answer = call(browser, "core_course_get_courses")
    assert [(one["id"], one["shortname"]) for one in answer] == [(1, "tierslieu"), (2, "CNB-2026"), (3, "HAB-2026")]
    assert differences(answer[1:], recorded("courses_all")[1:]) == []
    some = call(browser, "core_course_get_courses", **{"options[ids][0]": 3, "options[ids][1]": 99})
    assert [one["id"] for one in some] == [3]
    by_field = call(browser, "core_course_get_courses_by_field", field="shortname", value="HAB-2026")
    assert [one["id"] for one in by_field["courses"]] == [3]
    assert differences(by_field["courses"], recorded("courses_by_field_all")["courses"][1:]) == []


def test_rosters_are_paged_and_light_on_demand(browser: FlaskClient) -> None:
    options = {"userfields": "id,email,roles", "limitfrom": "1", "limitnumber": "1", "sortby": "id"}
    params = {}
    for number, (name, value) in enumerate(options.items()):
        params |= {f"options[{number}][name]": name, f"options[{number}][value]": value}
    (person,) = call(browser, "core_enrol_get_enrolled_users", courseid=2, **params)
    assert sorted(person) == ["email", "fullname", "id", "roles"]
    assert (person["id"], person["roles"][0]["shortname"]) == (7, "student")
    assert len(call(browser, "core_enrol_get_enrolled_users", courseid=2)) == 3


def test_reports_are_written_in_the_zone_asked_for(browser: FlaskClient) -> None:
    def access(**params: str) -> list[str]:
        answer = call(browser, "core_reportbuilder_retrieve_report", reportid=1, perpage=0, **params)
        return [one["columns"][-1] for one in answer["data"]["rows"] if one["columns"][2] == "apprenant05"]

    assert access()[0] == "Monday, 23 November 2026, 11:06 AM"
    assert access(moodlewssettingtimezone="UTC") == ["Monday, 23 November 2026, 10:06 AM", "Never"]


def test_report_rows_and_paging(browser: FlaskClient) -> None:
    whole = call(browser, "core_reportbuilder_retrieve_report", reportid=2, perpage=0)["data"]
    assert [one["columns"] for one in whole["rows"]] == [
        ["CNB-2026", "", "", "", "", ""],
        ["CNB-2026", "", "", "", "", ""],
        ["CNB-2026", "TL-2026-01", "apprenant01", "", "", ""],
        ["CNB-2026", "TL-2026-05", "apprenant05", "No", "", "149.00"],
        ["CNB-2026", "TL-F-1", "formateur1", "", "", ""],
        ["HAB-2026", "", "", "", "", ""],
        ["HAB-2026", "", "", "", "", ""],
        ["HAB-2026", "TL-2026-05", "apprenant05", "", "", ""],
    ]
    second = call(browser, "core_reportbuilder_retrieve_report", reportid=2, page=1, perpage=3)["data"]
    assert (second["totalrowcount"], second["rows"]) == (8, whole["rows"][3:6])


@pytest.mark.parametrize(
    ("function", "params", "errorcode"),
    [
        ("core_nope", {}, "invalidrecord"),
        ("core_course_get_contents", {}, "invalidparameter"),
        ("core_course_get_contents", {"courseid": "2", "nope": "1"}, "invalidparameter"),
        ("core_course_get_contents", {"courseid": "abc"}, "invalidparameter"),
        ("core_course_get_contents", {"courseid[0]": "2"}, "invalidparameter"),
        ("core_course_get_contents", {"courseid": "999"}, "invalidrecord"),
        ("core_course_get_contents", {"courseid": "2", "options": "x"}, "invalidparameter"),
        ("core_course_get_courses", {"options": "x"}, "invalidparameter"),
        ("core_course_get_courses_by_field", {"field": "nope", "value": "1"}, "invalidparameter"),
        ("core_completion_get_activities_completion_status", {"courseid": "2", "userid": "9999"}, "invaliduser"),
        ("core_completion_get_course_completion_status", {"courseid": "3", "userid": "3"}, "notenroled"),
        ("core_reportbuilder_retrieve_report", {"reportid": "9"}, "invalidrecord"),
        ("core_enrol_get_enrolled_users", {"courseid": "2", "moodlewssettingtimezone": "Mars/X"}, "invalidparameter"),
    ],
)
def test_errors_come_with_status_200(
    browser: FlaskClient, function: str, params: dict[str, str], errorcode: str
) -> None:
    answer = call(browser, function, **params)
    assert answer["errorcode"] == errorcode
    assert sorted(answer) == ["errorcode", "exception", "message"]


@pytest.mark.parametrize("token", ["", "wrong", "é"])
def test_the_token_is_checked_like_moodle_does(browser: FlaskClient, token: str) -> None:
    form = {"wstoken": token, "wsfunction": "core_course_get_courses", "moodlewsrestformat": "json"}
    answer = browser.post(SERVER, data=form)
    assert (answer.status_code, answer.get_json()["errorcode"]) == (200, "invalidtoken")


def test_without_a_format_it_speaks_xml(browser: FlaskClient) -> None:
    answer = browser.get(SERVER, query_string={"wstoken": TOKEN, "wsfunction": "core_course_get_courses"})
    assert answer.mimetype == "application/xml"


def test_a_narrow_service() -> None:
    state = sample(functions=frozenset({"core_webservice_get_site_info", "core_course_get_courses"}))
    browser = create_moodle_double(state).test_client()
    assert [one["name"] for one in call(browser, "core_webservice_get_site_info")["functions"]] == [
        "core_course_get_courses",
        "core_webservice_get_site_info",
    ]
    assert call(browser, "core_enrol_get_users_courses", userid=7)["errorcode"] == "accessexception"


def test_calls_are_counted_and_take_their_time() -> None:
    state = sample(latency={"core_course_get_courses": 0.05})
    browser = create_moodle_double(state).test_client()
    started = time.monotonic()
    call(browser, "core_course_get_courses")
    assert time.monotonic() - started >= 0.05
    call(browser, "core_webservice_get_site_info")
    assert state.calls == {"core_course_get_courses": 1, "core_webservice_get_site_info": 1}


def test_a_learner_finishes_the_course(state: MoodleState, browser: FlaskClient) -> None:
    assert state.completed_at(7, 2) is None
    assert state.progress(7, 2) == pytest.approx(83.3333, abs=1e-3)
    later = DONE_AT + timedelta(days=1)
    state.complete(7, 5, later)
    own = {one["id"]: one for one in call(browser, "core_enrol_get_users_courses", userid=7)}
    assert (own[2]["completed"], own[2]["progress"], own[2]["lastaccess"]) == (True, 100.0, int(later.timestamp()))
    assert (own[3]["completed"], own[3]["progress"]) == (False, None)
    status = call(browser, "core_completion_get_course_completion_status", courseid=2, userid=7)["completionstatus"]
    assert status["completed"] is True
    assert state.completed_at(7, 2) == later


def test_recent_completions_follow_the_clock_of_the_double() -> None:
    clock = [DONE_AT + timedelta(days=1)]
    state = sample(now=lambda: clock[0])
    state.complete(7, 5, DONE_AT)
    browser = create_moodle_double(state).test_client()

    def recent() -> list[list[str]]:
        rows = call(browser, "core_reportbuilder_retrieve_report", reportid=3, perpage=0)["data"]["rows"]
        return [one["columns"] for one in rows]

    assert recent() == [["CNB-2026", "apprenant05", "Monday, 23 November 2026, 11:06 AM"]]
    clock[0] += timedelta(days=2)
    assert recent() == []


def test_states_and_grades_may_fall_and_be_taken_back(state: MoodleState, browser: FlaskClient) -> None:
    state.complete(7, 7, DONE_AT, state=3)
    state.complete(7, 2, DONE_AT, state=0)
    state.grade(7, 7, 4, DONE_AT)
    state.grade(7, 8, None, DONE_AT)
    statuses = call(browser, "core_completion_get_activities_completion_status", courseid=2, userid=7)["statuses"]
    assert {one["cmid"]: (one["state"], one["isoverallcomplete"]) for one in statuses} == {
        2: (0, False),
        3: (1, True),
        5: (0, False),
        6: (1, True),
        7: (3, False),
        9: (1, True),
    }
    items = call(browser, "gradereport_user_get_grade_items", courseid=2, userid=7)["usergrades"][0]["gradeitems"]
    assert {one["itemmodule"]: one["graderaw"] for one in items} == {
        "scorm": 64,
        "assign": None,
        "quiz": 4,
        "attendance": None,
        None: 68,
    }


def test_somebody_without_a_grade_and_trainers_in_the_report(state: MoodleState, browser: FlaskClient) -> None:
    answer = call(browser, "gradereport_user_get_grade_items", courseid=2)["usergrades"]
    assert [one["userid"] for one in answer] == [3, 7]
    total = answer[0]["gradeitems"][-1]
    assert (total["graderaw"], total["grademax"], total["gradeformatted"]) == (None, 320, "-")


def test_what_moodle_would_not_do_either(state: MoodleState) -> None:
    with pytest.raises(KeyError):
        state.enrol(99, 2)
    with pytest.raises(KeyError):
        state.complete(3, 999, DONE_AT)
    with pytest.raises(ValueError, match="cannot be in state"):
        state.complete(7, 4, DONE_AT)
    with pytest.raises(ValueError, match="cannot be in state"):
        state.complete(7, 7, DONE_AT, state=9)
    with pytest.raises(ValueError, match="cannot be graded"):
        state.grade(7, 7, 21, DONE_AT)
    with pytest.raises(ValueError, match="cannot be graded"):
        state.grade(7, 2, 1, DONE_AT)
    with pytest.raises(ValueError, match="no account"):
        state.add_person(Person(50, "UPPER", "A", "B", "a@example.org"))
    with pytest.raises(ValueError, match="no course"):
        state.add_course(Course(5, "X", "X", modules=[Module(7, "page", "Encore", "S")]))
    state.unenrol(7, 2)
    with pytest.raises(KeyError):
        state.grade(7, 7, 10, DONE_AT)


def test_a_learner_who_follows_a_link_sees_the_course(browser: FlaskClient) -> None:
    page = browser.get("/course/view.php?id=2")
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert '<html lang="fr">' in text
    assert "Compétences numériques de base" in text
    assert 'href="/mod/quiz/view.php?id=7"' in text
    activity = browser.get("/mod/quiz/view.php?id=7").get_data(as_text=True)
    assert "Évaluation finale" in activity
    assert "Test" in activity
    assert 'href="/course/view.php?id=2"' in activity
    assert "Compétences numériques" in browser.get("/").get_data(as_text=True)


@pytest.mark.parametrize(
    "path", ["/course/view.php?id=99", "/course/view.php", "/mod/page/view.php?id=7", "/mod/quiz/view.php?id=x", "/x"]
)
def test_pages_that_do_not_exist(browser: FlaskClient, path: str) -> None:
    page = browser.get(path)
    assert page.status_code == 404
    assert "Cette page n'existe pas" in page.get_data(as_text=True).replace("&#39;", "'")


def test_names_are_escaped_in_pages_and_links() -> None:
    state = MoodleState(URL, TOKEN)
    state.add_person(Person(3, "a", "A", "B", "a@example.org"))
    state.add_course(Course(2, "C", "<script>c</script>", modules=[Module(7, "page", "<script>m</script>", "S")]))
    state.enrol(3, 2)
    browser = create_moodle_double(state).test_client()
    for path in ("/", "/course/view.php?id=2", "/mod/page/view.php?id=7"):
        assert "<script>" not in browser.get(path).get_data(as_text=True)
    answer = call(browser, "core_completion_get_course_completion_status", courseid=2, userid=3)
    assert "<script>" not in answer["completionstatus"]["completions"][0]["details"]["criteria"]
