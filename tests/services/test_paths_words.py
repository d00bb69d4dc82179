"""Rules in words, in French and in English."""

import pytest

from hub.domain.path import Condition, EvidenceKind, Rule, Step
from hub.services.paths_words import condition_phrase, rule_sentence
from hub.texts import Translator, speaking
from tests.services.builders import activity, step

HELD = step("Quiz", activity("https://a.example", "score", title="Le quiz"), rule=Rule())
NAMED = HELD.variants[0].activities[0].id


def said(rule: Rule, lang: str = "fr") -> str:
    with speaking(Translator(lang)):
        return rule_sentence(HELD, rule).replace("\u00a0", " ").replace("\u202f", " ")


def asks(kind: str, at_least: float | None = None, **more: object) -> Condition:
    return Condition.model_validate({"kind": kind, "at_least": at_least, **more})


def test_a_rule_reads_as_the_end_of_a_sentence() -> None:
    rule = Rule(mode="any", terms=(asks("passed"), asks("score", 0.7), asks("validated")))
    assert said(rule) == "le quiz est réussi, la note atteint 70 % ou une formatrice ou un formateur l’a validée"
    assert said(rule, "en") == "the quiz is passed, the score reaches 70% or a trainer has validated it"


def test_groups_stand_in_parentheses() -> None:
    inner = Rule(mode="all", terms=(asks("attended", 90, unit="minutes"), asks("accepted")))
    rule = Rule(mode="any", terms=(asks("completed"), inner, Rule(terms=(asks("progress"),))))
    assert said(rule) == (
        "le contenu est terminé, (la présence atteint 1 h 30 et le travail déposé est accepté) "
        "ou l’avancement atteint 100 %"
    )


def test_an_activity_is_named_when_the_condition_speaks_of_it() -> None:
    assert said(Rule(terms=(asks("score", 0.5, activity_id=NAMED),))) == "la note de « Le quiz » atteint 50 %"
    gone = Rule(terms=(asks("completed", activity_id="00000000-0000-0000-0000-000000000007"),))
    assert said(gone) == "« une activité retirée » est terminé"


def test_a_rule_without_condition_says_so() -> None:
    assert said(Rule()) == "aucune condition n’est encore choisie"


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("kind", list(EvidenceKind))
@pytest.mark.parametrize("named", [None, NAMED])
@pytest.mark.parametrize("amount", [None, 0.8])
def test_every_condition_has_words(lang: str, kind: EvidenceKind, named: object, amount: float | None) -> None:
    with speaking(Translator(lang)):
        phrase = condition_phrase(HELD, asks(kind, amount, activity_id=named))
    assert phrase
    assert "%(" not in phrase
    assert ("Le quiz" in phrase) is (named is not None)


def test_a_step_s_own_rule_is_the_default() -> None:
    with speaking(Translator()):
        assert rule_sentence(Step(title="x", rule=Rule(terms=(asks("passed"),)))) == "le quiz est réussi"
