"""What keeps a BigBlueButton server from serving well, and what to ask its administrator."""

from collections.abc import Iterator
from typing import Protocol

from connectors.bigbluebutton import words
from connectors.bigbluebutton.client import BbbClient
from connectors.capabilities import Connector, Recordings
from connectors.errors import ConnectorError, FunctionMissing
from connectors.records import Symptom, SymptomLevel

CLOCK_SECONDS = 120.0
OLDEST = (2, 5)
"""From then on ``join`` takes a role instead of a password, and hooks take names of events."""
ADVICE, WELL, MISSING = SymptomLevel.ADVICE, SymptomLevel.WELL, SymptomLevel.MISSING


class Examined(Connector, Recordings, Protocol):
    """What the examination reads by."""


def diagnose(server: Examined, client: BbbClient) -> Iterator[Symptom]:
    """Four calls."""
    try:
        site = server.negotiate().site
        yield Symptom(WELL, "site", words.SITE, names=(("name", site.name), ("release", site.release)))
        if _is_old(site.release):
            yield Symptom(MISSING, "version", words.OLD, words.ASK_OLD, (("release", site.release),))
        offset = client.meter.clock_offset
        if offset is not None and abs(offset) > CLOCK_SECONDS:
            minutes = (("minutes", str(round(abs(offset) / 60))),)
            yield Symptom(MISSING, "clock", words.CLOCK, words.ASK_CLOCK, minutes)
        if "webhooks" not in site.features:
            yield Symptom(ADVICE, "webhooks", words.HOOKS, words.ASK_HOOKS)
        yield Symptom(ADVICE, "analytics", words.ANALYTICS, words.ASK_ANALYTICS)
        list(server.recordings(["none"]))
    except FunctionMissing as fault:
        yield Symptom(ADVICE, "recordings", words.RECORDINGS, words.ASK_RECORDINGS, (("technical", str(fault)),))
    except ConnectorError as fault:
        yield words.unreachable(fault)


def _is_old(release: str) -> bool:
    """Whether a release such as ``3.0.4`` or ``2.4-rc-7`` is older than what is needed; False where it is not told."""
    parts = release.replace("-", ".").split(".")[:2]
    return len(parts) == 2 and all(it.isdigit() for it in parts) and (int(parts[0]), int(parts[1])) < OLDEST
