"""English is as complete as French: nothing missing, nothing left over, no broken placeholder, no contradiction."""

from pathlib import Path

import pytest

from hub.texts import catalogue, extraction


def test_every_text_has_its_english() -> None:
    assert [f"{text.place}: {text.msgid}" for text in extraction.missing()] == []


def test_no_english_entry_is_left_over() -> None:
    assert extraction.obsolete() == []


def test_placeholders_are_the_same_in_both_languages() -> None:
    assert extraction.broken() == []


def test_no_text_is_translated_in_two_ways() -> None:
    assert catalogue.merge(catalogue.ENGLISH.glob("*.po"))[1] == []


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(
        '{{ _("Titre inventé") }}{{ ngettext("%(num)s chose inventée", "%(num)s choses inventées", n) }}', "utf-8"
    )
    (tmp_path / "code.py").write_text(
        'N_("Mot inventé")\nt.gettext("Phrase inventée")\nother("Pas un texte")\n', "utf-8"
    )
    return tmp_path


def test_texts_are_found_in_code_and_templates(project: Path) -> None:
    assert {text.msgid: text.plural for text in extraction.extract(project)} == {
        "Mot inventé": None,
        "Phrase inventée": None,
        "Titre inventé": None,
        "%(num)s chose inventée": "%(num)s choses inventées",
    }


def test_a_text_without_english_is_reported_with_its_place(project: Path) -> None:
    places = {text.msgid: text.place for text in extraction.missing(project)}
    assert places["Titre inventé"] == "templates/page.html:1"
    assert places["Mot inventé"] == "code.py:1"


def test_an_entry_no_source_uses_is_obsolete(project: Path) -> None:
    assert "sur place" in extraction.obsolete(project)


def test_a_template_that_does_not_parse_is_an_error(project: Path) -> None:
    (project / "templates" / "bad.html").write_text("{% if %}", "utf-8")
    with pytest.raises(Exception, match="Expected an expression"):
        list(extraction.extract(project))
