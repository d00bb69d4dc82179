"""Reading a Moodle as people have them: a course closed to the account, courses without conditions, names in markup."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import responses
from sqlalchemy import select

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.demo.moodle import MoodleState
from hub.demo.moodle_functions import FUNCTIONS
from hub.models.learning import Resource
from hub.models.platforms import SyncRun
from tests.services.sync_place import START, Clock, add_platform, everybody_works, moodle, read, standing
from tests.services.test_sync_faults import SERVER, URL, Relay, move

NO_REPORT = frozenset(FUNCTIONS) - {"core_reportbuilder_retrieve_report"}
Refuse = Callable[[bytes], str | None]


@pytest.fixture
def state() -> Iterator[MoodleState]:
    with moodle(learners=2) as double:
        double.functions = NO_REPORT
        everybody_works(double)
        double.complete(101, 22, START)
        double.courses[2].fullname = "Sciences &amp; {mlang en}Crafts{mlang}{mlang fr}Métiers{mlang}"
        yield double


def reading(installation: Installation, tenant: TenantDatabase, state: MoodleState, refuse: Refuse) -> SyncRun:
    """One reading, some calls of which end in an error: ``refuse`` gives its code."""
    platform = add_platform(tenant, state)
    move(tenant, platform, URL)
    real = Relay(state)

    def answer(request: Any) -> tuple[int, dict[str, str], str]:
        body = request.body if isinstance(request.body, bytes) else request.body.encode()
        code = refuse(body)
        if code is not None:
            return 200, {}, f'{{"exception": "x", "errorcode": "{code}", "message": "m"}}'
        return real.post(request.body)

    with responses.RequestsMock() as remote:
        remote.add_callback(responses.POST, SERVER, callback=answer)
        return read(tenant, installation.config, platform, Clock())


def of_course(course: str, function: str = "") -> Refuse:
    """Everything asked about one course is closed."""
    asked = [f"courseid={course}&".encode(), f"courseid={course}".encode()]
    return lambda body: (
        "errorcoursecontextnotvalid"
        if function.encode() in body and (asked[0] in body or body.endswith(asked[1]))
        else None
    )


def test_one_course_closed_to_the_account_leaves_the_others_read(
    installation: Installation, tenant: TenantDatabase, state: MoodleState
) -> None:
    run = reading(installation, tenant, state, of_course("2", "core_course_get_contents"))
    assert (run.state, (run.error or {}).get("code")) == ("partial", "missing_right")
    assert standing(tenant, "eleve0", "/mod/page/view.php?id=22") == {"completed": 1.0}
    assert standing(tenant, "eleve0", "/mod/quiz/view.php?id=13")["score"] == 0.75  # by its number, its name unread
    assert [it["about"] for it in run.counts["notices"] if it["code"] == "missing_right"] == ["modules 2"]


@pytest.mark.parametrize("code", ["nocriteriaset", "cannotviewreport"])
def test_courses_without_conditions_are_read_for_their_activities(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, code: str
) -> None:
    def refuse(body: bytes) -> str | None:
        return code if b"core_completion_get_course_completion_status" in body else None

    run = reading(installation, tenant, state, refuse)
    assert run.state == "done"
    assert standing(tenant, "eleve0", "/mod/quiz/view.php?id=13")["score"] == 0.75
    told = {it["about"] for it in run.counts["notices"]} - {"siteurl"}
    assert told == {"completion of course 2", "completion of course 3"}


def test_what_cannot_be_read_of_one_learner_leaves_the_rest_of_them(
    installation: Installation, tenant: TenantDatabase, state: MoodleState
) -> None:
    def refuse(body: bytes) -> str | None:
        activities = b"core_completion_get_activities_completion_status" in body
        return "usernotenroled" if activities and b"userid=101" in body else None

    run = reading(installation, tenant, state, refuse)
    assert run.state == "done"
    assert standing(tenant, "eleve0", "/mod/quiz/view.php?id=13") == {"score": 0.75}
    assert standing(tenant, "eleve1", "/mod/quiz/view.php?id=13")["completed"] == 1.0


def test_names_enter_the_catalogue_as_people_read_them(
    installation: Installation, tenant: TenantDatabase, state: MoodleState
) -> None:
    reading(installation, tenant, state, lambda body: None)
    with tenant.read() as session:
        query = select(Resource.title).where(Resource.kind == "remote_course", Resource.remote_id == "2")
        assert session.scalars(query).one() == "Sciences & Métiers"
