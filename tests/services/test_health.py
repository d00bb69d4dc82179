"""How a place is: what is said when something is wrong, and the weekly letter that says it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.config import Config
from hub.db.base import new_id
from hub.db.types import to_micros
from hub.db.uow import TenantDatabase
from hub.jobs import timetable
from hub.models.platforms import Delivery, Job, Platform, Timetable
from hub.models.river import LedgerClock
from hub.services import health
from hub.services.backup import STATE
from hub.services.deliveries import owe
from hub.services.roles import grant_role
from hub.services.settings import set_setting
from hub.services.weekly import write_letters
from hub.texts import Translator, speaking
from tests.services.builders import NOW, person


def job(session: Session, state: str, minutes_ago: int) -> None:
    session.add(Job(id=new_id(), kind="x", state=state, due_at=NOW - timedelta(minutes=minutes_ago), created_at=NOW))


def moodle(**values: Any) -> Platform:
    return Platform(name="Moodle", connector="moodle", every_minutes=60, created_at=NOW - timedelta(days=9), **values)


CASES: dict[str, tuple[Callable[[Session], None], str, str]] = {
    "no worker": (lambda s: job(s, "due", 20), "fault", "waiting for 20 minutes"),
    "a failed job": (lambda s: job(s, "failed", 20), "warning", "1 background job failed"),
    "a mail to send by hand": (lambda s: setattr(s.get_one(Delivery, owe(s, "email", {})), "state", "waiting"),
                               "warning", "1 delivery waits"),
    "a platform that refuses": (lambda s: s.add(moodle(last_read_at=NOW, last_error={"code": "x"})), "warning",
                                "Moodle could not be read"),
    "a platform whose readings stopped": (lambda s: s.add(moodle(last_read_at=NOW - timedelta(hours=5))), "warning",
                                          "Moodle has not been read"),
    "a backup that failed": (lambda s: set_setting(s, STATE, {"error": "the disk is full"}), "fault",
                             "no recent backup"),
    "an old backup": (lambda s: set_setting(s, STATE, {"ok_at": (NOW - timedelta(days=4)).isoformat()}), "fault",
                      "more than 4 days old"),
    "a clock that went back": (
        lambda s: s.add(LedgerClock(id=1, seq=1, stored=to_micros(NOW + timedelta(hours=2)))), "fault", "went back"),
}  # fmt: skip


@pytest.fixture
def config(make_config: Callable[..., Config]) -> Config:
    return make_config(backup_to="/nowhere")


@pytest.mark.parametrize("case", list(CASES))
def test_what_is_wrong_is_said_first_with_what_to_do(tenant: TenantDatabase, config: Config, case: str) -> None:
    spoil, level, words = CASES[case]
    with tenant.write() as session:
        set_setting(session, STATE, {"ok_at": NOW.isoformat()})
        session.flush()
        spoil(session)
    with tenant.read() as session, speaking(Translator("en")):
        found = health.look(session, config, NOW)
    (said,) = [one for one in found if words in one.text]
    assert (said.level, bool(said.remedy)) == (level, True)
    assert found[0].level == level


def test_a_place_that_is_well_says_so(tenant: TenantDatabase, config: Config) -> None:
    with tenant.write() as session:
        set_setting(session, STATE, {"ok_at": NOW.isoformat()})
        session.add(moodle(last_read_at=NOW))
    with tenant.read() as session:
        assert {one.level for one in health.look(session, config, NOW)} == {"ok"}


def test_each_administrator_gets_the_letter_in_the_own_language(tenant: TenantDatabase, config: Config) -> None:
    with tenant.write() as session:
        set_setting(session, STATE, {"ok_at": NOW.isoformat()})
        for given, language in (("Zoé", "fr"), ("Ann", "en"), ("Nobody", "fr")):
            who = person(session, given, email=f"{given}@example.org".lower(), language=language)
            if given != "Nobody":
                grant_role(session, who, "administrator", NOW)
        grant_role(session, person(session, "Papier", "Seul"), "administrator", NOW)
        assert write_letters(session, config, "https://x.example", NOW) == 2
        sent = {row.payload["to"]: row.payload for row in session.scalars(select(Delivery))}
    assert sent["zoé@example.org"]["subject"] == "Le hub\u00a0: tout va bien"
    assert sent["ann@example.org"]["subject"] == "The hub: all is well"
    assert "https://x.example/admin/health" in sent["ann@example.org"]["text"]


def test_the_letter_can_be_stopped(tenant: TenantDatabase, config: Config) -> None:
    with tenant.write() as session:
        grant_role(session, person(session, email="a@example.org"), "administrator", NOW)
        set_setting(session, "weekly", {"off": True})
        assert write_letters(session, config, "https://x.example", NOW) == 0


def test_letter_and_backup_have_their_hours_at_the_place(tenant: TenantDatabase, config: Config) -> None:
    with tenant.write() as session:
        set_setting(session, "place", {"zone": "Indian/Reunion"})
        timetable.ensure_all(session, tenant.key, config, NOW)
        rows = {row.name: row.next_at for row in session.scalars(select(Timetable))}
    assert rows["weekly_letter"].isoformat() == "2026-11-30T04:00:00+00:00"  # Monday, 8 o'clock in La Réunion
    assert rows["backup"].isoformat() >= "2026-11-23T22:00:00+00:00"
    assert rows["backup"] - NOW < timedelta(hours=16)


def test_a_place_without_backups_in_mind_has_none_in_its_timetable(
    tenant: TenantDatabase, make_config: Callable[..., Config]
) -> None:
    with tenant.write() as session:
        timetable.ensure_all(session, tenant.key, make_config(), NOW)
        assert "backup" not in set(session.scalars(select(Timetable.name)))
