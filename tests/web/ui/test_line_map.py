"""The line map: its geometry, and the list that is its content. ``golden/`` holds drawings that were looked at."""

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.texts import Translator
from hub.web.ui.line_map import MapModule, MapStep, MapVariant, line_map
from hub.web.ui.map_geometry import Row
from hub.web.ui.style_guide import designer_path, learner_path, long_path, trainer_path
from hub.web.ui.words import MODALITIES, STATES
from tests.shared import shared_path

GOLDEN = Path(__file__).parent / "golden"

PATHS = {"learner": learner_path, "trainer": trainer_path, "designer": designer_path}


def drawings(html: str) -> list[ElementTree.Element]:
    return [ElementTree.fromstring(svg) for svg in re.findall(r'<svg class="tracks".*?</svg>', html)]


@pytest.mark.parametrize("audience", ["learner", "trainer", "designer"])
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_drawings_are_the_approved_ones(audience: str, direction: str) -> None:
    drawn = line_map(PATHS[audience](), audience, direction=direction)
    svgs = "\n".join(re.findall(r'<svg class="(?:tracks|rail).*?</svg>', drawn)).replace("><", ">\n<") + "\n"
    assert svgs == (GOLDEN / f"{audience}-{direction}.svg").read_text("utf-8")


def test_tracks_are_those_of_the_mock() -> None:
    mock = shared_path("mock", "parcours.html").read_text("utf-8")
    expected = re.findall(r'<path class="v" d="([^"]+)"', re.sub(r"<defs.*?</defs>", "", mock))
    drawn = re.findall(r'<path class="v" d="([^"]+)"', line_map(learner_path()))
    assert [numbers(path) for path in drawn] == [numbers(path) for path in expected]


def numbers(path: str) -> list[float]:
    return [float(found) for found in re.findall(r"-?[\d.]+", path)]


steps = st.lists(
    st.builds(
        MapStep,
        number=st.integers(1, 99),
        title=st.text(min_size=1, max_size=12),
        href=st.just("/etape"),
        state=st.sampled_from(STATES),
        modality=st.sampled_from((*MODALITIES, None)),
        others=st.lists(st.builds(MapVariant, st.sampled_from(MODALITIES)), max_size=4).map(tuple),
        here=st.integers(0, 30),
    ),
    min_size=1,
    max_size=19,
).map(tuple)
paths = st.lists(st.builds(MapModule, st.text(max_size=12), st.just(""), steps), min_size=1, max_size=4)
audiences = st.sampled_from(["learner", "trainer", "designer"])


@settings(max_examples=60, deadline=None)
@given(paths, audiences, st.sampled_from(["ltr", "rtl"]))
def test_every_drawing_of_a_path_has_the_same_height(path: list[MapModule], audience: str, direction: str) -> None:
    found = drawings(line_map(path, audience, direction=direction))
    boxes = [svg.attrib["viewBox"].split() for svg in found]
    most = max(len(step.others) for module in path for step in module.steps)
    assert {box[3] for box in boxes} == {str(30 * most + 28 + 24)}
    rows = [min(8, len(module.steps) - start) for module in path for start in range(0, len(module.steps), 8)]
    assert [int(box[2]) for box in boxes] == [132 * count for count in rows]


@settings(max_examples=60, deadline=None)
@given(steps, st.booleans())
def test_stations_stand_at_the_middle_of_their_step_and_touch_nothing(row: tuple[MapStep, ...], rtl: bool) -> None:
    row = row[:8]
    svg = ElementTree.fromstring(Row(row, 4, "learner", rtl=rtl).draw())
    centres = [
        float(use.attrib["x"]) + float(use.attrib["width"]) / 2
        for use in svg.findall("use")
        if use.attrib["href"].startswith("#s-")
    ]
    wanted = [132 * index + 66 for index in range(len(row))]
    assert centres == ([132 * len(row) - x for x in wanted] if rtl else wanted)
    assert all(abs(first - second) >= 132 for first, second in pairwise(centres))


@settings(max_examples=60, deadline=None)
@given(steps)
def test_plates_never_overlap(row: tuple[MapStep, ...]) -> None:
    counted = tuple(replace(step, others=tuple(replace(way, count=7) for way in step.others)) for step in row[:8])
    svg = ElementTree.fromstring(Row(counted, 4, "trainer").draw())
    boxes = [tuple(float(rect.attrib[key]) for key in ("x", "y", "width", "height")) for rect in svg.iter("rect")]
    for index, (x, y, width, height) in enumerate(boxes):
        for other_x, other_y, other_width, other_height in boxes[index + 1 :]:
            apart = (
                x + width <= other_x
                or other_x + other_width <= x
                or y + height <= other_y
                or other_y + other_height <= y
            )
            assert apart
        assert y >= 0
        assert y + height < 30 * 4 + 28 - 16


@settings(max_examples=40, deadline=None)
@given(paths)
def test_right_to_left_mirrors_every_number_across(path: list[MapModule]) -> None:
    for left, right in zip(drawings(line_map(path)), drawings(line_map(path, direction="rtl")), strict=True):
        width = float(left.attrib["viewBox"].split()[2])
        for first, second in zip(left.iter("path"), right.iter("path"), strict=True):
            if first.get("class") == "v" and "C" not in first.attrib["d"]:
                start, base, end = numbers(first.attrib["d"])
                assert numbers(second.attrib["d"]) == [width - start, base, width - end]


def test_a_long_module_goes_on_in_a_second_row_with_its_numbers() -> None:
    page = BeautifulSoup(line_map(long_path()), "html.parser")
    lists = page.select(".map-row > ol")
    assert [len(found.find_all("li", class_="step")) for found in lists] == [8, 3]
    assert lists[1]["start"] == "9"
    assert page.select_one("li.module")["class"] == ["module", "n8", "long"]


def test_the_path_ends_with_a_bar_at_each_end_only() -> None:
    drawn = line_map(learner_path())
    assert drawn.count('<path class="terminus"') == 2
    assert drawn.count('<line class="terminus"') == 2


def test_the_list_says_all_that_the_drawing_shows() -> None:
    page = BeautifulSoup(line_map(learner_path()), "html.parser")
    for svg in page.find_all("svg"):
        assert svg["aria-hidden"] == "true"
    step = page.select("li.step")[3].get_text(" ", strip=True).replace("\u00a0", " ").replace("\u202f", " ")
    for words in (
        "Étape 4 :",
        "Dessin 3D : les bases",
        "à vérifier",
        "en direct",
        "4 h",
        "Note passée de 82 à 58",
        "2 autres façons",
    ):
        assert words in step
    for name in ("à distance à mon rythme", "sur place"):
        assert name in step


def test_a_trainer_reads_who_is_where_and_what_others_chose() -> None:
    page = BeautifulSoup(line_map(trainer_path(), "trainer"), "html.parser")
    step = page.select("li.step")[5].get_text(" ", strip=True).replace("\u00a0", " ")
    assert "6/12" in step
    assert "5 personnes à cette étape." in step
    assert "Autres façons choisies : à distance en direct : 2 et sur place : 3." in step
    assert [disc.find_next("text").text for disc in page.select(".tracks circle.f")] == ["5"]


def test_a_designer_sees_the_selected_step_and_the_one_without_a_way() -> None:
    page = BeautifulSoup(line_map(designer_path(), "designer"), "html.parser")
    assert page.select_one('a[aria-current="step"]').get_text() == "6. Modéliser une pièce"
    assert len(page.select(".selected-frame")) == 1
    assert page.select("li.step")[8].select_one(".says:not(.soft)").name == "p"
    assert not page.select(".other .v")


def test_what_people_write_is_escaped() -> None:
    evil = "<script>alert(1)</script>"
    module = MapModule(
        evil, evil, (MapStep(1, evil, '"><b>', "done", "on_site", reason=evil, others=(MapVariant("afest", evil),)),)
    )
    drawn = line_map([module])
    assert "<script>" not in drawn
    assert "<b>" not in drawn


def test_modules_without_steps_are_left_out_and_an_empty_path_is_an_empty_list() -> None:
    assert "module" not in line_map([MapModule("Vide", "", ())])
    assert BeautifulSoup(line_map([]), "html.parser").ol is not None


def test_an_unknown_modality_is_refused() -> None:
    with pytest.raises(ValueError, match="teleport"):
        line_map([MapModule("M", "", (MapStep(1, "E", "#", "done", "teleport"),))])


def test_it_speaks_english(english: Translator) -> None:
    page = BeautifulSoup(line_map(learner_path(), heading=3), "html.parser").get_text(" ", strip=True)
    for words in ("Step 4:", "to be checked", "at my own pace", "2 other ways", "Start"):
        assert words in page


def test_headings_follow_the_level_of_the_page() -> None:
    page = BeautifulSoup(line_map(learner_path(), heading=3), "html.parser")
    assert {heading.name for heading in page.select(".module-title")} == {"h3"}
    assert {heading.name for heading in page.select(".step-title")} == {"h4"}
