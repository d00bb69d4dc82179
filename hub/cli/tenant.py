"""``hub tenant``: the places of this installation."""

from datetime import UTC, datetime

import click
from rich.console import Console
from rich.table import Table

from hub.cli._opened import opened
from hub.services.backup.make import back_up
from hub.services.upgrade import store_of
from hub.texts import _


@click.group()
def command() -> None:
    """The tenants: list, add, suspend, resume, delete."""


@command.command("list")
def show() -> None:
    """Every tenant with its host names and its state."""
    with opened() as installation:
        table = Table(_("Clé"), _("Nom"), _("Adresses"), _("État"))
        for record in installation.tenants():
            state = _("actif") if record.state == "active" else _("suspendu")
            table.add_row(record.key, record.name, ", ".join(record.hosts), state)
        Console().print(table)


@command.command()
@click.argument("key")
@click.argument("name")
@click.argument("hosts", nargs=-1)
def add(key: str, name: str, hosts: tuple[str, ...]) -> None:
    """Add the tenant KEY called NAME, answering at HOSTS (the host of HUB_BASE_URL when none is given)."""
    with opened() as installation:
        installation.create_tenant(key, name, hosts or (installation.config.host,))
        click.echo(_("Le lieu « %(name)s » est prêt.", name=name))


@command.command()
@click.argument("key")
def suspend(key: str) -> None:
    """Switch the tenant KEY off: its hosts answer that it is suspended; its data stays."""
    with opened() as installation:
        installation.set_state(key, "suspended")


@command.command()
@click.argument("key")
def resume(key: str) -> None:
    """Switch the tenant KEY on again."""
    with opened() as installation:
        installation.set_state(key, "active")


@command.command()
@click.argument("key")
@click.option("--confirm", metavar="KEY", help="The key once more: what is deleted comes back only from a backup.")
@click.option("--without-backup", is_flag=True, help="Make no backup first.")
def delete(key: str, confirm: str | None, without_backup: bool) -> None:
    """Delete the tenant KEY with its data and files, after a backup that was tried."""
    if confirm != key:
        raise click.UsageError(_("Pour supprimer ce lieu, ajoutez --confirm %(key)s", key=key))
    with opened() as installation:
        installation.record(key)
        if not without_backup:
            store = store_of(installation)
            made = back_up(installation, key, store, datetime.now(UTC))
            click.echo(_("Sauvegarde gardée : %(path)s", path=f"{store.shown}/{key}/{made.stamp}"))
        installation.remove_tenant(key)
        click.echo(_("Le lieu « %(key)s » est supprimé.", key=key))
