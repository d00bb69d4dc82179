"""SCORM 1.2 and 2004: the run-time runs in the wrapper page (scorm-again); what it commits is checked here.

State of an attempt: ``{"scos": {item: {"cmi": {element: value}, "standing": …, "seconds": …, "run": …, "left": …,
"answers": …, "objectives": …}}, "at": item, "told": how many statements}``; of a package with rules of its own also
what `hub.services.play.scorm_sequencing` keeps: ``way``, ``worth``; texts that contents share in one attempt: ``data``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from content.packages.scorm import Launch, Scorm
from hub.domain import cmi_status
from hub.domain.cmi_status import Standing, Terms
from hub.domain.path import EvidenceKind
from hub.domain.sequencing.tree import targets
from hub.models.person import Person
from hub.models.play import PlayAttempt, PlaySession
from hub.services.errors import Invalid
from hub.services.play import scorm_sequencing as sequencing
from hub.services.play import scorm_shared as shared
from hub.services.play import scorm_texts as texts
from hub.services.play.formats import Format, Opening, Part, Told, Wrapper
from hub.services.play.oddities import odd
from hub.services.play.scorm_manifest import lines, terms
from hub.services.play.scorm_start import initial, learner
from hub.services.play.scorm_statements import answered, believed, changes, reached, seconds_of
from hub.services.play.scorm_taking import took
from hub.services.play.store import Held


def open_scorm(session: Session, opening: Opening) -> Wrapper:
    """The page with everything the content may ask for, so that it gets its answers at once. Where the package has
    rules of its own, they say what is shown; in a preview all is open."""
    package, attempt = _package(opening.held), opening.attempt
    rules = _rules(session, attempt, package, opening.now) if attempt else None
    shown = sequencing.opened(rules, attempt.state) if attempt and rules else None
    if attempt and rules and shown:
        attempt.state = texts.begun(package, shown.state) if shown.begun else shown.state
        _keep_objectives(session, attempt, rules, shown, opening.now)
    state, asked = attempt.state if attempt else {}, terms(package)
    shared_texts = texts.known(session, attempt, package, state) if attempt else {}
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
    who = learner(opening.person_id, opening.person_name)
    scos = {
        one.item_id: initial(who, package, one, asked[one.item_id], state, shared_texts) for one in package.launches
    }
    version = "scorm12" if package.version == "1.2" else "scorm2004"
    data = {"kind": "scorm", "version": package.version, "scos": scos, "at": state.get("at", "")}
    if shown:
        data |= {"way": _way(shown), "at": shown.item}
    return Wrapper((f"vendor/{version}.min.js", "play/frame.js", "play/scorm.js"), data, parts, steps=bool(shown))


def _rules(session: Session, attempt: PlayAttempt, package: Scorm, now: datetime) -> sequencing.Rules | None:
    """The package's rules with what the learner's shared objectives are by now."""
    said = sequencing.rules_of(package)
    if said is None or not said["objectivesGlobalToSystem"]:
        return sequencing.Rules(said, now) if said else None
    return sequencing.Rules(said, now, shared.read(session, attempt.person_id, shared.OBJECTIVE, targets(said)))


def _keep_objectives(
    session: Session, attempt: PlayAttempt, rules: sequencing.Rules, shown: sequencing.Shown, now: datetime
) -> sequencing.Rules:  # fmt: skip
    """The rules with the shared objectives as they are after a request, kept where they are the learner's."""
    if rules.across is None:
        return rules
    shared.write(session, attempt.person_id, shared.OBJECTIVE, rules.across, shown.shared, now)
    return sequencing.Rules(rules.said, now, shown.shared)


def _way(shown: sequencing.Shown) -> dict[str, Any]:
    return {**shown.offered, "over": shown.over}


def _package(held: Held) -> Scorm:
    if not isinstance(held.read, Scorm):
        raise Invalid({"package": "unknown"})
    return held.read


def _href(opening: Opening, launch: Launch | None) -> str:
    if launch is None:
        return ""
    return launch.url or opening.address(launch.file, launch.query)


def take(
    session: Session, attempt: PlayAttempt, play: PlaySession, held: Held, message: dict[str, Any], now: datetime
) -> Told:
    """``{"scos": [{"id", "run", "cmi": {…}, "data": {…}, "end": bool, "aside": bool, "closed": bool}], "go": {"n",
    "request", "target"}}``: what contents said since the last answer, the texts they share among it, and where the
    learner or the content wants to go by the package's rules.

    What breaks the model is left out and noted; the rest counts. Raises Invalid (``scos``).
    """
    package = _package(held)
    known, asked = {one.item_id: one for one in package.launches}, terms(package)
    told = message.get("scos")
    if not isinstance(told, list) or not all(isinstance(one, dict) and one.get("id") in known for one in told):
        raise Invalid({"scos": "unknown"})
    rules = _rules(session, attempt, package, now)
    before = _rollup(attempt.state, asked, rules)
    scos = {**attempt.state.get("scos", {})}
    for one in told:
        if one.get("asset") and known[one["id"]].kind == "sco":
            odd(attempt, "silent", known[one["id"]].title, now)
        scos[one["id"]] = took(attempt, package, asked[one["id"]], scos.get(one["id"], {}), one, now)
    answers = answered(attempt, package.version, scos, [one["id"] for one in told], now)
    answers += reached(attempt, play, package.version, scos, told, len(answers), now)
    state = {**attempt.state, "scos": scos, "at": told[-1]["id"] if told else attempt.state.get("at", "")}
    state = texts.take(session, attempt, package, state, told, now)
    seconds = believed(attempt, play, before_seconds=seconds_of(attempt.state), said=seconds_of(state), now=now)
    answer: dict[str, Any] = {}
    if rules:
        rules, state, answer = _led(session, attempt, play, package, rules, state, message, now)
    standing = _rollup(state, asked, rules)
    ended = bool(told) and bool(told[-1].get("end") or told[-1].get("closed"))
    suspended = ended and scos[told[-1]["id"]].get("left") != "ended"
    statements = changes(attempt, play, before, standing, seconds if ended else None, suspended, now)
    statements += answers
    told_by_now = int(state.get("told", 0)) + len(statements)
    attempt.state = {**state, "told": told_by_now, **({"worth": standing.stored()} if rules else {})}
    summary = {
        "completed": standing.completion == "completed", "score": standing.score, "progress": standing.progress,
        "passed": None if standing.success == "unknown" else standing.success == "passed",
        "seconds": float(attempt.summary.get("seconds", 0)) + (seconds if ended else 0.0),
    }  # fmt: skip
    done = [key for key, one in scos.items() if one.get("standing", {}).get("completion") == "completed"]
    return Told({"done": done, **answer}, statements, summary, ended)


def _led(
    session: Session, attempt: PlayAttempt, play: PlaySession, package: Scorm, rules: sequencing.Rules,
    state: dict[str, Any], message: dict[str, Any], now: datetime,
) -> tuple[sequencing.Rules, dict[str, Any], dict[str, Any]]:  # fmt: skip
    """The rules, the state and the answer after a content ended, and after a wish to go elsewhere; each wish has a
    number and counts once."""
    wish, told = message.get("go"), message["scos"]
    if not isinstance(wish, dict) or type(wish.get("n")) is not int or wish["n"] <= int(play.state.get("go", 0)):
        if not told or not told[-1].get("end"):
            return rules, state, {}
        shown = sequencing.heard(rules, state, told[-1]["id"])
        return _keep_objectives(session, attempt, rules, shown, now), shown.state, {}
    play.state = {**play.state, "go": wish["n"]}
    shown = sequencing.asked(rules, state, str(wish.get("request", "")), str(wish.get("target", "")))
    rules = _keep_objectives(session, attempt, rules, shown, now)
    state = texts.begun(package, shown.state) if shown.begun else shown.state
    answer: dict[str, Any] = {"way": _way(shown)}
    launch = next((one for one in package.launches if one.item_id == shown.item), None)
    if launch:
        who = learner(str(attempt.person_id), session.get_one(Person, attempt.person_id).name)
        held = texts.known(session, attempt, package, state)
        answer["deliver"] = {
            "id": shown.item, **initial(who, package, launch, terms(package)[shown.item], state, held)
        }  # fmt: skip
    return rules, state, answer


def _rollup(state: dict[str, Any], asked: dict[str, Terms], rules: sequencing.Rules | None) -> Standing:
    if rules:
        return sequencing.worth(rules, state, asked)
    scos = state.get("scos", {})
    return cmi_status.of_package([
        (one, cmi_status.restored(scos.get(key, {}).get("standing", {}))) for key, one in asked.items()
    ])  # fmt: skip


FORMAT = Format(
    ("scorm12", "scorm2004"),
    (EvidenceKind.COMPLETED, EvidenceKind.PASSED, EvidenceKind.SCORE, EvidenceKind.PROGRESS),
    open_scorm,
    take,
)
