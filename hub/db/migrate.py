"""Bringing one database to the revision that this code expects, and writing new revisions.

The layer of the models lies above: their metadata is handed in by whoever writes a revision; applying one needs none.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, MetaData, text

from hub.db import migrate_empty, types
from hub.db.engines import MIGRATE, SCHEMA, UNIT

Line = Literal["versions", "directory_versions"]
"""The two lines of revisions: of a tenant, of the directory."""

TENANT: Line = "versions"
DIRECTORY: Line = "directory_versions"
_SCRIPTS = Path(__file__).parent / "migrations"
_SCRIPTS_OF = {TENANT: _SCRIPTS / TENANT, DIRECTORY: _SCRIPTS / DIRECTORY}


def render_type(kind: str, value: Any, _context: Any) -> str | Literal[False]:
    """How a revision spells our own column types; False leaves the others to Alembic."""
    if kind == "type" and type(value).__module__ == types.__name__:
        return f"{types.__name__}.{type(value).__name__}()"
    return False


@cache
def head(line: Line) -> str | None:
    """Revision that this code expects; None while there is none."""
    return _revisions(line)[0].get_current_head()


def before_head(line: Line) -> str:
    """The revision before the present one. Raises ValueError where there is none."""
    scripts = _revisions(line)[0]
    found = scripts.get_revision(scripts.get_current_head() or "base")
    if found is None or not isinstance(found.down_revision, str):
        raise ValueError("there is one revision at most")
    return found.down_revision


def current(connection: Connection) -> str | None:
    """Revision of the database behind ``connection``; None when it never was migrated."""
    return MigrationContext.configure(connection).get_current_revision()


def knows(line: Line, revision: str) -> bool:
    """Whether this code has ``revision``, so that it can bring a database from there to the head."""
    try:
        return _revisions(line)[0].get_revision(revision) is not None
    except CommandError:
        return False


def upgrade(
    engine: Engine, line: Line, schema: str | None = None, *, to: str | None = None
) -> tuple[str | None, str | None]:
    """Bring the database to ``head(line)``, or ``to`` an earlier revision, in one transaction; gives (revision before,
    revision after).

    The caller keeps other writers out. On an error nothing is changed, on either database.
    """
    with _migrating(engine, schema) as connection:
        before, target = current(connection), to or head(line)
        if before == target or target is None:
            return before, before
        scripts, state = _revisions(line)
        if before is None and migrate_empty.is_empty(connection, schema):
            key = (line, state, connection.dialect.name, target)
            migrate_empty.make(connection, key, lambda: _apply(scripts, line, connection, target))
        else:
            _apply(scripts, line, connection, target)
        _refuse_broken_references(connection)
        return before, current(connection)


def _apply(scripts: ScriptDirectory, line: Line, connection: Connection, target: str) -> None:
    """As ``alembic.command.upgrade`` does, without reading every revision from its file again."""

    def steps(revision: Any, _context: MigrationContext) -> list[Any]:
        return scripts._upgrade_revs(target, revision)  # what alembic's own command calls

    with EnvironmentContext(_alembic(line, connection), scripts, fn=steps, destination_rev=target):
        scripts.run_env()


def _revisions(line: Line) -> tuple[ScriptDirectory, tuple[tuple[str, int], ...]]:
    """The revisions of a line, and the state of their files: they are read again when one of them changed."""
    files = sorted(_SCRIPTS_OF[line].glob("*.py"))
    state = tuple((str(file), file.stat().st_mtime_ns) for file in files)
    return _read_revisions(line, _SCRIPTS_OF[line], state), state


@lru_cache(maxsize=4)
def _read_revisions(line: Line, folder: Path, _state: tuple[tuple[str, int], ...]) -> ScriptDirectory:
    return ScriptDirectory.from_config(_alembic(line, versions=folder))


def create_from(engine: Engine, metadata: MetaData, line: Line, schema: str | None = None) -> None:
    """Create every table of ``metadata`` and mark the database as being at the head: the short way for tests."""
    with _migrating(engine, schema) as connection:
        metadata.create_all(connection)
        command.stamp(_alembic(line, connection), "head")


def differences(engine: Engine, metadata: MetaData, schema: str | None = None) -> list[Any]:
    """What the database would need to be as ``metadata`` declares; empty when a revision says it all."""
    with _migrating(engine, schema) as connection:
        options = {"compare_type": True, "include_name": _is_declared}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, metadata))


def _is_declared(name: str | None, kind: str, _parents: Any) -> bool:
    """Ranges of a table (``ledger_r1``) are made as they are needed; no model declares them."""
    return kind != "table" or re.fullmatch(r"ledger_r[0-9]+", name or "") is None


def write_revision(engine: Engine, metadata: MetaData, message: str, folder: Path | None = None) -> Path:
    """Write the revision that brings a tenant at the head to ``metadata``; gives its path. Numbers: 0001, 0002…"""
    versions = folder or _SCRIPTS_OF[TENANT]
    number = len(list(versions.glob("[0-9]*.py"))) + 1
    with _migrating(engine) as connection:
        config = _alembic(TENANT, connection, versions)
        config.attributes["target_metadata"] = metadata
        script = command.revision(config, message, autogenerate=True, rev_id=f"{number:04d}")
    head.cache_clear()
    if script is None or isinstance(script, list):
        raise ValueError("Alembic wrote no single revision")
    return Path(script.path)


@contextmanager
def _migrating(engine: Engine, schema: str | None = None) -> Iterator[Connection]:
    """One transaction on a connection that is thrown away, because it may carry foreign_keys=OFF."""
    options = engine.execution_options(**{UNIT: MIGRATE, SCHEMA: schema})
    with options.connect() as connection:
        if connection.dialect.name == "sqlite":
            # Without effect inside a transaction, hence on the driver's connection. A table is altered by copying it:
            # with foreign keys on, dropping the old copy would delete the rows that refer to it.
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]  # connected, so not None
        try:
            with connection.begin():
                if schema is not None:
                    quoted = connection.dialect.identifier_preparer.quote_identifier(schema)
                    connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {quoted}")
                yield connection
        finally:
            connection.invalidate()


def _refuse_broken_references(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        broken = connection.execute(text("PRAGMA foreign_key_check")).fetchall()
        if broken:
            tables = ", ".join(sorted({str(row[0]) for row in broken}))
            raise ValueError(f"the migration would leave references to nothing in: {tables}")


def _alembic(line: Line, connection: Connection | None = None, versions: Path | None = None) -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", _escaped(_SCRIPTS))
    config.set_main_option("version_locations", _escaped(versions or _SCRIPTS_OF[line]))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def _escaped(path: Path) -> str:
    return str(path).replace("%", "%%")
