"""``hub assets``: fetch the browser libraries that are missing."""

import click

from hub.web import assets


@click.command()
def command() -> None:
    """Fetch the browser libraries by npm where they are missing or out of date."""
    try:
        click.echo("fetched" if assets.build() else "up to date")
    except assets.AssetError as error:
        raise click.ClickException(str(error)) from error
