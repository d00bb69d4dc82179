"""Statements together with the attachments that came along with them: one ZIP.

``statements.jsonl`` is the same file as the export without attachments. ``attachments.jsonl`` says, in the order of the
statements, which contents belong to which line: hash as the statement names it, SHA-256, media type. Each content lies
once under ``contents/`` and its SHA-256. A content is given to the statements of that list only: to know a hash opens
nothing. Sources: jsonlines.org; PKWARE APPNOTE 6.3.10; xAPI 1.0.3 Part Two 2.4.11.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, cast

from content.archive import Archive, Budget, open_archive
from content.errors import ArchiveRefused
from content.xapi.errors import Fault, StatementError
from content.xapi.multipart import HASHES
from hub.db.blobs import BlobStore
from hub.db.errors import BlobMissing, BlobTooLarge
from hub.services.errors import Invalid
from hub.services.ledger import Attached
from hub.services.statement_rows import Kept, Row

STATEMENTS: Final = "statements.jsonl"
LIST: Final = "attachments.jsonl"
FOLDER: Final = "contents/"
#: An archive that is brought in: as many contents, as many bytes of one and of all. Statements pack well, so that how
#: well tells nothing (``ratio``); no content is in memory but one piece of it.
BUDGET: Final = Budget(entries=200_000, entry_bytes=1 << 36, total_bytes=1 << 38, ratio=2000)
LARGEST_CONTENT: Final = 1 << 30
LARGEST_SIGNATURE: Final = 1 << 20
_PIECE: Final = 1 << 18
_LONGEST_ENTRY: Final = 1 << 16


def write(rows: Iterable[tuple[Row, bytes]], blobs: BlobStore) -> Iterator[bytes]:
    """The archive, in pieces, of statements with their lines of ``statements.jsonl``. It is made on the disk first. A
    content that the store has lost is left out of the list."""
    with tempfile.TemporaryFile() as made, tempfile.TemporaryFile() as listed:
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            wanted: dict[str, None] = {}
            with archive.open(STATEMENTS, "w", force_zip64=True) as out:
                for number, (row, line) in enumerate(rows, 1):
                    out.write(line)
                    for one in _there(row.attachments, blobs):
                        wanted[one.sha256] = None
                        listed.write(_entry(number, one))
            listed.seek(0)
            with archive.open(LIST, "w", force_zip64=True) as out:
                while piece := listed.read(_PIECE):
                    out.write(piece)
            for sha256 in wanted:
                _put(archive, sha256, blobs)
        made.seek(0)
        while piece := made.read(_PIECE):
            yield piece


def _there(attachments: Iterable[Kept], blobs: BlobStore) -> Iterator[Kept]:
    for one in attachments:
        try:
            blobs.stat(one.sha256)
        except BlobMissing:
            continue
        yield one


def _entry(line: int, one: Kept) -> bytes:
    told = {"line": line, "sha2": one.sha2, "sha256": one.sha256, "contentType": one.content_type, "length": one.size}
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def _put(archive: zipfile.ZipFile, sha256: str, blobs: BlobStore) -> None:
    """As it is: what people attach is packed already, mostly."""
    info = zipfile.ZipInfo(FOLDER + sha256)
    with blobs.open(sha256) as file, archive.open(info, "w", force_zip64=True) as out:
        while piece := file.read(_PIECE):
            out.write(piece)


@dataclass(frozen=True, slots=True)
class _Listed:
    """A line of the list."""

    line: int
    sha2: str
    sha256: str
    content_type: str


class Given:
    """An archive that is brought in. Lines are to be asked for in their order."""

    def __init__(self, file: BinaryIO, blobs: BlobStore) -> None:
        """Raises Invalid (``file``: ``not_an_archive``)."""
        try:
            self._archive: Archive = open_archive(file, BUDGET)
        except ArchiveRefused as error:
            raise Invalid({"file": "not_an_archive"}) from error
        if STATEMENTS not in self._archive.entries:
            raise Invalid({"file": "not_an_archive"})
        self._blobs = blobs
        self._statements = _Stream(self._pieces(STATEMENTS))
        self._list = self._listed() if LIST in self._archive.entries else iter(())
        self._next: _Listed | None = None

    @property
    def statements(self) -> BinaryIO:
        """``statements.jsonl``, to be read to its end. Reading it raises Invalid (``file``: ``cut_short``)."""
        return cast(BinaryIO, io.BufferedReader(self._statements, _PIECE))

    @property
    def share(self) -> float:
        """How far the statements are read, 0..1."""
        return self._statements.given / max(self._archive.entries[STATEMENTS].size, 1)

    def contents(self, line: int) -> dict[str, Attached]:
        """The contents of a line's statement, by hash, now in the store. Raises StatementError for one that is not in
        the archive or has another hash (XAPI-00132), Invalid."""
        return {one.sha2: self._stored(one) for one in list(self._of(line))}

    def data(self, attached: Attached) -> bytes:
        """A content of at most ``LARGEST_SIGNATURE`` bytes; the empty one for a larger."""
        if attached.size > LARGEST_SIGNATURE:
            return b""
        with self._blobs.open(attached.sha256) as file:
            return file.read()

    def _of(self, line: int) -> Iterator[_Listed]:
        while True:
            self._next = self._next or next(self._list, None)
            if self._next is None or self._next.line > line:
                return
            one, self._next = self._next, None
            if one.line == line:
                yield one

    def _stored(self, one: _Listed) -> Attached:
        name, sort = FOLDER + one.sha256, HASHES.get(len(one.sha2))
        if name not in self._archive.entries or sort is None:
            raise StatementError("$.attachments", "XAPI-00132", "its content is not in the archive", Fault.MISSING)
        digest = sort()

        def pieces() -> Iterator[bytes]:
            for piece in self._archive.stream(name):
                digest.update(piece)
                yield piece

        try:
            blob = self._blobs.put(pieces(), LARGEST_CONTENT)
        except ArchiveRefused as error:
            raise StatementError("$.attachments", "XAPI-00132", "its content is broken", Fault.FORMAT) from error
        except BlobTooLarge as error:
            raise StatementError(
                "$.attachments", "Communication 3.2", "its content is too large", Fault.RANGE
            ) from error
        if digest.hexdigest() != one.sha2:
            raise StatementError("$.attachments", "XAPI-00132", "its content has another hash", Fault.FORMAT)
        return Attached(one.sha2, blob.sha256, blob.size, one.content_type)

    def _pieces(self, name: str) -> Iterator[bytes]:
        try:
            yield from self._archive.stream(name)
        except ArchiveRefused as error:
            raise Invalid({"file": "cut_short"}) from error

    def _listed(self) -> Iterator[_Listed]:
        file = io.BufferedReader(_Stream(self._pieces(LIST)))
        while text := file.readline(_LONGEST_ENTRY):
            one = _read(text)
            if one is not None:
                yield one


class _Stream(io.RawIOBase):
    """Pieces as a file. ``given``: bytes read so far."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest, self.given = pieces, b"", 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._rest = self._rest or next(self._pieces, b"")
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        self.given += size
        return size


def _read(text: bytes) -> _Listed | None:
    """A line of the list; one that says something else is passed over: its statement enters without that content."""
    try:
        told: Any = json.loads(text)
        return _Listed(int(told["line"]), str(told["sha2"]).lower(), str(told["sha256"]), str(told["contentType"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
