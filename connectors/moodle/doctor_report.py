"""The doctor on reports: is there one, has it the columns, does the site keep to the language and zone asked for?"""

import math
from collections.abc import Iterator

from connectors import errors
from connectors.moodle import functions, report, words
from connectors.moodle.client import MoodleClient
from connectors.moodle.reports import ACCESS, columns
from connectors.records import CourseCompletion, RemoteEnrolment, Symptom, SymptomLevel

LOOKED_AT = 200


def report_findings(client: MoodleClient, report_id: str, learner: RemoteEnrolment | None) -> Iterator[Symptom]:
    """Two calls. ``learner``: somebody whose last access is known to the second, to compare the zone with."""
    if not report_id:
        yield Symptom(SymptomLevel.ADVICE, "report", words.NO_REPORT, words.ASK_REPORT)
        return
    number = ("report", report_id)
    try:
        headers = columns(client, report_id)
        missing = report.lacks(headers)
        if missing:
            yield from _missing(headers, missing, number)
            return
        answer = client.read(functions.RETRIEVE_REPORT, report.params(report_id, 0, LOOKED_AT))
        rows = report.total_rows(answer)
        page = report.parse_report(answer)
    except errors.MissingRight as fault:
        yield words.right(fault)
        return
    except errors.DataDrift:
        yield Symptom(SymptomLevel.ADVICE, "report", words.NO_REPORT, words.ASK_REPORT)
        return
    calls = ("calls", str(max(1, math.ceil(rows / report.REPORT_PAGE))))
    yield Symptom(SymptomLevel.WELL, "report", words.REPORT, names=(number, calls, ("rows", str(rows))))
    if ACCESS not in headers:
        yield Symptom(SymptomLevel.ADVICE, "report", words.NO_ACCESS, words.ASK_COLUMNS, (number, ("columns", ACCESS)))
    if any(one.code == "unreadable" for one in page.notices):
        yield Symptom(SymptomLevel.MISSING, "language", words.LANGUAGE, words.ASK_LANGUAGE, (number,))
    if not _in_order(page.items):
        yield Symptom(SymptomLevel.MISSING, "order", words.ORDER, words.ASK_ORDER, (number,))
    yield from _zone(page.items, learner, number)


def _missing(headers: list[str], missing: list[str], number: tuple[str, str]) -> Iterator[Symptom]:
    if len(missing) == len(report.lacks([])):  # none of the English names: another language
        yield Symptom(SymptomLevel.MISSING, "language", words.LANGUAGE, words.ASK_LANGUAGE, (number,))
    else:
        names = (number, ("columns", ", ".join(missing)))
        yield Symptom(SymptomLevel.MISSING, "report", words.COLUMNS, words.ASK_COLUMNS, names)


def _in_order(rows: tuple[CourseCompletion, ...]) -> bool:
    """Whether rows of one course stand together."""
    seen: list[str | None] = []
    for row in rows:
        course = row.course.shortname or row.course.idnumber
        if not seen or seen[-1] != course:
            seen.append(course)
    return len(seen) == len(set(seen))


def _zone(
    rows: tuple[CourseCompletion, ...], learner: RemoteEnrolment | None, number: tuple[str, str]
) -> Iterator[Symptom]:
    if learner is None or learner.last_access_at is None:
        return
    known = (learner.user.username, learner.user.idnumber)
    named = [row for row in rows if (row.user.username, row.user.idnumber) == known and row.last_access_at]
    offsets = {round((row.last_access_at - learner.last_access_at).total_seconds() / 1800) / 2 for row in named
               if row.last_access_at}  # fmt: skip
    # The learner may be in several courses: only an offset that all rows share, and that is not none, speaks.
    if offsets and 0.0 not in offsets and all(abs(one) <= 14 for one in offsets):
        hours = ("hours", f"{min(offsets, key=abs):g}")
        yield Symptom(SymptomLevel.MISSING, "zone", words.ZONE, words.ASK_ZONE, (number, hours))
