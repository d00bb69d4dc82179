"""``hub doctor``: says in plain words what is wrong."""

import json
from dataclasses import asdict

import click
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from hub.cli import _checks
from hub.cli._online import online
from hub.config import Config, load_config
from hub.db.directory import Installation
from hub.db.errors import DatabaseError
from hub.services.health import Finding
from hub.texts import LANGUAGES, Translator, speaking

SIGNS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "fault": ("✗", "red")}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of lines.")
@click.option("--offline", is_flag=True, help="Call nobody: neither this address, nor the mail server, nor partners.")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language instead of HUB_LANGUAGE.")
def command(as_json: bool, offline: bool, lang: str | None) -> None:
    """Look at the installation and say what is wrong and how to mend it. Exit code 1 when something is."""
    config = load_config()
    with speaking(Translator(lang or config.language)):
        findings = examine(config, offline=offline)
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        show(findings)
    if any(finding.level == "fault" for finding in findings):
        raise SystemExit(1)


def examine(config: Config, *, offline: bool = False) -> list[Finding]:
    """Every finding. The database is opened only where nothing before forbids it."""
    findings = list(_checks.before_opening(config))
    if not config.keys_path.exists():
        return findings  # never started: opening would create what is to be looked at
    try:
        installation = Installation(config)
        try:
            findings += _checks.tenants(installation)
            findings += _checks.backup_space(installation)
            findings += _checks.replica(installation)
            if not offline:
                findings += online(installation)
        finally:
            installation.close()
    except (DatabaseError, SQLAlchemyError, OSError) as error:
        findings.append(_checks.unreachable(error))
    return findings


def show(findings: list[Finding]) -> None:
    """A line for each finding, its remedy below."""
    console = Console(highlight=False)
    for finding in findings:
        sign, style = SIGNS[finding.level]
        console.print(f"[{style}]{sign}[/] ", end="")
        console.print(finding.text, markup=False)
        if finding.remedy:
            console.print(f"  → {finding.remedy}", markup=False)
