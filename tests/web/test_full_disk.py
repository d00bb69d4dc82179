"""A disk that is really full, under the whole hub: what was acknowledged stays, what cannot be kept is refused in plain
words, and everything goes on when there is room again."""

import base64
import hashlib
import io
import os
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from hub.config import Config
from hub.db import migrate
from hub.db.directory import Installation
from hub.models.learning import Deposit, Upload
from hub.models.river import StatementKey
from hub.services import sessions
from hub.services.xapi_sources import create_source
from hub.web.app import create_app
from tests.conftest import TENANT_HOST, TENANT_KEY, _create_tables
from tests.services.builders import statement
from tests.web.learner_world import NOW, build

BASE = f"http://{TENANT_HOST}:8080"
MEGABYTES = 16
NO_ROOM = "Le hub n’a plus de place"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with a few megabytes, in memory."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "hub-test", folder], check=False)
    if made.returncode:
        if os.environ.get("CI"):
            pytest.fail("a small file system cannot be mounted")
        pytest.skip("only an administrator of this machine can mount a small file system")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def place(small_disk: Path) -> Iterator[Installation]:
    made = Installation(Config(data=small_disk / "data", base_url=BASE))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "upgrade", _create_tables)
        made.create_tenant(TENANT_KEY, "Le Générateur", [TENANT_HOST])
    yield made
    made.close()


class Senders:
    """A platform and a learner."""

    def __init__(self, place: Installation) -> None:
        tenant = place.tenant(TENANT_KEY)
        self.world = build(tenant)
        with tenant.write() as session:
            row, secret = create_source(session, place.vault, "LMS", ("all",), None, NOW)
            token = sessions.start(session, place.vault, self.world.learner, NOW, shared=False, how="password")
        self.basic = base64.b64encode(f"{row.key}:{secret}".encode()).decode()
        self.now = NOW
        self.client = create_app(place, clock=lambda: self.now).test_client()
        self.client.set_cookie("hub", token, domain=TENANT_HOST)
        page = self.client.get(self.world.url("model"), base_url=BASE)
        self.token = page.text.partition('name="csrf-token" content="')[2].partition('"')[0]

        self.headers = {"Authorization": f"Basic {self.basic}", "X-Experience-API-Version": "1.0.3"}

    def say(self, sid: str) -> Any:
        body = statement(f"p{sid[:4]}", "completed", f"https://lms.example/{sid}", sid=sid)
        return self.client.post("/xapi/statements", json=body, headers=self.headers, base_url=BASE)

    def asks(self) -> Any:
        """A query long after the last statement, which would set the ledger's clock."""
        self.now += timedelta(minutes=1)
        return self.client.get("/xapi/statements", headers=self.headers, base_url=BASE)

    def upload(self, content: bytes) -> tuple[str, Any]:
        headers = {"X-CSRFToken": self.token}
        begun = self.client.post(
            "/uploads", headers={**headers, "Upload-Length": str(len(content)), "Upload-Name": "a.bin"}, base_url=BASE
        )
        where = begun.headers.get("Location", "")
        return where, self.go_on(where, content) if where else begun

    def go_on(self, where: str, content: bytes) -> Any:
        headers = {"X-CSRFToken": self.token}
        there = int(self.client.head(where, headers=headers, base_url=BASE).headers["Upload-Offset"])
        headers["Upload-Offset"] = str(there)
        return self.client.patch(where, data=content[there:], headers=headers, base_url=BASE)

    def hand_in_whole(self, content: bytes) -> Any:
        data = {"csrf_token": self.token, "files": [(io.BytesIO(content), "a.pdf")]}
        return self.client.post(f"{self.world.url('model')}/deposit", data=data, base_url=BASE)


def filled(folder: Path, left: int) -> Path:
    """Something else takes all but ``left`` bytes of the disk."""
    ballast = folder / "ballast"
    free = os.statvfs(folder)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(free.f_bavail * free.f_frsize - left, 1))
    return ballast


@pytest.mark.parametrize("left", [0, 400_000])
def test_what_no_longer_fits_is_refused_in_plain_words_and_what_was_taken_stays(
    small_disk: Path, place: Installation, left: int
) -> None:
    senders = Senders(place)
    taken, refused = [], []
    ballast = filled(small_disk, left)
    for _ in range(60):
        sid = str(uuid4())
        answer = senders.say(sid)
        (taken if answer.status_code == 200 else refused).append(sid)
        assert answer.status_code in (200, 503), answer.text[:500]
    assert refused
    assert bool(taken) is (left > 0)
    assert senders.asks().status_code == 200
    page = senders.hand_in_whole(b"%PDF-1.7 " + os.urandom(500_000))
    assert (page.status_code, NO_ROOM in page.text) == (503, True), page.text[:500]
    content = os.urandom(500_000)
    where, answer = senders.upload(content)
    assert answer.status_code == 503, answer.text[:500]
    assert senders.client.get("/healthz", base_url=BASE).status_code == 200
    assert senders.client.get(senders.world.url("model"), base_url=BASE).status_code == 200  # pages can be read
    ballast.unlink()
    # There is room again: nothing has to be restarted, and the second tries are taken.
    assert [senders.say(sid).status_code for sid in refused] == [200] * len(refused)
    where, answer = (where, senders.go_on(where, content)) if where else senders.upload(content)
    assert answer.status_code == 204
    assert senders.hand_in_whole(b"%PDF-1.7 handed in").status_code == 303
    with place.tenant(TENANT_KEY).read() as session:
        kept = [str(sid) for sid in session.scalars(select(StatementKey.statement_id))]
        assert sorted({*taken, *refused} & set(kept)) == sorted([*taken, *refused])
        assert len(kept) == len(set(kept))
        assert session.scalars(select(Upload.sha256)).all() == [hashlib.sha256(content).hexdigest()]
        assert len(session.scalars(select(Deposit)).all()) == 1
