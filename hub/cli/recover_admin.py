"""``hub recover-admin``: the way back in when every administrator of a place is locked out."""

from datetime import UTC, datetime

import click

from hub.cli._opened import opened
from hub.cli._operator import note
from hub.services.errors import Conflict, NotFound
from hub.services.first_day import administrators, recover
from hub.texts import _
from hub.urls.addresses import base_address


@click.command()
@click.argument("key")
@click.argument("person", required=False)
@click.option("--promote", is_flag=True, help="Make PERSON an administrator who is none.")
def command(key: str, person: str | None, promote: bool) -> None:
    """Print a single-use link (two hours) for PERSON, a login or e-mail, of the tenant KEY; without PERSON, who may be.

    The second factor of the person is taken away, sessions end when the new password is set. It stands in the journal.
    """
    with opened() as installation:
        tenant, record = installation.tenant(key), installation.record(key)
        if person is None:
            with tenant.read() as session:
                for one in administrators(session):
                    click.echo(f"{one.name} <{one.email or '–'}>")
            return
        try:
            with tenant.write() as session:
                _id, token = recover(session, installation.vault_of(key), person, datetime.now(UTC), promote=promote)
        except NotFound:
            raise click.ClickException(
                _("Personne, ou plusieurs personnes, avec cet identifiant ou cet e-mail.")
            ) from None
        except Conflict:
            raise click.ClickException(_("Cette personne n’est pas administratrice : ajoutez --promote.")) from None
        note(installation, "tenant.administrator_recovered", key, person=str(_id))
        click.echo(_("Ce lien sert une fois :"))
        click.echo(f"\n    {base_address(installation.config, record.hosts[0])}/s/{token}\n")
