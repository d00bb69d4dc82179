"""SCORM 1.2 and 2004: the run-time runs in the wrapper page (scorm-again); what it commits is checked here.

State of an attempt: ``{"scos": {item: {"cmi": {element: value}, "standing": …, "seconds": …, "run": …, "left": …}},
"at": item, "told": how many statements}``; of a package with rules of its own also what
`hub.services.play.scorm_sequencing` keeps: ``way``, ``worth``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from content.packages.scorm import Launch, Scorm
from hub.domain import cmi, cmi_status
from hub.domain.cmi_status import Standing, Terms
from hub.domain.path import EvidenceKind
from hub.domain.translate import scorm as translate
from hub.models.person import Person
from hub.models.play import PlayAttempt, PlaySession
from hub.services.errors import Invalid
from hub.services.identities import hub_agent
from hub.services.play import scorm_sequencing as sequencing
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
    """The page with everything the content may ask for, so that it gets its answers at once. Where the package has
    rules of its own, they say what is shown; in a preview all is open."""
    package, attempt = _package(opening.held), opening.attempt
    rules = sequencing.rules_of(package) if attempt else None
    shown = sequencing.opened(rules, attempt.state) if attempt and rules else None
    if attempt and shown:
        attempt.state = shown.state
    state, asked = attempt.state if attempt else {}, terms(package)
    parts = [
        Part(
            line.item.identifier,
            line.item.title,
            line.depth,
            _href(opening, line.launch) or ("#" if rules and line.item.items else ""),
            bool(line.launch and line.launch.url),
            hidden=bool(rules) and not line.item.visible,
        )
        for line in lines(package)
    ]
    who = _who(opening)
    scos = {one.item_id: _initial(who, package, one, asked[one.item_id], state) for one in package.launches}
    version = "scorm12" if package.version == "1.2" else "scorm2004"
    data = {"kind": "scorm", "version": package.version, "scos": scos, "at": state.get("at", "")}
    if shown:
        data |= {"way": _way(shown), "at": shown.item}
    return Wrapper((f"vendor/{version}.min.js", "play/frame.js", "play/scorm.js"), data, parts, steps=bool(shown))


def _way(shown: sequencing.Shown) -> dict[str, Any]:
    return {**shown.offered, "over": shown.over}


@dataclass(frozen=True, slots=True)
class _Learner:
    key: str
    name: str


def _who(opening: Opening) -> _Learner:
    return _Learner(opening.person_id, _surname_first(opening.person_name))


def _package(held: Held) -> Scorm:
    if not isinstance(held.read, Scorm):
        raise Invalid({"package": "unknown"})
    return held.read


def _href(opening: Opening, launch: Launch | None) -> str:
    if launch is None:
        return ""
    return launch.url or opening.address(launch.file, launch.query)


def _initial(who: _Learner, package: Scorm, launch: Launch, asked: Terms, state: dict[str, Any]) -> dict[str, Any]:
    """What one content finds. Whatever was left unfinished goes on; what has ended begins anew in 2004 (RTE 2.1.1),
    and keeps its data in 1.2, which knows no such rule."""
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
        "done": standing.completion == "completed",
    }  # fmt: skip


def _given_12(who: _Learner, launch: Launch, asked: Terms, entry: str, seconds: float) -> dict[str, str]:
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


def _given_2004(who: _Learner, launch: Launch, asked: Terms, entry: str, seconds: float) -> dict[str, str]:
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


def _surname_first(name: str) -> str:
    """« Martin, Lina »: the order that the norm asks for (RTE 3.4.4), as far as a name can be told apart."""
    first, _blank, last = name.rpartition(" ")
    return f"{last}, {first}" if first else last


def take(
    session: Session, attempt: PlayAttempt, play: PlaySession, held: Held, message: dict[str, Any], now: datetime
) -> Told:
    """``{"scos": [{"id", "run", "cmi": {…}, "end": bool, "closed": bool}], "go": {"n", "request", "target"}}``: what
    contents said since the last answer, and where the learner or the content wants to go by the package's rules.

    What breaks the model is left out and noted; the rest counts. Raises Invalid (``scos``).
    """
    package = _package(held)
    known, asked = {one.item_id: one for one in package.launches}, terms(package)
    told = message.get("scos")
    if not isinstance(told, list) or not all(isinstance(one, dict) and one.get("id") in known for one in told):
        raise Invalid({"scos": "unknown"})
    rules = sequencing.rules_of(package)
    before = _rollup(attempt.state, asked, rules)
    scos = {**attempt.state.get("scos", {})}
    for one in told:
        if one.get("asset") and known[one["id"]].kind == "sco":
            odd(attempt, "silent", known[one["id"]].title, now)
        scos[one["id"]] = _took(attempt, package, asked[one["id"]], scos.get(one["id"], {}), one, now)
    state = {**attempt.state, "scos": scos, "at": told[-1]["id"] if told else attempt.state.get("at", "")}
    seconds = _believed(attempt, play, before_seconds=_seconds(attempt.state), said=_seconds(state), now=now)
    answer: dict[str, Any] = {}
    if rules:
        state, answer = _go(session, attempt, play, package, rules, state, message.get("go"))
    standing = _rollup(state, asked, rules)
    ended = bool(told) and bool(told[-1].get("end") or told[-1].get("closed"))
    suspended = ended and scos[told[-1]["id"]].get("left") != "ended"
    statements = _statements(attempt, play, before, standing, seconds if ended else None, suspended, now)
    told_by_now = int(state.get("told", 0)) + len(statements)
    attempt.state = {**state, "told": told_by_now, **({"worth": standing.stored()} if rules else {})}
    summary = {
        "completed": standing.completion == "completed", "score": standing.score, "progress": standing.progress,
        "passed": None if standing.success == "unknown" else standing.success == "passed",
        "seconds": float(attempt.summary.get("seconds", 0)) + (seconds if ended else 0.0),
    }  # fmt: skip
    done = [key for key, one in scos.items() if one.get("standing", {}).get("completion") == "completed"]
    return Told({"done": done, **answer}, statements, summary, ended)


def _go(
    session: Session, attempt: PlayAttempt, play: PlaySession, package: Scorm, rules: sequencing.Rules,
    state: dict[str, Any], wish: object,
) -> tuple[dict[str, Any], dict[str, Any]]:  # fmt: skip
    """The state and the answer after a wish to go elsewhere; each wish has a number and counts once."""
    if not isinstance(wish, dict) or type(wish.get("n")) is not int or wish["n"] <= int(play.state.get("go", 0)):
        return state, {}
    play.state = {**play.state, "go": wish["n"]}
    shown = sequencing.asked(rules, state, str(wish.get("request", "")), str(wish.get("target", "")))
    answer: dict[str, Any] = {"way": _way(shown)}
    launch = next((one for one in package.launches if one.item_id == shown.item), None)
    if launch:
        who = _Learner(str(attempt.person_id), _surname_first(session.get_one(Person, attempt.person_id).name))
        answer["deliver"] = {
            "id": shown.item, **_initial(who, package, launch, terms(package)[shown.item], shown.state)
        }  # fmt: skip
    return shown.state, answer


def _took(
    attempt: PlayAttempt, package: Scorm, asked: Terms, before: dict[str, Any], said: dict[str, Any], now: datetime
) -> dict[str, Any]:  # fmt: skip
    """A content's part of the state with what it said now."""
    run = said.get("run") if type(said.get("run")) is int else int(before.get("run", 0))
    elements = said.get("cmi") if isinstance(said.get("cmi"), dict) else {}
    anew = package.version != "1.2" and (said.get("anew") is True or before.get("anew") is True)
    held = dict(before.get("cmi", {}))
    if run != before.get("run", 0):
        held = (
            {}
            if anew and "anew" not in before
            else {name: value for name, value in held.items() if name not in OF_A_RUN}
        )
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
        "left": left, "spoke": not said.get("asset"),
        **{name: before[name] for name in ("anew", "from") if name in before},
    }  # fmt: skip


def _rollup(state: dict[str, Any], asked: dict[str, Terms], rules: sequencing.Rules | None) -> Standing:
    if rules:
        return sequencing.worth(rules, state, asked)
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
