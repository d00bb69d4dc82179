"""``hub dev``: what only developers of the hub need, from a clone."""

import os
import tempfile
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import click
import orjson
from sqlalchemy import MetaData

from connectors import document
from connectors.registry import declarations
from content.xapi.readings import page as readings_page
from hub import models
from hub.cli import _lti_peers, _screenshots, _xapi_suite, _xapi_suite_page
from hub.config import Config
from hub.db import migrate
from hub.db.base import Base
from hub.db.directory import Installation
from hub.texts import Translator


@click.group()
def command() -> None:
    """For developers of the hub."""


@command.command("make-migration")
@click.argument("name")
def make_migration(name: str) -> None:
    """Write the revision NAME, from the present head to what hub.models declares. Writes nothing else."""
    metadata = declared()
    with tempfile.TemporaryDirectory(prefix="hub-migration-") as folder:
        installation = Installation(Config(data=Path(folder)))
        tenant = installation.create_tenant("scratch", "Scratch", ["scratch.invalid"])
        if not migrate.differences(tenant.engine, metadata):
            installation.close()
            raise click.ClickException("the revisions already say all that the models declare")
        click.echo(migrate.write_revision(tenant.engine, metadata, name))
        installation.close()


@command.command("screenshots")
@click.option("--into", type=click.Path(path_type=Path), default=Path("docs/img"), show_default=True)
@click.option("--port", type=click.IntRange(1, 65532), default=18080, show_default=True, help="The demo's.")
def screenshots(into: Path, port: int) -> None:
    """Photograph the main pages of each role from a demo, wide and on a phone, light and dark."""
    with tempfile.TemporaryDirectory(prefix="hub-screenshots-") as folder:
        try:
            size = _screenshots.photograph(into, Path(folder) / "demo", port, click.echo)
        except _screenshots.CannotPhotograph as fault:
            raise click.ClickException(str(fault)) from fault
    click.echo(f"{into}: {size / 1e6:.1f} MB")


@command.command("connectors-page")
@click.option("--into", type=click.Path(path_type=Path), default=Path("docs/connectors.md"), show_default=True)
def connectors_page(into: Path) -> None:
    """Write the page of the documentation that the connectors' declarations make."""
    into.write_text(document.page(declarations(), Translator("en").gettext), "utf-8")
    click.echo(str(into))


@command.command("xapi-readings")
@click.option("--into", type=click.Path(dir_okay=False, path_type=Path), default=Path("docs/xapi-readings.md"))
def xapi_readings(into: Path) -> None:
    """Write the page of the documentation that says what each verb of each vocabulary becomes."""
    into.write_text(readings_page.page(), "utf-8")
    click.echo(str(into))


@command.command("xapi-suite")
@click.option("--xapi", type=click.Choice(_xapi_suite.SUITE_VERSIONS), multiple=True, help="Version; both if absent.")
@click.option("--database-url", help="An empty database of PostgreSQL, instead of SQLite.")
@click.option("--only", help="A regular expression on the titles of tests.")
@click.option("--json", "as_json", is_flag=True, help="Figures only, one JSON object a line.")
@click.option("--page", "into", type=click.Path(dir_okay=False, path_type=Path), help="Write the summaries here too.")
def xapi_suite(
    xapi: tuple[str, ...], database_url: str | None, only: str | None, as_json: bool, into: Path | None
) -> None:
    """Run ADL's conformance suite, of the checkout that HUB_XAPI_SUITE names, against a hub with an empty store.

    Ends with status 1 if a test failed.
    """
    if only and into:
        raise click.UsageError("--page takes whole runs, without --only")
    failed = 0
    try:
        suite = _xapi_suite.checkout(os.environ)
        for version in xapi or _xapi_suite.SUITE_VERSIONS:
            outcome = _xapi_suite.run(suite, version, database_url, only)
            failed += outcome.total - outcome.passed
            click.echo(orjson.dumps(outcome.line()))
            if into is not None:
                old = into.read_text("utf-8") if into.is_file() else ""
                into.write_text(_xapi_suite_page.page(old, [outcome]), "utf-8")
            for title in () if as_json else outcome.failures:
                click.echo(f"  {title}")
    except _xapi_suite.CannotRun as fault:
        raise click.ClickException(str(fault)) from fault
    if failed:
        raise SystemExit(1)


@command.command("lti-peers")
@click.argument("names", nargs=-1)
def lti_peers(names: tuple[str, ...]) -> None:
    """Set up foreign implementations of LTI (NAMES, or all), each in an environment of its own, and say where they lie.

    HUB_PEERS names the folder. Tests marked ``peer`` run them: pytest -m peer.
    """
    try:
        for name in names or _lti_peers.names():
            click.echo(f"{name}: {_lti_peers.set_up(name)}")
    except _lti_peers.CannotSetUp as fault:
        raise click.ClickException(str(fault)) from fault


def declared() -> MetaData:
    """The tables of a tenant, with every module of hub.models imported."""
    for module in walk_packages(models.__path__, "hub.models."):
        import_module(module.name)
    return Base.metadata
