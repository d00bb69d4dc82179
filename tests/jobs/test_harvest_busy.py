"""A repository that is busy is asked again when it says, from the page reached (OAI-PMH 2.0, 3.1.2.2 and 3.5)."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from content.oai import provider
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.learning import Resource
from hub.models.platforms import Job
from hub.services import harvest
from tests.jobs.test_deliveries import NOW, work
from tests.lti.conformance.peers import Quiet
from tests.services.builders import person
from tests.services.test_harvest import Repository

SECONDS = 3600


class Busy:
    """A repository on the loopback that answers its first page, then is busy once."""

    def __init__(self) -> None:
        self.shelf, self.answers, self.address = Repository(130), 0, ""

    def __call__(self, environ: Any, start: Callable[..., Any]) -> Any:
        self.answers += 1
        if self.answers == 2:
            return Response(status=503, headers={"Retry-After": str(SECONDS)})(environ, start)
        asked = list(Request(environ).args.items(multi=True))
        data = provider.answer(asked, self.shelf, self.address, NOW)
        return Response(data, content_type="text/xml")(environ, start)


@pytest.fixture
def busy() -> Iterator[Busy]:
    made = Busy()
    server = make_server("127.0.0.1", 0, made, request_handler=Quiet)
    made.address = f"http://127.0.0.1:{server.server_port}/oai"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def titles(tenant: TenantDatabase) -> int:
    with tenant.read() as session:
        return len(session.scalars(select(Resource.id)).all())


def the_job(tenant: TenantDatabase) -> Job:
    with tenant.read() as session:
        return session.scalars(select(Job).where(Job.kind == harvest.HARVEST_JOB)).one()


def test_it_waits_as_long_as_it_is_told_and_goes_on(
    installation: Installation, tenant: TenantDatabase, busy: Busy
) -> None:
    with tenant.write() as session:
        by: UUID = person(session)
        harvest.add(session, "Entrepôt", busy.address, "oai_dc", "", by=by, now=NOW)
    work(installation)
    assert (busy.answers, titles(tenant)) == (2, 100)
    assert the_job(tenant).due_at == NOW + timedelta(seconds=SECONDS)
    work(installation, NOW + timedelta(seconds=SECONDS - 1))
    assert busy.answers == 2
    work(installation, NOW + timedelta(seconds=SECONDS))
    assert (busy.answers, titles(tenant), the_job(tenant).state) == (3, 130, "done")
