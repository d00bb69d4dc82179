"""More of ``hub tenant``: what one place is like, its addresses, its administrators, what was done to it."""

from datetime import UTC, datetime

import click
from rich.console import Console
from rich.table import Table

from hub.cli._opened import opened
from hub.cli._operator import note, operator
from hub.db.directory import Installation
from hub.services import place_acts
from hub.services.errors import Invalid
from hub.services.people import PersonData
from hub.services.place_acts import PlaceLine
from hub.texts import LANGUAGES, _
from hub.urls.addresses import base_address


def table_of(lines: list[PlaceLine]) -> Table:
    """The places as a table."""
    table = Table(_("Clé"), _("Nom"), _("Adresses"), _("État"), _("Personnes"), _("Dernière sauvegarde essayée"))
    for one in lines:
        record = one.record
        state = _("actif") if record.state == "active" else _("suspendu")
        people = "–" if one.people is None else str(one.people)
        backup = one.backup_at.strftime("%Y-%m-%d %H:%M UTC") if one.backup_at else "–"
        table.add_row(record.key, record.name, ", ".join(record.hosts), state, people, one.fault or backup)
    return table


@click.command()
@click.argument("key")
def show(key: str) -> None:
    """What the tenant KEY is like, and what was done to it last."""
    with opened() as installation:
        installation.record(key)
        Console().print(table_of([one for one in place_acts.overview(installation) if one.record.key == key]))
        _acts(installation, key, 10)


@click.command()
@click.argument("key", required=False)
@click.option("--last", default=50, show_default=True, type=click.IntRange(1, 10_000), help="How many.")
def journal(key: str | None, last: int) -> None:
    """What was done at the server to every tenant, or to KEY (also a deleted one): when, by whom."""
    with opened() as installation:
        _acts(installation, key, last)


def _acts(installation: Installation, key: str | None, last: int) -> None:
    table = Table(_("Quand"), _("Lieu"), _("Acte"), _("Par qui"), _("Détails"))
    for one in place_acts.acts(installation, key, last):
        details = ", ".join(f"{name}: {value}" for name, value in one.details.items())
        table.add_row(
            one.at.strftime("%Y-%m-%d %H:%M UTC"),
            one.tenant_key,
            _(place_acts.WORDS.get(one.act, one.act)),
            one.by,
            details,
        )
    Console().print(table)


@click.command()
@click.argument("key")
@click.option("--add", "added", multiple=True, metavar="HOST", help="Also answer at HOST.")
@click.option("--remove", "removed", multiple=True, metavar="HOST", help="Answer at HOST no more.")
@click.option("--first", metavar="HOST", help="Write links with HOST; partners connected by LTI know the first one.")
def hosts(key: str, added: tuple[str, ...], removed: tuple[str, ...], first: str | None) -> None:
    """Show or change the host names of the tenant KEY."""
    with opened() as installation:
        before = installation.record(key).hosts
        wanted = [*before, *(host for host in added if host not in before)]
        missing = [host for host in removed if host not in wanted]
        if missing:
            raise click.UsageError(_("Ce lieu ne répond pas à : %(hosts)s", hosts=", ".join(missing)))
        wanted = [host for host in wanted if host not in removed]
        if first is not None:
            wanted = [first, *(host for host in wanted if host != first)]
        if tuple(wanted) != before:
            installation.set_hosts(key, wanted)
            note(installation, "tenant.hosts_changed", key, before=list(before), after=wanted)
        click.echo(", ".join(installation.record(key).hosts))
        if wanted[0] != before[0]:
            click.echo(_("Les partenaires reliés par LTI connaissent le lieu par sa première adresse : reliez-les à "
                         "nouveau, ou gardez l’ancienne en premier."))  # fmt: skip


@click.command()
@click.argument("key")
@click.argument("email")
@click.argument("given_name")
@click.argument("family_name")
@click.option("--language", type=click.Choice(LANGUAGES), default="fr", show_default=True)
def admin(key: str, email: str, given_name: str, family_name: str, language: str) -> None:
    """Add a first (or another) administrator to the tenant KEY, and print the link of their invitation."""
    with opened() as installation:
        data = PersonData(given_name, family_name, email, language=language, status="salarié")
        invite(installation, key, data)


def invite(installation: Installation, key: str, data: PersonData) -> None:
    """Add the administrator and print the link."""
    try:
        token = place_acts.add_administrator(installation, key, data, operator(), datetime.now(UTC))
    except Invalid as error:
        if error.fields.get("email") == "taken":
            raise click.ClickException(
                _("Une personne du lieu a déjà cet e-mail : hub recover-admin %(key)s %(email)s --promote", key=key,
                  email=data.email)
            ) from None  # fmt: skip
        wrong = ", ".join(f"{name} ({fault})" for name, fault in error.fields.items())
        raise click.ClickException(_("À corriger : %(fields)s", fields=wrong)) from None
    click.echo(_("Lien d’invitation pour %(name)s (quatorze jours, une fois) :", name=data.given_name))
    click.echo(f"\n    {base_address(installation.config, installation.record(key).hosts[0])}/s/{token}\n")
