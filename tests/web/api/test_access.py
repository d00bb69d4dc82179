"""Who may call what: tokens, scopes, roles, reach."""

from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.domain.roles import ROLES
from hub.models.person import ApiToken, Group, GroupMember, Organisation, RoleGrant
from hub.services import api_tokens
from hub.services.api_tokens import SCOPES
from hub.services.roles import grant_role, grants_of, revoke_role
from hub.web.api import areas
from hub.web.api.operation import Operation
from tests.web.api.conftest import Program
from tests.web.conftest import Browser, Clock

NOWHERE = "00000000-0000-7000-8000-000000000000"


def address(operation: Operation) -> str:
    """The path of an operation, its variables filled with things that do not exist."""
    path = operation.path
    for name, kind in operation.variables.items():
        path = path.replace("{" + name + "}", NOWHERE if kind is UUID else "987654321")
    return path


def ask(program: Program, operation: Operation) -> TestResponse:
    body = {} if operation.body is not None else None
    headers = {"If_Match": '"1"'} if operation.if_match else {}
    return program.call(operation.method, address(operation), body, **headers)


def walk(admitted: Callable[[Operation], bool], program: Program) -> Iterator[str]:
    """The operations whose gate does not keep to ``admitted``."""
    for operation in areas.ALL:
        answer = ask(program, operation)
        code = answer.get_json()["code"] if answer.status_code >= 400 else ""
        if answer.status_code >= 500:
            yield f"{operation.name}: {answer.status_code}"
        if admitted(operation) == (code in ("role_missing", "scope_missing")):
            yield f"{operation.name}: {answer.status_code} {code}"


@pytest.mark.parametrize("role", ROLES)
def test_every_operation_keeps_to_its_roles(
    role: str, add_person: Callable[..., UUID], program: Callable[..., Program]
) -> None:
    caller = program(add_person("Person", role.title(), role))
    assert list(walk(lambda one: not one.roles or role in one.roles, caller)) == []


@pytest.mark.parametrize("scope", SCOPES)
def test_every_operation_keeps_to_its_scope(
    scope: str, add_person: Callable[..., UUID], program: Callable[..., Program]
) -> None:
    caller = program(add_person("Ada", "All", *ROLES), scope)
    assert list(walk(lambda one: one.scope in (None, scope), caller)) == []


def test_without_token_nothing_comes_out(administrator: Program) -> None:
    administrator.token = ""
    for operation in areas.ALL:
        answer = administrator.call(operation.method, address(operation))
        assert answer.status_code == 401, operation.name
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="hub"'
        assert answer.get_json()["code"] == "token_missing"


def test_a_cookie_is_no_token(add_person: Callable[..., UUID], enter: Callable[..., Browser]) -> None:
    browser = enter(add_person("Ada", "Cookie", "administrator"))
    assert browser.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize("token", ["hub_", "hub_unknown", "é", "x" * 5000, "hub_a hub_b"])
def test_an_unknown_token_is_refused(administrator: Program, token: str) -> None:
    administrator.token = token
    answer = administrator.get("/me")
    assert answer.status_code == 401
    assert answer.get_json()["code"] == "token_not_valid"
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_missing_scope_is_named(add_person: Callable[..., UUID], program: Callable[..., Program]) -> None:
    caller = program(add_person("Ada", "Admin", "administrator"), "people:read")
    answer = caller.post("/persons", {})
    assert answer.status_code == 403
    assert 'scope="people:write"' in answer.headers["WWW-Authenticate"]
    assert "people:write" in answer.get_json()["detail"]


def test_a_role_taken_back_is_taken_back_from_the_token(
    add_person: Callable[..., UUID], program: Callable[..., Program], tenant: TenantDatabase, clock: Clock
) -> None:
    person = add_person("Ada", "Admin", "administrator")
    caller = program(person)
    assert caller.get("/persons").status_code == 200
    with tenant.write() as session:
        found = session.query(ApiToken).where(ApiToken.person_id == person).one()
        assert found.scopes == list(SCOPES)
        revoke_role(session, session.query(RoleGrant).where(RoleGrant.person_id == person).one().id, clock.now)
        assert grants_of(session, person) == ()
    answer = caller.get("/persons")
    assert (answer.status_code, answer.get_json()["code"]) == (403, "role_missing")


def test_a_revoked_token_opens_nothing(
    add_person: Callable[..., UUID], program: Callable[..., Program], tenant: TenantDatabase, clock: Clock
) -> None:
    person = add_person("Ada", "Admin", "administrator")
    caller = program(person)
    with tenant.write() as session:
        row = api_tokens.listed(session, person, clock.now)[0]
        api_tokens.revoke(session, person, row.id, clock.now)
    assert caller.get("/me").status_code == 401


def test_a_token_runs_out(add_person: Callable[..., UUID], program: Callable[..., Program], clock: Clock) -> None:
    caller = program(add_person("Ada", "Admin", "administrator"))
    clock.advance(days=89, hours=23)
    assert caller.get("/me").status_code == 200
    clock.advance(hours=1)
    assert caller.get("/me").status_code == 401


def test_the_last_use_is_written_at_most_every_minute(
    add_person: Callable[..., UUID], program: Callable[..., Program], tenant: TenantDatabase, clock: Clock
) -> None:
    person = add_person("Ada", "Admin", "administrator")
    caller, first = program(person), clock.now

    def last_use() -> object:
        with tenant.read() as session:
            return api_tokens.listed(session, person, clock.now)[0].last_used_at

    assert last_use() is None
    caller.get("/me")
    assert last_use() == first
    clock.advance(seconds=59)
    caller.get("/me")
    assert last_use() == first
    clock.advance(seconds=1)
    caller.get("/me")
    assert last_use() == clock.now


def test_only_a_keyed_hash_of_the_token_is_kept(
    installation: Installation, tenant: TenantDatabase, add_person: Callable[..., UUID], clock: Clock
) -> None:
    person = add_person("Ada", "Admin")
    with tenant.write() as session:
        row, text = api_tokens.create(session, installation.vault, person, "Nightly", ["people:read"], clock.now)
    assert text.startswith("hub_")
    assert len(text) == 47
    assert row.token_hash == installation.vault.keyed_hash("api token", text)
    assert text not in repr(row)


def test_whoever_administers_a_part_sees_its_people_only(
    add_person: Callable[..., UUID], program: Callable[..., Program], tenant: TenantDatabase, clock: Clock
) -> None:
    local, inside, outside = add_person("Léa", "Local"), add_person("Inès", "Dedans"), add_person("Omar", "Dehors")
    with tenant.write() as session:
        organisation = Organisation(name="CFA", kind="cfa")
        session.add(organisation)
        session.flush()
        group = Group(name="P1", organisation_id=organisation.id)
        session.add(group)
        session.flush()
        session.add(GroupMember(group_id=group.id, person_id=inside))
        grant_role(session, local, "administrator", clock.now, organisation_id=organisation.id)
    caller = program(local)
    names = [row["family_name"] for row in caller.get("/persons").get_json()["items"]]
    assert names == ["Dedans", "Local"]
    assert caller.get(f"/persons/{outside}").status_code == 404
    assert caller.post("/organisations", {"name": "Autre"}).status_code == 403
