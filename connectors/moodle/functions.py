"""Which web-service function serves which capability, and which rights of the account each one needs.

Rights: the set found sufficient on 4.5.6 for a service account; an administrator adds them to a role, and the
functions to a service restricted to chosen users.
"""

from collections.abc import Mapping

from connectors.capabilities import Capability

SITE_INFO = "core_webservice_get_site_info"
COURSES = "core_course_get_courses"
COURSES_BY_FIELD = "core_course_get_courses_by_field"
"""Stands in for the former: the first fails as a whole where one course is closed to the account, and the service of
Moodle's mobile application has the second alone."""
CONTENTS = "core_course_get_contents"
USERS_BY_FIELD = "core_user_get_users_by_field"
ENROLLED_USERS = "core_enrol_get_enrolled_users"
USERS_COURSES = "core_enrol_get_users_courses"
ACTIVITIES_COMPLETION = "core_completion_get_activities_completion_status"
COURSE_COMPLETION = "core_completion_get_course_completion_status"
GRADE_ITEMS = "gradereport_user_get_grade_items"
RETRIEVE_REPORT = "core_reportbuilder_retrieve_report"
LIST_REPORTS = "core_reportbuilder_list_reports"
COURSE_COMPETENCIES = "core_competency_list_course_competencies"
COMPETENCY_IN_COURSE = "tool_lp_data_for_user_competency_summary_in_course"
ATTENDANCE_SESSIONS = "mod_attendance_get_sessions"
ATTENDANCE_SESSION = "mod_attendance_get_session"
UPDATES_SINCE = "core_course_get_updates_since"
ASSIGN_GRADES = "mod_assign_get_grades"
ASSIGN_SUBMISSIONS = "mod_assign_get_submissions"
H5P_ATTEMPTS = "mod_h5pactivity_get_user_attempts"
COURSE_GROUPS = "core_group_get_course_groups"
GROUP_MEMBERS = "core_group_get_group_members"
COHORTS = "core_cohort_get_cohorts"
COHORT_MEMBERS = "core_cohort_get_cohort_members"
FILES = "core_files_get_files"
ENROL = "enrol_manual_enrol_users"
UNENROL = "enrol_manual_unenrol_users"
CREATE_GROUPS = "core_group_create_groups"
ADD_MEMBERS = "core_group_add_group_members"
DELETE_MEMBERS = "core_group_delete_group_members"
ADD_SESSION = "mod_attendance_add_session"
UPDATE_STATUS = "mod_attendance_update_user_status"
OVERRIDE = "core_completion_override_activity_completion_status"
UPDATE_GRADES = "core_grades_update_grades"

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
    Capability.COMPETENCIES: (COURSE_COMPETENCIES, COMPETENCY_IN_COURSE),
    Capability.SESSIONS: (CONTENTS, ATTENDANCE_SESSIONS),
    Capability.CHANGES: (UPDATES_SINCE, ASSIGN_GRADES, ASSIGN_SUBMISSIONS, H5P_ATTEMPTS),
    Capability.GROUPS: (COURSE_GROUPS, GROUP_MEMBERS, COHORTS, COHORT_MEMBERS),
    Capability.BACKUPS: (FILES,),
    Capability.DIAGNOSIS: (SITE_INFO,),
    Capability.ENROL: (ENROL,),
    Capability.UNENROL: (UNENROL,),
    Capability.WRITE_GROUPS: (COURSE_GROUPS, GROUP_MEMBERS, CREATE_GROUPS, ADD_MEMBERS, DELETE_MEMBERS),
    Capability.MARK_ATTENDANCE: (ATTENDANCE_SESSIONS, ATTENDANCE_SESSION, ADD_SESSION, UPDATE_STATUS),
    Capability.SET_COMPLETION: (OVERRIDE,),
    Capability.SEND_GRADE: (UPDATE_GRADES,),
}

# Switches of the site (Site administration > Advanced features) without which a capability answers nothing.
FEATURES: Mapping[Capability, str] = {
    Capability.ACTIVITY_COMPLETION: "enablecompletion",
    Capability.COURSE_COMPLETION: "enablecompletion",
    Capability.BULK_COURSE_COMPLETION: "enablecustomreports",
    Capability.COMPETENCIES: "enablecompetencies",
    Capability.SET_COMPLETION: "enablecompletion",
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
    LIST_REPORTS: ("webservice/rest:use", "moodle/reportbuilder:view", "moodle/reportbuilder:viewall"),
    GRADE_ITEMS: (*_EVERYWHERE, "moodle/grade:viewall", "gradereport/user:view"),
    COURSE_COMPETENCIES: (*_EVERYWHERE, "moodle/competency:coursecompetencyview"),
    COMPETENCY_IN_COURSE: (*_EVERYWHERE, "moodle/competency:usercompetencyview"),
    ATTENDANCE_SESSIONS: (*_EVERYWHERE, "mod/attendance:viewreports", "mod/attendance:takeattendances"),
    ATTENDANCE_SESSION: (*_EVERYWHERE, "mod/attendance:viewreports", "mod/attendance:takeattendances"),
    UPDATES_SINCE: _EVERYWHERE,
    ASSIGN_GRADES: (*_EVERYWHERE, "mod/assign:viewgrades"),
    ASSIGN_SUBMISSIONS: (*_EVERYWHERE, "mod/assign:viewgrades"),
    H5P_ATTEMPTS: (*_EVERYWHERE, "mod/h5pactivity:reviewattempts"),
    COURSE_GROUPS: (*_EVERYWHERE, "moodle/course:managegroups"),
    GROUP_MEMBERS: (*_EVERYWHERE, "moodle/course:managegroups"),
    COHORTS: ("webservice/rest:use", "moodle/cohort:view"),
    COHORT_MEMBERS: ("webservice/rest:use", "moodle/cohort:view"),
    FILES: (*_EVERYWHERE, "moodle/backup:backupcourse", "moodle/restore:restorecourse"),
    ENROL: (*_EVERYWHERE, "enrol/manual:enrol", "moodle/role:assign"),
    UNENROL: (*_EVERYWHERE, "enrol/manual:unenrol"),
    CREATE_GROUPS: (*_EVERYWHERE, "moodle/course:managegroups"),
    ADD_MEMBERS: (*_EVERYWHERE, "moodle/course:managegroups"),
    DELETE_MEMBERS: (*_EVERYWHERE, "moodle/course:managegroups"),
    ADD_SESSION: (*_EVERYWHERE, "mod/attendance:manageattendances"),
    UPDATE_STATUS: (*_EVERYWHERE, "mod/attendance:takeattendances"),
    OVERRIDE: (*_EVERYWHERE, "moodle/course:overridecompletion"),
    UPDATE_GRADES: (*_EVERYWHERE, "moodle/grade:edit"),
}


def lacking(
    capability: Capability, functions: frozenset[str], features: frozenset[str], report: str, competencies: bool = True
) -> tuple[str, ...]:
    """What keeps a capability from working: functions, ``feature:`` switches and our own ``setting:`` left empty."""
    found = [function for function in REQUIRED[capability] if function not in functions]
    if found == [COURSES] and COURSES_BY_FIELD in functions:
        found = []
    feature = FEATURES.get(capability)
    if feature is not None and feature not in features:
        found.append(f"feature:{feature}")
    if capability is Capability.BULK_COURSE_COMPLETION and not report:
        found += [LIST_REPORTS] if LIST_REPORTS not in functions else []  # it would be looked for
        found.append("setting:report")
    if capability is Capability.COMPETENCIES and not competencies:
        found.append("setting:competencies")
    return tuple(found)
