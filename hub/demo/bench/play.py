"""Benches of playing: what the player adds to a package's own weight, and whether last words survive closed tabs."""

from __future__ import annotations

import io
import logging
import re
import shutil
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

from hub.config import Config
from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.demo.bench.content import MANIFEST
from hub.domain.path import PathDocument
from hub.models.learning import Enrolment, LearningPath, PathVersion, Resource
from hub.models.packages import Package, PackageImport
from hub.models.person import Person
from hub.models.play import PlayAttempt
from hub.services import package_intake, sessions
from hub.services.jobs import Unleased
from hub.services.roles import grant_role
from hub.web.app import create_app

HOST, KEY = "hub.localhost", "bench"
#: Each opening adds a letter to what it found, without a commit, and is closed by its tab.
QUIZ = """<!DOCTYPE html><html lang="fr"><meta charset="utf-8"><title>Essai</title><p id="kept">…</p>
<button onclick="api.LMSSetValue('cmi.suspend_data', api.LMSGetValue('cmi.suspend_data') + 'a')">Répondre</button>
<script>const api = parent.API; api.LMSInitialize("");
document.getElementById("kept").textContent = "gardé : " + api.LMSGetValue("cmi.suspend_data").length;</script>
</html>"""


@dataclass(frozen=True, slots=True)
class Bench:
    """A hub that is served, with a learner who has begun the package. ``token``: their session in the hub."""

    app: Flask
    tenant: TenantDatabase
    address: str
    attempt: UUID
    token: str


def measure(*, quick: bool) -> dict[str, Any]:
    """Compressed bytes that the player adds (SCORM 1.2), and 100 tabs closed in the middle (quick: none, without a
    browser)."""
    with _served() as bench:
        return {**_weight(bench), **({} if quick else _closed_tabs(bench, 100))}


@contextmanager
def _served() -> Iterator[Bench]:
    with TemporaryDirectory(prefix="hub-bench-") as folder:
        server = make_server("127.0.0.1", 0, lambda environ, start: app(environ, start), threaded=True)
        address = f"http://{HOST}:{server.server_port}"
        installation = Installation(Config(data=Path(folder), base_url=address, allow_loopback=True))
        tenant = installation.create_tenant(KEY, "Bench", [HOST])
        attempt, token = _laid_out(installation, tenant)
        app = create_app(installation)
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield Bench(app, tenant, address, attempt, token)
        finally:
            server.shutdown()
            thread.join()
            installation.close()


def _laid_out(installation: Installation, tenant: TenantDatabase) -> tuple[UUID, str]:
    """A learner, the package through the intake, an attempt."""
    now, packed = datetime.now(UTC), io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("imsmanifest.xml", MANIFEST)
        archive.writestr("index.html", QUIZ)
    blob = installation.blobs(KEY).put(io.BytesIO(packed.getvalue()), 1 << 20)
    given = PackageImport(
        id=new_id(), file_name="quiz.zip", sha256=blob.sha256, size=blob.size, created_at=now, state="due", made=[]
    )
    with tenant.write() as session:
        person = Person(id=new_id(), given_name="Lina", family_name="Martin", created_at=now)
        session.add(person)
        session.flush()
        grant_role(session, person.id, "learner", now)
        given.created_by = person.id
        session.add(given)
    package_intake.run(tenant, installation.blobs(KEY), given.id, Unleased(tenant), lambda: now)
    with tenant.write() as session:
        package = session.scalars(select(Package)).one()
        path = LearningPath(id=new_id(), title="Bench", created_at=now)
        document = PathDocument(title="Bench", modules=()).model_dump(mode="json")
        session.add(path)
        session.flush()
        version = PathVersion(
            id=new_id(), path_id=path.id, number=1, state="published", document=document, created_at=now, changed_at=now
        )
        session.add(version)
        session.flush()
        enrolment = Enrolment(
            id=new_id(), person_id=person.id, path_id=path.id, version_id=version.id, entered_on=date.today(),
            created_at=now,
        )  # fmt: skip
        session.add(enrolment)
        session.flush()
        attempt = PlayAttempt(
            id=new_id(), person_id=person.id, enrolment_id=enrolment.id, step_id=new_id(), activity_id=new_id(),
            resource_id=package.resource_id, package_id=package.id,
            iri=session.get_one(Resource, package.resource_id).iri, number=1, registration=uuid4(), state={},
            summary={}, oddities={}, started_at=now, changed_at=now,
        )  # fmt: skip
        session.add(attempt)
        token = sessions.start(session, installation.vault, person.id, now, shared=False, how="password")
        return attempt.id, token


def _weight(bench: Bench) -> dict[str, Any]:
    """What the content host sends beside the package's own files, compressed where the player compresses."""
    client = bench.app.test_client()
    client.set_cookie("hub", bench.token, domain=HOST)
    page = client.get(f"/play/{bench.attempt}", base_url=bench.address).text
    action = re.search(r'action="(http[^"]+)/enter"', page)
    ticket = re.search(r'name="ticket" value="([^"]+)"', page)
    if action is None or ticket is None:
        raise RuntimeError("the hub's page around the content has no form")
    wrapper = client.post("/enter", base_url=action[1], data={"ticket": ticket[1]})
    parts = {"wrapper": len(wrapper.data)}
    for address in re.findall(r'(?:src|href)="(/hub/[^"]+)"', wrapper.text):
        answer = client.get(address, base_url=action[1], headers={"Accept-Encoding": "gzip"})
        parts[address] = len(answer.data)
    return {"player_bytes": sum(parts.values()), "parts": parts, "wanted_at_most": 60_000}


def _closed_tabs(bench: Bench, tabs: int) -> dict[str, Any]:
    """Tabs closed right after something was said: how many opened next to find all that was said before."""
    sync_playwright = import_module("playwright.sync_api").sync_playwright  # of the development libraries
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        raise RuntimeError("Chromium is missing: this bench closes its tabs")
    kept, began = 0, time.perf_counter()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        context = browser.new_context()
        context.add_cookies([{"name": "hub", "value": bench.token, "domain": HOST, "path": "/"}])
        said = 0
        for _tab in range(tabs):
            page = context.new_page()
            page.goto(f"{bench.address}/play/{bench.attempt}")
            content = page.frame_locator("iframe[name=player]").frame_locator("#stage")
            found = int(content.locator("#kept").filter(has_text="gardé").inner_text().rpartition(" ")[2])
            kept += found == said
            content.get_by_role("button").click()
            said = found + 1
            page.close()
        time.sleep(1)  # the last tab's words are on their way
        browser.close()
    with bench.tenant.read() as session:
        state = session.get_one(PlayAttempt, bench.attempt).state["scos"]["I"]
    last = len(state["cmi"]["cmi.suspend_data"])
    return {
        "tabs_closed": tabs,
        "survived": kept - 1 + (last == said),  # the first finds nothing said before it
        "seconds": round(time.perf_counter() - began, 1),
    }
