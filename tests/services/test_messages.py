"""Messages: their words, channel and hours; a ready text where nothing can be sent; nothing said twice."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.sms import international
from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.domain.roles import Grant, Viewer
from hub.jobs.worker import Worker
from hub.models.person import Person
from hub.models.place import Seance, Seat
from hub.models.platforms import Delivery
from hub.models.platforms import Setting as SettingRow
from hub.services import messages, reminders, seances
from hub.services.errors import Invalid
from hub.services.messages import QUIET, QuietHours, Words, after_quiet, owe_message, set_words
from hub.services.settings import set_setting
from tests.services.builders import NOW, person

PARIS = ZoneInfo("Europe/Paris")
MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)


@contextmanager
def a_gateway() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An SMS gateway over HTTP: its address, and what it received."""
    received: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            received.append({**body, "token": self.headers["Authorization"], "key": self.headers["Idempotency-Key"]})
            self.send_response(202)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/send", received
    finally:
        server.shutdown()


def work(installation: Installation, now: datetime) -> None:
    Worker(installation, threading.Event(), queues=(Delivery,), clock=lambda: now).run_once()


def seance(session: Session, day: date, *persons: UUID) -> Seance:
    row = Seance(id=new_id(), title="Découpe laser", iri="urn:x", modality="on_site", day=day, starts=time(9),
                 ends=time(12))  # fmt: skip
    session.add(row)
    session.flush()
    session.add_all(Seat(seance_id=row.id, person_id=who, taken_at=NOW) for who in persons)
    session.flush()
    return row


@pytest.mark.parametrize(
    ("at", "hours", "due"),
    [
        ("2026-11-23T12:00", (20, 8), "2026-11-23T12:00"),
        ("2026-11-23T21:30", (20, 8), "2026-11-24T08:00"),
        ("2026-11-24T05:00", (20, 8), "2026-11-24T08:00"),
        ("2026-11-23T13:00", (12, 14), "2026-11-23T14:00"),
        ("2026-11-23T03:00", (8, 8), "2026-11-23T03:00"),
        ("2026-10-24T23:00", (20, 8), "2026-10-25T08:00"),  # the night with one hour more
    ],
)
def test_nothing_leaves_in_the_quiet_hours(at: str, hours: tuple[int, int], due: str) -> None:
    now = datetime.fromisoformat(at).replace(tzinfo=PARIS).astimezone(UTC)
    found = after_quiet(now, PARIS, QuietHours(time(hours[0]), time(hours[1])))
    assert found.astimezone(PARIS).replace(tzinfo=None).isoformat(timespec="minutes") == due


def test_without_mail_or_gateway_a_ready_text_waits_in_the_persons_language(
    installation: Installation, tenant: TenantDatabase
) -> None:
    with tenant.write() as session:
        who = person(session, "Ann", phone="0612345678", language="en")
        seance(session, date(2026, 11, 24), who)
        assert reminders.owe_for_tomorrow(session, MORNING) == 1
    work(installation, MORNING)
    with tenant.read() as session:
        (row,) = session.scalars(select(Delivery))
    assert row.state == "waiting"
    assert "Hello Ann, see you tomorrow" in row.answer
    assert "from 09:00 to 12:00: Découpe laser" in row.answer
    assert "0612345678" in row.answer


def test_a_person_without_e_mail_gets_an_sms_once_the_night_is_over(
    installation: Installation, tenant: TenantDatabase
) -> None:
    with a_gateway() as (url, received):
        with tenant.write() as session:
            given = {"url": url, "token": "s3same-token", "form": "json", "to_field": "to", "text_field": "message",
                     "sender": "Hub", "sender_field": "from"}  # fmt: skip
            messages.set_gateway(session, given)
            who = person(session, "Inès", phone="06 12 34 56 78")
            owe_message(session, "help_answered", who, "x", {}, NIGHT)
            boss = person(session, "Zoé", phone="07 00 00 00 01", email="zoe@example.org")
            messages.try_sms(session, boss, NIGHT)
            kept = session.get_one(SettingRow, "sms").value
        assert "s3same" not in str(kept)
        work(installation, NIGHT)
        assert [sms["to"] for sms in received] == ["+33700000001"]  # a trial is by SMS, at any hour
        work(installation, NIGHT + timedelta(hours=11))
    _trial, sms = received
    assert (sms["to"], sms["from"], sms["token"]) == ("+33612345678", "Hub", "Bearer s3same-token")
    assert "Bonjour Inès" in sms["message"]
    with tenant.read() as session:
        (row,) = session.scalars(select(Delivery).where(Delivery.person_id == who))
        assert (row.state, row.answer, sms["key"]) == ("done", "HTTP 202", str(row.id))


def test_the_same_news_waiting_twice_is_said_once(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        who = person(session)
        for why in ("grève", "panne"):
            owe_message(session, "seance_cancelled", who, "one", {"why": why}, MORNING)
        (row,) = session.scalars(select(Delivery))
        assert row.payload["values"]["why"] == "panne"


def test_cancelling_tells_whoever_was_expected_and_past_ones_nobody(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        who = person(session)
        viewer = Viewer(who, "Nadia", "fr", (Grant("administrator"),))
        for day in (date(2026, 11, 25), date(2026, 11, 20)):
            seances.cancel(session, viewer, seance(session, day, who).id, "la salle est inondée", MORNING)
        (row,) = session.scalars(select(Delivery))
        assert row.payload["values"]["why"] == "la salle est inondée"


def test_the_place_writes_its_own_words_and_can_stop_a_message(
    installation: Installation, tenant: TenantDatabase
) -> None:
    with tenant.write() as session:
        set_words(session, "help_answered", {"fr": Words("Coucou", "Salut %(name)s ! %(address)s")}, off=False)
        who = person(session, "Inès")
        owe_message(session, "help_answered", who, "x", {}, MORNING)
    work(installation, MORNING)
    with tenant.write() as session:
        (row,) = session.scalars(select(Delivery))
        assert "Salut Inès ! http://hub.localhost:8080" in row.answer
        with pytest.raises(Invalid) as refused:
            set_words(session, "help_answered", {"fr": Words("", "%(password)s")}, off=False)
        assert refused.value.fields == {"text_fr": "unknown_name"}
        set_words(session, "help_answered", {}, off=True)
        assert owe_message(session, "help_answered", who, "y", {}, MORNING) is None


def test_an_erased_person_is_told_nothing(installation: Installation, tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        who = person(session)
        owe_message(session, "help_answered", who, "x", {}, MORNING)
        session.get_one(Person, who).erased_at = MORNING
    work(installation, MORNING)
    with tenant.read() as session:
        assert [(row.state, row.answer) for row in session.scalars(select(Delivery))] == [("done", "")]


@pytest.mark.parametrize(
    ("typed", "sent"),
    [("06 12 34 56 78", "+33612345678"), ("+44 20 7946 0958", "+442079460958"), ("0044 20 79460958", "+442079460958")],
)
def test_numbers_are_sent_in_their_international_form(typed: str, sent: str) -> None:
    assert international(typed) == sent


def test_quiet_hours_of_the_place_are_kept(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        assert messages.quiet_hours(session) == QuietHours(time(20), time(8))
        set_setting(session, QUIET, {"starts": "22:00", "ends": "07:30"})
        assert messages.quiet_hours(session) == QuietHours(time(22), time(7, 30))
