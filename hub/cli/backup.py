"""``hub backup``: copies of places that were tried."""

from datetime import UTC, datetime

import click
import orjson
from rich.console import Console
from rich.table import Table

from hub.cli._opened import opened
from hub.db.directory import Installation
from hub.db.errors import DatabaseError
from hub.db.stores import Store, open_store
from hub.services.backup import keep, make, manifest
from hub.services.backup.manifest import Manifest
from hub.services.upgrade import store_of
from hub.texts import _


@click.command()
@click.argument("keys", nargs=-1)
@click.option("--to", "place", help="A folder or s3://bucket/prefix instead of HUB_BACKUP_TO.")
@click.option("--list", "listed", is_flag=True, help="Say which backups there are; make none.")
@click.option("--json", "as_json", is_flag=True, help="With --list: one JSON list.")
def command(keys: tuple[str, ...], place: str | None, listed: bool, as_json: bool) -> None:
    """Back up the tenants KEYS, or every one; each backup is restored once into a scratch place and compared.

    The hub may run meanwhile. Older backups go by HUB_BACKUP_DAILY, _WEEKLY and _MONTHLY. Exit code 1 when one failed.
    """
    with opened() as installation:
        store = open_store(place, installation.config) if place else store_of(installation)
        for key in keys:
            installation.record(key)
        if listed:
            show([made for key in keys or manifest.tenants_in(store) for made in _all(store, key)], as_json)
            return
        failed = [key for key in keys or [r.key for r in installation.tenants()] if not _one(installation, store, key)]
    if failed:
        raise SystemExit(1)


def _all(store: Store, key: str) -> list[Manifest]:
    return [manifest.read(store, key, stamp) for stamp in manifest.stamps(store, key)]


def _one(installation: Installation, store: Store, key: str) -> bool:
    config = installation.config
    try:
        made = make.back_up(installation, key, store, datetime.now(UTC))
        gone = keep.rotate(
            store, key, daily=config.backup_daily, weekly=config.backup_weekly, monthly=config.backup_monthly
        )
    except DatabaseError as error:
        click.echo(_("✗ %(key)s : %(reason)s", key=key, reason=str(error)), err=True)
        return False
    click.echo(
        _("✓ %(key)s : %(stamp)s, %(size)s Mo, restaurée une fois pour essai", key=key, stamp=made.stamp,
          size=f"{made.size / 1e6:.1f}")
    )  # fmt: skip
    for stamp in gone:
        click.echo(_("  %(stamp)s est retirée", stamp=stamp))
    return True


def show(found: list[Manifest], as_json: bool) -> None:
    """A line a backup."""
    if as_json:
        lines = [{"tenant": m.tenant, "stamp": m.stamp, "size": m.size, "revision": m.revision} for m in found]
        click.echo(orjson.dumps(lines, option=orjson.OPT_INDENT_2))
        return
    table = Table(_("Lieu"), _("Sauvegarde"), _("Mo"), _("Traces"), _("Fichiers"), _("Version du hub"))
    for made in found:
        statements = str(made.fingerprint.rows.get("ledger", 0))
        table.add_row(made.tenant, made.stamp, f"{made.size / 1e6:.1f}", statements, str(len(made.files)),
                      made.hub_version)  # fmt: skip
    Console().print(table)
