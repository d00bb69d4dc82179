"""SCORM 1.2 and 2004: the run-time runs in the wrapper page (scorm-again); what it commits is checked here.

State of an attempt: ``{"scos": {item: {"cmi": {element: value}, "standing": …, "seconds": …, "run": …, "left": …}},
"at": item, "told": how many statements}``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from content.packages.scorm import Launch, Scorm
from hub.domain import cmi, cmi_status
from hub.domain.cmi_status import Standing, Terms
from hub.domain.path import EvidenceKind
from hub.domain.translate import scorm as translate
from hub.models.play import PlayAttempt, PlaySession
from hub.services.errors import Invalid
from hub.services.identities import hub_agent
from hub.services.play.formats import Format, Opening, Part, Told, Wrapper
from hub.services.play.oddities import odd
from hub.services.play.scorm_manifest import lines, terms
from hub.services.play.store import Held

MOST_STATEMENTS: Final = 1000
"""Of one attempt; a content that says more is noted, and its state is still kept."""
SLACK_SECONDS: Final = 60
#: Elements that speak of one launch and are not found again at the next.
OF_A_RUN: Final = ("cmi.core.session_time", "cmi.core.exit", "cmi.session_time", "cmi.exit")


def open_scorm(_session: Session, opening: Opening) -> Wrapper:
    """The page with everything the content may ask for, so that it gets its answers at once."""
    package, state = _package(opening.held), opening.attempt.state if opening.attempt else {}
    found, asked = lines(package), terms(package)
    parts = [
        Part(
            line.item.identifier,
            line.item.title,
            line.depth,
            _href(opening, line.launch),
            bool(line.launch and line.launch.url),
        )
        for line in found
    ]
    scos = {one.item_id: _initial(opening, package, one, asked[one.item_id], state) for one in package.launches}
    version = "scorm12" if package.version == "1.2" else "scorm2004"
    data = {"kind": "scorm", "version": package.version, "scos": scos, "at": state.get("at", "")}
    return Wrapper((f"vendor/{version}.min.js", "play/frame.js", "play/scorm.js"), data, parts)


def _package(held: Held) -> Scorm:
    if not isinstance(held.read, Scorm):
        raise Invalid({"package": "unknown"})
    return held.read


def _href(opening: Opening, launch: Launch | None) -> str:
    if launch is None:
        return ""
    return launch.url or opening.address(launch.file, launch.query)


def _initial(opening: Opening, package: Scorm, launch: Launch, asked: Terms, state: dict[str, Any]) -> dict[str, Any]:
    """What one content finds. Whatever was left unfinished goes on; what has ended begins anew in 2004 (RTE 2.1.1),
    and keeps its data in 1.2, which knows no such rule."""
    held = state.get("scos", {}).get(launch.item_id, {})
    standing = cmi_status.restored(held.get("standing", {}))
    going_on = bool(held) and (held.get("left") != "ended" or standing.completion == "incomplete")
    kept = dict(held.get("cmi", {})) if going_on or package.version == "1.2" else {}
    entry = "resume" if going_on else "" if held and package.version == "1.2" else "ab-initio"
    for element in OF_A_RUN:
        kept.pop(element, None)
    given = _given_12 if package.version == "1.2" else _given_2004
    told = given(opening, launch, asked, entry, float(held.get("seconds", 0)))
    return {
        "cmi": {**kept, **told}, "kind": launch.kind, "run": int(held.get("run", 0)),
        "done": standing.completion == "completed",
    }  # fmt: skip


def _given_12(opening: Opening, launch: Launch, asked: Terms, entry: str, seconds: float) -> dict[str, str]:
    whole = int(seconds)
    return {
        "cmi.core.student_id": opening.person_id,
        "cmi.core.student_name": _surname_first(opening.person_name),
        "cmi.core.credit": "credit",
        "cmi.core.entry": entry,
        "cmi.core.lesson_mode": "normal",
        "cmi.core.total_time": f"{min(whole // 3600, 9999):04}:{whole // 60 % 60:02}:{whole % 60:02}.00",
        "cmi.launch_data": launch.data_from_lms[:4096],
        "cmi.student_data.mastery_score": "" if asked.mastery is None else f"{asked.mastery:g}",
        "cmi.student_data.max_time_allowed": launch.max_time_allowed,
        "cmi.student_data.time_limit_action": launch.time_limit_action,
    }


def _given_2004(opening: Opening, launch: Launch, asked: Terms, entry: str, seconds: float) -> dict[str, str]:
    return {
        "cmi.learner_id": opening.person_id,
        "cmi.learner_name": _surname_first(opening.person_name),
        "cmi.credit": "credit",
        "cmi.entry": entry,
        "cmi.mode": "normal",
        "cmi.total_time": f"PT{seconds:.2f}S",
        "cmi.launch_data": launch.data_from_lms[:4000],
        "cmi.scaled_passing_score": "" if asked.passing is None else f"{asked.passing:g}",
        "cmi.completion_threshold": "" if asked.threshold is None else f"{asked.threshold:g}",
    }


def _surname_first(name: str) -> str:
    """« Martin, Lina »: the order that the norm asks for (RTE 3.4.4), as far as a name can be told apart."""
    first, _blank, last = name.rpartition(" ")
    return f"{last}, {first}" if first else last


def take(
    session: Session, attempt: PlayAttempt, play: PlaySession, held: Held, message: dict[str, Any], now: datetime
) -> Told:
    """``{"scos": [{"id", "run", "cmi": {…}, "end": bool, "closed": bool}]}``: what contents said since the last answer.

    What breaks the model is left out and noted; the rest counts. Raises Invalid (``scos``).
    """
    package = _package(held)
    known, asked = {one.item_id: one for one in package.launches}, terms(package)
    told = message.get("scos")
    if not isinstance(told, list) or not all(isinstance(one, dict) and one.get("id") in known for one in told):
        raise Invalid({"scos": "unknown"})
    before = _rollup(attempt.state, asked)
    scos = {**attempt.state.get("scos", {})}
    for one in told:
        if one.get("asset") and known[one["id"]].kind == "sco":
            odd(attempt, "silent", known[one["id"]].title, now)
        scos[one["id"]] = _took(attempt, package, asked[one["id"]], scos.get(one["id"], {}), one, now)
    state = {**attempt.state, "scos": scos, "at": told[-1]["id"] if told else attempt.state.get("at", "")}
    seconds = _believed(attempt, play, before_seconds=_seconds(attempt.state), said=_seconds(state), now=now)
    standing = _rollup(state, asked)
    ended = bool(told) and bool(told[-1].get("end") or told[-1].get("closed"))
    suspended = ended and scos[told[-1]["id"]].get("left") != "ended"
    statements = _statements(attempt, play, before, standing, seconds if ended else None, suspended, now)
    attempt.state = {**state, "told": int(state.get("told", 0)) + len(statements)}
    summary = {
        "completed": standing.completion == "completed", "score": standing.score, "progress": standing.progress,
        "passed": None if standing.success == "unknown" else standing.success == "passed",
        "seconds": float(attempt.summary.get("seconds", 0)) + (seconds if ended else 0.0),
    }  # fmt: skip
    done = [key for key, one in scos.items() if one.get("standing", {}).get("completion") == "completed"]
    return Told({"done": done}, statements, summary, ended)


def _took(
    attempt: PlayAttempt, package: Scorm, asked: Terms, before: dict[str, Any], said: dict[str, Any], now: datetime
) -> dict[str, Any]:  # fmt: skip
    """A content's part of the state with what it said now."""
    run = said.get("run") if type(said.get("run")) is int else int(before.get("run", 0))
    elements = said.get("cmi") if isinstance(said.get("cmi"), dict) else {}
    anew = package.version != "1.2" and said.get("anew") is True
    held = dict(before.get("cmi", {}))
    if run != before.get("run", 0):
        held = {} if anew else {name: value for name, value in held.items() if name not in OF_A_RUN}
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
    left = "ended" if ended and leave != "suspend" else "suspended" if ended or said.get("closed") else "open"
    return {
        "cmi": together, "standing": standing.stored(), "run": run, "base": base, "seconds": base + this_run,
        "left": left,
    }  # fmt: skip


def _rollup(state: dict[str, Any], asked: dict[str, Terms]) -> Standing:
    scos = state.get("scos", {})
    return cmi_status.of_package([
        (one, cmi_status.restored(scos.get(key, {}).get("standing", {}))) for key, one in asked.items()
    ])  # fmt: skip


def _seconds(state: dict[str, Any]) -> float:
    return sum(float(one.get("seconds", 0)) for one in state.get("scos", {}).values())


def _believed(
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


def _statements(
    attempt: PlayAttempt, play: PlaySession, before: Standing, standing: Standing, seconds: float | None,
    suspended: bool, now: datetime,
) -> list[dict[str, Any]]:  # fmt: skip
    about = translate.About(
        hub_agent(attempt.person_id), str(attempt.id), attempt.iri, str(attempt.registration), attempt.number
    )
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


FORMAT = Format(
    ("scorm12", "scorm2004"),
    (EvidenceKind.COMPLETED, EvidenceKind.PASSED, EvidenceKind.SCORE, EvidenceKind.PROGRESS),
    open_scorm,
    take,
)
