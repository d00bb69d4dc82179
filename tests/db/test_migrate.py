"""Revisions: written from the models, applied to each tenant, equal to what the models declare."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from hub.db import migrate
from hub.db.directory import Installation
from hub.db.directory_tables import DirectoryBase
from hub.db.engines import sqlite_engine
from hub.db.vault import Vault
from tests.conftest import all_models
from tests.db.tables import Note, TestBase


@pytest.fixture
def empty(tmp_path: Path) -> Engine:
    return sqlite_engine(tmp_path / "empty.sqlite", Vault.load(tmp_path / "secret.key"))


def test_the_revisions_of_a_tenant_give_what_the_models_declare(installation: Installation) -> None:
    tenant = installation.create_tenant("neuf", "Neuf", ["neuf.localhost"])
    assert migrate.differences(tenant.engine, all_models(), tenant.schema) == []


def test_a_second_empty_place_gets_what_the_first_got_without_reading_the_revisions_again(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = installation.create_tenant("premier", "Premier", ["premier.localhost"])
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "_apply", lambda *_: pytest.fail("the revisions were run again"))
        second = installation.create_tenant("second", "Second", ["second.localhost"])
        assert migrate.differences(second.engine, all_models(), second.schema) == []
    with first.read() as one, second.read() as other:
        assert _declared(one) == _declared(other)
        assert migrate.current(other.connection()) == migrate.head(migrate.TENANT)


def _declared(session: Session) -> list[tuple[str, ...]]:
    """Every table, index and constraint as the database itself writes it."""
    on_sqlite = session.connection().dialect.name == "sqlite"
    names = "SELECT type, name, coalesce(sql, '') FROM sqlite_master" if on_sqlite else _IN_POSTGRESQL
    return sorted(tuple(map(str, row)) for row in session.execute(text(names)))


_IN_POSTGRESQL = """
    SELECT 'index', indexname, replace(indexdef, schemaname, '') FROM pg_indexes WHERE schemaname = current_schema()
    UNION ALL SELECT 'constraint', conname, replace(pg_get_constraintdef(c.oid), current_schema(), '')
    FROM pg_constraint c WHERE connamespace = current_schema()::regnamespace
    UNION ALL SELECT table_name, column_name, concat(data_type, is_nullable, column_default)
    FROM information_schema.columns WHERE table_schema = current_schema()"""


def test_a_place_that_holds_something_is_brought_on_by_the_revisions_themselves(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was said to an empty place says nothing of another's rows."""
    place = installation.create_tenant("ancien", "Ancien", ["ancien.localhost"])
    ran: list[str] = []
    apply = migrate._apply
    monkeypatch.setattr(migrate, "_apply", lambda *given: (ran.append(given[-1]), apply(*given)))
    with place.write() as session:
        session.execute(text("DROP TABLE alembic_version"))
        session.execute(text("DROP TABLE play_session"))
    with pytest.raises(DBAPIError):
        installation.migrate("ancien")
    assert ran == [migrate.head(migrate.TENANT)]


def test_the_revisions_of_the_directory_give_what_it_declares(installation: Installation) -> None:
    found = migrate.differences(installation.directory.engine, DirectoryBase.metadata, installation.directory.schema)
    assert found == []


def test_a_written_revision_brings_an_empty_database_to_the_models(
    empty: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "versions"
    folder.mkdir()
    script = migrate.write_revision(empty, TestBase.metadata, "first tables", folder)
    assert script.name == "0001_first_tables.py"
    assert "hub.db.types.Instant()" in script.read_text("utf-8")
    monkeypatch.setattr(migrate, "_SCRIPTS_OF", {**migrate._SCRIPTS_OF, migrate.TENANT: folder})
    migrate.head.cache_clear()
    assert migrate.upgrade(empty, migrate.TENANT) == (None, "0001")
    assert migrate.differences(empty, TestBase.metadata) == []
    assert migrate.upgrade(empty, migrate.TENANT) == ("0001", "0001")
    monkeypatch.undo()
    migrate.head.cache_clear()


def test_a_revision_that_would_leave_dangling_references_changes_nothing(
    empty: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with empty.begin() as connection:
        connection.exec_driver_sql("PRAGMA query_only=OFF")
    migrate.create_from(empty, TestBase.metadata, migrate.DIRECTORY)
    database = sqlite3.connect(str(empty.url.database))
    database.execute("DELETE FROM alembic_version")
    database.execute("INSERT INTO test_note (id, text) VALUES ('a', 'x')")
    database.execute("INSERT INTO test_reply (id, note_id) VALUES ('b', 'a')")
    database.commit()
    database.close()
    folder = tmp_path / "versions"
    folder.mkdir()
    (folder / "0001_bad.py").write_text(
        "from alembic import op\nrevision = '0001'\ndown_revision = None\n"
        "def upgrade():\n    op.execute('DELETE FROM test_note')\n",
        "utf-8",
    )
    monkeypatch.setattr(migrate, "_SCRIPTS_OF", {**migrate._SCRIPTS_OF, migrate.TENANT: folder})
    migrate.head.cache_clear()
    with pytest.raises(ValueError, match="test_reply"):
        migrate.upgrade(empty, migrate.TENANT)
    with empty.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM test_note")).scalar_one() == 1
    monkeypatch.undo()
    migrate.head.cache_clear()


def test_after_a_migration_foreign_keys_hold_again(empty: Engine) -> None:
    migrate.create_from(empty, TestBase.metadata, migrate.DIRECTORY)
    with empty.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
        assert connection.execute(text(f"SELECT count(*) FROM {Note.__tablename__}")).scalar_one() == 0
