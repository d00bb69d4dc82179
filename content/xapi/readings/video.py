"""The video profile. Playing opens; pausing, seeking and ending tell the share that was watched (0..1).

``completed`` and ``terminated`` are shared with ADL and read there, progress included. ``interacted`` (volume, full
screen) and, for progress, ``played`` (no share in it) tell nothing of learning beyond the opening.
"""

from content.xapi.readings.adl import OPENED
from content.xapi.readings.model import Kind
from content.xapi.readings.rule import Rule
from content.xapi.vocabulary import Verb

_PROGRESS = Rule(progress=True)

RULES: dict[str, Rule] = {
    Verb.PLAYED: OPENED,
    Verb.PAUSED: _PROGRESS,
    Verb.SEEKED: _PROGRESS,
    Verb.WATCHED: Rule(says=((Kind.OPENED, 1.0),), progress=True, completion=True),
}
