"""A learner with a path whose one step is a package, and a browser that plays it without being one."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.domain.path import Activity, Binding, BindingKind, Modality, Rule
from hub.models.learning import Resource
from hub.models.packages import PackageImport
from hub.models.play import PlayAttempt
from hub.services import package_intake
from hub.services.jobs import Unleased
from hub.services.journey import StepView, journeys
from tests.services import builders
from tests.web.conftest import Browser, Clock


@dataclass
class Play:
    """Keys of what was made."""

    tenant: TenantDatabase
    learner: UUID
    enrolment: UUID
    step: UUID
    activity: UUID
    resource: UUID

    def step_view(self, now: datetime) -> StepView:
        """How the step stands."""
        with self.tenant.read() as session:
            return journeys(session, [self.enrolment], now)[0].by_step[self.step]

    def attempts(self) -> list[PlayAttempt]:
        """Every attempt, in order."""
        with self.tenant.read() as session:
            return list(session.scalars(select(PlayAttempt).order_by(PlayAttempt.id)))

    @property
    def step_url(self) -> str:
        """The page of the step."""
        return f"/path/{self.enrolment}/step/{self.step}"

    def open(self, browser: Browser) -> str:
        """Press the button of the step; gives the address of the hub's page around the content."""
        answer = browser.post(f"{self.step_url}/open/{self.activity}")
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]


def put_package(
    installation: Installation, tenant: TenantDatabase, data: bytes, name: str, by: UUID, now: datetime
) -> UUID:
    """A package through the intake; gives the catalogue entry."""
    blobs = installation.blobs(tenant.key)
    blob = blobs.put(io.BytesIO(data), 1 << 30)
    row_id = new_id()
    with tenant.write() as session:
        session.add(
            PackageImport(
                id=row_id, file_name=name, sha256=blob.sha256, size=blob.size, created_at=now, created_by=by, made=[],
                state="due",
            )
        )  # fmt: skip
    package_intake.run(tenant, blobs, row_id, Unleased(tenant), lambda: now)
    with tenant.read() as session:
        row = session.get_one(PackageImport, row_id)
        assert row.state == "accepted", row.report
        return UUID(row.made[0])


def lay_out(
    installation: Installation, tenant: TenantDatabase, learner: UUID, data: bytes, name: str, now: datetime,
    rule: Rule | None = None,
) -> Play:  # fmt: skip
    """The path with its step, the learner enrolled."""
    resource_id = put_package(installation, tenant, data, name, learner, now)
    with tenant.write() as session:
        iri = session.get_one(Resource, resource_id).iri
        kinds = builders.brings("completed", "passed", "score", "progress")
        binding = Binding(kind=BindingKind.PACKAGE, iri=iri, resource_id=resource_id, brings=kinds)
        activity = Activity(title="Le golf", modality=Modality.OWN_PACE, minutes=30, binding=binding)
        step = builders.step("Jouer au golf", activity, rule=rule or builders.rule(("completed", None)))
        version = builders.publish(session, builders.document(step))
        enrolment = builders.enrol(session, learner, version)
    return Play(tenant, learner, enrolment, step.id, activity.id, resource_id)


@dataclass
class Content:
    """A session on the content host, opened from a page of the hub."""

    client: FlaskClient
    origin: str
    page: TestResponse
    data: dict[str, Any] = field(default_factory=dict)
    seq: int = 0

    @classmethod
    def enter(cls, client: FlaskClient, hub_page: str, ticket: str | None = None) -> "Content":
        """What the form of the hub's page does."""
        action = re.search(r'action="(http[^"]+/enter)"', hub_page)
        given = re.search(r'name="ticket" value="([^"]+)"', hub_page)
        assert action
        assert given
        parts = urlsplit(action[1])
        origin = f"{parts.scheme}://{parts.netloc}"
        page = client.post("/enter", base_url=origin, data={"ticket": ticket or given[1]})
        made = cls(client, origin, page)
        found = re.search(r'<script type="application/json" id="session">(.*?)</script>', page.text)
        made.data = json.loads(found[1]) if found else {}
        return made

    def get(self, name: str, **options: Any) -> TestResponse:
        """A file of the package."""
        return self.client.get(self.data["files"] + name, base_url=self.origin, **options)

    def say(self, message: dict[str, Any], seq: int | None = None, token: str | None = None) -> TestResponse:
        """A message, the next one unless said."""
        self.seq = seq if seq is not None else self.seq + 1
        body = json.dumps({**message, "seq": self.seq, "token": token or self.data["token"]})
        return self.client.post("/commit", base_url=self.origin, data=body, content_type="text/plain")


@pytest.fixture
def learner(add_person: Callable[..., UUID]) -> UUID:
    """Lina, who may also try what she is going to play."""
    return add_person("Lina", "Martin", "learner", "designer")


@pytest.fixture
def lina(enter: Callable[..., Browser], learner: UUID) -> Browser:
    """Lina's browser."""
    return enter(learner)


@pytest.fixture
def world(installation: Installation, tenant: TenantDatabase, learner: UUID, clock: Clock) -> Callable[..., Play]:
    """Gives Lina a path whose one step is the package of these bytes, done by ``rule``."""

    def made(data: bytes, rule: tuple[str, float | None] = ("completed", None)) -> Play:
        return lay_out(installation, tenant, learner, data, "cours.zip", clock.now, builders.rule(rule))

    return made


def begin(play: Play, lina: Browser) -> Content:
    """Open the content from the step, as a browser does."""
    return Content.enter(lina.client, lina.get(play.open(lina)).text)
