"""Functions of the double beside following learners: rolls, changes, groups, competencies, backups."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from hub.demo import moodle_records as records
from hub.demo.moodle_call import Call, Refusal, texts
from hub.demo.moodle_more_state import WORDS, Band, Roll
from hub.demo.moodle_state import Module, MoodleState


def roll_record(roll: Roll, state: MoodleState) -> dict[str, Any]:
    """A session with its words and its marks, ids inside the log as texts."""
    form: dict[str, Any] = records.recorded("attendance_session", state)
    words = {one["acronym"]: one for one in form["statuses"]}
    return form | {
        "id": roll.id,
        "attendanceid": roll.attendance,
        "sessdate": records.epoch(roll.starts_at),
        "duration": int(roll.length.total_seconds()),
        "description": roll.title,
        "lasttaken": records.epoch(roll.taken_at) or None,
        "statuses": [words[acronym] | {"id": key, "attendanceid": roll.attendance} for key, acronym, *_ in WORDS],
        "attendance_log": [
            {"studentid": user, "statusid": str(word), "remarks": "", "id": str(n)}
            for n, (user, word) in enumerate(sorted(roll.marks.items()), 1)
        ],
    }


def attendance_sessions(call: Call) -> Any:
    """``mod_attendance_get_sessions``."""
    attendance = call.number("attendanceid")
    found = [one for one in call.state.more.rolls.values() if one.attendance == attendance]
    return [roll_record(one, call.state) for one in sorted(found, key=lambda it: it.id)]


def attendance_session(call: Call) -> Any:
    """``mod_attendance_get_session``."""
    return roll_record(call.roll(), call.state)


def _since(call: Call) -> datetime:
    return datetime.fromtimestamp(call.number("since", 0), UTC)


def _assigns(call: Call) -> Iterable[tuple[int, Module]]:
    wanted = texts(call.params, "assignmentids")
    for course in call.state.courses.values():
        yield from ((one.instance, one) for one in course.modules
                    if one.modname == "assign" and str(one.instance) in wanted)  # fmt: skip


def assign_grades(call: Call) -> Any:
    """``mod_assign_get_grades``."""
    since, found = _since(call), []
    for instance, module in _assigns(call):
        marks = [(user, mark) for user in call.state.people if (mark := call.state.mark(user, module.id))]
        grades = [
            {"id": user, "userid": user, "attemptnumber": 0, "timecreated": records.epoch(mark.when),
             "timemodified": records.epoch(mark.when), "grader": 2, "grade": f"{mark.raw:.5f}"}
            for user, mark in marks if mark.when >= since
        ]  # fmt: skip
        found += [{"assignmentid": instance, "grades": grades}] if grades else []
    return {"assignments": found, "warnings": []}


def assign_submissions(call: Call) -> Any:
    """``mod_assign_get_submissions``."""
    since, found = _since(call), []
    form = records.recorded("assign_submissions", call.state)["assignments"][0]["submissions"][0]
    for instance, module in _assigns(call):
        given = [
            form | {"id": user, "userid": user, "timecreated": records.epoch(at), "timemodified": records.epoch(at)}
            for (user, cmid), at in call.state.more.submissions.items()
            if cmid == module.id and at >= since
        ]
        found.append({"assignmentid": instance, "submissions": given})
    return {"assignments": found, "warnings": []}


def h5p_attempts(call: Call) -> Any:
    """``mod_h5pactivity_get_user_attempts``."""
    instance, page, perpage = call.number("h5pactivityid"), call.number("page", 0), call.number("perpage", 0)
    modules = [(course, one) for course in call.state.courses.values() for one in course.modules
               if one.modname == "h5pactivity" and one.instance == instance]  # fmt: skip
    if not modules:
        raise Refusal("unknown course")
    course, module = modules[0]
    people = call.state.members(course.id)
    some = people[page * perpage : (page + 1) * perpage] if perpage else people
    return {
        "activityid": instance,
        "usersattempts": [{"userid": one.id, "attempts": _attempts(call, one.id, module)} for one in some],
        "warnings": [],
    }


def _attempts(call: Call, user: int, module: Module) -> list[dict[str, Any]]:
    done = call.state.done(user, module.id)
    if done is None:
        return []
    mark, when = call.state.mark(user, module.id), records.epoch(done.when)
    return [{"id": user, "h5pactivityid": module.instance, "userid": user, "timecreated": when, "timemodified": when,
             "attempt": 1, "rawscore": int(mark.raw) if mark else 0, "maxscore": int(module.grademax or 0),
             "duration": 120, "completion": 1, "success": 1, "scaled": 0}]  # fmt: skip


def updates_since(call: Call) -> Any:
    """``core_course_get_updates_since``: ids of items, not of people; nothing on completion."""
    course, since = call.course(), _since(call)
    instances = []
    for module in course.modules:
        moved = [user for user in call.state.people if (it := call.state.mark(user, module.id)) and it.when >= since]
        if moved:
            instances.append(
                {"contextlevel": "module", "id": module.id, "updates": [{"name": "usergrades", "itemids": moved}]}
            )
    warnings = [
        {"item": "module", "itemid": one.id, "warningcode": "missingcallback", "message": "no callback"}
        for one in course.modules
        if one.modname == "attendance"
    ]
    return {"instances": instances, "warnings": warnings}


def band_record(band: Band, state: MoodleState) -> dict[str, Any]:
    """A group or a cohort."""
    form: dict[str, Any] = records.recorded("cohorts" if band.course is None else "course_groups", state)[0]
    own = {"id": band.id, "name": band.name, "idnumber": band.idnumber}
    return form | own | ({} if band.course is None else {"courseid": band.course})


def course_groups(call: Call) -> Any:
    """``core_group_get_course_groups``."""
    course = call.course()
    return [band_record(one, call.state) for one in call.state.more.bands.values() if one.course == course.id]


def group_members(call: Call) -> Any:
    """``core_group_get_group_members``."""
    return _members(call, "groupid")


def cohorts(call: Call) -> Any:
    """``core_cohort_get_cohorts``."""
    return [band_record(one, call.state) for one in call.state.more.bands.values() if one.course is None]


def cohort_members(call: Call) -> Any:
    """``core_cohort_get_cohort_members``."""
    return _members(call, "cohortid")


def _members(call: Call, name: str) -> list[dict[str, Any]]:
    wanted = texts(call.params, f"{name}s") if f"{name}s" in call.params else set()
    bands = [one for one in call.state.more.bands.values() if str(one.id) in wanted]
    return [{name: one.id, "userids": sorted(one.members, reverse=True)} for one in bands]


def course_competencies(call: Call) -> Any:
    """``core_competency_list_course_competencies``."""
    form = records.recorded("course_competencies", call.state)[0]
    course = call.number("id")
    if course not in call.state.courses:
        raise Refusal("unknown course")
    return [
        form | {"competency": form["competency"] | {"id": one.id, "shortname": one.name, "idnumber": one.idnumber}}
        for one in call.state.more.abilities
        if one.course == course
    ]


def competency_in_course(call: Call) -> Any:
    """``tool_lp_data_for_user_competency_summary_in_course``."""
    person, course, competency = call.person(), call.course(), call.number("competencyid")
    answer = records.recorded("user_competency_in_course", call.state)
    grade, proficient, when = call.state.more.ratings.get((person.id, competency), (None, None, None))
    answer["usercompetencysummary"]["usercompetencycourse"] |= {
        "userid": person.id,
        "courseid": course.id,
        "competencyid": competency,
        "proficiency": proficient,
        "grade": None if grade is None else 2,
        "gradename": grade or "-",
        "timemodified": records.epoch(when),
    }
    return answer


def files(call: Call) -> Any:
    """``core_files_get_files``, for the backups of a course."""
    course, area = call.number("instanceid"), call.params.get("filearea")
    if course not in call.state.courses:
        raise Refusal("unknown course")
    found = [
        {"contextid": 1000 + course, "component": "backup", "filearea": area, "itemid": 0, "filepath": "/",
         "filename": one.name, "isdir": False,
         "url": f"{call.state.url}/webservice/pluginfile.php/{1000 + course}/backup/{area}/{one.name}",
         "timemodified": records.epoch(one.made_at), "filesize": len(one.data), "author": None, "license": None}
        for one in call.state.more.backups if (one.course, one.area) == (course, area)
    ]  # fmt: skip
    return {"parents": [], "files": found}


def file_bytes(state: MoodleState, path: str) -> bytes | None:
    """The bytes behind an address of ``files``; None when there is no such file."""
    return next((one.data for one in state.more.backups if path.endswith(f"/{one.area}/{one.name}")), None)


def refusal_text(code: str) -> str:
    """How ``pluginfile.php`` says no: an error in JSON."""
    return json.dumps({"error": "refused", "errorcode": code, "exception": "moodle_exception"})
