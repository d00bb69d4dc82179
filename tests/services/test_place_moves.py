"""A place taken to another installation as one file: everything goes along, and what people hold still opens it."""

import base64
import importlib
import io
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from hub.config import Config
from hub.db import snapshots
from hub.db.directory import Installation
from hub.db.errors import DatabaseError, InvalidTenant, SnapshotError, WrongPassphrase
from hub.db.uow import TenantDatabase
from hub.models.person import Account
from hub.models.platforms import Platform
from hub.models.river import Agent, Ledger, PathStateRow
from hub.models.second_factor import SecondFactor
from hub.services import accounts, cards, erasure, passwords, sessions, xapi_sources
from hub.services.backup.place_in import import_place, opened_place
from hub.services.backup.place_out import export_place
from hub.services.backup.secrets import PURPOSES
from hub.services.deliveries import MailServer, mail_server, set_mail_server
from hub.services.fingerprint import Fingerprint, fingerprint
from hub.services.identities import link
from hub.services.ledger import ingest
from hub.services.projection import project_dirty
from hub.services.source import Source
from hub.web.app import create_app
from hub.web.cookies import session_name
from tests.conftest import TENANT_HOST, _named
from tests.services.builders import NOW, activity, document, enrol, person, publish, rule, statement, step
from tests.shared import ROOT

COURSE = "https://lms.example/course/1"
MOOC = Source(name="mooc")
BASE = f"http://{TENANT_HOST}:8080"
GONE = "inconnu"


@pytest.fixture
def held(installation: Installation, tenant: TenantDatabase) -> dict[str, Any]:
    """A place with something of everything; gives what people and machines hold to come in."""
    vault, found = installation.vault_of(tenant.key), {}
    with tenant.write() as session:
        who = found["who"] = person(session, email="ines@example.org")
        hashed = passwords.hash_secret("un-long-mot-de-passe")
        session.add(Account(person_id=who, login="ines", password_hash=hashed, changed_at=NOW))
        session.add(Platform(name="Moodle", credentials="jeton-s3same", created_at=NOW))
        session.add(SecondFactor(person_id=who, kind="totp", secret="JBSWY3DPEHPK3PXP", created_at=NOW))
        set_mail_server(session, MailServer("mail.example.org", 465, "hub@example.org", "tls", "hub", "mot-s3same"))
        version = publish(session, document(step("Un", activity(COURSE, "completed"), rule=rule(("completed", None)))))
        enrol(session, who, version)
        ingest(session, [statement("ines", "completed", COURSE), statement(GONE, "passed", COURSE, when=1)], MOOC, NOW)
        agent = session.scalars(select(Agent.id).where(Agent.ifi.contains("|ines"))).one()
        link(session, agent, who, rule="test", by=None, now=NOW)
        row, secret = xapi_sources.create_source(session, vault, "LMS", ("all",), None, NOW)
        found["basic"] = base64.b64encode(f"{row.key}:{secret}".encode()).decode()
        found["session"] = sessions.start(session, vault, who, NOW, shared=False, how="link")
        found["link"] = accounts.create_sign_in_link(session, vault, who, "invitation", NOW)
        gone = session.scalars(select(Agent.ifi).where(Agent.ifi.contains(f"|{GONE}"))).one()
    project_dirty(tenant)
    (found["card"],) = cards.issue(tenant, vault, [found["who"]], NOW, by=None)
    with tenant.write() as session:
        erasure.erase_identity(session, vault.keyed_hash(erasure.PURPOSE, gone), str(uuid4()), 1, None)
    installation.blobs(tenant.key).put(io.BytesIO(b"une photo"), limit=100)
    return found


@pytest.fixture
def elsewhere(dialect: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Installation]:
    """A second installation, with a key file and a database of its own and no place."""
    url, name = None, f"hub_{os.urandom(6).hex()}"
    if dialect == "postgresql":
        request.getfixturevalue("postgres_owner").execute(f"CREATE DATABASE {name}")
        url = _named(request.getfixturevalue("postgres_url"), name)
    other = Installation(Config(data=tmp_path / "elsewhere", base_url=BASE, database_url=url, allow_loopback=True))
    yield other
    other.close()
    if url:
        request.getfixturevalue("postgres_owner").execute(f"DROP DATABASE {name} WITH (FORCE)")


def seen(tenant: TenantDatabase) -> Fingerprint:
    with tenant.read() as session:
        return fingerprint(session)


def bring(other: Installation, file: Path, passphrase: str, **options: Any) -> Any:
    with opened_place(file, passphrase) as arriving:
        return import_place(other, arriving, NOW, **options)


def test_what_people_and_machines_hold_opens_the_place_where_it_went(
    installation: Installation, elsewhere: Installation, held: dict[str, Any], tmp_path: Path
) -> None:
    before = seen(installation.tenant("generateur"))
    made, passphrase = export_place(installation, "generateur", tmp_path / "lieu.zip", NOW)
    assert (made.fingerprint, len(made.files)) == (before, 1)
    assert (tmp_path / "lieu.zip").stat().st_mode & 0o077 == 0
    done = bring(elsewhere, tmp_path / "lieu.zip", passphrase.lower().replace("-", " "))
    assert (done.lost, done.before) == ((), None)
    tenant, vault = elsewhere.tenant_for_host(TENANT_HOST), elsewhere.vault_of("generateur")
    after = seen(tenant)
    assert (after.ledger, after.projection) == (before.ledger, before.projection)
    with tenant.read() as session:
        assert session.scalars(select(PathStateRow.complete)).all() == [True]
        opened = [*session.scalars(select(Platform.credentials)), *session.scalars(select(SecondFactor.secret))]
        assert [secret.reveal() for secret in opened if secret] == ["jeton-s3same", "JBSWY3DPEHPK3PXP"]
        mail = mail_server(session)
        assert mail is not None
        assert mail.password == "mot-s3same"
        assert accounts.look_at_link(session, vault, held["link"], NOW).person_id == held["who"]
    with tenant.write() as session:  # whoever was erased stays so: the next reading does not bring them back
        ingest(session, [statement(GONE, "completed", COURSE, when=9)], MOOC, NOW)
        assert GONE not in "".join(session.scalars(select(Ledger.text)))
    client = create_app(elsewhere, clock=lambda: NOW).test_client()
    headers = {"Authorization": f"Basic {held['basic']}", "X-Experience-API-Version": "1.0.3"}
    lou = statement("lou", "passed", COURSE, when=4)
    assert client.post("/xapi/statements", json=lou, base_url=BASE, headers=headers).status_code == 200
    client.set_cookie(session_name(False), held["session"], domain=TENANT_HOST)
    assert client.get("/account", base_url=BASE).status_code == 200
    assert cards.sign_in(tenant, vault, held["card"].code, held["card"].pin, accounts.Browser("", False), NOW)
    assert list(elsewhere.blobs("generateur").hashes()) == list(installation.blobs("generateur").hashes())


def test_a_place_goes_on_from_installation_to_installation(
    installation: Installation, elsewhere: Installation, held: dict[str, Any], tmp_path: Path
) -> None:
    _, first = export_place(installation, "generateur", tmp_path / "one.zip", NOW)
    bring(elsewhere, tmp_path / "one.zip", first)
    _, second = export_place(elsewhere, "generateur", tmp_path / "two.zip", NOW)
    assert first != second
    done = bring(installation, tmp_path / "two.zip", second, replace=True)
    assert done.before is not None
    assert installation.record("generateur").hosts == (TENANT_HOST,)
    bring(installation, tmp_path / "two.zip", second, key="copie", hosts=["copie.localhost"])
    for host in (TENANT_HOST, "copie.localhost"):
        tenant = installation.tenant_for_host(host)
        with tenant.read() as session:
            vault = installation.vault_of(tenant.key)
            assert accounts.look_at_link(session, vault, held["link"], NOW).person_id == held["who"]


def test_nothing_is_replaced_unasked_and_a_refusal_changes_nothing(
    installation: Installation, elsewhere: Installation, held: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / "lieu.zip"
    _, passphrase = export_place(installation, "generateur", file, NOW)
    refusals: list[tuple[type[DatabaseError], str, dict[str, Any]]] = [
        (SnapshotError, "--replace", {}),
        (InvalidTenant, "another place answers", {"key": "copie"}),
        (InvalidTenant, "lower-case", {"key": "../x"}),
        (InvalidTenant, "leave --host out", {"replace": True, "hosts": ["x.localhost"]}),
    ]
    before = seen(installation.tenant("generateur"))
    for error, words, options in refusals:
        with pytest.raises(error, match=words):
            bring(installation, file, passphrase, **options)
    with pytest.raises(SnapshotError, match="is there already"):
        export_place(installation, "generateur", file, NOW)
    with pytest.raises(WrongPassphrase):
        bring(elsewhere, file, "AAAAA-BBBBB")
    assert seen(installation.tenant("generateur")) == before
    assert elsewhere.tenants() == []


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_an_archive_that_was_cut_or_changed_is_refused(
    installation: Installation, elsewhere: Installation, held: dict[str, Any], tmp_path: Path
) -> None:
    whole, spoiled = tmp_path / "lieu.zip", tmp_path / "spoiled.zip"
    _, passphrase = export_place(installation, "generateur", whole, NOW)
    for spoil in ("cut", "data", "file", "hosts", "missing", "not one"):
        if spoil == "cut":
            spoiled.write_bytes(whole.read_bytes()[:-100])
        elif spoil == "not one":
            spoiled.write_bytes((tmp_path / "data" / "directory.sqlite").read_bytes())
        else:
            with zipfile.ZipFile(whole) as source, zipfile.ZipFile(spoiled, "w") as target:
                for name in source.namelist():
                    if (spoil, name) != ("missing", "data.zip"):
                        target.writestr(name, _spoiled(spoil, name, source.read(name)))
        with pytest.raises(SnapshotError):
            bring(elsewhere, spoiled, passphrase)
        assert elsewhere.tenants() == []


def _spoiled(spoil: str, name: str, content: bytes) -> bytes:
    if spoil == "hosts" and name == "place.json":
        return content.replace(TENANT_HOST.encode(), b"evil.localhost")
    if (spoil, name) == ("data", "data.zip") or (spoil == "file" and name.startswith("files/")):
        return content[:-1] + bytes([content[-1] ^ 1])
    return content


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_an_interrupted_export_leaves_nothing_half(
    installation: Installation, held: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(snapshots, "_write_meta", full)
    (tmp_path / "out").mkdir()
    with pytest.raises(SnapshotError, match="No space left"):
        export_place(installation, "generateur", tmp_path / "out" / "lieu.zip", NOW)
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("dialect", ["sqlite"])
def test_no_secret_stands_open_in_the_archive(installation: Installation, held: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "lieu.zip"
    _, passphrase = export_place(installation, "generateur", file, NOW)
    with zipfile.ZipFile(file) as archive:
        told = archive.read("place.json").decode()
        with zipfile.ZipFile(io.BytesIO(archive.read("data.zip"))) as inner:
            told += "".join(inner.read(name).decode("latin-1") for name in inner.namelist())
    keys = [key.decode() for key in installation.config.keys_path.read_bytes().split()]
    for secret in (passphrase, "jeton-s3same", "mot-s3same", held["basic"], held["session"], *keys):
        assert secret not in told


#: Hashes that a move may leave behind, as the code writes their purpose: of minutes' life, or made anew from what is
#: in the database.
LEFT_BEHIND = {
    "lockouts.py PURPOSE",
    'lti_ports.py f"lti-once {purpose}"',
    'lti_selection.py "lti selection"',
    'tokens.py "content host"',
    "tokens.py purpose",
    "sessions.py _FETCH",
    "sessions.py _SECRET",
    "xapi_more.py _PURPOSE",
    '_lti.py f"lti {purpose}"',
    '_lti_in.py "lti tool states"',
    'app.py "web forms and messages"',
}


def test_every_hash_that_is_kept_goes_along() -> None:
    """Whoever keeps a new keyed hash decides whether it outlives a move."""
    known = set(LEFT_BEHIND)
    for path in sorted((ROOT / "hub").rglob("*.py")):
        source = path.read_text("utf-8")
        for purpose in re.findall(r"\.keyed_hash\(([^,]+),", source):
            named = f"{path.name} {purpose}"
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            value = getattr(importlib.import_module(name), purpose, None) if purpose.isidentifier() else None
            assert named in known or value in PURPOSES, f"{path}: does {purpose} go along (backup.secrets)?"
