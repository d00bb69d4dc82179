"""Which web-service function serves which capability, and which rights of the account each one needs.

Rights: the set found sufficient on 4.5.6 for a service account; an administrator adds them to a role, and the
functions to a service restricted to chosen users.
"""

from collections.abc import Mapping

from connectors.capabilities import Capability

SITE_INFO = "core_webservice_get_site_info"
COURSES = "core_course_get_courses"
CONTENTS = "core_course_get_contents"
USERS_BY_FIELD = "core_user_get_users_by_field"
ENROLLED_USERS = "core_enrol_get_enrolled_users"
USERS_COURSES = "core_enrol_get_users_courses"
ACTIVITIES_COMPLETION = "core_completion_get_activities_completion_status"
COURSE_COMPLETION = "core_completion_get_course_completion_status"
GRADE_ITEMS = "gradereport_user_get_grade_items"
RETRIEVE_REPORT = "core_reportbuilder_retrieve_report"

REQUIRED: Mapping[Capability, tuple[str, ...]] = {
    Capability.CATALOGUE: (COURSES,),
    Capability.CONTENTS: (CONTENTS,),
    Capability.PEOPLE: (USERS_BY_FIELD,),
    Capability.ROSTER: (ENROLLED_USERS,),
    Capability.ENROLMENTS: (USERS_COURSES,),
    Capability.ACTIVITY_COMPLETION: (ACTIVITIES_COMPLETION,),
    Capability.COURSE_COMPLETION: (COURSE_COMPLETION,),
    Capability.BULK_COURSE_COMPLETION: (RETRIEVE_REPORT,),
    Capability.GRADES: (GRADE_ITEMS,),
}

# Switches of the site (Site administration > Advanced features) without which a capability answers nothing.
FEATURES: Mapping[Capability, str] = {
    Capability.ACTIVITY_COMPLETION: "enablecompletion",
    Capability.COURSE_COMPLETION: "enablecompletion",
    Capability.BULK_COURSE_COMPLETION: "enablecustomreports",
}

_EVERYWHERE = ("webservice/rest:use", "moodle/course:view", "moodle/course:viewhiddencourses")

RIGHTS: Mapping[str, tuple[str, ...]] = {
    COURSES: _EVERYWHERE,
    CONTENTS: (*_EVERYWHERE, "moodle/course:viewhiddenactivities", "moodle/course:ignoreavailabilityrestrictions"),
    USERS_BY_FIELD: (
        "webservice/rest:use",
        "moodle/user:viewdetails",
        "moodle/user:viewhiddendetails",
        "moodle/user:viewalldetails",
        "moodle/course:useremail",
    ),
    ENROLLED_USERS: (
        *_EVERYWHERE,
        "moodle/course:viewparticipants",
        "moodle/course:enrolreview",
        "moodle/course:useremail",
        "moodle/site:viewuseridentity",
        "moodle/site:accessallgroups",
        "moodle/user:viewdetails",
        "moodle/user:viewhiddendetails",
        "moodle/user:viewalldetails",
    ),
    USERS_COURSES: (*_EVERYWHERE, "moodle/user:viewdetails", "moodle/user:viewalldetails"),
    ACTIVITIES_COMPLETION: (*_EVERYWHERE, "report/progress:view"),
    COURSE_COMPLETION: (*_EVERYWHERE, "report/completion:view"),
    RETRIEVE_REPORT: ("webservice/rest:use", "moodle/reportbuilder:view", "moodle/reportbuilder:viewall"),
    GRADE_ITEMS: (*_EVERYWHERE, "moodle/grade:viewall", "gradereport/user:view"),
}


def lacking(
    capability: Capability, functions: frozenset[str], features: frozenset[str], report: str
) -> tuple[str, ...]:
    """What keeps a capability from working: functions, ``feature:`` switches and our own ``setting:`` left empty."""
    found = [function for function in REQUIRED[capability] if function not in functions]
    feature = FEATURES.get(capability)
    if feature is not None and feature not in features:
        found.append(f"feature:{feature}")
    if capability is Capability.BULK_COURSE_COMPLETION and not report:
        found.append("setting:report")
    return tuple(found)
