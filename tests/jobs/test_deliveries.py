"""E-mails and notices of erasures: sent, kept for sending by hand, refused, tried again."""

import base64
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from typing import Any
from uuid import UUID

import pytest
import responses
from sqlalchemy import select, text

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.jobs.worker import Worker
from hub.models.neighbours import ErasureNotice, LrsLink
from hub.models.person import Person
from hub.models.platforms import Delivery
from hub.models.river import Agent
from hub.services import deliveries, erasure, erasure_notices, identities, jobs, ledger, neighbours
from hub.services.deliveries import MailServer
from hub.services.errors import Invalid
from hub.services.neighbours import LinkData
from hub.services.source import Source
from tests.services import builders

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOOK = "http://127.0.0.1:9/hook"


def work(installation: Installation, now: datetime = NOW) -> None:
    Worker(installation, threading.Event(), clock=lambda: now).run_once()


def found(tenant: TenantDatabase, row: UUID) -> Delivery:
    with tenant.read() as session:
        return session.get_one(Delivery, row)


def owe_mail(tenant: TenantDatabase, to: str = "lea@example.org", subject: str = "Séance déplacée") -> UUID:
    with tenant.write() as session:
        row = deliveries.email(session, to, subject, "Bonjour Léa,\nà demain.")
        session.get_one(Delivery, row).due_at = NOW
        return row


class Mailbox:
    """What the mail server received, and how it answers RCPT TO."""

    def __init__(self) -> None:
        self.port = 0
        self.messages: list[bytes] = []
        self.recipient = "250 ok"


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """A mail server on loopback that speaks just enough of RFC 5321."""
    box, stop = Mailbox(), threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.1)
    box.port = listener.getsockname()[1]

    def serve() -> None:
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            with connection:
                converse(connection, box)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield box
    stop.set()
    thread.join(5)
    listener.close()


def converse(connection: socket.socket, box: Mailbox) -> None:
    lines = connection.makefile("rb")
    connection.sendall(b"220 test\r\n")
    for line in lines:
        word = line[:4].upper()
        if word == b"RCPT":
            connection.sendall(f"{box.recipient}\r\n".encode())
        elif word == b"DATA":
            connection.sendall(b"354 go on\r\n")
            body = b""
            while not body.endswith(b"\r\n.\r\n"):
                body += lines.readline()
            box.messages.append(body[:-5])
            connection.sendall(b"250 ok\r\n")
        elif word == b"QUIT":
            connection.sendall(b"221 bye\r\n")
            return
        else:
            connection.sendall(b"250 ok\r\n")


@pytest.fixture
def mailbox(tenant: TenantDatabase) -> Iterator[Mailbox]:
    with mail_server() as box:
        with tenant.write() as session:
            server = MailServer("127.0.0.1", box.port, "hub@example.org", "none")
            deliveries.set_mail_server(session, server)
        yield box


def test_without_a_mail_server_a_text_waits_to_be_sent_by_hand(
    installation: Installation, tenant: TenantDatabase
) -> None:
    row = owe_mail(tenant)
    work(installation)
    mail = found(tenant, row)
    assert mail.state == "waiting"
    assert mail.answer == "À : lea@example.org\nObjet : Séance déplacée\n\nBonjour Léa,\nà demain.".replace(
        " :", "\u00a0:"
    )
    with tenant.write() as session:
        assert deliveries.sent_by_hand(session, row, now=NOW)
        assert not deliveries.sent_by_hand(session, row, now=NOW)
    assert found(tenant, row).state == "done"


def test_a_mail_is_sent(installation: Installation, tenant: TenantDatabase, mailbox: Mailbox) -> None:
    row = owe_mail(tenant)
    work(installation)
    assert found(tenant, row).state == "done"
    message = message_from_bytes(mailbox.messages[0])
    assert (message["To"], message["From"]) == ("lea@example.org", "hub@example.org")
    assert message["Message-ID"] == f"<{row}@example.org>"
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode().split() == ["Bonjour", "Léa,", "à", "demain."]


def test_a_waiting_mail_is_sent_once_there_is_a_server(installation: Installation, tenant: TenantDatabase) -> None:
    row = owe_mail(tenant)
    work(installation)
    with mail_server() as box:
        with tenant.write() as session:
            deliveries.set_mail_server(session, MailServer("127.0.0.1", box.port, "hub@example.org", "none"))
            assert jobs.resend(session, Delivery, row, now=NOW)
        work(installation)
        assert len(box.messages) == 1
    assert found(tenant, row).state == "done"


@pytest.mark.parametrize(
    ("now", "state", "to"),
    [
        ({"email": "lea.new@example.org"}, "done", "lea.new@example.org"),
        ({"email": None}, "waiting", None),
        ({"email": "lea@example.org", "erased_at": NOW}, "done", None),
    ],
)
def test_a_mail_sent_again_goes_to_the_address_that_the_person_has_now(
    installation: Installation,
    tenant: TenantDatabase,
    mailbox: Mailbox,
    now: dict[str, Any],
    state: str,
    to: str | None,
) -> None:
    with tenant.write() as session:
        person = Person(given_name="Léa", family_name="Roux", email="lea@example.org", created_at=NOW)
        session.add(person)
        session.flush()
        row = deliveries.email(session, "lea@example.org", "Votre semaine", "Bonjour", person_id=person.id)
        session.get_one(Delivery, row).due_at = NOW
    mailbox.recipient = "550 nobody here"
    work(installation)
    mailbox.recipient = "250 ok"
    with tenant.write() as session:
        for name, value in now.items():
            setattr(session.get_one(Person, person.id), name, value)
        assert jobs.resend(session, Delivery, row, now=NOW)
    work(installation)
    assert [message_from_bytes(sent)["To"] for sent in mailbox.messages] == ([to] if to else [])
    assert found(tenant, row).state == state


@pytest.mark.parametrize(("said", "state"), [("550 nobody here", "failed"), ("450 later", "due")])
def test_a_refused_recipient(
    installation: Installation, tenant: TenantDatabase, mailbox: Mailbox, said: str, state: str
) -> None:
    mailbox.recipient = said
    row = owe_mail(tenant)
    work(installation)
    mail = found(tenant, row)
    assert mail.last_error is not None
    assert (mail.state, mail.last_error["code"]) == (state, "email_recipient_refused")
    assert mail.last_error["excerpt"] == said[4:]
    assert mailbox.messages == []


def test_a_mail_server_that_is_down_is_tried_again(installation: Installation, tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        deliveries.set_mail_server(session, MailServer("127.0.0.1", 1, "hub@example.org", "none"))
    row = owe_mail(tenant)
    work(installation)
    mail = found(tenant, row)
    assert mail.last_error is not None
    assert (mail.state, mail.last_error["code"]) == ("due", "email_server_unreachable")
    assert mail.due_at > NOW


def test_a_header_cannot_be_smuggled_in(installation: Installation, tenant: TenantDatabase, mailbox: Mailbox) -> None:
    row = owe_mail(tenant, subject="Bonjour\r\nBcc: tous@example.org")
    work(installation)
    assert found(tenant, row).state == "failed"
    assert mailbox.messages == []


def test_the_mail_password_is_sealed(installation: Installation, tenant: TenantDatabase) -> None:
    server = MailServer("mail.example.org", 587, "hub@example.org", user="hub", password="s3cr3t-word")
    with tenant.write() as session:
        deliveries.set_mail_server(session, server)
        stored = session.execute(text("SELECT value FROM setting WHERE name = 'mail'")).scalar_one()
    assert "s3cr3t-word" not in str(stored)
    assert "s3cr3t-word" not in repr(server)
    with tenant.read() as session:
        assert deliveries.mail_server(session) == server
    with pytest.raises(Invalid), tenant.write() as session:
        deliveries.set_mail_server(session, MailServer("", 0, "x\r\nBcc: y@z"))


@pytest.fixture
def hook(tenant: TenantDatabase) -> UUID:
    """A webhook, from the beginning of the ledger on."""
    with tenant.write() as session:
        return neighbours.add(session, LinkData("Suivi", "out", HOOK, "webhook"), by=None, now=NOW).id


def erased(tenant: TenantDatabase, login: str = "ines", now: datetime = NOW) -> tuple[Delivery, list[str]]:
    """Somebody with two statements, which a webhook got, is erased: the notice that is owed, and their ids."""
    with tenant.write() as session:
        who, said = (
            builders.person(session),
            [builders.statement(login, "completed", "https://a.example") for _ in "12"],
        )
        ids = ledger.ingest(session, said, Source(name="mooc"), NOW).ids
        agent = session.scalars(select(Agent.id).where(Agent.ifi.endswith(f"|{login}"))).one()
        identities.link(session, agent, who, rule="explicit", by=None, now=NOW)
        erasure.erase(session, who, None, now)
        row = session.scalars(select(Delivery).order_by(Delivery.id.desc()).limit(1)).one()
        row.due_at = now
        return row, ids


def test_an_erasure_is_told_with_a_signature(installation: Installation, tenant: TenantDatabase, hook: UUID) -> None:
    row, ids = erased(tenant)
    with responses.RequestsMock() as remote:
        remote.post(HOOK, status=202)
        work(installation)
        requests: list[Any] = [call.request for call in remote.calls if b"person.erased" in (call.request.body or b"")]
    [request] = requests
    assert json.loads(request.body)["data"] == {"statements": ids}
    with tenant.read() as session:
        key = base64.b64decode(session.get_one(LrsLink, hook).secret.reveal().removeprefix("whsec_"))
        assert session.scalars(select(ErasureNotice.told_at)).one() == NOW
    told = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    signature = base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode()
    assert request.headers["webhook-signature"] == f"v1,{signature}"
    assert (found(tenant, row.id).state, found(tenant, row.id).answer) == ("done", "2")


def test_a_repetition_has_the_same_id(installation: Installation, tenant: TenantDatabase, hook: UUID) -> None:
    row, _ = erased(tenant)
    with responses.RequestsMock() as remote:
        remote.post(HOOK, status=500)
        work(installation)
        assert found(tenant, row.id).state == "due"
        remote.replace(responses.POST, HOOK, status=200)
        work(installation, NOW + timedelta(minutes=1))
        calls = [call.request for call in remote.calls if b"person.erased" in (call.request.body or b"")]
    assert len(calls) > 1
    assert len({call.headers["webhook-id"] for call in calls}) == 1
    assert found(tenant, row.id).state == "done"


@pytest.mark.parametrize(("status", "state"), [(400, "due"), (401, "due"), (410, "failed"), (302, "due")])
def test_refusals_of_a_receiver(
    installation: Installation, tenant: TenantDatabase, hook: UUID, status: int, state: str
) -> None:
    row, _ = erased(tenant)
    with responses.RequestsMock() as remote:
        remote.post(HOOK, status=status, headers={"Location": "https://ailleurs.example/"})
        work(installation)
    assert found(tenant, row.id).state == state
    with tenant.read() as session:
        assert erasure_notices.counts(session) == (1, 1)


def test_a_slow_receiver_names_its_time(installation: Installation, tenant: TenantDatabase, hook: UUID) -> None:
    row, _ = erased(tenant)
    with responses.RequestsMock() as remote:
        remote.post(HOOK, status=429, headers={"Retry-After": "3000"})
        work(installation)
    assert found(tenant, row.id).due_at == NOW + timedelta(seconds=3000)


def test_a_webhook_that_was_removed_gets_nothing_and_is_told_by_hand(
    installation: Installation, tenant: TenantDatabase, hook: UUID
) -> None:
    row, _ = erased(tenant)
    with tenant.write() as session:
        neighbours.remove(session, hook, by=None, now=NOW)
    work(installation)
    error = found(tenant, row.id).last_error
    assert error is not None
    assert error["code"] == "webhook_removed"
    with tenant.read() as session:
        [owed] = erasure_notices.listed(session)
        assert not owed.by_message
        assert owed.link.secret.reveal() == ""
    _, more = erased(tenant, "noe")
    with tenant.read() as session:
        assert erasure_notices.counts(session) == (1, 1)  # what came after it was removed it never got
    assert more


def test_notices_to_one_receiver_keep_their_order(
    installation: Installation, tenant: TenantDatabase, hook: UUID
) -> None:
    rows = [erased(tenant, f"p{n}", NOW - timedelta(seconds=9 - n)) for n in range(3)]
    with responses.RequestsMock() as remote:
        remote.post(HOOK)
        work(installation)
        told = [json.loads(call.request.body or b"") for call in remote.calls]
    assert [one["data"]["statements"] for one in told if one["type"] == "person.erased"] == [ids for _, ids in rows]
