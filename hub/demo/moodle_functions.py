"""The web-service functions of the double: parameters checked as Moodle checks them, answers in the recorded shapes."""

from collections.abc import Callable, Mapping
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from hub.demo import moodle_acts as acts
from hub.demo import moodle_more as more
from hub.demo import moodle_records as records
from hub.demo import moodle_report
from hub.demo.moodle_call import Call, Refusal, decode, texts
from hub.demo.moodle_state import MoodleState

__all__ = ["Refusal", "perform"]

_COURSE_FIELDS = ("id", "ids", "shortname", "idnumber", "category")
_USER_FIELDS = ("id", "idnumber", "username", "email")


def perform(state: MoodleState, function: str, form: Mapping[str, str], zone: str | None) -> Any:
    """The answer of one function. Raises :class:`Refusal`."""
    if function not in FUNCTIONS:
        raise Refusal("unknown function")
    if function not in service(state):
        raise Refusal("function not in service")
    if function in state.refused:
        raise Refusal(state.refused[function])
    handler, known = FUNCTIONS[function]
    params = decode(form)
    if any(name not in known for name in params):
        raise Refusal("unexpected param")
    try:
        chosen: tzinfo = state.zone if zone is None else UTC if zone == "UTC" else ZoneInfo(zone)
    except (KeyError, ValueError):
        raise Refusal("bad type") from None
    return handler(Call(state, params, chosen))


def service(state: MoodleState) -> frozenset[str]:
    """The functions that the token may call."""
    return frozenset(FUNCTIONS) if state.functions is None else frozenset(FUNCTIONS) & state.functions


def _site_info(call: Call) -> Any:
    info = records.recorded("site_info", call.state)
    allowed = service(call.state)
    info["functions"] = [one for one in info["functions"] if one["name"] in allowed]
    return info | {"sitename": call.state.name, "siteurl": call.state.url}


def _courses(call: Call) -> Any:
    options = call.params.get("options")
    ids = None if options is None else texts(options, "ids")
    site = records.recorded("courses_all", call.state)[0] | {"fullname": call.state.name}
    found = [records.course_record(course, call.state, "courses_all") for course in call.state.courses.values()]
    return [one for one in [site, *found] if ids is None or str(one["id"]) in ids]


def _courses_by_field(call: Call) -> Any:
    field, value = call.params.get("field", ""), str(call.params.get("value", ""))
    if field and field not in _COURSE_FIELDS:
        raise Refusal("bad field")
    answer = records.recorded("courses_by_field_all", call.state)
    found = [answer["courses"][0] | {"fullname": call.state.name}]
    found += [records.course_record(one, call.state, "courses_by_field_all") for one in call.state.courses.values()]
    key = {"ids": "id", "category": "categoryid"}.get(field, field)
    values = value.split(",") if field == "ids" else [value]
    return answer | {"courses": [one for one in found if not field or str(one[key]) in values]}


def _contents(call: Call) -> Any:
    course = call.course()
    with_contents = call.options().get("excludecontents") not in ("1", "true")
    names = list(dict.fromkeys([*course.sections, *(module.section for module in course.modules)]))
    return [
        records.section_record(course, number, name, call.state, with_contents=with_contents)
        for number, name in enumerate(names)
    ]


def _enrolled_users(call: Call) -> Any:
    course, options = call.course(), call.options()
    try:
        start, limit = int(options.get("limitfrom", 0)), int(options.get("limitnumber", 0))
    except ValueError:
        raise Refusal("bad type") from None
    people = call.state.members(course.id)[start:]
    found = [records.person_record(one, course, call.state) for one in (people[:limit] if limit else people)]
    fields = options.get("userfields")
    if not fields:
        return found
    kept = {"id", "fullname", *fields.split(",")}
    return [{key: value for key, value in one.items() if key in kept} for one in found]


def _users_courses(call: Call) -> Any:
    person = call.person()
    own = [one for one in call.state.courses.values() if call.state.is_enrolled(person.id, one.id)]
    return [records.own_course_record(one, person.id, call.state) for one in own]


def _users_by_field(call: Call) -> Any:
    field = call.params.get("field")
    if field not in _USER_FIELDS:
        raise Refusal("missing param")
    wanted = texts(call.params, "values")
    form = records.recorded("users_by_idnumber", call.state)[0]
    accounts = [form | records.account_fields(one) for one in call.state.people.values()]
    return [one for one in accounts if str(one[field]) in wanted]


def _activities_completion(call: Call) -> Any:
    course, person = call.course(), call.person()
    statuses = [records.status_record(module, person.id, call.state) for module in course.tracked]
    return {"statuses": statuses, "warnings": []}


def _course_completion(call: Call) -> Any:
    course, person = call.course(), call.person()
    if not call.state.is_enrolled(person.id, course.id):
        raise Refusal("not enrolled user")
    answer = records.recorded("course_completion", call.state)
    answer["completionstatus"] |= {
        "completed": call.state.completed_at(person.id, course.id) is not None,
        "completions": [
            records.criterion_record(one, person.id, call.state) for one in course.tracked if one.criterion
        ],
    }
    return answer


def _grade_items(call: Call) -> Any:
    course = call.course()
    if call.number("userid", 0):
        people = [call.person()]
    else:
        people = [one for one in call.state.members(course.id) if one.role == "student"]
    return {"usergrades": [records.grade_record(course, one, call.state) for one in people], "warnings": []}


def _list_reports(call: Call) -> Any:
    answer = records.recorded("reportbuilder_list", call.state)
    usual = answer["reports"][0] | {"id": moodle_report.USUAL, "name": "Hub: suivi"}
    return answer | {"reports": [*answer["reports"], usual]}


def _retrieve_report(call: Call) -> Any:
    report, page, perpage = call.number("reportid"), call.number("page", 0), call.number("perpage", 10)
    try:
        return moodle_report.answer(call.state, report, page, perpage, call.zone)
    except KeyError:
        raise Refusal("unknown course") from None


def _categories(call: Call) -> Any:
    return records.recorded("categories", call.state)


Handler = Callable[[Call], Any]
FUNCTIONS: Mapping[str, tuple[Handler, frozenset[str]]] = {
    "core_webservice_get_site_info": (_site_info, frozenset({"serviceshortnames"})),
    "core_course_get_categories": (_categories, frozenset({"criteria", "addsubcategories"})),
    "core_course_get_courses": (_courses, frozenset({"options"})),
    "core_course_get_courses_by_field": (_courses_by_field, frozenset({"field", "value"})),
    "core_course_get_contents": (_contents, frozenset({"courseid", "options"})),
    "core_enrol_get_enrolled_users": (_enrolled_users, frozenset({"courseid", "options"})),
    "core_enrol_get_users_courses": (_users_courses, frozenset({"userid", "returnusercount"})),
    "core_user_get_users_by_field": (_users_by_field, frozenset({"field", "values"})),
    "core_completion_get_activities_completion_status": (_activities_completion, frozenset({"courseid", "userid"})),
    "core_completion_get_course_completion_status": (_course_completion, frozenset({"courseid", "userid"})),
    "gradereport_user_get_grade_items": (_grade_items, frozenset({"courseid", "userid", "groupid"})),
    "core_reportbuilder_list_reports": (_list_reports, frozenset({"page", "perpage"})),
    "core_reportbuilder_retrieve_report": (_retrieve_report, frozenset({"reportid", "page", "perpage"})),
    "core_competency_list_course_competencies": (more.course_competencies, frozenset({"id"})),
    "tool_lp_data_for_user_competency_summary_in_course": (
        more.competency_in_course,
        frozenset({"userid", "competencyid", "courseid"}),
    ),
    "mod_attendance_get_sessions": (more.attendance_sessions, frozenset({"attendanceid"})),
    "mod_attendance_get_session": (more.attendance_session, frozenset({"sessionid"})),
    "core_course_get_updates_since": (more.updates_since, frozenset({"courseid", "since", "filter"})),
    "mod_assign_get_grades": (more.assign_grades, frozenset({"assignmentids", "since"})),
    "mod_assign_get_submissions": (more.assign_submissions, frozenset({"assignmentids", "status", "since", "before"})),
    "mod_h5pactivity_get_user_attempts": (
        more.h5p_attempts,
        frozenset({"h5pactivityid", "sortorder", "page", "perpage", "firstinitial", "lastinitial"}),
    ),
    "core_group_get_course_groups": (more.course_groups, frozenset({"courseid"})),
    "core_group_get_group_members": (more.group_members, frozenset({"groupids"})),
    "core_cohort_get_cohorts": (more.cohorts, frozenset({"cohortids"})),
    "core_cohort_get_cohort_members": (more.cohort_members, frozenset({"cohortids"})),
    "core_files_get_files": (
        more.files,
        frozenset({"contextid", "component", "filearea", "itemid", "filepath", "filename", "modified", "contextlevel",
                   "instanceid"}),
    ),
    "enrol_manual_enrol_users": (acts.enrol, frozenset({"enrolments"})),
    "enrol_manual_unenrol_users": (acts.unenrol, frozenset({"enrolments"})),
    "core_group_create_groups": (acts.create_groups, frozenset({"groups"})),
    "core_group_add_group_members": (acts.add_members, frozenset({"members"})),
    "core_group_delete_group_members": (acts.delete_members, frozenset({"members"})),
    "mod_attendance_add_session": (
        acts.add_session,
        frozenset({"attendanceid", "description", "sessiontime", "duration", "groupid", "addcalendarevent"}),
    ),
    "mod_attendance_update_user_status": (
        acts.update_status,
        frozenset({"sessionid", "studentid", "takenbyid", "statusid", "statusset"}),
    ),
    "core_completion_override_activity_completion_status": (acts.override, frozenset({"userid", "cmid", "newstate"})),
    "core_grades_update_grades": (
        acts.update_grades,
        frozenset({"source", "courseid", "component", "activityid", "itemnumber", "grades", "itemdetails"}),
    ),
}  # fmt: skip
