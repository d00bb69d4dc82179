"""The pages of files of statements: asked for, made, fetched; given, read, what was refused taken back."""

import io
from uuid import UUID

import orjson
import pytest
from click.testing import CliRunner
from flask import Flask

from hub.cli import export_statements, import_statements
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.services import statement_import, statement_transfers
from hub.services.jobs import Unleased
from tests.web.conftest import Browser, Clock
from tests.web.xapi_client import Sender, new_sender, statement


@pytest.fixture
def sender(app: Flask, installation: Installation, tenant: TenantDatabase, clock: Clock) -> Sender:
    found = new_sender(app.test_client(), installation, tenant, clock, "statements/write", "define")
    assert found.post(statement("ines"), statement("noe")).status_code == 200
    return found


def key(location: str) -> UUID:
    return UUID(location.rstrip("/").rpartition("/")[2])


def test_a_file_is_asked_for_made_and_fetched(
    administrator: Browser, sender: Sender, installation: Installation, tenant: TenantDatabase, clock: Clock
) -> None:
    assert administrator.get("/admin/statements/files").status_code == 200
    asked = administrator.post("/admin/statements/files/out", {"format": "jsonl", "since": "2026-11-01"})
    where = str(asked.location)
    assert "va commencer" in administrator.get(where).text.lower()
    assert administrator.get(f"{where}/bar").status_code == 200
    assert administrator.get(f"{where}/file").status_code == 404
    blobs = installation.blobs(tenant.key)
    statement_transfers.make(tenant, blobs, key(where), Unleased(tenant), clock)
    assert "HX-Refresh" in administrator.get(f"{where}/bar").headers
    fetched = administrator.get(f"{where}/file")
    assert len(fetched.data.splitlines()) == 2
    assert fetched.headers["Cache-Control"] == "no-store"
    wrong: list[dict[str, str]] = [
        {"format": "doc"}, {"format": "csv", "person": "Personne"}, {"format": "csv", "until": "hier"},
        {"format": "csv", "since": "2026-11-24", "until": "2026-11-20"}, {"format": "csv", "source": "x"},
    ]  # fmt: skip
    for data in wrong:
        assert administrator.post("/admin/statements/files/out", data).status_code == 422


def test_a_file_is_given_and_its_faulty_lines_come_back(
    administrator: Browser, sender: Sender, installation: Installation, tenant: TenantDatabase, clock: Clock
) -> None:
    lines = b"\n".join([orjson.dumps(statement("zoe")), b"{faulty"])
    given = {"into": str(sender.source.id), "file": (io.BytesIO(lines), "vieux.jsonl")}
    answer = administrator.post("/admin/statements/files/in", given, content_type="multipart/form-data")
    where = str(answer.location)
    statement_import.run(tenant, installation.blobs(tenant.key), key(where), Unleased(tenant), clock)
    page = administrator.get(where).text
    assert "Lignes refusées" in page
    assert administrator.get(f"{where}/refused.jsonl").data == b"{faulty\n"
    assert b"2;json;$" in administrator.get(f"{where}/report.csv").data
    assert administrator.get(f"{where}/file").data == lines
    assert administrator.post("/admin/statements/files/in", {}).status_code == 422
    wrong = {"into": str(sender.source.id), "file": (io.BytesIO(b"x"), "a.exe")}
    refused = administrator.post("/admin/statements/files/in", wrong, content_type="multipart/form-data")
    assert (refused.status_code, ".jsonl" in refused.text) == (422, True)


def test_the_commands_do_the_same(
    sender: Sender,
    tenant: TenantDatabase,
    installation: Installation,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: object,
) -> None:
    monkeypatch.setenv("HUB_DATA", str(installation.config.data))
    if installation.config.database_url:
        monkeypatch.setenv("HUB_DATABASE_URL", installation.config.database_url)
    runner, out = CliRunner(), f"{tmp_path}/all.jsonl"
    made = runner.invoke(export_statements.command, [tenant.key, "--out", out])
    assert (made.exit_code, "2 traces" in made.output) == (0, True), made.output
    with open(out, "ab") as file:
        file.write(b"faulty\n")
    rejects = f"{tmp_path}/rejects.jsonl"
    again = runner.invoke(import_statements.command, [tenant.key, out, "--source", "MOOC", "--rejects", rejects])
    assert (again.exit_code, "2 déjà là" in again.output) == (1, True), again.output
    with open(rejects, "rb") as file:
        assert file.read() == b"faulty\n"
    unknown = runner.invoke(import_statements.command, [tenant.key, out, "--source", "none"])
    assert unknown.exit_code == 1
