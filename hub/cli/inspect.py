"""``hub inspect FILE``: look at a learning resource and say what would become of it; nothing is kept.

Exit codes: 0 accepted (with or without remarks), 1 refused, 2 the file cannot be read or the command is wrong.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import orjson
from rich.console import Console
from rich.table import Table

from content.inspect import inspect
from hub.config import load_config
from hub.domain.import_report import as_data
from hub.texts import Translator, _, speaking
from hub.texts.import_text import format_name, reason, sentence
from hub.texts.import_words import COUNTS, FATES, LEVELS, PART_KINDS, VERDICTS


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object, messages in French and English.")
@click.option("--language", type=click.Choice(["fr", "en"]), help="Language of the report; HUB_LANGUAGE when absent.")
def command(file: Path, as_json: bool, language: str | None) -> None:
    """Say verdict, format, title, counts and messages of FILE. Exit code: 0 accepted, 1 refused, 2 unreadable."""
    try:
        with file.open("rb") as opened:
            data = as_data(inspect(opened, file.name).report)
    except OSError as error:
        raise click.UsageError(str(error)) from None
    if as_json:
        click.echo(orjson.dumps({"file": file.name, **_both_languages(data)}, option=orjson.OPT_INDENT_2))
    else:
        with speaking(Translator(language or load_config().language)):
            _show(data)
    sys.exit(1 if data["verdict"] == "reject" else 0)


def _both_languages(data: dict[str, Any]) -> dict[str, Any]:
    speakers = {code: Translator(code) for code in ("fr", "en")}
    messages = [
        {**one, **{code: sentence(one, speaker) for code, speaker in speakers.items()}} for one in data["messages"]
    ]
    return {**data, "messages": messages}


def _word(words: Mapping[str, str], code: str) -> str:
    text = words.get(code)
    return _(text) if text else code


def _show(data: dict[str, Any]) -> None:
    console = Console(highlight=False, markup=False)
    verdict: str = data["verdict"]
    console.print(_word(VERDICTS, verdict), style="bold")
    if data["format"]:
        console.print(format_name(data["format"], data["version"]))
    if data["title"]:
        console.print(data["title"])
    counts = [f"{_word(COUNTS, key)} : {number}" for key, number in data["counts"].items()]
    if counts:
        console.print(" · ".join(counts))
    for one in data["messages"]:
        where = f" [{one['where']}]" if one["where"] else ""
        console.print(f"{_word(LEVELS, one['level'])} — {sentence(one)}{where}")
    if data["parts"]:
        table = Table(_("Partie"), _("Titre"), _("Ce qu’elle devient"), _("Pourquoi"))
        for part in data["parts"][:200]:
            kind, fate = _word(PART_KINDS, part["kind"]), _word(FATES, part["fate"])
            table.add_row(kind, part["title"], fate, reason(part["reason"]))
        console.print(table)
