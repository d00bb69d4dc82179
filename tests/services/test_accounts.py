"""Accounts, links and cards under parallel tries; passwords; who may hand over what."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.person import Account, Person, SignInLink, WebSession
from hub.models.sign_in import SignInFailures
from hub.services import accounts, lockouts, passwords, sessions
from hub.services.accounts import Browser, LinkNotValid, WrongCredentials, create_sign_in_link, use_link
from hub.services.errors import Conflict, Invalid, NotFound
from hub.services.lockouts import LockedOut

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PASSWORD = "trois mots faciles"
HERE = Browser("192.0.2.1", shared=True)


def add_person(tenant: TenantDatabase, given: str = "Lina") -> UUID:
    with tenant.write() as session:
        person = Person(given_name=given, family_name="Martin", created_at=NOW)
        session.add(person)
        session.flush()
        return person.id


@pytest.fixture
def lina(tenant: TenantDatabase) -> UUID:
    person_id = add_person(tenant)
    with tenant.write() as session:
        accounts.set_password(session, person_id, "lina", passwords.hash_secret(PASSWORD), NOW)
    return person_id


def at_once(count: int, call: Callable[[], object]) -> list[object]:
    """Run ``call`` in ``count`` threads that start together; gives what each returned or raised."""
    barrier, results = threading.Barrier(count), []

    def run() -> None:
        barrier.wait()
        try:
            results.append(call())
        except Exception as error:
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_parallel_guesses_gain_nothing(tenant: TenantDatabase, installation: Installation, lina: UUID) -> None:
    """Twelve wrong guesses at one moment, each having seen an open way: five are judged, the others find it closed."""

    def guess() -> str:
        return accounts.sign_in(tenant, installation.vault, "lina", "faux mot", HERE, NOW)

    results = at_once(12, guess)
    assert sum(isinstance(result, WrongCredentials) for result in results) == 5
    assert sum(isinstance(result, LockedOut) for result in results) == 7
    with tenant.read() as session:
        assert session.scalars(select(Account)).one().failures == 5


def test_a_link_used_by_two_at_once_signs_one_in(
    tenant: TenantDatabase, installation: Installation, lina: UUID
) -> None:
    with tenant.write() as session:
        token = create_sign_in_link(session, installation.vault, lina, "sign_in", NOW)

    def use() -> str:
        with tenant.write() as session:
            return accounts.sign_in_by_link(session, installation.vault, token, HERE, NOW)

    results = at_once(6, use)
    assert sum(isinstance(result, str) for result in results) == 1
    assert sum(isinstance(result, LinkNotValid) for result in results) == 5
    with tenant.read() as session:
        assert len(session.scalars(select(WebSession)).all()) == 1


def test_validity_is_the_callers_or_the_purposes(
    tenant: TenantDatabase, installation: Installation, lina: UUID
) -> None:
    vault = installation.vault
    with tenant.write() as session:
        short = create_sign_in_link(session, vault, lina, "sign_in", NOW, timedelta(minutes=5))
        long = create_sign_in_link(session, vault, lina, "invitation", NOW)
    with tenant.write() as session:
        with pytest.raises(LinkNotValid):
            use_link(session, vault, short, NOW + timedelta(minutes=5))
        assert use_link(session, vault, long, NOW + timedelta(days=13)).purpose == "invitation"
        with pytest.raises(LinkNotValid):
            use_link(session, vault, long, NOW)


def test_no_link_for_nobody(tenant: TenantDatabase, installation: Installation) -> None:
    with tenant.write() as session, pytest.raises(NotFound):
        create_sign_in_link(session, installation.vault, UUID(int=1), "sign_in", NOW)
    with tenant.read() as session:
        assert session.scalars(select(SignInLink)).all() == []


@pytest.mark.parametrize("typed", ["LINA", "  lina ", "ｌｉｎａ"])
def test_logins_are_compared_as_people_type_them(
    tenant: TenantDatabase, installation: Installation, lina: UUID, typed: str
) -> None:
    assert accounts.sign_in(tenant, installation.vault, typed, PASSWORD, HERE, NOW)


def test_the_same_password_in_two_unicode_forms(tenant: TenantDatabase, installation: Installation) -> None:
    person_id = add_person(tenant)
    with tenant.write() as session:
        accounts.set_password(session, person_id, "zoe", passwords.hash_secret("été à la plage"), NOW)
    assert accounts.sign_in(tenant, installation.vault, "zoe", "e\u0301te\u0301 a\u0300 la plage", HERE, NOW)


def test_a_guess_costs_in_service_what_the_rfc_recommends() -> None:
    from argon2 import PasswordHasher, extract_parameters, profiles

    made = PasswordHasher.from_parameters(passwords.STRENGTH).hash(PASSWORD)
    assert extract_parameters(made) == profiles.RFC_9106_LOW_MEMORY


def test_a_weaker_hash_is_renewed_at_sign_in(tenant: TenantDatabase, installation: Installation, lina: UUID) -> None:
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with tenant.write() as session:
        session.scalars(select(Account)).one().password_hash = weak
    accounts.sign_in(tenant, installation.vault, "lina", PASSWORD, HERE, NOW)
    with tenant.read() as session:
        stored = session.scalars(select(Account)).one().password_hash
    assert stored
    assert stored != weak
    assert not passwords.outdated(stored)
    assert passwords.verify(stored, PASSWORD)


def test_an_erased_person_does_not_come_in(tenant: TenantDatabase, installation: Installation, lina: UUID) -> None:
    with tenant.write() as session:
        session.get_one(Person, lina).erased_at = NOW
    with pytest.raises(WrongCredentials):
        accounts.sign_in(tenant, installation.vault, "lina", PASSWORD, HERE, NOW)


def test_a_login_belongs_to_one_person(tenant: TenantDatabase, lina: UUID) -> None:
    other = add_person(tenant, "Line")
    with tenant.write() as session:
        with pytest.raises(Conflict, match="login_taken"):
            accounts.set_password(session, other, "LINA", "x", NOW)
        with pytest.raises(Invalid):
            accounts.set_password(session, other, "  ", "x", NOW)
        accounts.set_password(session, other, "line", "x", NOW)
    with tenant.read() as session:
        assert sorted(session.scalars(select(Account.login))) == ["lina", "line"]


def test_unknown_logins_and_addresses_are_kept_as_hashes_and_forgotten(
    tenant: TenantDatabase, installation: Installation
) -> None:
    vault = installation.vault
    with pytest.raises(WrongCredentials):
        accounts.sign_in(tenant, vault, "personne", "faux mot", HERE, NOW)
    with tenant.read() as session:
        rows = session.scalars(select(SignInFailures)).all()
    assert {row.kind for row in rows} == {"login", "address"}
    assert all(len(row.key_hash) == 32 for row in rows)
    later = NOW + timedelta(days=31)
    with tenant.write() as session:
        lockouts.count_address(session, vault, "198.51.100.7", later)
    with tenant.read() as session:
        assert [row.kind for row in session.scalars(select(SignInFailures))] == ["address"]


def test_failures_of_an_address_far_apart_do_not_add_up(tenant: TenantDatabase, installation: Installation) -> None:
    with tenant.write() as session:
        for hour in range(70):
            lockouts.count_address(session, installation.vault, "192.0.2.1", NOW + timedelta(hours=hour))
        row = lockouts.of(session, installation.vault, "address", "192.0.2.1")
        assert row is not None
        assert (row.failures, row.locked_until) == (1, None)


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("court", "password_too_short"),
        ("x" * 201, "too_long"),
        ("1234567890", "password_too_easy"),
        ("motdepasse1", "password_too_easy"),
        ("linalinalina", "password_too_easy"),
        ("aaaaabbbbbcc", "password_too_easy"),
        ("trois mots faciles", None),
        ("lina aime le vélo", None),
    ],
)
def test_what_makes_a_password_acceptable(password: str, fault: str | None) -> None:
    assert passwords.fault(password, "lina", "Lina", "Martin") == fault


def test_nobodys_password_is_never_right_and_takes_its_time() -> None:
    assert passwords.verify(None, "") is False
    assert passwords.verify("no hash", "x") is False
    assert passwords.verify(passwords.hash_secret("x"), "x") is True


def test_pins_are_not_the_ones_people_try_first() -> None:
    pins = {passwords.new_pin() for _ in range(300)}
    assert all(len(pin) == 4 and pin.isdigit() for pin in pins)
    assert not pins & {"0000", "1111", "1234", "0123", "4321", "9876"}
    assert len(pins) > 250


def test_rows_that_can_matter_no_more_go(tenant: TenantDatabase, installation: Installation, lina: UUID) -> None:
    vault = installation.vault
    with tenant.write() as session:
        sessions.start(session, vault, lina, NOW, shared=False, how="password")
        create_sign_in_link(session, vault, lina, "reset", NOW)
    with tenant.write() as session:
        sessions.start(session, vault, lina, NOW + timedelta(days=90), shared=False, how="password")
        create_sign_in_link(session, vault, lina, "reset", NOW + timedelta(days=31))
    with tenant.read() as session:
        assert len(session.scalars(select(WebSession)).all()) == 1
        assert len(session.scalars(select(SignInLink)).all()) == 1
