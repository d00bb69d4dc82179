"""Statements as each vocabulary's emitter writes them, with what is to be read from them.

Written here after the shape that the sources document, none copied. A row: vocabulary, where the shape stands, verb,
the statement's particulars, and the readings expected as (end of the activity's address, kind, value, minutes).
"""

from typing import Any, Final

REGISTRATION: Final = "760e3480-ba55-4991-94b0-01820dbd23a2"
ADL, W3ID, TINCAN = "http://adlnet.gov/expapi", "https://w3id.org/xapi", "http://id.tincanapi.com"
STREAMS, EDLM = "http://activitystrea.ms", "https://xapi.edlm/profiles/edlm-lms/concepts"
Told = tuple[str, str, float | None, float | None]
Row = tuple[str, str, str, dict[str, Any], list[Told]]


def activity(iri: str, kind: str = "", **definition: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"objectType": "Activity", "id": iri}
    if kind or definition:
        made["definition"] = ({"type": kind} if kind else {}) | definition
    return made


def said(thing: dict[str, Any], result: dict[str, Any] | None = None, **context: Any) -> dict[str, Any]:
    """The parts of a statement that differ between rows."""
    return {"object": thing} | ({"result": result} if result else {}) | ({"context": context} if context else {})


# cmi5 (AICC/ADL, quartz): 9.3 verbs, 9.4 objects, 9.5 results, 9.6 contexts.
AU: Final = activity("https://lms.example/au/4f1c")


def cmi5(thing: dict[str, Any], result: Any = None, *, move_on: bool = False, **more: Any) -> dict[str, Any]:
    categories = [activity(f"{W3ID}/cmi5/context/categories/cmi5")]
    categories += [activity(f"{W3ID}/cmi5/context/categories/moveon")] if move_on else []
    session = {f"{W3ID}/cmi5/context/extensions/sessionid": "458240298378231"}
    groups = {"grouping": [activity("https://publisher.example/au/1")], "category": categories}
    extensions = session | more
    return said(thing, result, registration=REGISTRATION, contextActivities=groups, extensions=extensions)


MASTERY: Final = {f"{W3ID}/cmi5/context/extensions/masteryscore": 0.8}
BLOCK: Final = activity("https://lms.example/block/7", f"{W3ID}/cmi5/activitytype/block")
CMI5: list[Row] = [
    ("cmi5", "9.3.1, 9.6.3", f"{ADL}/verbs/launched",
     cmi5(AU, **{f"{W3ID}/cmi5/context/extensions/launchmode": "Normal"}), [("4f1c", "opened", 1.0, None)]),
    ("cmi5", "9.3.2", f"{ADL}/verbs/initialized", cmi5(AU), [("4f1c", "opened", 1.0, None)]),
    ("cmi5", "9.3.3, 9.5.3, 9.5.4", f"{ADL}/verbs/completed",
     cmi5(AU, {"completion": True, "duration": "PT30M"}, move_on=True), [("4f1c", "completed", 1.0, None)]),
    ("cmi5", "9.3.4, 9.5.1", f"{ADL}/verbs/passed",
     cmi5(AU, {"success": True, "score": {"scaled": 0.95}, "duration": "PT30M"}, move_on=True, **MASTERY),
     [("4f1c", "passed", 1.0, None), ("4f1c", "score", 0.95, None)]),
    ("cmi5", "9.3.5", f"{ADL}/verbs/failed",
     cmi5(AU, {"success": False, "score": {"scaled": 0.4, "raw": 8, "min": 0, "max": 20}, "duration": "PT30M"},
          move_on=True, **MASTERY), [("4f1c", "passed", 0.0, None), ("4f1c", "score", 0.4, None)]),
    ("cmi5", "9.3.6", f"{W3ID}/adl/verbs/abandoned", cmi5(AU, {"duration": "PT12M30S"}),
     [("4f1c", "spent", None, 12.5)]),
    ("cmi5", "9.3.7, 9.5.5.2", f"{W3ID}/adl/verbs/waived",
     cmi5(AU, {"success": True, "completion": True,
               "extensions": {f"{W3ID}/cmi5/result/extensions/reason": "Tested Out"}}, move_on=True),
     [("4f1c", "completed", 1.0, None)]),
    ("cmi5", "9.3.8", f"{ADL}/verbs/terminated", cmi5(AU, {"duration": "PT45M"}), [("4f1c", "spent", None, 45.0)]),
    ("cmi5", "9.3.9", f"{W3ID}/adl/verbs/satisfied", cmi5(BLOCK), [("7", "completed", 1.0, None)]),
    ("cmi5", "9.5.5.1", f"{ADL}/verbs/progressed",
     cmi5(AU, {"extensions": {f"{W3ID}/cmi5/result/extensions/progress": 40}}), [("4f1c", "progress", 0.4, None)]),
]  # fmt: skip

# xAPI SCORM profile (ADL): a statement of an attempt has the lesson as its parent, and the category of the profile.
TRY: Final = activity("https://lms.example/lesson/3?attemptId=2", f"{ADL}/activities/attempt")


def scorm(result: Any = None) -> dict[str, Any]:
    groups = {
        "parent": [activity("https://lms.example/lesson/3", f"{ADL}/activities/lesson")],
        "grouping": [activity("https://lms.example/course/1", f"{ADL}/activities/course")],
        "category": [activity(f"{W3ID}/scorm")],
    }
    return said(TRY, result, contextActivities=groups)


SCORM: list[Row] = [
    ("SCORM", "Initialized", f"{ADL}/verbs/initialized", scorm(), [("3", "opened", 1.0, None)]),
    ("SCORM", "Resumed", f"{ADL}/verbs/resumed", scorm(), [("3", "opened", 1.0, None)]),
    ("SCORM", "Suspended", f"{ADL}/verbs/suspended",
     scorm({"completion": False, "duration": "PT20M", "score": {"scaled": 0.5}}), [("3", "spent", None, 20.0)]),
    ("SCORM", "Terminated", f"{ADL}/verbs/terminated", scorm({"completion": True, "duration": "PT1H"}),
     [("3", "completed", 1.0, None), ("3", "spent", None, 60.0)]),
    ("SCORM", "Passed", f"{ADL}/verbs/passed",
     scorm({"success": True, "completion": True, "score": {"raw": 17, "min": 0, "max": 20, "scaled": 0.85}}),
     [("3", "passed", 1.0, None), ("3", "completed", 1.0, None), ("3", "score", 0.85, None)]),
    ("SCORM", "Failed", f"{ADL}/verbs/failed", scorm({"success": False, "score": {"scaled": 0.2}}),
     [("3", "passed", 0.0, None), ("3", "score", 0.2, None)]),
    ("SCORM", "Scored", f"{ADL}/verbs/scored", scorm({"score": {"scaled": 0.7}}), [("3", "score", 0.7, None)]),
    ("SCORM", "Completed", f"{ADL}/verbs/completed", scorm({"completion": True}), [("3", "completed", 1.0, None)]),
    ("SCORM", "Responded", f"{ADL}/verbs/responded",
     said(activity("https://lms.example/lesson/3/q/1", f"{ADL}/activities/cmi.interaction", interactionType="numeric"),
          {"response": "12", "success": True}), []),
]  # fmt: skip

# xAPI video profile 1.0.3: statement templates, by verb.
_VIDEO_EXT = f"{W3ID}/video/extensions"
FILM: Final = activity("https://video.example/film/9", f"{W3ID}/video/activity-type/video")


def video(result: Any = None, **extensions: Any) -> dict[str, Any]:
    session = {f"{_VIDEO_EXT}/session-id": "2f5d8f5e-4b3a-4b0f-9a0c-6a2f9d0e7c11", f"{_VIDEO_EXT}/length": 600}
    named = {f"{_VIDEO_EXT}/{name.replace('_', '-')}": value for name, value in extensions.items()}
    groups = {"category": [activity(f"{W3ID}/video")]}
    return said(FILM, {**(result or {}), "extensions": named}, contextActivities=groups, extensions=session)


VIDEO: list[Row] = [
    ("video", "initialized", f"{ADL}/verbs/initialized", video(), [("9", "opened", 1.0, None)]),
    ("video", "played", f"{W3ID}/video/verbs/played", video(time=0), [("9", "opened", 1.0, None)]),
    ("video", "paused", f"{W3ID}/video/verbs/paused", video(time=150, progress=0.25, played_segments="0[.]150"),
     [("9", "progress", 0.25, None)]),
    ("video", "seeked", f"{W3ID}/video/verbs/seeked", video(time_from=150, time_to=300, progress=0.25),
     [("9", "progress", 0.25, None)]),
    ("video", "interacted", f"{ADL}/verbs/interacted", video(time=150, volume=0.5), []),
    ("video", "completed", f"{ADL}/verbs/completed",
     video({"completion": True, "duration": "PT10M"}, time=600, progress=1.0, played_segments="0[.]600"),
     [("9", "completed", 1.0, None), ("9", "progress", 1.0, None)]),
    ("video", "terminated", f"{ADL}/verbs/terminated",
     video(time=480, progress=0.8, played_segments="0[.]480"), [("9", "progress", 0.8, None)]),
    ("video", "acrossx profile, watched", f"{W3ID}/acrossx/verbs/watched", said(FILM, {"completion": True}),
     [("9", "opened", 1.0, None), ("9", "completed", 1.0, None)]),
]  # fmt: skip

# Moodle, plugin logstore_xapi 5: its transformer's events, by name. Parents: activity, section, course.
SITE: Final = "https://moodle.example"
COURSE: Final = activity(f"{SITE}/course/view.php?id=2", f"{W3ID}/cmi5/activitytype/course")


def moodle(thing: dict[str, Any], event: str, result: Any = None, *parents: dict[str, Any]) -> dict[str, Any]:
    plugin = "https://github.com/xAPI-vle/moodle-logstore_xapi"
    info = {"event_name": f"\\{event}", "http://moodle.org": "4.5", plugin: "5"}
    groups = {"category": [activity(SITE, f"{TINCAN}/activitytype/lms")], "parent": [*parents, COURSE]}
    extensions = {"http://lrs.learninglocker.net/define/extensions/info": info}
    return said(thing, result, platform="Moodle", contextActivities=groups, extensions=extensions)


QUIZ: Final = activity(f"{SITE}/mod/quiz/view.php?id=7", f"{ADL}/activities/assessment")
TASK: Final = activity(f"{SITE}/mod/assign/view.php?id=8", f"{EDLM}/activity-types/assignment")
LESSON: Final = activity(f"{SITE}/mod/lesson/view.php?id=9", f"{ADL}/activities/lesson")
PACKAGE: Final = activity(f"{SITE}/mod/scorm/view.php?id=5", f"{ADL}/activities/module")
ATTEMPT: Final = activity(f"{SITE}/mod/quiz/attempt.php?attempt=28&cmid=7", f"{ADL}/activities/attempt")
HANDED: Final = activity(f"{TASK['id']}#submission", f"{EDLM}/activity-types/submission")
SITTING: Final = activity(f"{LESSON['id']}#session", f"{EDLM}/activity-types/lesson-session")
SCO: Final = activity(f"{PACKAGE['id']}#sco", f"{EDLM}/activity-types/scorm-content-object")
SURVEY: Final = activity(f"{SITE}/mod/questionnaire/view.php?id=4", f"{TINCAN}/activitytype/survey")
MEETING: Final = activity(f"{SITE}/mod/bigbluebuttonbn/view.php?id=6", f"{ADL}/activities/meeting")
DAY: Final = activity(f"{SITE}/mod/facetoface/view.php?id=3", f"{W3ID}/acrossx/activities/face-to-face-discussion")
MOODLE: list[Row] = [
    ("Moodle", "core, course_viewed", f"{TINCAN}/verb/viewed", moodle(COURSE, "core\\event\\course_viewed"),
     [("course/view.php?id=2", "opened", 1.0, None)]),
    ("Moodle", "core, course_completed", f"{ADL}/verbs/completed", moodle(COURSE, "core\\event\\course_completed"),
     [("course/view.php?id=2", "completed", 1.0, None)]),
    ("Moodle", "core, course_module_completion_updated, state 2", f"{ADL}/verbs/completed",
     moodle(QUIZ, "core\\event\\course_module_completion_updated", {"completion": True, "success": True}),
     [("quiz/view.php?id=7", "completed", 1.0, None), ("quiz/view.php?id=7", "passed", 1.0, None)]),
    ("Moodle", "core, course_module_completion_updated, state 3", f"{ADL}/verbs/completed",
     moodle(QUIZ, "core\\event\\course_module_completion_updated", {"completion": True, "success": False}),
     [("quiz/view.php?id=7", "passed", 0.0, None)]),
    ("Moodle", "core, user_enrolment_updated, active again", f"{W3ID}/tla/verbs/resumed",
     moodle(COURSE, "core\\event\\user_enrolment_updated"), []),
    ("Moodle", "mod_quiz, attempt_started", f"{STREAMS}/schema/1.0/start",
     moodle(ATTEMPT, "mod_quiz\\event\\attempt_started", None, QUIZ), [("quiz/view.php?id=7", "opened", 1.0, None)]),
    ("Moodle", "mod_quiz, attempt_viewed", f"{TINCAN}/verb/viewed",
     moodle(ATTEMPT, "mod_quiz\\event\\attempt_viewed", None, QUIZ), [("quiz/view.php?id=7", "opened", 1.0, None)]),
    ("Moodle", "mod_quiz, attempt_submitted", f"{ADL}/verbs/completed",
     moodle(ATTEMPT, "mod_quiz\\event\\attempt_submitted",
            {"completion": True, "success": False, "duration": "PT90S",
             "score": {"raw": 0, "min": 0, "max": 20, "scaled": -1}}, QUIZ),
     [("quiz/view.php?id=7", "passed", 0.0, None), ("quiz/view.php?id=7", "score", 0.0, None),
      ("quiz/view.php?id=7", "spent", None, 1.5)]),
    ("Moodle", "mod_assign, assessable_submitted", f"{STREAMS}/schema/1.0/submit",
     moodle(HANDED, "mod_assign\\event\\assessable_submitted", None, TASK),
     [("assign/view.php?id=8", "deposited", 1.0, None)]),
    ("Moodle", "mod_assign, submission_graded", f"{W3ID}/tla/verbs/scored",
     moodle(HANDED, "mod_assign\\event\\submission_graded",
            {"success": True, "score": {"raw": 1, "min": 0, "max": 2, "scaled": 0.0}}, TASK),
     [("assign/view.php?id=8", "passed", 1.0, None), ("assign/view.php?id=8", "score", 0.5, None)]),
    ("Moodle", "mod_lesson, lesson_started", f"{STREAMS}/start",
     moodle(SITTING, "mod_lesson\\event\\lesson_started", None, LESSON),
     [("lesson/view.php?id=9", "opened", 1.0, None)]),
    ("Moodle", "mod_lesson, lesson_restarted", f"{EDLM}/verbs/restarted",
     moodle(SITTING, "mod_lesson\\event\\lesson_restarted", None, LESSON),
     [("lesson/view.php?id=9", "opened", 1.0, None)]),
    ("Moodle", "mod_lesson, lesson_resumed", f"{W3ID}/tla/verbs/resumed",
     moodle(SITTING, "mod_lesson\\event\\lesson_resumed", None, LESSON),
     [("lesson/view.php?id=9", "opened", 1.0, None)]),
    ("Moodle", "mod_scorm, sco_launched", f"{ADL}/verbs/launched",
     moodle(SCO, "mod_scorm\\event\\sco_launched", None, PACKAGE), [("scorm/view.php?id=5", "opened", 1.0, None)]),
    ("Moodle", "mod_scorm, scoreraw_submitted", f"{ADL}/verbs/completed",
     moodle(SCO, "mod_scorm\\event\\scoreraw_submitted", {"score": {"raw": 75, "min": 0, "max": 100}}, PACKAGE),
     [("scorm/view.php?id=5", "score", 0.75, None)]),
    ("Moodle", "mod_scorm, status_submitted passed", f"{ADL}/verbs/passed",
     moodle(SCO, "mod_scorm\\event\\status_submitted", None, PACKAGE), [("scorm/view.php?id=5", "passed", 1.0, None)]),
    ("Moodle", "mod_scorm, status_submitted failed", f"{ADL}/verbs/failed",
     moodle(SCO, "mod_scorm\\event\\status_submitted", None, PACKAGE), [("scorm/view.php?id=5", "passed", 0.0, None)]),
    ("Moodle", "mod_questionnaire, attempt_submitted", f"{STREAMS}/submit",
     moodle(SURVEY, "mod_questionnaire\\event\\attempt_submitted"),
     [("questionnaire/view.php?id=4", "opened", 1.0, None)]),
    ("Moodle", "mod_questionnaire, attempt_resumed", f"{W3ID}/tla/verbs/resumed",
     moodle(SURVEY, "mod_questionnaire\\event\\attempt_resumed"),
     [("questionnaire/view.php?id=4", "opened", 1.0, None)]),
    ("Moodle", "mod_feedback, response_submitted", f"{STREAMS}/schema/1.0/submit",
     moodle(SURVEY, "mod_feedback\\event\\response_submitted"),
     [("questionnaire/view.php?id=4", "opened", 1.0, None)]),
    ("Moodle", "mod_bigbluebuttonbn, meeting_joined", f"{STREAMS}/schema/1.0/join",
     moodle(MEETING, "mod_bigbluebuttonbn\\event\\meeting_joined"),
     [("bigbluebuttonbn/view.php?id=6", "opened", 1.0, None)]),
    ("Moodle", "mod_facetoface, take_attendance", f"{ADL}/verbs/attended",
     moodle(DAY, "mod_facetoface\\event\\take_attendance", {"completion": True, "duration": "PT3H"}),
     [("facetoface/view.php?id=3", "attended", 1.0, 180.0)]),
    ("Moodle", "mod_choice, answer_created", f"{ADL}/verbs/answered",
     moodle(activity(f"{SITE}/mod/choice/view.php?id=11", f"{ADL}/activities/cmi.interaction"),
            "mod_choice\\event\\answer_created", {"response": "Oui"}), []),
    ("Moodle", "mod_quiz, question_manually_graded", f"{W3ID}/tla/verbs/scored",
     moodle(activity(f"{ATTEMPT['id']}#slot", f"{TINCAN}/activitytype/review"),
            "mod_quiz\\event\\question_manually_graded", {"score": {"raw": 0.5, "min": 0, "max": 1}}, QUIZ), []),
]  # fmt: skip

# Open edX, event-routing-backends: its transformers, by the name of the event.
MOOC: Final = "https://lms.mooc.example"


def openedx(thing: dict[str, Any], result: Any = None) -> dict[str, Any]:
    course = activity(f"{MOOC}/course/course-v1:org+c1+2026", f"{ADL}/activities/course")
    extensions = {
        f"{W3ID}/openedx/extension/transformer-version": "event-routing-backends@9.3.0",
        f"{W3ID}/openedx/extensions/session-id": "056aca2a1c6b76742b283e73d3424453",
    }
    return said(thing, result, contextActivities={"parent": [course]}, extensions=extensions)


WHOLE: Final = activity(f"{MOOC}/course/course-v1:org+c1+2026", f"{ADL}/activities/course")
PART: Final = activity(
    f"{MOOC}/xblock/block-v1:org+c1+2026+type@sequential+block@s1", f"{TINCAN}/activitytype/resource"
)
PROBLEM: Final = activity(
    f"{MOOC}/xblock/block-v1:org+c1+2026+type@problem+block@p1", f"{ADL}/activities/cmi.interaction"
)
CLIP: Final = activity(f"{MOOC}/xblock/block-v1:org+c1+2026+type@video+block@v1", f"{W3ID}/video/activity-type/video")
OPEN_EDX: list[Row] = [
    ("Open edX", "edx.course.enrollment.activated", f"{ADL}/verbs/registered", openedx(WHOLE), []),
    ("Open edX", "edx.completion.block_completion.changed", f"{ADL}/verbs/progressed",
     openedx(PROBLEM, {"completion": True, "extensions": {f"{W3ID}/cmi5/result/extensions/progress": 100.0}}),
     [("block@p1", "completed", 1.0, None), ("block@p1", "progress", 1.0, None)]),
    ("Open edX", "openedx.completion_aggregator.progress.course", f"{ADL}/verbs/progressed",
     openedx(WHOLE, {"completion": False, "score": {"scaled": 0.6}}), [("2026", "progress", 0.6, None)]),
    ("Open edX", "edx.grades.subsection.grade_calculated", f"{TINCAN}/verb/earned",
     openedx(PART, {"score": {"scaled": 0.5, "raw": 1.5, "min": 0, "max": 3}, "success": False}),
     [("block@s1", "score", 0.5, None)]),
    ("Open edX", "edx.course.grade.passed.first_time", f"{ADL}/verbs/passed", openedx(WHOLE),
     [("2026", "passed", 1.0, None)]),
    ("Open edX", "edx.course.grade.now_failed", f"{ADL}/verbs/failed", openedx(WHOLE),
     [("2026", "passed", 0.0, None)]),
    ("Open edX", "problem_check (browser)", f"{ADL}/verbs/attempted", openedx(PROBLEM),
     [("block@p1", "opened", 1.0, None)]),
    ("Open edX", "edx.grades.problem.submitted", f"{ADL}/verbs/attempted",
     openedx(PROBLEM, {"score": {"raw": 0, "min": 0, "max": 1, "scaled": 0}, "success": False}),
     [("block@p1", "opened", 1.0, None)]),
    ("Open edX", "problem_check (server)", f"{W3ID}/acrossx/verbs/evaluated",
     openedx(PROBLEM, {"score": {"raw": 2, "min": 0, "max": 3, "scaled": 0.67}, "success": False}),
     [("block@p1", "passed", 0.0, None), ("block@p1", "score", 2 / 3, None)]),
    ("Open edX", "load_video", f"{ADL}/verbs/initialized", openedx(CLIP), [("block@v1", "opened", 1.0, None)]),
    ("Open edX", "play_video", f"{W3ID}/video/verbs/played", openedx(CLIP, {"extensions": {f"{_VIDEO_EXT}/time": 1}}),
     [("block@v1", "opened", 1.0, None)]),
    ("Open edX", "pause_video", f"{W3ID}/video/verbs/paused",
     openedx(CLIP, {"extensions": {f"{_VIDEO_EXT}/time": 194.4}}), []),
    ("Open edX", "complete_video", f"{ADL}/verbs/completed",
     openedx(CLIP, {"completion": True, "duration": "PT03M15S"}), [("block@v1", "completed", 1.0, None)]),
    ("Open edX", "edx.ui.lms.sequence.next_selected", f"{W3ID}/dod-isd/verbs/navigated", openedx(PART), []),
]  # fmt: skip

# H5P: h5p.org/documentation/x-api; the core's class of xAPI events; a part has ?subContentId= and a parent.
_CONTENT = "https://h5p.example/node/611"


def h5p(library: str, result: Any = None, part: str = "") -> dict[str, Any]:
    extensions: dict[str, Any] = {"http://h5p.org/x-api/h5p-local-content-id": 837}
    extensions |= {"http://h5p.org/x-api/h5p-subContentId": part} if part else {}
    groups = {"category": [activity(f"http://h5p.org/libraries/{library}")]}
    groups |= {"parent": [activity(_CONTENT)]} if part else {}
    thing = activity(f"{_CONTENT}?subContentId={part}" if part else _CONTENT, extensions=extensions)
    return said(thing, result, contextActivities=groups)


def _points(raw: float, most: float, *, success: bool | None = None) -> dict[str, Any]:
    told = {"score": {"min": 0, "max": most, "raw": raw, "scaled": round(raw / most, 4)}, "completion": True}
    return told | {"duration": "PT41.5S"} | ({} if success is None else {"success": success})


H5P: list[Row] = [
    ("H5P", "attempted (shown)", f"{ADL}/verbs/attempted", h5p("H5P.MultiChoice-1.16"),
     [("611", "opened", 1.0, None)]),
    ("H5P", "interacted", f"{ADL}/verbs/interacted", h5p("H5P.MultiChoice-1.16"), []),
    ("H5P", "answered (a question alone)", f"{ADL}/verbs/answered",
     h5p("H5P.MultiChoice-1.16", _points(1, 4, success=False) | {"response": "0"}),
     [("611", "completed", 1.0, None), ("611", "passed", 0.0, None), ("611", "score", 0.25, None)]),
    ("H5P", "answered (a part)", f"{ADL}/verbs/answered",
     h5p("H5P.Blanks-1.14", _points(2, 2, success=True), part="2bb1"),
     [("subContentId=2bb1", "completed", 1.0, None), ("subContentId=2bb1", "passed", 1.0, None),
      ("subContentId=2bb1", "score", 1.0, None)]),
    ("H5P", "completed (question set)", f"{ADL}/verbs/completed",
     h5p("H5P.QuestionSet-1.20", _points(2, 3, success=True)),
     [("611", "completed", 1.0, None), ("611", "passed", 1.0, None), ("611", "score", 2 / 3, None)]),
    ("H5P", "completed (interactive video, no success told)", f"{ADL}/verbs/completed",
     h5p("H5P.InteractiveVideo-1.27", _points(3, 4)), [("611", "completed", 1.0, None), ("611", "score", 0.75, None)]),
    ("H5P", "progressed (a slide)", f"{ADL}/verbs/progressed",
     h5p("H5P.CoursePresentation-1.26", {"extensions": {f"{TINCAN}/extension/ending-point": 3}}), []),
    ("H5P", "consumed (accordion, table, text)", f"{STREAMS}/schema/1.0/consume",
     h5p("H5P.Accordion-1.0", {"completion": True}),
     [("611", "opened", 1.0, None), ("611", "completed", 1.0, None)]),
]  # fmt: skip

ROWS: list[Row] = [*CMI5, *SCORM, *VIDEO, *MOODLE, *OPEN_EDX, *H5P]


def statement(row: Row) -> dict[str, Any]:
    """The whole statement of a row."""
    _vocabulary, _source, verb, parts, _told = row
    who = {"objectType": "Agent", "account": {"homePage": "https://lms.example", "name": "ines"}}
    return {"actor": who, "verb": {"id": verb, "display": {"en": "did"}}, "timestamp": "2026-11-23T10:00:00Z", **parts}
