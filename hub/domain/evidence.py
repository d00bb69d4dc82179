"""Standing: what an agent's traces on an activity amount to, kind by kind. Pure, and the same in any order (DESIGN
section 3).

A *register* series (one source's word on one person, activity, kind and attempt) counts by its highest revision
alone, so its value
may fall. *Events* add up. Both keep a **peak**: the best that was ever said, voided or overtaken; a step whose rule
the peak meets and
the present does not has fallen and is shown "à vérifier".
Instants are microseconds since 1970 UTC, durations whole seconds (sums of floats would depend on the order).

Traces and standings are named tuples: one of them is made for each fact that arrives, and a frozen dataclass of 16
fields takes five times as long to make.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

#: Series of plain events, which all fold into one row.
EVENTS = ""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(instant: datetime) -> int:
    """Microseconds since 1970 UTC of an aware instant, exact."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


class Trace(NamedTuple):
    """What one statement says of one kind on one activity. ``statement_id`` settles ties, so that arrival order never
    does."""

    kind: str
    series: str
    revision: int
    value: float | None
    seconds: int
    at: int
    statement_id: str
    voided: bool = False


class Standing(NamedTuple):
    """The fold of one series (or of all events) of one kind. ``value`` is the best that counts, decided by
    ``statement_id`` at ``at``;
    ``last_*`` the latest by (at, id); ``count`` the traces that count (0: everything was voided);
    ``first_at``/``last_at`` their span."""

    kind: str
    series: str
    count: int = 0  # type: ignore[assignment]  # stands for the method of tuples, which counts nothing here
    value: float | None = None
    at: int | None = None
    statement_id: str | None = None
    last_value: float | None = None
    last_at: int | None = None
    last_id: str | None = None
    first_at: int | None = None
    seconds: int = 0
    revision: int = -1
    peak: float | None = None
    peak_at: int | None = None
    peak_id: str | None = None
    peak_seconds: int = 0


def _better(
    value: float | None, at: int, sid: str, than: float | None, than_at: int | None, than_id: str | None
) -> bool:
    """Higher value first, then the earlier instant, then the smaller id."""
    if value is None:
        return False
    if than is None or than_at is None or than_id is None:
        return True
    return (-value, at, sid) < (-than, than_at, than_id)


def fold(standing: Standing | None, trace: Trace) -> Standing:
    """``standing`` with one more trace of its series. Folding the same traces in any order gives the same standing;
    each trace once."""
    if trace.series == EVENTS:
        return _fold_event(standing, trace) if standing else _first_event(trace)
    now = standing or Standing(trace.kind, trace.series)
    if _better(trace.value, trace.at, trace.statement_id, now.peak, now.peak_at, now.peak_id):
        now = now._replace(peak=trace.value, peak_at=trace.at, peak_id=trace.statement_id)
    return _fold_register(now, trace)


def _first_event(trace: Trace) -> Standing:
    """Most standings stay at one event, and most events begin one."""
    if trace.voided:
        return _fold_event(Standing(trace.kind, EVENTS), trace)
    said = (trace.value, trace.at, trace.statement_id)
    best: tuple[float | None, int | None, str | None] = said if trace.value is not None else (None, None, None)
    return Standing(trace.kind, EVENTS, 1, *best, *said, trace.at, trace.seconds, -1, *best, trace.seconds)


def _fold_event(now: Standing, trace: Trace) -> Standing:
    """Built once, field by field: this runs for each statement that arrives."""
    said = (trace.value, trace.at, trace.statement_id)
    peak = (now.peak, now.peak_at, now.peak_id)
    peak = said if _better(*said, *peak) else peak
    best = (now.value, now.at, now.statement_id)
    last, first = (now.last_value, now.last_at, now.last_id), now.first_at
    count, seconds = now.count, now.seconds
    if not trace.voided:
        best = said if _better(*said, *best) else best
        if now.last_at is None or now.last_id is None or said[1:] > (now.last_at, now.last_id):
            last = said
        first = trace.at if first is None else min(first, trace.at)
        count, seconds = count + 1, seconds + trace.seconds
    return Standing(
        now.kind,
        now.series,
        count,
        *best,
        *last,
        first,
        seconds,
        now.revision,
        *peak,
        now.peak_seconds + trace.seconds,
    )


def _fold_register(now: Standing, trace: Trace) -> Standing:
    now = now._replace(peak_seconds=max(now.peak_seconds, trace.seconds))
    if trace.voided:
        return now
    if now.count and (now.revision, now.last_at or 0, now.last_id or "") >= (
        trace.revision,
        trace.at,
        trace.statement_id,
    ):
        return now
    return now._replace(
        count=1,
        value=trace.value,
        at=trace.at,
        statement_id=trace.statement_id,
        last_value=trace.value,
        last_at=trace.at,
        last_id=trace.statement_id,
        first_at=trace.at,
        seconds=trace.seconds,
        revision=trace.revision,
    )


def refold(traces: Iterable[Trace]) -> dict[tuple[str, str], Standing]:
    """Standings from scratch, by (kind, series)."""
    result: dict[tuple[str, str], Standing] = {}
    for trace in traces:
        key = (trace.kind, trace.series)
        result[key] = fold(result.get(key), trace)
    return result


def fold_events(kind: str, rows: Iterable[tuple[float | None, int, int, str, bool]]) -> Standing:
    """The fold of many events of one kind at once, as ``fold`` one by one gives it: rows of (value, seconds, at, id,
    voided).

    One pass without an object a row, for a rebuild of millions.
    """
    count = seconds = peak_seconds = 0
    first: int | None = None
    best: tuple[float, int, str] | None = None
    peak: tuple[float, int, str] | None = None
    last: tuple[int, str] | None = None
    last_value: float | None = None
    for value, length, at, sid, voided in rows:
        peak_seconds += length
        rank = None if value is None else (-value, at, sid)
        if rank is not None and (peak is None or rank < peak):
            peak = rank
        if voided:
            continue
        count += 1
        seconds += length
        if rank is not None and (best is None or rank < best):
            best = rank
        if first is None or at < first:
            first = at
        if last is None or (at, sid) > last:
            last, last_value = (at, sid), value
    return Standing(
        kind=kind,
        series=EVENTS,
        count=count,
        value=-best[0] if best else None,
        at=best[1] if best else None,
        statement_id=best[2] if best else None,
        last_value=last_value,
        last_at=last[0] if last else None,
        last_id=last[1] if last else None,
        first_at=first,
        seconds=seconds,
        peak=-peak[0] if peak else None,
        peak_at=peak[1] if peak else None,
        peak_id=peak[2] if peak else None,
        peak_seconds=peak_seconds,
    )


@dataclass(frozen=True, slots=True)
class Fact:
    """All that is known of one kind on one activity, over a person's agents, sources and attempts."""

    value: float | None
    at: int | None
    statement_id: str | None
    last_value: float | None
    last_at: int | None
    last_id: str | None
    seconds: int


#: Facts of one activity by kind.
Evidence = Mapping[str, Fact]


def merge(standings: Iterable[Standing], *, peak: bool = False) -> dict[str, Fact]:
    """Facts by kind from the standings of one activity; ``peak=True`` reads the best ever said instead of what counts
    now."""
    facts: dict[str, Fact] = {}
    for s in standings:
        if not s.count and not peak:
            continue
        value, at, sid = (s.peak, s.peak_at, s.peak_id) if peak else (s.value, s.at, s.statement_id)
        seconds = s.peak_seconds if peak else s.seconds
        latest = (s.last_value, s.last_at, s.last_id) if s.last_id else (value, at, sid)
        had = facts.get(s.kind)
        if had is None:
            facts[s.kind] = Fact(value, at, sid, *latest, seconds)
            continue
        if at is None or sid is None or not _better(value, at, sid, had.value, had.at, had.statement_id):
            value, at, sid = had.value, had.at, had.statement_id
        last = (had.last_value, had.last_at, had.last_id)
        if (latest[1] or 0, latest[2] or "") > (had.last_at or 0, had.last_id or ""):
            last = latest
        facts[s.kind] = Fact(value, at, sid, *last, had.seconds + seconds)
    return facts
