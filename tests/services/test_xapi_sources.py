"""Credentials of the sources of traces: made, checked, rotated, closed; journalled without their secret."""

from datetime import timedelta
from uuid import uuid4

import pytest

from hub.db.directory import Installation
from hub.db.types import to_micros
from hub.db.uow import TenantDatabase
from hub.services.errors import Invalid, NotFound
from hub.services.journal import entries
from hub.services.xapi_sources import (
    SCOPES,
    allows,
    authenticate,
    change,
    create_source,
    find,
    note_accepted,
    refusal_due,
    rotate,
    sender,
    set_active,
)
from tests.services.builders import NOW


def test_a_source_enters_with_its_secret_only(tenant: TenantDatabase, installation: Installation) -> None:
    vault = installation.vault
    with tenant.write() as session:
        row, secret = create_source(session, vault, " MOOC ", ["state", "statements/write"], None, NOW)
        other, other_secret = create_source(session, vault, "MOOC", ["all"], None, NOW)
    assert (row.name, row.scopes) == ("MOOC", ["statements/write", "state"])
    assert (row.key == other.key, secret == other_secret) == (False, False)
    with tenant.read() as session:
        assert authenticate(session, vault, row.key, secret).fault == ""
        assert authenticate(session, vault, row.key, other_secret).fault == "wrong_secret"
        assert authenticate(session, vault, row.key, "").fault == "wrong_secret"
        assert authenticate(session, vault, "src-none", secret).fault == "unknown"
        kept = repr([vars(entry) for entry in entries(session)]) + repr(vars(find(session, row.id)))
    assert secret not in kept
    assert sender(row).trusted is False
    assert sender(row).id == row.id


def test_a_new_secret_and_closing(tenant: TenantDatabase, installation: Installation) -> None:
    vault = installation.vault
    with tenant.write() as session:
        row, old = create_source(session, vault, "MOOC", ["all"], None, NOW)
        _, fresh = rotate(session, vault, row.id, NOW, by=None)
        assert authenticate(session, vault, row.key, old).fault == "wrong_secret"
        set_active(session, row.id, NOW, active=False, by=None)
        assert authenticate(session, vault, row.key, fresh).fault == "inactive"
        with pytest.raises(NotFound):
            rotate(session, vault, uuid4(), NOW, by=None)


@pytest.mark.parametrize(
    ("name", "scopes", "fields"),
    [
        ("", ["all"], {"name": "required"}),
        ("x" * 121, ["all"], {"name": "too_long"}),
        ("a", [], {"scopes": "required"}),
        ("a", ["everything", "all"], {"scopes": "unknown"}),
    ],
)
def test_what_a_source_needs(
    tenant: TenantDatabase, installation: Installation, name: str, scopes: list[str], fields: dict[str, str]
) -> None:
    with tenant.write() as session:
        row, _ = create_source(session, installation.vault, "MOOC", ["all"], None, NOW)
        with pytest.raises(Invalid) as made:
            create_source(session, installation.vault, name, scopes, None, NOW)
        with pytest.raises(Invalid) as changed:
            change(session, row.id, name, scopes, None, NOW, by=None)
    assert made.value.fields == changed.value.fields == fields


def test_a_platform_that_does_not_exist(tenant: TenantDatabase, installation: Installation) -> None:
    with tenant.write() as session, pytest.raises(Invalid) as refused:
        create_source(session, installation.vault, "MOOC", ["all"], uuid4(), NOW)
    assert refused.value.fields == {"platform": "unknown"}


def test_all_is_every_scope(tenant: TenantDatabase, installation: Installation) -> None:
    with tenant.write() as session:
        everything, _ = create_source(session, installation.vault, "MOOC", ["all"], None, NOW)
        mine, _ = create_source(session, installation.vault, "MOOC", ["statements/read/mine"], None, NOW)
    assert all(allows(everything.scopes, scope) for scope in SCOPES)
    assert [scope for scope in SCOPES if allows(mine.scopes, scope)] == ["statements/read/mine"]


def test_notes_are_taken_once_a_second(tenant: TenantDatabase, installation: Installation) -> None:
    with tenant.write() as session:
        row, _ = create_source(session, installation.vault, "MOOC", ["all"], None, NOW)
    for milliseconds, expected in ((0, 0), (900, 0), (1000, 1000), (1900, 1000), (2000, 2000)):
        with tenant.write() as session:
            note_accepted(session, find(session, row.id), NOW + timedelta(milliseconds=milliseconds))
        with tenant.read() as session:
            assert find(session, row.id).last_accepted_at == to_micros(NOW) + expected * 1000
    assert refusal_due(row, NOW)
