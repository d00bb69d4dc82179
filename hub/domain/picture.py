"""Pictures of cards: looked at before they are kept, and without what a camera writes about place and owner. Pure.

Sources: PNG (third edition) 5.3 and 11.2.1; JPEG ISO/IEC 10918-1 annex B; WebP container specification.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

#: A card is read on a phone with a poor line.
MOST_BYTES: Final = 400_000
MOST_SIDE: Final = 4000
LEAST_SIDE: Final = 100
_PNG = b"\x89PNG\r\n\x1a\n"
#: Chunks of PNG that say nothing of the picture itself.
_TOLD = (b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that may be shown. Sides in pixels; ``data`` without its notes."""

    media_type: str
    width: int
    height: int
    data: bytes


class BadPicture(Exception):
    """It cannot be a card's picture; ``code``: ``picture_kind``, ``picture_broken``, ``picture_heavy``,
    ``picture_size``."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def read(data: bytes) -> Picture:
    """Look at a picture. Raises BadPicture."""
    if len(data) > MOST_BYTES:
        raise BadPicture("picture_heavy")
    try:
        if data.startswith(_PNG):
            found = _png(data)
        elif data.startswith(b"\xff\xd8\xff"):
            found = _jpeg(data)
        elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            found = _webp(data)
        else:
            raise BadPicture("picture_kind")
    except (struct.error, IndexError):
        raise BadPicture("picture_broken") from None
    if not (LEAST_SIDE <= found.width <= MOST_SIDE and LEAST_SIDE <= found.height <= MOST_SIDE):
        raise BadPicture("picture_size")
    return found


def media_type(head: bytes) -> str:
    """The type of a kept picture by its first bytes."""
    if head.startswith(_PNG):
        return "image/png"
    return "image/jpeg" if head.startswith(b"\xff\xd8") else "image/webp"


def _png(data: bytes) -> Picture:
    width, height = struct.unpack(">II", data[16:24])
    at, kept, ended = 8, [data[:8]], False
    while at < len(data) and not ended:
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, end = data[at + 4 : at + 8], at + 12 + length
        if end > len(data):
            raise BadPicture("picture_broken")
        if kind not in _TOLD:
            kept.append(data[at:end])
        ended, at = kind == b"IEND", end
    if not ended or data[12:16] != b"IHDR":
        raise BadPicture("picture_broken")
    return Picture("image/png", width, height, b"".join(kept))


def _jpeg(data: bytes) -> Picture:
    """Segments up to the scan are read; those of applications but the first (JFIF) and of comments are left out."""
    at, kept, sides = 2, [data[:2]], (0, 0)
    while True:
        if data[at] != 0xFF:
            raise BadPicture("picture_broken")
        marker = data[at + 1]
        (length,) = struct.unpack(">H", data[at + 2 : at + 4])
        end = at + 2 + length
        if length < 2 or end > len(data):
            raise BadPicture("picture_broken")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            sides = struct.unpack(">HH", data[at + 5 : at + 9])
        if marker == 0xDA:
            kept.append(data[at:])
            break
        if not ((0xE1 <= marker <= 0xEF and marker != 0xEE) or marker == 0xFE):
            kept.append(data[at:end])
        at = end
    return Picture("image/jpeg", sides[1], sides[0], b"".join(kept))


def _webp(data: bytes) -> Picture:
    (size,) = struct.unpack("<I", data[4:8])
    if size + 8 > len(data):
        raise BadPicture("picture_broken")
    kind = data[12:16]
    if kind == b"VP8X":
        return _extended(data)
    if kind == b"VP8L":
        (bits,) = struct.unpack("<I", data[21:25])
        return Picture("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, data)
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return Picture("image/webp", width & 0x3FFF, height & 0x3FFF, data)
    raise BadPicture("picture_broken")


def _extended(data: bytes) -> Picture:
    """The container with features: its notes (EXIF, XMP) are left out."""
    width = int.from_bytes(data[24:27], "little") + 1
    height = int.from_bytes(data[27:30], "little") + 1
    at, kept = 12, []
    while at + 8 <= len(data):
        (length,) = struct.unpack("<I", data[at + 4 : at + 8])
        end = at + 8 + length + (length & 1)
        if data[at : at + 4] not in (b"EXIF", b"XMP "):
            kept.append(data[at:end])
        at = end
    head = bytearray(kept[0])
    head[8] &= ~0x0C  # the flags of EXIF and XMP
    body = b"WEBP" + bytes(head) + b"".join(kept[1:])
    return Picture("image/webp", width, height, b"RIFF" + struct.pack("<I", len(body)) + body)
