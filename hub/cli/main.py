"""The console command ``hub``. Each module of this package whose name has no leading underscore is one subcommand.

A module ``hub/cli/<name>.py`` defines ``command``, a click command; it is imported when it is called for, so that
a command starts without loading what the others need.
"""

import gc
import sys
from importlib import import_module
from pkgutil import iter_modules

import click
from rich.console import Console

from hub import cli
from hub.config import ConfigError
from hub.db.errors import DatabaseError

ALWAYS_APART = {"main"}


class Commands(click.Group):
    """The subcommands, found by the modules beside this one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the subcommands, sorted."""
        modules = {module.name for module in iter_modules(cli.__path__) if not module.name.startswith("_")}
        return sorted(name.replace("_", "-") for name in modules - ALWAYS_APART)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand of that name, None when there is none."""
        if cmd_name not in self.list_commands(ctx):
            return None
        # What is loaded stays: the garbage collector would look at all of it a dozen times, a seventh of the start.
        gc.disable()
        try:
            command: click.Command = import_module(f"hub.cli.{cmd_name.replace('-', '_')}").command
        finally:
            gc.enable()
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tiers-lieu-hub", prog_name="hub")
def hub() -> None:
    """The learning hub. Settings: HUB_DATA, HUB_BASE_URL, HUB_DATABASE_URL… or hub.toml in the data folder."""


def main() -> None:
    """Entry point. What an operator can mend is said in one line, without a traceback; the exit code is then 2."""
    try:
        hub()
    except (ConfigError, DatabaseError) as error:
        Console(stderr=True).print(f"hub: {error}", style="red", markup=False, highlight=False)
        sys.exit(2)


if __name__ == "__main__":
    main()
