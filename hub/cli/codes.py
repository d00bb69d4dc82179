"""``hub codes``: the code lists of a place (Formacode, ROME, RNCP, RS, NSF), shown and loaded from a file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from hub.cli._opened import opened
from hub.services import code_files, code_lists
from hub.services.errors import Invalid
from hub.texts import _


@click.group(name="codes")
def command() -> None:
    """Code lists: show which are held, load one from a file."""


@command.command(name="list")
@click.option("--tenant", "key", required=True, help="The place.")
def listing(key: str) -> None:
    """Which lists are held, from where and when."""
    with opened() as installation, installation.tenant(key).read() as session:
        found = code_lists.facts(session)
    table = Table(_("Liste"), _("Codes"), _("Version"), _("Date"), _("Source"))
    for one in found:
        table.add_row(code_lists.NAMES[one.scheme], str(one.codes), one.version, one.day, one.source)
    Console().print(table)


@command.command()
@click.argument("scheme", type=click.Choice(code_lists.SCHEMES))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tenant", "key", required=True, help="The place.")
@click.option("--source", help="Who published the file; without it, the usual publisher of the list.")
@click.option("--version", help="Its version, V14 for instance; without it, what the file's name tells.")
@click.option(
    "--day", type=click.DateTime(["%Y-%m-%d"]), help="The day it was published, where its name does not tell."
)
def load(scheme: str, file: Path, key: str, source: str | None, version: str | None, day: datetime | None) -> None:
    """Load the list SCHEME from FILE as its publisher gives it out: CSV, workbook, or archive."""
    try:
        with file.open("rb") as opened_file:
            found = code_files.read(opened_file, file.name, scheme)
    except Invalid as error:
        words = _("Ce fichier n’est pas une liste de codes, ou ne contient aucun code de cette liste.")
        raise click.ClickException(words) from error
    told = day.date() if day else found.day
    if told is None:
        raise click.UsageError(_("Le nom du fichier ne dit pas sa date : ajoutez --day AAAA-MM-JJ."))
    with opened() as installation, installation.tenant(key).write() as session:
        code_lists.load(
            session, scheme, found.codes, source=source or code_lists.PUBLISHERS[scheme],
            version=version or found.version, day=told, by=None, now=datetime.now(UTC),
        )  # fmt: skip
    words = _("Codes chargés : %(number)s. Lignes laissées, plus en vigueur ou d’une autre forme : %(left)s.",
              number=len(found.codes), left=found.left)  # fmt: skip
    Console().print(words)
