"""Statements with their attachments in one ZIP: out of one place, into another, whatever was done to it between."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import select

from content.xapi.multipart import SIGNATURE
from hub.db import migrate
from hub.db.blobs import LocalBlobs
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.river import Agent, StatementAttachment, StatementKey, XapiSource
from hub.models.transfers import ImportFault, StatementTransfer
from hub.services import erasure, identities, ledger, statement_import, statement_transfers
from hub.services.jobs import Unleased
from hub.services.ledger import Attached
from hub.services.statement_archive import FOLDER, LIST, STATEMENTS
from hub.services.statement_rows import Chosen
from hub.services.xapi_sources import create_source, sender
from tests.conftest import _create_tables
from tests.services.builders import person

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
PHOTO, NOTE = b"\x00\x01 a photo" * 40_000, b"a note"


def attachment(data: bytes, sort: str = "sha256", **more: Any) -> dict[str, Any]:
    found = {"usageType": "https://lms.example/u", "display": {"fr": "Pièce"}, "contentType": "text/plain"}
    return found | {"length": len(data), "sha2": hashlib.new(sort, data).hexdigest()} | more


def statement(number: int, *attachments: dict[str, Any], who: str = "ines") -> dict[str, Any]:
    return {
        "id": f"00000000-0000-4000-8000-{number:012}",
        "actor": {"account": {"homePage": "https://lms.example", "name": who}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": "https://lms.example/course/1"},
        "timestamp": "2026-11-20T10:00:00Z",
        "attachments": list(attachments),
    }


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "files")


@pytest.fixture
def source(installation: Installation, tenant: TenantDatabase, blobs: LocalBlobs) -> UUID:
    """Inès did two things with a photo (in one of them a note too), Noé names the photo's hash and never had it."""
    key = new_source(installation, tenant)
    store(tenant, blobs, key, statement(1, attachment(PHOTO)), PHOTO)
    store(tenant, blobs, key, statement(2, attachment(PHOTO), attachment(NOTE, "sha512")), PHOTO, NOTE)
    claim = attachment(PHOTO, fileUrl="https://lms.example/photo")
    store(tenant, blobs, key, statement(3, claim, who="noe"))
    return key


def new_source(installation: Installation, tenant: TenantDatabase) -> UUID:
    with tenant.write() as session:
        return create_source(session, installation.vault, "MOOC", ["all"], None, NOW)[0].id


def store(tenant: TenantDatabase, blobs: LocalBlobs, source: UUID, told: dict[str, Any], *contents: bytes) -> None:
    along = {}
    for data in contents:
        blob = blobs.put([data], 1 << 30)
        for sort in ("sha256", "sha512"):
            sha2 = hashlib.new(sort, data).hexdigest()
            along[sha2] = Attached(sha2, blob.sha256, blob.size, "text/plain; charset=utf-8")
    with tenant.write() as session:
        sent = sender(session.get_one(XapiSource, source))
        ledger.store(session, ledger.prepare([told], sent, NOW, along), sent, NOW)


def export(tenant: TenantDatabase, blobs: LocalBlobs) -> tuple[StatementTransfer, bytes]:
    with tenant.write() as session:
        row = statement_transfers.ask_export(session, "zip", Chosen(), by=None, now=NOW)
    statement_transfers.make(tenant, blobs, row.id, Unleased(tenant), lambda: NOW)
    with tenant.read() as session:
        made = statement_transfers.find(session, row.id)
    with blobs.open(made.sha256) as file:
        return made, file.read()


def bring_in(tenant: TenantDatabase, blobs: LocalBlobs, source: UUID, content: bytes) -> StatementTransfer:
    blob = blobs.put([content], 1 << 30)
    with tenant.write() as session:
        row = statement_transfers.ask_import(session, "a.zip", blob.sha256, blob.size, source, by=None, now=NOW)
    statement_import.run(tenant, blobs, row.id, Unleased(tenant), lambda: NOW)
    with tenant.read() as session:
        return statement_transfers.find(session, row.id)


def kept(tenant: TenantDatabase) -> list[tuple[str, str, str, int, str]]:
    """Every content of the place with its statement."""
    with tenant.read() as session:
        query = select(StatementKey.statement_id, StatementAttachment).join(
            StatementAttachment, StatementAttachment.seq == StatementKey.seq
        )
        rows = session.execute(query.order_by(StatementKey.statement_id, StatementAttachment.sha2)).all()
    return [(key[-1:], row.sha2, row.sha256, row.size, row.content_type) for key, row in rows]


def changed(content: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """The archive with its files as ``change`` leaves them."""
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        files = {name: old.read(name) for name in old.namelist()}
    change(files)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as new:
        for name, data in files.items():
            new.writestr(name, data)
    return made.getvalue()


@pytest.fixture
def elsewhere(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> TenantDatabase:
    """Another place of the same installation: nothing in it."""
    monkeypatch.setattr(migrate, "upgrade", _create_tables)
    return installation.create_tenant("elsewhere", "Ailleurs", ["elsewhere.localhost"])


def test_another_place_has_the_same_contents_with_the_same_statements(
    installation: Installation, tenant: TenantDatabase, elsewhere: TenantDatabase, blobs: LocalBlobs, source: UUID,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("hub.services.statement_rows.PAGE", 2)
    monkeypatch.setattr(statement_import, "AT_ONCE", 1)
    made, content = export(tenant, blobs)
    assert made.counts == {"statements": 3, "redacted": 0, "voided": 0, "attachments": 3}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        photo, note = (FOLDER + hashlib.sha256(data).hexdigest() for data in (PHOTO, NOTE))
        assert archive.namelist() == [STATEMENTS, LIST, photo, note]
        assert (archive.read(photo), archive.read(note)) == (PHOTO, NOTE)
    other = LocalBlobs(tmp_path / "other")
    row = bring_in(elsewhere, other, new_source(installation, elsewhere), content)
    assert (row.state, row.counts) == ("done", {"stored": 3, "known": 0, "refused": 0})
    assert kept(elsewhere) == kept(tenant)
    assert [one[0] for one in kept(elsewhere)] == ["1", "2", "2"]  # Noé's hash alone opened nothing
    assert {other.stat(one[2]).size for one in kept(elsewhere)} == {len(PHOTO), len(NOTE)}
    again = bring_in(elsewhere, other, new_source(installation, elsewhere), content)
    assert again.counts == {"stored": 0, "known": 3, "refused": 0}


def test_a_content_that_is_not_what_it_says_is_kept_out_with_its_statement(
    installation: Installation, tenant: TenantDatabase, elsewhere: TenantDatabase, blobs: LocalBlobs, source: UUID
) -> None:
    _made, content = export(tenant, blobs)
    note = FOLDER + hashlib.sha256(NOTE).hexdigest()
    lists = b'not json\n{"line":1}\n'

    def fake(files: dict[str, bytes]) -> None:
        files[note] = b"another note"
        files[LIST] = lists + files[LIST]

    into = new_source(installation, elsewhere)
    row = bring_in(elsewhere, blobs, into, changed(content, fake))
    assert row.counts == {"stored": 2, "known": 0, "refused": 1}
    with elsewhere.read() as session:
        fault = session.scalars(select(ImportFault)).one()
    assert (fault.line, fault.requirement, fault.reason) == (2, "XAPI-00132", "its content has another hash")

    # Missing altogether; then a signature that signs something else.
    row = bring_in(elsewhere, blobs, into, changed(content, lambda files: files.__delitem__(note)))
    assert row.counts == {"stored": 0, "known": 2, "refused": 1}
    said = orjson.loads(content_of(content, STATEMENTS).splitlines()[0])
    said |= {"id": "00000000-0000-4000-8000-000000000009"}
    said["attachments"][0] |= {"usageType": SIGNATURE, "contentType": "application/octet-stream"}
    forged = changed(content, lambda files: files.update({STATEMENTS: orjson.dumps(said)}))
    assert bring_in(elsewhere, blobs, into, forged).counts == {"stored": 0, "known": 0, "refused": 1}
    assert [one[0] for one in kept(elsewhere)] == ["1"]


def content_of(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)


def test_who_was_erased_is_in_no_later_archive(
    tenant: TenantDatabase, blobs: LocalBlobs, source: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor while the job that rewrites a long history has not come yet."""
    monkeypatch.setattr(erasure, "UNIT", 1)
    with tenant.write() as session:
        who = person(session, "Inès")
        agent = session.scalars(select(Agent.id).where(Agent.ifi.like("%|ines"))).one()
        identities.link(session, agent, who, rule="explicit", by=None, now=NOW)
        erasure.erase(session, who, None, NOW)
    assert [one[0] for one in kept(tenant)] == ["2", "2"]  # owed to the job
    made, content = export(tenant, blobs)
    assert made.counts == {"statements": 3, "redacted": 2, "voided": 0}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == [STATEMENTS, LIST]
        assert b'"ines"' not in archive.read(STATEMENTS)
        assert b'"noe"' in archive.read(STATEMENTS)
