"""Charts: where marks stand, what they say, and their table twin."""

import re
from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from hub.web.ui import charts


def words(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


shares = st.lists(st.floats(-0.5, 1.5), min_size=1, max_size=30)


@given(shares)
def test_a_sparkline_stays_in_its_frame_on_one_scale(values: list[float]) -> None:
    drawing = BeautifulSoup(charts.sparkline(values).drawing, "html.parser")
    places = [tuple(map(int, pair.split(","))) for pair in drawing.polyline["points"].split()]
    assert len(places) == len(values)
    assert all(3 <= x <= 97 and 3 <= y <= 31 for x, y in places)


def test_a_sparkline_dots_the_plan_and_says_both() -> None:
    chart = charts.sparkline([0, 0.33], [0, 0.46], ["s40", "s41"])
    assert "planned" in chart.drawing
    assert words(chart.sentence) == "Progression : de 0 % à 33 %, prévu 46 %."
    assert chart.sentence in chart.inline()
    assert [tuple(map(words, row)) for row in chart.rows] == [("s40", "0 %", "0 %"), ("s41", "33 %", "46 %")]


def test_nothing_measured_yet_is_said_and_drawn_without_a_curve() -> None:
    chart = charts.sparkline([], [0, 1])
    assert "polyline" not in chart.drawing
    assert chart.sentence == "Rien n’est encore mesuré."


def test_a_heat_strip_has_a_cell_a_day_and_a_gap_between_weeks() -> None:
    monday = date(2026, 11, 16)
    days = [
        charts.HeatDay(monday + timedelta(days=offset), minutes)
        for offset, minutes in ((3, 0), (4, 1), (7, 30), (8, 90))
    ]
    chart = charts.heat_strip(days)
    cells = BeautifulSoup(chart.drawing, "html.parser").find_all("rect")
    assert [cell["class"] for cell in cells] == [["h0"], ["h1"], ["h2"], ["h3"]]
    assert [float(cell["x"]) for cell in cells] == [0.5, 12.5, 30.5, 42.5]
    assert words(chart.sentence) == "Actif 3 jours sur 4."
    assert words(chart.rows[0][0]) == "jeu. 19 nov."


def test_bars_share_one_scale_and_carry_the_strokes_of_the_map() -> None:
    chart = charts.modality_bars([charts.ModalityHours("on_site", 900, 1560), charts.ModalityHours("afest", 0, 90)])
    page = BeautifulSoup(chart.drawing, "html.parser")
    assert [int(frame["width"]) for frame in page.select("rect.frame")] == [348, 20]
    assert [path["d"] for path in page.select(".m1 .v")] == ["M1 35h201"] * 2
    assert page.select(".m5 .v") == []
    assert (
        words(chart.sentence) == "Heures réalisées sur prévues : sur place 15 h sur 26 h, au travail 0 min sur 1 h 30."
    )


def test_hours_beyond_the_plan_stay_in_the_drawing() -> None:
    chart = charts.modality_bars([charts.ModalityHours("own_pace", 600, 300)])
    assert "M1 35h348" in chart.drawing


def test_bars_without_rows_say_so() -> None:
    assert charts.modality_bars([]).sentence == "Aucune heure prévue."


@pytest.mark.parametrize(
    ("successes", "people", "low", "high"), [(10, 14, 0.454, 0.883), (5, 6, 0.436, 0.970), (0, 5, 0, 0.434)]
)
def test_the_interval_is_wilsons(successes: int, people: int, low: float, high: float) -> None:
    assert charts.wilson(successes, people) == (pytest.approx(low, abs=0.001), pytest.approx(high, abs=0.001))


@given(st.integers(1, 500).flatmap(lambda people: st.tuples(st.integers(0, people), st.just(people))))
def test_the_interval_holds_the_rate_and_stays_a_share(case: tuple[int, int]) -> None:
    successes, people = case
    low, high = charts.wilson(successes, people)
    assert 0 <= low <= successes / people + 1e-9
    assert successes / people - 1e-9 <= high <= 1


def test_under_five_people_no_rate_is_drawn_or_said() -> None:
    chart = charts.rate_dots([charts.Rate("on_site", 4, 4), charts.Rate("own_pace", 4, 5)])
    page = BeautifulSoup(chart.drawing, "html.parser")
    assert page.select(".m1 circle, .m1 .interval, .m1 .value") == []
    assert "trop peu de monde" in page.select_one(".m1").text
    assert len(page.select(".m3 circle")) == 1
    assert chart.rows[0][1:] == ("trop peu de monde pour conclure", "", "4")
    assert not re.search(r"100", chart.rows[0][1])


def test_a_curve_writes_its_last_value_and_the_plan_apart() -> None:
    chart = charts.progress_curve([0, 0.33], [0, 0.46], ["s40", "s41"])
    page = BeautifulSoup(chart.drawing, "html.parser")
    value, plan = page.select_one("text.value"), page.select("text.tick")[-3]
    assert (words(value.text), words(plan.text)) == ("33 %", "prévu 46 %")
    assert abs(int(value["y"]) - int(plan["y"])) >= 20


def test_long_periods_name_every_few_points_only() -> None:
    labels = [f"s{week}" for week in range(30)]
    drawing = charts.progress_curve([0.1] * 30, [], labels).drawing
    assert len(re.findall(r">s\d+<", drawing)) <= 6


@pytest.mark.parametrize(
    "chart",
    [
        charts.modality_bars([charts.ModalityHours("on_site", 60, 60)]),
        charts.rate_dots([charts.Rate("on_site", 5, 9)]),
        charts.progress_curve([0, 0.4], [], ["a", "b"]),
        charts.heat_strip([charts.HeatDay(date(2026, 11, 23), 5)]),
    ],
    ids=["bars", "rates", "curve", "heat"],
)
def test_every_chart_has_its_table_one_click_away(chart: charts.Chart) -> None:
    page = BeautifulSoup(chart.figure("Titre <b>"), "html.parser")
    table = page.select_one("details table")
    assert page.figcaption.get_text() == "Titre <b>"
    assert [head.text for head in table.select("thead th")] == list(chart.head)
    assert [[cell.text for cell in row.find_all(["th", "td"])] for row in table.select("tbody tr")] == [
        list(row) for row in chart.rows
    ]
    assert all(len(row) == len(chart.head) for row in chart.rows)
