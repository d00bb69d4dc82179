"""How long a real Moodle 4.5.6 took (2 cores, PostgreSQL): a fixed part of each call, and one for each row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hub.demo.moodle_state import MoodleState

#: Function -> seconds of a call, and of each learner in its answer. Facts of the project's measures, ± 30 %.
LATENCIES: Mapping[str, tuple[float, float]] = {
    "core_webservice_get_site_info": (0.030, 0.0),
    "core_course_get_courses": (0.030, 0.0),
    "core_course_get_contents": (0.075, 0.0),
    "core_enrol_get_enrolled_users": (0.030, 0.0015),
    "core_completion_get_activities_completion_status": (0.045, 0.0),
    "core_completion_get_course_completion_status": (0.030, 0.0),
    "gradereport_user_get_grade_items": (0.040, 0.0095),
    "core_reportbuilder_list_reports": (0.030, 0.0),
    "core_reportbuilder_retrieve_report": (0.030, 0.00013),
}
WITH_PROGRESS = 0.0021
OTHERS = 0.030


def measured(state: MoodleState) -> Callable[[str, Mapping[str, str], Any], float]:
    """Seconds that a call has to take, from its function, its parameters and its answer."""
    del state

    def seconds(function: str, params: Mapping[str, str], answer: Any) -> float:
        fixed, each = LATENCIES.get(function, (OTHERS, 0.0))
        if function == "core_reportbuilder_retrieve_report" and isinstance(answer, dict) and "data" in answer:
            each = WITH_PROGRESS if "Student progress" in answer["data"]["headers"] else each
            return fixed + each * len(answer["data"]["rows"])
        if function == "gradereport_user_get_grade_items" and isinstance(answer, dict):
            return fixed + each * len(answer.get("usergrades", ()))
        return fixed + each * (len(answer) if isinstance(answer, list) and each else 0)

    return seconds
