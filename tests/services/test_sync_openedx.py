"""Reading an Open edX: courses, people, grades and blocks; what it pushes by xAPI is of the same activities."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.learning import Resource
from hub.services import platforms
from hub.services.ledger import ingest
from hub.services.platforms import PlatformData
from hub.services.source import Source
from tests.connectors.loopback import serving
from tests.fakes.openedx import CLIENT, SECRET, Lms, create_lms, sample
from tests.services.sync_place import NOW, Clock, ledger, read, standing

KEY = "course-v1:TL+NUM+2026"
VIDEO = "block-v1:TL+NUM+2026+type@video+block@v1"
PROBLEM = "block-v1:TL+NUM+2026+type@problem+block@p1"
PART = "block-v1:TL+NUM+2026+type@sequential+block@s2"
PUSHED = Source(name="Open edX, xAPI", id=new_id())


@pytest.fixture
def lms() -> Iterator[Lms]:
    state = sample()
    with serving(create_lms(state)) as port:
        state.url = f"http://127.0.0.1:{port}"
        yield state


def add(tenant: TenantDatabase, state: Lms) -> UUID:
    values = {"url": state.url, "client_id": CLIENT, "client_secret": SECRET}
    with tenant.write() as session:
        return platforms.add(session, PlatformData("FUN", "openedx", values), by=None, now=NOW).id


def pushed(state: Lms, usage_id: str, **result: Any) -> dict[str, Any]:
    """In the shape of event-routing-backends' completion of a block, the account named by its user name."""
    return {
        "id": str(new_id()),
        "actor": {"objectType": "Agent", "account": {"homePage": state.url, "name": "emilie"}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/progressed"},
        "object": {"id": f"{state.url}/xblock/{usage_id}", "definition": {"type": "http://id.tincanapi.com/activitytype/resource"}},
        "result": result,
        "timestamp": "2026-11-20T10:00:00Z",
        "context": {
            "extensions": {"https://w3id.org/xapi/openedx/extension/transformer-version": "event-routing-backends@10"}
        },
        "version": "1.0.3",
    }  # fmt: skip


def test_a_reading_brings_courses_people_and_what_they_did(
    installation: Installation, tenant: TenantDatabase, lms: Lms
) -> None:
    platform_id = add(tenant, lms)
    run = read(tenant, installation.config, platform_id, Clock())
    assert run.state == "done"
    with tenant.read() as session:
        rows = {row.remote_id: row for row in session.scalars(select(Resource))}
    assert rows[KEY].title == "Bases du numérique"
    assert (rows[KEY].iri, rows[KEY].url) == (f"{lms.url}/course/{KEY}", f"{lms.url}/courses/{KEY}/course/")
    assert {one["kind"] for one in rows[PART].brings} == {"completed", "score"}
    assert {one["kind"] for one in rows[VIDEO].brings} == {"completed"}
    assert rows[PROBLEM].parent_id == rows[KEY].id
    assert standing(tenant, "emilie", VIDEO)["completed"] == 1.0
    assert standing(tenant, "emilie", PART)["score"] == 0.5
    assert standing(tenant, "emilie", f"/course/{KEY}")["score"] == 0.5


def test_what_did_not_move_writes_nothing_and_what_did_is_read(
    installation: Installation, tenant: TenantDatabase, lms: Lms
) -> None:
    platform_id, clock = add(tenant, lms), Clock()
    read(tenant, installation.config, platform_id, clock)
    before = ledger(tenant)
    clock.pass_by(hours=1)
    lms.calls.clear()
    read(tenant, installation.config, platform_id, clock, full=False)
    assert ledger(tenant) == before
    assert lms.calls == ["/oauth2/access_token", "/api/courses/v1/courses/", f"/api/grades/v1/courses/{KEY}/",
                         "/api/grades/v1/courses/course-v1:TL+VIDE+2026/"]  # fmt: skip
    lms.done.add(("emilie", PROBLEM))
    lms.points["emilie", PART] = (20.0, 20.0)
    lms.totals[KEY, "emilie"] = (1.0, True)
    clock.pass_by(hours=1)
    read(tenant, installation.config, platform_id, clock, full=False)
    assert standing(tenant, "emilie", PROBLEM)["completed"] == 1.0
    assert standing(tenant, "emilie", PART)["score"] == 1.0
    assert standing(tenant, "emilie", f"/course/{KEY}")["completed"] == 1.0


def test_pushed_and_pulled_of_one_fact_stand_on_one_activity(
    installation: Installation, tenant: TenantDatabase, lms: Lms
) -> None:
    read(tenant, installation.config, add(tenant, lms), Clock())
    said = pushed(
        lms, VIDEO, completion=True, extensions={"https://w3id.org/xapi/cmi5/result/extensions/progress": 100}
    )
    with tenant.write() as session:
        ingest(session, [said], PUSHED, NOW)
        ingest(session, [said], PUSHED, NOW)
    assert standing(tenant, "emilie", VIDEO)["completed"] == 1.0
    with tenant.read() as session:
        named = select(Resource.iri).where(Resource.remote_id == VIDEO)
        assert session.scalars(named).all() == [said["object"]["id"]]
