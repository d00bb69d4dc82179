"""Links to other LRSs. The neighbour is a second place of the same installation, over real HTTP on waitress."""

import base64
import hashlib
import hmac
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
import responses
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import delete, select

from content.xapi.multipart import Content, join
from hub.db import migrate
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.jobs.registry import discovered
from hub.jobs.worker import Worker
from hub.models.neighbours import LrsLink, LrsRefusal
from hub.models.platforms import Job
from hub.models.river import Agent, Ledger, StatementAttachment, StatementKey, XapiSource
from hub.services import erasure, erasure_notices, erasure_proof, identities, ledger, neighbours
from hub.services.neighbours import LinkData
from hub.services.source import Source
from hub.services.xapi_sources import create_source
from tests.conftest import _create_tables
from tests.jobs.killing import kill, start
from tests.jobs.kinds import QUICK
from tests.services import builders
from tests.web.conftest import Browser, Clock
from tests.web.served import served
from tests.web.xapi_client import new_sender, statement

ELSEWHERE = "https://lrs.example/xapi"


@pytest.fixture
def region(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> TenantDatabase:
    """The neighbour: a place that answers at 127.0.0.1. Its tables come from the models, which is quicker."""
    monkeypatch.setattr(migrate, "upgrade", _create_tables)
    return installation.create_tenant("region", "LRS de la région", ["127.0.0.1"])


@pytest.fixture
def endpoint(app: Flask, region: TenantDatabase) -> Iterator[str]:
    with served(app, threads=2) as server:
        yield f"http://127.0.0.1:{server.effective_port}/xapi"


@pytest.fixture
def fields(region: TenantDatabase, endpoint: str, installation: Installation, clock: Clock) -> dict[str, str]:
    """What an administrator types to connect to the neighbour."""
    with region.write() as session:
        source, secret = create_source(session, installation.vault, "hub", ["all"], None, clock.now)
    return {"name": "Région", "endpoint": endpoint, "version": "1.0.3", "key": source.key, "secret": secret}


def write(place: TenantDatabase, *said: dict[str, object]) -> list[str]:
    """Statements in a place's ledger, sent by an outside source of its own."""
    with place.write() as session:
        source = session.scalars(select(XapiSource).where(XapiSource.name == "MOOC")).one_or_none()
        if source is None:
            source = XapiSource(id=uuid4(), name="MOOC", key="mooc", scopes=[])
            session.add(source)
            session.flush()
        given = [{"id": str(uuid4()), **one} for one in said]
        return ledger.ingest(session, given, Source("MOOC", source.id), datetime.now(UTC)).ids


def held(place: TenantDatabase) -> list[str]:
    """The ids of a place's ledger, in order."""
    with place.read() as session:
        query = select(StatementKey.statement_id).join(Ledger, Ledger.seq == StatementKey.seq).order_by(Ledger.seq)
        return list(session.scalars(query))


def work(installation: Installation, now: datetime | None = None) -> None:
    Worker(installation, threading.Event(), clock=lambda: now or datetime.now(UTC)).run_once()


def link(place: TenantDatabase) -> LrsLink:
    with place.read() as session:
        return session.scalars(select(LrsLink)).one()


def again(place: TenantDatabase, clock: Clock) -> None:
    """Let the timetable look at the links now."""
    with place.write() as session:
        for one in neighbours.links(session):
            neighbours.schedule(session, one, datetime.now(UTC))


def words(answer: object) -> str:
    return BeautifulSoup(answer.text, "html.parser").get_text(" ", strip=True)


def test_everything_goes_once_in_order_and_what_is_refused_is_shown(
    administrator: Browser,
    installation: Installation,
    tenant: TenantDatabase,
    region: TenantDatabase,
    fields: dict[str, str],
    clock: Clock,
) -> None:
    ids = write(tenant, *(statement(str(n)) for n in range(5)))
    taken = str(uuid4())
    write(region, statement("other", id=taken))
    ids += write(tenant, statement("mine", id=taken), statement("last"))
    assert "Aucun lien" in administrator.get("/admin/neighbours").text
    assert administrator.get("/admin/neighbours/new/out").status_code == 200
    made = administrator.post("/admin/neighbours/new/out", {**fields, "past": "all"}, follow_redirects=True)
    assert "Le lien est ajouté et travaille." in words(made)

    work(installation)
    assert held(region) == [taken, *(one for one in ids if one != taken)]
    sent = link(tenant)
    assert (sent.done, sent.refused, sent.last_error) == (6, 1, None)
    page = administrator.get(f"/admin/neighbours/{sent.id}")
    assert taken in page.text
    assert "409" in page.text
    assert fields["secret"] not in page.text

    again(tenant, clock)
    work(installation)
    assert len(held(region)) == 7
    answer = administrator.post(f"/admin/neighbours/{sent.id}/resend", {}, follow_redirects=True)
    assert "Les traces refusées repartent." in words(answer)
    work(installation)
    assert link(tenant).refused == 1
    tested = administrator.post(f"/admin/neighbours/{sent.id}/test", {}, follow_redirects=True)
    assert "Il parle xAPI 1.0.3" in words(tested)


def test_a_statement_takes_its_attachments_along(
    app: Flask,
    installation: Installation,
    tenant: TenantDatabase,
    region: TenantDatabase,
    fields: dict[str, str],
    clock: Clock,
) -> None:
    sender, data = new_sender(app.test_client(), installation, tenant, clock), b"a certificate\r\n--"
    sha2 = hashlib.sha256(data).hexdigest()
    described = {
        "usageType": "https://lms.example/usage",
        "display": {"fr": "Attestation"},
        "contentType": "text/plain",
    }
    said = statement("with", id=str(uuid4()), attachments=[described | {"length": len(data), "sha2": sha2}])
    body, kind = join(orjson.dumps(said).decode(), [Content(sha2, "text/plain", data)])
    assert sender.call("POST", "statements", data=body, content_type=kind).status_code == 200
    ids = [said["id"], *write(tenant, statement("without"))]
    with tenant.write() as session:
        neighbours.add(session, LinkData(direction="out", **fields), by=None, now=datetime.now(UTC))
    work(installation)
    assert held(region) == ids
    with region.read() as session:
        there = session.scalars(select(StatementAttachment)).one()
    with installation.blobs(region.key).open(there.sha256) as file:
        assert file.read() == data


def test_what_was_attached_is_pulled_along_and_what_is_spoilt_is_shown(
    administrator: Browser, app: Flask, installation: Installation, tenant: TenantDatabase, region: TenantDatabase,
    fields: dict[str, str], clock: Clock,
) -> None:  # fmt: skip
    """The neighbour has lost one of the contents: its statement comes without it, and that is said."""
    there = installation.blobs(region.key)
    contents, ids = (b"a photo\r\n--", b"lost"), []
    for data in contents:
        blob, sha2 = there.put([data], 100), hashlib.sha256(data).hexdigest()
        described = {"usageType": "https://l.example/u", "display": {"fr": "Pièce"}, "contentType": "text/plain"}
        said = statement("ines", id=str(uuid4()), attachments=[described | {"length": len(data), "sha2": sha2}])
        along = {sha2: ledger.Attached(sha2, blob.sha256, blob.size, "text/plain")}
        ids += write(region, statement("noe"))
        with region.write() as session:
            sent = Source("MOOC", session.scalars(select(XapiSource.id).where(XapiSource.name == "MOOC")).one())
            ids += ledger.store(session, ledger.prepare([said], sent, clock.now, along), sent, clock.now).ids
    there.discard(hashlib.sha256(b"lost").hexdigest())
    administrator.post("/admin/neighbours/new/in", fields)
    work(installation)
    assert held(tenant) == ids
    with tenant.read() as session:
        kept = session.scalars(select(StatementAttachment)).one()
    with installation.blobs(tenant.key).open(kept.sha256) as file:
        assert file.read() == contents[0]
    shown = words(administrator.get(f"/admin/neighbours/{link(tenant).id}"))
    assert ids[-1] in shown
    assert "gardée sans elles" in shown


HOOK = "https://suivi.example/hooks/traces?of=hub"


@pytest.fixture
def hook(administrator: Browser) -> str:
    """The secret of a new webhook for completions, as the page shows it, once."""
    form = {"name": "Suivi", "endpoint": HOOK, "verbs": "http://adlnet.gov/expapi/verbs/completed", "past": "new"}
    shown = administrator.post("/admin/neighbours/new/hook", form)
    assert shown.headers["Cache-Control"] == "no-store"
    found = BeautifulSoup(shown.text, "html.parser").find(id="secret")
    assert found is not None
    return found.get_text()


def verified(request: Any, secret: str) -> Any:
    """What a message says, once its signature holds (Standard Webhooks 1.0)."""
    told = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    assert len(key) == 32
    signature = base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode()
    assert request.headers["webhook-signature"] == f"v1,{signature}"
    return orjson.loads(request.body)


def test_a_webhook_tells_signed_and_once_what_arrives(
    administrator: Browser, installation: Installation, tenant: TenantDatabase, clock: Clock, hook: str
) -> None:
    ids = write(tenant, statement("ines"), statement("noe", verb={"id": "https://a.example/verbs/sang"}))
    big = statement("zoe", result={"score": {"raw": 12345678901234567890123}})
    ids += write(tenant, big)
    with responses.RequestsMock() as remote:
        remote.post(HOOK, status=500)
        work(installation)
        failed = [call.request for call in remote.calls]
        assert link(tenant).last_error is not None
        remote.replace(responses.POST, HOOK, status=204)
        work(installation, datetime.now(UTC) + timedelta(hours=1))
        request = remote.calls[-1].request
    told = verified(request, hook)
    assert {call.headers["webhook-id"] for call in failed} == {request.headers["webhook-id"]}
    assert told["type"] == "statements.stored"
    assert [one["id"] for one in told["data"]["statements"]] == [ids[0], ids[2]]
    assert b"12345678901234567890123" in request.body
    assert (link(tenant).done, link(tenant).refused, link(tenant).last_error) == (2, 0, None)
    page = administrator.get(f"/admin/neighbours/{link(tenant).id}").text
    assert hook not in page
    assert "webhook vers ce logiciel" in administrator.get("/admin/neighbours").text
    assert hook not in str(request.url)


def test_a_webhook_is_told_which_contents_the_hub_keeps(
    installation: Installation, tenant: TenantDatabase, app: Flask, clock: Clock, hook: str
) -> None:
    """The message has none of them, and no way in: who may read statements asks for them."""
    data = b"a photo"
    blob, sha2 = installation.blobs(tenant.key).put([data], 100), hashlib.sha256(data).hexdigest()
    described = {"usageType": "https://l.example/u", "display": {"fr": "Photo"}, "contentType": "image/png"}
    told = described | {"length": len(data), "sha2": sha2}
    said = [statement("ines", id=str(uuid4()), attachments=[told]), statement("noe", id=str(uuid4()))]
    source = Source("MOOC")
    prepared = ledger.prepare(said, source, clock.now, {sha2: ledger.Attached(sha2, blob.sha256, 7, "image/png")})
    with tenant.write() as session:
        ledger.store(session, prepared, source, clock.now)
    with responses.RequestsMock() as remote:
        remote.post(HOOK)
        work(installation)
        messages = [verified(call.request, hook)["data"] for call in remote.calls]
    assert [[one["id"] for one in each["statements"]] for each in messages] == [[said[0]["id"]], [said[1]["id"]]]
    assert messages[0]["attachments"] == [{"statement": said[0]["id"], "sha2": sha2, "contentType": "image/png"}]
    assert "attachments" not in messages[1]
    reader = new_sender(app.test_client(), installation, tenant, clock, "statements/read")
    assert data in reader.get(statementId=said[0]["id"], attachments="true").data


def test_a_webhook_that_refuses_is_shown_tried_by_hand_and_gets_another_secret(
    administrator: Browser, installation: Installation, tenant: TenantDatabase, hook: str
) -> None:
    [kept] = write(tenant, statement("ines"))
    key = link(tenant).id
    with responses.RequestsMock() as remote:
        remote.post(HOOK, status=422)
        work(installation)
        assert kept in administrator.get(f"/admin/neighbours/{key}").text
        renewed = BeautifulSoup(administrator.post(f"/admin/neighbours/{key}/secret", {}).text, "html.parser")
        secret = str(renewed.find(id="secret").get_text())  # type: ignore[union-attr]  # the page shows it
        assert secret != hook
        remote.replace(responses.POST, HOOK, status=200)
        administrator.post(f"/admin/neighbours/{key}/resend", {})
        work(installation)
        assert [one["id"] for one in verified(remote.calls[-1].request, secret)["data"]["statements"]] == [kept]
        assert "Le message d’essai est arrivé" in words(
            administrator.post(f"/admin/neighbours/{key}/test", {}, follow_redirects=True)
        )
        assert verified(remote.calls[-1].request, secret)["type"] == "ping"
    assert link(tenant).refused == 0
    form = {"name": "Suivi", "endpoint": "ftp://x", "verbs": "passed"}
    assert administrator.post(f"/admin/neighbours/{key}", form).status_code == 422
    assert administrator.post(f"/admin/neighbours/{key}", form | {"endpoint": HOOK, "verbs": ""}).status_code == 303
    assert link(tenant).version == "webhook"


def test_who_was_erased_goes_out_under_a_pseudonym_before_the_rewriting_is_done(
    installation: Installation, tenant: TenantDatabase, region: TenantDatabase, fields: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(erasure, "UNIT", 1)
    ids = write(tenant, *(statement("ines") for _ in range(3)))
    with tenant.write() as session:
        who = builders.person(session, "Inès")
        agent = session.scalars(select(Agent.id).where(Agent.ifi.like("%|ines"))).one()
        identities.link(session, agent, who, rule="explicit", by=None, now=datetime.now(UTC))
        erasure.erase(session, who, None, datetime.now(UTC))
        session.execute(delete(Job))  # the rewriting of the other two has not come yet
        neighbours.add(session, LinkData(direction="out", **fields), by=None, now=datetime.now(UTC))
    work(installation)
    assert held(region) == ids
    with region.read() as session:
        assert not [text for text in session.scalars(select(Ledger.text)) if '"ines"' in text]


def test_who_got_statements_of_somebody_erased_is_told(
    administrator: Browser, installation: Installation, tenant: TenantDatabase, clock: Clock,
    add_person: Callable[..., UUID],
) -> None:  # fmt: skip
    passed = {"id": "http://adlnet.gov/expapi/verbs/passed"}
    ids = write(tenant, statement("ines"), statement("noe"), statement("ines", verb=passed), statement("ines"))
    who = add_person("Inès", "Benali")
    with tenant.write() as session:
        for name, verbs in (("Région", ()), ("Filtré", (passed["id"],)), ("Tard", ())):
            data = LinkData(name, "out", ELSEWHERE, key="k", secret="s", verbs=verbs)
            made = neighbours.add(session, data, by=None, now=clock.now, past=name != "Tard")
            made.active, made.cursor = False, neighbours.head(session) - (name == "Région")
        agent = session.scalars(select(Agent.id).where(Agent.ifi.like("%|ines"))).one()
        identities.link(session, agent, who, rule="explicit", by=None, now=clock.now)
    page = words(administrator.get(f"/admin/people/{who}/erase"))
    assert "Filtré Région" in page.partition("Qui en a reçu")[2]
    assert "Tard" not in page
    administrator.post(f"/admin/people/{who}/erase", {"name": "Inès Benali"})
    assert "à prévenir" in words(administrator.get("/admin/neighbours"))
    with tenant.read() as session:
        owed = {one.link.name: one.notice.id for one in erasure_notices.listed(session)}
        assert erasure_notices.counts(session) == (2, 2)
    write(tenant, statement("ines"))  # goes out under the pseudonym: nobody has to be told
    letters = {name: administrator.get(f"/admin/neighbours/erasures/{key}").text for name, key in owed.items()}
    assert {name: [one for one in ids if one in text] for name, text in letters.items()} == {
        "Région": [ids[0], ids[2]], "Filtré": [ids[2]],
    }  # fmt: skip
    assert "Benali" not in words_of_main(letters["Région"])
    administrator.post(f"/admin/neighbours/erasures/{owed['Filtré']}", {})
    assert "prévenu le" in words(administrator.get("/admin/neighbours"))
    proof = erasure_proof.prove(tenant)
    assert (proof.clean, proof.recipients, proof.to_tell) == (True, 2, 1)


def words_of_main(text: str) -> str:
    return str(BeautifulSoup(text, "html.parser").main.get_text())  # type: ignore[union-attr]  # every page has one


def test_a_replay_doubles_nothing_and_a_filter_passes_over_the_rest(
    administrator: Browser,
    installation: Installation,
    tenant: TenantDatabase,
    region: TenantDatabase,
    fields: dict[str, str],
    clock: Clock,
) -> None:
    passed = {"id": "http://adlnet.gov/expapi/verbs/passed"}
    write(tenant, statement("a"), statement("b", iri="https://other.example/x", verb=passed))
    wanted = write(tenant, statement("c", verb=passed))
    narrow = {"verbs": passed["id"], "activities": "https://lms.example/"}
    administrator.post("/admin/neighbours/new/out", {**fields, **narrow})
    work(installation)
    assert held(region) == wanted
    sent = link(tenant)
    with tenant.read() as session:
        assert sent.cursor == neighbours.head(session)
    wrong = administrator.post(f"/admin/neighbours/{sent.id}/replay", {"since": "hier"})
    assert "Écrivez une date" in wrong.text
    administrator.post(f"/admin/neighbours/{sent.id}/replay", {"since": "2020-01-01"})
    assert link(tenant).cursor == 0
    work(installation)
    assert held(region) == wanted
    administrator.post(f"/admin/neighbours/{sent.id}/remove", {})
    with tenant.read() as session:
        assert neighbours.links(session) == []
        assert session.scalars(select(LrsLink)).one().secret.reveal() == ""


def test_a_look_with_nothing_to_do_leaves_no_row(
    installation: Installation, tenant: TenantDatabase, region: TenantDatabase, fields: dict[str, str], clock: Clock
) -> None:
    write(tenant, statement("a"))
    with tenant.write() as session:
        neighbours.add(session, LinkData(direction="out", **fields), by=None, now=datetime.now(UTC), past=False)
    for _ in range(3):
        again(tenant, clock)
        work(installation)
    with tenant.read() as session:
        assert session.scalars(select(Job).where(Job.kind == neighbours.FORWARD_JOB)).all() == []
    new = write(tenant, statement("b"))
    again(tenant, clock)
    work(installation)
    assert held(region) == new


def test_workers_killed_while_forwarding_lose_and_double_nothing(
    installation: Installation, tenant: TenantDatabase, region: TenantDatabase, fields: dict[str, str], clock: Clock
) -> None:
    with tenant.write() as session:
        link_id = neighbours.add(session, LinkData(direction="out", **fields), by=None, now=datetime.now(UTC)).id
    ids: list[str] = []
    for kill_after in (0.05, 0.15, 0.25, 0.35):
        ids += write(tenant, *(statement(str(n)) for n in range(120)))
        again(tenant, clock)
        process = start(installation.config, discovered, QUICK)
        time.sleep(kill_after)
        kill(process)
    process = start(installation.config, discovered, QUICK)
    deadline = time.monotonic() + 60
    while len(held(region)) < len(ids) and time.monotonic() < deadline:
        again(tenant, clock)
        time.sleep(0.2)
    kill(process)
    assert held(region) == ids
    with tenant.read() as session:
        assert session.scalars(select(LrsRefusal).where(LrsRefusal.link_id == link_id)).all() == []


def test_what_the_neighbour_stored_is_pulled_once_and_not_sent_back(
    administrator: Browser,
    installation: Installation,
    tenant: TenantDatabase,
    region: TenantDatabase,
    fields: dict[str, str],
    clock: Clock,
) -> None:
    ids = write(region, *(statement(str(n)) for n in range(3)))
    administrator.post("/admin/neighbours/new/in", fields)
    work(installation)
    assert held(tenant) == ids
    pulled = link(tenant)
    assert (pulled.done, pulled.refused) == (3, 0)
    with tenant.read() as session:
        assert set(session.scalars(select(Ledger.source_id))) == {pulled.source_id}
    ids += write(region, statement("later"))
    again(tenant, clock)
    work(installation)
    assert held(tenant) == ids
    with tenant.write() as session:
        neighbours.add(session, LinkData(direction="out", **fields), by=None, now=datetime.now(UTC))
    work(installation)
    assert held(region) == ids


@responses.activate
def test_a_bad_statement_of_a_neighbour_is_named_and_the_others_go_in(
    administrator: Browser, installation: Installation, tenant: TenantDatabase
) -> None:
    stored = {"stored": "2026-11-20T10:00:01Z"}
    bad, good = str(uuid4()), str(uuid4())
    page = [
        {"id": bad, **statement("x"), "verb": {"id": "no iri"}, **stored},
        {**statement("y"), **stored},
        {"id": good, **statement("z"), **stored},
    ]
    responses.get(f"{ELSEWHERE}/statements", body=orjson.dumps({"statements": page, "more": ""}))
    form = {"name": "Autre", "endpoint": ELSEWHERE, "version": "1.0.3", "key": "k", "secret": "s3cr3t-value"}
    administrator.post("/admin/neighbours/new/in", form)
    work(installation)
    assert held(tenant) == [good]
    pulled = link(tenant)
    assert (pulled.done, pulled.refused) == (1, 2)
    assert pulled.cursor == 1_795_168_801_000_000
    shown = administrator.get(f"/admin/neighbours/{pulled.id}").text
    assert bad in shown
    assert "$.verb.id" in shown


@responses.activate
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"status": 503}, "remote_down"),
        ({"status": 401}, "remote_refused"),
        ({"status": 429, "headers": {"Retry-After": "30"}}, "rate_limited"),
        ({"status": 200, "body": "<html>maintenance</html>"}, "not_json"),
        ({"status": 200, "body": '{"statements": [{"id": "1"'}, "not_json"),
    ],
)
def test_a_neighbour_that_fails_is_shown_and_asked_again(
    administrator: Browser, installation: Installation, tenant: TenantDatabase, answer: dict[str, object], code: str
) -> None:
    responses.get(f"{ELSEWHERE}/statements", **answer)
    form = {"name": "Autre", "endpoint": ELSEWHERE, "version": "1.0.3", "key": "", "secret": "s3cr3t-value"}
    administrator.post("/admin/neighbours/new/in", form)
    work(installation)
    failing = link(tenant)
    assert failing.last_error is not None
    assert failing.last_error["code"] == code
    assert "s3cr3t-value" not in str(failing.last_error)
    assert "ne répond pas" in administrator.get("/admin/neighbours").text
    assert held(tenant) == []


def test_wrong_input_is_said_beside_its_field_and_kept(administrator: Browser) -> None:
    typed = {"name": "", "endpoint": "lrs.example", "version": "0.9", "verbs": "passed", "secret": ""}
    answer = administrator.post("/admin/neighbours/new/out", typed)
    assert answer.status_code == 422
    page = BeautifulSoup(answer.text, "html.parser")
    assert {one["id"] for one in page.select(".field-error")} >= {"name-error", "version-error"}
    assert page.select_one("#endpoint")["value"] == "lrs.example"
