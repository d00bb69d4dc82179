"""The files of stored packages, read where they lie: nothing is unpacked (ADR 13).

Inventories and manifests are kept for the packages played last; a package never changes, so they are never stale.
"""

from __future__ import annotations

import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from content.archive import open_archive
from content.entry import Entry
from content.errors import ContentError
from content.inspect import Read, inspect, read_package
from content.report import Findings
from content.single import Single
from hub.db.directory import Installation
from hub.models.packages import Package
from hub.services.errors import Conflict, NotFound

KEPT = 16
COPIES = 32
"""Packages of a bucket that lie on this machine's disk while they are played."""


@dataclass(frozen=True, slots=True)
class Held:
    """A package that can be served. ``entries`` by full name in the archive, empty of a single file."""

    id: UUID
    resource_id: UUID
    sha256: str
    size: int
    file_name: str
    format: str
    version: str
    root: str
    read: Read
    entries: dict[str, Entry]


class PackageStore:
    """The played packages of an installation. Safe for threads."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._held: OrderedDict[tuple[str, UUID], Held] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, tenant: str, package_id: UUID) -> Held:
        """A package of a tenant. Raises NotFound, Conflict (``not_playable``: its original is not kept or not read)."""
        key = (tenant, package_id)
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        with self._installation.tenant(tenant).read() as session:
            row = session.get(Package, package_id)
        if row is None:
            raise NotFound(kind="package", id=str(package_id))
        if not row.sha256:
            raise Conflict("not_playable")
        held = self._look(tenant, row)
        with self._lock:
            self._held[key] = held
            while len(self._held) > KEPT:
                self._held.popitem(last=False)
        return held

    @contextmanager
    def opened(self, tenant: str, sha256: str) -> Iterator[BinaryIO]:
        """The stored file, readable at any place; one that lies in a bucket is copied beside first."""
        file = self._installation.blobs(tenant).open(sha256)
        if not file.seekable():
            file = self._copy(file, sha256)
        try:
            yield file
        finally:
            file.close()

    def _look(self, tenant: str, row: Package) -> Held:
        read: Read = None
        entries: dict[str, Entry] = {}
        with self.opened(tenant, row.sha256) as file:
            if row.format == "file":
                read = Single("", "")
            elif row.format == "cmi5" and not is_archive(file):
                read = inspect(file, row.file_name).package
            else:
                try:
                    archive = open_archive(file)
                    read, _root = read_package(archive, Findings())
                    entries = archive.entries if archive.kind == "zip" else {}
                except ContentError as error:
                    raise Conflict("not_playable") from error
        return Held(
            row.id, row.resource_id, row.sha256, row.size, row.file_name, row.format, row.format_version, row.root,
            read, entries,
        )  # fmt: skip

    def _copy(self, source: BinaryIO, sha256: str) -> BinaryIO:
        folder = self._installation.config.data / "scratch" / "played"
        folder.mkdir(parents=True, exist_ok=True)
        final = folder / sha256
        with source:
            if not final.exists():
                part = final.with_suffix(f".{threading.get_ident()}")
                with part.open("wb") as file:
                    shutil.copyfileobj(source, file, 1 << 20)
                part.replace(final)
                _forget_oldest(folder)
        final.touch()
        return final.open("rb")


def is_archive(file: BinaryIO) -> bool:
    """Whether a stored course structure lies in an archive, or is the XML alone."""
    head = file.read(4)
    file.seek(0)
    return head[:2] == b"PK"


def _forget_oldest(folder: Path) -> None:
    """Files that are being read stay readable after their name is gone."""
    found = sorted((path for path in folder.iterdir() if path.is_file()), key=lambda path: path.stat().st_mtime)
    for path in found[:-COPIES]:
        path.unlink(missing_ok=True)
