"""``hub export-statements``: the ledger, or a part of it, as a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import BinaryIO
from uuid import UUID

import click
from rich.console import Console
from rich.progress import Progress

from hub.cli._opened import opened
from hub.services.errors import Invalid
from hub.services.source_names import all_names
from hub.services.statement_files import FORMATS, counted, stream
from hub.services.statement_rows import Chosen, pages
from hub.texts import _

_MOMENT = click.DateTime(("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"))


@click.command()
@click.argument("key")
@click.option("--format", "form", type=click.Choice(FORMATS), default="jsonl", show_default=True)
@click.option("--out", "path", default="-", help="The file to write; standard output unless given.")
@click.option("--source", type=click.UUID, help="Only what this source sent (its id; zeros: the hub itself).")
@click.option("--person", type=click.UUID, help="Only what names this person, under any account.")
@click.option("--since", type=_MOMENT, help="Only what was stored from then on (UTC).")
@click.option("--until", type=_MOMENT, help="Only what was stored before then (UTC).")
def command(
    key: str,
    form: str,
    path: str,
    source: UUID | None,
    person: UUID | None,
    since: datetime | None,
    until: datetime | None,
) -> None:
    """Write the statements of the tenant KEY. The hub may run meanwhile; whatever the ledger's size, memory stays flat.

    Voided statements and their voidings are in it; those of people who were erased stand under their pseudonyms.
    CSV and Parquet say so in the columns "voided" and "redacted", the last line on the terminal says how many. The
    format zip is JSON Lines with the attachments that came along.
    """
    chosen = Chosen(source, _utc(since), _utc(until), person)
    counts: dict[str, int] = {}
    with opened() as installation, _target(path) as file, Progress(console=Console(stderr=True)) as bar:
        tenant = installation.tenant(key)
        with tenant.read() as session:
            names = {one: found.name for one, found in all_names(session).items()}
        task = bar.add_task(key, total=1.0)
        found = pages(tenant, chosen, attachments=form == "zip")
        rows = counted(found, names, counts, lambda share, _done: bar.update(task, completed=share))
        try:
            for piece in stream(rows, form, installation.blobs(key)):
                file.write(piece)
        except Invalid as error:
            raise click.ClickException(
                _("Il manque la bibliothèque pyarrow : pip install 'tiers-lieu-hub[parquet]'.")
            ) from error
        bar.update(task, completed=1.0)
    told = {name: counts.get(name, 0) for name in ("statements", "redacted", "voided")}
    click.echo(_("%(statements)s traces, dont %(redacted)s rendues anonymes et %(voided)s annulées", **told), err=True)


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None else None


@contextmanager
def _target(path: str) -> Iterator[BinaryIO]:
    if path == "-":
        yield sys.stdout.buffer
        return
    with open(path, "wb") as file:
        yield file
