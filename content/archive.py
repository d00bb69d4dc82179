"""The one safe reader of archives: zip (zip64 too) and gzipped tar, two passes, nothing written anywhere.

The first pass makes the inventory and refuses what breaks a rule; the second gives contents, counted and checked. A
budget holds for both.

    archive = open_archive(file)
    manifest = archive.read("imsmanifest.xml", most=1 << 20)
    for entry, pieces in archive.walk():
        ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import BinaryIO

from content import tar_reader, zip_reader
from content.budget import Budget
from content.entry import Entry
from content.errors import ArchiveRefused
from content.names import Resolver, is_litter

__all__ = ["Archive", "Budget", "Entry", "Resolver", "is_litter", "open_archive", "stream_entry"]

GZIP = b"\x1f\x8b"


class Archive:
    """An archive whose inventory is known. ``kind`` is ``zip`` or ``tgz``; the file stays the caller's."""

    def __init__(self, file: BinaryIO, kind: str, entries: list[Entry], size: int, budget: Budget) -> None:
        self._file, self.kind, self.size, self._budget = file, kind, size, budget
        self.entries = {entry.name: entry for entry in entries}

    @property
    def total(self) -> int:
        """Bytes of all contents unpacked."""
        return sum(entry.size for entry in self.entries.values())

    @cached_property
    def resolver(self) -> Resolver:
        """Finds files by what manifests call them."""
        return Resolver(self.entries)

    def read(self, name: str, most: int) -> bytes:
        """The whole content of a small file. Raises ArchiveRefused (``archive_entry_bytes`` beyond ``most``), KeyError.

        In a ``tgz`` each call reads the archive through: ask `read_many` for several.
        """
        return self.read_many([name], most)[name]

    def read_many(self, names: Iterable[str], most: int) -> dict[str, bytes]:
        """The contents of small files, in one pass. Raises as `read` does."""
        wanted = list(names)
        for name in wanted:
            if self.entries[name].size > most:
                raise ArchiveRefused("archive_entry_bytes", name, most=most, found=self.entries[name].size)
        chosen = set(wanted)
        return {entry.name: b"".join(pieces) for entry, pieces in self.walk(chosen.__contains__)}

    def stream(self, name: str) -> Iterator[bytes]:
        """The content of one file in pieces, checked to the end. Raises ArchiveRefused, KeyError."""
        entry = self.entries[name]
        for _entry, pieces in self.walk(entry.name.__eq__):
            yield from pieces

    def walk(self, wanted: Callable[[str], bool] | None = None) -> Iterator[tuple[Entry, Iterator[bytes]]]:
        """The files (those whose name is ``wanted``) with their contents, in the archive's order."""
        if self.kind == "zip":
            for entry in self.entries.values():
                if wanted is None or wanted(entry.name):
                    yield entry, zip_reader.stream(self._file, entry)
            return
        left = sum(1 for name in self.entries if wanted is None or wanted(name))
        for entry, pieces in tar_reader.walk(self._file, self._budget):
            if wanted is None or wanted(entry.name):
                yield entry, pieces
                left -= 1
                if not left and wanted is not None:
                    return


def open_archive(file: BinaryIO, budget: Budget | None = None) -> Archive:
    """Make the inventory of an archive, told by its first bytes. ``file`` must be seekable.

    Raises ArchiveRefused, whose codes begin with ``archive_``.
    """
    budget = budget or Budget()
    size = file.seek(0, 2)
    file.seek(0)
    if file.read(2) == GZIP:
        entries = [entry for entry, _pieces in tar_reader.walk(file, budget)]
        return Archive(file, "tgz", entries, size, budget)
    return Archive(file, "zip", zip_reader.inventory(file, budget), size, budget)


def stream_entry(file: BinaryIO, entry: Entry) -> Iterator[bytes]:
    """The content of a zip's entry whose place is remembered, without reading the directory again."""
    return zip_reader.stream(file, entry)
