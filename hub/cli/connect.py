"""``hub connect``: examine a partner's platform and add it. Its commands and options are made from the declarations."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from connectors.declaration import Declaration, Setting
from connectors.errors import ConnectorError, SettingRefused
from connectors.records import SymptomLevel
from connectors.registry import declarations
from hub.cli._opened import opened
from hub.db.directory import Installation, TenantRecord
from hub.db.uow import TenantDatabase
from hub.services import platform_doctor, platforms
from hub.services.platform_doctor import Examination
from hub.services.platforms import Connection, PlatformData, Tested
from hub.services.sync import negotiated
from hub.texts import Translator, _, gettext, speaking

SIGNS = {
    SymptomLevel.WELL: ("✓", "green"),
    SymptomLevel.ADVICE: ("·", "cyan"),
    SymptomLevel.MISSING: ("!", "yellow"),
    SymptomLevel.FAULT: ("✗", "red"),
}


class Kinds(click.Group):
    """A command for each connector that there is, and ``examine`` for a platform already added."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Keys of the connectors, then what else there is."""
        return [*declarations(), *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a connector, made from its declaration."""
        declared = declarations().get(cmd_name)
        return super().get_command(ctx, cmd_name) if declared is None else _command(declared)


@click.group(cls=Kinds)
def command() -> None:
    """Examine a partner's platform, say what to ask its administrator for, and add it."""


@command.command()
@click.argument("name")
@click.option("--tenant", help="Key of the place, where there are several.")
@click.option("--letter", type=click.Path(dir_okay=False, path_type=Path), help="Write the letter there.")
def examine(name: str, tenant: str | None, letter: Path | None) -> None:
    """Examine the platform NAME, which is connected already."""
    with opened() as installation:
        record, database = _place(installation, tenant)
        with database.read() as session:
            found = [line.id for line in platforms.overview(session) if line.name.casefold() == name.casefold()]
            to = platforms.connection(session, found[0]) if found else None
        if to is None:
            raise click.ClickException(_("Aucune plateforme ne s’appelle « %(name)s ».", name=name))
        _tell(platform_doctor.examine(to, installation.config, place=record.name), letter)


def _command(declared: Declaration) -> click.Command:
    with speaking(Translator("en")):
        options: list[click.Parameter] = [_option(setting) for setting in declared.settings]
        about = gettext(declared.summary)
    options += [
        click.Option(["--name"], help="How the place calls it; the site's own name otherwise."),
        click.Option(["--tenant"], help="Key of the place, where there are several."),
        click.Option(["--every"], type=click.IntRange(5, 10080), default=60, show_default=True, help="Minutes."),
        click.Option(["--domain"], multiple=True, help="Mail domain that the partner proves; may be repeated."),
        click.Option(["--check-only"], is_flag=True, help="Examine, add nothing."),
        click.Option(["--anyway"], is_flag=True, help="Add it though nothing can be read yet."),
        click.Option(["--letter"], type=click.Path(dir_okay=False, path_type=Path), help="Write the letter there."),
    ]

    def run(**values: Any) -> None:
        _connect(declared, values)

    return click.Command(declared.key, params=options, callback=run, help=about)


def _option(setting: Setting) -> click.Option:
    """A setting as an option. A secret never stands on the command line, where every user of the machine reads it: it
    is asked for, or comes from the environment or a file."""
    label = gettext(setting.label)
    if setting.secret:
        name = f"--{setting.name}-file"
        return click.Option([name], type=click.File("r"), help=f"{label}: a file that holds it, - for standard input.")
    return click.Option([f"--{setting.name}"], help=f"{label}. {gettext(setting.help) if setting.help else ''}".strip())


def _connect(declared: Declaration, values: Mapping[str, Any]) -> None:
    with opened() as installation:
        record, database = _place(installation, values["tenant"])
        try:
            settings = declared.clean({it.name: _value(declared, it, values) for it in declared.settings})
        except SettingRefused as refused:
            raise click.ClickException(_("Réglage à revoir : %(what)s", what=str(refused.detail))) from None
        to = Connection(declared.key, settings)
        found = platform_doctor.examine(to, installation.config, place=record.name)
        _tell(found, values["letter"])
        broken = found.worst is SymptomLevel.FAULT
        if broken and not values["anyway"]:
            raise SystemExit(1)
        if values["check_only"]:
            return
        tested = _asked(to, installation)
        by_itself = not declared.by_upload
        name = values["name"] or (tested.site if tested and by_itself else "") or declared.title
        now = datetime.now(UTC)
        with database.write() as session:
            data = PlatformData(name, declared.key, settings, authoritative_domains=values["domain"],
                                every_minutes=values["every"])  # fmt: skip
            added = platforms.add(session, data, by=None, now=now)
            if tested:
                negotiated.save(session, added.id, negotiated.of(tested.negotiation), now)
            address = f"{installation.config.base_url}/admin/platforms/{added.id}"
        if not by_itself:
            click.echo(
                _("« %(name)s » est reliée. Donnez-y les fichiers : %(address)s/files", name=name, address=address)
            )
            return
        click.echo(_("« %(name)s » est reliée ; sa première lecture commence. Suivez-la : %(address)s", name=name,
                     address=address))  # fmt: skip


def _value(declared: Declaration, setting: Setting, values: Mapping[str, Any]) -> str:
    """What was given; what is needed and was not is asked for."""
    named = os.environ.get(f"HUB_CONNECT_{declared.key}_{setting.name}".upper(), "")
    if setting.secret:
        file = values.get(f"{setting.name}_file")
        given = file.read().strip() if file else named
        return given or str(click.prompt(gettext(setting.label), hide_input=True))
    given = values.get(setting.name) or named
    if given or not setting.required:
        return str(given or "")
    return str(click.prompt(gettext(setting.label)))


def _asked(to: Connection, installation: Installation) -> Tested | None:
    """What the platform allows; None when it cannot be asked, which the examination has told."""
    try:
        return platforms.probe(to, installation.config, platform_doctor.PATIENCE)
    except ConnectorError:
        return None


def _place(installation: Installation, key: str | None) -> tuple[TenantRecord, TenantDatabase]:
    known = installation.tenants()
    chosen = [record for record in known if key in (None, record.key)]
    if len(chosen) != 1:
        names = ", ".join(record.key for record in known) or "–"
        raise click.ClickException(_("Dites de quel lieu il s’agit avec --tenant : %(names)s", names=names))
    return chosen[0], installation.tenant(chosen[0].key)


def _tell(found: Examination, letter: Path | None) -> None:
    console = Console(highlight=False)
    for one in found.findings:
        sign, style = SIGNS[one.level]
        console.print(f"[{style}]{sign}[/] ", end="")
        console.print(one.text, markup=False)
        if one.ask:
            console.print(f"  → {one.ask}", markup=False)
        if one.technical:
            console.print(f"    ({one.technical})", markup=False, style="dim")
    if found.letter and letter is not None:
        letter.write_text(found.letter + "\n", "utf-8")
        console.print(_("La lettre pour le partenaire est dans %(file)s.", file=letter), markup=False)
    elif found.letter:
        console.print()
        console.rule(_("À envoyer à l’administrateur de la plateforme"))
        console.print(found.letter, markup=False)
        console.rule()
