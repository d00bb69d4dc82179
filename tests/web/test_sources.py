"""The administrator's pages of the sources of traces."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy import select

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.person import Organisation
from hub.models.platforms import Platform
from hub.models.river import XapiSource
from hub.services.journal import entries
from hub.services.roles import grant_role
from tests.web.conftest import Browser, Clock
from tests.web.xapi_client import Sender, statement


@pytest.fixture
def only(tenant: TenantDatabase) -> Callable[[], XapiSource]:
    """Gives the one source there is."""

    def read() -> XapiSource:
        with tenant.read() as session:
            return session.scalars(select(XapiSource)).one()

    return read


def code(html: str, ident: str) -> str:
    found = BeautifulSoup(html, "html.parser").find(id=ident)
    assert found is not None
    return found.get_text()


def acts(tenant: TenantDatabase, source: XapiSource) -> list[str]:
    with tenant.read() as session:
        return [entry.act for entry in entries(session, subject_id=source.id)][::-1]


def test_from_nothing_to_a_source_that_sends(
    administrator: Browser, app: Flask, tenant: TenantDatabase, clock: Clock, only: Callable[[], XapiSource]
) -> None:
    assert "Aucune source" in administrator.get("/admin/sources").text
    assert administrator.get("/admin/sources/new").status_code == 200
    made = administrator.post("/admin/sources/new", {"name": " MOOC bois ", "scopes": ["statements/write"]})
    secret, source = code(made.text, "secret"), only()
    assert code(made.text, "endpoint") == "http://hub.localhost:8080/xapi/"
    assert code(made.text, "key") == source.key
    assert "no-store" in made.headers["Cache-Control"]
    assert (source.name, source.scopes) == ("MOOC bois", ["statements/write"])
    sender = Sender(app.test_client(), tenant, clock, source, secret)
    assert "Rien reçu encore" in administrator.get("/admin/sources").text
    assert sender.post(statement()).status_code == 200
    assert "Reçoit des traces" in administrator.get("/admin/sources").text
    page = administrator.get(f"/admin/sources/{source.id}").text
    assert secret not in page
    assert "Pourquoi le dernier refus" not in page


def test_why_the_last_refusal(
    administrator: Browser, app: Flask, tenant: TenantDatabase, clock: Clock, only: Callable[[], XapiSource]
) -> None:
    made = administrator.post("/admin/sources/new", {"name": "MOOC", "scopes": ["statements/write"]})
    source = only()
    sender = Sender(app.test_client(), tenant, clock, source, code(made.text, "secret"))
    two = {"mbox": "mailto:a@b.example", "openid": "https://a.example"}
    sender.post(statement("a"), statement("b", actor=two))
    page = administrator.get(f"/admin/sources/{source.id}").text
    assert "$[1].actor" in page
    assert "XAPI-00034" in page
    assert "Désignez la personne d’une seule façon" in page
    assert "POST /xapi/statements" in page
    assert "mailto:a@b.example" not in page
    assert "Envois refusés" in administrator.get("/admin/sources").text
    sender.post(statement("a"))
    assert "Depuis ce refus, un envoi a été accepté." in administrator.get(f"/admin/sources/{source.id}").text
    assert "Envois refusés" not in administrator.get("/admin/sources").text


def test_a_new_secret_replaces_the_old(
    administrator: Browser, app: Flask, tenant: TenantDatabase, clock: Clock, only: Callable[[], XapiSource]
) -> None:
    made = administrator.post("/admin/sources/new", {"name": "MOOC", "scopes": ["all"]})
    source, old = only(), code(made.text, "secret")
    fresh = code(administrator.post(f"/admin/sources/{source.id}/rotate").text, "secret")
    assert fresh != old
    assert Sender(app.test_client(), tenant, clock, source, old).get().status_code == 401
    assert Sender(app.test_client(), tenant, clock, source, fresh).get().status_code == 200
    assert acts(tenant, source) == ["xapi_source.created", "xapi_source.rotated"]


def test_closing_and_opening_again(
    administrator: Browser, app: Flask, tenant: TenantDatabase, clock: Clock, only: Callable[[], XapiSource]
) -> None:
    made = administrator.post("/admin/sources/new", {"name": "MOOC", "scopes": ["all"]})
    source = only()
    sender = Sender(app.test_client(), tenant, clock, source, code(made.text, "secret"))
    answer = administrator.post(f"/admin/sources/{source.id}/close")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/admin/sources/{source.id}")
    assert "Cette source est fermée." in administrator.get(f"/admin/sources/{source.id}").text
    assert "Source fermée" in administrator.get("/admin/sources").text
    assert sender.get().status_code == 401
    administrator.post(f"/admin/sources/{source.id}/open")
    assert sender.get().status_code == 200
    assert acts(tenant, source)[1:] == ["xapi_source.deactivated", "xapi_source.activated"]


def test_changing_what_it_may_do(
    administrator: Browser, tenant: TenantDatabase, clock: Clock, only: Callable[[], XapiSource]
) -> None:
    with tenant.write() as session:
        platform = Platform(name="Moodle du CFA", created_at=clock.now)
        session.add(platform)
    administrator.post("/admin/sources/new", {"name": "MOOC", "scopes": ["all"]})
    source = only()
    said = {"name": "Autre", "scopes": ["profile", "state"], "platform": str(platform.id)}
    assert administrator.post(f"/admin/sources/{source.id}", said).status_code == 303
    changed = only()
    assert (changed.name, changed.scopes, changed.platform_id) == ("Autre", ["state", "profile"], platform.id)
    assert changed.secret_hash == source.secret_hash
    assert "Moodle du CFA" in administrator.get("/admin/sources").text
    assert acts(tenant, source)[-1] == "xapi_source.changed"


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"name": "", "scopes": ["all"]}, "À remplir."),
        ({"name": "x" * 121, "scopes": ["all"]}, "Trop long."),
        ({"name": "kept name", "scopes": []}, "À remplir."),
        ({"name": "kept name", "scopes": ["everything"]}, "Ce choix n’existe pas."),
        ({"name": "kept name", "scopes": ["all"], "platform": "moodle"}, "Ce choix n’existe pas."),
        ({"name": "kept name", "scopes": ["all"], "platform": str(uuid4())}, "Ce choix n’existe pas."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_kept(
    administrator: Browser, only: Callable[[], XapiSource], typed: dict[str, object], fault: str
) -> None:
    administrator.post("/admin/sources/new", {"name": "MOOC", "scopes": ["all"]})
    source = only()
    for path in ("/admin/sources/new", f"/admin/sources/{source.id}"):
        answer = administrator.post(path, typed)
        assert answer.status_code == 422
        assert fault in answer.text
        assert str(typed["name"]) in answer.text
    assert only().name == "MOOC"


def test_only_an_administrator_of_the_whole_place(
    administrator: Browser,
    add_person: Callable[..., UUID],
    enter: Callable[..., Browser],
    tenant: TenantDatabase,
    clock: Clock,
    only: Callable[[], XapiSource],
) -> None:
    administrator.post("/admin/sources/new", {"name": "MOOC", "scopes": ["all"]})
    source = only()
    partial = add_person("Omar", "Partiel")
    with tenant.write() as session:
        organisation = Organisation(name="CFA", kind="training")
        session.add(organisation)
        session.flush()
        grant_role(session, partial, "administrator", clock.now, organisation_id=organisation.id)
    for browser in (enter(add_person("Tom", "Trainer", "trainer")), enter(partial)):
        for path in ("/admin/sources", "/admin/sources/new", f"/admin/sources/{source.id}"):
            assert browser.get(path).status_code == 403
        for path in ("new", f"{source.id}", f"{source.id}/rotate", f"{source.id}/close", f"{source.id}/open"):
            assert browser.post(f"/admin/sources/{path}", {"name": "x", "scopes": ["all"]}).status_code == 403
    assert only().secret_hash == source.secret_hash
    assert only().active


def test_a_source_that_is_not_there(administrator: Browser) -> None:
    for path in ("", "/rotate", "/close", "/open"):
        typed = {"name": "x", "scopes": ["all"]}
        assert administrator.post(f"/admin/sources/{uuid4()}{path}", typed).status_code == 404
    assert administrator.get(f"/admin/sources/{uuid4()}").status_code == 404


def test_the_pages_speak_english(
    add_person: Callable[..., UUID], enter: Callable[..., Browser], only: Callable[[], XapiSource]
) -> None:
    browser = enter(add_person("Ada", "Admin", "administrator", language="en"))
    assert "No source yet" in browser.get("/admin/sources").text
    assert (
        "The secret is shown only once." in browser.post("/admin/sources/new", {"name": "MOOC", "scopes": ["all"]}).text
    )
    assert "Make a new secret" in browser.get(f"/admin/sources/{only().id}").text


def test_secrets_are_nowhere_in_the_database(installation: Installation, administrator: Browser, only) -> None:
    made = administrator.post("/admin/sources/new", {"name": "MOOC", "scopes": ["all"]})
    secret = code(made.text, "secret")
    assert len(secret) == 43
    assert len(only().secret_hash) == 32
    assert secret not in repr(vars(only()))


def test_terms_are_set_and_what_was_repaired_is_told(
    administrator: Browser, app: Flask, tenant: TenantDatabase, clock: Clock, only: Callable[[], XapiSource]
) -> None:
    made = administrator.post("/admin/sources/new", {"name": "MOOC", "scopes": ["all"]})
    sender = Sender(app.test_client(), tenant, clock, only(), code(made.text, "secret"))
    address = f"/admin/sources/{only().id}"
    typed = {"name": "MOOC", "scopes": ["all"], "lenient": "1", "keeps_authority": "1"}
    assert administrator.post(address, typed | {"per_minute": "60", "megabytes": "2"}).status_code == 303
    source = only()
    assert (source.lenient, source.keeps_authority) == (True, True)
    assert (source.per_minute, source.largest_body) == (60, 2 * 1024 * 1024)
    for faulty in ({"per_minute": "0"}, {"megabytes": "many"}):
        assert administrator.post(address, typed | faulty).status_code == 422
    assert "Ce qui a été réparé" not in administrator.get(address).text
    assert sender.post(statement(object={"objectType": "GroupActivity", "id": "urn:x:a"})).status_code == 200
    told = administrator.get(address).text
    assert "Ce qui a été réparé" in told
    assert "$.object.objectType" in told
    administrator.post(address, {"name": "MOOC", "scopes": ["all"]})
    assert (only().lenient, only().per_minute) == (False, None)
