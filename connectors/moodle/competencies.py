"""Competencies of a course and who has them. There is no bulk call: a rating costs some 70 ms and 16 KB."""

from typing import Any

from connectors.moodle.names import shown
from connectors.moodle.values import flag, identifier, instant, number
from connectors.records import CompetencyRating, Page, RemoteCompetency
from connectors.values import Json, items, mapping, optional_text


def parse_competencies(payload: Any) -> Page[RemoteCompetency]:
    """The competencies of a course."""
    found = [mapping(one.get("competency"), "competency") for one in items(payload, "competencies")]
    return Page(tuple(_competency(one) for one in found))


def parse_rating(payload: Any) -> Page[CompetencyRating]:
    """What a course holds of one person and one competency. The name of a grade is a word of the site's own scale."""
    summary = mapping(mapping(payload, "rating").get("usercompetencysummary"), "usercompetencysummary")
    held = mapping(summary.get("usercompetencycourse"), "usercompetencycourse")
    rated = number(held, "grade") is not None
    return Page(
        (
            CompetencyRating(
                course_id=identifier(held, "courseid"),
                user_id=identifier(held, "userid"),
                competency_id=identifier(held, "competencyid"),
                proficient=flag(held, "proficiency") if rated else None,
                grade=optional_text(held, "gradename") if rated else None,
                at=instant(held, "timemodified") if rated else None,
            ),
        )
    )


def _competency(one: Json) -> RemoteCompetency:
    framework = number(one, "competencyframeworkid")
    return RemoteCompetency(
        id=identifier(one, "id"),
        name=shown(one, "shortname"),
        idnumber=optional_text(one, "idnumber"),
        framework=None if framework is None else str(int(framework)),
    )
