"""Every route walked as every role: what each view declares is what happens.

A view added anywhere under ``hub.web.views`` is walked without a line here. Addresses are filled with ids that do
not exist, so that behind the gate a page may answer 404 or 422, but neither a redirect to sign-in nor 403 for want of
the role.
"""

import re
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.routing import Rule

from hub.domain.roles import Grant, Role, Viewer
from hub.web.access import TOKEN, Access, access_of
from hub.web.errors import is_api
from tests.web.conftest import Browser

ROLES: tuple[Role | None, ...] = (None, "learner", "trainer", "designer", "mediator", "administrator")
SAMPLES = {
    "UUIDConverter": "00000000-0000-7000-8000-000000000000",
    "IntegerConverter": "1",
    "PathConverter": "none",
    "UnicodeConverter": "none",
    "DateConverter": "2026-11-23",
}


VARIABLE = re.compile(r"<(?:[^<>:]+:)?(?P<name>\w+)>")


def routes(app: Flask) -> Iterator[tuple[Rule, str, Access]]:
    """(rule, method, declaration) of every view."""
    for rule in app.url_map.iter_rules():
        declared = access_of(app.view_functions[rule.endpoint])
        assert declared is not None, f"{rule.endpoint} declares nothing"
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method, declared


def address(rule: Rule) -> str:
    """The path of a rule, its variables filled with things that do not exist."""
    kinds = {name: SAMPLES[type(converter).__name__] for name, converter in rule._converters.items()}
    return VARIABLE.sub(lambda match: kinds[match["name"]], rule.rule)


@pytest.fixture
def browsers(add_person: Callable[..., UUID], enter: Callable[..., Browser], browser: Browser) -> dict[str, Browser]:
    """A browser for each role, by its name; ``none`` is signed out."""
    found = {"none": browser}
    for role in ROLES:
        if role is not None:
            found[role] = enter(add_person("Person", role.title(), role))
    return found


@pytest.mark.parametrize("role", [str(role or "none") for role in ROLES])
def test_every_route_keeps_to_its_declaration(app: Flask, browsers: dict[str, Browser], role: str) -> None:
    walker, faults, walked = browsers[role], [], 0
    for rule, method, declared in routes(app):
        path = address(rule)
        if declared.audience is TOKEN or path == "/sign-out":
            continue  # a credential of its own; leaving would end the walk
        walked += 1
        answer = (
            walker.get(path)
            if method == "GET"
            else walker.client.open(
                path, method=method, data={"csrf_token": walker.token()}, base_url="http://hub.localhost:8080"
            )
        )
        refused = answer.status_code in (401, 403) or str(answer.location or "").startswith("/sign-in")
        admitted = declared.admits(None if role == "none" else _viewer(role))
        if admitted and refused and not _own_reason(path, answer.status_code):
            faults.append(f"{method} {path}: {role} is admitted, yet {answer.status_code}")
        if not admitted and not refused:
            faults.append(f"{method} {path}: {role} is not admitted, yet {answer.status_code}")
        if not admitted and role != "none" and answer.status_code != 403:
            faults.append(f"{method} {path}: {role} should be told 403, not {answer.status_code}")
        if answer.status_code >= 500:
            faults.append(f"{method} {path}: {role} got {answer.status_code}")
    assert walked > 20
    assert faults == []


def test_a_post_without_csrf_token_changes_nothing(app: Flask, browsers: dict[str, Browser]) -> None:
    walker, faults = browsers["administrator"], []
    for rule, method, declared in routes(app):
        if method == "GET" or not declared.csrf or not declared.admits(_viewer("administrator")):
            continue
        answer = walker.client.open(address(rule), method=method, base_url="http://hub.localhost:8080")
        if answer.status_code != 400:
            faults.append(f"{method} {rule.rule}: {answer.status_code}")
    assert faults == []


def test_machines_without_credential_are_refused(app: Flask, browser: Browser) -> None:
    """A TOKEN view checks a credential itself: without one no data comes out."""
    faults = []
    for rule, method, declared in routes(app):
        if declared.audience is TOKEN and is_api(rule.rule):
            answer = browser.client.open(address(rule), method=method, base_url="http://hub.localhost:8080")
            if answer.status_code < 400 and rule.rule not in OPEN_TO_MACHINES:
                faults.append(f"{method} {rule.rule}: {answer.status_code}")
    assert faults == []


#: What a protocol or the API's own description leaves open to whoever asks.
OPEN_TO_MACHINES = {"/xapi/about", "/api/openapi.json", "/api/v1/openapi.json"}


def _viewer(role: str) -> Viewer:
    return Viewer(UUID(int=1), "Walker", "fr", tuple(Grant(known) for known in ROLES if known == role))


def _own_reason(path: str, status: int) -> bool:
    """Signed out, ``/`` and ``/idle`` lead to sign-in by their own purpose, and so does a second factor that nobody
    owes."""
    return status == 303 and path in ("/", "/idle", "/sign-in/second")
