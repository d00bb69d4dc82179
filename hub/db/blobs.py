"""Stored files of one tenant, named by the SHA-256 of their content: the same file twice is stored once."""

import hashlib
import os
import re
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Protocol

from hub.db.errors import BlobMissing, BlobTooLarge

_HASH = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20
#: Pieces that may be written and not hashed yet: fewer, and the two threads wait for each other.
_AHEAD = 4
#: Bytes after which the disk is asked to write while more come, so that little is left to wait for at the end.
_SYNC = 8_000_000
ORPHAN_SECONDS = 3600
"""A blob younger than this is not removed: the unit of work that will refer to it may not have committed yet."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A stored file: lower-case hexadecimal SHA-256, size in bytes."""

    sha256: str
    size: int


class BlobStore(Protocol):
    """A store of files, in a local folder or elsewhere. Its methods do I/O: call them outside units of work."""

    def put(self, source: BinaryIO | Iterable[bytes], limit: int) -> Blob:
        """Store a stream, whole or not at all. Raises BlobTooLarge beyond ``limit`` bytes."""

    def open(self, sha256: str) -> BinaryIO:
        """The content, to be closed by the caller. Raises BlobMissing."""

    def stat(self, sha256: str) -> Blob:
        """Whether it is there, and its size. Raises BlobMissing."""

    def hashes(self) -> Iterator[str]:
        """The SHA-256 of every blob, sorted."""

    def discard(self, sha256: str) -> None:
        """Remove one blob now, which the caller knows nothing refers to; nothing happens when it is not there."""

    def remove_unreferenced(self, is_referenced: Callable[[str], bool], older_than: float = ORPHAN_SECONDS) -> int:
        """Remove the blobs older than ``older_than`` seconds that nothing refers to; gives how many."""


class LocalBlobs:
    """A BlobStore in a folder: ``ab/cd/abcd…``, two levels of two digits so that no folder grows large."""

    def __init__(self, folder: Path) -> None:
        """``folder`` is made at the first write."""
        self._folder = folder

    def put(self, source: BinaryIO | Iterable[bytes], limit: int) -> Blob:
        """See BlobStore. Written apart, synced, then renamed: a killed process leaves no half file under a hash."""
        incoming = self._folder / "incoming"
        incoming.mkdir(parents=True, exist_ok=True)
        part = incoming / secrets.token_hex(16)
        try:
            with part.open("xb") as file:
                blob = pour(source, file, limit, durable=True)
            self._settle(part, self._path(blob.sha256))
            return blob
        finally:
            part.unlink(missing_ok=True)

    def open(self, sha256: str) -> BinaryIO:
        """See BlobStore."""
        try:
            return self._path(sha256).open("rb")
        except FileNotFoundError:
            raise BlobMissing("no such blob") from None

    def stat(self, sha256: str) -> Blob:
        """See BlobStore."""
        try:
            return Blob(sha256, self._path(sha256).stat().st_size)
        except FileNotFoundError:
            raise BlobMissing("no such blob") from None

    def hashes(self) -> Iterator[str]:
        """See BlobStore."""
        return iter(sorted(path.name for path in self._folder.glob("??/??/*") if _HASH.fullmatch(path.name)))

    def discard(self, sha256: str) -> None:
        """See BlobStore."""
        self._path(sha256).unlink(missing_ok=True)

    def remove_unreferenced(self, is_referenced: Callable[[str], bool], older_than: float = ORPHAN_SECONDS) -> int:
        """See BlobStore; what a killed process left in ``incoming`` goes too."""
        before = time.time() - older_than
        removed = 0
        for path in self._folder.glob("*/**/*"):
            if not path.is_file() or path.stat().st_mtime > before:
                continue
            if path.parent.name == "incoming" or not is_referenced(path.name):
                path.unlink(missing_ok=True)
                removed += 1
        return removed

    def _settle(self, part: Path, final: Path) -> None:
        if final.exists():
            os.utime(final)  # young again: whoever stores it now is about to refer to it
            return
        final.parent.mkdir(parents=True, exist_ok=True)
        part.chmod(0o444)
        part.replace(final)
        _sync_folder(final.parent)

    def _path(self, sha256: str) -> Path:
        if not _HASH.fullmatch(sha256):
            raise BlobMissing("not a SHA-256")
        return self._folder / sha256[:2] / sha256[2:4] / sha256


def is_hash(text: str) -> bool:
    """Whether ``text`` may name a blob."""
    return _HASH.fullmatch(text) is not None


def pour(source: BinaryIO | Iterable[bytes], file: IO[bytes], limit: int, *, durable: bool = False) -> Blob:
    """Write a stream to a file; gives its hash and size. When ``durable``, the content is on the disk at the end.
    Raises BlobTooLarge beyond ``limit`` bytes, OSError when it cannot be written.

    SHA-256 takes longer than reading and writing, and needs no lock of Python's: a thread hashes pieces while this one
    writes them and reads on, a few ahead. Another waits for the disk.
    """
    digest, size, asked = hashlib.sha256(), 0, 0
    behind: deque[Future[None]] = deque()
    syncing: Future[None] | None = None
    with ThreadPoolExecutor(1) as beside, ThreadPoolExecutor(1) as disk:
        for chunk in _chunks(source):
            size += len(chunk)
            if size > limit:
                raise BlobTooLarge(f"more than {limit} bytes")
            if len(behind) == _AHEAD:
                behind.popleft().result()
            behind.append(beside.submit(digest.update, chunk))
            file.write(chunk)
            if durable and size - asked >= _SYNC and (syncing is None or syncing.done()):
                _settled(syncing)
                syncing, asked = disk.submit(os.fsync, file.fileno()), size
        for one in behind:
            one.result()
        _settled(syncing)
    if durable:
        file.flush()
        os.fsync(file.fileno())
    return Blob(digest.hexdigest(), size)


def _settled(syncing: Future[None] | None) -> None:
    """Raise what a sync met: the system tells a failure once, so that the next sync would hide it."""
    if syncing is not None:
        syncing.result()


def _chunks(source: BinaryIO | Iterable[bytes]) -> Iterator[bytes]:
    """A stream in large pieces: small ones are put together."""
    read: Callable[[int], bytes] | None = getattr(source, "read", None)
    if read is not None:
        while chunk := read(_CHUNK):
            yield chunk
        return
    held = bytearray()
    for piece in source:
        held += piece
        if len(held) >= _CHUNK:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
