"""What a SCORM content finds when it is shown: who learns, what it left, what the manifest says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from content.packages.scorm import Launch, Scorm, Store
from hub.domain import cmi_status
from hub.domain.cmi_status import Terms
from hub.domain.sequencing.tree import named

OF_A_RUN: Final = ("cmi.core.session_time", "cmi.core.exit", "cmi.session_time", "cmi.exit")
"""Elements that speak of one launch and are not found again at the next."""


@dataclass(frozen=True, slots=True)
class Learner:
    """Who learns: the hub's key, the name as the norm wants it."""

    key: str
    name: str


def learner(key: str, name: str) -> Learner:
    """Of a person: « Martin, Lina », as far as a name can be told apart (RTE 3.4.4)."""
    first, _blank, last = name.rpartition(" ")
    return Learner(key, f"{last}, {first}" if first else last)


def initial(
    who: Learner, package: Scorm, launch: Launch, asked: Terms, state: dict[str, Any], texts: Mapping[str, str]
) -> dict[str, Any]:  # fmt: skip
    """What one content finds. Whatever was left unfinished goes on; what has ended begins anew in 2004 (RTE 2.1.1),
    and keeps its data in 1.2, which knows no such rule. ``texts``: those that the package's contents share."""
    held = state.get("scos", {}).get(launch.item_id, {})
    standing = cmi_status.restored(held.get("standing", {}))
    going_on = bool(held) and (held.get("left") != "ended" or standing.completion == "incomplete")
    if led := "anew" in held:  # its part of the state was cleared when its attempt began
        going_on = bool(held.get("spoke"))
    kept = dict(held.get("cmi", {})) if going_on or led or package.version == "1.2" else {}
    entry = "resume" if going_on else "" if held and package.version == "1.2" else "ab-initio"
    for element in OF_A_RUN:
        kept.pop(element, None)
    given = _given_12 if package.version == "1.2" else _given_2004
    told = given(who, launch, asked, entry, float(held.get("seconds", 0)) - float(held.get("from", 0)))
    return {
        "cmi": {**kept, **told}, "kind": launch.kind, "run": int(held.get("run", 0)),
        "done": standing.completion == "completed", "stores": [_store(one, texts) for one in launch.stores],
    }  # fmt: skip


def _store(store: Store, texts: Mapping[str, str]) -> dict[str, Any]:
    key = named(store.target)
    text = {"text": texts[key]} if key in texts else {}
    return {"id": store.target, "key": key, "read": store.read, "write": store.write, **text}


def _given_12(who: Learner, launch: Launch, asked: Terms, entry: str, seconds: float) -> dict[str, str]:
    whole = int(seconds)
    return {
        "cmi.core.student_id": who.key,
        "cmi.core.student_name": who.name,
        "cmi.core.credit": "credit",
        "cmi.core.entry": entry,
        "cmi.core.lesson_mode": "normal",
        "cmi.core.total_time": f"{min(whole // 3600, 9999):04}:{whole // 60 % 60:02}:{whole % 60:02}.00",
        "cmi.launch_data": launch.data_from_lms[:4096],
        "cmi.student_data.mastery_score": "" if asked.mastery is None else f"{asked.mastery:g}",
        "cmi.student_data.max_time_allowed": launch.max_time_allowed,
        "cmi.student_data.time_limit_action": launch.time_limit_action,
    }


def _given_2004(who: Learner, launch: Launch, asked: Terms, entry: str, seconds: float) -> dict[str, str]:
    return {
        "cmi.learner_id": who.key,
        "cmi.learner_name": who.name,
        "cmi.credit": "credit",
        "cmi.entry": entry,
        "cmi.mode": "normal",
        "cmi.total_time": f"PT{seconds:.2f}S",
        "cmi.launch_data": launch.data_from_lms[:4000],
        "cmi.max_time_allowed": launch.max_time_allowed,
        "cmi.time_limit_action": launch.time_limit_action,
        "cmi.scaled_passing_score": "" if asked.passing is None else f"{asked.passing:g}",
        "cmi.completion_threshold": "" if asked.threshold is None else f"{asked.threshold:g}",
    }
