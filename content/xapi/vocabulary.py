"""IRIs of the vocabularies that the hub reads and writes, filed by who publishes them.

Sources: the profiles of adlnet/xapi-authored-profiles (ADL, cmi5, SCORM, video, acrossx, tincan), and what
logstore_xapi 5 (Moodle) and event-routing-backends (Open edX) emit.
"""

from typing import Final

_ADL = "http://adlnet.gov/expapi"
_W3ID = "https://w3id.org/xapi"
_TINCAN = "http://id.tincanapi.com"
_STREAMS = "http://activitystrea.ms"
_EDLM = "https://xapi.edlm/profiles/edlm-lms/concepts"

# The hub's own terms. An IRI of a vocabulary names a meaning for ever and on every installation, so this base is one
# constant, not the address of an installation; the reserved host ``.example`` stands until the project owns a name.
HUB: Final = "https://hub.tiers-lieu.example/xapi"


class Verb:
    """Verbs."""

    # ADL vocabulary and SCORM profile
    ANSWERED: Final = f"{_ADL}/verbs/answered"
    ATTEMPTED: Final = f"{_ADL}/verbs/attempted"
    ATTENDED: Final = f"{_ADL}/verbs/attended"
    COMPLETED: Final = f"{_ADL}/verbs/completed"
    EXITED: Final = f"{_ADL}/verbs/exited"
    EXPERIENCED: Final = f"{_ADL}/verbs/experienced"
    FAILED: Final = f"{_ADL}/verbs/failed"
    INITIALIZED: Final = f"{_ADL}/verbs/initialized"
    INTERACTED: Final = f"{_ADL}/verbs/interacted"
    LAUNCHED: Final = f"{_ADL}/verbs/launched"
    MASTERED: Final = f"{_ADL}/verbs/mastered"
    PASSED: Final = f"{_ADL}/verbs/passed"
    PROGRESSED: Final = f"{_ADL}/verbs/progressed"
    RESPONDED: Final = f"{_ADL}/verbs/responded"
    RESUMED: Final = f"{_ADL}/verbs/resumed"
    SCORED: Final = f"{_ADL}/verbs/scored"
    SUSPENDED: Final = f"{_ADL}/verbs/suspended"
    TERMINATED: Final = f"{_ADL}/verbs/terminated"
    VOIDED: Final = f"{_ADL}/verbs/voided"
    # cmi5
    ABANDONED: Final = f"{_W3ID}/adl/verbs/abandoned"
    SATISFIED: Final = f"{_W3ID}/adl/verbs/satisfied"
    WAIVED: Final = f"{_W3ID}/adl/verbs/waived"
    # video profile
    PLAYED: Final = f"{_W3ID}/video/verbs/played"
    PAUSED: Final = f"{_W3ID}/video/verbs/paused"
    SEEKED: Final = f"{_W3ID}/video/verbs/seeked"
    # acrossx, tincan, TLA, activity streams
    EVALUATED: Final = f"{_W3ID}/acrossx/verbs/evaluated"
    WATCHED: Final = f"{_W3ID}/acrossx/verbs/watched"
    DOWNLOADED: Final = f"{_TINCAN}/verb/downloaded"
    EARNED: Final = f"{_TINCAN}/verb/earned"
    VIEWED: Final = f"{_TINCAN}/verb/viewed"
    TLA_RESUMED: Final = f"{_W3ID}/tla/verbs/resumed"
    TLA_SCORED: Final = f"{_W3ID}/tla/verbs/scored"
    JOIN: Final = f"{_STREAMS}/schema/1.0/join"
    START: Final = f"{_STREAMS}/schema/1.0/start"
    START_SHORT: Final = f"{_STREAMS}/start"
    CONSUMED: Final = f"{_STREAMS}/schema/1.0/consume"
    SUBMIT: Final = f"{_STREAMS}/schema/1.0/submit"
    SUBMIT_SHORT: Final = f"{_STREAMS}/submit"
    RECEIVE: Final = f"{_STREAMS}/schema/1.0/receive"
    # Moodle (logstore_xapi)
    UNCOMPLETED: Final = f"{_EDLM}/verbs/uncompleted"
    RESTARTED: Final = f"{_EDLM}/verbs/restarted"
    # the hub: no published verb says these
    DEPOSITED: Final = f"{HUB}/verbs/deposited"
    ACCEPTED: Final = f"{HUB}/verbs/accepted"
    RETURNED: Final = f"{HUB}/verbs/returned"
    VALIDATED: Final = f"{HUB}/verbs/validated"
    MISSED: Final = f"{HUB}/verbs/missed"
    SPENT: Final = f"{HUB}/verbs/spent-time"
    WITHDREW: Final = f"{HUB}/verbs/withdrew"


class ActivityType:
    """Types of activities."""

    ASSESSMENT: Final = f"{_ADL}/activities/assessment"
    ATTEMPT: Final = f"{_ADL}/activities/attempt"
    COURSE: Final = f"{_ADL}/activities/course"
    INTERACTION: Final = f"{_ADL}/activities/cmi.interaction"
    LESSON: Final = f"{_ADL}/activities/lesson"
    MEETING: Final = f"{_ADL}/activities/meeting"
    MODULE: Final = f"{_ADL}/activities/module"
    OBJECTIVE: Final = f"{_ADL}/activities/objective"
    CMI5_BLOCK: Final = f"{_W3ID}/cmi5/activitytype/block"
    CMI5_COURSE: Final = f"{_W3ID}/cmi5/activitytype/course"
    VIDEO: Final = f"{_W3ID}/video/activity-type/video"
    FACE_TO_FACE: Final = f"{_W3ID}/acrossx/activities/face-to-face-discussion"
    MOODLE_LESSON_SESSION: Final = f"{_EDLM}/activity-types/lesson-session"
    MOODLE_SCO: Final = f"{_EDLM}/activity-types/scorm-content-object"
    MOODLE_SUBMISSION: Final = f"{_EDLM}/activity-types/submission"


class Extension:
    """Extensions of results and contexts."""

    CMI5_PROGRESS: Final = f"{_W3ID}/cmi5/result/extensions/progress"
    CMI5_SESSION: Final = f"{_W3ID}/cmi5/context/extensions/sessionid"
    CMI5_MASTERY_SCORE: Final = f"{_W3ID}/cmi5/context/extensions/masteryscore"
    CMI5_LAUNCH_MODE: Final = f"{_W3ID}/cmi5/context/extensions/launchmode"
    CMI5_LAUNCH_URL: Final = f"{_W3ID}/cmi5/context/extensions/launchurl"
    CMI5_LAUNCH_PARAMETERS: Final = f"{_W3ID}/cmi5/context/extensions/launchparameters"
    CMI5_MOVE_ON: Final = f"{_W3ID}/cmi5/context/extensions/moveon"
    CMI5_REASON: Final = f"{_W3ID}/cmi5/result/extensions/reason"
    VIDEO_PROGRESS: Final = f"{_W3ID}/video/extensions/progress"
    VIDEO_SESSION: Final = f"{_W3ID}/video/extensions/session-id"
    VIDEO_LENGTH: Final = f"{_W3ID}/video/extensions/length"
    MOODLE_INFO: Final = "http://lrs.learninglocker.net/define/extensions/info"
    OPENEDX_TRANSFORMER: Final = f"{_W3ID}/openedx/extension/transformer-version"
    # the hub's own: facts of a register statement, in its context
    SERIES: Final = f"{HUB}/ext/series"
    REVISION: Final = f"{HUB}/ext/revision"
    KIND: Final = f"{HUB}/ext/kind"
    VALUE: Final = f"{HUB}/ext/value"
    MINUTES: Final = f"{HUB}/ext/minutes"
    ATTEMPT: Final = f"{HUB}/ext/attempt"


class Category:
    """Activities that mark the profile a statement follows."""

    CMI5: Final = f"{_W3ID}/cmi5/context/categories/cmi5"
    CMI5_MOVE_ON: Final = f"{_W3ID}/cmi5/context/categories/moveon"
    VIDEO: Final = f"{_W3ID}/video"
    SCORM: Final = f"{_W3ID}/scorm"
