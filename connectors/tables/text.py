"""CSV and its likes: which encoding, which separator, then row by row."""

import codecs
import contextlib
import csv
import io
import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from connectors.tables.model import Row, TableRefused

SEPARATORS: Final = ";\t,"
_CHUNK: Final = 1 << 16
_LONGEST_CELL: Final = 1 << 17
_SAID: Final = re.compile(r"sep=(.)\s*", re.IGNORECASE)


def read(file: BinaryIO, head: bytes) -> Iterator[Row]:
    """The rows of a text file whose first bytes are ``head``. Raises TableRefused ``not_text``, also on the way."""
    encoding = encoding_of(file, head)
    separator, skipped = _separator(head, encoding)
    return _rows(file, encoding, separator, skipped)


def encoding_of(file: BinaryIO, head: bytes) -> str:
    """UTF-8 with or without a mark, UTF-16 (Excel's "Unicode text"), else cp1252: Excel's CSV in France."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    pairs = head[:400]
    if pairs[1::2].count(0) > len(pairs) // 4 or pairs[0::2].count(0) > len(pairs) // 4:
        return "utf-16-le" if pairs[1::2].count(0) > pairs[0::2].count(0) else "utf-16-be"
    if b"\0" in head or head.startswith(b"%PDF-"):
        raise TableRefused("not_text")
    return "utf-8-sig" if _decodes(file, "utf-8") else "cp1252"


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while chunk := file.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _separator(head: bytes, encoding: str) -> tuple[str, bool]:
    """(separator, whether the first line only says it, as Excel's ``sep=;`` does)."""
    first = head.decode(encoding, "ignore").lstrip("\ufeff\r\n").partition("\n")[0]
    said = _SAID.fullmatch(first)
    return (said[1], True) if said else (max(SEPARATORS, key=first.count), False)


def _rows(file: BinaryIO, encoding: str, separator: str, skipped: bool) -> Iterator[Row]:
    file.seek(0)
    lines = io.TextIOWrapper(file, encoding, newline="")
    try:
        for number, cells in enumerate(csv.reader(_clean(lines), delimiter=separator), start=1):
            if not (skipped and number == 1):
                yield Row(number, cells)
    except (csv.Error, UnicodeError) as error:
        raise TableRefused("not_text") from error
    finally:
        with contextlib.suppress(ValueError):  # closed by its owner before the last row
            lines.detach()


def _clean(lines: io.TextIOWrapper) -> Iterator[str]:
    """The lines; a line beyond measure is no table's. A mark at the very beginning is not part of the first name."""
    first = True
    while line := lines.readline(_LONGEST_CELL):
        if "\0" in line or len(line) == _LONGEST_CELL:
            raise TableRefused("not_text")
        yield line.lstrip("\ufeff") if first else line
        first = False
