"""``hub packages``: what entries of earlier imports lack."""

from __future__ import annotations

from dataclasses import asdict

import click

from hub.cli._opened import opened
from hub.services import package_pictures
from hub.texts import _


@click.group(name="packages")
def command() -> None:
    """Packages of the catalogue."""


@command.command()
@click.option("--tenant", "key", required=True, help="The place.")
def refresh(key: str) -> None:
    """Give entries imported by an earlier version their pictures, descriptions and what they bring back to a step."""
    with opened() as installation:
        done = package_pictures.refresh(installation.tenant(key), installation.blobs(key))
    words = _(
        "Contenus regardés : %(looked)s. Images reprises : %(pictures)s. Preuves complétées : %(brings)s. "
        "Descriptions reprises : %(descriptions)s."
    )
    click.echo(words % asdict(done))
