"""Progress and hours as pure rules: conditions, equivalence of ways, modules, waivers, falls, hours (DESIGN section
4)."""

from uuid import UUID

import pytest

from hub.domain.evidence import Evidence, Fact
from hub.domain.path import (
    Activity,
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
    Step,
    Variant,
    Way,
)
from hub.domain.progress import EnrolmentFacts, PathState, Result, evaluate, step_iri

ON_SITE, ALONE = "https://x.example/room", "https://x.example/alone"


def fact(
    value: float | None = 1.0, at: int = 100, sid: str = "s1", *, minutes: float = 0, last: float | None = None
) -> Fact:
    return Fact(value, at, sid, value if last is None else last, at, sid, round(minutes * 60))


def act(iri: str, *kinds: str, modality: Modality = Modality.OWN_PACE, minutes: int = 60) -> Activity:
    brings = tuple(Brings(kind=EvidenceKind(k), way=Way.XAPI) for k in kinds)
    binding = Binding(kind=BindingKind.ACTIVITY, iri=iri, brings=brings)
    return Activity(title=iri, modality=modality, minutes=minutes, binding=binding)


def one_step(*terms: Condition | Rule, mode: str = "all", variants: tuple[tuple[Activity, ...], ...] = ()) -> Step:
    ways = variants or ((act(ALONE, "completed", "score", "passed", "progress"),),)
    return Step(
        title="Une étape",
        rule=Rule(mode=mode, terms=terms),
        variants=tuple(Variant(activities=activities) for activities in ways),
    )


def state(step: Step, evidence: dict[str, Evidence], facts: EnrolmentFacts | None = None, **more: object) -> PathState:
    document = PathDocument(title="P", modules=(Module(title="M", steps=(step,)),))
    return evaluate(document, facts or EnrolmentFacts(), evidence, **more)


def condition(kind: str, at_least: float | None = None, **more: object) -> Condition:
    return Condition(kind=EvidenceKind(kind), at_least=at_least, **more)


@pytest.mark.parametrize(
    ("rule", "facts", "result"),
    [
        (condition("completed"), {"completed": fact()}, Result.COMPLETED),
        (condition("completed"), {"completed": fact(0.0)}, Result.NONE),
        (condition("completed"), {"opened": fact()}, Result.IN_PROGRESS),
        (condition("passed"), {"passed": fact()}, Result.PASSED),
        (condition("passed"), {"passed": fact(0.0)}, Result.FAILED),
        (condition("passed"), {"passed": fact(1.0, last=0.0)}, Result.PASSED),
        (condition("score", 0.7), {"score": fact(0.7)}, Result.PASSED),
        (condition("score", 0.7), {"score": fact(0.69)}, Result.FAILED),
        (condition("progress", 0.5), {"progress": fact(0.5)}, Result.COMPLETED),
        (condition("progress", 0.5), {"progress": fact(0.25)}, Result.IN_PROGRESS),
        (condition("completed"), {}, Result.NONE),
    ],
)
def test_a_condition_over_one_activity(rule: Condition, facts: Evidence, result: Result) -> None:
    assert state(one_step(rule), {ALONE: facts} if facts else {}).steps[0].result is result


def test_a_score_reached_in_floating_steps_is_reached() -> None:
    assert state(one_step(condition("score", 0.3)), {ALONE: {"score": fact(0.1 + 0.2 - 1e-12)}}).complete


def test_presence_counts_in_minutes_or_share() -> None:
    room = act(ON_SITE, "attended", modality=Modality.ON_SITE, minutes=200)
    by_share = one_step(condition("attended", 0.8), variants=((room,),))
    by_minutes = one_step(condition("attended", 150, unit="minutes"), variants=((room,),))
    short, enough = {ON_SITE: {"attended": fact(minutes=159)}}, {ON_SITE: {"attended": fact(minutes=160)}}
    assert not state(by_share, short).complete
    assert state(by_share, {ON_SITE: {"attended": fact(minutes=80)}}).steps[0].share == pytest.approx(0.5)
    assert state(by_share, enough).complete
    assert state(by_minutes, short).complete


def test_an_absence_is_no_beginning() -> None:
    room = act(ON_SITE, "attended", modality=Modality.ON_SITE)
    step = one_step(condition("attended"), variants=((room,),))
    assert state(step, {ON_SITE: {"attended": fact(0.0)}}).steps[0].result is Result.NONE


def test_all_activities_of_a_way_that_can_bring_it_must() -> None:
    first, second, plain = (
        act("https://x.example/1", "completed"),
        act("https://x.example/2", "completed"),
        act("https://x.example/3"),
    )
    step = one_step(condition("completed"), variants=((first, second, plain),))
    half = {"https://x.example/1": {"completed": fact()}}
    assert state(step, half).steps[0].share == pytest.approx(0.5)
    assert state(step, half | {"https://x.example/2": {"completed": fact(sid="s2")}}).complete


def test_evidence_of_any_way_counts_for_the_objective() -> None:
    room, alone = act(ON_SITE, "attended", modality=Modality.ON_SITE), act(ALONE, "completed")
    step = one_step(condition("attended"), condition("completed"), mode="any", variants=((room,), (alone,)))
    done = state(step, {ALONE: {"completed": fact()}})
    assert done.steps[0].result is Result.COMPLETED
    assert [(line.modality, line.minutes) for line in done.hours] == [(Modality.OWN_PACE, 60)]


def test_a_trainers_word_is_said_of_the_step_itself() -> None:
    step = one_step(condition("validated"))
    assert state(step, {step_iri(step.id): {"validated": fact()}}).complete
    assert not state(step, {step_iri(step.id): {"validated": fact(0.0)}}).complete


def test_nested_rules_and_when_they_were_met() -> None:
    step = one_step(condition("completed"), Rule(mode="any", terms=(condition("score", 0.7), condition("validated"))))
    evidence = {ALONE: {"completed": fact(at=50, sid="a")}, step_iri(step.id): {"validated": fact(at=90, sid="b")}}
    found = state(step, evidence).steps[0]
    assert (found.done_at, found.statement_id) == (90, "b")


def test_a_rule_without_terms_is_never_met_by_evidence() -> None:
    assert not state(one_step(), {ALONE: {"completed": fact()}}).complete


def test_evidence_that_no_binding_announced_counts_all_the_same() -> None:
    step = one_step(condition("completed"), variants=((act(ALONE),),))
    assert state(step, {ALONE: {"completed": fact()}}).complete


def test_a_waived_step_is_done_and_brings_no_hours() -> None:
    step = one_step(condition("completed"))
    waived = state(step, {}, EnrolmentFacts(waived=frozenset({step.id})))
    assert (waived.complete, waived.steps[0].result, waived.minutes) == (True, Result.WAIVED, 0)


def test_a_fall_is_said_until_somebody_looked_at_it() -> None:
    step = one_step(condition("score", 0.7))
    now, peak = {ALONE: {"score": fact(0.58)}}, {ALONE: {"score": fact(0.82, sid="high")}}
    fallen = state(step, now, peaks=peak).steps[0]
    assert (fallen.result, fallen.fallen, fallen.fallen_id) == (Result.FAILED, Result.PASSED, "high")
    seen = EnrolmentFacts(acknowledged={step.id: now})
    assert state(step, now, seen, peaks=peak).steps[0].fallen is None
    since = EnrolmentFacts(acknowledged={step.id: {ALONE: {"score": fact(0.75, sid="again")}}})
    again = state(step, now, since, peaks=peak).steps[0]
    assert (again.fallen, again.fallen_id) == (Result.PASSED, "again")


def steps(count: int, **more: object) -> tuple[Step, ...]:
    made = [
        one_step(condition("completed"), variants=((act(f"https://x.example/{n}", "completed"),),))
        for n in range(count)
    ]
    return tuple(s.model_copy(update=more) for s in made)


def shared(module: Module, done: int) -> PathState:
    evidence = {f"https://x.example/{n}": {"completed": fact(sid=f"s{n}")} for n in range(done)}
    return evaluate(PathDocument(title="P", modules=(module,)), EnrolmentFacts(), evidence)


@pytest.mark.parametrize(
    ("need", "done", "share", "complete"),
    [
        (Need(), 2, 0.5, False),
        (Need(), 4, 1.0, True),
        (Need(kind="count", amount=2), 1, 0.5, False),
        (Need(kind="count", amount=2), 2, 1.0, True),
        (Need(kind="count", amount=2), 3, 1.0, True),
        (Need(kind="weight", amount=6), 2, 4 / 6, False),
        (Need(kind="weight", amount=6), 3, 1.0, True),
    ],
)
def test_what_a_module_needs(need: Need, done: int, share: float, complete: bool) -> None:
    found = shared(Module(title="M", need=need, steps=steps(4, weight=2.0)), done)
    assert (found.share, found.complete) == (pytest.approx(share), complete)


def test_an_optional_step_neither_holds_nor_lifts_the_path() -> None:
    required, optional = steps(2)
    module = Module(title="M", steps=(required, optional.model_copy(update={"required": False})))
    assert shared(module, 1).complete


def test_hours_are_cut_at_the_plan_and_counted_once() -> None:
    room = act(ON_SITE, "attended", modality=Modality.ON_SITE, minutes=180)
    first = one_step(condition("attended"), variants=((room,),))
    second = one_step(condition("attended"), variants=((room.model_copy(update={"id": UUID(int=7)}),),))
    document = PathDocument(title="P", modules=(Module(title="M", steps=(first, second)),))
    found = evaluate(document, EnrolmentFacts(), {ON_SITE: {"attended": fact(minutes=210)}})
    assert [(line.minutes, line.cut) for line in found.hours] == [(180, 30)]
    assert found.minutes == 180
    elsewhere = evaluate(
        document, EnrolmentFacts(elsewhere=frozenset({ON_SITE})), {ON_SITE: {"attended": fact(minutes=210)}}
    )
    assert (elsewhere.minutes, elsewhere.complete) == (0, True)


def test_own_pace_hours_need_the_activitys_own_evidence() -> None:
    step = one_step(condition("validated"))
    validated = {step_iri(step.id): {"validated": fact()}}
    assert state(step, validated).minutes == 0
    assert state(step, validated | {ALONE: {"completed": fact()}}).minutes == 60


def test_company_time_is_calendar_not_hours() -> None:
    work = act(ON_SITE, "attended", modality=Modality.AFEST, minutes=420).model_copy(update={"calendar_only": True})
    step = one_step(condition("attended"), variants=((work,),))
    assert state(step, {ON_SITE: {"attended": fact(minutes=420)}}).minutes == 0
