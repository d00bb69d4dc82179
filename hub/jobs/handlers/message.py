"""Messages to people: by e-mail, else by SMS, else a ready text to send by hand; and the calendar of reminders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from connectors.addresses import AddressPolicy
from connectors.http import HttpClient, HttpOptions
from connectors.sms import HttpSmsGateway
from hub.db.uow import TenantDatabase
from hub.jobs.handlers.email import by_hand, email
from hub.jobs.registry import Outcome, delivery, job
from hub.jobs.report import Report
from hub.models.person import Person
from hub.services import messages, reminders
from hub.services.clock import place_zone
from hub.services.deliveries import mail_server
from hub.services.jobs import WAITING, RetryLater, enqueue
from hub.services.messages import Gateway, Words
from hub.services.reminders import REMINDERS_JOB
from hub.services.seances import SEATS_JOB
from hub.urls.addresses import base_address

LIMITS = HttpOptions(read_timeout=20.0, deadline=30.0, max_bytes=65_536, max_redirects=0, retries=0)


@delivery(messages.MESSAGE)
def message(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> Outcome | None:
    """Say what ``payload`` (``occasion``, ``values``) names to the delivery's person, outside the quiet hours."""
    now = report.now()
    with tenant.read() as session:
        person = session.get(Person, report.person_id) if report.person_id else None
        if person is None or person.erased_at is not None:
            return Outcome(answer="")
        trial = payload["occasion"] == messages.SMS_TRIAL
        found = messages.words(session, str(payload["occasion"]), person.language)
        server, gateway = mail_server(session), messages.gateway(session)
        due = messages.after_quiet(now, place_zone(session), messages.quiet_hours(session))
    if due > now and not trial:
        raise RetryLater({"code": "quiet_hours"}, (due - now) / timedelta(seconds=1))
    address = base_address(report.installation.config, report.installation.record(tenant.key).hosts[0])
    said = messages.rendered(found, {"name": person.given_name, "address": address, **payload["values"]})
    if person.email and server is not None and not trial:
        return email(tenant, {"to": person.email, "subject": said.subject, "text": said.text}, report)
    if person.phone and gateway is not None:
        return Outcome(answer=send_sms(gateway, person.phone, said, report))
    to = person.email or person.phone or person.name
    text = by_hand({"to": to, "subject": said.subject, "text": said.text}, report.installation.config.language)
    return Outcome(WAITING, text)


def send_sms(gateway: Gateway, number: str, said: Words, report: Report) -> str:
    """Through the place's gateway; gives what it answered. Raises ConnectorError."""
    policy = AddressPolicy(development=report.installation.config.allow_loopback)
    with HttpClient(LIMITS, policy, secrets=[gateway.settings.get("token", "")]) as http:
        return HttpSmsGateway(gateway.settings, http).send(number, said.text, str(report.id))


@job(REMINDERS_JOB)
def remind(tenant: TenantDatabase, _payload: Mapping[str, Any], report: Report) -> None:
    """Each afternoon: tomorrow's séances, in one unit with the progress that says it is done."""
    if report.progress_so_far.get("reminded") is not None:
        return
    with report.step() as step:
        step.progress(reminded=reminders.owe_for_tomorrow(step.session, report.now()))
        # Who waits is looked at each day too, whatever freed a seat: an erasure gives no sign.
        enqueue(step.session, SEATS_JOB, {}, unique_key=SEATS_JOB, due_at=report.now(), again=False)
