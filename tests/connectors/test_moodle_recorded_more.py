"""The recorded answers beside following learners: rolls, groups, cohorts, competencies, changes."""

import json
from datetime import UTC, datetime
from typing import Any

from connectors.moodle import attendance, changes, competencies, groups
from connectors.records import ChangeKind, GroupKind, ModuleRef, Presence
from tests.shared import shared_path


def response(name: str) -> Any:
    return json.loads(shared_path("fixtures", "moodle", "ws", f"{name}.json").read_text(encoding="utf-8"))["response"]


def test_sessions_with_their_marks() -> None:
    page = attendance.parse_sessions(response("attendance_sessions"), "2", "8")
    first = page.items[0]
    assert (first.id, first.title, first.module_id) == ("1", "Atelier 1", "8")
    assert first.starts_at == datetime(2026, 11, 3, 10, 6, 9, tzinfo=UTC)
    assert first.ends_at == datetime(2026, 11, 3, 13, 6, 9, tzinfo=UTC)
    marks = {mark.user.id: (mark.presence, mark.share) for mark in first.marks}
    assert (marks["3"], marks["4"], marks["8"]) == (
        (Presence.LATE, 0.5),
        (Presence.PRESENT, 1.0),
        (Presence.EXCUSED, 0.5),
    )
    assert page.notices == ()


def test_words_of_the_site_s_own_are_read_by_their_points() -> None:
    session = response("attendance_session")
    for word, name in zip(session["statuses"], ("1", "2", "3", "4"), strict=True):
        word["acronym"] = name
    assert [meaning for meaning, _ in attendance.statuses(session).values()] == [
        Presence.PRESENT,
        Presence.LATE,
        Presence.LATE,
        Presence.ABSENT,
    ]


def test_groups_and_cohorts() -> None:
    members = groups.parse_members(response("group_members"), "groupid")
    found = groups.parse_groups(response("course_groups"), members, "2")
    assert [(one.name, one.key, len(one.members)) for one in found] == [
        ("Groupe Présentiel", "CNB-2026-PRES", 13),
        ("Groupe À distance", "CNB-2026-DIST", 12),
    ]
    everybody = groups.parse_cohorts(response("cohorts"), groups.parse_members(response("cohort_members"), "cohortid"))
    assert {one.kind for one in everybody} == {GroupKind.COHORT}
    assert everybody[0].members[:3] == ("3", "6", "9")


def test_competencies() -> None:
    found = competencies.parse_competencies(response("course_competencies")).items
    assert (found[0].name, found[0].idnumber, found[0].framework) == ("Informations et données", "NUM-1", "1")
    (rating,) = competencies.parse_rating(response("user_competency_in_course")).items
    assert (rating.user_id, rating.competency_id, rating.proficient, rating.grade) == ("7", "1", False, "B")


def test_changes() -> None:
    modules = {str(n): ModuleRef(str(100 + n), "2", "assign", str(n)) for n in range(1, 4)}
    graded = changes.parse_assign(response("assign_grades"), modules, "grades", ChangeKind.GRADE).items
    assert {(one.module_id, one.user_id) for one in graded} >= {("101", "6"), ("102", "4")}
    attempts, people = changes.parse_h5p(
        response("h5p_user_attempts"), ModuleRef("30", "2", "h5pactivity", "1"), datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert people >= len(attempts.items) > 0
    moved = changes.parse_updates(response("updates_since"), "2", ())
    assert {(one.module_id, one.kind) for one in moved.items} >= {("7", ChangeKind.GRADE), ("6", ChangeKind.SUBMISSION)}
    assert moved.notices == ()  # a module without the callback is no news
