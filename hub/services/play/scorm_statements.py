"""What a message of a SCORM attempt is told as: time believed, statements of what changed, answers, objectives."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from hub.domain.cmi_status import Standing
from hub.domain.translate import scorm as translate
from hub.domain.translate.scorm_answers import answers
from hub.domain.translate.scorm_objectives import objectives
from hub.models.play import PlayAttempt, PlaySession
from hub.services.identities import hub_agent
from hub.services.play.oddities import odd

MOST_STATEMENTS: Final = 1000
"""Of one attempt; a content that says more is noted, and its state is still kept."""
MOST_ANSWERS: Final = 900
"""As many statements of an attempt leave room for its answers and objectives."""
SLACK_SECONDS: Final = 60


def seconds_of(state: dict[str, Any]) -> float:
    return sum(float(one.get("seconds", 0)) for one in state.get("scos", {}).values())


def believed(
    attempt: PlayAttempt, play: PlaySession, *, before_seconds: float, said: float, now: datetime
) -> float:  # fmt: skip
    """Seconds that this session has not told yet, as far as it was open so long."""
    told = float(play.state.get("told", 0.0))
    fresh = float(play.state.get("said", 0.0)) + max(0.0, said - before_seconds)
    most = (now - play.opened_at).total_seconds() + SLACK_SECONDS
    if fresh > most:
        odd(attempt, "time", f"{round(fresh)} s > {round(most)} s", now)
        fresh = most
    play.state = {**play.state, "said": fresh}
    return max(0.0, fresh - told)


def changes(
    attempt: PlayAttempt, play: PlaySession, before: Standing, standing: Standing, seconds: float | None,
    suspended: bool, now: datetime,
) -> list[dict[str, Any]]:  # fmt: skip
    about = _about(attempt)
    key, found = f"{play.id} {play.seq}", []
    if play.seq == 0:
        found.append(translate.opened(about, str(play.id), now, again=bool(attempt.state.get("scos"))))
    found += translate.changes(about, before, standing, key, now)
    if seconds is not None and seconds >= 1:
        found.append(translate.closed(about, key, now, seconds, suspended=suspended))
        play.state = {**play.state, "told": float(play.state.get("told", 0.0)) + seconds}
    if int(attempt.state.get("told", 0)) + len(found) > MOST_STATEMENTS:
        odd(attempt, "too_much", "statements", now)
        return [one for one in found if "completion" in one.get("result", {}) or "success" in one.get("result", {})][:2]
    return found


def answered(
    attempt: PlayAttempt, version: str, scos: dict[str, dict[str, Any]], items: list[str], now: datetime
) -> list[dict[str, Any]]:  # fmt: skip
    """Statements for what was answered in these contents and not told yet; marks them in ``scos``."""
    found: list[dict[str, Any]] = []
    room = _room(attempt)
    for item in dict.fromkeys(items):
        told = scos[item].get("answers", {})
        made, marks = answers(_about(attempt), version, item, scos[item]["cmi"], told, now.isoformat())
        if len(found) + len(made) > room:
            odd(attempt, "too_much", "interactions", now)
            continue
        scos[item] = {**scos[item], "answers": marks}
        found += made
    return found


def reached(
    attempt: PlayAttempt, play: PlaySession, version: str, scos: dict[str, dict[str, Any]],
    said: list[dict[str, Any]], others: int, now: datetime,
) -> list[dict[str, Any]]:  # fmt: skip
    """Statements for the objectives that contents spoke of in a message; marks them in ``scos``. ``others``: how many
    statements the message is told as already."""
    found: list[dict[str, Any]] = []
    room = _room(attempt) - others
    for one in said:
        held, heard = scos[one["id"]], one.get("cmi")
        kept = [name for name in heard if name in held["cmi"]] if isinstance(heard, dict) else []
        made, marks = objectives(
            _about(attempt), version, one["id"], held["cmi"], kept, held.get("objectives", {}),
            f"{play.id} {play.seq}", now,
        )  # fmt: skip
        if len(found) + len(made) > room:
            odd(attempt, "too_much", "objectives", now)
            continue
        scos[one["id"]] = {**held, "objectives": marks}
        found += made
    return found


def _room(attempt: PlayAttempt) -> int:
    return MOST_ANSWERS - int(attempt.state.get("told", 0))


def _about(attempt: PlayAttempt) -> translate.About:
    return translate.About(
        hub_agent(attempt.person_id), str(attempt.id), attempt.iri, str(attempt.registration), attempt.number
    )
