"""The path's document: validation, derived qualities, and that it survives JSON (property test)."""

from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from hub.domain.path import (
    Activity,
    Afest,
    Binding,
    BindingKind,
    Condition,
    EvidenceKind,
    Modality,
    Module,
    PathDocument,
    Rule,
    SkillPrerequisite,
    Step,
    StepPrerequisite,
    Variant,
)

TITLES = st.text(max_size=20)
CONDITIONS = st.builds(
    Condition,
    kind=st.sampled_from(EvidenceKind),
    at_least=st.none() | st.floats(0, 1),
    unit=st.sampled_from(["share", "minutes"]),
)
RULES = st.recursive(
    st.builds(Rule, mode=st.sampled_from(["all", "any"]), terms=st.lists(CONDITIONS, max_size=3).map(tuple)),
    lambda inner: st.builds(
        Rule, mode=st.sampled_from(["all", "any"]), terms=st.lists(CONDITIONS | inner, max_size=3).map(tuple)
    ),
    max_leaves=5,
)
ACTIVITIES = st.builds(
    Activity,
    title=TITLES,
    modality=st.sampled_from(Modality),
    minutes=st.integers(0, 600),
    binding=st.builds(Binding, kind=st.sampled_from(BindingKind), iri=st.sampled_from(["", "https://a.example/1"])),
)
VARIANTS = st.builds(Variant, title=TITLES, activities=st.lists(ACTIVITIES, max_size=3).map(tuple))
PREREQUISITES = st.builds(SkillPrerequisite, skill=TITLES) | st.builds(StepPrerequisite, step_id=st.uuids())
STEPS = st.builds(
    Step,
    title=TITLES,
    rule=RULES,
    variants=st.lists(VARIANTS, max_size=3).map(tuple),
    prerequisites=st.lists(PREREQUISITES, max_size=2).map(tuple),
)
MODULES = st.builds(Module, title=TITLES, steps=st.lists(STEPS, max_size=4).map(tuple))
DOCUMENTS = st.builds(PathDocument, title=TITLES, modules=st.lists(MODULES, max_size=4).map(tuple))


def activity(modality: Modality, minutes: int) -> Activity:
    return Activity(title="x", modality=modality, minutes=minutes, binding=Binding(kind=BindingKind.SEANCES))


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS)
def test_a_document_survives_json(document: PathDocument) -> None:
    assert PathDocument.model_validate(document.model_dump(mode="json")) == document


def test_an_unknown_field_is_refused_rather_than_lost() -> None:
    with pytest.raises(ValidationError) as refused:
        PathDocument.model_validate({"title": "Bois", "modules": [{"title": "Début", "stepps": []}]})
    assert refused.value.errors()[0]["loc"] == ("modules", 0, "stepps")


def test_the_modality_of_a_variant_is_that_of_most_of_its_minutes() -> None:
    variant = Variant(activities=(activity(Modality.OWN_PACE, 30), activity(Modality.ON_SITE, 210)))
    assert variant.modality is Modality.ON_SITE
    assert variant.minutes == 240


def test_where_minutes_are_equal_the_first_modality_is_drawn() -> None:
    variant = Variant(activities=(activity(Modality.REMOTE_LIVE, 60), activity(Modality.ON_SITE, 60)))
    assert variant.modality is Modality.REMOTE_LIVE


def test_a_path_is_multimodal_by_its_activities() -> None:
    both = Step(title="Dessiner", variants=(Variant(activities=(activity(Modality.OWN_PACE, 5),)),))
    site = Step(title="Imprimer", variants=(Variant(activities=(activity(Modality.ON_SITE, 5),)),))
    document = PathDocument(
        title="3D", modules=(Module(title="Un", steps=(both,)), Module(title="Deux", steps=(site,)))
    )
    assert document.modalities() == {Modality.OWN_PACE, Modality.ON_SITE}
    assert [s.title for s in document.steps()] == ["Dessiner", "Imprimer"]
    assert document.step(site.id) == site
    assert document.step(uuid4()) is None


def test_the_first_variant_is_the_default() -> None:
    first, second = Variant(title="a"), Variant(title="b")
    step = Step(title="x", variants=(first, second))
    assert step.variant(None) == first
    assert step.variant(second.id) == second
    assert step.variant(uuid4()) == first
    assert Step(title="x").variant(None) is None


def test_conditions_are_walked_in_depth() -> None:
    inner = Rule(mode="all", terms=(Condition(kind=EvidenceKind.PASSED), Condition(kind=EvidenceKind.ATTENDED)))
    rule = Rule(mode="any", terms=(Condition(kind=EvidenceKind.SCORE, at_least=0.7), inner))
    assert [c.kind for c in rule.conditions()] == [EvidenceKind.SCORE, EvidenceKind.PASSED, EvidenceKind.ATTENDED]


def test_an_afest_is_complete_with_its_four_conditions_only() -> None:
    told = {"work_analysis": "a", "trainer": "b", "reflective_phases": "c", "assessments": "d"}
    assert Afest(**told).complete()
    for name in told:
        assert not Afest(**{**told, name: "  "}).complete()
