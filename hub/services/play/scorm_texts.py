"""Texts that the contents of a SCORM 2004 package share (``adl.data``), each with the rights the manifest gives it.

Where they outlive an attempt they are the learner's (`scorm_shared`); else ``attempt.state["data"]`` holds them, until
a new attempt at the whole begins. Source: SCORM 2004 4th ed. RTE 4.3, CAM 3.4.1.7, 3.4.1.19.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from content.packages.scorm import Launch, Scorm
from hub.domain import cmi
from hub.domain.sequencing.tree import named
from hub.models.play import PlayAttempt
from hub.services.play import scorm_shared
from hub.services.play.oddities import odd

Texts = dict[str, str]
State = dict[str, Any]
MOST: Final = 1_000_000
"""Characters of all the texts of a package's contents."""


def known(session: Session, attempt: PlayAttempt, package: Scorm, state: State) -> Texts:
    """The texts by their identifier as it is compared."""
    if not package.stores_last:
        return dict(state.get("data", {}))
    targets = {named(store.target) for launch in package.launches for store in launch.stores}
    found = scorm_shared.read(session, attempt.person_id, scorm_shared.DATA, targets)
    return {target: str(value["text"]) for target, value in found.items()}


def take(
    session: Session, attempt: PlayAttempt, package: Scorm, state: State, told: Iterable[Mapping[str, Any]],
    now: datetime,
) -> State:  # fmt: skip
    """The state after what contents wrote; what they may not write, or is too long, is left out and noted."""
    launches = {one.item_id: one for one in package.launches}
    written: Texts = {}
    for one in told:
        written |= _allowed(attempt, launches[one["id"]], one.get("data"), now)
    if not written:
        return state
    if sum(map(len, (known(session, attempt, package, state) | written).values())) > MOST:
        odd(attempt, "too_much", "adl.data", now)
        return state
    if not package.stores_last:
        return {**state, "data": {**state.get("data", {}), **written}}
    after = {target: {"text": text} for target, text in written.items()}
    scorm_shared.write(session, attempt.person_id, scorm_shared.DATA, {}, after, now)
    return state


def begun(package: Scorm, state: State) -> State:
    """The state as a new attempt at the whole finds it."""
    return state if package.stores_last else {**state, "data": {}}


def _allowed(attempt: PlayAttempt, launch: Launch, said: object, now: datetime) -> Texts:
    mine = {named(store.target) for store in launch.stores if store.write}
    found: Texts = {}
    for target, text in said.items() if isinstance(said, dict) else ():
        if target not in mine or not isinstance(text, str):
            odd(attempt, "element", f"adl.data {target}", now)
        elif len(text) > cmi.STORE:
            odd(attempt, "suspend_data", f"adl.data {target} ({len(text)})", now)
        else:
            found[target] = text
    return found
