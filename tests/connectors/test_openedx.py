"""The Open edX connector beyond its contract: tokens, cursors, what is closed, names of activities, the doctor."""

from collections.abc import Iterator
from typing import Any

import pytest

from connectors import errors
from connectors.addresses import AddressPolicy
from connectors.capabilities import Capability
from connectors.http import HttpClient, HttpOptions
from connectors.openedx import DECLARATION, OpenEdxConnector
from connectors.openedx.client import OpenEdxClient
from connectors.openedx.connector import connect
from connectors.records import SymptomLevel, collect
from connectors.secret import Secret
from tests.connectors.loopback import serving
from tests.fakes.openedx import ACCOUNT, CLIENT, SECRET, Lms, LmsCourse, create_lms, sample

KEY = "course-v1:TL+NUM+2026"
OPTIONS = HttpOptions(retries=0, connect_timeout=5, read_timeout=10, deadline=15)


@pytest.fixture
def lms() -> Iterator[Lms]:
    state = sample()
    with serving(create_lms(state)) as port:
        state.url = f"http://lms.localhost:{port}"
        yield state


def reader(state: Lms, **settings: str) -> OpenEdxConnector:
    values = {"url": state.url, "client_id": CLIENT, "client_secret": SECRET, **settings}
    http = HttpClient(OPTIONS, AddressPolicy(development=True), sleep=lambda _: None)
    return connect(DECLARATION.clean(values), http)


def test_a_token_serves_until_shortly_before_its_end(lms: Lms) -> None:
    now = [0.0]
    http = HttpClient(OPTIONS, AddressPolicy(development=True))
    client = OpenEdxClient(lms.url, CLIENT, Secret(SECRET), http, clock=lambda: now[0])
    for at, issued in ((0.0, 1), (3539.0, 1), (3541.0, 2)):
        now[0] = at
        assert client.get("/api/user/v1/me") == {"username": ACCOUNT}
        assert lms.issued == issued
    assert client.scopes == ("read", "grades:read")


def test_a_token_that_was_revoked_is_asked_for_again_once(lms: Lms) -> None:
    connector = reader(lms)
    connector.negotiate()
    lms.tokens.clear()
    assert len(collect(connector.courses()).items) == 2
    assert lms.issued == 2


@pytest.mark.parametrize("wrong", [{"client_id": "other"}, {"client_secret": "wrong-secret-wrong"}])
def test_an_application_that_is_not_known_is_an_invalid_token(lms: Lms, wrong: dict[str, str]) -> None:
    with pytest.raises(errors.InvalidToken) as caught:
        reader(lms, **wrong).negotiate()
    assert "wrong-secret" not in f"{caught.value} {caught.value.excerpt}"
    (found,) = reader(lms, **wrong).diagnose()
    assert (found.level, found.code) == (SymptomLevel.FAULT, "token")
    assert "Client secret" in found.ask


def test_a_cursor_is_followed_though_its_address_is_an_inner_one(lms: Lms) -> None:
    for n in range(250):
        lms.people[f"u{n}"] = (f"Nom {n}", f"u{n}@example.org")
        lms.enrolled[KEY, f"u{n}"] = n % 10 != 0
    pages = list(reader(lms).roster(KEY))
    assert len(pages) == 3
    assert sum(len(page.items) for page in pages) == 1 + 225
    assert {one.user.email for page in pages for one in page.items} >= {"emilie@example.org", "u1@example.org"}


def test_courses_are_paged_and_may_be_of_one_organisation(lms: Lms) -> None:
    for n in range(230):
        lms.courses[f"course-v1:X+C{n}+1"] = LmsCourse(f"course-v1:X+C{n}+1", f"Cours {n}", "FUN")
    assert [len(page.items) for page in reader(lms).courses()] == [100, 100, 32]
    assert [one.id for one in collect(reader(lms, org="tl").courses()).items] == [KEY]
    some = [f"course-v1:X+C{n}+1" for n in range(7)]
    page = collect(reader(lms).courses([*some, "course-v1:X+NON+1"]))
    assert [one.id for one in page.items] == some
    assert [one.about for one in page.notices] == ["course course-v1:X+NON+1"]


def test_activities_have_the_names_that_the_pushed_traces_use(lms: Lms) -> None:
    """As event-routing-backends writes them: ``<LMS>/course/<key>`` and ``<LMS>/xblock/<usage key>``."""
    connector = reader(lms)
    (course, _) = collect(connector.courses()).items
    assert (course.iri, course.url) == (f"{lms.url}/course/{KEY}", f"{lms.url}/courses/{KEY}/course/")
    modules = {one.kind: one for one in collect(connector.modules(KEY)).items}
    assert set(modules) == {"sequential", "video", "problem"}
    assert modules["video"].iri == f"{lms.url}/xblock/block-v1:TL+NUM+2026+type@video+block@v1"
    assert (modules["video"].section, modules["video"].graded, modules["problem"].graded) == ("Début", False, True)
    assert modules["problem"].due_at is not None


def test_grades_of_the_course_are_read_where_the_gradebook_is_closed(lms: Lms) -> None:
    lms.closed = {"/api/grades/v1/gradebook/"}
    connector = reader(lms)
    found = connector.negotiate()
    assert Capability.GRADES in found.possible
    assert found.found["gradebook"] == "no"
    before = len(lms.calls)
    (grade,) = collect(connector.grades(KEY)).items
    assert (grade.item, grade.raw, grade.scaled) == ("course", 50.0, 0.5)
    assert len(lms.calls) == before + 1
    assert [one.code for one in connector.diagnose() if one.level is SymptomLevel.ADVICE] == ["gradebook", "xapi"]


def test_a_part_that_was_not_attempted_is_no_grade_of_zero(lms: Lms) -> None:
    lms.points.clear()
    part = next(one for one in collect(reader(lms).grades(KEY)).items if one.item == "mod")
    assert (part.raw, part.scaled) == (None, None)


def test_a_course_whose_grades_are_closed_does_not_stop_the_others(lms: Lms) -> None:
    lms.closed = {f"/api/grades/v1/courses/{KEY}"}
    page = collect(reader(lms).all_course_completions())
    assert page.items == ()
    assert [one.about for one in page.notices] == [f"course {KEY}"]


CLOSED: list[tuple[str, Capability, str]] = [
    ("/api/enrollment/v1/enrollments", Capability.ROSTER, "right"),
    ("/api/user/v1/accounts", Capability.PEOPLE, "identity"),
    ("/api/grades/v1/courses/", Capability.BULK_COURSE_COMPLETION, "scope"),
    ("/api/courses/v1/blocks/", Capability.CONTENTS, "right"),
]


@pytest.mark.parametrize(("route", "capability", "code"), CLOSED)
def test_the_doctor_names_each_right_that_lacks_and_what_to_ask(
    lms: Lms, route: str, capability: Capability, code: str
) -> None:
    lms.closed = {route}
    assert capability in reader(lms).negotiate().missing
    (found,) = (one for one in reader(lms).diagnose() if one.level is SymptomLevel.MISSING)
    assert found.code == code
    assert found.ask
    lms.closed, lms.absent = set(), {route}
    assert reader(lms).negotiate().missing[capability] == (f"endpoint:{route}",)
    (found,) = (one for one in reader(lms).diagnose() if one.level is SymptomLevel.MISSING)
    assert (found.code, dict(found.names)["route"]) == ("endpoint", route)


def test_names_that_are_hidden_leave_user_names(lms: Lms) -> None:
    lms.closed = {"/api/user/v1/accounts"}
    page = collect(reader(lms).roster(KEY))
    assert [(one.user.id, one.user.fullname) for one in page.items] == [("emilie", None)]
    assert [one.about for one in page.notices] == ["accounts"]


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (lambda it: it.enrol(KEY, ["personne"]), errors.DataDrift),
        (lambda it: it.enrol("course-v1:X+NON+1", ["dehors"]), errors.RemoteRejected),
        (lambda it: it.enrol(KEY, ["dehors"], until=object()), errors.NotPossible),
        (lambda it: list(it.modules("course-v1:X+NON+1")), errors.DataDrift),
        (lambda it: list(it.grades(KEY, "dehors")), errors.DataDrift),
    ],
)
def test_what_cannot_be_is_a_typed_error(lms: Lms, act: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        act(reader(lms))
    assert (KEY, "dehors") not in lms.enrolled


def test_an_act_without_the_right_names_it(lms: Lms) -> None:
    lms.closed = {"/api/enrollment/v1/enrollment"}
    with pytest.raises(errors.MissingRight) as caught:
        reader(lms).enrol(KEY, ["dehors"])
    assert caught.value.rights == ("is_staff (global staff)",)


def test_nothing_at_the_address_is_told_so(lms: Lms) -> None:
    with pytest.raises(errors.ConfigurationFault):
        reader(lms, url=f"{lms.url}/studio").negotiate()
