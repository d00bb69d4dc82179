"""A browser on the real application: a clock of its own, persons of every role, signing in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.domain.roles import Role
from hub.models.person import Person
from hub.services import sessions
from hub.services.roles import grant_role
from hub.web.app import create_app
from tests.conftest import TENANT_HOST
from tests.web.served import served

BASE = f"http://{TENANT_HOST}:8080"


@dataclass
class Clock:
    """A clock that stands until it is told to go on."""

    now: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@dataclass
class Browser:
    """A browser that knows the site's address and sends the CSRF token of the page it saw last."""

    client: FlaskClient
    headers: dict[str, str] = field(default_factory=dict)
    _seen: tuple[str | None, str] = (None, "")

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, base_url=BASE, headers={**self.headers, **options.pop("headers", {})}, **options)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        filled = {"csrf_token": self.token(), **(data or {})}
        headers = {**self.headers, **options.pop("headers", {})}
        return self.client.post(path, data=filled, base_url=BASE, headers=headers, **options)

    def token(self) -> str:
        """The token that a form of this browser carries; asked for anew when the cookie it belongs to is another."""
        cookie, token = self._seen
        if cookie is None or cookie != self.cookie("hub-form"):
            seen = self.get("/sign-in")
            text = seen.text if seen.status_code == 200 else self.get("/account").text
            token = text.partition('name="csrf-token" content="')[2].partition('"')[0]
            self._seen = self.cookie("hub-form"), token
        return token

    def cookie(self, name: str) -> str | None:
        found = self.client.get_cookie(name, domain=TENANT_HOST)
        return found.value if found else None

    def put_cookie(self, name: str, value: str) -> None:
        self.client.set_cookie(name, value, domain=TENANT_HOST)


@pytest.fixture
def clock() -> Clock:
    """The application's clock: 23 November 2026, 10 h in Toulouse."""
    return Clock()


@pytest.fixture
def app(installation: Installation, clock: Clock) -> Flask:
    """The application with all its views."""
    return create_app(installation, clock=clock)


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The application on a port of this machine, for a real browser."""
    with served(app) as server:
        yield f"http://{TENANT_HOST}:{server.effective_port}"


@pytest.fixture
def open_browser(app: Flask) -> Callable[[], Browser]:
    """Gives a new browser at each call; it asks for French."""
    return lambda: Browser(app.test_client(), {"Accept-Language": "fr"})


@pytest.fixture
def browser(open_browser: Callable[[], Browser]) -> Browser:
    """One browser."""
    return open_browser()


@pytest.fixture
def add_person(tenant: TenantDatabase, clock: Clock) -> Callable[..., UUID]:
    """``add_person("Lina", "Martin", "learner", email=…)`` gives the id of a new person with these roles."""

    def add(given: str, family: str, *roles: Role, **columns: Any) -> UUID:
        with tenant.write() as session:
            person = Person(given_name=given, family_name=family, created_at=clock.now, **columns)
            session.add(person)
            session.flush()
            for role in roles:
                grant_role(session, person.id, role, clock.now)
        return person.id

    return add


@pytest.fixture
def enter(
    installation: Installation, tenant: TenantDatabase, clock: Clock, open_browser: Callable[[], Browser]
) -> Callable[..., Browser]:
    """``enter(person_id)`` gives a browser signed in as this person (``shared=True``: on a device of the place)."""

    def go_in(person_id: UUID, *, shared: bool = False, how: str = "password") -> Browser:
        with tenant.write() as session:
            token = sessions.start(session, installation.vault, person_id, clock.now, shared=shared, how=how)
        found = open_browser()
        found.put_cookie("hub", token)
        return found

    return go_in


@pytest.fixture
def administrator(add_person: Callable[..., UUID], enter: Callable[..., Browser]) -> Browser:
    """The browser of somebody who administers the whole place."""
    return enter(add_person("Ada", "Admin", "administrator"))
