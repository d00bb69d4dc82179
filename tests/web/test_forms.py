"""Reading forms: what is kept, what is refused, how faults are said."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from pydantic import BaseModel, Field, ValidationError

from hub.services.errors import Invalid
from hub.texts import Translator, speaking
from hub.web.forms import Form, FormErrors

ONE = "00000000-0000-7000-8000-000000000001"


@contextmanager
def typed(app: Flask, **fields: Any) -> Iterator[Form]:
    """The form of a request with these fields."""
    with app.test_request_context("/", method="POST", data=fields), speaking(Translator("fr")):
        yield Form()


@pytest.mark.parametrize(
    ("read", "value", "fault"),
    [
        (lambda f: f.text("x"), "", None),
        (lambda f: f.text("x", required=True), "", "À remplir."),
        (lambda f: f.text("x", longest=3), "abcd", "Trop long."),
        (lambda f: f.choice("x", ["a", "b"]), "c", "Ce choix n’existe pas."),
        (lambda f: f.choice("x", ["a", "b"], required=True), "", "À remplir."),
        (lambda f: f.choices("x", ["a", "b"]), "c", "Ce choix n’existe pas."),
        (lambda f: f.number("x"), "douze", "Écrivez un nombre."),
        (lambda f: f.number("x", low=1), "0", "Ce nombre est trop petit ou trop grand."),
        (lambda f: f.number("x", high=10), "11", "Ce nombre est trop petit ou trop grand."),
        (lambda f: f.number("x", required=True), "", "À remplir."),
        (lambda f: f.day("x"), "31/02/2026", "Écrivez une date, par exemple 24/11/2026."),
        (lambda f: f.day("x"), "demain", "Écrivez une date, par exemple 24/11/2026."),
        (lambda f: f.ids("x"), "no-id", "Ce choix n’existe pas."),
        (lambda f: f.secret("x"), "", "À remplir."),
    ],
)
def test_faults(app: Flask, read: Callable[[Form], Any], value: str, fault: str | None) -> None:
    with typed(app, x=value) as form:
        read(form)
        assert form.errors.get("x") == fault


@pytest.mark.parametrize(
    ("read", "value", "found"),
    [
        (lambda f: f.text("x"), "  deux mots\x00 ", "deux mots"),
        (lambda f: f.secret("x"), " tel quel ", " tel quel "),
        (lambda f: f.choices("x", ["a", "b", "c"]), ["c", "a"], ["a", "c"]),
        (lambda f: f.number("x", low=0, high=2000), "1\u202f240", 1240),
        (lambda f: f.number("x"), "", None),
        (lambda f: f.day("x"), "24/11/2026", date(2026, 11, 24)),
        (lambda f: f.day("x"), "2026-11-24", date(2026, 11, 24)),
        (lambda f: f.day("x"), "", None),
        (lambda f: f.ids("x"), [ONE, ONE], [UUID(ONE)]),
        (lambda f: f.flag("x"), "1", True),
        (lambda f: f.flag("y"), "1", False),
        (lambda f: f.typed("x"), " <b> ", " <b> "),
    ],
)
def test_values(app: Flask, read: Callable[[Form], Any], value: Any, found: Any) -> None:
    with typed(app, x=value) as form:
        assert read(form) == found
        assert not form.errors


def test_the_first_fault_of_a_field_stays_and_the_macros_take_it() -> None:
    errors = FormErrors()
    with speaking(Translator("en")):
        errors.fault("title", "required")
        errors.fault("title", "too_long")
        errors.add_invalid(Invalid({"minutes": "not_a_number", "other": "of_no_table"}))
    assert errors.of("title") == ["Fill this in."]
    assert errors.of("nothing") == []
    assert errors.summary() == [("title", "Fill this in."), ("minutes", "Write a number."), ("other", "Wrong.")]


def test_faults_of_a_model_are_said_without_what_was_typed() -> None:
    class Inner(BaseModel):
        minutes: int = Field(ge=1)

    class Outer(BaseModel):
        title: str
        steps: list[Inner]

    errors = FormErrors()
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate({"steps": [{"minutes": 0}, {"minutes": "secret"}]})
    errors.add_pydantic(caught.value)
    assert set(errors) == {"title", "steps-0-minutes", "steps-1-minutes"}
    assert "secret" not in str(errors)
