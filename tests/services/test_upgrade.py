"""Upgrades: a tried backup first, one place's failure stops no other, half a migration is undone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from hub.db import migrate
from hub.db.directory import Installation
from hub.db.errors import DatabaseBusy
from hub.db.stores import FolderStore
from hub.models.person import Person
from hub.services.backup import make, manifest
from hub.services.backup.restore import restore
from hub.services.fingerprint import fingerprint
from hub.services.upgrade import only_one, upgrade
from tests.conftest import TENANT_KEY, _create_tables
from tests.services.builders import NOW

NEXT = """
from alembic import op
import sqlalchemy as sa
revision, down_revision, branch_labels, depends_on = "9999", {head!r}, None, None
def upgrade():
    op.add_column("person", sa.Column("nickname", sa.Text(), nullable=True))
    {more}
"""
#: What the revision does in the place where somebody is called Boum: it fails, the second one after having broken the
#: rule that a migration is one transaction.
FAILURES = (
    "raise RuntimeError('half-way')",
    "op.get_bind().connection.driver_connection.commit() ; raise RuntimeError('half-way')",
)
ONLY_WHERE_BOUM = "if op.get_bind().scalar(sa.text(\"SELECT count(*) FROM person WHERE given_name = 'Boum'\")): "


@pytest.fixture
def next_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """This release with one revision more, to be filled by the test."""
    folder = tmp_path / "versions"
    folder.mkdir()
    for path in migrate._SCRIPTS_OF[migrate.TENANT].glob("*.py"):
        (folder / path.name).write_text(path.read_text("utf-8"), "utf-8")
    monkeypatch.setattr(migrate, "_SCRIPTS_OF", {**migrate._SCRIPTS_OF, migrate.TENANT: folder})
    yield folder
    monkeypatch.undo()
    migrate.head.cache_clear()


def release(folder: Path, more: str = "pass") -> str:
    migrate.head.cache_clear()
    head = str(migrate.head(migrate.TENANT))
    (folder / "9999_next.py").write_text(NEXT.format(head=head, more=more), "utf-8")
    migrate.head.cache_clear()
    return head


def add_place(installation: Installation, key: str, name: str = "Lou") -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "upgrade", _create_tables)
        tenant = installation.create_tenant(key, key.title(), [f"{key}.localhost"])
    with tenant.write() as session:
        session.add(Person(given_name=name, family_name="X", created_at=NOW))


def names(installation: Installation, key: str) -> list[str]:
    with installation.unchecked(key).read() as session:
        return list(session.scalars(text("SELECT given_name FROM person")))


def test_a_place_is_backed_up_then_migrated(installation: Installation, next_release: Path, tmp_path: Path) -> None:
    before = release(next_release)
    store = FolderStore(tmp_path / "backups")
    (done,) = upgrade(installation, store, NOW)
    assert (done.state, done.before, done.after) == ("migrated", before, "9999")
    assert manifest.read(store, TENANT_KEY, manifest.stamps(store, TENANT_KEY)[0]).revision == before
    assert [one.state for one in upgrade(installation, store, NOW)] == ["up_to_date"]


@pytest.mark.parametrize("more", FAILURES)
def test_a_failure_half_way_puts_the_place_back_and_the_others_go_on(
    installation: Installation, next_release: Path, tmp_path: Path, more: str
) -> None:
    add_place(installation, "fabrique")
    add_place(installation, "zinc", "Boum")
    before = release(next_release, ONLY_WHERE_BOUM + more)
    with installation.unchecked("zinc").read() as session:
        was = fingerprint(session)
    done = {one.key: one for one in upgrade(installation, FolderStore(tmp_path / "backups"), NOW)}
    assert {key: one.state for key, one in done.items()} == {
        "fabrique": "migrated",
        TENANT_KEY: "migrated",
        "zinc": "rolled_back",
    }
    assert "half-way" in done["zinc"].error
    assert installation.revision("zinc") == before
    with installation.unchecked("zinc").read() as session:
        assert fingerprint(session) == was
        columns = session.execute(text("SELECT * FROM person")).keys()
    assert "nickname" not in columns
    assert names(installation, "zinc") == ["Boum"]


def test_without_a_backup_nothing_is_touched(
    installation: Installation, next_release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = release(next_release)
    (tmp_path / "backups").write_text("a file where the folder should be", "utf-8")
    (done,) = upgrade(installation, FolderStore(tmp_path / "backups"), NOW)
    assert (done.state, done.after) == ("no_backup", before)
    assert installation.revision(TENANT_KEY) == before


def test_two_upgrades_at_once_are_one(installation: Installation, tmp_path: Path) -> None:
    with only_one(installation.config.data / "upgrade.lock"), pytest.raises(DatabaseBusy, match="another upgrade"):
        list(upgrade(installation, FolderStore(tmp_path), NOW))
    assert [one.state for one in upgrade(installation, FolderStore(tmp_path), NOW)] == ["up_to_date"]


def test_an_older_backup_is_brought_up_to_date_by_its_restore(
    installation: Installation, next_release: Path, tmp_path: Path
) -> None:
    store = FolderStore(tmp_path / "backups")
    made = make.back_up(installation, TENANT_KEY, store, NOW)
    release(next_release)
    list(upgrade(installation, store, NOW))
    restore(installation, store, TENANT_KEY, NOW, stamp=made.stamp, replace=True)
    assert installation.revision(TENANT_KEY) == "9999"
