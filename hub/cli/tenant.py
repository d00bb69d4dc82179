"""``hub tenant``: the places of this installation."""

from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from hub.cli._opened import opened
from hub.cli.restore import tell_restored
from hub.services.backup.make import back_up
from hub.services.backup.place_in import import_place, opened_place
from hub.services.backup.place_out import export_place
from hub.services.upgrade import store_of
from hub.texts import _


@click.group()
def command() -> None:
    """The tenants: list, add, suspend, resume, delete, export, import."""


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


@command.command("export")
@click.argument("key")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--suspend", "stop", is_flag=True, help="For a move: switch the tenant off here first.")
def export_(key: str, file: Path, stop: bool) -> None:
    """Write the whole tenant KEY to FILE (one archive) and print, once, the passphrase that opens its secrets."""
    with opened() as installation:
        if stop:
            installation.set_state(key, "suspended")
        made, passphrase = export_place(installation, key, file, datetime.now(UTC))
        click.echo(
            _("✓ %(key)s : %(size)s Mo, %(files)s fichier(s), %(count)s trace(s) dans %(path)s", key=key,
              size=f"{file.stat().st_size / 1e6:.1f}", files=len(made.files), path=file,
              count=made.fingerprint.rows.get("ledger", 0))
        )  # fmt: skip
        click.echo(_("Cette phrase ouvre les secrets de l’archive. Elle n’est gardée nulle part ; ne l’envoyez pas "
                     "avec l’archive :"))  # fmt: skip
        click.echo(f"\n    {passphrase}\n")
        if installation.record(key).state == "active":
            click.echo(_("Le lieu continue ici. Avant de l’ouvrir ailleurs, suspendez-le (hub tenant suspend %(key)s), "
                         "ou les deux enverront les mêmes messages.", key=key))  # fmt: skip


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--as", "new_key", metavar="KEY", help="Another key than that of the archive.")
@click.option("--host", "hosts", multiple=True, help="Host name here, where it is not that of the archive.")
@click.option("--replace", is_flag=True, help="Replace a tenant of this key that is here; a copy of it is kept first.")
@click.option("--passphrase-file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="File with the printed passphrase, instead of asking.")  # fmt: skip
def import_(
    file: Path, new_key: str | None, hosts: tuple[str, ...], replace: bool, passphrase_file: Path | None
) -> None:
    """Put the tenant of FILE (hub tenant export) into this installation, its secrets sealed anew under its own key."""
    with opened() as installation:
        passphrase = (
            passphrase_file.read_text("utf-8").strip()
            if passphrase_file
            else click.prompt(_("Phrase imprimée par hub tenant export"), hide_input=True)
        )
        with opened_place(file, passphrase) as arriving:
            done = import_place(installation, arriving, datetime.now(UTC), key=new_key, hosts=hosts, replace=replace)
        key = new_key or done.manifest.tenant
        click.echo(_("✓ %(key)s est là : %(hosts)s", key=key, hosts=", ".join(installation.record(key).hosts)))
        tell_restored(done)
