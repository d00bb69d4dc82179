"""The sequencing rules of a SCORM 2004 organisation as plain data: a tree of activities, every default written out.

Names are those of the XML binding, so that a run-time may be fed with it; truths and numbers are no texts. What a rule
says outside its vocabulary is left out and told.

Sources: SCORM 2004 4th ed. CAM 5.1 (sequencing) and 5.2 (navigation), SN 3 (definition model); IMS Simple Sequencing
1.0 XML Binding; ADL's extensions ``adlseq`` and ``adlcp``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from content.packages.manifest import Item, Manifest, Node
from content.report import Findings

Data = dict[str, Any]
HIDDEN: Final = ("continue", "previous", "exit", "exitAll", "abandon", "abandonAll", "suspendAll")
_PRE: Final = ("skip", "disabled", "hiddenFromChoice", "stopForwardTraversal")
_POST: Final = ("exitParent", "exitAll", "retry", "retryAll", "continue", "previous")
_CONDITIONS: Final = (
    "satisfied", "objectiveStatusKnown", "objectiveMeasureKnown", "objectiveMeasureGreaterThan",
    "objectiveMeasureLessThan", "completed", "activityProgressKnown", "attempted", "attemptLimitExceeded",
    "timeLimitExceeded", "outsideAvailableTimeRange", "always",
)  # fmt: skip
#: What SCORM does not take from IMS (CAM 5.1.4): dates, and durations but that of an attempt.
_OF_THE_CALENDAR: Final = ("outsideAvailableTimeRange",)
_LIMITS: Final = ("attemptLimit", "attemptAbsoluteDurationLimit")
_ROLLUP: Final = ("satisfied", "notSatisfied", "completed", "incomplete")
_SETS: Final = ("all", "any", "none", "atLeastCount", "atLeastPercent")
_TIMINGS: Final = ("never", "once", "onEachNewAttempt")
_REQUIRED: Final = ("always", "ifAttempted", "ifNotSkipped", "ifNotSuspended")
_SHAPING: Final = frozenset(
    {"controlMode", "sequencingRules", "limitConditions", "randomizationControls", "constrainedChoiceConsiderations"}
)


def truth(text: str | None, *, default: bool) -> bool:
    """An XML boolean."""
    return default if text is None else text.strip().lower() in ("true", "1")


def real(text: str | None, default: float) -> float:
    """A decimal number, or the default for what is none."""
    try:
        found = float(text or default)
    except ValueError:
        return default
    return found if abs(found) < 1e9 else default  # NaN is never below


def shared(manifest: Manifest) -> int:
    """How many parts the items take from the collection together, each as often as it is referred to."""
    sizes = {key: _size(one) for key, one in manifest.collection.items()}
    items = (item.nodes for one in manifest.organizations for item in one.walk())
    return sum(
        sizes.get(node.attributes.get("IDRef", "").strip(), 0)
        for nodes in (*(one.nodes for one in manifest.organizations), *items)
        for node in nodes
    )


def _size(node: Node) -> int:
    return 1 + sum(map(_size, node.children))


def parts(nodes: Sequence[Node], manifest: Manifest) -> tuple[Node, ...]:
    """The parts of an item's sequencing, those of the collection that it refers to behind its own (CAM 5.1.1)."""
    own = next((one for one in nodes if one.name == "sequencing"), None)
    if own is None:
        return ()
    shared = manifest.collection.get(own.attributes.get("IDRef", "").strip())
    names = {_kind(one) for one in own.children}
    return (*own.children, *(one for one in (shared.children if shared else ()) if _kind(one) not in names))


def _kind(part: Node) -> tuple[str, bool]:
    """Objectives are said in two elements of one name: IMS's, with a primary one, and ADL's."""
    return part.name, any(one.name == "primaryObjective" for one in part.children)


def duration_limit(item: Item, manifest: Manifest) -> str:
    """How long an attempt may last, as a duration of ISO 8601; empty where nothing is said (RTE 4.2.15)."""
    limits = next((one for one in parts(item.nodes, manifest) if one.name == "limitConditions"), None)
    return limits.attributes.get("attemptAbsoluteDurationLimit", "").strip() if limits else ""


def shapes(manifest: Manifest) -> bool:
    """Whether the organisation says anything of the way through it, beyond what its contents are worth."""
    organization = manifest.organization
    if organization is None:
        return False
    for nodes in (organization.nodes, *(item.nodes for item in organization.walk())):
        for part in parts(nodes, manifest):
            rules = part.name == "rollupRules" and any(one.name == "rollupRule" for one in part.children)
            if part.name in _SHAPING or rules or _named(part, "mapInfo"):
                return True
        if hidden(nodes):
            return True
    return False


def _named(node: Node, name: str) -> bool:
    return node.name == name or any(_named(one, name) for one in node.children)


def tree(manifest: Manifest, launched: frozenset[str], found: Findings | None = None) -> Data:
    """The activity tree of the organisation. Leaves that launch nothing (``launched``: identifiers of items) are left
    out: nobody could be brought there. The root says whether its shared objectives are the learner's in every package
    (``objectivesGlobalToSystem``, CAM 5.1.1) or of one attempt at this one."""
    organization = manifest.organization
    if organization is None:
        return {"id": "", "title": "", "children": []}
    said = found or Findings()
    reader = _Reader(manifest, launched, said)
    made = reader.activity(organization.identifier or "organization", organization.title, organization.nodes,
                           organization.items)  # fmt: skip
    across = truth(organization.attributes.get("objectivesGlobalToSystem"), default=True)
    return made | {"objectivesGlobalToSystem": across}


def hidden(nodes: Sequence[Node]) -> list[str]:
    """Buttons of the player that an item does not want (``adlnav:hideLMSUI``, CAM 5.2.1)."""
    return [one for one in HIDDEN if one in {node.text.strip() for node in _all(nodes, "hideLMSUI")}]


def _all(nodes: Sequence[Node], name: str) -> Iterator[Node]:
    for node in nodes:
        if node.name == name:
            yield node
        elif node.name in ("presentation", "navigationInterface"):
            yield from _all(node.children, name)


class _Reader:
    def __init__(self, manifest: Manifest, launched: frozenset[str], found: Findings) -> None:
        self._manifest, self._launched, self._found = manifest, launched, found

    def activity(
        self, key: str, title: str, nodes: Sequence[Node], items: Sequence[Item], item: Item | None = None
    ) -> Data:
        """One activity with all below it."""
        inner = parts(nodes, self._manifest)
        by_name = {part.name: part for part in reversed(inner)}
        made: Data = {
            "id": key, "title": title, "isVisible": item is None or item.visible,
            "sequencingControls": self._controls(by_name), "hideLmsUi": hidden(nodes),
            "sequencingRules": self._rules(key, by_name.get("sequencingRules")),
            "rollupRules": {"rules": self._rollup(key, by_name.get("rollupRules"))},
        }  # fmt: skip
        made |= self._limits(key, by_name.get("limitConditions")) | _objectives(inner)
        if considered := by_name.get("rollupConsiderations"):
            made["rollupConsiderations"] = _considerations(considered)
        if item is not None:
            made["completionThreshold"] = threshold(item)
        children = [
            self.activity(one.identifier, one.title, one.nodes, one.items, one) for one in items if self._leads(one)
        ]
        return made | ({"children": children} if children else {})

    def _leads(self, item: Item) -> bool:
        return item.identifier in self._launched if not item.items else any(map(self._leads, item.items))

    def _controls(self, by_name: dict[str, Node]) -> Data:
        mode, choice = _attributes(by_name, "controlMode"), _attributes(by_name, "constrainedChoiceConsiderations")
        rollup, delivery = _attributes(by_name, "rollupRules"), _attributes(by_name, "deliveryControls")
        random = _attributes(by_name, "randomizationControls")
        count = int(real(random.get("selectCount"), 0))
        return {
            "choice": truth(mode.get("choice"), default=True),
            "choiceExit": truth(mode.get("choiceExit"), default=True),
            "flow": truth(mode.get("flow"), default=False),
            "forwardOnly": truth(mode.get("forwardOnly"), default=False),
            "useCurrentAttemptObjectiveInfo": truth(mode.get("useCurrentAttemptObjectiveInfo"), default=True),
            "useCurrentAttemptProgressInfo": truth(mode.get("useCurrentAttemptProgressInfo"), default=True),
            "preventActivation": truth(choice.get("preventActivation"), default=False),
            "constrainChoice": truth(choice.get("constrainChoice"), default=False),
            "rollupObjectiveSatisfied": truth(rollup.get("rollupObjectiveSatisfied"), default=True),
            "rollupProgressCompletion": truth(rollup.get("rollupProgressCompletion"), default=True),
            "objectiveMeasureWeight": min(1.0, max(0.0, real(rollup.get("objectiveMeasureWeight"), 1.0))),
            "tracked": truth(delivery.get("tracked"), default=True),
            "completionSetByContent": truth(delivery.get("completionSetByContent"), default=False),
            "objectiveSetByContent": truth(delivery.get("objectiveSetByContent"), default=False),
            "selectionTiming": _word(random.get("selectionTiming"), _TIMINGS, "never"),
            "selectCount": count if count > 0 else None,
            "randomizationTiming": _word(random.get("randomizationTiming"), _TIMINGS, "never"),
            "randomizeChildren": truth(random.get("reorderChildren"), default=False),
        }  # fmt: skip

    def _rules(self, key: str, node: Node | None) -> Data:
        kinds = (("preConditionRule", _PRE), ("exitConditionRule", ("exit",)), ("postConditionRule", _POST))
        return {
            f"{kind}s": [
                rule
                for one in (node.children if node else ())
                if one.name == kind and (rule := self._rule(key, one, actions))
            ]
            for kind, actions in kinds
        }

    def _rule(self, key: str, node: Node, actions: Sequence[str]) -> Data | None:
        action = next((one.attributes.get("action", "") for one in node.children if one.name == "ruleAction"), "")
        asked = next((one for one in node.children if one.name == "ruleConditions"), None)
        conditions = [self._condition(one) for one in (asked.children if asked else ()) if one.name == "ruleCondition"]
        known = [one for one in conditions if one["condition"] in _CONDITIONS]
        if action not in actions or not known or len(known) < len(conditions):
            self._found.warn("sequencing_rule_unknown", key, action=action[:40])
            return None
        if any(one["condition"] in _OF_THE_CALENDAR for one in known):
            self._found.info("sequencing_clock", key)
        combination = asked.attributes.get("conditionCombination", "all") if asked else "all"
        return {
            "action": action,
            "conditionCombination": _word(combination, ("all", "any"), "all"),
            "conditions": known,
        }

    def _condition(self, node: Node) -> Data:
        said = node.attributes
        made: Data = {"condition": said.get("condition", "")}
        if said.get("operator") == "not":
            made["operator"] = "not"
        if objective := said.get("referencedObjective"):
            made["referencedObjective"] = objective
        if "measureThreshold" in said:
            made["parameters"] = {"threshold": min(1.0, max(-1.0, real(said["measureThreshold"], 0.0)))}
        return made

    def _rollup(self, key: str, node: Node | None) -> list[Data]:
        found = []
        for one in node.children if node else ():
            if one.name != "rollupRule":
                continue
            action, asked = _inner(one, "rollupAction"), _inner(one, "rollupConditions")
            done = action.attributes.get("action", "") if action else ""
            conditions = [_rollup_condition(inner) for inner in (asked.children if asked else ())]
            if done not in _ROLLUP or not conditions or any(c["condition"] not in _CONDITIONS for c in conditions):
                self._found.warn("sequencing_rule_unknown", key, action=done[:40])
                continue
            found.append({
                "action": done, "consideration": _word(one.attributes.get("childActivitySet"), _SETS, "all"),
                "minimumCount": int(max(0.0, real(one.attributes.get("minimumCount"), 0))),
                "minimumPercent": 100 * min(1.0, max(0.0, real(one.attributes.get("minimumPercent"), 0))),
                "conditionCombination": _combination(asked, "any"), "conditions": conditions,
            })  # fmt: skip
        return found

    def _limits(self, key: str, node: Node | None) -> Data:
        said = node.attributes if node else {}
        if any(name not in _LIMITS for name in said):
            self._found.info("sequencing_clock", key)
        limit, duration = said.get("attemptLimit", "").strip(), said.get("attemptAbsoluteDurationLimit", "").strip()
        made: Data = {"attemptAbsoluteDurationLimit": duration} if duration else {}
        return made | ({"attemptLimit": int(limit)} if limit.isascii() and limit.isdigit() and len(limit) < 7 else {})


def _inner(node: Node, name: str) -> Node | None:
    return next((one for one in node.children if one.name == name), None)


def _rollup_condition(node: Node) -> Data:
    negated = node.attributes.get("operator") == "not"
    return {"condition": node.attributes.get("condition", ""), "operator": "not" if negated else "noOp"}


def _combination(node: Node | None, default: str) -> str:
    return _word(node.attributes.get("conditionCombination") if node else None, ("all", "any"), default)


def _attributes(by_name: dict[str, Node], name: str) -> dict[str, str]:
    node = by_name.get(name)
    return node.attributes if node else {}


def _word(said: str | None, words: Sequence[str], default: str) -> str:
    return said if said is not None and said in words else default


def _considerations(node: Node) -> Data:
    names = ("requiredForSatisfied", "requiredForNotSatisfied", "requiredForCompleted", "requiredForIncomplete")
    made: Data = {name: _word(node.attributes.get(name), _REQUIRED, "always") for name in names}
    made["measureSatisfactionIfActive"] = truth(node.attributes.get("measureSatisfactionIfActive"), default=True)
    return made


def _objectives(inner: Sequence[Node]) -> Data:
    """Primary and other objectives. ADL's ``objectives`` (4th edition) say more of those that IMS's define: without a
    primary one the element is ADL's."""
    listed = [part for part in inner if part.name == "objectives"]
    defined = next((one for one in listed if any(c.name == "primaryObjective" for c in one.children)), None)
    more: dict[str, list[Node]] = {}
    for one in (c for said in listed if said is not defined for c in said.children if c.name == "objective"):
        more.setdefault(one.attributes.get("objectiveID", ""), []).append(one)
    made: Data = {"objectives": [], "primaryObjective": {**_NONE, "isPrimary": True}}
    for one in defined.children if defined else ():
        if one.name not in ("primaryObjective", "objective"):
            continue
        objective = _objective(one, more)
        if one.name == "primaryObjective":
            made["primaryObjective"] = {**objective, "isPrimary": True}
        elif one.attributes.get("objectiveID"):
            made["objectives"].append(objective)
    return made


def _objective(node: Node, more: Mapping[str, Sequence[Node]]) -> Data:
    key = node.attributes.get("objectiveID", "")
    measure = _inner(node, "minNormalizedMeasure")
    said = [(one, _IMS_MAP) for one in node.children]
    said += [(one, _ADL_MAP) for other in more.get(key, ()) for one in other.children]
    maps: dict[str, Data] = {}
    for one, usual in said:
        if one.name == "mapInfo" and (target := one.attributes.get("targetObjectiveID", "")):
            nothing = {"targetObjectiveID": target, **dict.fromkeys((*_IMS_MAP, *_ADL_MAP), False)}
            known = maps.setdefault(target, nothing)
            known |= {name: truth(one.attributes.get(name), default=default) for name, default in usual.items()}
    return {
        "objectiveID": key or NAMELESS,
        "satisfiedByMeasure": truth(node.attributes.get("satisfiedByMeasure"), default=False),
        "minNormalizedMeasure": min(1.0, max(-1.0, real(measure.text if measure else "", 1.0))),
        "mapInfo": list(maps.values()),
    }


NAMELESS: Final = " "
"""Identifier of a primary objective that has none: contents do not see it (RTE 4.2.17)."""
_NONE: Final[Data] = {"objectiveID": NAMELESS, "satisfiedByMeasure": False, "minNormalizedMeasure": 1.0, "mapInfo": []}
_IMS_MAP: Final = {
    "readSatisfiedStatus": True, "readNormalizedMeasure": True, "writeSatisfiedStatus": False,
    "writeNormalizedMeasure": False,
}  # fmt: skip
_ADL_MAP: Final = {
    f"{way}{name}": way == "read"
    for name in ("RawScore", "MinScore", "MaxScore", "CompletionStatus", "ProgressMeasure")
    for way in ("read", "write")
}


def threshold(item: Item) -> Data:
    """When progress is completion: an element with attributes (4th edition), a number as text before (CAM 3.4.1.16)."""
    node = next((one for one in item.nodes if one.name == "completionThreshold"), None)
    if node is not None:
        said = node.attributes
        return {
            "completedByMeasure": truth(said.get("completedByMeasure"), default=False),
            "minProgressMeasure": min(1.0, max(0.0, real(said.get("minProgressMeasure"), 1.0))),
            "progressWeight": min(1.0, max(0.0, real(said.get("progressWeight"), 1.0))),
        }
    stated = item.extras.get("completionThreshold", "")
    measure = min(1.0, max(0.0, real(stated, 1.0)))
    return {"completedByMeasure": bool(stated), "minProgressMeasure": measure, "progressWeight": 1.0}
