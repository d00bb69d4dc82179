"""``hub prove-erasures``: that nobody who was erased is named anywhere any more."""

import click

from hub.cli._opened import opened
from hub.services import erasure_proof


@click.command()
@click.argument("key")
@click.option(
    "--mend", is_flag=True, help="Replace whoever statements still name, remove documents that are still theirs."
)
def command(key: str, mend: bool) -> None:
    """Look through statements, documents, queues and files of the tenant KEY; print the figures as JSON.

    The hub may run meanwhile. Exit code 1 when somebody erased is named still, also where --mend replaced them.
    """
    with opened() as installation:
        proof = erasure_proof.prove(installation.tenant(key), mend=mend)
    click.echo(erasure_proof.as_json(proof))
    if not proof.clean:
        raise SystemExit(1)
