"""The English catalogue: every `hub/texts/en/<area>.po` merged into one dictionary."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from babel.messages.pofile import read_po

ENGLISH = Path(__file__).parent / "en"

Entry = str | tuple[str, str]


def read(path: Path) -> dict[str, Entry]:
    """Return the translated entries of one UTF-8 .po file: singular msgid -> text, or (one, many) for a plural."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale="en", charset="utf-8")
    entries: dict[str, Entry] = {}
    for message in catalogue:
        if not message.id:
            continue
        if isinstance(message.id, (list, tuple)):
            forms = message.string
            if isinstance(forms, (list, tuple)) and len(forms) == 2 and all(forms):
                entries[message.id[0]] = (str(forms[0]), str(forms[1]))
        elif message.string:
            entries[message.id] = str(message.string)
    return entries


def merge(paths: Iterable[Path]) -> tuple[Mapping[str, Entry], list[str]]:
    """Merge several .po files, in the order of their names; the first translation of a text counts.

    :returns: the entries, and for each text that two files translate differently a line naming both files.
    """
    merged: dict[str, Entry] = {}
    origin: dict[str, Path] = {}
    conflicts = []
    for path in sorted(paths):
        for msgid, entry in read(path).items():
            origin.setdefault(msgid, path)
            if merged.setdefault(msgid, entry) != entry:
                conflicts.append(f"{msgid!r}: {merged[msgid]!r} in {origin[msgid].name}, {entry!r} in {path.name}")
    return merged, conflicts


@lru_cache(maxsize=1)
def english() -> Mapping[str, Entry]:
    """The merged English catalogue, read once per process."""
    return merge(ENGLISH.glob("*.po"))[0]
