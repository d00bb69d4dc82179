"""What depends on the clock, and what is advised: access, display, next step, lateness, variants ranked by means."""

from datetime import date
from uuid import UUID, uuid4

import pytest

from hub.domain.access import Access, Display, access, display, expected_share, late, next_step, silent_days, window
from hub.domain.advice import Reason, advise
from hub.domain.path import (
    Activity,
    Binding,
    BindingKind,
    Modality,
    Module,
    Needs,
    PathDocument,
    Phone,
    SkillPrerequisite,
    Step,
    StepPrerequisite,
    Variant,
    Window,
)
from hub.domain.progress import Result

ENTERED, TODAY = date(2026, 11, 2), date(2026, 11, 23)


def a_step(**more: object) -> Step:
    return Step(title="Une étape", **more)


@pytest.mark.parametrize(
    ("opens", "expected"),
    [
        (Window(), Access.OPEN),
        (Window(opens_on=date(2026, 11, 23), closes_on=date(2026, 11, 23)), Access.OPEN),
        (Window(opens_on=date(2026, 11, 24)), Access.NOT_YET_OPEN),
        (Window(closes_on=date(2026, 11, 22)), Access.CLOSED),
        (Window(opens_after_days=21), Access.OPEN),
        (Window(opens_after_days=22), Access.NOT_YET_OPEN),
        (Window(closes_after_days=20), Access.CLOSED),
        (Window(opens_on=date(2026, 11, 1), opens_after_days=30), Access.NOT_YET_OPEN),
    ],
)
def test_windows_are_absolute_or_relative_to_entry(opens: Window, expected: Access) -> None:
    assert access(a_step(window=opens), {}, {}, ENTERED, TODAY).access is expected


def test_a_locked_step_says_which_steps_and_skills_are_missing() -> None:
    first, skill = uuid4(), SkillPrerequisite(skill="laser")
    step = a_step(prerequisites=(StepPrerequisite(step_id=first), skill))
    locked = access(step, {first: Result.IN_PROGRESS}, {"laser": date(2026, 11, 22)}, ENTERED, TODAY)
    assert (locked.access, locked.missing_steps, locked.missing_skills) == (Access.LOCKED, (first,), ("laser",))
    assert access(step, {first: Result.WAIVED}, {"laser": None}, ENTERED, TODAY).access is Access.OPEN
    assert access(step, {first: Result.PASSED}, {"laser": TODAY}, ENTERED, TODAY).access is Access.OPEN


@pytest.mark.parametrize(
    ("result", "facts", "shown"),
    [
        (Result.NONE, {}, Display.OPEN),
        (Result.NONE, {"is_next": True}, Display.TO_DO),
        (Result.IN_PROGRESS, {"launched": True}, Display.AWAITING),
        (Result.NONE, {"claimed": True}, Display.AWAITING),
        (Result.IN_PROGRESS, {}, Display.IN_PROGRESS),
        (Result.FAILED, {"claimed": True}, Display.REDO),
        (Result.COMPLETED, {"claimed": True}, Display.DONE),
        (Result.IN_PROGRESS, {"fallen": True}, Display.CHECK),
        (Result.WAIVED, {"fallen": True}, Display.WAIVED),
        (Result.NONE, {"redo": True}, Display.REDO),
    ],
)
def test_what_is_shown(result: Result, facts: dict[str, bool], shown: Display) -> None:
    told = {"fallen": False, "launched": False, "claimed": False, "is_next": False} | facts
    assert display(result, access(a_step(), {}, {}, ENTERED, TODAY), **told) is shown


def test_the_next_step_is_one_begun_then_in_order_optional_last() -> None:
    optional, first, begun = a_step(required=False), a_step(), a_step()
    document = PathDocument(title="P", modules=(Module(title="M", steps=(optional, first, begun)),))
    states = {s.id: access(s, {}, {}, ENTERED, TODAY) for s in document.steps()}

    def following(results: dict[UUID, Result], waiting: tuple[UUID, ...] = ()) -> Step | None:
        return next_step(document, results, states, waiting)

    assert following({}) == first
    assert following({begun.id: Result.IN_PROGRESS}) == begun
    assert following({begun.id: Result.IN_PROGRESS}, (begun.id,)) == first
    assert following({first.id: Result.PASSED, begun.id: Result.COMPLETED}) == optional
    assert following(dict.fromkeys((optional.id, first.id, begun.id), Result.WAIVED)) is None


def test_late_silent_expected() -> None:
    step = a_step(window=Window(closes_on=date(2026, 11, 22)))
    assert late(step, Result.IN_PROGRESS, ENTERED, TODAY)
    assert not late(step, Result.PASSED, ENTERED, TODAY)
    assert not late(step.model_copy(update={"required": False}), Result.NONE, ENTERED, TODAY)
    assert (silent_days(None, ENTERED, TODAY), silent_days(date(2026, 11, 20), ENTERED, TODAY)) == (21, 3)
    assert expected_share(ENTERED, date(2026, 12, 14), TODAY) == pytest.approx(0.5)
    assert expected_share(ENTERED, None, TODAY) is None
    assert window(a_step(window=Window(closes_on=TODAY, closes_after_days=1)), ENTERED)[1] == date(2026, 11, 3)


def way(modality: Modality, **needs: object) -> Variant:
    activity = Activity(
        title="A",
        modality=modality,
        minutes=60,
        needs=Needs(**needs),
        binding=Binding(kind=BindingKind.ACTIVITY, iri="urn:a"),
    )
    return Variant(title=modality.value, activities=(activity,))


ALONE, LIVE, ROOM = (
    way(Modality.OWN_PACE, computer=True, megabytes=200),
    way(Modality.REMOTE_LIVE),
    way(Modality.ON_SITE),
)
STEP = a_step(variants=(ALONE, LIVE, ROOM))


def order(
    means: dict[str, object], adaptations: list[str] | None = None, left: dict[Modality, int] | None = None
) -> list[str]:
    found = advise(STEP, means, adaptations or [], left)
    titles = {v.id: v.title for v in STEP.variants}
    return [titles[a.variant_id] for a in found]


def test_no_way_is_ever_hidden_and_without_means_the_designer_orders() -> None:
    assert set(order({})) == {"own_pace", "remote_live", "on_site"}


def test_means_rank_the_ways_and_say_why() -> None:
    assert order({"device": "phone", "line": "poor"})[0] == "on_site"
    assert order({"device": "computer", "hours": "evening", "travel": "hard"})[0] == "own_pace"
    worst = next(a for a in advise(STEP, {"device": "phone", "line": "poor"}, []) if a.variant_id == ALONE.id)
    assert {Reason.NEEDS_COMPUTER, Reason.LINE_TOO_SLOW} <= set(worst.con)


def test_a_phone_that_suffices_speaks_for_a_way() -> None:
    step = a_step(variants=(way(Modality.OWN_PACE, phone=Phone.YES), way(Modality.OWN_PACE, phone=Phone.DIFFICULT)))
    best, worst = advise(step, {"device": "phone"}, [])
    assert (best.pro, worst.con) == ((Reason.PHONE_SUFFICES,), (Reason.PHONE_DIFFICULT,))


def test_a_way_beyond_the_agreed_plan_says_which_modality() -> None:
    found = {
        a.variant_id: a
        for a in advise(STEP, {}, [], {Modality.ON_SITE: 30, Modality.OWN_PACE: 60, Modality.REMOTE_LIVE: 60})
    }
    assert found[ROOM.id].limits == (Modality.ON_SITE,)
    assert found[ALONE.id].limits == ()


def test_an_adaptation_asked_for_speaks_for_its_modality() -> None:
    assert order({}, ["remote_live"])[0] == "remote_live"
