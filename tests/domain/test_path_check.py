"""Checks before publishing and differences between versions."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.path import (
    Activity,
    Afest,
    Binding,
    BindingKind,
    Brings,
    Condition,
    EvidenceKind,
    Modality,
    Module,
    Need,
    PathDocument,
    Rule,
    Skill,
    SkillPrerequisite,
    Step,
    StepPrerequisite,
    Variant,
    Way,
)
from hub.domain.path_check import Problem, can_meet, check, differences, rule_can_be_met
from tests.domain.test_path import DOCUMENTS


def activity(
    *kinds: EvidenceKind, minutes: int = 60, kind: BindingKind = BindingKind.SEANCES, **more: object
) -> Activity:
    brings = tuple(Brings(kind=k, way=Way.ROLL) for k in kinds)
    fields = {"title": "Atelier", "modality": Modality.ON_SITE, "minutes": minutes, **more}
    return Activity.model_validate({**fields, "binding": Binding(kind=kind, brings=brings)})


def step(title: str = "Étape", *ways: Activity, rule: Rule | None = None, **more: object) -> Step:
    asked = rule or Rule(terms=(Condition(kind=EvidenceKind.ATTENDED),))
    held = ways or (activity(EvidenceKind.ATTENDED),)
    variants = tuple(Variant(activities=(way,)) for way in held)
    return Step.model_validate({"title": title, "rule": asked, "variants": variants, **more})


def path(*steps: Step, **more: object) -> PathDocument:
    return PathDocument.model_validate({"title": "Bois", "modules": (Module(title="Un", steps=steps),), **more})


def codes(document: PathDocument, severity: str | None = None) -> list[str]:
    return [p.code for p in check(document) if severity in (None, p.severity)]


def only(document: PathDocument, code: str) -> Problem:
    found = [p for p in check(document) if p.code == code]
    assert len(found) == 1
    return found[0]


def asks(*kinds: EvidenceKind, mode: str = "all") -> Rule:
    return Rule.model_validate({"mode": mode, "terms": tuple(Condition(kind=k) for k in kinds)})


def test_a_sound_path_has_no_problem() -> None:
    first = step("Un")
    assert check(path(first, step("Deux", prerequisites=(StepPrerequisite(step_id=first.id),)))) == []


def test_an_empty_path_is_refused() -> None:
    assert codes(PathDocument(title=" ")) == ["path_without_title", "path_without_step"]


def test_a_rule_that_nothing_brings_blocks_and_proposes_remedies() -> None:
    problem = only(path(step(rule=asks(EvidenceKind.SCORE))), "rule_cannot_be_met")
    assert problem.severity == "error"
    assert problem.params["kind"] == "score"
    assert problem.remedies == ("lti_publication", "web_services", "partner_file")


def test_one_possible_alternative_makes_it_a_warning() -> None:
    document = path(step(rule=asks(EvidenceKind.SCORE, EvidenceKind.ATTENDED, mode="any")))
    assert only(document, "rule_cannot_be_met").severity == "warning"


def test_a_trainer_can_always_validate() -> None:
    assert check(path(step(rule=asks(EvidenceKind.VALIDATED)))) == []


def test_a_condition_on_an_activity_counts_what_that_one_brings() -> None:
    mute, telling = activity(), activity(EvidenceKind.ATTENDED)
    held = step("x", mute, telling)
    assert can_meet(held, Condition(kind=EvidenceKind.ATTENDED, activity_id=telling.id))
    assert not can_meet(held, Condition(kind=EvidenceKind.ATTENDED, activity_id=mute.id))


def test_a_way_that_alone_never_completes_the_step_is_told() -> None:
    held = step("x", activity(EvidenceKind.SCORE), activity(EvidenceKind.ATTENDED), rule=asks(EvidenceKind.SCORE))
    problem = only(path(held), "variant_cannot_meet_rule")
    assert (problem.severity, problem.params["number"], problem.params["kind"]) == ("warning", 2, "score")
    assert rule_can_be_met(held)
    assert not rule_can_be_met(held, held.variants[1])


def test_a_nested_rule_is_judged_whole() -> None:
    inner = asks(EvidenceKind.SCORE, EvidenceKind.PASSED)
    rule = Rule(mode="any", terms=(inner, Condition(kind=EvidenceKind.ATTENDED)))
    assert codes(path(step(rule=rule)), "error") == []
    assert codes(path(step(rule=Rule(mode="all", terms=rule.terms))), "error") == ["rule_cannot_be_met"] * 2


@pytest.mark.parametrize(
    ("held", "code"),
    [
        (step(" "), "step_without_title"),
        (step(rule=Rule()), "step_without_rule"),
        (step(variants=()), "variant_without_activity"),
        (step("x", activity(EvidenceKind.ATTENDED, minutes=0)), "activity_without_duration"),
        (step("x", activity(EvidenceKind.ATTENDED, modality=Modality.AFEST)), "afest_conditions_missing"),
        (step("x", activity(EvidenceKind.ATTENDED, kind=BindingKind.LTI_LINK)), "binding_without_target"),
        (step(prerequisites=(StepPrerequisite(step_id=uuid4()),)), "prerequisite_unknown"),
        (step(rule=Rule(terms=(Condition(kind=EvidenceKind.ATTENDED, at_least=80),))), "threshold_above_one"),
    ],
)
def test_what_blocks_publishing(held: Step, code: str) -> None:
    assert code in codes(path(held), "error")


def test_company_time_deposits_and_described_afest_need_no_more() -> None:
    calendar = activity(EvidenceKind.ATTENDED, minutes=0, calendar_only=True)
    deposit = activity(EvidenceKind.ACCEPTED, EvidenceKind.ATTENDED, minutes=0, kind=BindingKind.DEPOSIT)
    told = Afest(work_analysis="a", trainer="b", reflective_phases="c", assessments="d")
    work = activity(EvidenceKind.ATTENDED, modality=Modality.AFEST, afest=told)
    assert check(path(step("x", calendar, deposit, work))) == []


def test_minutes_asked_beyond_the_plan_are_told() -> None:
    rule = Rule(terms=(Condition(kind=EvidenceKind.ATTENDED, at_least=90, unit="minutes"),))
    problem = only(path(step(rule=rule)), "minutes_above_plan")
    assert (problem.severity, problem.params["wanted"], problem.params["planned"]) == ("warning", 90, 60)


@pytest.mark.parametrize(
    ("need", "code"),
    [
        (Need(kind="count", amount=2), "module_count_impossible"),
        (Need(kind="weight", amount=3), "module_weight_impossible"),
    ],
)
def test_a_module_cannot_ask_for_more_than_it_has(need: Need, code: str) -> None:
    document = PathDocument(title="Bois", modules=(Module(title="Un", need=need, steps=(step(),)),))
    assert codes(document, "error") == [code]


def test_the_same_step_twice_is_refused() -> None:
    one = step()
    assert codes(path(one, one)) == ["step_twice"]


def test_an_authorisation_from_elsewhere_is_told() -> None:
    assert codes(path(step(prerequisites=(SkillPrerequisite(skill="H0B0"),)))) == ["skill_from_elsewhere"]


def test_steps_that_wait_for_one_another_are_named_in_order() -> None:
    a, b = uuid4(), uuid4()
    first = step("Un", id=a, prerequisites=(StepPrerequisite(step_id=b),))
    second = step("Deux", id=b, prerequisites=(StepPrerequisite(step_id=a),))
    assert only(path(first, second), "prerequisite_cycle").params["steps"] == ["Un", "Deux"]


def test_a_loop_through_a_skill_is_found() -> None:
    skill = Skill(code="SECU", label="Sécurité")
    a = uuid4()
    first = step("Un", id=a, prerequisites=(SkillPrerequisite(skill="SECU"),))
    second = step("Deux", skills=(skill,), prerequisites=(StepPrerequisite(step_id=a),))
    assert codes(path(first, second)) == ["prerequisite_cycle"]


def _chain(length: int, closed: bool) -> PathDocument:
    ids = [uuid4() for _ in range(length)]
    before: list[UUID | None] = [ids[-1] if closed else None, *ids]
    waits = [(StepPrerequisite(step_id=b),) if b else () for b in before]
    return path(*(step(str(i), id=ids[i], prerequisites=waits[i]) for i in range(length)))


def test_a_very_long_chain_is_no_loop_and_ends() -> None:
    assert codes(_chain(1500, closed=False)) == []


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 12))
def test_any_closed_chain_is_a_loop(length: int) -> None:
    assert codes(_chain(length, closed=True)) == ["prerequisite_cycle"]


@settings(max_examples=40, deadline=None)
@given(DOCUMENTS)
def test_checks_never_fail_and_put_errors_first(document: PathDocument) -> None:
    severities = [p.severity for p in check(document)]
    assert severities == sorted(severities, key=lambda s: s != "error")


@settings(max_examples=40, deadline=None)
@given(DOCUMENTS)
def test_a_document_does_not_differ_from_itself(document: PathDocument) -> None:
    assert differences(document, document) == []


@settings(max_examples=40, deadline=None)
@given(DOCUMENTS, DOCUMENTS)
def test_differences_name_every_step_that_came_or_went(old: PathDocument, new: PathDocument) -> None:
    changes = differences(old, new)
    before, after = {s.id for s in old.steps()}, {s.id for s in new.steps()}
    assert {c.step_id for c in changes if c.what == "added"} == after - before
    assert {c.step_id for c in changes if c.what == "removed"} == before - after


def test_differences_in_order_by_identity() -> None:
    one, two, three = step("Un"), step("Deux"), step("Trois")
    renamed = two.model_copy(update={"title": "Deux bis", "weight": 2.0})
    changes = differences(path(one, two, three), path(renamed, one, step("Quatre")))
    assert [(c.title, c.what, c.old, c.new) for c in changes] == [
        ("Deux bis", "moved", 2, 1),
        ("Deux bis", "title", "Deux", "Deux bis"),
        ("Deux bis", "weight", 1.0, 2.0),
        ("Un", "moved", 1, 2),
        ("Quatre", "added", None, None),
        ("Trois", "removed", None, None),
    ]
