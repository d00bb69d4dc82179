"""Statements as files: out in three formats and in again, faulty lines aside, killed and gone on with, erased."""

import csv
import gzip
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy import func, select

from content.xapi.parse import dump
from hub.db.blobs import LocalBlobs
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.river import Agent, Ledger, XapiSource
from hub.models.transfers import ImportFault, StatementTransfer
from hub.services import erasure, identities, statement_import, statement_transfers, transfer_files
from hub.services.errors import Invalid
from hub.services.jobs import Stopped, Unleased
from hub.services.ledger import ingest
from hub.services.source_days import HUB
from hub.services.statement_archive import Given
from hub.services.statement_files import FORMATS, lines, of_jsonl
from hub.services.statement_rows import Chosen
from hub.services.xapi_sources import create_source, sender
from tests.services.builders import person

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
DONE = "http://adlnet.gov/expapi/verbs/completed"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"


def statement(number: int, who: str = "ines", **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": f"00000000-0000-4000-8000-{number:012}",
        "actor": {"account": {"homePage": "https://lms.example", "name": who}, "name": f"=cmd {who} « é »"},
        "verb": {"id": DONE},
        "object": {"id": f"https://lms.example/course/{number % 7}"},
        "result": {"score": {"raw": Decimal("0.1000000000000000055"), "min": 0, "max": 1}},
        "timestamp": "2026-11-20T10:00:00Z",
    }
    return told | more


def as_bytes(told: dict[str, Any]) -> bytes:
    return dump(told).encode()


@pytest.fixture
def blobs(tmp_path: Path) -> LocalBlobs:
    return LocalBlobs(tmp_path / "files")


@pytest.fixture
def source(installation: Installation, tenant: TenantDatabase) -> UUID:
    with tenant.write() as session:
        return create_source(session, installation.vault, "MOOC", ["statements/write", "define"], None, NOW)[0].id


def send(tenant: TenantDatabase, source: UUID, *statements: dict[str, Any]) -> None:
    with tenant.write() as session:
        ingest(session, statements, sender(session.get_one(XapiSource, source)), NOW)


def export(tenant: TenantDatabase, blobs: LocalBlobs, form: str, chosen: Chosen | None = None) -> StatementTransfer:
    with tenant.write() as session:
        row = statement_transfers.ask_export(session, form, chosen or Chosen(), by=None, now=NOW)
    statement_transfers.make(tenant, blobs, row.id, Unleased(tenant), lambda: NOW)
    return read(tenant, row.id)


def read(tenant: TenantDatabase, key: UUID) -> StatementTransfer:
    with tenant.read() as session:
        return statement_transfers.find(session, key)


def bring_in(tenant: TenantDatabase, blobs: LocalBlobs, source: UUID, name: str, content: bytes) -> StatementTransfer:
    blob = blobs.put([content], 1 << 30)
    with tenant.write() as session:
        row = statement_transfers.ask_import(session, name, blob.sha256, blob.size, source, by=None, now=NOW)
    statement_import.run(tenant, blobs, row.id, Unleased(tenant), lambda: NOW)
    return read(tenant, row.id)


def content(blobs: LocalBlobs, row: StatementTransfer) -> bytes:
    with blobs.open(row.sha256) as file:
        return file.read()


def stored(tenant: TenantDatabase) -> int:
    with tenant.read() as session:
        return session.scalar(select(func.count()).select_from(Ledger)) or 0


@pytest.mark.parametrize("form", FORMATS)
def test_what_goes_out_comes_in_again_once(
    tenant: TenantDatabase, blobs: LocalBlobs, source: UUID, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.services.statement_rows.PAGE", 3)
    voiding = statement(8, verb={"id": VOIDED}, object={"objectType": "StatementRef", "id": statement(1)["id"]})
    send(tenant, source, *(statement(n) for n in range(8)), voiding)
    made = export(tenant, blobs, form)
    assert (made.state, made.done, made.share) == ("done", 9, 1.0)
    assert made.counts == {"statements": 9, "redacted": 0, "voided": 1}
    again = bring_in(tenant, blobs, source, made.name, content(blobs, made))
    assert again.state == "done"
    assert again.counts == {"stored": 0, "known": 9, "refused": 0}
    with blobs.open(made.sha256) as file:
        told = of_jsonl(Given(file, blobs).statements) if form == "zip" else lines(file, form)
        texts = [text for _, text in told]
    assert orjson.loads(texts[0] or b"")["id"] == statement(0)["id"]
    assert b"0.1000000000000000055" in (texts[0] or b"")
    assert b'"stored":"2026-11-26T09:00:00' in (texts[0] or b"")


def test_a_table_has_columns_and_no_cell_is_a_formula(tenant: TenantDatabase, blobs: LocalBlobs, source: UUID) -> None:
    send(tenant, source, statement(1))
    table = content(blobs, export(tenant, blobs, "csv")).decode("utf-8-sig")
    line = next(csv.DictReader(io.StringIO(table, newline=""), delimiter=";"))
    assert line["actor_name"] == "'=cmd ines « é »"
    assert (line["source"], line["redacted"], line["voided"]) == ("MOOC", "false", "false")
    assert line["score"].startswith("0.1")


def test_filters_of_an_export(tenant: TenantDatabase, blobs: LocalBlobs, source: UUID) -> None:
    send(tenant, source, statement(1), statement(2, "noe"))
    send(tenant, source, statement(3, "noe", context={"instructor": statement(0)["actor"]}))
    with tenant.write() as session:
        who = person(session, "Inès")
        agent = session.scalars(select(Agent.id).where(Agent.ifi.like("%|ines"))).one()
        identities.link(session, agent, who, rule="explicit", by=None, now=NOW)

    def count(**chosen: Any) -> int:
        return int(export(tenant, blobs, "jsonl", Chosen(**chosen)).counts.get("statements", 0))

    assert count(person=who) == 2
    assert (count(source=source), count(source=HUB)) == (3, 0)
    assert (count(since=NOW + timedelta(days=1)), count(until=NOW - timedelta(days=1))) == (0, 0)
    assert count(since=NOW - timedelta(days=1), until=NOW + timedelta(days=1)) == 3
    with tenant.write() as session, pytest.raises(Invalid):
        statement_transfers.ask_export(session, "jsonl", Chosen(person=uuid4()), by=None, now=NOW)


def test_faulty_lines_are_kept_aside_and_the_others_enter(
    tenant: TenantDatabase, blobs: LocalBlobs, source: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.services.statement_files.LONGEST_LINE", 4000)
    send(tenant, source, statement(1))
    good = [as_bytes(statement(n)) for n in (2, 3, 2)]
    bad = [
        b"{not json", b'{"actor":1}', b"\xff\xfe", b'{"a":"\\u0000"}', b"[" * 500 + b"]" * 500, b'{"id":1,"id":1}',
        as_bytes(statement(1, "noe")), as_bytes(statement(9)) + b" " * 5000,
    ]  # fmt: skip
    without = statement(0)
    del without["id"]
    file = b"\xef\xbb\xbf" + b"\n".join([good[0], *bad, b"", good[1], good[2], as_bytes(without)])
    row = bring_in(tenant, blobs, source, "old.jsonl", file)
    assert row.counts == {"stored": 3, "known": 1, "refused": 8}
    assert row.done == 13
    aside = b"".join(statement_transfers.refused_lines(tenant, row.id))
    assert aside.splitlines() == bad[:-1]
    report = b"".join(statement_transfers.report_lines(tenant, row.id)).decode("utf-8-sig").splitlines()
    assert [line.split(";")[1] for line in report[1:]] == [
        "json", "type", "encoding", "encoding", "too_deep", "repeated_key", "statement_conflict", "range",
    ]  # fmt: skip
    again = bring_in(tenant, blobs, source, "old.jsonl.gz", gzip.compress(file))
    assert again.counts == {"stored": 0, "known": 4, "refused": 8}


class Killed(Unleased):
    """A reporter that stops after so many pieces."""

    def __init__(self, tenant: TenantDatabase, pieces: int) -> None:
        super().__init__(tenant)
        self.left = pieces

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Stopped


def test_an_import_that_was_killed_goes_on_where_it_stopped(
    tenant: TenantDatabase, blobs: LocalBlobs, source: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statement_import, "AT_ONCE", 4)
    blob = blobs.put([b"\n".join(as_bytes(statement(n)) for n in range(20)) + b"\nbad"], 1 << 20)
    with tenant.write() as session:
        row = statement_transfers.ask_import(session, "a.jsonl", blob.sha256, blob.size, source, by=None, now=NOW)
    with pytest.raises(Stopped):
        statement_import.run(tenant, blobs, row.id, Killed(tenant, 2), lambda: NOW)
    assert (read(tenant, row.id).done, stored(tenant)) == (8, 8)
    with tenant.write() as session:
        same = statement_transfers.ask_import(session, "a.jsonl", blob.sha256, blob.size, source, by=None, now=NOW)
    assert same.id == row.id
    statement_import.run(tenant, blobs, row.id, Unleased(tenant), lambda: NOW)
    assert read(tenant, row.id).counts == {"stored": 20, "known": 0, "refused": 1}


def test_a_file_of_another_kind_is_refused(tenant: TenantDatabase, blobs: LocalBlobs, source: UUID) -> None:
    for name, data, code in (
        ("a.csv", b"x;y\r\n1;2\r\n", "not_a_table"), ("a.parquet", b"PAR", "not_parquet"),
        ("a.jsonl", b"\x1f\x8bbroken", "cut_short"), ("a.zip", b"PK\x03\x04", "not_an_archive"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            bring_in(tenant, blobs, source, name, data)
        assert refused.value.fields == {"file": code}
    with pytest.raises(Invalid):
        statement_transfers.form_of("a.exe")


def test_without_pyarrow_parquet_says_what_is_missing(tenant: TenantDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with tenant.write() as session, pytest.raises(Invalid) as refused:
        statement_transfers.ask_export(session, "parquet", Chosen(), by=None, now=NOW)
    assert refused.value.fields == {"format": "parquet_missing"}


def test_an_erasure_withdraws_what_may_name_the_person(tenant: TenantDatabase, blobs: LocalBlobs, source: UUID) -> None:
    send(tenant, source, statement(1))
    with tenant.write() as session:
        who = person(session, "Inès")
        agent = session.scalars(select(Agent.id).where(Agent.ifi.like("%|ines"))).one()
        identities.link(session, agent, who, rule="explicit", by=None, now=NOW)
    before = export(tenant, blobs, "csv")
    given = bring_in(tenant, blobs, source, "a.jsonl", as_bytes(statement(2)) + b"\nfaulty ines")
    with tenant.write() as session:
        waiting = statement_transfers.ask_export(session, "jsonl", Chosen(), by=None, now=NOW)
        assert transfer_files.count(session) == 3
        erasure.erase(session, who, None, NOW)
    statement_transfers.make(tenant, blobs, waiting.id, Unleased(tenant), lambda: NOW)
    for key in (before.id, given.id, waiting.id):
        assert (read(tenant, key).state, read(tenant, key).sha256) == ("withdrawn", "")
    with tenant.read() as session:
        assert session.scalars(select(ImportFault)).all() == []
        assert transfer_files.referenced(session) == set()
    after = export(tenant, blobs, "csv")
    assert after.counts["redacted"] == 2
    assert b"ines" not in content(blobs, after)
    with tenant.write() as session:
        assert transfer_files.expire(session, NOW + timedelta(days=8)) == 1


def test_memory_stays_flat(
    tenant: TenantDatabase, blobs: LocalBlobs, source: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(tenant, source, *(statement(n) for n in range(30)))
    monkeypatch.setattr("hub.services.statement_rows.PAGE", 5)
    held: list[int] = []
    from hub.services import statement_rows  # the module whose pages are counted

    whole = statement_rows._page

    def counted(*args: Any) -> Any:
        found = whole(*args)
        held.append(len(found))
        return found

    monkeypatch.setattr(statement_rows, "_page", counted)
    pages: Iterator[Any] = statement_rows.pages(tenant, Chosen())
    first = next(pages)
    assert (len(first.rows), held) == (5, [5])
    assert first.share == pytest.approx(1 / 6)
    assert sum(len(page.rows) for page in pages) == 25
