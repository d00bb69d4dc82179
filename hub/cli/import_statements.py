"""``hub import-statements``: a file of statements into the ledger."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import or_, select

from hub.cli._opened import opened
from hub.models.river import XapiSource
from hub.services import statement_import, statement_transfers
from hub.services.errors import Invalid
from hub.services.jobs import Unleased
from hub.texts import _


@click.command()
@click.argument("key")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", "named", required=True, help="The source in whose name they enter: its key, or its name.")
@click.option("--rejects", type=click.Path(dir_okay=False, path_type=Path), help="Write the lines not taken here.")
def command(key: str, path: Path, named: str, rejects: Path | None) -> None:
    """Bring the statements of the file PATH (.jsonl, .csv, .parquet; .gz too; .zip) into the tenant KEY.

    A statement that is there already enters once only. Killed, begin again: it goes on where it stopped. Exit code 1
    when a line was not taken.
    """
    with opened() as installation:
        tenant, blobs = installation.tenant(key), installation.blobs(key)
        with path.open("rb") as file:
            blob = blobs.put(file, statement_transfers.LARGEST)
        try:
            with tenant.write() as session:
                query = select(XapiSource.id).where(or_(XapiSource.key == named, XapiSource.name == named))
                found = session.scalars(query).all()
                if len(found) != 1:
                    raise click.ClickException(_("Aucune source, ou plusieurs, ne s’appelle « %(name)s ».", name=named))
                row = statement_transfers.ask_import(
                    session, path.name, blob.sha256, blob.size, found[0], by=None, now=_now(), queued=False
                )
            statement_import.run(tenant, blobs, row.id, Unleased(tenant), _now)
        except Invalid as error:
            raise click.ClickException(", ".join(error.fields.values())) from error
        with tenant.read() as session:
            counts = statement_transfers.find(session, row.id).counts
        if rejects is not None:
            with rejects.open("wb") as out:
                out.writelines(statement_transfers.refused_lines(tenant, row.id))
    told = {name: counts.get(name, 0) for name in ("stored", "known", "refused")}
    click.echo(_("%(stored)s traces ajoutées, %(known)s déjà là, %(refused)s lignes refusées", **told), err=True)
    if told["refused"]:
        raise SystemExit(1)


def _now() -> datetime:
    return datetime.now(UTC)
