"""One file of an archive, as its inventory says it."""

from __future__ import annotations

import stat
from dataclasses import dataclass

from content.errors import ArchiveRefused

STORED, DEFLATED = 0, 8


@dataclass(frozen=True, slots=True)
class Entry:
    """A file. ``start``: where its packed bytes begin in a zip (not used in a tar); sizes in bytes. ``decoding``: how
    the letters of its name were found (``names.decoded``), ``back_slash`` where it was written with some."""

    name: str
    size: int
    packed: int
    method: int = STORED
    crc: int = 0
    start: int = 0
    decoding: str = ""
    back_slash: bool = False


def refuse_special(name: str, mode: int) -> None:
    """Raises ArchiveRefused for what is neither a file nor a folder: ``archive_link``, ``archive_special``."""
    kind = stat.S_IFMT(mode)
    if kind == stat.S_IFLNK:
        raise ArchiveRefused("archive_link", name)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ArchiveRefused("archive_special", name)
