"""Who of a platform is linked to whom: by a proven rule, or not at all."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.demo.moodle import MoodleState
from hub.models.person import IdentityLink, RoleGrant
from hub.models.platforms import RemoteRecord
from hub.models.river import Agent
from hub.services import erasure, identities
from tests.services.sync_place import (
    NOW,
    Clock,
    add_person,
    add_platform,
    everybody_works,
    everything,
    ledger,
    linked_to,
    moodle,
    read,
)

DOMAIN = "partenaire.example"


@pytest.fixture
def state() -> Iterator[MoodleState]:
    with moodle(learners=3) as double:
        yield double


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_partner_s_key_links(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    person = add_person(tenant, external_id="TL-1")
    read(tenant, installation.config, add_platform(tenant, state), clock)
    assert linked_to(tenant, "eleve1") == person
    assert linked_to(tenant, "eleve0") is None
    with tenant.read() as session:
        (link,) = session.scalars(select(IdentityLink))
    assert (link.rule, link.linked_by) == ("external_id", None)


def test_a_person_added_later_is_linked_by_the_next_reading(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    person = add_person(tenant, external_id="TL-0")
    read(tenant, installation.config, platform_id, clock)
    assert linked_to(tenant, "eleve0") == person


@pytest.mark.parametrize(("domains", "links"), [((DOMAIN,), True), ((), False), (("autre.example",), False)])
def test_an_address_links_only_where_the_platform_proves_its_domain(
    installation: Installation,
    tenant: TenantDatabase,
    state: MoodleState,
    clock: Clock,
    domains: tuple[str, ...],
    links: bool,
) -> None:
    person = add_person(tenant, email="Eleve2@partenaire.example")
    read(tenant, installation.config, add_platform(tenant, state, authoritative_domains=domains), clock)
    assert linked_to(tenant, "eleve2") == (person if links else None)


def test_an_address_never_links_staff(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    person = add_person(tenant, email="eleve2@partenaire.example")
    with tenant.write() as session:
        session.add(RoleGrant(person_id=person, role="trainer", granted_at=NOW))
    read(tenant, installation.config, add_platform(tenant, state, authoritative_domains=[DOMAIN]), clock)
    assert linked_to(tenant, "eleve2") is None


def test_an_address_that_two_share_links_nobody(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    add_person(tenant, email="eleve2@partenaire.example")
    add_person(tenant, email="eleve2@PARTENAIRE.example")
    read(tenant, installation.config, add_platform(tenant, state, authoritative_domains=[DOMAIN]), clock)
    assert linked_to(tenant, "eleve2") is None


def test_a_link_that_was_undone_stays_undone(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    add_person(tenant, external_id="TL-1")
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    with tenant.write() as session:
        key = session.scalars(select(Agent.id).where(Agent.ifi.endswith("|eleve1"))).one()
        identities.unlink(session, key, by=None, now=NOW)
    read(tenant, installation.config, platform_id, clock)
    assert linked_to(tenant, "eleve1") is None


def test_trainers_are_not_read(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    read(tenant, installation.config, add_platform(tenant, state), clock)
    with tenant.read() as session:
        names = {name.rpartition("|")[2] for name in session.scalars(select(Agent.ifi))}
    assert names == {"eleve0", "eleve1", "eleve2"}


def test_an_erased_person_does_not_come_back(
    installation: Installation, tenant: TenantDatabase, state: MoodleState, clock: Clock
) -> None:
    everybody_works(state)
    person = add_person(tenant, external_id="TL-1")
    platform_id = add_platform(tenant, state)
    read(tenant, installation.config, platform_id, clock)
    with tenant.write() as session:
        erasure.erase(session, person, None, NOW)
        assert session.get_one(RemoteRecord, (platform_id, "user", "102")).value == {}
    count = len(ledger(tenant))
    clock.pass_by(days=1)
    state.calls.clear()
    state.grade(102, 13, 18.0, clock.now)
    read(tenant, installation.config, platform_id, clock)
    assert len(ledger(tenant)) == count
    assert state.calls["core_completion_get_activities_completion_status"] == 0  # nobody else moved
    with tenant.read() as session:
        assert session.get_one(RemoteRecord, (platform_id, "user", "102")).value == {}
    text = repr(everything(tenant)["agents"]) + repr(everything(tenant)["ledger"])
    assert "eleve1" not in text
    assert "eleve0" in text
