"""``hub upgrade``: after a new version was installed."""

from datetime import UTC, datetime

import click
from rich.console import Console
from rich.table import Table

from hub.cli._opened import opened
from hub.services.upgrade import Upgraded, store_of, upgrade
from hub.texts import N_, _

_WORDS = {
    "up_to_date": N_("à jour"),
    "migrated": N_("migré"),
    "no_backup": N_("pas touché : la sauvegarde d’avant a échoué"),
    "rolled_back": N_("échec : le lieu est revenu comme avant"),
}


@click.command()
@click.argument("keys", nargs=-1)
def command(keys: tuple[str, ...]) -> None:
    """Back up and migrate the tenants KEYS, or every one; one that fails is put back as it was. Exit code 1 then.

    Stop hub serve and hub worker first; start them again afterwards. A tenant that was put back answers 503 until the
    next try, or under the version before.
    """
    with opened() as installation:
        for key in keys:
            installation.record(key)
        done = []
        for one in upgrade(installation, store_of(installation), datetime.now(UTC), keys or None):
            done.append(one)
            click.echo(f"{one.key}: {_(_WORDS[one.state])}", err=True)
        show(done)
    if any(one.state in ("no_backup", "rolled_back") for one in done):
        raise SystemExit(1)


def show(done: list[Upgraded]) -> None:
    """A line a place, what failed below it."""
    table = Table(_("Lieu"), _("Avant"), _("Après"), _("Résultat"), _("Sauvegarde"))
    for one in done:
        table.add_row(one.key, one.before or "–", one.after or "–", _(_WORDS[one.state]), one.backup or "–")
    console = Console()
    console.print(table)
    for one in done:
        if one.error:
            console.print(f"{one.key}: {one.error}", markup=False, highlight=False)
