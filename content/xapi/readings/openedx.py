"""Statements of Open edX's event-routing-backends, known by the version extension that it puts in every context.

Read otherwise than the shared verbs: ``earned`` carries the grade of a subsection or course, with a success that only
means "all points", so it is not read; ``progressed`` carries a percentage extension (blocks) or, from the completion
aggregator, the share in score.scaled, which is progress and no score; ``evaluated`` is the marked answer to a
problem. ``passed`` and ``failed``, of a course, are as in ADL.
"""

from typing import Any

from content.xapi.readings.adl import OPENED
from content.xapi.readings.adl import RULES as ADL_RULES
from content.xapi.readings.model import Kind, Reading
from content.xapi.readings.rule import Rule, apply, score_of
from content.xapi.readings.video import RULES as VIDEO_RULES
from content.xapi.vocabulary import Verb

RULES: dict[str, Rule] = {
    **ADL_RULES,
    **VIDEO_RULES,
    Verb.EARNED: Rule(score=True),
    Verb.EVALUATED: Rule(score=True, success=True),
    Verb.ATTEMPTED: OPENED,
}


def read(statement: dict[str, Any], verb: str) -> list[Reading]:
    """Readings of a statement that event-routing-backends made."""
    rule = RULES.get(verb)
    if rule is None:
        return []
    readings = apply(rule, statement)
    score = statement.get("result", {}).get("score")
    if verb == Verb.PROGRESSED and score and (share := score_of(score)) is not None:
        registration = statement.get("context", {}).get("registration", "").lower()
        told = Reading(
            statement["object"]["id"], Kind.PROGRESS, share, None, None, None, registration, statement.get("timestamp")
        )
        readings.append(told)
    return readings
