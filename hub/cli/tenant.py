"""``hub tenant``: the places of this installation."""

from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from hub.cli import _tenant_more
from hub.cli._opened import opened
from hub.cli._operator import TenantCommands, note
from hub.cli.restore import tell_restored
from hub.db.directory import Installation
from hub.services import place_acts
from hub.services.backup.make import back_up
from hub.services.backup.place_in import import_place, opened_place
from hub.services.backup.place_out import export_place
from hub.services.people import PersonData
from hub.services.upgrade import store_of
from hub.texts import _


@click.group(cls=TenantCommands)
def command() -> None:
    """The tenants: list, show, add, admin, hosts, suspend, resume, delete, export, import, journal."""


for _more in (_tenant_more.show, _tenant_more.journal, _tenant_more.hosts, _tenant_more.admin):
    command.add_command(_more)


@command.command("list")
def show() -> None:
    """Every tenant with its host names and its state, how many people it has, when it was last backed up."""
    with opened() as installation:
        Console().print(_tenant_more.table_of(place_acts.overview(installation)))


@command.command()
@click.argument("key")
@click.argument("name")
@click.argument("hosts", nargs=-1)
@click.option("--admin", nargs=3, metavar="EMAIL GIVEN FAMILY", help="Its first administrator; prints an invitation.")
def add(key: str, name: str, hosts: tuple[str, ...], admin: tuple[str, str, str] | None) -> None:
    """Add the tenant KEY called NAME, answering at HOSTS (the host of HUB_BASE_URL when none is given)."""
    with opened() as installation:
        installation.create_tenant(key, name, hosts or (installation.config.host,))
        note(installation, "tenant.created", key, name=name)
        click.echo(_("Le lieu « %(name)s » est prêt.", name=name))
        if admin is None:
            click.echo(_("Personne n’y entre encore : hub tenant admin %(key)s E-MAIL PRÉNOM NOM", key=key))
        else:
            email, given, family = admin
            _tenant_more.invite(installation, key, PersonData(given, family, email, status="salarié"))


@command.command()
@click.argument("key")
@click.option("--why", default="", help="For the journal.")
def suspend(key: str, why: str) -> None:
    """Switch the tenant KEY off: its hosts answer that it is suspended; its data stays, its work waits."""
    with opened() as installation:
        _switch_off(installation, key, why)
        click.echo(
            _("Le lieu « %(key)s » est suspendu : ses pages le disent, ses envois et lectures attendent.", key=key)
        )


def _switch_off(installation: Installation, key: str, why: str) -> None:
    installation.set_state(key, "suspended")
    note(installation, "tenant.suspended", key, **({"why": why} if why else {}))


@command.command()
@click.argument("key")
def resume(key: str) -> None:
    """Switch the tenant KEY on again."""
    with opened() as installation:
        installation.set_state(key, "active")
        note(installation, "tenant.resumed", key)
        click.echo(_("Le lieu « %(key)s » répond de nouveau.", key=key))


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
        note(installation, "tenant.deleted", key, backup=not without_backup)
        click.echo(_("Le lieu « %(key)s » est supprimé.", key=key))


@command.command("export")
@click.argument("key")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--suspend", "stop", is_flag=True, help="For a move: switch the tenant off here first.")
def export_(key: str, file: Path, stop: bool) -> None:
    """Write the whole tenant KEY to FILE (one archive) and print, once, the passphrase that opens its secrets."""
    with opened() as installation:
        if stop:
            _switch_off(installation, key, "export")
        made, passphrase = export_place(installation, key, file, datetime.now(UTC))
        note(installation, "tenant.exported", key, file=file.name)
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
        note(installation, "tenant.imported", key, file=file.name)
        click.echo(_("✓ %(key)s est là : %(hosts)s", key=key, hosts=", ".join(installation.record(key).hosts)))
        tell_restored(done)
