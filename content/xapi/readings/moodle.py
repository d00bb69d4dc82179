"""Statements of Moodle's logstore_xapi plugin, with its faults.

Known by the extension that the plugin puts in every context. Read otherwise than the shared verbs, because:

- attempts, lesson sessions, SCOs and submissions are objects of their own; the activity that a step is bound to is
  their first parent. The number in an attempt's IRI can be wrong (a view of attempt 8 when it was 28), the parent is
  right;
- ``completed`` of an attempt, session or SCO says that one try ended, even for a SCORM lesson left incomplete: no
  completion;
- ``completed`` of an activity with success false is Moodle's state "complete, not passed" (3): a failure, no
  completion;
- scaled scores are wrong (-1 for raw 0 of 0..20; 0.0 for the middle): raw, min and max are used, by every table;
- ``uncompleted`` is an event here; only the completion register read from Moodle itself takes a completion back;
- ``submit`` deposits an assignment's submission, and answers a survey or feedback form, which is told as an opening;
- ``resumed`` of a course is said when a suspended enrolment is put in force again, by somebody else: no opening;
- a question answered or graded alone is no activity of a step: nothing is told.
"""

import json
import uuid
from typing import Any

from content.xapi.readings.adl import OPENED
from content.xapi.readings.model import Kind, Reading
from content.xapi.readings.rule import Rule, apply
from content.xapi.vocabulary import ActivityType, Extension, Verb

_OPENED_OF_PARENT = Rule(says=((Kind.OPENED, 1.0),), of_parent=True)
_TRY_ENDED = Rule(score=True, success=True, time=Kind.SPENT, of_parent=True)

RULES: dict[str, Rule] = {
    Verb.VIEWED: OPENED,
    Verb.LAUNCHED: OPENED,
    Verb.JOIN: OPENED,
    Verb.SUBMIT: OPENED,
    Verb.SUBMIT_SHORT: OPENED,
    Verb.TLA_RESUMED: OPENED,
    Verb.COMPLETED: Rule(says=((Kind.COMPLETED, 1.0),), score=True, success=True),
    Verb.ATTENDED: Rule(says=((Kind.ATTENDED, 1.0),), time=Kind.ATTENDED),
}
COURSE_RULES: dict[str, Rule] = {verb: rule for verb, rule in RULES.items() if verb != Verb.TLA_RESUMED}
_FAILED = Rule(score=True, success=True)

_TRY: dict[str, Rule] = {
    Verb.VIEWED: _OPENED_OF_PARENT,
    Verb.START: _OPENED_OF_PARENT,
    Verb.START_SHORT: _OPENED_OF_PARENT,
    Verb.RESTARTED: _OPENED_OF_PARENT,
    Verb.TLA_RESUMED: _OPENED_OF_PARENT,
    Verb.LAUNCHED: _OPENED_OF_PARENT,
    Verb.COMPLETED: _TRY_ENDED,
    Verb.PASSED: Rule(says=((Kind.PASSED, 1.0),), score=True, of_parent=True),
    Verb.FAILED: Rule(says=((Kind.PASSED, 0.0),), score=True, of_parent=True),
}
_SUBMISSION: dict[str, Rule] = {
    Verb.SUBMIT: Rule(says=((Kind.DEPOSITED, 1.0),), of_parent=True),
    Verb.TLA_SCORED: Rule(score=True, success=True, of_parent=True),
}
BY_TYPE: dict[str, dict[str, Rule]] = {
    ActivityType.ATTEMPT: _TRY,
    ActivityType.MOODLE_LESSON_SESSION: _TRY,
    ActivityType.MOODLE_SCO: _TRY,
    ActivityType.MOODLE_SUBMISSION: _SUBMISSION,
}


_told = json.JSONEncoder(sort_keys=True, ensure_ascii=False, check_circular=False, default=str).encode


def repeated_id(statement: dict[str, Any], source: str) -> str | None:
    """The id for a statement of the plugin that has none; None for any other.

    The plugin keeps what was not accepted and sends it again, without ids: a random one would store it twice. Made of
    the whole statement, so that what differs in anything stays apart.
    """
    extensions = statement.get("context", {}).get("extensions", {})
    if "id" in statement or Extension.MOODLE_INFO not in extensions:
        return None
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{source} {_told(statement)}"))


def read(statement: dict[str, Any], verb: str, activity_type: str | None) -> list[Reading]:
    """Readings of a statement that logstore_xapi made."""
    rules = COURSE_RULES if activity_type == ActivityType.CMI5_COURSE else RULES
    rule = BY_TYPE.get(activity_type or "", rules).get(verb)
    if rule is None:
        return []
    if verb == Verb.COMPLETED and rule is RULES[verb] and statement.get("result", {}).get("success") is False:
        rule = _FAILED
    return apply(rule, statement)
