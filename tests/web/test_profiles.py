"""Profiles on the pages: loaded from a file and an address, sources in report mode and held to them; the hub's own."""

import io
from typing import Any
from uuid import uuid4

import orjson
import pytest
from flask import Flask
from sqlalchemy import select

from content.xapi.parse import load
from content.xapi.profiles import Checker, own, read
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.profiles import XapiProfile
from hub.models.river import Ledger
from hub.services import profile_reports
from hub.services.jobs import Unleased
from tests.shared import shared_path
from tests.web import learner_world
from tests.web.conftest import Browser, Clock
from tests.web.xapi_client import Sender, new_sender, statement

VIDEO = "https://w3id.org/xapi/video"
INITIALIZED = "http://adlnet.gov/expapi/verbs/initialized"
TERMINATED = "http://adlnet.gov/expapi/verbs/terminated"
REGISTRATION = "5d0a6a04-2d29-4a9b-9c3f-0a0f3c7e9d11"


@pytest.fixture
def sender(app: Flask, installation: Installation, tenant: TenantDatabase, clock: Clock) -> Sender:
    return new_sender(app.test_client(), installation, tenant, clock, "statements/write")


def upload(browser: Browser, data: bytes, name: str = "p.jsonld") -> Any:
    return browser.post("/admin/profiles", {"file": (io.BytesIO(data), name)}, content_type="multipart/form-data")


def loaded(browser: Browser, tenant: TenantDatabase) -> str:
    """The video profile loaded; its id."""
    data = shared_path("fixtures", "xapi", "profiles", "video.jsonld").read_bytes()
    assert upload(browser, data).status_code == 303
    with tenant.read() as session:
        return str(session.scalars(select(XapiProfile.id)).one())


def video(verb: str, **more: Any) -> dict[str, Any]:
    kind = {"type": f"{VIDEO}/activity-type/video"}
    told = statement(object={"id": "https://e.org/v", "definition": kind}, verb={"id": verb})
    context = {"registration": REGISTRATION, "extensions": {f"{VIDEO}/extensions/length": 60}}
    return {**told, "context": context} | more


def test_a_source_is_reported_on_and_then_held_to_a_profile(
    administrator: Browser, sender: Sender, tenant: TenantDatabase
) -> None:
    key, page = loaded(administrator, tenant), f"/admin/profiles/sources/{sender.source.id}"
    assert "Video Profile" in administrator.get("/admin/profiles").text
    assert administrator.get(page).status_code == 200
    assert administrator.post(page, {"mode": "report"}).status_code == 422
    assert administrator.post(page, {"mode": "report", "profiles": ["x"]}).status_code == 422
    assert administrator.post(page, {"mode": "report", "profiles": [key, "hub"]}).status_code == 303
    bare = video(TERMINATED, context={"registration": REGISTRATION})
    assert sender.post(video(INITIALIZED), bare, statement()).status_code == 200
    assert "attendent encore" in administrator.get(page).text
    profile_reports.run(tenant, Unleased(tenant))
    with tenant.read() as session:
        found = profile_reports.report(session, sender.source.id)
        assert (found.counts.broken, found.behind) == (2, False)
        assert {one.wanted for one in found.findings} == {"included"}
        assert [(one.registration, one.fate) for one in found.sequences] == [(REGISTRATION, "failed")]
    text = administrator.get(page).text
    assert "doit être là" in text
    assert REGISTRATION in text
    assert administrator.post(f"/admin/profiles/{key}/remove").status_code == 303
    assert "Video Profile" in administrator.get("/admin/profiles").text
    assert administrator.post(page, {"mode": "strict", "profiles": [key]}).status_code == 303
    assert sender.post(video(INITIALIZED)).status_code == 200
    refused = sender.post(video(INITIALIZED), bare)
    assert (refused.status_code, refused.get_json()["code"]) == (400, "profile")
    assert refused.get_json()["path"].startswith("$[1].")
    assert "profil demandé" in administrator.get(f"/admin/sources/{sender.source.id}").text
    assert administrator.post(page, {"mode": ""}).status_code == 303
    assert sender.post(bare).status_code == 200
    assert administrator.post(f"/admin/profiles/{key}/remove").status_code == 303
    assert "Video Profile" not in administrator.get("/admin/profiles").text


def test_a_statement_that_is_referred_to_is_held_to_its_template(
    administrator: Browser, sender: Sender, tenant: TenantDatabase
) -> None:
    p = "https://e.org/p/"
    templates = [{"id": p + "done", "verb": p + "v/done"},
                 {"id": p + "rated", "verb": p + "v/rated", "contextStatementRefTemplate": [p + "done"]}]  # fmt: skip
    assert upload(administrator, orjson.dumps({"id": p, "type": "Profile", "templates": templates})).status_code == 303
    with tenant.read() as session:
        key = str(session.scalars(select(XapiProfile.id)).one())

    def rated(target: str) -> dict[str, Any]:
        reference = {"objectType": "StatementRef", "id": target.upper()}
        return statement(verb={"id": p + "v/rated"}, context={"statement": reference})

    page = f"/admin/profiles/sources/{sender.source.id}"
    done, other = (statement(id=str(uuid4()), verb={"id": p + verb}) for verb in ("v/done", "v/else"))
    assert administrator.post(page, {"mode": "strict", "profiles": [key]}).status_code == 303
    assert sender.post(done, other, rated(done["id"]), rated(str(uuid4()))).status_code == 200
    for sent in ([rated(done["id"]), rated(other["id"])], [statement(id=str(uuid4())), rated(other["id"])]):
        refused = sender.post(*sent)
        assert (refused.status_code, refused.get_json()["path"]) == (400, "$[1].context.statement")
    assert administrator.post(page, {"mode": "report", "profiles": [key]}).status_code == 303
    assert sender.post(rated(done["id"]), rated(other["id"])).status_code == 200
    profile_reports.run(tenant, Unleased(tenant))
    with tenant.read() as session:
        found = profile_reports.report(session, sender.source.id)
        assert [(one.wanted, one.count) for one in found.findings] == [("target", 1)]
    assert "ne suit pas le modèle demandé" in administrator.get(page).text


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"{", "pas du JSON"), (b"[]", "un objet"), (b"{}", "type"), (b'{"type":"Profile"}', "identifiant"),
        (orjson.dumps(own.document()), "du hub"), (b"\xff", "pas du JSON"),
    ],
)  # fmt: skip
def test_what_is_no_profile_is_told(administrator: Browser, data: bytes, word: str) -> None:
    answer = upload(administrator, data)
    assert answer.status_code == 422
    assert word in answer.text


def test_an_address_of_this_machine_is_not_fetched(administrator: Browser) -> None:
    for url in ("http://169.254.169.254/p.jsonld", "file:///etc/passwd", "http://127.0.0.1:1/x"):
        assert administrator.post("/admin/profiles", {"url": url}).status_code == 422


def test_the_hubs_profile_is_served_to_programs_and_to_people(browser: Browser) -> None:
    for path in ("/profiles/hub", "/profiles/hub/v1"):
        answer = browser.get(path)
        assert answer.content_type == "application/ld+json"
        assert answer.headers["Vary"].split(", ")[0] == "Accept"
        assert read(orjson.loads(answer.data)).notices == ()
    page = browser.get("/profiles/hub", headers={"Accept": "text/html,*/*;q=0.1"})
    assert page.content_type.startswith("text/html")
    assert "verbs/deposited" in page.text


def test_what_the_hub_wrote_in_a_learners_world_follows_its_profile(tenant: TenantDatabase) -> None:
    learner_world.build(tenant)
    checker = Checker([read(own.document())])
    with tenant.read() as session:
        texts = session.scalars(select(Ledger.text).where(Ledger.source_id.is_(None))).all()
    assert texts
    for text in texts:
        told: Any = load(text.encode())
        outcome = checker.check(told)
        assert (outcome.findings, bool(outcome.followed)) == ((), True), text
