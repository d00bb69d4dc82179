"""Refusals: problem+json with a stable code, the faulty places, the reader's language."""

from typing import Any

import pytest

from tests.web.api.conftest import Program
from tests.web.conftest import BASE

PERSON = {"given_name": "Lina", "family_name": "Martin"}


def send(program: Program, data: bytes, content_type: str = "application/json") -> Any:
    return program.client.post(
        "/api/v1/persons",
        data=data,
        base_url=BASE,
        content_type=content_type,
        headers={"Authorization": f"Bearer {program.token}", "Accept-Language": "en"},
    )


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "http-404"),
        ("DELETE", "/persons", 405, "http-405"),
        ("GET", "/persons/00000000-0000-7000-8000-000000000000", 404, "person_not_found"),
        ("GET", "/groups/00000000-0000-7000-8000-000000000000", 404, "not_found"),
        ("GET", "/persons/not-an-id", 404, "http-404"),
        ("GET", "/persons?limit=many", 422, "invalid"),
    ],
)
def test_every_refusal_is_a_problem(administrator: Program, method: str, path: str, status: int, code: str) -> None:
    answer = administrator.call(method, path)
    problem = answer.get_json(force=True)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"] == f"urn:hub:problem:{code}"
    assert problem["title"]


def test_a_wrong_method_says_which_are_right(administrator: Program) -> None:
    allowed = administrator.delete("/persons").headers["Allow"]
    assert {"GET", "POST"} <= set(allowed.replace(",", " ").split())


@pytest.mark.parametrize(
    ("data", "content_type", "status", "code"),
    [
        (b"{}", "text/plain", 415, "unsupported_media_type"),
        (b"", "", 415, "unsupported_media_type"),
        (b"given_name=Lina", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b"", "application/json", 400, "not_json"),
        (b'{"given_name": ', "application/json", 400, "not_json"),
        (b'{"given_name": NaN}', "application/json", 400, "not_json"),
        (b'{"given_name": "\\ud800"}', "application/json", 400, "not_json"),
        (b"\xff\xfe", "application/json", 400, "not_json"),
        (b'"' + b"x" * 2_000_001 + b'"', "application/json", 413, "body_too_large"),
        (b"[]", "application/json; charset=utf-8", 422, "invalid"),
        (b"[" * 200 + b"]" * 200, "application/json", 422, "invalid"),
    ],
)
def test_what_is_no_fitting_json_is_refused(
    administrator: Program, data: bytes, content_type: str, status: int, code: str
) -> None:
    answer = send(administrator, data, content_type)
    assert (answer.status_code, answer.get_json(force=True)["code"]) == (status, code)


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"given_name": "Lina"}, "#/family_name", "required"),
        ({**PERSON, "given_name": 1}, "#/given_name", "wrong_type"),
        ({**PERSON, "given_name": "a\0b"}, "#/given_name", "not_text"),
        ({**PERSON, "given_name": "x" * 201}, "#/given_name", "too_long"),
        ({**PERSON, "given_name": "=SUM(1)"}, "#/given_name", "formula"),
        ({**PERSON, "nickname": "Li"}, "#/nickname", "unknown_member"),
        ({**PERSON, "a/b~c": "Li"}, "#/a~1b~0c", "unknown_member"),
        ({**PERSON, "birth_date": "17/05/2004"}, "#/birth_date", "not_a_date"),
        ({**PERSON, "birth_date": "2030-01-01"}, "#/birth_date", "not_a_birth_date"),
        ({**PERSON, "email": "lina"}, "#/email", "not_an_email"),
        ({**PERSON, "role": "king"}, "#/role", "unknown"),
        ({**PERSON, "group_id": "12"}, "#/group_id", "not_an_id"),
        ({**PERSON, "group_id": "00000000-0000-7000-8000-000000000000"}, "#/group_id", "unknown"),
        ({**PERSON, "same_email": "yes"}, "#/same_email", "wrong_type"),
    ],
)
def test_the_faulty_member_is_pointed_at(administrator: Program, body: dict[str, Any], pointer: str, code: str) -> None:
    answer = administrator.post("/persons", body)
    assert answer.status_code == 422
    [fault] = answer.get_json(force=True)["errors"]
    assert (fault["pointer"], fault["code"]) == (pointer, code)
    assert fault["detail"]


@pytest.mark.parametrize(
    ("query", "parameter", "code"),
    [
        ("limit=0", "limit", "out_of_range"),
        ("limit=201", "limit", "out_of_range"),
        ("limit=1&limit=2", "limit", "repeated"),
        ("page=2", "page", "unknown_member"),
        ("role=king", "role", "unknown"),
        ("group_id=12", "group_id", "not_an_id"),
        ("q=%00", "q", "not_text"),
        ("cursor=abc", "cursor", "unknown"),
        ("cursor=%C3%A9", "cursor", "unknown"),
        ("cursor=W10", "cursor", "unknown"),
    ],
)
def test_the_faulty_parameter_is_named(administrator: Program, query: str, parameter: str, code: str) -> None:
    answer = administrator.get(f"/persons?{query}")
    assert answer.status_code == 422
    [fault] = answer.get_json(force=True)["errors"]
    assert (fault["parameter"], fault["code"]) == (parameter, code)


def test_words_are_in_the_language_of_the_reader(administrator: Program) -> None:
    texts = {}
    for language in ("fr", "en", "de, en;q=0.5"):
        administrator.headers = {"Accept-Language": language}
        problem = administrator.post("/persons", {}).get_json(force=True)
        texts[language] = (problem["title"], problem["errors"][0]["detail"])
    assert texts["fr"] == ("La demande ne convient pas", "À remplir.")
    assert texts["en"] == texts["de, en;q=0.5"]
    assert texts["en"][0] == "The request does not fit"
    assert texts["en"][1] != "À remplir."
