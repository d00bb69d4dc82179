"""The pages of e-mail and SMS: settings with secrets that are never shown again, a trial, the words."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select

from hub.db.uow import TenantDatabase
from hub.models.person import Person
from hub.models.platforms import Delivery
from hub.services import messages
from hub.services.deliveries import mail_server
from tests.services.builders import NOW
from tests.web.conftest import Browser

MAIL = {"host": "mail.example.org", "port": "465", "security": "tls", "sender": "hub@example.org", "user": "hub"}


@pytest.fixture
def admin(add_person: Callable[..., UUID], enter: Callable[..., Browser]) -> Browser:
    return enter(add_person("Nadia", "Haddad", "administrator", email="nadia@example.org"))


def test_a_mail_server_is_set_and_its_password_kept_and_never_shown(admin: Browser, tenant: TenantDatabase) -> None:
    assert admin.post("/admin/messages/mail", {**MAIL, "password": "s3same"}).status_code == 303
    assert admin.post("/admin/messages/mail", {**MAIL, "port": "587", "security": "starttls"}).status_code == 303
    with tenant.read() as session:
        server = mail_server(session)
    assert server is not None
    assert (server.port, server.security, server.password) == (587, "starttls", "s3same")
    for path in ("/admin/messages", "/admin/messages/mail"):
        assert "s3same" not in admin.get(path).text
    assert admin.post("/admin/messages/mail", {**MAIL, "sender": "nobody"}).status_code == 422
    admin.post("/admin/messages/mail", {**MAIL, "host": ""})
    with tenant.read() as session:
        assert mail_server(session) is None


def test_the_trial_is_a_delivery_whose_answer_is_seen(admin: Browser, tenant: TenantDatabase) -> None:
    assert admin.post("/admin/messages/try").location == "/admin/deliveries"
    with tenant.read() as session:
        (row,) = session.scalars(select(Delivery))
    assert row.payload["to"] == "nadia@example.org"


def test_the_gateway_is_set_by_its_declared_settings(admin: Browser, tenant: TenantDatabase) -> None:
    given = {"url": "https://sms.example.org/v1", "token": "s3same-token", "form": "json", "to_field": "to",
             "text_field": "text"}  # fmt: skip
    assert admin.post("/admin/messages/sms", {**given, "to_field": ""}).status_code == 422
    assert admin.post("/admin/messages/sms", given).status_code == 303
    assert admin.post("/admin/messages/sms", {**given, "token": ""}).status_code == 303
    with tenant.read() as session:
        found = messages.gateway(session)
    assert found is not None
    assert found.settings["token"] == "s3same-token"
    assert "s3same" not in admin.get("/admin/messages/sms").text
    assert admin.post("/admin/messages/try-sms").location == "/admin/messages"  # no number on her own page
    with tenant.write() as session:
        nadia = session.scalars(select(Person).where(Person.email == "nadia@example.org")).one()
        nadia.phone = "0612345678"
    assert admin.post("/admin/messages/try-sms").location == "/admin/deliveries"
    with tenant.read() as session:
        assert [row.payload["occasion"] for row in session.scalars(select(Delivery))] == ["sms_trial"]


def test_words_and_quiet_hours_are_changed(admin: Browser, tenant: TenantDatabase) -> None:
    hours = {"starts": "21:00", "ends": "07:00", "offer_hours": "4"}
    assert admin.post("/admin/messages/quiet", hours).status_code == 303
    assert admin.post("/admin/messages/quiet", {**hours, "offer_hours": "900"}).status_code == 422
    assert 'value="4"' in admin.get("/admin/messages/quiet").text
    assert "21:00" in admin.get("/admin/messages").text
    path = "/admin/messages/words/seance_tomorrow"
    texts = {"subject_fr": "Demain", "text_fr": "À demain %(name)s", "subject_en": "", "text_en": ""}
    assert admin.post(path, texts).status_code == 303
    assert "À demain %(name)s" in admin.get(path).text
    assert admin.post(path, {**texts, "text_en": "%(secret)s"}).status_code == 422
    assert admin.get("/admin/messages/words/nothing").status_code == 404


def test_an_address_that_bounces_is_seen_on_the_page_of_its_person(
    admin: Browser, tenant: TenantDatabase, add_person: Callable[..., UUID]
) -> None:
    lina = add_person("Lina", "Martin", "learner", email="lina@nowhere.example")
    page = f"/admin/people/{lina}"
    assert "n’a pas pu partir" not in admin.get(page).text
    with tenant.write() as session:
        row = session.get_one(Delivery, messages.owe_message(session, "help_answered", lina, "x", {}, NOW))
        row.state, row.last_error = "failed", {"code": "email_recipient_refused", "status": 550, "excerpt": "no user"}
    for path in (page, "/admin/deliveries?state=failed"):
        text = admin.get(path).text
        assert "Cette adresse est refusée" in text
        assert "no user" in text
