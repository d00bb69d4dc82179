"""``hub lti-conformance``: the conformance runner of the package ``lti``; the same as ``python -m lti.conformance``."""

import sys

import click

from lti.conformance.cli import main


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """Play the other side of LTI against any tool, row by row (--help says how)."""
    sys.exit(main(arguments))
