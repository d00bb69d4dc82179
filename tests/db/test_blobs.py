"""The store of files."""

import errno
import hashlib
import io
import os
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from hub.db import s3
from hub.db.blobs import Blob, LocalBlobs
from hub.db.blobs_s3 import S3Blobs
from hub.db.errors import BlobMissing, BlobTooLarge, StoreError


@pytest.fixture
def store(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "blobs")


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Blobs]:
    """A store in a bucket of moto's S3."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3.client.cache_clear()
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="files")
        yield S3Blobs("s3://files/generateur", None, tmp_path / "scratch")
    s3.client.cache_clear()


def test_a_bucket_keeps_the_same_promises(bucket: S3Blobs, tmp_path: Path) -> None:
    content = os.urandom(200_000)
    first = bucket.put(io.BytesIO(content), limit=200_000)
    assert bucket.put(iter([content[:7], content[7:]]), limit=200_000) == first
    assert (first.sha256, first.size) == (hashlib.sha256(content).hexdigest(), 200_000)
    assert bucket.stat(first.sha256) == first
    with bucket.open(first.sha256) as file:
        assert file.read() == content
    other = bucket.put(io.BytesIO(b"x"), limit=1)
    assert list(bucket.hashes()) == sorted([first.sha256, other.sha256])
    assert bucket.remove_unreferenced(lambda _: False) == 0  # too young
    assert bucket.remove_unreferenced(lambda sha256: sha256 == first.sha256, older_than=-60) == 1
    assert list(bucket.hashes()) == [first.sha256]
    bucket.discard(first.sha256)
    bucket.discard(first.sha256)
    assert list(bucket.hashes()) == []
    assert list((tmp_path / "scratch").iterdir()) == []


def test_a_bucket_says_what_is_missing_too_large_or_unreachable(bucket: S3Blobs, tmp_path: Path) -> None:
    with pytest.raises(BlobTooLarge):
        bucket.put(io.BytesIO(b"12345"), limit=4)
    for missing in ("0" * 64, "../secret", ""):
        with pytest.raises(BlobMissing):
            bucket.open(missing)
    with pytest.raises(BlobMissing):
        bucket.stat("0" * 64)
    with pytest.raises(StoreError, match="NoSuchBucket"):
        S3Blobs("s3://nowhere/x", None, tmp_path).put(io.BytesIO(b"x"), limit=1)


def files(store_folder: Path) -> list[Path]:
    return [path for path in store_folder.rglob("*") if path.is_file()]


def test_a_file_is_named_by_its_content_and_stored_once(store: LocalBlobs, tmp_path: Path) -> None:
    content = os.urandom(200_000)
    first = store.put(io.BytesIO(content), limit=200_000)
    second = store.put(iter([content[:7], content[7:]]), limit=200_000)
    assert first == second
    assert first.sha256 == hashlib.sha256(content).hexdigest()
    assert first.size == 200_000
    assert len(files(tmp_path)) == 1
    with store.open(first.sha256) as file:
        assert file.read() == content
    assert store.stat(first.sha256) == first


def test_a_stream_over_its_budget_leaves_nothing(store: LocalBlobs, tmp_path: Path) -> None:
    with pytest.raises(BlobTooLarge):
        store.put(io.BytesIO(b"12345"), limit=4)
    assert files(tmp_path) == []
    assert store.put(io.BytesIO(b"1234"), limit=4).size == 4


@pytest.mark.parametrize("pieces", [0, 1000, 100_000, 2_000_000])
def test_a_long_stream_is_hashed_in_its_order_however_it_is_cut(
    store: LocalBlobs, bucket: S3Blobs, pieces: int
) -> None:
    content = os.urandom(20_000_001)

    def source() -> io.BytesIO | Iterator[bytes]:
        return (content[at : at + pieces] for at in range(0, len(content), pieces)) if pieces else io.BytesIO(content)

    expected = Blob(hashlib.sha256(content).hexdigest(), len(content))
    assert store.put(source(), limit=len(content)) == bucket.put(source(), limit=len(content)) == expected
    with store.open(expected.sha256) as file:
        assert file.read() == content
    with pytest.raises(BlobTooLarge):
        store.put(source(), limit=len(content) - 1)


def test_a_stream_that_breaks_leaves_nothing(store: LocalBlobs, tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half" * 200_000
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.put(broken(), limit=1_000_000)
    assert files(tmp_path) == []


def test_a_disk_that_fails_halfway_and_then_says_nothing_is_believed_the_first_time(
    store: LocalBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system tells a failed write to one sync only: those after it succeed."""
    real, failed = os.fsync, []

    def once(handle: int) -> None:
        if not failed:
            failed.append(handle)
            raise OSError(errno.EIO, "input/output error")
        real(handle)

    monkeypatch.setattr(os, "fsync", once)
    with pytest.raises(OSError, match="input/output error"):
        store.put(io.BytesIO(bytes(40_000_000)), limit=40_000_000)
    assert files(tmp_path) == []


@pytest.mark.parametrize("name", ["0" * 64, "../../secret.key", "", "A" * 64])
def test_an_unknown_or_malformed_hash_is_missing(store: LocalBlobs, name: str) -> None:
    with pytest.raises(BlobMissing):
        store.open(name)
    with pytest.raises(BlobMissing):
        store.stat(name)


def test_only_old_blobs_that_nothing_refers_to_are_removed(store: LocalBlobs, tmp_path: Path) -> None:
    kept, orphan, young = (store.put(io.BytesIO(text), limit=10) for text in (b"kept", b"orphan", b"young"))
    left_behind = tmp_path / "blobs" / "incoming" / "left"
    left_behind.write_bytes(b"by a killed process")
    two_hours_ago = time.time() - 7200
    for path in files(tmp_path):
        if path.name != young.sha256:
            os.utime(path, (two_hours_ago, two_hours_ago))
    assert store.remove_unreferenced(lambda name: name == kept.sha256) == 2
    assert {path.name for path in files(tmp_path)} == {kept.sha256, young.sha256}
    with pytest.raises(BlobMissing):
        store.stat(orphan.sha256)


def test_a_blob_stored_again_is_young_again(store: LocalBlobs, tmp_path: Path) -> None:
    blob = store.put(io.BytesIO(b"again"), limit=10)
    for path in files(tmp_path):
        os.utime(path, (0, 0))
    store.put(io.BytesIO(b"again"), limit=10)
    assert store.remove_unreferenced(lambda _: False) == 0
    assert store.stat(blob.sha256) == blob
