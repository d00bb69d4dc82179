"""Jinja without Flask."""

from datetime import UTC, datetime

import pytest
from jinja2 import DictLoader, UndefinedError

from hub.texts import Translator, speaking
from hub.texts.render import environment


def render(source: str, lang: str = "fr", **values: object) -> str:
    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    with speaking(Translator(lang, now=lambda: now)):
        return environment(DictLoader({"t": source})).get_template("t").render(**values)


def test_one_environment_speaks_every_language() -> None:
    template = environment(DictLoader({"t": "{{ _('sur place') }}"})).get_template("t")
    assert template.render() == "sur place"
    with speaking(Translator("en")):
        assert template.render() == "on site"


def test_values_are_escaped_and_texts_are_not() -> None:
    assert render("{{ _('<b>%(who)s</b>', who=name) }} {{ name }}", name="<i>") == "<b>&lt;i&gt;</b> &lt;i&gt;"


def test_a_misspelt_name_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render("{{ nmae }}")


def test_filters_speak_the_readers_language() -> None:
    source = (
        "{{ at | moment }}; {{ 210 | duration }}; {{ 0.5 | percent }}; "
        "{{ ['a', 'b'] | and_list }}; {{ ['a', 'b'] | or_list }}"
    )
    at = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    assert render(source, at=at).replace("\u00a0", " ") == "ce matin à 6 h; 3 h 30; 50 %; a et b; a ou b"
    assert render(source, "en", at=at).replace("\u00a0", " ") == "this morning at 6 am; 3 h 30; 50%; a and b; a or b"


def test_plurals_in_templates() -> None:
    source = "{{ ngettext('%(num)s personne', '%(num)s personnes', n) }}"
    assert render(source, n=1) == "1 personne"
    assert render(source, "en", n=2) == "2 people"


def test_dates_in_templates() -> None:
    at = datetime(2026, 12, 1, 5, 0, tzinfo=UTC)
    assert render("{{ at | date }} {{ at | day }}", at=at).replace("\u00a0", " ") == "1er décembre mardi 1er décembre"
