"""``hub demo``. The command itself is in ``hub.demo``, which stands above this package: it is looked up by name."""

from importlib import import_module

import click

command: click.Command = import_module("hub.demo.command").command
