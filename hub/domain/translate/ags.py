"""AGS scores to register statements: one series a line item, its revision the tool's own timestamp. Pure."""

from __future__ import annotations

from typing import Any

from content.xapi.emit import register_statement
from content.xapi.readings import Kind
from hub.domain.evidence import micros
from lti.platform.gradebook import ActivityProgress, Effect, Score

#: What a tool calls submitted or completed is complete for the learner; the mark may still come.
_COMPLETE = frozenset({ActivityProgress.COMPLETED, ActivityProgress.SUBMITTED})


def score_statements(
    score: Score,
    *,
    actor: dict[str, Any],
    person: str,
    iri: str,
    title: str,
    source: str,
    attempt: str,
    was_complete: bool,
) -> list[dict[str, Any]]:
    """What a score says: the mark where it is final or cleared, and completion. ``was_complete``: whether the last
    score said so.

    Points above the maximum count as all of them; the raw figures are kept. ``attempt`` is the line item.
    """
    common: dict[str, Any] = {
        "source": source,
        "revision": micros(score.timestamp),
        "at": score.timestamp.isoformat(),
    }
    definition = {"name": {"fr": title}} if title else None
    statements = []
    if score.effect is Effect.ENTER and score.given is not None and score.maximum:
        statements.append(
            register_statement(
                actor,
                None,
                iri,
                series_key=(source, person, iri, Kind.SCORE, attempt),
                kind=Kind.SCORE,
                value=min(1.0, score.given / score.maximum),
                raw=score.given,
                minimum=0,
                maximum=max(score.maximum, score.given),
                definition=definition,
                **common,
            )
        )
    elif score.effect is Effect.CLEAR:
        series = (source, person, iri, Kind.SCORE, attempt)
        statements.append(
            register_statement(
                actor, None, iri, series_key=series, kind=Kind.SCORE, value=None, definition=definition, **common
            )
        )
    complete = score.activity_progress in _COMPLETE
    if complete or was_complete:
        series = (source, person, iri, Kind.COMPLETED, attempt)
        value = 1.0 if complete else 0.0
        statements.append(
            register_statement(
                actor, None, iri, series_key=series, kind=Kind.COMPLETED, value=value, definition=definition, **common
            )
        )
    return statements
