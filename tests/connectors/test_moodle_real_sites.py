"""What real sites do that the recorded one does not: paths, redirects, plain users, names in markup and languages."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
import responses

from connectors.capabilities import Capability, Diagnosing
from connectors.errors import FunctionMissing, MissingRight, SettingRefused
from connectors.http import HttpClient, HttpOptions
from connectors.moodle import MoodleConnector, site
from connectors.moodle.names import plain
from connectors.records import SymptomLevel, collect
from connectors.registry import declaration
from hub.demo.moodle_records import PAYLOADS

TOKEN = "0123456789abcdef0123456789abcdef"
SITE = "https://www.universite.example/moodle"
SERVER = f"{SITE}/webservice/rest/server.php"
BY_FIELD, COURSES = "core_course_get_courses_by_field", "core_course_get_courses"


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))["response"]


@pytest.fixture
def remote() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock() as mock:
        yield mock


def moodle(url: str = SITE) -> MoodleConnector:
    http = HttpClient(HttpOptions(retries=0), sleep=lambda seconds: None)
    found = declaration("moodle").open({"url": url, "token": TOKEN}, http)
    assert isinstance(found, MoodleConnector)
    return found


def answering(remote: responses.RequestsMock, answers: dict[str, Any], url: str = SERVER) -> list[dict[str, str]]:
    """Answer functions by name, an error by its code; gives the list of the calls' fields."""
    calls: list[dict[str, str]] = []

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        body = request.body.decode() if isinstance(request.body, bytes) else request.body
        calls.append({name: values[0] for name, values in parse_qs(body).items()})
        found = answers[calls[-1]["wsfunction"]]
        if isinstance(found, str):
            found = {"exception": "core\\exception\\moodle_exception", "errorcode": found, "message": "Un mot traduit"}
        return 200, {}, json.dumps(found)

    remote.add_callback(responses.POST, url, callback=answer)
    return calls


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Sciences &amp; Techniques", "Sciences & Techniques"),
        ("<b>Sécurité</b> : l&#039;atelier", "Sécurité : l'atelier"),
        ("2 < 3 et 5 > 4", "2 < 3 et 5 > 4"),
        ("{mlang en}Welcome{mlang}{mlang fr}Bienvenue{mlang}", "Bienvenue"),
        ("{mlang en}Welcome{mlang} {mlang other}Accueil{mlang} 2026", "Accueil 2026"),
        ("{mlang es}Hola{mlang}{mlang en}Hello{mlang}", "Hola"),
        ("Atelier {mlang en,de}one{mlang}{mlang fr_ca}un{mlang} et {mlang fr}deux{mlang}{mlang en}two{mlang}",
         "Atelier un et deux"),
        ('<span lang="en" class="multilang">Basics</span> <span lang="fr" class="multilang">Les bases</span>',
         "Les bases"),
        ('<span class="multilang" lang="fr">Plan &lt;1&gt;</span><span class="multilang" lang="en">Map</span>',
         "Plan <1>"),
        ("", ""),
    ],
)  # fmt: skip
def test_names_are_read_as_people_see_them(name: str, shown: str) -> None:
    assert plain(name) == shown


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://www.universite.example/moodle/", SITE),
        (f"{SITE}/my/", SITE),
        (f"{SITE}/login/index.php", SITE),
        (f"{SITE}/webservice/rest/server.php", SITE),
        ("https://moodle.example.org/index.php", "https://moodle.example.org"),
        ("https://moodle.example.org/academy", "https://moodle.example.org/academy"),
        (f"{SITE}/course/view.php?id=2", None),
        ("moodle.example.org", None),
    ],
)
def test_the_address_may_have_a_path_and_be_that_of_a_page(typed: str, kept: str | None) -> None:
    values = {"url": typed, "token": TOKEN}
    if kept is None:
        with pytest.raises(SettingRefused):
            declaration("moodle").clean(values)
    else:
        assert declaration("moodle").clean(values)["url"] == kept


@pytest.mark.parametrize("refusal", ["errorcoursecontextnotvalid", "nopermissions", "accessexception"])
def test_courses_are_listed_though_one_is_closed_to_the_account(remote: responses.RequestsMock, refusal: str) -> None:
    calls = answering(remote, {COURSES: refusal, BY_FIELD: payload("courses_by_field_all")})
    found = collect(moodle().courses()).items
    assert [it.shortname for it in found]
    assert "1" not in {it.id for it in found}  # the front page
    assert all(it.url.startswith(f"{SITE}/course/view.php?id=") for it in found)
    assert [call["moodlewssettinglang"] for call in calls] == ["fr", "fr"]
    assert collect(moodle().courses(["2"])).notices == ()
    assert (calls[-1]["field"], calls[-1]["value"]) == ("ids", "2")


@pytest.mark.parametrize(("refusal", "kind"), [("nopermissions", MissingRight), ("accessexception", FunctionMissing)])
def test_where_neither_list_is_open_the_first_refusal_is_told(
    remote: responses.RequestsMock, refusal: str, kind: type[Exception]
) -> None:
    answering(remote, {COURSES: refusal, BY_FIELD: "accessexception"})
    with pytest.raises(kind, match=f"{COURSES}"):
        collect(moodle().courses())


@pytest.mark.parametrize(
    ("functions", "possible"), [([BY_FIELD], True), ([COURSES], True), (["core_course_get_contents"], False)]
)
def test_the_service_of_the_mobile_application_has_the_other_list(functions: list[str], possible: bool) -> None:
    info = payload("site_info") | {"functions": [{"name": name, "version": "2025"} for name in functions]}
    found = site.negotiation(info, info["siteurl"], "")
    assert (Capability.CATALOGUE in found.possible) is possible
    assert Capability.BULK_COURSE_COMPLETION in found.missing


@pytest.mark.parametrize(
    "release", ["4.1.19+ (Build: 20250415)", "4.5.6+ (Build: 20250801)", "5.1dev (Build: 20260101)"]
)
def test_any_version_is_taken_as_it_says(release: str) -> None:
    told = site.parse_site(payload("site_info") | {"release": release, "sitename": "Université d&#039;Occitanie"})
    assert (told.release, told.name) == (release, "Université d'Occitanie")


@pytest.mark.parametrize("code", ["nocriteriaset", "cannotviewreport", "completionnotenabled"])
def test_a_course_without_conditions_has_no_completion_and_is_no_fault(
    remote: responses.RequestsMock, code: str
) -> None:
    answering(remote, {"core_completion_get_course_completion_status": code})
    page = collect(moodle().course_completion("2", "7"))
    assert page.items == ()
    assert [(it.code, it.about) for it in page.notices] == [("silent_miss", "completion of course 2")]


def diagnosed(url: str = SITE) -> tuple[SymptomLevel, str, str]:
    connector = moodle(url)
    assert isinstance(connector, Diagnosing)
    first = next(iter(connector.diagnose()))
    return first.level, first.code, dict(first.names).get("technical", "")


def test_a_site_at_another_address_is_told_with_it(remote: responses.RequestsMock) -> None:
    old = "https://universite.example/moodle"
    remote.post(f"{old}/webservice/rest/server.php", status=301, headers={"Location": SERVER})
    level, code, technical = diagnosed(old)
    assert (level, code) == (SymptomLevel.FAULT, "address")
    assert "www.universite.example/moodle" in technical
    assert TOKEN not in technical


def test_a_site_without_https_is_not_called() -> None:
    assert diagnosed("http://www.universite.example/moodle")[:2] == (SymptomLevel.FAULT, "host")


@pytest.mark.parametrize(
    ("code", "told"),
    [("accessexception", "service"), ("invalidtoken", "token"), ("sitepolicynotagreed", "token"),
     ("wsaccessusersuspended", "token"), ("nopermissions", "right")],
)  # fmt: skip
def test_what_keeps_a_token_out_has_its_words(remote: responses.RequestsMock, code: str, told: str) -> None:
    answering(remote, {"core_webservice_get_site_info": code})
    assert diagnosed()[:2] == (SymptomLevel.FAULT, told)
