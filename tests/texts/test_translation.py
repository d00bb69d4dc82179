"""Choosing and filling texts."""

import threading
from pathlib import Path

import pytest

from hub.texts import Translator, catalogue, gettext, ngettext, speaking, translator
from hub.texts.catalogue import merge, read


def test_french_is_the_msgid_and_english_comes_from_the_catalogue() -> None:
    assert Translator("fr").gettext("sur place") == "sur place"
    assert Translator("en").gettext("sur place") == "on site"


def test_what_has_no_english_stays_french() -> None:
    assert Translator("en").gettext("Phrase sans traduction") == "Phrase sans traduction"


def test_placeholders_are_filled_and_a_doubled_percent_is_one() -> None:
    assert Translator("fr").gettext("%(who)s, 100%%", who="Inès") == "Inès, 100%"


@pytest.mark.parametrize(
    ("number", "french", "english"),
    [(0, "0 autre façon", "0 other ways"), (1, "1 autre façon", "1 other way"), (2, "2 autres façons", "2 other ways")],
)
def test_plurals_differ_by_language(number: int, french: str, english: str) -> None:
    forms = ("%(num)s autre façon", "%(num)s autres façons")
    assert Translator("fr").ngettext(*forms, number) == french
    assert Translator("en").ngettext(*forms, number) == english


def test_a_plural_without_translation_keeps_both_forms() -> None:
    assert Translator("en").ngettext("%(num)s mot inconnu", "%(num)s mots inconnus", 2) == "2 mots inconnus"


def test_the_present_translator_is_scoped_and_restored() -> None:
    assert translator().lang == "fr"
    with speaking(Translator("en", "Europe/London")) as chosen:
        assert translator() is chosen
        assert gettext("sur place") == "on site"
        assert ngettext("%(num)s personne", "%(num)s personnes", 3) == "3 people"
        with speaking(Translator("fr")):
            assert gettext("sur place") == "sur place"
        assert translator() is chosen
    assert translator().lang == "fr"


def test_threads_do_not_share_a_translator() -> None:
    heard = []
    with speaking(Translator("en")):
        thread = threading.Thread(target=lambda: heard.append(translator().lang))
        thread.start()
        thread.join()
    assert heard == ["fr"]


def test_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="de"):
        Translator("de")


def test_untranslated_entries_are_not_read(tmp_path: Path) -> None:
    file = tmp_path / "a.po"
    file.write_text('msgid ""\nmsgstr ""\n\nmsgid "un"\nmsgstr ""\n\nmsgid "deux"\nmsgstr "two"\n', "utf-8")
    assert read(file) == {"deux": "two"}


def test_two_files_that_disagree_are_named_and_the_first_counts(tmp_path: Path) -> None:
    (tmp_path / "a.po").write_text('msgid "un"\nmsgstr "one"\n', "utf-8")
    (tmp_path / "b.po").write_text('msgid "un"\nmsgstr "a"\n', "utf-8")
    entries, conflicts = merge(tmp_path.glob("*.po"))
    assert entries["un"] == "one"
    assert len(conflicts) == 1
    assert "a.po" in conflicts[0]
    assert "b.po" in conflicts[0]


def test_the_catalogue_is_read_once() -> None:
    assert catalogue.english() is catalogue.english()
