"""A whole database of one tenant as one file, and back.

The file is a zip: ``meta.json`` and either ``tenant.sqlite`` (SQLite's own online copy) or ``tables/<name>.copy``
(PostgreSQL's COPY from one snapshot; no program of PostgreSQL is needed, so no version of one can be wrong). Writers go
on meanwhile on both databases.
"""

import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson
from sqlalchemy.orm import Session

from hub.db import migrate, snapshots_pg
from hub.db.engines import sqlite_engine
from hub.db.errors import SnapshotError
from hub.db.types import vault_of
from hub.db.uow import TenantDatabase

T = TypeVar("T")
META: Final = "meta.json"
SQLITE_MEMBER: Final = "tenant.sqlite"
QUICK_DEFLATE: Final = 1
"""Statements are repetitive: the quickest level already takes nine tenths off."""


def save(tenant: TenantDatabase, target: Path, measure: Callable[[Session], T]) -> T:
    """Write the copy of a tenant to ``target``; gives what ``measure`` saw in the very state that was copied.

    Raises SnapshotError when the disk is full or the database cannot be read; ``target`` is then removed.
    """
    try:
        if tenant.dialect == "sqlite":
            return _save_sqlite(tenant, target, measure)
        with tenant.read() as session, _new_zip(target) as archive:
            measured = measure(session)
            _write_meta(archive, tenant.dialect, migrate.current(session.connection()))
            snapshots_pg.copy_out(session.connection(), str(tenant.schema), archive)
            return measured
    except (OSError, sqlite3.Error, zipfile.BadZipFile) as error:
        target.unlink(missing_ok=True)
        raise SnapshotError(f"the copy of {tenant.key!r} cannot be written: {error}") from error
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def load(source: Path, into: TenantDatabase) -> str | None:
    """Fill an empty database from a copy; gives the revision that it is at.

    Raises SnapshotError: the file is damaged, comes from the other kind of database, or from a newer version of the
    hub.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            meta = read_meta(archive)
            if meta["dialect"] != into.dialect:
                raise SnapshotError(
                    f"this copy was made on {meta['dialect']}, this installation runs on {into.dialect}: "
                    "restore it into an installation of its own kind"
                )
            revision = meta["revision"]
            if revision is not None and not migrate.knows(migrate.TENANT, revision):
                raise SnapshotError(f"this copy is at revision {revision}, of a newer version: update the hub first")
            if into.path is not None:
                _load_sqlite(archive, into.path)
            else:
                snapshots_pg.copy_in(into.engine, str(into.schema), archive, revision)
            return None if revision is None else str(revision)
    except (OSError, sqlite3.Error, zipfile.BadZipFile, EOFError, KeyError) as error:
        raise SnapshotError(f"the copy {source.name} is damaged or the disk is full: {error}") from error


def settle(scratch: TenantDatabase, live: TenantDatabase) -> None:
    """Put the content of a scratch database in the place of a live one, in one transaction: whoever has it open goes
    on with the new content. Raises SnapshotError."""
    if live.path is None:
        snapshots_pg.swap(live.engine, str(scratch.schema), str(live.schema))
        return
    assert scratch.path is not None  # noqa: S101 - both are of one installation
    scratch.close()
    with live.writers_lock():
        try:
            _copy_file(scratch.path, live.path)
        except sqlite3.OperationalError as error:
            raise SnapshotError(f"the database of {live.key!r} cannot be written: {error}") from error
        except sqlite3.DatabaseError:  # what lies there is no database any more: it is put aside, not thrown away
            live.close()
            for path in (live.path, *(live.path.with_name(live.path.name + end) for end in ("-wal", "-shm"))):
                with suppress(FileNotFoundError):
                    path.replace(path.with_name(path.name + ".damaged"))
            _copy_file(scratch.path, live.path)


def read_meta(archive: zipfile.ZipFile) -> dict[str, Any]:
    """What a copy says of itself: ``dialect``, ``revision``. Raises SnapshotError."""
    try:
        meta = orjson.loads(archive.read(META))
    except (KeyError, orjson.JSONDecodeError):
        meta = None
    if not isinstance(meta, dict) or meta.get("format") != 1:
        raise SnapshotError("this file is no copy of a database of the hub")
    return meta


def check_file(tenant: TenantDatabase) -> None:
    """SQLite looks at every page of its file. Raises SnapshotError; PostgreSQL has checked on loading."""
    if tenant.path is None:
        return
    with closing(sqlite3.connect(tenant.path)) as connection:
        (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if said != "ok":
        raise SnapshotError(f"the file of {tenant.key!r} is damaged: {said}")


def _save_sqlite(tenant: TenantDatabase, target: Path, measure: Callable[[Session], T]) -> T:
    assert tenant.path is not None  # noqa: S101 - SQLite has a file
    copied = target.with_name(target.name + ".sqlite")
    try:
        _copy_file(tenant.path, copied)
        with tenant.read() as session:
            vault = vault_of(session)
        copy = TenantDatabase(tenant.key, sqlite_engine(copied, vault), path=copied, slow_read_seconds=3600)
        with copy.read() as session:
            measured = measure(session)
            revision = migrate.current(session.connection())
        copy.close()
        with _new_zip(target) as archive:
            _write_meta(archive, "sqlite", revision)
            archive.write(copied, SQLITE_MEMBER)
        return measured
    finally:
        for end in ("", "-wal", "-shm", ".lock"):
            copied.with_name(copied.name + end).unlink(missing_ok=True)


def _load_sqlite(archive: zipfile.ZipFile, path: Path) -> None:
    with archive.open(SQLITE_MEMBER) as member, path.open("xb") as file:
        shutil.copyfileobj(member, file, 1 << 20)


def _copy_file(source: Path, target: Path) -> None:
    """SQLite's online backup: one snapshot of the source, one transaction on the target."""
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=30)) as one,
        closing(sqlite3.connect(target, timeout=30, isolation_level=None)) as other,
    ):
        one.backup(other)
        if not target.with_name(target.name + ".lock").exists():
            other.execute("PRAGMA journal_mode=DELETE")  # a copy to be packed: one file, nothing beside it


def _new_zip(target: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED, compresslevel=QUICK_DEFLATE)


def _write_meta(archive: zipfile.ZipFile, dialect: str, revision: str | None) -> None:
    archive.writestr(META, orjson.dumps({"format": 1, "dialect": dialect, "revision": revision}))
