"""What keeps an Open edX from being read well, and what to ask its administrator."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from connectors.capabilities import Catalogue, Connector
from connectors.errors import ConnectorError
from connectors.openedx import words
from connectors.openedx.client import OpenEdxClient
from connectors.openedx.site import examine
from connectors.records import Symptom, SymptomLevel, collect

CLOCK_SECONDS = 120.0
FAULT, MISSING, ADVICE, WELL = SymptomLevel.FAULT, SymptomLevel.MISSING, SymptomLevel.ADVICE, SymptomLevel.WELL


class Examined(Connector, Catalogue, Protocol):
    """What the examination reads by."""

    @property
    def org(self) -> str:
        """Short name of the only organisation that is read; empty: all."""
        ...


def diagnose(lms: Examined, client: OpenEdxClient) -> Iterator[Symptom]:
    """Seven calls and the list of courses."""
    try:
        found = examine(client, lms.org)
        names = (("name", found.negotiation.site.name), ("account", found.negotiation.site.account_id))
        yield Symptom(WELL, "site", words.SITE, names=names)
        yield from _clock(client.meter.clock_offset)
        yield from _lacking(found.lacking)
        yield from _courses(lms)
    except ConnectorError as fault:
        yield words.unreachable(fault)


def _clock(offset: float | None) -> Iterator[Symptom]:
    if offset is not None and abs(offset) > CLOCK_SECONDS:
        minutes = (("minutes", str(round(abs(offset) / 60))),)
        yield Symptom(ADVICE, "clock", words.CLOCK, words.ASK_CLOCK, minutes)


def _lacking(lacking: Mapping[str, str]) -> Iterator[Symptom]:
    """One finding for each route that refused, or is not there."""
    for route, gap in lacking.items():
        level, code, text, ask = words.PER_ROUTE[route]
        if gap.startswith("endpoint:"):
            level = ADVICE if level is ADVICE else MISSING
            yield Symptom(level, "endpoint", words.ENDPOINT, words.ASK_ENDPOINT, (("route", route),))
        else:
            yield Symptom(level, code, text, ask, (("technical", f"{route}: {gap}"),))
    if not lacking:
        yield Symptom(WELL, "rights", words.ALL)
    yield Symptom(ADVICE, "xapi", words.IDENTITY, words.ASK_IDENTITY)


def _courses(lms: Examined) -> Iterator[Symptom]:
    courses = collect(lms.courses()).items
    if not courses:
        yield Symptom(FAULT, "courses", words.NO_COURSE, words.ASK_COURSES)
    else:
        yield Symptom(WELL, "courses", words.COURSES, names=(("count", str(len(courses))),))
