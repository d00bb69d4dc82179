"""The page on connectors, written from their declarations, so that it cannot say anything else than they do.

``hub dev connectors-page`` writes ``docs/connectors.md``; a test compares it with what stands there.
"""

from collections.abc import Callable, Iterable, Mapping

from connectors.capabilities import FOLLOWING, PROTOCOLS, WRITES, Capability
from connectors.declaration import Declaration

Translate = Callable[[str], str]
HOW = {
    "live": "a running system",
    "recorded": "answers recorded from a running system",
    "documented": "the system's documentation",
    "double": "a double in the recorded shapes, over HTTP",
}
_HEAD = """# Connectors

Written by `hub dev connectors-page` from what each connector declares; do not edit by hand. How to write one:
[connector-canvas.md](connector-canvas.md) shows it on Canvas. How to connect a Moodle: [moodle.md](moodle.md);
an Open edX or FUN: [openedx.md](openedx.md); BigBlueButton: [bigbluebutton.md](bigbluebutton.md);
files of any partner: [files.md](files.md); calendars: [calendars.md](calendars.md).

`hub connect KIND` asks for the settings below, examines the platform and adds it; *Administration › Plateformes* does
the same on a page.
"""


def page(declared: Mapping[str, Declaration], translate: Translate) -> str:
    """The whole page in Markdown; ``translate`` turns French msgids into the page's language."""
    parts = [_HEAD, _table(declared.values()), _versions(declared.values())]
    parts += [_chapter(one, translate) for one in declared.values()]
    return "\n".join(parts).rstrip() + "\n"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _table(declared: Iterable[Declaration]) -> str:
    """Connector × capability."""
    some = list(declared)
    lines = [_row(["Capability", *(one.title for one in some)]), _row(["---"] * (len(some) + 1))]
    for capability in Capability:
        protocol = f"{PROTOCOLS[capability].__name__} (`{capability}`)"
        lines.append(_row([protocol, *("yes" if capability in one.capabilities else "–" for one in some)]))
    return "## What each can do\n\n" + "".join(lines)


def _versions(declared: Iterable[Declaration]) -> str:
    lines = [_row(["Connector", "Version", "Tried against"]), _row(["---"] * 3)]
    for one in declared:
        lines += [_row([one.title, tried.version, HOW[tried.how]]) for tried in one.tried]
    return "## What was tried\n\n" + "".join(lines)


def _chapter(one: Declaration, translate: Translate) -> str:
    lines = [f"## {one.title}\n\n{translate(one.summary)}\n\n", _row(["Setting", "What it is"]), _row(["---"] * 2)]
    for setting in one.settings:
        marks = [mark for mark, due in (("secret", setting.secret), ("optional", not setting.required)) if due]
        label = translate(setting.label) + (f" ({', '.join(marks)})" if marks else "")
        lines.append(_row([f"`{setting.name}`: {label}", translate(setting.help) if setting.help else ""]))
    lines += ["\n", _row(["Capability", "How", "Needed for"]), _row(["---"] * 3)]
    lines += [_row([str(it), how, _use(it)]) for it, how in sorted(one.capabilities.items())]
    return "".join(lines)


def _use(capability: Capability) -> str:
    if capability in WRITES:
        return "writing back"
    return "following learners" if capability in FOLLOWING else "more"
