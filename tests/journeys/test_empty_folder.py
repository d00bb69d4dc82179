"""From an empty folder to a place that survives: init, sixty people, activity, backup, destruction, restore elsewhere,
an upgrade that fails half-way. Everything through the commands and the web application, as its user would."""

import base64
import re
import shutil
import threading
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import select

from hub.cli.main import hub
from hub.config import load_config
from hub.db import migrate
from hub.db.directory import Installation
from hub.jobs.worker import Worker
from hub.models.learning import Enrolment
from hub.models.person import Person
from hub.models.river import Agent, PathStateRow
from hub.services.fingerprint import Fingerprint, fingerprint
from hub.services.identities import link
from hub.services.identities_read import count_unknown
from hub.services.xapi_sources import create_source
from hub.web.app import create_app
from tests.services.builders import activity, document, enrol, publish, rule, step

BASE = "http://hub.localhost:8080"
KEY = "le_generateur"
COURSE = "https://lms.example/course/1"
PASSWORD = "trois mots ensemble"
BAD = (
    "Sans-prénom;;x@example.org;P-061",
    "Adresse;Fausse;pas-une-adresse;P-062",
    "Déjà;Pris;p@example.org;P-001",
    "Naissance;Future;q@example.org;P-063;01/01/2090",
    ";Sans-nom;r@example.org;P-064",
)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HUB_DATA", str(tmp_path / "one" / "var"))
    monkeypatch.setenv("COLUMNS", "300")
    return tmp_path


def run(*arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(hub, arguments, catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.output


class Web:
    """A browser on the installation that the environment names; ``work`` does what waits meanwhile."""

    def __init__(self) -> None:
        self.installation = Installation(load_config())
        self.client: FlaskClient = create_app(self.installation).test_client()

    def __enter__(self) -> "Web":
        return self

    def __exit__(self, *_: object) -> None:
        self.installation.close()

    def post(self, path: str, **data: Any) -> Any:
        page = self.client.get("/sign-in", base_url=BASE, follow_redirects=True).text
        token = page.partition('name="csrf-token" content="')[2].partition('"')[0]
        return self.client.post(path, data={"csrf_token": token, **data}, base_url=BASE)

    def sign_in(self) -> bool:
        self.post("/sign-in", login="zoe", password=PASSWORD)
        return self.client.get("/admin", base_url=BASE).status_code == 200

    def work(self) -> None:
        Worker(self.installation, threading.Event()).run_once()

    def look(self) -> Fingerprint:
        with self.installation.tenant(KEY).read() as session:
            return fingerprint(session)


def sixty_people() -> bytes:
    lines = [f"Nom{n};Prénom{n};p{n}@example.org;P-{n:03d}" for n in range(1, 61)]
    return "\n".join(("Nom;Prénom;Courriel;Identifiant;Date de naissance", *lines, *BAD)).encode()


def test_from_an_empty_folder_to_a_place_that_survives(server: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = run(
        *("init", "--yes", "--name", "Le Générateur", "--base-url", BASE, "--given-name", "Zoé"),
        *("--family-name", "Petit", "--email", "zoe@example.org", "--backup-to", str(server / "backups")),
    )
    passphrase, invitation = re.findall(r"^    (\S+)$", said, re.MULTILINE)
    with Web() as web:
        answer = web.post(invitation.removeprefix(BASE), sets_password="1", login="zoe", password=PASSWORD)
        assert answer.status_code == 303
        import_people(web)
        credential = act(web)
        before = web.look()
    assert before.rows["person"] == 61
    assert "restaurée une fois pour essai" in run("backup")
    shutil.rmtree(server / "one")  # the disk is dead, and the key with it

    monkeypatch.setenv("HUB_DATA", str(server / "two" / "var"))
    monkeypatch.setenv("HUB_BASE_URL", BASE)
    (server / "paper").write_text(passphrase, "utf-8")
    run("restore", "--all", "--from", str(server / "backups"), "--passphrase-file", str(server / "paper"))
    with Web() as web:
        # The restore itself is one line more of the journal; everything else is as it was.
        assert web.look() == replace(before, rows={**before.rows, "journal": before.rows["journal"] + 1})
        assert web.sign_in()
        # The partner's credential still opens; what it sends a second time is known.
        headers = {"Authorization": credential, "X-Experience-API-Version": "1.0.3"}
        sent = web.client.post("/xapi/statements", json=statement("lou", 7), headers=headers, base_url=BASE)
        assert sent.status_code == 200
        after = web.look()
    fails_half_way(server, monkeypatch)
    with Web() as web:
        assert web.look() == after
        assert web.sign_in()


def import_people(web: Web) -> None:
    """Sixty lines become people; of the five that are wrong the report says why."""
    sent = web.post("/admin/import", file=(BytesIO(sixty_people()), "liste.csv"))
    assert sent.status_code == 303, sent.text
    report = web.client.get(sent.location, base_url=BASE).text
    for number in range(62, 67):
        assert re.search(rf"\b{number}\b", report), f"line {number} is not in the report"
    assert web.post(f"{sent.location}/confirm").status_code == 303
    web.work()
    with web.installation.tenant(KEY).read() as session:
        assert len(session.scalars(select(Person)).all()) == 61


def act(web: Web) -> str:
    """A path, enrolments, and statements that arrive over HTTP; gives the sender's credential."""
    tenant, now = web.installation.tenant(KEY), datetime.now(UTC)
    with tenant.write() as session:
        version = publish(session, document(step("Un", activity(COURSE, "completed"), rule=rule(("completed", None)))))
        people = session.scalars(select(Person).where(Person.external_id.is_not(None)).order_by(Person.external_id))
        for person in list(people)[:10]:
            enrol(session, person.id, version)
        made = create_source(session, web.installation.vault, "LMS", ("statements/write",), None, now)
    pair = base64.b64encode(f"{made[0].key}:{made[1]}".encode()).decode()
    headers = {"Authorization": f"Basic {pair}", "X-Experience-API-Version": "1.0.3"}
    for n in range(1, 6):
        body = statement(f"p{n}", n)
        assert web.client.post("/xapi/statements", json=body, headers=headers, base_url=BASE).status_code == 200
    with tenant.read() as session:
        assert count_unknown(session) == 5
    with tenant.write() as session:
        enrolled = session.scalars(select(Enrolment.person_id).order_by(Enrolment.id)).all()
        agents = session.scalars(select(Agent.id).where(Agent.ifi.contains("lms.example|p")).order_by(Agent.id)).all()
        for agent, who in zip(agents, enrolled, strict=False):
            link(session, agent, who, rule="test", by=None, now=now)
    web.work()
    with tenant.read() as session:
        assert sum(session.scalars(select(PathStateRow.complete))) == 5
    return headers["Authorization"]


def statement(who: str, n: int) -> dict[str, Any]:
    return {
        "id": f"00000000-0000-4000-8000-{n:012d}",
        "actor": {"account": {"homePage": "https://lms.example", "name": who}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": COURSE},
        "timestamp": "2026-11-02T09:00:00Z",
    }


def fails_half_way(server: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next release has a revision that changes a table and then fails."""
    folder = server / "versions"
    shutil.copytree(migrate._SCRIPTS_OF[migrate.TENANT], folder)
    head = migrate.head(migrate.TENANT)
    (folder / "9999_next.py").write_text(
        f"from alembic import op\nimport sqlalchemy as sa\nrevision, down_revision = '9999', {head!r}\n"
        "branch_labels = depends_on = None\n"
        "def upgrade():\n"
        "    op.add_column('person', sa.Column('nickname', sa.Text(), nullable=True))\n"
        "    op.execute('DELETE FROM dirty')\n"
        "    raise RuntimeError('half-way')\n",
        "utf-8",
    )
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "_SCRIPTS_OF", {**migrate._SCRIPTS_OF, migrate.TENANT: folder})
        migrate.head.cache_clear()
        said = run("upgrade", code=1)
    migrate.head.cache_clear()
    assert "revenu comme avant" in said
    assert "half-way" in said
    assert "à jour" in run("upgrade")
