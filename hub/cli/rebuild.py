"""``hub rebuild``: throw the projections away and make them again from the ledger."""

import click
from rich.progress import Progress

from hub.cli._opened import opened
from hub.services.rebuild import rebuild


@click.command()
@click.argument("keys", nargs=-1)
def command(keys: tuple[str, ...]) -> None:
    """Rebuild the tenants KEYS, or every one. The hub may run meanwhile; killed half-way, begin again."""
    with opened() as installation, Progress() as bar:
        for key in keys or [record.key for record in installation.tenants()]:
            tasks: dict[str, object] = {}

            def show(stage: str, done: int, total: int, key: str = key, tasks: dict[str, object] = tasks) -> None:
                if stage not in tasks:
                    tasks[stage] = bar.add_task(f"{key}: {stage}", total=total)
                bar.update(tasks[stage], completed=done)  # type: ignore[arg-type]  # rich takes None for no progress

            rebuild(installation.tenant(key), show)
