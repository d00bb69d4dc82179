"""Backups: made from a living place, tried, rotated, restored elsewhere, with the erasures applied again."""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import boto3
import pytest
from moto import mock_aws
from sqlalchemy import select

from hub.config import Config
from hub.db import sealed_key, snapshots
from hub.db.directory import Installation
from hub.db.errors import SnapshotError, StoreError, VaultError, WrongPassphrase
from hub.db.stores import FolderStore, Store, open_store
from hub.db.uow import TenantDatabase
from hub.models.person import Account, Person
from hub.models.platforms import Platform
from hub.models.river import Agent, Ledger, PathStateRow
from hub.services import erasure
from hub.services.backup import erasures, keep, make, manifest
from hub.services.backup.restore import fetch_key, restore
from hub.services.fingerprint import fingerprint
from hub.services.identities import link
from hub.services.ledger import ingest
from hub.services.projection import project_dirty
from hub.services.source import Source
from tests.services.builders import NOW, activity, document, enrol, person, publish, rule, statement, step

COURSE = "https://lms.example/course/1"
MOOC = Source(name="mooc")


@pytest.fixture
def who(installation: Installation, tenant: TenantDatabase) -> UUID:
    """A place with something of everything: a person with evidence, a sealed secret, a stored file."""
    with tenant.write() as session:
        made = person(session, email="ines@example.org")
        session.add(Account(person_id=made, login="ines", changed_at=NOW))
        session.add(Platform(name="Moodle", credentials="jeton-s3same", created_at=NOW))
        version = publish(session, document(step("Un", activity(COURSE, "completed"), rule=rule(("completed", None)))))
        enrol(session, made, version)
        ingest(session, [statement("ines", "completed", COURSE)], MOOC, NOW)
        agent = session.scalars(select(Agent.id).where(Agent.ifi.contains("|ines"))).one()
        link(session, agent, made, rule="test", by=None, now=NOW)
    project_dirty(tenant)
    installation.blobs(tenant.key).put(io.BytesIO(b"une photo"), limit=100)
    return made


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "backups")


@contextmanager
def elsewhere(installation: Installation, tmp_path: Path, *, key: bool = True) -> Iterator[Installation]:
    """A second installation with nothing in it but, where asked for, the same key file. On PostgreSQL another
    database of the server would do the same; its schema has another name instead."""
    other = tmp_path / "elsewhere"
    other.mkdir()
    if key:
        (other / "secret.key").write_bytes(installation.config.keys_path.read_bytes())
        (other / "secret.key").chmod(0o600)
    made = Installation(Config(data=other, base_url="http://hub.localhost:8080"))
    yield made
    made.close()


def seen(tenant: TenantDatabase) -> object:
    with tenant.read() as session:
        return fingerprint(session)


def test_a_backup_is_tried_and_says_what_it_holds(installation: Installation, store: Store, who: UUID) -> None:
    made = make.back_up(installation, "generateur", store, NOW)
    assert manifest.read(store, "generateur", made.stamp) == made
    assert made.verified_at == NOW
    assert (made.fingerprint.rows["ledger"], made.fingerprint.rows["person"], len(made.files)) == (1, 1, 1)
    assert made.fingerprint == seen(installation.tenant("generateur"))
    left = [p for p in (installation.config.data / "scratch").rglob("*") if p.is_file()]
    assert left == []


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_destroyed_place_is_restored_on_another_machine(
    installation: Installation, store: Store, who: UUID, tmp_path: Path
) -> None:
    before = seen(installation.tenant("generateur"))
    make.back_up(installation, "generateur", store, NOW)
    with elsewhere(installation, tmp_path) as other:
        done = restore(other, store, "generateur", NOW)
        tenant = other.tenant_for_host("hub.localhost")
        assert seen(tenant) == before
        assert (done.before, done.lost) == (None, ())
        with tenant.read() as session:
            secret = session.scalars(select(Platform.credentials)).one()
            assert secret is not None
            assert secret.reveal() == "jeton-s3same"
            assert session.scalars(select(PathStateRow.complete)).all() == [True]
        (blob,) = other.blobs("generateur").hashes()
        with other.blobs("generateur").open(blob) as file:
            assert file.read() == b"une photo"


def test_restoring_in_place_replaces_only_when_asked_and_keeps_what_was_there(
    installation: Installation, store: Store, who: UUID
) -> None:
    tenant = installation.tenant("generateur")
    before = seen(tenant)
    make.back_up(installation, "generateur", store, NOW)
    with tenant.write() as session:
        ingest(session, [statement("yanis", "completed", COURSE, when=3)], MOOC, NOW)
    with pytest.raises(SnapshotError, match="--replace"):
        restore(installation, store, "generateur", NOW)
    done = restore(installation, store, "generateur", NOW, replace=True)
    assert seen(tenant) == before  # the very object that a running server holds
    assert done.before is not None
    with installation.scratch() as scratch:
        snapshots.load(Path(done.before), scratch)
        with scratch.read() as session:
            assert len(session.scalars(select(Ledger.seq)).all()) == 2
    with tenant.write() as session:
        ingest(session, [statement("lou", "completed", COURSE, when=4)], MOOC, NOW)
        assert session.scalars(select(Ledger.seq).order_by(Ledger.seq)).all() == [1, 2]


def test_an_erasure_after_the_backup_is_applied_again(installation: Installation, store: Store, who: UUID) -> None:
    tenant = installation.tenant("generateur")
    with tenant.write() as session:  # an identity of nobody yet at the time of the backup
        ingest(session, [statement("ines2", "completed", COURSE, when=1)], MOOC, NOW)
    make.back_up(installation, "generateur", store, NOW)
    with tenant.write() as session:
        second = session.scalars(select(Agent.id).where(Agent.ifi.contains("|ines2"))).one()
        link(session, second, who, rule="test", by=None, now=NOW)
    with tenant.write() as session:
        erasure.erase(session, who, None, NOW + timedelta(hours=1))
    erasures.publish(installation, "generateur", [store])
    done = restore(installation, store, "generateur", NOW, replace=True)
    assert (done.replayed.persons, done.replayed.identities) == (1, 1)
    with tenant.read() as session:
        gone = session.get_one(Person, who)
        assert (gone.name, gone.email, gone.erased_at) == ("", None, NOW + timedelta(hours=1))
        assert session.scalars(select(Account)).all() == []
        assert "ines" not in "".join(session.scalars(select(Ledger.text)))
    with tenant.write() as session:
        ingest(session, [statement("ines2", "passed", COURSE, when=9)], MOOC, NOW)
        assert "ines2" not in "".join(session.scalars(select(Ledger.text)))


def test_the_log_of_erasures_survives_the_dead_database(
    installation: Installation, store: Store, who: UUID, tmp_path: Path
) -> None:
    make.back_up(installation, "generateur", store, NOW)
    with installation.tenant("generateur").write() as session:
        erasure.erase(session, who, None, NOW)
    erasures.publish(installation, "generateur", [])  # the store did not answer: only this disk knows
    assert erasures.load(store, "generateur")["persons"] == {}
    log = erasures.known(installation, "generateur", [store])
    assert list(log["persons"]) == [str(who)]
    assert "ines" not in str(log)


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_file_that_is_no_database_any_more_is_put_aside_and_replaced(
    installation: Installation, store: Store, who: UUID
) -> None:
    tenant = installation.tenant("generateur")
    before = seen(tenant)
    make.back_up(installation, "generateur", store, NOW)
    assert tenant.path is not None
    tenant.close()
    tenant.path.write_bytes(os.urandom(8192))
    done = restore(installation, store, "generateur", NOW, replace=True)
    assert done.before is None
    assert seen(installation.tenant("generateur")) == before
    assert tenant.path.with_name("generateur.sqlite.damaged").exists()


def test_a_changed_copy_is_refused(installation: Installation, store: Store, who: UUID, tmp_path: Path) -> None:
    made = make.back_up(installation, "generateur", store, NOW)
    path = tmp_path / "backups" / "generateur" / made.stamp / manifest.DATA
    path.write_bytes(path.read_bytes()[:-20] + bytes(20))
    with pytest.raises(SnapshotError, match="changed or damaged"):
        restore(installation, store, "generateur", NOW, replace=True)


def test_an_interrupted_backup_counts_for_nothing_and_goes_later(
    installation: Installation, store: Store, who: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise SnapshotError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(make, "verify", full)
        with pytest.raises(SnapshotError):
            make.back_up(installation, "generateur", store, NOW)
    assert manifest.stamps(store, "generateur") == []
    with pytest.raises(SnapshotError, match="no backup"):
        restore(installation, store, "generateur", NOW, replace=True)
    made = make.back_up(installation, "generateur", store, NOW + timedelta(days=1))
    gone = keep.rotate(store, "generateur", daily=7, weekly=4, monthly=6)
    assert gone == [manifest.stamp_of(NOW)]
    assert list(manifest.parts(store, "generateur")) == [made.stamp]


def test_a_full_disk_leaves_no_half_copy(
    installation: Installation, store: Store, who: UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "_write_meta", _no_space)
    with pytest.raises(SnapshotError, match="No space left"):
        snapshots.save(installation.tenant("generateur"), tmp_path / "copy.zip", lambda _: None)
    assert list(tmp_path.glob("copy*")) == []


def _no_space(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_another_key_file_is_refused_and_the_passphrase_brings_the_right_one(
    installation: Installation, store: Store, who: UUID, tmp_path: Path
) -> None:
    passphrase = sealed_key.write_sealed(installation.vault, installation.config.keys_path)
    make.back_up(installation, "generateur", store, NOW)
    with elsewhere(installation, tmp_path, key=False) as other, pytest.raises(VaultError, match="another key file"):
        restore(other, store, "generateur", NOW)
    path = tmp_path / "third" / "secret.key"
    with pytest.raises(WrongPassphrase):
        fetch_key(path, store, sealed_key.new_passphrase())
    assert not path.exists()
    typed = f"  {passphrase.lower().replace('-', ' ')} "
    assert fetch_key(path, store, typed) == installation.vault.fingerprints
    assert path.stat().st_mode & 0o077 == 0
    third = Installation(Config(data=path.parent))
    restore(third, store, "generateur", NOW)
    with third.tenant("generateur").read() as session:
        secret = session.scalars(select(Platform.credentials)).one()
        assert secret is not None
        assert secret.reveal() == "jeton-s3same"
    third.close()


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_without_the_key_everything_but_the_secrets_comes_back(
    installation: Installation, store: Store, who: UUID, tmp_path: Path
) -> None:
    make.back_up(installation, "generateur", store, NOW)
    with elsewhere(installation, tmp_path, key=False) as other:
        done = restore(other, store, "generateur", NOW, without_key=True)
        assert [lost.partition(":")[0] for lost in done.lost] == ["platform"]
        with other.tenant("generateur").read() as session:
            assert session.scalars(select(Platform.credentials)).all() == [None]
            assert session.scalars(select(PathStateRow.complete)).all() == [True]


def test_the_last_of_each_day_week_and_month_stays() -> None:
    start = datetime(2026, 1, 1, 2, tzinfo=UTC)
    stamps = [manifest.stamp_of(start + timedelta(days=n, hours=h)) for n in range(120) for h in (0, 6)]
    stay = sorted(keep.kept(stamps, daily=7, weekly=5, monthly=3))
    assert stay[-1] == stamps[-1]
    assert sum(s.startswith("202604") for s in stay) >= 7
    assert all(s[9:11] == "08" for s in stay)
    assert {s[4:6] for s in stay} == {"02", "03", "04"}
    assert keep.kept(["20260101T020000Z"], 1, 0, 0) == {"20260101T020000Z"}


def test_rotation_removes_a_stored_file_with_its_last_backup(
    installation: Installation, store: Store, who: UUID
) -> None:
    first = make.back_up(installation, "generateur", store, NOW)
    installation.blobs("generateur").remove_unreferenced(lambda _: False, older_than=-1)
    blob = installation.blobs("generateur").put(io.BytesIO(b"une autre"), limit=100)
    make.back_up(installation, "generateur", store, NOW + timedelta(days=1))
    assert len(list(store.names("generateur/blobs/"))) == 2
    assert keep.rotate(store, "generateur", daily=1, weekly=0, monthly=0) == [first.stamp]
    assert list(store.names("generateur/blobs/")) == [f"generateur/blobs/{blob.sha256}"]


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_a_backup_goes_to_a_bucket_and_comes_back(
    installation: Installation, who: UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="lieu", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
        store = open_store("s3://lieu/sauvegardes", installation.config)
        before = seen(installation.tenant("generateur"))
        make.back_up(installation, "generateur", store, NOW)
        make.back_up(installation, "generateur", store, NOW + timedelta(days=1))
        assert len(keep.rotate(store, "generateur", daily=1, weekly=0, monthly=0)) == 1
        with elsewhere(installation, tmp_path) as other:
            restore(other, store, "generateur", NOW)
            assert seen(other.tenant("generateur")) == before
            assert len(list(other.blobs("generateur").hashes())) == 1
        with pytest.raises(StoreError, match="NoSuchBucket"):
            list(open_store("s3://ailleurs", installation.config).names())


@pytest.mark.parametrize("name", ["../out", "a/../../out", ""])
def test_no_name_leaves_the_folder_of_the_backups(store: FolderStore, name: str) -> None:
    with pytest.raises(StoreError):
        store.put_bytes(name, b"x")


def test_a_store_that_cannot_be_written_says_so(tmp_path: Path, make_config: Callable[..., Config]) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(StoreError, match="file"):
        open_store(str(tmp_path / "file"), make_config()).put_bytes("a/b", b"x")


def test_the_sealed_copy_shows_no_key(installation: Installation) -> None:
    copy = sealed_key.seal_key(installation.vault, "ABCDE")
    assert sealed_key.held_by(copy) == installation.vault.fingerprints
    assert installation.vault.export().split()[0] not in copy
    for broken in (b"{}", b"not json", b'{"format": 1}', copy.replace(b"sealed", b"scaled")):
        with pytest.raises(VaultError):
            sealed_key.open_key(broken, "ABCDE")
