"""cmi5 (AICC/ADL, quartz edition, sections 9.3 and 10): verbs of the launching system beside those shared with ADL.

``satisfied`` is told of a block or course whose AUs met their moveOn, ``waived`` of an AU that was settled by other
means: both are completions of their object. ``abandoned`` ends a session and tells the time it took, nothing more.
"""

from content.xapi.readings.model import Kind
from content.xapi.readings.rule import Rule
from content.xapi.vocabulary import Verb

RULES: dict[str, Rule] = {
    Verb.SATISFIED: Rule(says=((Kind.COMPLETED, 1.0),)),
    Verb.WAIVED: Rule(says=((Kind.COMPLETED, 1.0),), score=True),
    Verb.ABANDONED: Rule(time=Kind.SPENT),
}
