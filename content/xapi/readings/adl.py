"""ADL's vocabulary and the verbs that every tool shares (H5P too).

A fact belongs to the object, except that an object of the type "attempt" (SCORM profile: one try at a lesson) speaks
of its first parent. ``completed`` with success false is a completion and a failure: both are told. Time is read from
the verbs that end a session only, since cmi5 and SCORM repeat the same duration on ``completed`` and ``passed``.
"""

from content.xapi.readings.model import Kind
from content.xapi.readings.rule import Rule
from content.xapi.vocabulary import Verb

OPENED = Rule(says=((Kind.OPENED, 1.0),))
CLOSED = Rule(completion=True, progress=True, time=Kind.SPENT)

RULES: dict[str, Rule] = {
    Verb.INITIALIZED: OPENED,
    Verb.LAUNCHED: OPENED,
    Verb.EXPERIENCED: Rule(says=((Kind.OPENED, 1.0),), completion=True, progress=True),
    Verb.ATTEMPTED: Rule(says=((Kind.OPENED, 1.0),), score=True, success=True, completion=True),
    Verb.VIEWED: OPENED,
    Verb.DOWNLOADED: OPENED,
    Verb.START: OPENED,
    Verb.COMPLETED: Rule(says=((Kind.COMPLETED, 1.0),), score=True, success=True, progress=True),
    Verb.PASSED: Rule(says=((Kind.PASSED, 1.0),), score=True, completion=True),
    Verb.FAILED: Rule(says=((Kind.PASSED, 0.0),), score=True, completion=True),
    Verb.MASTERED: Rule(says=((Kind.PASSED, 1.0),), score=True, completion=True),
    Verb.ANSWERED: Rule(score=True, success=True, completion=True),
    Verb.PROGRESSED: Rule(progress=True, completion=True),
    Verb.ATTENDED: Rule(says=((Kind.ATTENDED, 1.0),), time=Kind.ATTENDED),
    Verb.TERMINATED: CLOSED,
    Verb.EXITED: CLOSED,
}
