"""Who sits at the server, and groups of commands that say in plain words which tenant is meant."""

import getpass
import os
from datetime import UTC, datetime
from typing import Any

import click

from hub.cli._opened import opened
from hub.db.directory import Installation
from hub.db.errors import DatabaseError, InvalidTenant, UnknownTenant
from hub.services import place_acts
from hub.texts import _


class TenantCommands(click.Group):
    """Commands about tenants: a key that no tenant has is answered with those there are."""

    def invoke(self, ctx: click.Context) -> Any:
        """See click."""
        try:
            return super().invoke(ctx)
        except InvalidTenant as error:
            raise click.ClickException(str(error)) from None
        except UnknownTenant:
            raise click.ClickException(_there_are()) from None


def _there_are() -> str:
    try:
        with opened() as installation:
            keys = ", ".join(record.key for record in installation.tenants())
            return (
                _("Aucun lieu n’a cette clé. Il y a : %(keys)s", keys=keys)
                if keys
                else _("Il n’y a encore aucun lieu.")
            )
    except DatabaseError as error:
        return str(error)


def operator() -> str:
    """Name of the system's user, of whoever used sudo."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def note(installation: Installation, act: str, key: str, **details: Any) -> None:
    """Write down what was done to a tenant, and by whom."""
    place_acts.note(installation, act, key, operator(), datetime.now(UTC), **details)
