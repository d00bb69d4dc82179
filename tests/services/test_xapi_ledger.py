"""What the LRS needs of the ledger: long texts in the dictionaries, known ids from trusted sources, fast pages."""

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from content.xapi.readings import Kind
from hub.db.base import new_id
from hub.db.uow import TenantDatabase, driver
from hub.models import river
from hub.models.river import Agent, XapiActivity, XapiSource
from hub.services.dictionaries import LONGEST, activity_ids, agent_ids, known_ids, stored_form, verb_ids
from hub.services.errors import StatementConflict
from hub.services.ledger import ingest
from hub.services.ledger_ranges import ensure_next_range
from hub.services.source import Source, hub_source
from hub.services.xapi_query import Filter, Plan, page, plan
from tests.services.builders import NOW, register, statement

COURSE = "https://lms.example/course/1"


def iri(size: int, end: str = "") -> str:
    """An IRI of ``size`` bytes."""
    start = "https://lms.example/é"
    return start + "x" * (size - len((start + end).encode())) + end


@pytest.mark.parametrize("ids", [activity_ids, agent_ids, verb_ids])
@pytest.mark.parametrize("size", [LONGEST, LONGEST + 1, 10_000])
def test_long_texts_are_keyed_by_themselves(
    tenant: TenantDatabase, ids: Callable[..., dict[str, int]], size: int
) -> None:
    one, two = iri(size, "1"), iri(size, "2")
    with tenant.write() as session:
        first = ids(session, [one, two, "urn:short"])
    with tenant.write() as session:
        assert ids(session, [two, one]) == {text: first[text] for text in (one, two)}
    assert set(first) == {one, two, "urn:short"}
    assert len(set(first.values())) == 3


def test_a_long_text_is_found_by_readers_and_keeps_its_name(tenant: TenantDatabase) -> None:
    long = iri(10_000)
    with tenant.write() as session:
        key = activity_ids(session, [long], {long: "Cours"})[long]
    with tenant.read() as session:
        assert known_ids(session, XapiActivity, [long, "urn:none"]) == {long: key}
        row = session.get_one(XapiActivity, key)
    assert (row.name, row.iri) == ("Cours", stored_form(long))
    assert len(row.iri.encode()) < LONGEST
    assert stored_form(row.iri) == row.iri


def test_a_text_of_many_bytes_and_few_characters(tenant: TenantDatabase) -> None:
    wide = "urn:x:" + "漢" * 1000
    with tenant.write() as session:
        assert agent_ids(session, [wide]).keys() == {wide}
        assert len(session.scalars(select(Agent.ifi)).one().encode()) <= LONGEST


def test_a_statement_of_long_iris(tenant: TenantDatabase) -> None:
    long = iri(10_000)
    with tenant.write() as session:
        ingest(session, [statement("a" * 10_000, long.replace("é", "e"), long)], Source("mooc"), NOW)
    with tenant.read() as session:
        wanted = plan(session, Filter(activity=long))
        assert wanted is not None
        [found] = page(session, wanted).statements
    assert long in found.text


def test_a_statement_without_a_timestamp_may_be_sent_again(tenant: TenantDatabase) -> None:
    said = statement("ines", "completed", COURSE, sid=str(uuid4()))
    del said["timestamp"]
    with tenant.write() as session:
        assert ingest(session, [said], Source("mooc"), NOW).stored == 1
    with tenant.write() as session:
        again = ingest(session, [said], Source("mooc"), NOW + timedelta(minutes=1))
    assert again.duplicates == [said["id"]]
    other = {**said, "verb": {"id": "http://adlnet.gov/expapi/verbs/failed"}}
    with pytest.raises(StatementConflict), tenant.write() as session:
        ingest(session, [other], Source("mooc"), NOW)
    at_another_time = {**said, "timestamp": "2020-01-01T00:00:00Z"}
    with pytest.raises(StatementConflict), tenant.write() as session:
        ingest(session, [at_another_time], Source("mooc"), NOW)


def test_a_statement_that_others_name_may_be_sent_again_with_new_ones(tenant: TenantDatabase) -> None:
    named = statement("ines", "completed", COURSE, sid=str(uuid4()))
    names = statement("karim", "commented", COURSE, sid=str(uuid4()))
    names["object"] = {"objectType": "StatementRef", "id": named["id"]}
    with tenant.write() as session:
        ingest(session, [names], Source("mooc"), NOW)
        ingest(session, [named], Source("mooc"), NOW)
    new = statement("ines", "passed", COURSE, sid=str(uuid4()))
    with tenant.write() as session:
        again = ingest(session, [named, new, names], Source("mooc"), NOW)
        assert again.duplicates == [named["id"], names["id"]]
        links = session.execute(select(river.StatementRef.seq, river.StatementRef.target_seq)).all()
    assert links == [(1, 2)]


def test_one_id_twice_in_a_unit_is_compared_too(tenant: TenantDatabase) -> None:
    said = statement("ines", "completed", COURSE, sid=str(uuid4()))
    with tenant.write() as session:
        twice = ingest(session, [said, said], Source("mooc"), NOW)
    assert (twice.stored, twice.duplicates) == (1, [said["id"]])
    pair = [
        statement("karim", verb, COURSE, sid="9a1d6a0e-6a4c-4c1d-8a60-4b7a5a6d3c11") for verb in ("passed", "failed")
    ]
    with pytest.raises(StatementConflict), tenant.write() as session:
        ingest(session, pair, Source("mooc"), NOW)


def test_a_known_id_from_the_hub_itself_is_never_a_conflict(tenant: TenantDatabase) -> None:
    told = register("ines", Kind.COMPLETED, COURSE, 1, 1.0)
    retold = {**told, "timestamp": "2026-11-24T00:00:00Z", "context": {**told["context"], "platform": "renamed"}}
    with tenant.write() as session:
        assert ingest(session, [told], hub_source(), NOW).stored == 1
        again = ingest(session, [retold, told], hub_source(), NOW)
    assert (again.stored, again.duplicates) == (0, [told["id"], told["id"]])
    with tenant.write() as session, pytest.raises(StatementConflict):
        ingest(session, [retold], Source("mooc"), NOW)


@pytest.fixture
def source(tenant: TenantDatabase) -> Source:
    with tenant.write() as session:
        row = XapiSource(id=new_id(), name="mooc", key="k", scopes=["all"])
        session.add(row)
    return Source("mooc", row.id)


def pages(tenant: TenantDatabase, wanted: Plan, source_id: UUID | None = None) -> list[list[int]]:
    found: list[list[int]] = []
    following: Plan | None = wanted
    while following is not None:
        with tenant.read() as session:
            got = page(session, following, source_id)
        found.append([s.seq for s in got.statements])
        following = got.following
    return found


def asked(tenant: TenantDatabase, **wanted: Any) -> Plan:
    with tenant.read() as session:
        found = plan(session, Filter(**wanted))
    assert found is not None
    return found


def test_pages_by_keyset_show_each_statement_once(tenant: TenantDatabase, source: Source) -> None:
    group = {"objectType": "Group", "member": [statement("a", "read", COURSE)["actor"]] * 2}
    said = [statement("a" if n % 2 else "b", "read", COURSE) for n in range(40)]
    said += [{**statement("b", "read", COURSE), "actor": group} for _ in range(3)]
    with tenant.write() as session:
        ingest(session, said, source, NOW)
    agent = "account:https://lms.example|a"
    for ascending in (True, False):
        for related in (True, False):
            wanted = asked(tenant, agent=agent, related_agents=related, limit=7, ascending=ascending)
            got = pages(tenant, wanted)
            assert [len(p) for p in got] == [7, 7, 7, 2]
            flat = [seq for p in got for seq in p]
            assert flat == sorted(set(flat), reverse=not ascending)
    assert pages(tenant, asked(tenant, limit=10), uuid4()) == [[]]
    assert sum(map(len, pages(tenant, asked(tenant, limit=10), source.id))) == 43


def test_the_ledger_goes_on_in_the_next_range(tenant: TenantDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranges of four statements instead of 5·10⁷; on SQLite the ledger stays one table, and reads the same."""
    postgresql = tenant.dialect == "postgresql"
    monkeypatch.setattr(river, "RANGE", 4)
    if postgresql:
        with tenant.write() as session:
            session.execute(text("DROP TABLE ledger_r0"))
    source = Source("mooc")
    for _ in range(3):
        with tenant.write() as session:
            ingest(session, [statement("ines", "completed", COURSE) for _ in range(3)], source, NOW)
    with tenant.write() as session:
        ensure_next_range(session)
        ingest(session, [statement("ines", "completed", COURSE) for _ in range(7)], source, NOW)
    with tenant.read() as session:
        wanted = plan(session, Filter(activity=COURSE))
        assert wanted is not None
        assert [one.seq for one in page(session, wanted).statements] == list(range(16, 0, -1))
        if postgresql:
            counts = [session.scalar(text(f"SELECT count(*) FROM ledger_r{n}")) for n in range(5)]
            assert counts == [3, 4, 4, 4, 1]


def test_each_set_of_filters_finds_what_fits(tenant: TenantDatabase, source: Source) -> None:
    registrations = (None, str(uuid4()))
    sent = list(product(("a", "b"), ("completed", "failed"), ("x", "y"), ("x", "y"), registrations))
    said = []
    for who, verb, what, parent, registration in sent:
        context: dict[str, Any] = {"contextActivities": {"parent": [{"id": f"https://lms.example/{parent}"}]}}
        context |= {"registration": registration} if registration else {}
        said.append({**statement(who, verb, f"https://lms.example/{what}"), "context": context})
    with tenant.write() as session:
        ingest(session, said[:16], source, NOW)
        ingest(session, said[16:], Source("another"), NOW)
    of = dict(enumerate(sent, 1))
    choices = ((None, "a"), (None, "failed"), (None, "x"), (False, True), registrations, (None, source.id))
    for who, verb, what, related, registration, own in product(*choices):
        wanted = asked(
            tenant,
            agent=who and f"account:https://lms.example|{who}",
            verb=verb and f"http://adlnet.gov/expapi/verbs/{verb}",
            activity=what and f"https://lms.example/{what}",
            related_activities=related,
            registration=registration,
        )
        fits = [
            seq
            for seq, (actor, kind, thing, parent, at) in of.items()
            if who in (None, actor)
            and verb in (None, kind)
            and (what in (None, thing) or (related and what == parent))
            and registration in (None, at)
            and (own is None or seq <= 16)
        ]
        assert pages(tenant, wanted, own) == [fits[::-1]]


def test_an_agent_leads_where_a_verb_is_asked_for_too(tenant: TenantDatabase, source: Source) -> None:
    """SQLite has no figures to choose by: left to itself it walks every statement of the verb."""
    with tenant.write() as session:
        ingest(session, [statement("a", "completed", COURSE)], source, NOW)
    wanted = asked(
        tenant, agent="account:https://lms.example|a", verb="http://adlnet.gov/expapi/verbs/completed", limit=5
    )
    said: list[str] = []
    with tenant.read() as session:
        raw = driver(session).raw
        if tenant.dialect == "sqlite":
            raw.set_trace_callback(said.append)
        assert len(page(session, wanted).statements) == 1
        if tenant.dialect == "sqlite":
            raw.set_trace_callback(None)
            steps = [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {said[-1]}")]
            assert any("ix_ledger_agent_seq (agent_id=?)" in step for step in steps)
            assert not any("ix_ledger_verb_seq (verb_id=?)" in step for step in steps)


LOOKED_UP = {"statement_key", "statement_target", "void", "standing", "agent"}


def test_plans_made_while_tables_were_new_walk_none_of_them(tenant: TenantDatabase, source: Source) -> None:
    """PostgreSQL keeps the plan of what is asked often: a full ledger must not be read by one of its first hour."""
    for n in range(8):
        with tenant.write() as session:
            ingest(session, [statement(f"{n}.{m}", "completed", COURSE) for m in range(50)], source, NOW)
    with tenant.write() as session:
        raw = driver(session).raw
        if tenant.dialect == "sqlite":
            said: list[str] = []
            raw.set_trace_callback(said.append)
            ingest(session, [statement("1.1", "completed", COURSE)], source, NOW)
            raw.set_trace_callback(None)
            plans = {query: steps(raw, f"EXPLAIN QUERY PLAN {query}", 3) for query in said if "json_each" in query}
            whole = r"SCAN (?!w|json_each)"
        else:
            kept = raw.execute("SELECT name, cardinality(parameter_types), statement FROM pg_prepared_statements")
            lists = [row for row in kept.fetchall() if row[2].startswith("SELECT") and "[]" in row[2]]
            several = f"'{{{','.join(map(str, range(400)))}}}'"
            plans = {query: steps(raw, f"EXPLAIN EXECUTE {n} ({', '.join([several] * c)})", 0) for n, c, query in lists}
            whole = "Seq Scan"
    assert {query for query, plan in plans.items() if re.search(whole, plan)} == set()
    assert {table for table in LOOKED_UP for query in plans if f" {table}" in query} == LOOKED_UP


def steps(raw: Any, query: str, column: int) -> str:
    """The plan of a query in the database's words."""
    return "\n".join(str(row[column]) for row in raw.execute(query).fetchall())
