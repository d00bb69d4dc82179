"""SCORM 2004's sequencing: ADL's packages of the set go the way that their rules ask, and rules of our own hold."""

from typing import Any

import pytest

from content import xml
from content.inspect import inspect
from content.packages import manifest as ims
from content.packages import sequencing as rules
from content.packages.scorm import Scorm
from content.report import Findings
from hub.domain.sequencing import attempts, status
from hub.domain.sequencing.offers import offered
from hub.domain.sequencing.session import Outcome, ask
from hub.domain.sequencing.tree import Data, Tree, build
from hub.domain.sequencing.tree import targets as rules_targets
from tests.shared import shared_path

PASSED, FAILED = {"cmi.success_status": "passed"}, {"cmi.success_status": "failed"}
ON, BACK, OUT = "continue", "previous", "exitAll"
Visit = tuple[int, dict[str, str], str]


def scaled(measure: str) -> dict[str, str]:
    return {"cmi.score.scaled": measure}


def progress(amount: str, completion: str = "") -> dict[str, str]:
    return {"cmi.progress_measure": amount} | ({"cmi.completion_status": completion} if completion else {})


def objectives(one: str, two: str, completion: str) -> dict[str, str]:
    said = {"cmi.objectives.0.completion_status": one, "cmi.objectives.1.completion_status": two}
    return {**said, **PASSED, "cmi.completion_status": completion}


COME, NOT_YET = "completed", "incomplete"
ONE_TO_NINE: list[Visit] = [(1, {}, ON), (5, scaled("0"), ON), (6, scaled("1"), ON), (7, scaled("1"), ON)]
#: What each content says and asks; the next number is where the package's rules must lead.
WAYS: dict[str, list[Visit]] = {
    "CM-01": [(n, {}, to) for n, to in ((1, ON), (2, ON), (3, BACK), (2, ON), (3, BACK), (2, BACK), (1, OUT))],
    "CM-07f": [(1, {}, ON), (2, {}, "choice activity_4"), (4, {}, OUT)],
    "CO-01": [(1, {"cmi.completion_status": COME}, ON), (3, {}, OUT)],
    "CO-07b": [
        (1, {}, ON), (2, {}, ON), (3, objectives(COME, NOT_YET, NOT_YET), ON), (2, {}, ON),
        (3, objectives(NOT_YET, COME, "not attempted"), ON), (1, {}, ON), (3, objectives(COME, COME, COME), ON),
    ],
    "CT-01": [
        (1, {}, ON), (3, progress("1.0"), ON), (4, progress("0.0"), ON), (5, progress("1.0", NOT_YET), ON),
        (6, {}, BACK), (1, {}, OUT),
    ],
    "CT-04": [
        (1, {}, ON), (3, progress("0.1", COME), ON), (4, progress("1.0", COME), ON), (5, progress("0.5", COME), ON),
        (6, {}, BACK), (1, {}, OUT),
    ],
    "MS-01": [
        (1, {}, ON), (3, scaled("1"), ON), (4, scaled("0"), ON), (5, scaled("1"), ON), (6, {}, BACK), (1, {}, OUT),
    ],
    "MS-05a": [(1, {}, ON), (3, scaled("1"), ON), (4, scaled("1"), ON), (1, {}, "jump activity_3"), (3, {}, OUT)],
    "OB-01a": [(1, PASSED, ON), (3, {}, OUT)],
    "OB-10b": [
        (1, {"cmi.objectives.0.score.scaled": "0.7"}, ON), (2, {"cmi.objectives.0.score.scaled": "0.4"}, ON),
        (3, {}, OUT),
    ],
    "RU-01aa": [(1, {}, ON), (3, PASSED, ON), (4, FAILED, ON), (5, PASSED, ON), (6, {}, OUT)],
    "RU-10": [(1, {}, ON), (3, PASSED, ON), (4, PASSED, ON), (5, PASSED, ON), (6, {}, OUT)],
    "SX-02": [
        (1, {}, ON), (3, progress("0.5", NOT_YET), ON), (4, FAILED, ON), (5, progress("0.9"), ON), (1, {}, OUT),
    ],
    "SX-08b": [(1, {}, OUT)],
    "T-01a": [
        *ONE_TO_NINE, (18, scaled("1"), ON), (19, scaled("0"), ON), (20, scaled("1"), ON), (31, scaled("1"), ON),
        (32, scaled("1"), ON), (33, scaled("0"), ON), (42, {}, OUT),
    ],
    "T-01b": [
        (1, {}, ON), (5, scaled("0"), "jump activity_6"), (6, scaled("0"), "jump activity_7"), (7, scaled("1"), ON),
        (9, {}, ON), (10, {}, ON), (11, {}, ON), (13, scaled("1"), ON), (14, scaled("1"), ON), (18, scaled("1"), ON),
        (19, scaled("0"), ON), (20, scaled("1"), ON), (31, scaled("1"), ON), (32, scaled("1"), ON),
        (33, scaled("0"), ON), (42, {}, OUT),
    ],
}  # fmt: skip


def go(tree: Tree, wish: str, said: dict[str, str] | None = None) -> Outcome:
    request, _blank, target = wish.partition(" ")
    return ask(tree, request, target, said)


@pytest.mark.parametrize("name", WAYS)
def test_a_package_of_adl_leads_where_its_rules_say(name: str) -> None:
    path = shared_path("fixtures", "content", "scorm2004", f"adl-lms-test-{name}.zip")
    with path.open("rb") as file:
        package = inspect(file, path.name).package
    assert isinstance(package, Scorm)
    said = rules.tree(package.manifest, frozenset(one.item_id for one in package.launches))
    tree = build(said)
    outcome = go(tree, "start")
    if outcome.activity is None:  # nothing flows: the learner chooses
        outcome = go(tree, "choice activity_1")
    for place, (number, says, wish) in enumerate(WAYS[name]):
        assert outcome.activity is not None, (place, outcome)
        assert outcome.activity.key == f"activity_{number}", (place, outcome.refused)
        heard = {**attempts.given(tree, outcome.activity), **says}
        tree = build(said, tree.dump())  # each request is answered from what was kept
        outcome = go(tree, wish, heard)
    assert outcome.activity is None
    assert outcome.over


def package(organization: str) -> Data:
    """The tree of an organisation whose items are written without their namespaces' names."""
    text = (
        '<manifest xmlns:imsss="s" xmlns:adlseq="q"><organizations><organization identifier="O"><title>T</title>'
        f"{organization}</organization></organizations></manifest>"
    )
    read = ims.read(xml.parse(text.encode()).root, Findings())
    assert read is not None
    assert read.organization is not None
    return rules.tree(read, frozenset(item.identifier for item in read.organization.walk() if item.ref))


def item(key: str, inner: str = "", sequencing: str = "") -> str:
    ref = "" if "<item" in inner else ' identifierref="R"'
    rules_of = f"<imsss:sequencing>{sequencing}</imsss:sequencing>"
    return f'<item identifier="{key}"{ref}><title>{key}</title>{inner}{rules_of}</item>'


def whole(inner: str, sequencing: str = "") -> Tree:
    flow = '<imsss:controlMode flow="true"/>'
    return build(package(f"{inner}<imsss:sequencing>{sequencing or flow}</imsss:sequencing>"))


def rule(kind: str, action: str, condition: str, more: str = "") -> str:
    return (
        f"<imsss:sequencingRules><imsss:{kind}Rule><imsss:ruleConditions>"
        f'<imsss:ruleCondition condition="{condition}" {more}/></imsss:ruleConditions>'
        f'<imsss:ruleAction action="{action}"/></imsss:{kind}Rule></imsss:sequencingRules>'
    )


def shown(outcome: Outcome) -> str:
    return outcome.activity.key if outcome.activity else ""


def test_a_quiz_must_be_passed_before_what_follows_may_be_chosen() -> None:
    locked = rule("preCondition", "disabled", "satisfied", 'operator="not" referencedObjective="quiz"') + (
        '<imsss:objectives><imsss:primaryObjective/><imsss:objective objectiveID="quiz">'
        '<imsss:mapInfo targetObjectiveID="global"/></imsss:objective></imsss:objectives>'
    )
    told = (
        '<imsss:objectives><imsss:primaryObjective satisfiedByMeasure="true"><imsss:minNormalizedMeasure>0.7'
        '</imsss:minNormalizedMeasure><imsss:mapInfo targetObjectiveID="global" writeSatisfiedStatus="true"/>'
        "</imsss:primaryObjective></imsss:objectives>"
    )
    unknown = locked.replace('operator="not" ', "")
    tree = whole(item("quiz", sequencing=told) + item("more", sequencing=locked) + item("other", sequencing=unknown))
    assert shown(go(tree, "start")) == "quiz"
    assert (offered(tree)["continue"], offered(tree)["previous"]) == (True, False)
    assert offered(tree)["choice"] == ["quiz", "more", "other"]  # what is not known yet forbids nothing (SN 3.4.2)
    assert go(tree, ON, scaled("0.5")).refused == "SB.2.2-2"
    assert offered(tree)["choice"] == ["quiz", "other"]
    assert shown(go(tree, "choice quiz")) == "quiz"
    assert shown(go(tree, ON, scaled("0.8"))) == "more"


def test_what_was_put_aside_goes_on_and_what_was_left_begins_anew() -> None:
    tree = whole(item("a") + item("b"))
    go(tree, "start")
    assert shown(go(tree, ON, {})) == "b"
    outcome = go(tree, "suspendAll", progress("0.5"))
    assert (outcome.over, tree.suspended and tree.suspended.key) == (True, "b")
    tree = build(tree.root.said, tree.dump())
    again = go(tree, "resumeAll")
    assert (shown(again), again.resumed, status.amount(tree, tree.by_key["b"])) == ("b", True, 0.5)
    back = go(tree, BACK, {"cmi.exit": "suspend"})
    assert (shown(back), back.resumed) == ("a", False)
    forth = go(tree, ON, {})
    assert (shown(forth), forth.resumed) == ("b", True)
    assert go(tree, ON, {}).over


def test_time_runs_out_for_rules_that_ask_and_each_attempt_has_its_own() -> None:
    limit = '<imsss:limitConditions attemptAbsoluteDurationLimit="PT1M30.5S"/>'
    late = rule("postCondition", "exitAll", "timeLimitExceeded")
    said = package(item("a", sequencing=limit + late) + item("b"))
    said["sequencingControls"]["flow"] = True
    begun = build(said, now=1_000_000)
    go(begun, "start")

    def at(instant: int, wish: str, before: Tree = begun) -> tuple[Outcome, Tree]:
        tree = build(said, before.dump(), now=instant)
        return go(tree, wish, {}), tree

    assert shown(at(91_499_999, ON)[0]) == "b"
    assert at(91_500_000, ON)[0].over
    _aside, left = at(2_000_000, "suspendAll")
    _again, resumed = at(91_000_000, "resumeAll", left)
    assert at(91_500_000, ON, resumed)[0].over  # pauses count
    _anew, retried = at(91_499_999, "retry")
    assert shown(at(91_500_000, ON, retried)[0]) == "b"  # a new attempt has its whole time
    unlimited = package(item("c", sequencing=late) + item("d"))
    unlimited["sequencingControls"]["flow"] = True
    go(tree := build(unlimited), "start")
    assert shown(go(build(unlimited, tree.dump(), now=1 << 50), ON, {})) == "d"


def test_attempts_run_out() -> None:
    tree = whole(item("a", sequencing='<imsss:limitConditions attemptLimit="1"/>') + item("b"))
    assert shown(go(tree, "start")) == "a"
    assert shown(go(tree, ON, {})) == "b"
    assert offered(tree)["choice"] == ["b"]
    assert go(tree, BACK, {}).refused == "SB.2.2-2"


def test_a_branch_holds_the_learner_and_lets_only_its_neighbours_be_chosen() -> None:
    held = '<imsss:controlMode choiceExit="false" flow="true"/>'
    tree = whole(item("m", item("a") + item("b"), held) + item("n", item("c"), '<imsss:controlMode flow="true"/>'))
    go(tree, "start")
    assert offered(tree)["choice"] == ["m", "a", "b"]
    near = '<imsss:controlMode flow="true"/><adlseq:constrainedChoiceConsiderations constrainChoice="true"/>'
    parts = [item(key, item(f"{key}1"), near) for key in "mnop"]
    tree = whole("".join(parts))
    go(tree, "start")
    assert shown(go(tree, "choice n1", {})) == "n1"
    assert [key for key in offered(tree)["choice"] if key.endswith("1")] == ["m1", "n1", "o1"]


def test_one_try_more_counts_from_the_beginning() -> None:
    again = rule("postCondition", "retry", "satisfied", 'operator="not"')
    last = item("b", sequencing=rule("postCondition", "exitParent", "always"))
    tree = whole(item("m", item("a") + last, f'<imsss:controlMode flow="true" choice="false"/>{again}') + item("z"))
    go(tree, "start")
    assert shown(go(tree, ON, FAILED)) == "b"
    assert shown(go(tree, ON, PASSED)) == "a"
    assert tree.by_key["m"].attempts == 2
    assert shown(go(tree, ON, PASSED)) == "b"
    assert status.satisfied(tree, tree.by_key["m"]) is None  # b is of the attempt before
    go(tree, "exitAll", PASSED)
    assert status.satisfied(tree, tree.by_key["m"]) is True


def test_children_are_drawn_once_and_stay_drawn() -> None:
    drawn = (
        '<imsss:controlMode flow="true"/><imsss:randomizationControls selectionTiming="once" selectCount="2"'
        ' randomizationTiming="once" reorderChildren="true"/>'
    )
    tree = build(package(f"{''.join(map(item, 'abcdef'))}<imsss:sequencing>{drawn}</imsss:sequencing>"))
    tree.random.seed(6)
    seen = [shown(go(tree, "start"))]
    assert len(tree.root.available) == 2
    tree = build(tree.root.said, tree.dump())
    seen.append(shown(go(tree, ON, {})))
    assert seen == [one.key for one in tree.root.available]
    assert go(tree, ON, {}).over


def test_rules_of_the_roll_up_decide_what_the_whole_is_worth() -> None:
    def rolled(child_set: str, more: str, action: str, condition: str) -> str:
        return (
            f'<imsss:controlMode flow="true"/><imsss:rollupRules>'
            f'<imsss:rollupRule childActivitySet="{child_set}" {more}><imsss:rollupConditions>'
            f'<imsss:rollupCondition condition="{condition}"/></imsss:rollupConditions>'
            f'<imsss:rollupAction action="{action}"/></imsss:rollupRule></imsss:rollupRules>'
        )

    def ended(sequencing: str, *said: dict[str, str]) -> Tree:
        tree = whole("".join(map(item, "abc")), sequencing)
        go(tree, "start")
        for one in said[:-1]:
            go(tree, ON, one)
        go(tree, OUT, said[-1])
        return tree

    enough = ended(rolled("any", "", "satisfied", "satisfied"), FAILED, PASSED)
    assert status.satisfied(enough, enough.root) is True
    count = rolled("atLeastCount", 'minimumCount="2"', "completed", "completed")
    two = ended(count, progress("1", COME), progress("1", COME))
    assert status.completed(two, two.root) is True
    part = rolled("atLeastPercent", 'minimumPercent="0.5"', "satisfied", "satisfied")
    one = ended(part, PASSED, FAILED)
    assert status.satisfied(one, one.root) is None
    none = ended(rolled("none", "", "completed", "attempted"), {})
    assert status.completed(none, none.root) is None


@pytest.mark.parametrize(
    ("wish", "refused"),
    [
        ("previous", "SB.2.1-3"),
        ("choice z", "NB.2.1-11"),
        ("jump z", "NB.2.1-11"),
        ("dance", "NB.2.1-13"),
        ("start", "NB.2.1-1"),
    ],
)
def test_what_makes_no_sense_changes_nothing(wish: str, refused: str) -> None:
    tree = whole(item("a") + item("b"))
    assert go(tree, ON).refused == "NB.2.1-2"
    go(tree, "start")
    before: Any = tree.dump()
    assert go(tree, wish).refused == refused
    if refused.startswith("NB"):
        assert tree.dump() == before


def test_going_back_over_what_is_skipped_leaves_a_part_that_only_goes_forward() -> None:
    skipped = rule("preCondition", "skip", "attempted")
    forward = '<imsss:controlMode flow="true" forwardOnly="true"/>'
    inside = "".join(item(key, sequencing=skipped) for key in "bcd")
    tree = whole(item("a") + item("m", inside, forward) + item("z"))
    go(tree, "start")
    for key in "bcdz":
        assert shown(go(tree, ON, {})) == key
    assert shown(go(tree, BACK, {})) == "a"


def test_back_is_offered_where_something_lies_before() -> None:
    forward = '<imsss:controlMode flow="true" forwardOnly="true"/>'
    inside = item("b", item("c") + item("d"), '<imsss:controlMode flow="true"/>')
    tree = whole(item("a") + item("m", inside, forward))
    go(tree, "start")
    assert shown(go(tree, ON, {})) == "c"
    assert offered(tree)["previous"] is False
    assert shown(go(tree, ON, {})) == "d"
    assert offered(tree)["previous"] is True


@pytest.mark.parametrize("element", ["cmi.completion_status", "cmi.objectives.0.completion_status"])
def test_what_a_content_calls_unknown_is_not_taken_for_done(element: str) -> None:
    known = rule("postCondition", "retry", "activityProgressKnown")
    named = '<imsss:objectives><imsss:primaryObjective objectiveID="own"/></imsss:objectives>'
    tree = whole(item("a", sequencing=known + named) + item("b"))
    go(tree, "start")
    assert shown(go(tree, ON, {"cmi.objectives.0.id": "own"})) == "a"  # silent, so taken for done
    assert shown(go(tree, ON, {"cmi.objectives.0.id": "own", element: "unknown"})) == "b"


def test_blanks_around_identifiers_do_not_count() -> None:
    text = (
        '<manifest xmlns:imsss="s"><organizations default=" O"><organization identifier=" O "><title>T</title>'
        '<item identifier=" a " identifierref=" R"><title>a</title></item>'
        '<imsss:sequencing IDRef=" S "/></organization></organizations><resources><resource identifier="R "/>'
        '</resources><imsss:sequencingCollection><imsss:sequencing ID="S  "><imsss:controlMode flow="true"/>'
        "</imsss:sequencing></imsss:sequencingCollection></manifest>"
    )
    read = ims.read(xml.parse(text.encode()).root, Findings())
    assert read is not None
    assert read.organization is not None
    assert (read.organization.items[0].ref, list(read.resources)) == ("R", ["R"])
    assert shown(go(build(rules.tree(read, frozenset("a"))), "start")) == "a"


def test_only_a_part_with_parts_of_its_own_holds_a_choice_to_its_neighbours() -> None:
    constrained = '<adlseq:constrainedChoiceConsiderations constrainChoice="true"/>'
    flow = '<imsss:controlMode flow="true"/>'
    tree = whole(item("m", item("a", sequencing=constrained) + item("b"), flow) + item("c") + item("d"))
    go(tree, "start")
    assert shown(go(tree, "choice d", {})) == "d"


def mapped(flags: str, primary: bool = True) -> str:
    named = f'objectiveID="o"><imsss:mapInfo targetObjectiveID="global" {flags}/>'
    if primary:
        return f"<imsss:objectives><imsss:primaryObjective {named}</imsss:primaryObjective></imsss:objectives>"
    return f"<imsss:objectives><imsss:primaryObjective/><imsss:objective {named}</imsss:objective></imsss:objectives>"


def test_what_is_counted_for_others_holds_though_they_were_not_begun() -> None:
    anyone = (
        '<imsss:rollupRules><imsss:rollupRule childActivitySet="any"><imsss:rollupConditions><imsss:rollupCondition'
        ' condition="satisfied"/></imsss:rollupConditions><imsss:rollupAction action="satisfied"/></imsss:rollupRule>'
        "</imsss:rollupRules>"
    )
    flow = '<imsss:controlMode flow="true"/>'
    inner = item("n", item("b") + item("c", sequencing=mapped("")), flow + anyone)
    outer = item("m", inner, flow + anyone + rule("preCondition", "skip", "satisfied"))
    tree = whole(item("a", sequencing=mapped('writeSatisfiedStatus="true"')) + outer + item("z"))
    go(tree, "start")
    assert shown(go(tree, ON, PASSED)) == "z"


def test_objectives_of_one_attempt_are_unknown_again_when_the_whole_is_tried_again() -> None:
    writes = mapped('writeSatisfiedStatus="true" readSatisfiedStatus="false"', primary=False)
    skipped = mapped("", primary=False) + rule("preCondition", "skip", "satisfied", 'referencedObjective="o"')
    said = package(f"{item('a', sequencing=writes)}{item('b', sequencing=skipped)}{item('z')}")
    own = {**said, "objectivesGlobalToSystem": False}
    own["sequencingControls"] = {**said["sequencingControls"], "flow": True}
    passed = {"cmi.objectives.0.id": "o", "cmi.objectives.0.success_status": "passed"}
    tree = build(own)
    go(tree, "start")
    assert shown(go(tree, ON, passed)) == "z"
    go(tree, "suspendAll", {})
    assert (shown(go(tree, "resumeAll")), tree.shared["global"]["satisfied"]) == ("z", True)
    assert shown(go(tree, "retryAll", {})) == "a"
    assert shown(go(tree, ON, {})) == "b"
    kept = build(
        said, {"current": "", "suspended": "", "shared": {}, "activities": {}}, {"global": {"satisfied": True}}
    )
    assert kept.dump()["shared"] == {}  # what is the learner's lies elsewhere
    assert rules_targets(said) == {"global"}


def test_adl_says_more_of_objectives_also_from_the_collection() -> None:
    text = (
        '<manifest xmlns:imsss="s" xmlns:adlseq="q"><organizations><organization identifier="O"><title>T</title>'
        '<item identifier="a" identifierref="R"><title>a</title><imsss:sequencing IDRef="S">'
        f"{mapped('')}</imsss:sequencing></item></organization></organizations><imsss:sequencingCollection>"
        '<imsss:sequencing ID="S"><adlseq:objectives><adlseq:objective objectiveID="o"><adlseq:mapInfo'
        ' targetObjectiveID="global" writeRawScore="true"/></adlseq:objective></adlseq:objectives>'
        "</imsss:sequencing></imsss:sequencingCollection></manifest>"
    )
    read = ims.read(xml.parse(text.encode()).root, Findings())
    assert read is not None
    map_ = rules.tree(read, frozenset("a"))["children"][0]["primaryObjective"]["mapInfo"][0]
    assert (map_["readSatisfiedStatus"], map_["readRawScore"], map_["writeRawScore"]) == (True, True, True)
