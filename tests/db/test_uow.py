"""Units of work on both databases."""

import logging
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from hub.db.errors import DatabaseBusy, NestedUnitOfWork, ReadOnlyUnit
from hub.db.uow import TenantDatabase, after_commit, nested
from hub.services.driver_sql import put, rows
from tests.db.tables import Note, counted, make_tables
from tests.shared import ROOT


@pytest.fixture
def notes(tenant: TenantDatabase) -> TenantDatabase:
    make_tables(tenant)
    return tenant


def test_leaving_a_writing_unit_commits_and_what_was_read_stays_readable(notes: TenantDatabase) -> None:
    with notes.write() as session:
        note = Note(text="bonjour")
        session.add(note)
    assert note.text == "bonjour"
    with notes.read() as session:
        read = session.get_one(Note, note.id)
    assert read.text == "bonjour"


def test_an_exception_rolls_back_and_runs_nothing_that_waited_for_the_commit(notes: TenantDatabase) -> None:
    ran: list[str] = []

    def fails() -> None:
        with notes.write() as session:
            session.add(Note(text="perdu"))
            session.flush()
            after_commit(session, lambda: ran.append("after"))
            raise LookupError

    with pytest.raises(LookupError):
        fails()
    assert counted(notes) == 0
    assert ran == []


def test_calls_after_the_commit_see_the_data_and_hold_no_lock(notes: TenantDatabase) -> None:
    seen: list[int] = []

    def write_again() -> None:
        with notes.write() as session:
            session.add(Note(text="deux"))
        seen.append(counted(notes))

    with notes.write() as session:
        session.add(Note(text="un"))
        after_commit(session, write_again)
        assert seen == []
    assert seen == [2]


def test_a_call_after_the_commit_that_fails_is_logged_and_the_others_run(
    notes: TenantDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    ran: list[str] = []
    with notes.write() as session:
        session.add(Note(text="un"))
        after_commit(session, lambda: ran[7])
        after_commit(session, lambda: ran.append("second"))
    assert ran == ["second"]
    assert counted(notes) == 1
    assert "after the commit failed" in caplog.text


def test_a_part_that_fails_takes_along_what_it_wrote_in_the_drivers_words(notes: TenantDatabase) -> None:
    def fails(session: Session, key: int) -> None:
        with nested(session):
            put(session, "verb", ("id", "iri"), [(key, "refused")])
            put(session, "verb", ("id", "iri"), [(key, "doubled")])

    with notes.write() as session:
        put(session, "verb", ("id", "iri"), [(1, "before")])
        with pytest.raises(Exception, match=r"(?i)unique"):
            fails(session, 2)
        with nested(session):
            put(session, "verb", ("id", "iri"), [(3, "after")])
    with notes.read() as session:
        assert [row.id for row in rows(session, "SELECT id FROM verb ORDER BY id")] == [1, 3]


def test_a_writing_unit_inside_another_of_the_same_thread_is_refused_in_plain_words(notes: TenantDatabase) -> None:
    with notes.write() as session:
        session.add(Note(text="un"))
        with pytest.raises(NestedUnitOfWork, match="pass the session on"), notes.write():
            pass
    assert counted(notes) == 1


@pytest.mark.parametrize("dialect", ["postgresql"])
def test_of_two_units_that_wait_for_each_other_one_is_told_to_come_again(notes: TenantDatabase) -> None:
    with notes.write() as session:
        session.add_all([Note(text="a"), Note(text="b")])
    both = threading.Barrier(2)

    def unit(first: str, second: str) -> str:
        try:
            with notes.write() as session:
                for name in (first, second):
                    session.execute(update(Note).where(Note.text == name).values(text=name))
                    if name == first:
                        both.wait(30)
        except DatabaseBusy:
            return "busy"
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(unit, "ab", "ba")) == ["busy", "done"]


def test_another_thread_may_write_once_the_first_is_done(notes: TenantDatabase) -> None:
    def write() -> None:
        with notes.write() as session:
            session.add(Note(text="autre fil"))

    with notes.write() as session:
        session.add(Note(text="un"))
        if notes.dialect == "sqlite":
            other = threading.Thread(target=write)
            other.start()
            other.join(0.05)
            assert other.is_alive()  # it waits for its turn
        else:
            other = threading.Thread(target=write)
            other.start()
    other.join(10)
    assert counted(notes) == 2


def test_a_reading_unit_refuses_a_flush(notes: TenantDatabase) -> None:
    with pytest.raises(ReadOnlyUnit), notes.read() as session:
        session.add(Note(text="non"))
    assert counted(notes) == 0


def test_a_reading_unit_refuses_a_change_of_an_object_that_it_read(notes: TenantDatabase) -> None:
    with notes.write() as session:
        note = Note(text="avant")
        session.add(note)
    with pytest.raises(ReadOnlyUnit), notes.read() as session:
        session.get_one(Note, note.id).text = "après"
    with notes.read() as session:
        assert session.get_one(Note, note.id).text == "avant"


def test_the_database_itself_refuses_a_write_in_a_reading_unit(notes: TenantDatabase) -> None:
    with pytest.raises(DBAPIError), notes.read() as session:
        session.execute(text("DELETE FROM test_note"))
    with notes.write() as session:
        session.add(Note(text="la connexion rendue écrit de nouveau"))
    assert counted(notes) == 1


def test_a_reading_unit_sees_one_snapshot(notes: TenantDatabase) -> None:
    with notes.read() as session:
        before = session.execute(text("SELECT count(*) FROM test_note")).scalar_one()
        with notes.write() as other:
            other.add(Note(text="pendant"))
        after = session.execute(text("SELECT count(*) FROM test_note")).scalar_one()
    assert (before, after) == (0, 0)
    assert counted(notes) == 1


def test_a_unit_open_for_long_is_logged(notes: TenantDatabase, caplog: pytest.LogCaptureFixture) -> None:
    slow = TenantDatabase(notes.key, notes.engine, schema=notes.schema, path=notes.path, slow_unit_seconds=0.0)
    with caplog.at_level(logging.WARNING, "hub.db"), slow.write() as session:
        session.add(Note(text="lent"))
    assert "slow write unit on tenant generateur" in caplog.text


def test_sqlite_is_set_up_as_decided(tmp_path: Path) -> None:
    """In a process of its own: this one spares its disk (see tests/conftest.py)."""
    program = """
import sys
from pathlib import Path
from hub.db.engines import sqlite_engine
from hub.db.vault import Vault
engine = sqlite_engine(Path(sys.argv[1]), Vault.load(Path(sys.argv[2])))
with engine.connect() as connection:
    for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout"):
        print(name, connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
"""
    command = [sys.executable, "-c", program, str(tmp_path / "a.sqlite"), str(tmp_path / "key")]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    assert told[:4] == ["journal_mode wal", "synchronous 2", "foreign_keys 1", "busy_timeout 30000"]
