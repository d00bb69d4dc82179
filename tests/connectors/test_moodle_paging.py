"""Rosters and reports larger than a page."""

import json
from typing import Any
from urllib.parse import parse_qs

import pytest
import responses

from connectors.errors import TooLarge
from connectors.http import HttpClient
from connectors.moodle import connector as module
from connectors.moodle import people, report
from connectors.registry import declaration

SERVER = "https://moodle.example.org/webservice/rest/server.php"
HEADERS = ["Course ID number", "Username", "Completed"]


def moodle() -> module.MoodleConnector:
    opened = declaration("moodle").open(
        {"url": "https://moodle.example.org", "token": "t", "report": "2"}, HttpClient()
    )
    assert isinstance(opened, module.MoodleConnector)
    return opened


def sent(request: Any) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(request.body.decode()).items()}


def options(request: Any) -> dict[str, str]:
    form = sent(request)
    return {
        form[f"options[{n}][name]"]: form[f"options[{n}][value]"]
        for n in range(len(form) // 2)
        if f"options[{n}][name]" in form
    }


@responses.activate
@pytest.mark.parametrize(("people_count", "calls"), [(0, 1), (499, 1), (500, 2), (1200, 3)])
def test_a_roster_is_read_page_by_page(people_count: int, calls: int) -> None:
    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        asked = options(request)
        start, limit = int(asked["limitfrom"]), int(asked["limitnumber"])
        return 200, {}, json.dumps([{"id": n + 3} for n in range(people_count)][start : start + limit])

    responses.add_callback(responses.POST, SERVER, answer)
    pages = list(moodle().roster("2"))
    ids = [one.user.id for page in pages for one in page.items]
    assert ids == [str(n + 3) for n in range(people_count)]
    assert len(responses.calls) == len(pages) == calls
    asked = options(responses.calls[0].request)
    assert asked["userfields"] == ",".join(people.LIGHT_FIELDS)
    assert (asked["onlyactive"], asked["sortby"]) == ("1", "id")


@responses.activate
def test_a_roster_that_ignores_the_limits_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PAGES", 3)
    responses.post(SERVER, json=[{"id": n + 1} for n in range(people.ROSTER_PAGE)])
    with pytest.raises(TooLarge):
        list(moodle().roster("2"))


def report_answer(rows: list[list[str]], total: int) -> dict[str, Any]:
    return {
        "details": {"source": "core_course\\reportbuilder\\datasource\\participants"},
        "data": {"headers": HEADERS, "rows": [{"columns": row} for row in rows], "totalrowcount": total},
        "warnings": [],
    }


def row(number: int) -> list[str]:
    return ["CNB", f"user{number:05}", "No"]


@responses.activate
@pytest.mark.parametrize(("total", "calls"), [(0, 1), (1000, 1), (1001, 2), (2500, 3)])
def test_a_report_is_read_to_its_total(total: int, calls: int) -> None:
    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        asked = sent(request)
        start = int(asked["page"]) * int(asked["perpage"])
        rows = [row(n) for n in range(total)][start : start + report.REPORT_PAGE]
        return 200, {}, json.dumps(report_answer(rows, total))

    responses.add_callback(responses.POST, SERVER, answer)
    pages = list(moodle().all_course_completions())
    assert len(responses.calls) == calls
    assert [one.user.username for page in pages for one in page.items] == [row(n)[1] for n in range(total)]
    assert [page.notices for page in pages] == [()] * calls


@responses.activate
def test_rows_that_move_between_pages_are_told() -> None:
    responses.post(SERVER, json=report_answer([row(1), row(2), row(3)], 1500))
    responses.post(SERVER, json=report_answer([row(4), row(1)], 1500))
    pages = list(moodle().all_course_completions())
    assert [[one.code for one in page.notices] for page in pages] == [[], ["unsorted"]]


@responses.activate
def test_two_enrolment_methods_across_a_page_are_no_disorder() -> None:
    responses.post(SERVER, json=report_answer([row(1), row(2), row(2)], 1500))
    responses.post(SERVER, json=report_answer([row(2), row(3)], 1500))
    assert [page.notices for page in moodle().all_course_completions()] == [(), ()]
