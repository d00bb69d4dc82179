"""The recorded answers of a running Moodle 4.5.6, as forms to fill.

Each function returns a fresh copy of a recorded object with the values of the state put in, so that every field that
the real one sends is there, with its real type.
"""

import copy
import html
import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from hub.demo.moodle_state import Course, Module, MoodleState, Person

PAYLOADS = Path(__file__).with_name("payloads") / "moodle"
_RECORDED_URL = "https://moodle.example.org"
_SUCCESS_ICON = '<i class="icon fa fa-check text-success fa-fw inline"  title="Pass" role="img" aria-label="Pass"></i>'
Record = dict[str, Any]


@cache
def _text(name: str) -> str:
    return (PAYLOADS / f"{name}.json").read_text(encoding="utf-8")


@cache
def _recorded(name: str, url: str) -> Any:
    return json.loads(_text(name).replace(_RECORDED_URL, url))


def recorded(name: str, state: MoodleState) -> Any:
    """A copy of the response of a recorded call, the site's address put in."""
    return copy.deepcopy(_recorded(name, state.url)["response"])


def error(case: str, state: MoodleState) -> Record:
    """The recorded error answer of a case (see ``errors.json``). Raises ``KeyError``."""
    answers = {one["case"]: one["response"] for one in _recorded("errors", state.url)}
    return dict(answers[case])


def epoch(when: datetime | None) -> int:
    """Epoch seconds, 0 for never."""
    return 0 if when is None else int(when.timestamp())


def course_record(course: Course, state: MoodleState, listing: str) -> Record:
    """A course for ``courses_all`` or ``courses_by_field_all``."""
    forms = recorded(listing, state)
    form: Record = (forms["courses"] if isinstance(forms, dict) else forms)[-1]
    times = {"timecreated": course.created_at, "timemodified": course.modified_at}
    form |= {name: epoch(at) for name, at in times.items() if at is not None and name in form}
    return form | {
        "id": course.id,
        "shortname": course.shortname,
        "fullname": course.fullname,
        "displayname": course.fullname,
        "idnumber": course.idnumber,
        "summary": course.summary,
    }


def own_course_record(course: Course, user: int, state: MoodleState) -> Record:
    """A course among those of one person, with progress and completion."""
    form: Record = recorded("users_courses", state)[0]
    return form | {
        "id": course.id,
        "shortname": course.shortname,
        "fullname": course.fullname,
        "displayname": course.fullname,
        "idnumber": course.idnumber,
        "summary": course.summary,
        "progress": state.progress(user, course.id),
        "completed": state.completed_at(user, course.id) is not None,
        "lastaccess": epoch(state.last_access(user, course.id)) or None,
    }


def person_record(person: Person, course: Course, state: MoodleState) -> Record:
    """A participant with every field of the default answer."""
    form: Record = recorded("enrolled_users", state)[0]
    enrolled = [one for one in state.courses.values() if state.is_enrolled(person.id, one.id)]
    role = {**form["roles"][0], "roleid": 5 if person.role == "student" else 3, "shortname": person.role}
    return (
        form
        | account_fields(person)
        | {
            "lastcourseaccess": epoch(state.last_access(person.id, course.id)),
            "groups": [],
            "roles": [role],
            "enrolledcourses": [
                {"id": one.id, "fullname": one.fullname, "shortname": one.shortname} for one in enrolled
            ],
        }
    )


def account_fields(person: Person) -> Record:
    """The fields that name a person."""
    return {
        "id": person.id,
        "username": person.username,
        "firstname": person.firstname,
        "lastname": person.lastname,
        "fullname": person.fullname,
        "email": person.email,
        "idnumber": person.idnumber,
    }


def section_record(course: Course, number: int, name: str, state: MoodleState, *, with_contents: bool) -> Record:
    """A section of a course page with its modules."""
    form: Record = recorded("contents", state)[0]
    modules = [module_record(one, state, with_contents=with_contents) for one in course.modules if one.section == name]
    return form | {"id": course.id * 100 + number, "name": name, "section": number, "modules": modules}


def module_record(module: Module, state: MoodleState, *, with_contents: bool) -> Record:
    """A module of a course page. An unrecorded kind takes the form of a page."""
    forms = {one["modname"]: one for part in recorded("contents", state) for one in part["modules"]}
    form: Record = forms.get(module.modname, forms["page"])
    form |= {
        "id": module.id,
        "name": module.name,
        "instance": module.instance,
        "contextid": 1000 + module.id,
        "modname": module.modname,
        "completion": module.completion,
    }
    if "url" in form:
        form["url"] = module_url(module, state)
    form.pop("completiondata", None)
    if module.completion:
        status = status_record(module, 0, state)
        form["completiondata"] = {
            key: status[key] for key in status if key not in ("cmid", "modname", "instance", "tracking")
        }
        form["completiondata"]["istrackeduser"] = False  # the caller is the service account
    if not with_contents:
        form.pop("contents", None)
        form.pop("contentsinfo", None)
    return form


def module_url(module: Module, state: MoodleState) -> str:
    """Address of the page of a module."""
    return f"{state.url}/mod/{module.modname}/view.php?id={module.id}"


def status_record(module: Module, user: int, state: MoodleState) -> Record:
    """The completion of one module for one person."""
    forms = {one["modname"]: one for one in recorded("activities_completion", state)["statuses"]}
    form: Record = forms.get(module.modname, forms["page"])
    done = state.done(user, module.id)
    reached = done.state if done else 0
    person = state.people.get(user)
    for rule in form["details"]:
        rule["rulevalue"]["status"] = reached
    return form | {
        "cmid": module.id,
        "modname": module.modname,
        "instance": module.instance,
        "state": reached,
        "timecompleted": epoch(done.when) if done else 0,
        "overrideby": done.by if done else None,
        "tracking": module.completion,
        "isautomatic": module.completion == 2,
        "istrackeduser": person is not None and person.role == "student",
        "isoverallcomplete": reached in (1, 2),
    }


def criterion_record(module: Module, user: int, state: MoodleState) -> Record:
    """One condition of the completion of a course, with its HTML and its words."""
    form: Record = recorded("course_completion", state)["completionstatus"]["completions"][0]
    done = state.done(user, module.id)
    met = done is not None and done.state in (1, 2)
    link = f'<a href="{module_url(module, state)}">{html.escape(module.name)}</a>'
    return form | {
        "status": "Yes" if met else "No",
        "complete": met,
        "timecompleted": epoch(done.when) if done and met else None,
        "details": form["details"] | {"criteria": link, "requirement": ""},
    }


def grade_record(course: Course, person: Person, state: MoodleState) -> Record:
    """All grade items of a course for one person: its modules, then the total of what is graded."""
    form: Record = recorded("grade_items_user", state)["usergrades"][0]
    forms = {one["itemmodule"]: one for one in form["gradeitems"]}
    graded = [one for one in course.modules if one.grademax is not None]
    points = {one.id: mark for one in graded if (mark := state.mark(person.id, one.id)) is not None}
    counted = [one for one in graded if one.id in points] or graded
    top = sum(one.grademax or 0.0 for one in counted)
    items = [_item(forms.get(one.modname, forms["quiz"]), one, person, top, state) for one in graded]
    total = sum(mark.raw for mark in points.values()) if points else None
    latest = max((mark.when for mark in points.values()), default=None)
    whole = forms[None] | {"id": 10_000 + course.id, "iteminstance": course.id, **_points(total, top, latest)}
    return form | {
        "courseid": course.id,
        "courseidnumber": course.idnumber,
        "userid": person.id,
        "userfullname": person.fullname,
        "useridnumber": person.idnumber,
        "gradeitems": [*items, whole],
    }


def _item(form: Record, module: Module, person: Person, top: float, state: MoodleState) -> Record:
    mark = state.mark(person.id, module.id)
    done = state.done(person.id, module.id)
    item = copy.deepcopy(form) | {
        "id": module.id + 1000,
        "itemname": module.name,
        "itemmodule": module.modname,
        "iteminstance": module.instance,
        "idnumber": "",
        "cmid": module.id,
        "gradedatesubmitted": epoch(done.when) if done else None,
        **_points(mark.raw if mark else None, module.grademax or 0.0, mark.when if mark else None),
    }
    weight = (module.grademax or 0.0) / top if mark and top else 0
    item |= {"weightraw": round(weight, 5), "weightformatted": f"{100 * weight:.2f} %"}
    item.pop("status", None)
    if mark is None:
        item["status"] = "novalue"
    elif module.gradepass is not None and mark.raw >= module.gradepass:
        item["gradeformatted"] = _SUCCESS_ICON + item["gradeformatted"]
    return item


def _points(raw: float | None, top: float, when: datetime | None) -> Record:
    """The numeric fields of a grade item, whole numbers written as integers like the real one does."""
    return {
        "graderaw": _plain(raw),
        "gradedategraded": epoch(when) if raw is not None else None,
        "gradeformatted": "-" if raw is None else f"{raw:.2f}",
        "grademin": 0,
        "grademax": _plain(top),
        "rangeformatted": f"0&ndash;{_plain(top)}",
        "percentageformatted": "-" if raw is None or not top else f"{100 * raw / top:.2f} %",
    }


def _plain(value: float | None) -> float | int | None:
    return int(value) if value is not None and float(value).is_integer() else value
