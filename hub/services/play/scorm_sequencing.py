"""A SCORM 2004 attempt that is led by the package's own rules: what is shown next, and what the whole is worth.

``attempt.state["way"]`` is what was tracked (`hub.domain.sequencing`); a content that begins anew has its part of
``state["scos"]`` cleared here, so that it finds what the standard says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from content.packages import sequencing as rules
from content.packages.scorm import Scorm
from hub.db.types import to_micros
from hub.domain import cmi_status
from hub.domain.cmi_status import Standing, Terms
from hub.domain.sequencing import attempts, offers, status
from hub.domain.sequencing.session import Outcome, ask
from hub.domain.sequencing.tree import Data, Tree, build, targets
from hub.services.errors import Invalid

State = dict[str, Any]
_DECIDED: Final = ("satisfied", "notSatisfied")


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a package for one learner at an instant. ``said``: its activity tree; ``across``: the shared
    objectives that the learner has across packages, None where those of this package are of one attempt at it."""

    said: Data
    now: datetime
    across: Mapping[str, Data] | None = None

    def tree(self, state: State) -> Tree:
        """The tree with what was tracked."""
        return build(self.said, state.get("way"), self.across, to_micros(self.now))


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page is to do: ``offered`` as `offers.offered` gives it; ``item`` to show, empty where nothing is;
    ``over``: the session has ended. ``shared``: the shared objectives by now; ``begun``: a new attempt at the whole
    began."""

    state: State
    offered: dict[str, Any]
    item: str
    over: bool
    shared: Mapping[str, Data]
    begun: bool


def rules_of(package: Scorm) -> Data | None:
    """The activity tree of a package that says something of the way through it; None of any other, whose contents the
    learner opens freely."""
    if package.version == "1.2" or not rules.shapes(package.manifest):
        return None
    tree = rules.tree(package.manifest, frozenset(one.item_id for one in package.launches))
    alone = len(package.launches) < 2
    return None if alone and not _has_rules(tree) else tree


def _has_rules(tree: Data) -> bool:
    own = any(tree["sequencingRules"].values()) or "attemptLimit" in tree or bool(targets(tree))
    return own or any(_has_rules(one) for one in tree.get("children", ()))


def opened(led: Rules, state: State) -> Shown:
    """Where an attempt goes on: with the content that was left, else with what follows, else from the beginning. Where
    nothing leads on, with the content that was left, which begins anew if it is complete (RTE 2.1.1); where nothing
    leads at all and only one content may be chosen, with that one."""
    tree = led.tree(state)
    if "way" not in state and state.get("scos"):
        return _joined(tree, state)
    current = tree.current
    if current is not None and current.active and not current.children:
        if _left(state, current.key) != "ended":
            return _shown(tree, _known_now(tree, state, current.key), current.key)
        said = _said(state, current.key)
        outcome = ask(tree, "continue", "", said)
        if outcome.refused and not outcome.over:
            if current.active and _is_complete(state, current.key):
                outcome = ask(tree, "choice", current.key, said)
            if outcome.activity is None:
                return _shown(tree, state, current.key)
    elif current is not None:
        return _shown(tree, state)
    else:
        outcome = Outcome(over=True)
    if outcome.activity is None and tree.current is None:
        outcome = ask(tree, "resumeAll" if tree.suspended else "start")
        choices = [one.key for one in tree.root.walk() if not one.children and offers.may_choose(tree, one)]
        if outcome.activity is None and tree.current is None and len(choices) == 1:
            outcome = ask(tree, "choice", choices[0])
    return _after(tree, state, outcome)


def _shown(tree: Tree, state: State, item: str = "", *, over: bool = False) -> Shown:
    return Shown(state, offers.offered(tree), item, over, tree.shared, tree.begun)


def _joined(tree: Tree, state: State) -> Shown:
    """An attempt that began before the rules were followed: it goes on where it was, with what it had."""
    outcome, at = ask(tree, "start"), str(state.get("at", ""))
    if at in tree.by_key and not (outcome.activity and outcome.activity.key == at):
        outcome = ask(tree, "jump", at) if tree.current else ask(tree, "choice", at)
    scos = {key: {"spoke": True, **one} for key, one in state["scos"].items()}
    item = outcome.activity.key if outcome.activity else ""
    made = {**state, "scos": scos, "way": tree.dump(), "at": item or at}
    return _shown(tree, made, item, over=outcome.over)


def asked(led: Rules, state: State, request: str, target: str) -> Shown:
    """What comes of a request of the learner or of the content that is shown. Raises Invalid (``go``)."""
    tree = led.tree(state)
    if request not in _REQUESTS or len(target) > _LONGEST:
        raise Invalid({"go": "unknown"})
    current = tree.current
    outcome = ask(tree, request, target, _said(state, current.key) if current else None)
    return _after(tree, state, outcome)


_REQUESTS: Final = (
    "continue", "previous", "choice", "jump", "exit", "exitAll", "abandon", "abandonAll", "suspendAll", "retry",
    "retryAll",
)  # fmt: skip
_LONGEST: Final = 4000


def _after(tree: Tree, state: State, outcome: Outcome) -> Shown:
    item = outcome.activity.key if outcome.activity else ""
    if outcome.resumed:
        state = _known_now(tree, state, item)
    scos = dict(state.get("scos", {}))
    if outcome.activity is not None and not outcome.resumed:
        before = scos.get(item, {})
        given = attempts.given(tree, outcome.activity)
        fresh = {"anew": True, "left": "", "spoke": False, "from": float(before.get("seconds", 0))}
        scos[item] = {**before, "cmi": given, **fresh, "answers": {}, "objectives": {}}
    made = {**state, "scos": scos, "way": tree.dump(), "at": item or state.get("at", "")}
    return _shown(tree, made, item, over=outcome.over)


def _known_now(tree: Tree, state: State, item: str) -> State:
    """A content that goes on finds its objectives as it left them, and those that maps read as they are by now."""
    held = state.get("scos", {}).get(item)
    if not held or "anew" not in held:
        return state
    activity = tree.by_key[item]
    anew, known = attempts.read_anew(tree, activity), attempts.given(tree, activity)
    cmi = {name: value for name, value in held["cmi"].items() if name not in anew}
    cmi |= {name: value for name, value in known.items() if name in anew}
    return {**state, "scos": {**state["scos"], item: {**held, "cmi": cmi}}}


def heard(led: Rules, state: State, item: str) -> Shown:
    """What the content that is shown said as it finished becomes what is tracked (RTE 4.2.17), though nobody asks yet
    where to go: other packages may read it."""
    tree = led.tree(state)
    current, words = tree.current, _said(state, item)
    if current is None or not current.active or current.key != item or words is None:
        return _shown(tree, state, item)
    attempts.take(tree, current, words)
    return _shown(tree, {**state, "way": tree.dump()}, item)


def _left(state: State, item: str) -> str:
    return str(state.get("scos", {}).get(item, {}).get("left", ""))


def _is_complete(state: State, item: str) -> bool:
    standing = state.get("scos", {}).get(item, {}).get("standing", {})
    return cmi_status.restored(standing).completion == "completed"


def _said(state: State, item: str) -> dict[str, str] | None:
    """What a content said in this attempt of its activity. None of one that was silent. Of one that began before the
    rules were followed, an unknown status is what the hub wrote back, thus nothing said."""
    held = state.get("scos", {}).get(item, {})
    if not held.get("spoke"):
        return None
    mute = set() if "anew" in held else {"cmi.completion_status", "cmi.success_status"}
    return {name: value for name, value in held["cmi"].items() if value != "unknown" or name not in mute}


def worth(led: Rules, state: State, asked_of: Mapping[str, Terms]) -> Standing:
    """What the package is worth by its own rules, the content shown counted as it stands when it has finished; never
    less than before. A success that nothing judged is none."""
    tree = led.tree(state)
    if tree.current is not None and tree.current.active and _left(state, tree.current.key) == "ended":
        ask(tree, "exitAll", "", _said(state, tree.current.key))
    parts = [
        (terms, cmi_status.restored(state.get("scos", {}).get(key, {}).get("standing", {})))
        for key, terms in asked_of.items()
    ]
    usual = cmi_status.of_package(parts)
    done, success, mean = (
        status.completed(tree, tree.root),
        status.satisfied(tree, tree.root),
        status.measure(tree, tree.root),
    )
    judged = any(one.success != "unknown" or one.score is not None for _terms, one in parts) or any(
        rule["action"] in _DECIDED for rule in led.said["rollupRules"]["rules"]
    )
    begun = any(one != Standing() for _terms, one in parts)
    now = Standing(
        "completed" if done else "incomplete" if begun else "unknown",
        ("passed" if success else "failed") if judged and done and success is not None else "unknown",
        usual.score if mean is None else max(0.0, mean),
        usual.progress,
    )
    return cmi_status.kept(cmi_status.restored(state.get("worth", {})), now)[0]
