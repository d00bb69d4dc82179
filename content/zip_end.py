"""Where the directory of a zip lies: its end records, 32 and 64 bits (APPNOTE 4.3.14 to 4.3.16)."""

from __future__ import annotations

import struct
from typing import BinaryIO

from content.errors import ArchiveRefused

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")


def directory(file: BinaryIO) -> tuple[int, int, int, int]:
    """Start and size of the directory, count of its entries, size of the file, in bytes.

    Raises ArchiveRefused: ``archive_empty_file``, ``archive_not_zip``, ``archive_truncated``, ``archive_parts``,
    ``archive_prefixed`` (the archive does not begin the file), ``archive_empty``.
    """
    total = file.seek(0, 2)
    if not total:
        raise ArchiveRefused("archive_empty_file")
    file.seek(0)
    head = file.read(4)
    tail_start = max(0, total - _END.size - 0xFFFF)
    file.seek(tail_start)
    tail = file.read()
    at = _last_end(tail)
    if at < 0:
        raise ArchiveRefused("archive_truncated" if head == b"PK\x03\x04" else "archive_not_zip")
    if head not in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06"):
        raise ArchiveRefused("archive_prefixed")
    _sign, disk, start_disk, here, count, size, start, _comment = _END.unpack_from(tail, at)
    end = tail_start + at
    if count == 0xFFFF or size == 0xFFFFFFFF or start == 0xFFFFFFFF:
        found = _sixty_four(file, end)
        if found:
            end, disk, start_disk, here, count, size, start = found
    if disk or start_disk or here != count:
        raise ArchiveRefused("archive_parts")
    if start + size != end:
        raise ArchiveRefused("archive_prefixed" if start + size < end else "archive_truncated")
    if not count:
        raise ArchiveRefused("archive_empty")
    return start, size, count, total


def _last_end(tail: bytes) -> int:
    """The place of the end record whose comment reaches exactly the end of the file; -1 when there is none."""
    at = tail.rfind(b"PK\x05\x06")
    while at >= 0:
        if at + _END.size <= len(tail) and at + _END.size + _END.unpack_from(tail, at)[7] == len(tail):
            return at
        at = tail.rfind(b"PK\x05\x06", 0, at)
    return -1


def _sixty_four(file: BinaryIO, end: int) -> tuple[int, int, int, int, int, int, int] | None:
    if end < _LOCATOR.size:
        return None
    file.seek(end - _LOCATOR.size)
    sign, _disk, place, _disks = _LOCATOR.unpack(file.read(_LOCATOR.size))
    if sign != b"PK\x06\x07":
        return None
    if place + _END64.size > end:
        raise ArchiveRefused("archive_broken")
    file.seek(place)
    sign, _length, _by, _need, disk, start_disk, here, count, size, start = _END64.unpack(file.read(_END64.size))
    if sign != b"PK\x06\x06":
        raise ArchiveRefused("archive_broken")
    return place, disk, start_disk, here, count, size, start
