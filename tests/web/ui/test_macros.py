"""The macros of pages: what a form keeps, says and links; what a fact, a table and a menu show."""

from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag

from .conftest import Render

IMPORTS = (
    '{% import "_macros/ui.html" as ui %}{% import "_macros/forms.html" as forms %}'
    '{% import "_macros/tables.html" as tables %}{% import "_macros/learning.html" as learning %}'
)


@pytest.fixture
def piece(render: Render) -> Any:
    def drawn(source: str, **values: object) -> Tag:
        return BeautifulSoup(render(IMPORTS + source, **values), "html.parser")

    return drawn


def words(tag: Tag) -> str:
    return tag.get_text(" ", strip=True).replace("\u00a0", " ").replace("\u202f", " ")


def test_a_field_keeps_what_was_typed_and_ties_its_error_to_itself(piece: Any) -> None:
    page = piece('{{ forms.field("mail", "Adresse", typed, ["Il manque un @."], "Comme nom@lieu.fr") }}', typed='a"b<c')
    field = page.input
    assert field["value"] == 'a"b<c'
    assert field["aria-invalid"] == "true"
    assert [page.find(id=name).name for name in field["aria-describedby"].split()] == ["span", "p"]
    assert page.label["for"] == field["id"]


def test_a_field_without_error_says_nothing(piece: Any) -> None:
    page = piece('{{ forms.field("mail", "Adresse") }}')
    assert not page.input.has_attr("aria-invalid")
    assert not page.input.has_attr("aria-describedby")
    assert page.select(".field-error") == []


@pytest.mark.parametrize("kind", ["password", "file"])
def test_a_secret_or_a_file_is_never_sent_back(piece: Any, kind: str) -> None:
    assert not piece('{{ forms.field("x", "X", "secret", type=kind) }}', kind=kind).input.has_attr("value")


def test_a_text_area_keeps_its_first_line_break(piece: Any) -> None:
    page = piece('{{ forms.textarea("q", "Question", typed) }}', typed="\n<b>")
    assert page.textarea.get_text().removeprefix("\n") == "\n<b>"


def test_choices_keep_the_answer(piece: Any) -> None:
    options = [(1, "un"), (2, "deux")]
    select = piece('{{ forms.select("n", "N", options, "2", empty="Choisir") }}', options=options)
    assert [option.has_attr("selected") for option in select.find_all("option")] == [False, False, True]
    radios = piece('{{ forms.radios("n", "N", options, 2, ["Choisissez."]) }}', options=options)
    assert [radio.has_attr("checked") for radio in radios.find_all("input")] == [False, True]
    assert radios.input["id"] == "n"
    assert radios.legend.text == "N"
    boxes = piece('{{ forms.checkboxes("n", "N", options, [1]) }}', options=options)
    assert [box.has_attr("checked") for box in boxes.find_all("input")] == [True, False]


def test_the_summary_links_to_the_fields_and_takes_the_focus(piece: Any) -> None:
    page = piece('{{ forms.error_summary("Rien n’est enregistré.", [("mail", "Il manque un @.")]) }}')
    assert page.a["href"] == "#mail"
    assert page.div["role"] == "alert"
    assert page.div.has_attr("data-focus")
    assert words(piece('{{ forms.error_summary("Rien", []) }}')) == ""


def test_facts_come_in_their_order_and_say_the_phone_in_words(piece: Any) -> None:
    page = piece('{{ learning.facts(45, 12, "difficult", "le Moodle de Campus Fab") }}')
    assert [words(item) for item in page.find_all("li")] == [
        "45 min",
        "12 Mo",
        "Téléphone : avec difficulté",
        "Ouvre le Moodle de Campus Fab",
    ]
    assert len(piece("{{ learning.facts(45) }}").find_all("li")) == 1


def test_a_primary_button_has_its_arrow_and_others_their_icon_first(piece: Any) -> None:
    primary = piece('{{ ui.link_button("Commencer", "/e", "primary") }}').a
    assert primary["class"] == ["button", "primary"]
    assert primary.contents[-1].use["href"] == "#i-arrow"
    other = piece('{{ ui.button("Relire", symbol="refresh", attrs={"hx-post": "/r"}) }}').button
    assert other.svg.use["href"] == "#i-refresh"
    assert other["hx-post"] == "/r"


def test_a_button_of_an_icon_alone_still_has_its_word(piece: Any) -> None:
    assert words(piece('{{ ui.button("Relire", symbol="refresh", icon_only=true) }}')) == "Relire"


def test_a_post_button_carries_the_token_and_its_values(piece: Any) -> None:
    form = piece('{{ ui.post_button("Relire", "/r", "jeton", values={"id": 3}) }}').form
    assert form["method"] == "post"
    assert {field["name"]: field["value"] for field in form.find_all("input")} == {"csrf_token": "jeton", "id": "3"}


def test_a_destructive_act_says_what_it_takes_before(piece: Any) -> None:
    page = piece('{{ ui.confirm("Retirer", "Retirer Tom ?", "Il garde ses heures.", "/x", "jeton", "Oui") }}')
    assert page.details.summary.text.strip() == "Retirer"
    assert "Il garde ses heures." in words(page.form)
    assert page.form["action"] == "/x"


def test_progress_asks_again_while_it_runs_and_stops_after(piece: Any) -> None:
    running = piece('{{ ui.progress_bar("Lecture", 3, 10, "/travaux/1") }}')
    assert running.div["hx-get"] == "/travaux/1"
    assert (running.progress["value"], running.progress["max"]) == ("3", "10")
    assert not piece('{{ ui.progress_bar("Lecture", 10, 10) }}').div.has_attr("hx-get")
    assert not piece('{{ ui.progress_bar("Lecture", 0, 0) }}').progress.has_attr("value")


def test_sorted_columns_say_so(piece: Any) -> None:
    page = piece('{{ tables.sort_header("Retour", "/t?o=-r", "ascending") }}{{ tables.sort_header("Nom", "/t?o=n") }}')
    assert [head.get("aria-sort") for head in page.find_all("th")] == ["ascending", None]


def test_a_grid_cell_reads_a_whole_sentence(piece: Any) -> None:
    cell = piece('{{ tables.grid_cell("check", "Inès, Quiz : à vérifier", "/e/1", true) }}')
    assert cell.a["aria-label"] == "Inès, Quiz : à vérifier"
    assert cell.td["class"] == ["cell", "selected"]


def test_filters_show_their_count_and_the_present_one(piece: Any) -> None:
    page = piece('{{ tables.filter_chips([("Tout", "/", 12, true, ""), ("À vérifier", "/v", none, false, "check")]) }}')
    assert [words(chip) for chip in page.find_all("a")] == ["Tout 12", "À vérifier"]
    assert [chip.get("aria-current") for chip in page.find_all("a")] == ["true", None]


def test_pages_at_either_end_have_one_link(piece: Any) -> None:
    assert [link["rel"] for link in piece('{{ tables.pagination("1 à 30", "", "/2") }}').find_all("a")] == [["next"]]


def test_the_roll_keeps_each_persons_state(piece: Any) -> None:
    page = piece(
        '{% call learning.roll(1, 1) %}{{ learning.roll_item(7, "Yanis", "part", 185, arrival="09:25") }}{% endcall %}'
    )
    assert page.select_one("input[checked]")["value"] == "part"
    assert page.select_one('[name="arrival-7"]')["value"] == "09:25"
    assert "là, 3 h 05" in words(page)
    assert words(page.p) == "Présents : 1. Absences : 1."


def test_what_waits_for_the_browser_is_hidden_without_it(piece: Any) -> None:
    page = piece('{{ ui.listen("a") }}{{ ui.copy_button("a") }}{{ ui.print_button() }}')
    assert all(button.has_attr("hidden") for button in page.find_all("button"))


def test_why_shows_met_missing_and_unknown(piece: Any) -> None:
    page = piece('{{ ui.why([(true, "a"), (false, "b"), (none, "c")]) }}')
    assert [use["href"] for use in page.ol.find_all("use")] == ["#s-done", "#s-open", "#s-awaiting"]
