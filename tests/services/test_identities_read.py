"""Identities of nobody: which wait, whom they may be and why, never twice after somebody said no."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from hub.db.uow import TenantDatabase
from hub.models.platforms import Platform
from hub.models.river import Agent
from hub.services import identities, identities_read, ledger
from hub.services import remote_records as records
from hub.services.dictionaries import agent_ids
from hub.services.errors import Conflict
from hub.services.remote_records import Known
from hub.services.roles import grant_role
from hub.services.source import Source
from tests.services.builders import NOW, person, statement

HOME = "https://lms.example"


def acts(tenant: TenantDatabase, *names: str) -> None:
    with tenant.write() as session:
        ledger.ingest(
            session, [statement(name, "completed", "https://a.example") for name in names], Source(name="lms"), NOW
        )


def name_them(tenant: TenantDatabase, **names: str) -> None:
    with tenant.write() as session:
        for account, name in names.items():
            ifi = f"account:{HOME}|{account}"
            session.get_one(Agent, agent_ids(session, [ifi])[ifi]).name = name


def waiting(tenant: TenantDatabase, **more: Any) -> dict[str, list[tuple[str, str]]]:
    with tenant.read() as session:
        page = identities_read.unknown(session, **more)
    return {line.label: [(it.name, it.rule) for it in line.suggestions] for line in page.lines}


@pytest.mark.parametrize(
    ("shown", "suggested"),
    [
        ("Inès Benali", [("Inès Benali", "same_name")]),
        ("BENALI Ines", [("Inès Benali", "same_name")]),
        ("I. Benali", [("Inès Benali", "similar_name")]),
        ("Inès Marie Benali", [("Inès Benali", "similar_name")]),
        ("Tom Benali", []),
        ("Inès Benal", []),
        ("Ben Ali Salah Inès", [("Inès Ben-Ali Salah", "same_name")]),
        ("Ali Salah Inès", []),
    ],
)
def test_names(tenant: TenantDatabase, shown: str, suggested: list[tuple[str, str]]) -> None:
    with tenant.write() as session:
        person(session)
        person(session, "Inès", "Ben-Ali Salah")
    acts(tenant, "u1")
    name_them(tenant, u1=shown)
    assert waiting(tenant) == {"u1": suggested}


def test_numbers_and_addresses_that_a_platform_tells(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        person(session, "Inès", "Benali", external_id="L-1")
        chief = person(session, "Karim", "Azoulay", email="Karim@exemple.fr")
        grant_role(session, chief, "administrator", NOW)
        platform = Platform(name="LMS", connector="moodle", base_url=HOME, created_at=NOW)
        session.add(platform)
        session.flush()
        users = {"5": {"username": "u5", "idnumber": "L-1"}, "6": {"username": "u6", "email": "karim@exemple.fr"}}
        known = [Known(key, records.digest(value), 1, value) for key, value in users.items()]
        records.save(session, platform.id, records.USER, known, NOW)
        agent_ids(session, [f"account:{HOME}|u5", f"account:{HOME}|u6"])
    assert waiting(tenant) == {"u6": [("Karim Azoulay", "email")], "u5": [("Inès Benali", "external_id")]}
    with tenant.read() as session:
        lines = identities_read.unknown(session).lines
    assert [(line.site, line.statements, line.suggestions[0].staff) for line in lines] == [
        ("LMS", 0, True),
        ("LMS", 0, False),
    ]


def test_what_was_refused_is_not_suggested_again_and_pages_follow(
    tenant: TenantDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tenant.write() as session:
        ines = person(session, external_id="u1")
    acts(tenant, "u1", "u2", "u3")
    with tenant.read() as session:
        first = identities_read.unknown(session, limit=2)
        assert identities_read.count_unknown(session) == 3
        with monkeypatch.context() as patch:
            patch.setattr(identities_read, "MOST_COUNTED", 2)
            assert identities_read.count_unknown(session) == 2  # and more
    assert [line.label for line in first.lines] == ["u3", "u2"]
    assert list(waiting(tenant, before=first.before)) == ["u1"]
    key = _agent(tenant, "u1")
    with tenant.write() as session:
        identities.link(session, key, ines, rule="external_id", by=None, now=NOW)
    with tenant.write() as session:
        with pytest.raises(Conflict):
            identities_read.ignore(session, key, by=None, now=NOW)
        identities.unlink(session, key, by=ines, now=NOW)
    assert waiting(tenant)["u1"] == []
    with tenant.read() as session:
        line = identities_read.history(session, agent_id=key)[0]
    assert (line.person, line.rule, line.unlinked_by) == ("Inès Benali", "external_id", "Inès Benali")


def test_set_aside_and_taken_up_again_as_often_as_one_likes(tenant: TenantDatabase) -> None:
    acts(tenant, "u1")
    key = _agent(tenant, "u1")
    for _ in range(2):
        with tenant.write() as session:
            identities_read.ignore(session, key, by=None, now=NOW)
            identities_read.ignore(session, key, by=None, now=NOW)
        assert waiting(tenant) == {}
        assert list(waiting(tenant, ignored=True)) == ["u1"]
        with tenant.write() as session:
            identities_read.restore(session, key, by=None, now=NOW)
        assert list(waiting(tenant)) == ["u1"]
    with tenant.read() as session:
        assert [(it.verb, it.activity, it.at.date()) for it in identities_read.samples(session, key)] == [
            ("completed", "https://a.example", date(2026, 11, 23))
        ]


def test_the_hubs_own_names_are_not_asked_about(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        own = identities.hub_agent(UUID(int=7))
        said = {**statement("x", "completed", "https://a.example"), "actor": own}
        ledger.ingest(session, [said], Source(name="lms"), NOW)
    assert waiting(tenant) == {}


def _agent(tenant: TenantDatabase, account: str) -> int:
    with tenant.write() as session:
        ifi = f"account:{HOME}|{account}"
        return agent_ids(session, [ifi])[ifi]
