"""A content's part of a SCORM attempt after a message: what it said, checked; a standing that never falls."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from content.packages.scorm import Scorm
from hub.domain import cmi, cmi_status
from hub.domain.cmi_status import Standing, Terms
from hub.models.play import PlayAttempt
from hub.services.play.oddities import odd
from hub.services.play.scorm_start import OF_A_RUN


def took(
    attempt: PlayAttempt, package: Scorm, asked: Terms, before: dict[str, Any], said: dict[str, Any], now: datetime
) -> dict[str, Any]:  # fmt: skip
    """A content's part of the state with what it said now."""
    run = said.get("run") if type(said.get("run")) is int else int(before.get("run", 0))
    elements = said.get("cmi") if isinstance(said.get("cmi"), dict) else {}
    anew = package.version != "1.2" and (said.get("anew") is True or before.get("anew") is True)
    from_nothing = run != before.get("run", 0) and anew and "anew" not in before
    held = {} if from_nothing else dict(before.get("cmi", {}))
    if run != before.get("run", 0):
        held = {name: value for name, value in held.items() if name not in OF_A_RUN}
    checked = cmi.check(package.version, elements or {}, held)
    for code, shown in checked.odd.items():
        odd(attempt, code, shown, now)
    together = {**held, **checked.kept}
    ended = bool(said.get("end"))
    if said.get("asset"):
        now_standing = Standing("completed", progress=1.0)
    else:
        now_standing = cmi_status.of_content(package.version, together, asked, ended=ended)
    standing, fell = cmi_status.kept(cmi_status.restored(before.get("standing", {})), now_standing)
    if fell and not anew:
        odd(attempt, "status_fell", f"{now_standing.completion} {now_standing.success}", now)
    if not anew:
        together |= cmi_status.written_back(package.version, standing)
    time = "cmi.core.session_time" if package.version == "1.2" else "cmi.session_time"
    this_run = cmi.seconds(together.get(time, "")) or 0.0
    base = float(before.get("base", 0)) if run == before.get("run", 0) else float(before.get("seconds", 0))
    leave = together.get("cmi.core.exit" if package.version == "1.2" else "cmi.exit", "")
    aside = leave == "suspend" or bool(said.get("aside"))  # suspendAll is wanted (RTE 4.2.7)
    left = "ended" if ended and not aside else "suspended" if ended or said.get("closed") else "open"
    return {
        "cmi": together, "standing": standing.stored(), "run": run, "base": base, "seconds": base + this_run,
        "left": left, "spoke": not said.get("asset"), "answers": {} if from_nothing else before.get("answers", {}),
        "objectives": {} if from_nothing else before.get("objectives", {}),
        **{name: before[name] for name in ("anew", "from") if name in before},
    }  # fmt: skip
