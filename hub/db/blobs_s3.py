"""A BlobStore in a bucket of S3: ``<prefix>/ab/abcd…``, for installations of several machines."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from hub.db import s3
from hub.db.blobs import ORPHAN_SECONDS, Blob, is_hash, pour
from hub.db.errors import BlobMissing, StoreError

_IN_MEMORY = 1 << 22
_MISSING = ("404", "NoSuchKey", "NotFound")


class S3Blobs:
    """See BlobStore. A stream is measured and hashed on its way through a file, then sent whole. Raises StoreError."""

    def __init__(self, place: str, endpoint: str | None, scratch: Path) -> None:
        """``place``: ``s3://bucket/prefix``; ``scratch``: folder for what passes through."""
        parts = urlsplit(place)
        self._client = s3.client(endpoint)
        self._bucket, self._prefix = parts.netloc, parts.path.strip("/") + "/"
        self._scratch = scratch

    def put(self, source: BinaryIO | Iterable[bytes], limit: int) -> Blob:
        """See BlobStore. A file that is there already is sent again: its age tells ``remove_unreferenced`` that
        somebody is about to refer to it."""
        self._scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, dir=str(self._scratch)) as file:
            blob = pour(source, file, limit)
            file.seek(0)
            try:
                self._client.upload_fileobj(file, self._bucket, self._key(blob.sha256))
            except s3.errors() as error:
                raise StoreError(f"the stored file cannot be kept: {s3.reason(error)}") from error
        return blob

    def open(self, sha256: str) -> BinaryIO:
        """See BlobStore."""
        try:
            body: BinaryIO = self._client.get_object(Bucket=self._bucket, Key=self._key(sha256))["Body"]
        except s3.errors() as error:
            raise self._said(error) from error
        return body

    def stat(self, sha256: str) -> Blob:
        """See BlobStore."""
        try:
            return Blob(
                sha256, int(self._client.head_object(Bucket=self._bucket, Key=self._key(sha256))["ContentLength"])
            )
        except s3.errors() as error:
            raise self._said(error) from error

    def hashes(self) -> Iterator[str]:
        """See BlobStore."""
        return (sha256 for sha256, _ in self._listed())

    def discard(self, sha256: str) -> None:
        """See BlobStore."""
        try:
            self._client.delete_object(Bucket=self._bucket, Key=self._key(sha256))
        except s3.errors() as error:
            raise self._said(error) from error

    def remove_unreferenced(self, is_referenced: Callable[[str], bool], older_than: float = ORPHAN_SECONDS) -> int:
        """See BlobStore."""
        before = datetime.now(UTC) - timedelta(seconds=older_than)
        gone = [name for name, written in self._listed() if written < before and not is_referenced(name)]
        for name in gone:
            self._client.delete_object(Bucket=self._bucket, Key=self._key(name))
        return len(gone)

    def _listed(self) -> Iterator[tuple[str, datetime]]:
        try:
            for page in self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix
            ):
                for item in page.get("Contents", ()):
                    name = str(item["Key"]).rpartition("/")[2]
                    if is_hash(name):
                        yield name, item["LastModified"]
        except s3.errors() as error:
            raise self._said(error) from error

    def _key(self, sha256: str) -> str:
        if not is_hash(sha256):
            raise BlobMissing("not a SHA-256")
        return f"{self._prefix}{sha256[:2]}/{sha256}"

    @staticmethod
    def _said(error: Exception) -> BlobMissing | StoreError:
        reason = s3.reason(error)
        return BlobMissing("no such blob") if reason in _MISSING else StoreError(f"the stored files: {reason}")
