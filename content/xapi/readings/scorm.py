"""The SCORM profile: verbs of a run-time session beside those shared with ADL.

An object of the type "attempt" speaks of its first parent, the lesson or assessment, to which a step is bound.
"""

from dataclasses import replace

from content.xapi.readings.adl import CLOSED, OPENED
from content.xapi.readings.adl import RULES as ADL_RULES
from content.xapi.readings.rule import Rule
from content.xapi.vocabulary import Verb

RULES: dict[str, Rule] = {
    Verb.RESUMED: OPENED,
    Verb.SUSPENDED: CLOSED,
    Verb.SCORED: Rule(score=True, success=True),
}

ATTEMPT_RULES: dict[str, Rule] = {verb: replace(rule, of_parent=True) for verb, rule in {**ADL_RULES, **RULES}.items()}
