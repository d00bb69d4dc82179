"""Functions of the double that change something."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hub.demo import moodle_records as records
from hub.demo.moodle_call import Call, Refusal, rows
from hub.demo.moodle_more import band_record
from hub.demo.moodle_more_state import WORDS, Band, Roll

STUDENT = "5"


def enrol(call: Call) -> Any:
    """``enrol_manual_enrol_users``: all or none."""
    wanted = rows(call.params, "enrolments")
    if any(str(one.get("roleid")) != STUDENT for one in wanted):
        raise Refusal("enrol unknown role")
    pairs = [(call.known_person(one), call.known_course(one)) for one in wanted]
    for user, course in pairs:
        call.state.enrol(user, course)
    return None


def unenrol(call: Call) -> Any:
    """``enrol_manual_unenrol_users``: who is not there is passed over."""
    for one in rows(call.params, "enrolments"):
        call.state.unenrol(call.known_person(one), call.known_course(one))
    return None


def create_groups(call: Call) -> Any:
    """``core_group_create_groups``; a key that another group of the course has is refused."""
    made = []
    for one in rows(call.params, "groups"):
        course, key = call.known_course(one), str(one.get("idnumber", ""))
        if any((it.course, it.idnumber) == (course, key) for it in call.state.more.bands.values() if key):
            raise Refusal("duplicate user")
        band = Band(call.state.more.new_id(), str(one["name"]), key, course)
        call.state.more.bands[band.id] = band
        made.append(band_record(band, call.state))
    return made


def _band(call: Call, one: dict[str, Any]) -> Band:
    found = call.state.more.bands.get(int(one.get("groupid", 0)))
    if found is None:
        raise Refusal("unknown course")
    return found


def add_members(call: Call) -> Any:
    """``core_group_add_group_members``; only people of the course."""
    for one in rows(call.params, "members"):
        band, user = _band(call, one), call.known_person(one)
        if band.course is None or not call.state.is_enrolled(user, band.course):
            raise Refusal("not enrolled user")
        band.members.add(user)
    return None


def delete_members(call: Call) -> Any:
    """``core_group_delete_group_members``."""
    for one in rows(call.params, "members"):
        _band(call, one).members.discard(call.known_person(one))
    return None


def add_session(call: Call) -> Any:
    """``mod_attendance_add_session``."""
    roll = Roll(
        call.state.more.new_id(),
        call.number("attendanceid"),
        datetime.fromtimestamp(call.number("sessiontime"), UTC),
        timedelta(seconds=call.number("duration")),
        str(call.params.get("description", "")),
    )
    call.state.more.rolls[roll.id] = roll
    return {"sessionid": roll.id}


def update_status(call: Call) -> Any:
    """``mod_attendance_update_user_status``; the set of words must be the roll's own."""
    roll, word = call.roll(), call.number("statusid")
    words = {str(key) for key, *_ in WORDS}
    if set(str(call.params.get("statusset", "")).split(",")) != words or str(word) not in words:
        raise Refusal("bad type")
    student = call.number("studentid")
    if student not in call.state.people or call.number("takenbyid") <= 0:
        raise Refusal("unknown user completion")
    roll.marks[student] = word
    roll.taken_at = call.state.now()
    return None


def override(call: Call) -> Any:
    """``core_completion_override_activity_completion_status``."""
    person, cmid, new = call.person(), call.number("cmid"), call.number("newstate")
    answer = records.recorded("write_override_activity_completion", call.state)
    try:
        account = int(records.recorded("site_info", call.state)["userid"])
        call.state.complete(person.id, cmid, call.state.now(), new, by=account)
    except KeyError:
        raise Refusal("not enrolled user") from None
    except ValueError:
        raise Refusal("bad type") from None
    return answer | {"cmid": cmid, "userid": person.id, "state": new}


def update_grades(call: Call) -> Any:
    """``core_grades_update_grades``: 0 is success, 1 failure."""
    try:
        for one in rows(call.params, "grades"):
            points = float(str(one["grade"]))
            call.state.grade(int(str(one["studentid"])), call.number("activityid"), points, call.state.now())
    except (KeyError, ValueError):
        return 1
    return 0
