"""E-mail: plain text, by the place's mail server; where there is none, a text to send by hand."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Any

from hub.db.uow import TenantDatabase
from hub.jobs.registry import Outcome, delivery
from hub.jobs.report import Report
from hub.models.person import Person
from hub.services.deliveries import MailServer, mail_server
from hub.services.jobs import WAITING, Permanent, RetryLater
from hub.texts import Translator

TIMEOUT_SECONDS = 20.0


@delivery("email")
def email(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> Outcome:
    """Send ``payload`` (``to``, ``subject``, ``text``). The id of the delivery is in the Message-ID, so that a mail
    sent twice, by a worker that died in between, is shown once by most mail programs.

    A mail to a person goes to the address they have now, whatever ``to`` was when it was put down; to nobody who was
    erased, and to somebody without an address by hand.
    """
    with tenant.read() as session:
        server = mail_server(session)
        person = session.get(Person, report.person_id) if report.person_id else None
    if person is not None:
        if person.erased_at is not None:
            return Outcome(answer="")
        payload = {**payload, "to": person.email or person.name}
    if server is None or (person is not None and not person.email):
        return Outcome(WAITING, by_hand(payload, report.installation.config.language))
    message = _message(server, payload, report)
    with _refusals(), _connected(server) as smtp:
        smtp.send_message(message)
    return Outcome(answer=f"{server.host}:{server.port}")


def reach(server: MailServer) -> str | None:
    """Connect and sign in without sending anything; gives what went wrong in a word, None when all is well."""
    try:
        with _refusals(), _connected(server) as smtp:
            smtp.noop()
    except RetryLater as fault:
        parts = (fault.error.get(name) for name in ("code", "status", "detail", "excerpt"))
        return " ".join(str(part) for part in parts if part)
    return None


def by_hand(payload: Mapping[str, Any], language: str) -> str:
    """The mail as a person copies it: to whom, subject, text."""
    _ = Translator(language).gettext
    return "\n".join(
        (
            _("À : %(to)s", to=payload["to"]),
            _("Objet : %(subject)s", subject=payload["subject"]),
            "",
            str(payload["text"]),
        )
    )


def _message(server: MailServer, payload: Mapping[str, Any], report: Report) -> EmailMessage:
    message = EmailMessage()
    try:
        message["From"], message["To"] = server.sender, str(payload["to"])
        message["Subject"] = str(payload["subject"])
    except (ValueError, MessageError):  # a line break in a header
        raise Permanent({"code": "email_address_refused"}) from None
    domain = server.sender.rpartition("@")[2].rstrip(">")
    message["Date"] = format_datetime(report.now())
    message["Message-ID"] = f"<{report.id}@{domain}>" if domain else make_msgid()
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834 section 5: no absence notes, please
    message.set_content(str(payload["text"]), cte="quoted-printable")  # 7 bits: every server takes them
    return message


@contextmanager
def _connected(server: MailServer) -> Iterator[smtplib.SMTP]:
    context = ssl.create_default_context()
    if server.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=context)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
    with smtp:
        if server.security == "starttls":
            smtp.starttls(context=context)
        if server.user:
            smtp.login(server.user, server.password)
        yield smtp


@contextmanager
def _refusals() -> Iterator[None]:
    """SMTP's answers as ends of a delivery (RFC 5321 section 4.2.1): 5yz about the recipient is for good."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as refused:
        code, said = next(iter(refused.recipients.values()))
        error = {"code": "email_recipient_refused", "status": code, "excerpt": said.decode("utf-8", "replace")[:500]}
        raise (Permanent(error) if code >= 500 else RetryLater(error)) from None
    except smtplib.SMTPResponseException as answer:
        raw = answer.smtp_error
        text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
        # A refused password or sender is mended on the server's or our side: the mail waits for it.
        raise RetryLater({"code": "email_refused", "status": answer.smtp_code, "excerpt": text[:500]}) from None
    except (smtplib.SMTPException, OSError) as fault:
        raise RetryLater({"code": "email_server_unreachable", "detail": type(fault).__name__}) from None
