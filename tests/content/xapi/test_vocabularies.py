"""Each vocabulary's own statements: valid in both versions, and read as evidence by its table."""

import pytest

from content.xapi.grammar import check
from content.xapi.parse import dump, load
from content.xapi.readings import cmi5, h5p, moodle, openedx, read, scorm, video
from content.xapi.readings.adl import RULES as ADL_RULES
from tests.content.xapi.vocabulary_rows import ROWS, Row, statement


def _named(row: Row) -> str:
    return f"{row[0]}: {row[1]}"


@pytest.mark.parametrize("row", ROWS, ids=_named)
def test_a_statement_of_the_vocabulary_becomes_its_evidence(row: Row) -> None:
    made = statement(row)
    for version in ("1.0.3", "2.0.0"):
        check(made, version)
    told = read(load(dump(made).encode()))  # type: ignore[arg-type]  # an object, as the grammar said
    assert len(told) == len(row[4])
    for reading, (end, kind, value, minutes) in zip(told, row[4], strict=True):
        assert reading.activity.endswith(end)
        assert (str(reading.kind), reading.minutes) == (kind, minutes)
        assert reading.value == (None if value is None else pytest.approx(value))


OWN = {
    "cmi5": cmi5.RULES, "SCORM": scorm.RULES, "video": video.RULES, "H5P": h5p.RULES,
    "Moodle": moodle.RULES | {verb: rule for rules in moodle.BY_TYPE.values() for verb, rule in rules.items()},
    "Open edX": {verb: rule for verb, rule in openedx.RULES.items() if rule is not ADL_RULES.get(verb)},
}  # fmt: skip


@pytest.mark.parametrize("vocabulary", OWN)
def test_every_verb_of_every_table_has_a_sample(vocabulary: str) -> None:
    shown = {row[2] for row in ROWS if row[0] == vocabulary}
    if vocabulary == "Open edX":
        shown |= {row[2] for row in ROWS if row[0] == "video"}  # the video profile's own, which it emits
    assert OWN[vocabulary].keys() <= shown
