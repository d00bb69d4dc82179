"""Where copies are kept: files by name, in a folder or in a bucket. A file is there whole or not at all."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit

from hub.config import Config
from hub.db.errors import StoreError


class Store(Protocol):
    """Files by name (``a/b/c``). Its methods do I/O: call them outside units of work. All raise StoreError."""

    @property
    def shown(self) -> str:
        """How an operator names it: a path or ``s3://bucket/prefix``; no credential."""

    def put(self, name: str, source: Path) -> None:
        """Keep the file ``source`` under ``name``, in the place of what was there."""

    def put_bytes(self, name: str, content: bytes) -> None:
        """Keep a short text."""

    def open(self, name: str) -> BinaryIO:
        """The content, to be read once and closed. Raises StoreError where there is none."""

    def names(self, prefix: str = "") -> Iterator[str]:
        """Every name that begins with ``prefix``, sorted."""

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""

    def free(self) -> int | None:
        """Bytes that still fit; None where nobody says, as of a bucket."""


class FolderStore:
    """A Store in a folder, which is made at the first write. Readable by its owner only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def shown(self) -> str:
        """See Store."""
        return str(self._folder)

    def put(self, name: str, source: Path) -> None:
        """See Store: written apart, synced, then renamed."""
        with source.open("rb") as file:
            self._settle(name, file)

    def put_bytes(self, name: str, content: bytes) -> None:
        """See Store."""
        with _said(self.shown):
            part = self._part(name)
            part.write_bytes(content)
            self._finish(part, name)

    def open(self, name: str) -> BinaryIO:
        """See Store."""
        try:
            return self._path(name).open("rb")
        except OSError as error:
            raise StoreError(f"{self.shown}: {name} cannot be read ({error.strerror})") from error

    def names(self, prefix: str = "") -> Iterator[str]:
        """See Store."""
        # Only the folder that the prefix lies in is walked: that of one tenant among hundreds.
        root = self._folder / prefix.rpartition("/")[0]
        found = (p for p in root.rglob("*") if p.is_file() and not p.name.endswith(".part")) if root.is_dir() else ()
        names = (path.relative_to(self._folder).as_posix() for path in found)
        return iter(sorted(name for name in names if name.startswith(prefix)))

    def remove(self, name: str) -> None:
        """See Store; folders left empty go too."""
        path = self._path(name)
        path.unlink(missing_ok=True)
        with suppress(OSError):
            while path.parent != self._folder:
                path = path.parent
                path.rmdir()

    def free(self) -> int | None:
        """See Store: what is left on the disk of the folder, or of the one it will be made in."""
        folder = next(path for path in (self._folder, *self._folder.parents) if path.exists())
        with _said(self.shown):
            return shutil.disk_usage(folder).free

    def _settle(self, name: str, source: BinaryIO) -> None:
        with _said(self.shown):
            part = self._part(name)
            try:
                with part.open("xb") as file:
                    shutil.copyfileobj(source, file, 1 << 20)
                self._finish(part, name)
            finally:
                part.unlink(missing_ok=True)

    def _part(self, name: str) -> Path:
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")

    def _finish(self, part: Path, name: str) -> None:
        part.chmod(0o600)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(self._path(name))

    def _path(self, name: str) -> Path:
        path = self._folder / name
        if not name or ".." in Path(name).parts or not path.is_relative_to(self._folder):
            raise StoreError("a name of a file leaves its store")
        return path


@contextmanager
def _said(shown: str) -> Iterator[None]:
    """An error of the system as a StoreError that names the store."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"{shown}: {error.strerror or error}") from error


def open_store(place: str, config: Config) -> Store:
    """The store at ``place``: a folder, or ``s3://bucket/prefix`` (needs the extra ``s3``). Raises StoreError."""
    parts = urlsplit(place)
    if parts.scheme == "s3":
        from hub.db.stores_s3 import S3Store

        return S3Store(parts.netloc, parts.path.strip("/"), config.s3_endpoint)
    return FolderStore(Path(place).absolute())
