"""The directory: tenants by key and by host, each with data of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from hub.config import Config
from hub.db import directory, migrate
from hub.db.directory import Installation, normal_host
from hub.db.errors import InvalidTenant, TenantNotMigrated, TenantSuspended, UnknownHost, UnknownTenant
from hub.db.uow import TenantDatabase
from tests.db.tables import Note, counted, make_tables


def mark(tenant: TenantDatabase, revision: str) -> None:
    """Have the database say that it is at ``revision``."""
    with tenant.write() as session:
        session.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)"))
        session.execute(text("DELETE FROM alembic_version"))
        session.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision})


@pytest.mark.parametrize(
    "host", ["hub.localhost", "HUB.localhost", "hub.localhost:8080", "hub.localhost.", " hub.localhost"]
)
def test_the_host_decides_the_tenant(installation: Installation, host: str) -> None:
    assert installation.tenant_for_host(host).key == "generateur"


@pytest.mark.parametrize("host", ["other.localhost", "", "hub.localhost.evil.example", "[::1]:80"])
def test_an_unknown_host_has_no_tenant(installation: Installation, host: str) -> None:
    with pytest.raises(UnknownHost):
        installation.tenant_for_host(host)


def test_a_bracketed_address_keeps_its_brackets() -> None:
    assert normal_host("[2001:DB8::1]:8080") == "[2001:db8::1]"


def test_each_tenant_has_its_own_data(installation: Installation) -> None:
    one = installation.tenant("generateur")
    two = installation.create_tenant("fabrique", "La Fabrique", ["fabrique.localhost", "www.fabrique.localhost"])
    for tenant in (one, two):
        make_tables(tenant)
    with one.write() as session:
        session.add(Note(text="un"))
    assert (counted(one), counted(two)) == (1, 0)
    assert installation.tenant_for_host("www.fabrique.localhost").key == "fabrique"
    assert [(t.key, t.hosts) for t in installation.tenants()] == [
        ("fabrique", ("fabrique.localhost", "www.fabrique.localhost")),
        ("generateur", ("hub.localhost",)),
    ]


@pytest.mark.parametrize(
    ("key", "name", "hosts"),
    [
        ("generateur", "Again", ["a.localhost"]),
        ("other", "Taken host", ["HUB.localhost:80"]),
        ("directory", "Reserved", ["a.localhost"]),
        ("../up", "Path", ["a.localhost"]),
        ("Upper", "Case", ["a.localhost"]),
        ("a" * 41, "Long", ["a.localhost"]),
        ("other", "  ", ["a.localhost"]),
        ("other", "No host", []),
        ("other", "Twice", ["a.localhost", "a.localhost"]),
        ("other", "Malformed", ["a b"]),
    ],
)
def test_a_tenant_that_cannot_be_is_refused(installation: Installation, key: str, name: str, hosts: list[str]) -> None:
    with pytest.raises(InvalidTenant):
        installation.create_tenant(key, name, hosts)
    assert [t.key for t in installation.tenants()] == ["generateur"]


def test_an_unknown_key_is_an_error_and_makes_no_file(installation: Installation) -> None:
    with pytest.raises(UnknownTenant):
        installation.tenant("nobody")
    assert not list(installation.config.data.rglob("nobody*"))


def test_a_suspended_tenant_does_not_answer_at_its_host(installation: Installation) -> None:
    installation.set_state("generateur", "suspended")
    with pytest.raises(TenantSuspended):
        installation.tenant_for_host("hub.localhost")
    assert installation.tenant("generateur").key == "generateur"
    installation.set_state("generateur", "active")
    assert installation.tenant_for_host("hub.localhost").key == "generateur"
    with pytest.raises(UnknownTenant):
        installation.set_state("nobody", "suspended")


def test_a_tenant_at_another_revision_is_not_served_and_the_others_are(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation.create_tenant("fabrique", "La Fabrique", ["fabrique.localhost"])
    behind = installation.tenant("generateur")
    mark(behind, "of another time")
    monkeypatch.setattr(directory, "LOOK_AGAIN_SECONDS", 0.0)
    with pytest.raises(TenantNotMigrated, match="of another time"):
        installation.tenant_for_host("hub.localhost")
    assert installation.tenant_for_host("fabrique.localhost").key == "fabrique"


def test_migrating_all_goes_on_after_a_failure_and_reports_it(installation: Installation) -> None:
    installation.create_tenant("fabrique", "La Fabrique", ["fabrique.localhost"])
    mark(installation.tenant("fabrique"), "nowhere")
    reports = {report.key: report for report in installation.migrate_all()}
    assert reports["fabrique"].error is not None
    assert "nowhere" in reports["fabrique"].error
    assert reports["generateur"].error is None
    assert reports["generateur"].after == migrate.head(migrate.TENANT)


def test_a_second_start_finds_what_the_first_made(make_config: Callable[..., Config]) -> None:
    first = Installation(make_config())
    sealed = first.vault.seal("x")
    first.close()
    second = Installation(make_config())
    assert second.vault.open(sealed) == "x"
    assert [t.name for t in second.tenants()] == ["Le Générateur"]
    second.close()


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_only_so_many_sqlite_tenants_stay_open_and_all_answer(make_config: Callable[..., Config]) -> None:
    installation = Installation(make_config(open_tenants=2))
    for n in range(4):
        installation.create_tenant(f"place{n}", f"Place {n}", [f"place{n}.localhost"])
    for n in range(4):
        tenant = installation.tenant(f"place{n}")
        make_tables(tenant)
        assert counted(tenant) == 0
    assert len(installation._open) == 2
    installation.close()


def test_the_files_of_two_tenants_are_apart(installation: Installation) -> None:
    blob = installation.blobs("generateur").put(iter([b"photo"]), limit=10)
    assert installation.blobs("generateur").stat(blob.sha256) == blob
    assert list(Path(installation.config.data / "blobs").iterdir()) == [
        installation.config.data / "blobs" / "generateur"
    ]
