"""Lists as one parameter: every text that a statement may name comes back as it went; sentences: every type does."""

from contextlib import nullcontext

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, delete, select, text, update

from hub.db.base import new_id
from hub.db.uow import TenantDatabase
from hub.models.river import Ledger, Verb, XapiActivity, XapiSource
from hub.services.dictionaries import activity_ids, known_ids
from hub.services.driver_sql import Question, Sentence, among, in_one_go, put, together

QUOTED = ['"', "\\", '\\"', '","', '\\\\"}', "'"]
STANDING = ("agent_id", "activity_id", "kind", "series", "count", "value", "at", "seconds", "revision", "peak_seconds")
HARD = [*QUOTED, "{a,b}", "{}", "NULL", "null", "", " ", "a,b", "é’ 🙂", "\n\t\r", "%s", "?"]
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@pytest.mark.parametrize("text", HARD)
def test_a_text_is_found_under_itself(tenant: TenantDatabase, text: str) -> None:
    with tenant.write() as session:
        made = activity_ids(session, {text, "another"})
        assert known_ids(session, XapiActivity, [text, "another", text + "x"]) == made


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(texts=st.sets(TEXTS, min_size=1, max_size=20))
def test_a_set_of_texts_is_found_whole(tenant: TenantDatabase, texts: set[str]) -> None:
    with tenant.write() as session:
        keys = set(activity_ids(session, texts).values())
        assert {row.id for row in among(session, "SELECT id FROM activity WHERE iri {among}", sorted(texts))} == keys
        [by_key] = together(session, Question("SELECT id FROM activity WHERE id {among}", sorted(keys), "bigint"))
        assert {row.id for row in by_key} == keys


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("count", [1, 2, 40])
def test_rows_are_put_as_they_are(tenant: TenantDatabase, count: int, together: bool) -> None:
    texts = [*HARD, None, "x" * 3000]
    columns = ("id", "iri", "name", "canonical_id")
    put_in = in_one_go if together else lambda _: nullcontext()
    rows = [(n, f"i{n}", texts[n % len(texts)], None) for n in range(count)]
    standings = [(n, n, "done", "", 2**62, 0.1 * n, None, n, -1, 0) for n in range(count)]
    with tenant.write() as session:
        with put_in(session):
            put(session, "activity", columns, rows)
            put(session, "standing", STANDING, standings)
        put(session, "activity", columns, rows[:2], "ON CONFLICT (id) DO NOTHING")
        assert session.execute(select(*(getattr(XapiActivity, name) for name in columns))).all() == rows
        found = session.execute(text(f"SELECT {', '.join(STANDING)} FROM standing ORDER BY agent_id"))
        assert [tuple(row) for row in found] == standings


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(texts=st.lists(st.one_of(TEXTS, st.sampled_from(HARD)), min_size=2, max_size=20))
def test_long_texts_are_put_as_they_are(tenant: TenantDatabase, texts: list[str]) -> None:
    columns = ("seq", "stored", "at", "agent_id", "verb_id", "activity_id", "registration", "source_id", "text")
    with tenant.write() as session:
        session.execute(delete(Ledger))
        put(session, "ledger", columns, [(n, 1, 1, None, 1, None, None, None, t) for n, t in enumerate(texts)])
        assert session.scalars(select(Ledger.text).order_by(Ledger.seq)).all() == texts


def test_what_fails_in_one_go_is_raised_and_nothing_of_the_unit_stays(tenant: TenantDatabase) -> None:
    def unit() -> None:
        with tenant.write() as session:
            activity_ids(session, {"before"})
            with in_one_go(session):
                for verb in ((1, "a"), (2, "a"), (3, "b")):
                    put(session, "verb", ("id", "iri"), [verb])

    with pytest.raises(Exception, match=r"(?i)unique"):
        unit()
    with tenant.write() as session:  # the connection serves the next unit
        assert activity_ids(session, {"after"})
        assert (known_ids(session, XapiActivity, ["before"]), known_ids(session, Verb, ["a", "b"])) == ({}, {})


BY_KEY = Sentence(
    lambda: (
        select(XapiSource.id, XapiSource.scopes, XapiSource.active, XapiSource.secret_hash, XapiSource.per_minute)
        .where(XapiSource.key == bindparam("key"), XapiSource.profile_mode == "")
        .limit(1)
    )
)
NAMES = Sentence(lambda: select(XapiSource.name).where(XapiSource.id == bindparam("id")).order_by(XapiSource.name))
RENAME = Sentence(lambda: update(XapiSource).where(XapiSource.id == bindparam("of")).values(name=bindparam("as")))


def test_a_sentence_takes_and_gives_the_types_of_its_columns(tenant: TenantDatabase) -> None:
    made = {"scopes": ["state", "é"], "active": False, "secret_hash": bytes(range(32)), "per_minute": 2**40}
    source = XapiSource(id=new_id(), name="before", key="k", **made)
    with tenant.write() as session:
        session.add(source)
        session.flush()
        assert RENAME.rows(session, of=source.id, **{"as": "after"}) == []
    with tenant.read() as session:
        found = BY_KEY.first(session, key="k", unknown="is left alone")
        assert found._asdict() == {"id": source.id, **made}
        assert BY_KEY.first(session, key="another") is None
        assert [row.name for row in NAMES.each(session, id=source.id)] == ["after"]
        assert [row.name for row in NAMES.rows(session, id=source.id)] == ["after"]


def test_a_value_that_a_sentence_lacks_is_an_error(tenant: TenantDatabase) -> None:
    with tenant.read() as session, pytest.raises(KeyError, match="key"):
        BY_KEY.first(session, unknown=1)


def test_rows_read_one_by_one_bear_other_queries_between_them(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        activity_ids(session, {"a", "b", "c"})
        each = Sentence(lambda: select(XapiActivity.iri).order_by(XapiActivity.iri)).each(session)
        found = [(row.iri, set(known_ids(session, XapiActivity, [row.iri]))) for row in each]
    assert found == [(iri, {iri}) for iri in ("a", "b", "c")]
