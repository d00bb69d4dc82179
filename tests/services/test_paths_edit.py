"""Edits of a path's document: each does what it says and nothing else; undoing gives back exactly what was."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from hub.domain.path import (
    Activity,
    Binding,
    BindingKind,
    Condition,
    EvidenceKind,
    Modality,
    Need,
    PathDocument,
    Rule,
    SkillPrerequisite,
    Step,
    StepPrerequisite,
    Variant,
)
from hub.services import paths_edit as edit
from hub.services.paths_history import Reversal, brought_back, reversal, undone
from hub.services.paths_remedies import ONE_CLICK, accept_deposit, accept_validation, applicable, or_else
from tests.domain.test_path import DOCUMENTS


def seance(title: str = "Atelier", minutes: int = 60) -> Activity:
    return Activity(title=title, modality=Modality.ON_SITE, minutes=minutes, binding=Binding(kind=BindingKind.SEANCES))


def path(*modules: tuple[str, list[str]]) -> PathDocument:
    document = PathDocument(title="Bois")
    for title, steps in modules:
        document = edit.add_module(document, title)
        for name in steps:
            step = Step(title=name, variants=(Variant(activities=(seance(),)),))
            document = edit.add_step(document, document.modules[-1].id, step)
    return document


def outline(document: PathDocument) -> list[tuple[str, list[str]]]:
    return [(m.title, [s.title for s in m.steps]) for m in document.modules]


def id_of(document: PathDocument, title: str) -> UUID:
    return next(s.id for s in document.steps() if s.title == title)


@pytest.fixture
def two() -> PathDocument:
    return path(("Un", ["a", "b"]), ("Deux", ["c"]))


def test_modules_are_added_renamed_moved_and_removed(two: PathDocument) -> None:
    document = edit.add_module(two, "Zéro", 0)
    first = document.modules[0].id
    document = edit.update_module(document, first, title="Accueil", need=Need(kind="count", amount=1))
    assert outline(document) == [("Accueil", []), ("Un", ["a", "b"]), ("Deux", ["c"])]
    document = edit.move_module(document, first, 99)
    assert [m.title for m in document.modules] == ["Un", "Deux", "Accueil"]
    assert document.modules[2].need.kind == "count"
    assert edit.remove_module(document, first) == two


def test_a_step_moves_within_and_across_modules(two: PathDocument) -> None:
    a, deux = id_of(two, "a"), two.modules[1].id
    assert outline(edit.move_step(two, a, two.modules[0].id, 1)) == [("Un", ["b", "a"]), ("Deux", ["c"])]
    assert outline(edit.move_step(two, a, deux, 0)) == [("Un", ["b"]), ("Deux", ["a", "c"])]


def test_buttons_walk_a_step_through_the_whole_line(two: PathDocument) -> None:
    a = id_of(two, "a")
    seen = [outline(two)]
    for _ in range(4):
        two = edit.shift_step(two, a, 1)
        seen.append(outline(two))
    assert seen[1] == [("Un", ["b", "a"]), ("Deux", ["c"])]
    assert seen[2] == [("Un", ["b"]), ("Deux", ["a", "c"])]
    assert seen[3] == seen[4] == [("Un", ["b"]), ("Deux", ["c", "a"])]
    for _ in range(4):
        two = edit.shift_step(two, a, -1)
    assert outline(two) == seen[0]


def test_removing_a_step_forgets_the_prerequisites_on_it(two: PathDocument) -> None:
    a, b = id_of(two, "a"), id_of(two, "b")
    kept = SkillPrerequisite(skill="SECU")
    document = edit.update_step(two, b, prerequisites=(StepPrerequisite(step_id=a), kept))
    left = edit.remove_step(document, a)
    assert outline(left) == [("Un", ["b"]), ("Deux", ["c"])]
    assert edit.find_step(left, b).prerequisites == (kept,)


def test_removing_a_module_forgets_the_prerequisites_on_its_steps(two: PathDocument) -> None:
    document = edit.update_step(two, id_of(two, "c"), prerequisites=(StepPrerequisite(step_id=id_of(two, "a")),))
    left = edit.remove_module(document, document.modules[0].id)
    assert edit.find_step(left, id_of(two, "c")).prerequisites == ()


def test_a_copy_has_identities_of_its_own(two: PathDocument) -> None:
    a = id_of(two, "a")
    way = edit.find_step(two, a).variants[0].activities[0]
    rule = Rule(terms=(Rule(terms=(Condition(kind=EvidenceKind.ATTENDED, activity_id=way.id),)),))
    document = edit.update_step(two, a, rule=rule)
    document = edit.update_activity(document, a, way.id, binding=Binding(kind=BindingKind.SEANCES, iri=way.id.urn))
    original, copy = edit.copy_step(document, a).modules[0].steps[:2]
    copied = next(copy.activities())
    assert copy.title == original.title
    assert {copy.id, copied.id}.isdisjoint({original.id, way.id})
    assert next(copy.rule.conditions()).activity_id == copied.id
    assert (next(original.activities()).binding.iri, copied.binding.iri) == (way.id.urn, "")


def test_a_copy_still_points_at_the_outside(two: PathDocument) -> None:
    a = id_of(two, "a")
    way = next(edit.find_step(two, a).activities())
    binding = Binding(kind=BindingKind.LTI_LINK, iri="https://lms.example/1")
    document = edit.copy_step(edit.update_activity(two, a, way.id, binding=binding), a)
    assert next(document.modules[0].steps[1].activities()).binding == binding


def test_ways_and_activities(two: PathDocument) -> None:
    a = id_of(two, "a")
    other = Variant(title="À distance")
    document = edit.add_variant(two, a, other)
    document = edit.add_activity(document, a, other.id, seance("Un"))
    document = edit.add_activity(document, a, other.id, seance("Deux"))
    first = edit.find_step(document, a).variants[1].activities[0]
    document = edit.move_activity(document, a, first.id, 1)
    document = edit.update_activity(document, a, first.id, minutes=45)
    document = edit.move_variant(document, a, other.id, 0)
    document = edit.update_variant(document, a, other.id, title="De chez moi")
    variant = edit.find_step(document, a).variants[0]
    assert variant.title == "De chez moi"
    assert [(x.title, x.minutes) for x in variant.activities] == [("Deux", 60), ("Un", 45)]
    document = edit.remove_activity(document, a, first.id)
    assert [x.title for x in edit.find_step(document, a).variants[0].activities] == ["Deux"]
    assert edit.remove_variant(document, a, other.id) == two


@pytest.mark.parametrize(
    "operation",
    [
        lambda d: edit.update_module(d, uuid4(), title="x"),
        lambda d: edit.move_module(d, uuid4(), 0),
        lambda d: edit.remove_module(d, uuid4()),
        lambda d: edit.remove_step(d, uuid4()),
        lambda d: edit.move_step(d, id_of(d, "a"), uuid4(), 0),
        lambda d: edit.add_variant(d, uuid4(), Variant()),
        lambda d: edit.remove_variant(d, id_of(d, "a"), uuid4()),
        lambda d: edit.update_activity(d, id_of(d, "a"), uuid4(), minutes=1),
        lambda d: edit.find_activity(edit.find_step(d, id_of(d, "a")), uuid4()),
    ],
)
def test_a_part_that_is_not_there_is_told(two: PathDocument, operation: Callable[[PathDocument], object]) -> None:
    with pytest.raises(edit.PartNotFound):
        operation(two)


def test_a_value_that_does_not_fit_is_refused(two: PathDocument) -> None:
    with pytest.raises(ValidationError):
        edit.update_step(two, id_of(two, "a"), weight=-1)


def test_renewing_keeps_the_shape_and_no_identity(two: PathDocument) -> None:
    document = edit.update_step(two, id_of(two, "b"), prerequisites=(StepPrerequisite(step_id=id_of(two, "a")),))
    fresh = edit.renewed(document)
    assert outline(fresh) == outline(document)
    assert {s.id for s in fresh.steps()}.isdisjoint({s.id for s in document.steps()})
    assert edit.find_step(fresh, id_of(fresh, "b")).prerequisites == (StepPrerequisite(step_id=id_of(fresh, "a")),)


@settings(max_examples=50, deadline=None)
@given(DOCUMENTS, DOCUMENTS)
def test_any_edit_can_be_undone_exactly(before: PathDocument, after: PathDocument) -> None:
    way_back = Reversal.model_validate(reversal(before, after).model_dump(mode="json"))
    assert undone(after, way_back) == before


@settings(max_examples=50, deadline=None)
@given(DOCUMENTS, st.data())
def test_a_removed_step_comes_back_where_it_stood(document: PathDocument, data: st.DataObject) -> None:
    steps = list(document.steps())
    if steps:
        gone = data.draw(st.sampled_from(steps))
        left = edit.remove_step(document, gone.id)
        assert brought_back(left, reversal(document, left)) == document


def test_what_came_after_a_removal_stays_when_it_is_undone(two: PathDocument) -> None:
    a, b = id_of(two, "a"), id_of(two, "b")
    linked = edit.update_step(two, b, prerequisites=(StepPrerequisite(step_id=a),))
    left = edit.remove_module(linked, two.modules[0].id)
    later = edit.update_step(edit.add_module(left, "Trois"), id_of(two, "c"), title="c bis")
    back = brought_back(later, reversal(linked, left))
    assert outline(back) == [("Un", ["a", "b"]), ("Deux", ["c bis"]), ("Trois", [])]
    assert edit.find_step(back, b).prerequisites == (StepPrerequisite(step_id=a),)


def test_a_link_to_a_removed_step_comes_back_with_it(two: PathDocument) -> None:
    a, c = id_of(two, "a"), id_of(two, "c")
    linked = edit.update_step(two, c, prerequisites=(StepPrerequisite(step_id=a),))
    left = edit.remove_step(linked, a)
    later = edit.update_step(left, c, title="c bis")
    back = brought_back(later, reversal(linked, left))
    assert edit.find_step(back, c).prerequisites == (StepPrerequisite(step_id=a),)


def test_or_else_stays_flat_where_it_can() -> None:
    validated, passed = Condition(kind=EvidenceKind.VALIDATED), Condition(kind=EvidenceKind.PASSED)
    one = or_else(Rule(terms=(passed,)), validated)
    assert (one.mode, one.terms) == ("any", (passed, validated))
    assert or_else(one, validated) == one
    both = Rule(mode="all", terms=(passed, passed))
    assert or_else(both, validated).terms == (both, validated)


def test_a_deposit_is_added_to_each_way_once(two: PathDocument) -> None:
    a = id_of(two, "a")
    document = accept_deposit(accept_deposit(two, a, "Mon travail"), a, "Mon travail")
    held = edit.find_step(document, a)
    assert [x.title for x in held.activities()] == ["Atelier", "Mon travail"]
    assert [c.kind for c in held.rule.conditions()] == [EvidenceKind.ACCEPTED]


def test_a_trainer_s_word_is_enough_from_then_on(two: PathDocument) -> None:
    a = id_of(two, "a")
    assert [c.kind for c in edit.find_step(accept_validation(two, a), a).rule.conditions()] == [EvidenceKind.VALIDATED]


def test_a_partner_s_file_fills_what_is_missing(two: PathDocument) -> None:
    a = id_of(two, "a")
    document = edit.add_activity(
        edit.update_step(two, a, rule=Rule(terms=(Condition(kind=EvidenceKind.SCORE),))),
        a,
        edit.find_step(two, a).variants[0].id,
        Activity(title="Cours", modality=Modality.OWN_PACE, binding=Binding(kind=BindingKind.REMOTE_COURSE, iri="x:y")),
    )
    assert applicable(edit.find_step(document, a), "partner_file")
    assert not applicable(edit.find_step(two, a), "partner_file")
    held = edit.find_step(ONE_CLICK["partner_file"](document, a, ""), a)
    assert [(b.kind, b.way) for x in held.activities() for b in x.binding.brings] == [("score", "file")]


def test_presence_is_proposed_only_where_a_roll_is_called(two: PathDocument) -> None:
    assert not applicable(edit.find_step(two, id_of(two, "a")), "seances")
    assert applicable(edit.find_step(two, id_of(two, "a")), "trainer_validation")
    assert not applicable(edit.find_step(two, id_of(two, "a")), "lti_publication")
