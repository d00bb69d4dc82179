"""A Store in a bucket of S3."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from hub.db import s3
from hub.db.errors import StoreError


class S3Store:
    """A Store below ``prefix`` of a bucket; each object is written in one call or a multipart upload, hence whole."""

    def __init__(self, bucket: str, prefix: str, endpoint: str | None) -> None:
        """``endpoint``: see ``hub.db.s3.client``. Raises StoreError without a bucket or without boto3."""
        if not bucket:
            raise StoreError("expected s3://bucket/prefix")
        self._client = s3.client(endpoint)
        self._bucket, self._prefix = bucket, f"{prefix}/" if prefix else ""

    @property
    def shown(self) -> str:
        """See Store."""
        return f"s3://{self._bucket}/{self._prefix}".rstrip("/")

    def put(self, name: str, source: Path) -> None:
        """See Store."""
        with self._said():
            self._client.upload_file(str(source), self._bucket, self._prefix + name)

    def put_bytes(self, name: str, content: bytes) -> None:
        """See Store."""
        with self._said():
            self._client.put_object(Bucket=self._bucket, Key=self._prefix + name, Body=content)

    def open(self, name: str) -> BinaryIO:
        """See Store."""
        with self._said():
            body: BinaryIO = self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)["Body"]
            return body

    def names(self, prefix: str = "") -> Iterator[str]:
        """See Store."""
        with self._said():
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix + prefix):
                for item in page.get("Contents", ()):
                    yield str(item["Key"]).removeprefix(self._prefix)

    def remove(self, name: str) -> None:
        """See Store."""
        with self._said():
            self._client.delete_object(Bucket=self._bucket, Key=self._prefix + name)

    def free(self) -> int | None:
        """See Store: a bucket has no end that anybody knows."""
        return None

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except s3.errors() as error:
            raise StoreError(f"{self.shown}: {s3.reason(error)}") from error
