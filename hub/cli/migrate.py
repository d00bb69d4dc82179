"""``hub migrate``: bring tenants to the revision that this code expects."""

import click
from rich.console import Console
from rich.table import Table

from hub.cli._opened import opened
from hub.db.directory import MigrationReport
from hub.texts import _


@click.command()
@click.argument("keys", nargs=-1)
@click.option("--all", "everyone", is_flag=True, help="Every tenant, one at a time; goes on after a failure.")
def command(keys: tuple[str, ...], everyone: bool) -> None:
    """Migrate the tenants KEYS, or every one with --all. Exit code 1 when one failed."""
    if bool(keys) == everyone:
        raise click.UsageError("name tenants, or give --all")
    with opened() as installation:
        for key in keys:
            installation.record(key)
        reports = installation.migrate_all(keys or None)
        show(reports)
    if any(report.error for report in reports):
        raise SystemExit(1)


def show(reports: list[MigrationReport]) -> None:
    """One line a tenant."""
    table = Table(_("Lieu"), _("Avant"), _("Après"), _("Résultat"))
    for report in reports:
        result = report.error or (_("à jour") if report.before == report.after else _("migré"))
        table.add_row(report.key, report.before or "–", report.after or "–", result)
    Console().print(table)
