"""Find every text of the hub in its sources, and what the English catalogue lacks or no longer needs.

Run ``python -m hub.texts.extraction`` to print the missing entries ready to paste into a .po file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages.extract import extract_from_file

from hub.texts import catalogue

ROOTS = (Path(__file__).parents[1], Path(__file__).parents[2] / "connectors")
"""The hub, and the connectors, which mark the names of their settings with ``N_``."""

KEYWORDS = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2)}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


@dataclass(frozen=True, slots=True)
class Text:
    """One text of the sources. `plural` is None for a text without count; `place` is ``file:line``."""

    msgid: str
    plural: str | None
    place: str


def extract(*roots: Path) -> Iterator[Text]:
    """Yield the texts of every ``*.py`` and every ``templates/**/*.html`` under `roots` (`ROOTS` unless given)."""
    if not roots:
        yield from _own()  # read once a process: three questions are asked of it
    for root in roots:
        for path in sorted(root.rglob("*.py")):
            yield from _of_file(path, root, "python")
        for path in sorted(root.rglob("templates/**/*.html")):
            yield from _of_file(path, root, "jinja2")


@cache
def _own() -> tuple[Text, ...]:
    return tuple(extract(*ROOTS))


def _of_file(path: Path, root: Path, method: str) -> Iterator[Text]:
    options = {"silent": "false", "trimmed": "true"} if method == "jinja2" else {}
    try:
        found = list(extract_from_file(method, path, keywords=KEYWORDS, options=options))
    except Exception as error:
        error.add_note(f"while reading {path}")
        raise
    for line, message, _comments, _context in found:
        one, many = (message[0], message[1]) if isinstance(message, tuple) else (message, None)
        if one:
            yield Text(str(one), str(many) if many else None, f"{path.relative_to(root)}:{line}")


def missing(*roots: Path) -> list[Text]:
    """Texts without English, or whose English has no plural although the French has; the first place of each."""
    english = catalogue.english()
    found: dict[str, Text] = {}
    for text in extract(*roots):
        entry = english.get(text.msgid)
        if entry is None or (text.plural is not None and not isinstance(entry, tuple)):
            found.setdefault(text.msgid, text)
    return list(found.values())


def obsolete(*roots: Path) -> list[str]:
    """English entries whose French text stands in no source any more."""
    used = {text.msgid for text in extract(*roots)}
    return sorted(msgid for msgid in catalogue.english() if msgid not in used)


def broken(*roots: Path) -> list[str]:
    """Entries whose placeholders differ between French and English (a plural's forms may leave ``num`` out)."""
    faults = []
    english = catalogue.english()
    for text in extract(*roots):
        entry = english.get(text.msgid)
        wanted = set(PLACEHOLDER.findall(text.msgid)) | set(PLACEHOLDER.findall(text.plural or ""))
        for form in (entry,) if isinstance(entry, str) else entry or ():
            given = set(PLACEHOLDER.findall(form))
            if given - wanted or wanted - given - ({"num"} if text.plural else set()):
                faults.append(f"{text.place}: {text.msgid!r} -> {form!r}")
    return faults


def _po(text: Text) -> str:
    quoted = [f'"{part}"' for part in (escape(text.msgid), escape(text.plural or ""))]
    if text.plural is None:
        return f'#: {text.place}\nmsgid {quoted[0]}\nmsgstr ""\n'
    return f'#: {text.place}\nmsgid {quoted[0]}\nmsgid_plural {quoted[1]}\nmsgstr[0] ""\nmsgstr[1] ""\n'


def escape(text: str) -> str:
    """Escape a text for a .po string."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


if __name__ == "__main__":
    for lacking in missing():
        print(_po(lacking))
    for msgid in obsolete():
        print(f"# obsolete: {msgid}")
