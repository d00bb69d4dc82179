"""Files of packages, so that they can be read at any place."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from hub.db.blobs import BlobStore


@contextmanager
def opened(blobs: BlobStore, sha256: str) -> Iterator[BinaryIO]:
    """A blob that can be read at any place: what comes from a bucket is first copied beside."""
    with blobs.open(sha256) as file:
        if file.seekable():
            yield file
            return
        with tempfile.TemporaryFile() as beside:
            shutil.copyfileobj(file, beside, 1 << 20)
            yield cast(BinaryIO, beside)
