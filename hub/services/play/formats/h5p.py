"""H5P: the player runs in the wrapper page; what it says there is only heard through the session's own messages.

Messages: ``{"said": [{"verb", "score", "max", "completion", "success", "seconds", "part"}], "state": text}``. Who says
it, of what and when is the hub's: a package can say "passed" for nobody else. State of an attempt: ``{"state": text,
"told": how many statements}``.
"""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from content.packages.h5p import H5p
from content.xapi.emit import event_statement
from content.xapi.vocabulary import Verb
from hub.domain.path import EvidenceKind
from hub.models.play import PlayAttempt, PlaySession
from hub.services.errors import Conflict, Invalid
from hub.services.identities import hub_agent
from hub.services.play.formats import Format, Opening, Told, Wrapper
from hub.services.play.oddities import odd
from hub.services.play.store import Held

LARGEST_STATE: Final = 256_000
MOST_AT_ONCE: Final = 50
MOST_STATEMENTS: Final = 1000
_VERBS: Final = {
    word: getattr(Verb, word.upper())
    for word in ("answered", "attempted", "completed", "failed", "interacted", "passed", "progressed")
} | {"consume": Verb.CONSUMED}


def open_h5p(_session: Session, opening: Opening) -> Wrapper:
    """The page with the player and the state to go on from."""
    if not isinstance(opening.held.read, H5p):
        raise Conflict("not_playable")
    state = opening.attempt.state.get("state", "") if opening.attempt else ""
    data = {"kind": "h5p", "state": state, "iri": opening.attempt.iri if opening.attempt else ""}
    return Wrapper(("vendor/h5p/main.bundle.js", "play/frame.js", "play/h5p.js"), data)


def take(
    _session: Session, attempt: PlayAttempt, play: PlaySession, _held: Held, message: dict[str, Any], now: datetime
) -> Told:
    """See the module. Raises Invalid (``said``)."""
    said = message.get("said", [])
    if not isinstance(said, list) or len(said) > MOST_AT_ONCE or not all(isinstance(one, dict) for one in said):
        raise Invalid({"said": "incorrect"})
    state = dict(attempt.state)
    kept = message.get("state")
    if isinstance(kept, str) and len(kept) <= LARGEST_STATE:
        state["state"] = kept
    elif kept is not None:
        odd(attempt, "too_much", "state", now)
    summary, statements = dict(attempt.summary), []
    for place, one in enumerate(said):
        made = _statement(attempt, f"{play.id} {play.seq} {place}", one, now)
        if made is None:
            odd(attempt, "h5p_unreadable", one.get("verb", ""), now)
        elif int(state.get("told", 0)) >= MOST_STATEMENTS:
            odd(attempt, "too_much", "statements", now)
        else:
            state["told"] = int(state.get("told", 0)) + 1
            statements.append(made)
            if made["object"]["id"] == attempt.iri:
                summary = _after(summary, made.get("result", {}))
    attempt.state = state
    return Told({"done": bool(summary.get("completed"))}, statements, summary or None)


def _after(summary: dict[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    """What the attempt comes to: nothing of it falls."""
    score = result.get("score", {}).get("scaled")
    best = max((one for one in (summary.get("score"), score) if one is not None), default=None)
    passed = True if summary.get("passed") else result.get("success", summary.get("passed"))
    done = bool(summary.get("completed") or result.get("completion"))
    return {**summary, "completed": done, "score": best, "passed": passed}


def _statement(attempt: PlayAttempt, key: str, said: dict[str, Any], now: datetime) -> dict[str, Any] | None:
    """A statement of the attempt, or of a part of it; None for what is not understood."""
    verb = _VERBS.get(str(said.get("verb")))
    part = str(said.get("part") or "")
    if verb is None or len(part) > 64 or not part.isascii() or (part and not part.replace("-", "").isalnum()):
        return None
    result = _result(said)
    if result is None:
        return None
    about = f"{attempt.iri}/{part}" if part else attempt.iri
    return event_statement(
        hub_agent(attempt.person_id), verb, about, at=now.isoformat(), key=(str(attempt.id), key),
        registration=str(attempt.registration), result=result or None,
    )  # fmt: skip


def _result(said: dict[str, Any]) -> dict[str, Any] | None:
    result: dict[str, Any] = {}
    for name in ("completion", "success"):
        if isinstance(said.get(name), bool):
            result[name] = said[name]
    score, most = _number(said.get("score")), _number(said.get("max"))
    if score is not None and most is not None:
        if not 0 <= score <= most or most <= 0:
            return None
        result["score"] = {"raw": score, "min": 0, "max": most, "scaled": round(score / most, 4)}
    seconds = _number(said.get("seconds"))
    if seconds is not None and 0 < seconds < 86400:
        result["duration"] = f"PT{round(seconds)}S"
    return result


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > 1e9:
        return None
    return value


FORMAT = Format(("h5p",), (EvidenceKind.COMPLETED, EvidenceKind.PASSED, EvidenceKind.SCORE), open_h5p, take)
