"""``hub codes``: the code lists of a place (Formacode, ROME, RNCP, RS, NSF), shown and loaded from a file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from hub.cli._opened import opened
from hub.services import code_lists
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
@click.option("--source", required=True, help="Who published the file.")
@click.option("--version", required=True, help="Its version, V14 for instance.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day it was published.")
def load(scheme: str, file: Path, key: str, source: str, version: str, day: datetime) -> None:
    """Load the list SCHEME from FILE: columns ``code`` and ``label`` (or ``libelle``), UTF-8."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            found = code_lists.read_file(lines, scheme)
    except (Invalid, UnicodeDecodeError) as error:
        words = _("Ce fichier n’est pas une liste de codes : deux colonnes, code et libellé, en UTF-8.")
        raise click.ClickException(words) from error
    with opened() as installation, installation.tenant(key).write() as session:
        code_lists.load(session, scheme, found, source=source, version=version, day=day.date())
    Console().print(_("%(number)s codes sont chargés.", number=len(found)))
