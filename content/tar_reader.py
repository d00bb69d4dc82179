"""Gzipped tar archives (Moodle's .mbz), strictly and streaming: only files and folders, headers of bounded size.

Sources: POSIX.1-2017 pax (ustar and extended headers); RFC 1952 (gzip); the GNU long name record.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from content.budget import Budget
from content.entry import Entry
from content.errors import ArchiveRefused
from content.names import decoded, is_litter, refuse_file_as_folder, refuse_twice, safe

_BLOCK = 512
_CHUNK = 1 << 16
_LONGEST_HEADER = 64 << 10
#: Tools that pack in parallel write a gzip member for each 64 KB and more.
MOST_MEMBERS = 100_000
_FILE, _FOLDER, _LONG_NAME, _PAX, _PAX_ALL = b"0", b"5", b"L", b"x", b"g"


class _Gunzipped:
    """A forward reader over gzip members that refuses to give more than the budget."""

    def __init__(self, file: BinaryIO, budget: Budget) -> None:
        self._packed = file.seek(0, 2)
        file.seek(0)
        self._file, self._budget = file, budget
        self._inflate = zlib.decompressobj(31)
        self._ready = b""
        self._given = 0
        self._place, self._members = 0, 1

    def read(self, size: int) -> bytes:
        """Exactly ``size`` bytes, fewer at the end of the file."""
        parts, left = [], size
        while left:
            if not self._ready and not self._more():
                break
            piece, self._ready = self._ready[:left], self._ready[left:]
            parts.append(piece)
            left -= len(piece)
        return b"".join(parts)

    def _more(self) -> bool:
        """Whether there is something more; members without content are passed over."""
        while not self._ready:
            if not self._step():
                return False
        return True

    def _step(self) -> bool:
        pending = self._inflate.unused_data.lstrip(b"\0") if self._inflate.eof else self._inflate.unconsumed_tail
        if not pending:
            self._file.seek(self._place)  # whoever consumes the pieces may read the file meanwhile
            pending = self._file.read(_CHUNK)
            self._place += len(pending)
        if not pending:
            return False
        if self._inflate.eof:
            self._members += 1
            if self._members > MOST_MEMBERS:
                raise ArchiveRefused("archive_broken")
            self._inflate = zlib.decompressobj(31)
        try:
            self._ready = self._inflate.decompress(pending, 4 * _CHUNK)
        except zlib.error:
            raise ArchiveRefused("archive_broken") from None
        self._given += len(self._ready)
        self._budget.check_total(self._given, self._packed)
        return True

    @property
    def whole(self) -> bool:
        """Whether the last gzip member was complete, its checksum right."""
        return self._inflate.eof


@dataclass(slots=True)
class _Pending:
    """What an extended header says of the member behind it."""

    name: str = ""
    size: int | None = None


def walk(file: BinaryIO, budget: Budget) -> Iterator[tuple[Entry, Iterator[bytes]]]:
    """Each file with its content in pieces, in the order of the archive, folders and litter left out.

    The content must be consumed (or not at all) before the next one is asked for. Raises ArchiveRefused.
    """
    source = _Gunzipped(file, budget)
    seen: set[str] = set()
    pending, count = _Pending(), 0
    while (block := source.read(_BLOCK)) and block.strip(b"\0"):
        count += 1
        budget.check_count(count)
        name, size, kind = _header(block)
        if kind in (_LONG_NAME, _PAX, _PAX_ALL):
            _extend(pending, kind, _small(source, size))
            continue
        name, size, pending = pending.name or name, size if pending.size is None else pending.size, _Pending()
        clean = safe(name)
        if kind == _FOLDER or not clean or clean.endswith("/"):
            _skip(source, size)
            continue
        if kind != _FILE and not is_litter(clean):
            raise ArchiveRefused("archive_link" if kind in b"12" else "archive_special", clean)
        budget.check_entry(clean, size, size)
        if is_litter(clean):
            _skip(source, size)
            continue
        refuse_twice(clean, seen)
        pieces = _Content(source, clean, size)
        yield Entry(clean, size, size, back_slash="\\" in name), pieces
        pieces.finish()
    if not count:
        raise ArchiveRefused("archive_empty")
    while source.read(_CHUNK):
        pass
    if not source.whole:
        raise ArchiveRefused("archive_truncated")
    refuse_file_as_folder(seen)


class _Content:
    """The bytes of one member; what the consumer left is read past."""

    def __init__(self, source: _Gunzipped, name: str, size: int) -> None:
        self._source, self._name, self._left, self._size = source, name, size, size

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if not self._left:
            raise StopIteration
        piece = self._source.read(min(_CHUNK, self._left))
        if not piece:
            raise ArchiveRefused("archive_truncated", self._name)
        self._left -= len(piece)
        return piece

    def finish(self) -> None:
        """Read past the rest and its padding."""
        for _piece in self:
            pass
        self._source.read(-self._size % _BLOCK)


def _header(block: bytes) -> tuple[str, int, bytes]:
    if len(block) < _BLOCK:
        raise ArchiveRefused("archive_truncated")
    total = sum(block[:148]) + 8 * 32 + sum(block[156:])
    if total != _number(block[148:156]):
        raise ArchiveRefused("archive_broken")
    name = block[:100].split(b"\0", 1)[0]
    kind = block[156:157]
    if block[257:263] == b"ustar\0" and (prefix := block[345:500].split(b"\0", 1)[0]):
        name = prefix + b"/" + name
    return decoded(name, True)[0], _number(block[124:136]), _FILE if kind in (b"\0", b"7") else kind


def _number(field: bytes) -> int:
    if field[:1] == b"\x80" and not any(field[1:5]):  # nobody has a file beyond 2**56 bytes
        return int.from_bytes(field[5:], "big")
    digits = field.strip(b" \0")
    if digits.strip(b"01234567"):
        raise ArchiveRefused("archive_broken")
    return int(digits or b"0", 8)


def _small(source: _Gunzipped, size: int) -> bytes:
    if size > _LONGEST_HEADER:
        raise ArchiveRefused("archive_name_long", longest=_LONGEST_HEADER)
    data = source.read(size)
    source.read(-size % _BLOCK)
    return data


def _skip(source: _Gunzipped, size: int) -> None:
    _Content(source, "", size).finish()


def _extend(pending: _Pending, kind: bytes, data: bytes) -> None:
    if kind == _LONG_NAME:
        pending.name = decoded(data.rstrip(b"\0"), True)[0]
    while kind != _LONG_NAME and data:
        length, _space, _rest = data.partition(b" ")
        size = _decimal(length)
        if not len(length) < size <= len(data):
            raise ArchiveRefused("archive_broken")
        record, data = data[:size], data[size:]
        key, _equals, value = record[len(length) + 1 :].rstrip(b"\n").partition(b"=")
        if key.startswith(b"GNU.sparse"):
            raise ArchiveRefused("archive_special")
        if kind == _PAX_ALL:
            if key in (b"path", b"size"):  # of every member at once: nobody means that
                raise ArchiveRefused("archive_broken")
        elif key == b"path":
            pending.name = decoded(value, True)[0]
        elif key == b"size":
            pending.size = _decimal(value)


def _decimal(digits: bytes) -> int:
    """A number of an extended header, never negative."""
    if not digits.isdigit() or len(digits) > 18:
        raise ArchiveRefused("archive_broken")
    return int(digits)
