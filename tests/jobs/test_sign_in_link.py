"""The link for a new password: its token is made when the mail is sent, and stands in no row."""

import re
from email import message_from_bytes
from uuid import UUID

import pytest
from sqlalchemy import select

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.person import Person, SignInLink
from hub.models.platforms import Delivery
from hub.services import accounts
from hub.services.deliveries import MailServer, set_mail_server
from tests.jobs.test_deliveries import NOW, mail_server, work


@pytest.fixture
def lina(tenant: TenantDatabase) -> UUID:
    with tenant.write() as session:
        person = Person(given_name="Lina", family_name="Martin", email="lina@example.org", created_at=NOW)
        session.add(person)
        session.flush()
        return person.id


def ask(tenant: TenantDatabase, installation: Installation, name: str = "lina@example.org") -> None:
    with tenant.write() as session:
        accounts.ask_reset(session, installation.vault, name, "192.0.2.1", NOW)


def delivery(tenant: TenantDatabase) -> Delivery:
    with tenant.read() as session:
        return session.scalars(select(Delivery)).one()


def test_the_mail_holds_a_link_that_works(installation: Installation, tenant: TenantDatabase, lina: UUID) -> None:
    with mail_server() as box:
        with tenant.write() as session:
            set_mail_server(session, MailServer("127.0.0.1", box.port, "hub@example.org", "none"))
        ask(tenant, installation)
        work(installation)
    (sent,) = box.messages
    message = message_from_bytes(sent)
    assert message["To"] == "lina@example.org"
    body = message.get_payload(decode=True)
    assert isinstance(body, bytes)
    found = re.search(r"http://hub\.localhost:8080/s/(\S+)", body.decode())
    assert found
    with tenant.read() as session:
        link = accounts.look_at_link(session, installation.vault, found[1], NOW)
    assert (link.person_id, link.purpose) == (lina, "reset")
    row = delivery(tenant)
    assert row.state == "done"
    assert found[1] not in f"{row.payload} {row.answer} {row.last_error}"


def test_without_a_mail_server_it_waits_and_no_token_is_made(
    installation: Installation, tenant: TenantDatabase, lina: UUID
) -> None:
    ask(tenant, installation)
    work(installation)
    row = delivery(tenant)
    assert row.state == "waiting"
    assert f"http://hub.localhost:8080/hand-over/{lina}" in row.answer
    with tenant.read() as session:
        assert session.scalars(select(SignInLink)).all() == []


def test_an_erased_person_gets_nothing(installation: Installation, tenant: TenantDatabase, lina: UUID) -> None:
    ask(tenant, installation)
    with tenant.write() as session:
        session.get_one(Person, lina).erased_at = NOW
    work(installation)
    assert delivery(tenant).state == "done"
    with tenant.read() as session:
        assert session.scalars(select(SignInLink)).all() == []
