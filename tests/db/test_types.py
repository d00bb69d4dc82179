"""Column types: the same promise on both databases."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, text, type_coerce
from sqlalchemy.exc import StatementError
from sqlalchemy.types import LargeBinary

from hub.db.base import new_id
from hub.db.errors import VaultError
from hub.db.types import Secret, from_micros, to_micros, use_vault
from hub.db.uow import TenantDatabase
from hub.db.vault import Vault
from tests.db.tables import Note, make_tables

PARIS_SUMMER = timezone(timedelta(hours=2))


@pytest.fixture
def notes(tenant: TenantDatabase) -> TenantDatabase:
    make_tables(tenant)
    return tenant


def stored(tenant: TenantDatabase, note: Note) -> Note:
    with tenant.write() as session:
        session.add(note)
    with tenant.read() as session:
        return session.get_one(Note, note.id)


def test_an_instant_comes_back_in_utc_with_its_microseconds(notes: TenantDatabase) -> None:
    given = datetime(2026, 7, 14, 9, 30, 0, 123457, tzinfo=PARIS_SUMMER)
    at = stored(notes, Note(text="x", at=given)).at
    assert at is not None
    assert at == given
    assert at.tzinfo is UTC
    assert at.microsecond == 123457


def test_a_naive_instant_is_refused(notes: TenantDatabase) -> None:
    with pytest.raises(StatementError, match="naive"):
        stored(notes, Note(text="x", at=datetime(2026, 7, 14)))


def test_instants_compare_and_sort_by_time_not_by_text(notes: TenantDatabase) -> None:
    early = datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    late = datetime(2026, 1, 1, tzinfo=UTC)
    with notes.write() as session:
        session.add_all([Note(text="late", at=late), Note(text="early", at=early), Note(text="never")])
    with notes.read() as session:
        assert session.scalars(select(Note.text).where(Note.at < late)).all() == ["early"]
        assert session.scalars(select(Note.text).where(Note.at.is_not(None)).order_by(Note.at)).all() == [
            "early",
            "late",
        ]


def test_microseconds_are_exact_both_ways() -> None:
    instant = datetime(2026, 11, 23, 16, 52, 39, 999999, tzinfo=UTC)
    assert from_micros(to_micros(instant)) == instant
    assert to_micros(datetime(1970, 1, 1, tzinfo=UTC)) == 0
    with pytest.raises(ValueError, match="naive"):
        to_micros(datetime(2026, 1, 1))


def test_json_keeps_nested_values_and_text_outside_ascii(notes: TenantDatabase) -> None:
    data = {"titre": "Découpe laser – n° 3", "n": [1, 2.5, None, True], "big": 2**62}
    assert stored(notes, Note(text="x", data=data)).data == data


def test_json_none_is_null(notes: TenantDatabase) -> None:
    note = stored(notes, Note(text="x", data=None))
    assert note.data is None
    with notes.read() as session:
        assert session.execute(text("SELECT count(*) FROM test_note WHERE data IS NULL")).scalar_one() == 1


def test_json_refuses_an_integer_it_would_round(notes: TenantDatabase) -> None:
    with pytest.raises((StatementError, TypeError), match="64-bit"):
        stored(notes, Note(text="x", data={"n": 2**64}))


def test_a_sealed_text_comes_back_and_is_not_readable_in_the_table(notes: TenantDatabase) -> None:
    note = stored(notes, Note(text="x", password=Secret("s3same-é")))
    assert note.password is not None
    assert note.password.reveal() == "s3same-é"
    with notes.read() as session:
        raw = session.scalars(select(type_coerce(Note.__table__.c.password, LargeBinary))).one()
    assert b"s3same" not in bytes(raw)


def test_no_representation_shows_a_secret() -> None:
    secret = Secret("s3same")
    assert "s3same" not in f"{secret!r} {secret} {[secret]} {Note(text='x', password=secret)!r}"
    assert secret == Secret("s3same")


def test_a_value_sealed_under_another_key_raises_without_showing_it(notes: TenantDatabase, tmp_path: object) -> None:
    with notes.write() as session:
        session.add(Note(text="x", password=Secret("s3same")))
    from cryptography.fernet import Fernet

    use_vault(notes.engine.dialect, Vault([Fernet.generate_key()]))
    with pytest.raises(VaultError, match="no key"), notes.read() as session:
        session.scalars(select(Note)).all()


def test_ids_are_version_7_and_grow() -> None:
    ids = [new_id() for _ in range(1000)]
    assert {i.version for i in ids} == {7}
    assert len(set(ids)) == 1000
    assert [i.int >> 80 for i in ids] == sorted(i.int >> 80 for i in ids)
