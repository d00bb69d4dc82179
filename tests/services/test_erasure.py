"""Erasing a person: the one sanctioned rewrite of the ledger (DESIGN section 3)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from content.xapi.parse import MAX_DEPTH, MAX_DIGITS, dump, load
from hub.db.uow import TenantDatabase
from hub.models.person import Account, Person
from hub.models.platforms import Job
from hub.models.river import Agent, Document, Ledger, PathStateRow, StatementAttachment, StatementKey
from hub.services import erasure, erasure_proof
from hub.services.errors import NotFound
from hub.services.identities import link
from hub.services.jobs import Unleased
from hub.services.ledger import ingest
from hub.services.projection import project_dirty
from hub.services.source import Source
from hub.services.xapi_documents import Address, Precondition, Resource, put
from tests.content.xapi.samples import nested
from tests.services.builders import NOW, activity, document, enrol, person, publish, rule, statement, step

COURSE = "https://lms.example/course/1"
MOOC = Source(name="mooc")
Place = tuple[TenantDatabase, UUID, UUID]


@pytest.fixture
def place(tenant: TenantDatabase) -> Place:
    """Inès did a course; Yanis names her as his instructor."""
    with tenant.write() as session:
        who = person(session, email="ines@example.org")
        session.add(Account(person_id=who, login="ines", changed_at=NOW))
        version = publish(session, document(step("Un", activity(COURSE, "completed"), rule=rule(("completed", None)))))
        enrolment = enrol(session, who, version)
        other = statement("yanis", "completed", COURSE)
        other["context"] = {"instructor": statement("ines", "completed", COURSE)["actor"]}
        ingest(session, [statement("ines", "completed", COURSE), other], MOOC, NOW)
        ines = session.scalars(select(Agent.id).where(Agent.ifi.contains("|ines"))).one()
        link(session, ines, who, rule="test", by=None, now=NOW)
    project_dirty(tenant)
    return tenant, who, enrolment


def erase(tenant: TenantDatabase, who: UUID) -> erasure.ErasureReport:
    with tenant.write() as session:
        return erasure.erase(session, who, None, NOW)


def test_what_came_along_with_a_statement_goes_with_the_name(place: Place) -> None:
    tenant, who, _ = place
    with tenant.write() as session:
        for seq in session.scalars(select(Ledger.seq)).all():
            values = {"sha2": "a" * 64, "sha256": "a" * 64, "size": 1, "content_type": "text/plain"}
            session.add(StatementAttachment(seq=seq, **values))
        kept = ingest(session, [statement("zoe", "completed", COURSE)], MOOC, NOW).ids
        seq = session.scalars(select(StatementKey.seq).where(StatementKey.statement_id.in_(kept))).one()
        session.add(StatementAttachment(seq=seq, **values))
    erase(tenant, who)
    with tenant.read() as session:
        assert list(session.scalars(select(StatementAttachment.seq))) == [seq]


def texts(tenant: TenantDatabase) -> str:
    with tenant.read() as session:
        return "\n".join(session.scalars(select(Ledger.text)))


def test_statements_at_the_limits_of_size_are_erased_and_stop_no_others(place: Place) -> None:
    """With its defaults such a statement is deeper, and its number longer, than what a sender may send."""
    tenant, who, _ = place
    deep = {"id": "https://lms.example/deep", "definition": {"extensions": {"a:b": nested(MAX_DEPTH - 7)}}}
    extreme = {
        **statement("ines", "completed", COURSE),
        "context": {
            "contextActivities": {"parent": deep},
            "extensions": {"a:b": load(b"9" * (MAX_DIGITS - 6) + b"e1")},
        },
    }
    assert load(dump(extreme).encode()) == extreme  # a sender may send it
    with tenant.write() as session:
        ingest(session, [extreme, statement("zoe", "completed", COURSE)], MOOC, NOW)
    erase(tenant, who)
    assert "|ines" not in texts(tenant)
    assert '"name":"ines"' not in texts(tenant)
    with tenant.write() as session:
        ingest(session, [extreme, statement("zoe", "passed", COURSE)], MOOC, NOW)
    assert '"name":"ines"' not in texts(tenant)


def test_a_preview_changes_nothing_and_says_what_the_erasure_takes(place: Place) -> None:
    tenant, who, _ = place
    before = texts(tenant)
    with tenant.read() as session:
        preview = erasure.preview(session, who)
    assert texts(tenant) == before
    assert preview == erase(tenant, who)
    assert (preview.statements, preview.identities) == (2, 1)


def test_the_name_goes_from_every_position_and_the_figures_stay(place: Place) -> None:
    tenant, who, enrolment = place
    with tenant.read() as session:
        numbers = session.execute(select(StatementKey.seq, StatementKey.statement_id)).all()
    erase(tenant, who)
    assert '"ines"' not in texts(tenant)
    assert '"yanis"' in texts(tenant)
    with tenant.read() as session:
        gone = session.get_one(Person, who)
        assert (gone.name, gone.email, gone.erased_at) == ("", None, NOW)
        assert session.scalars(select(Account)).all() == []
        assert session.execute(select(StatementKey.seq, StatementKey.statement_id)).all() == numbers
        assert session.get_one(PathStateRow, enrolment).complete


def test_a_later_delivery_does_not_bring_the_person_back(place: Place) -> None:
    tenant, who, _ = place
    erase(tenant, who)
    with tenant.write() as session:
        ingest(session, [statement("ines", "passed", COURSE, when=9, sid=str(uuid4()))], MOOC, NOW)
    with tenant.read() as session:
        assert session.scalars(select(Agent).where(Agent.ifi.contains("|ines"))).all() == []
    assert '"ines"' not in texts(tenant)


def test_the_erased_statement_delivered_again_is_taken_for_known(place: Place) -> None:
    tenant, who, _ = place
    with tenant.read() as session:
        first = session.scalars(select(StatementKey.statement_id).order_by(StatementKey.seq)).first()
    erase(tenant, who)
    with tenant.write() as session:
        again = ingest(session, [statement("ines", "completed", COURSE, sid=first)], MOOC, NOW)
    assert (again.stored, again.duplicates) == (0, [first])


def test_the_rewritten_statements_are_still_statements(place: Place) -> None:
    tenant, who, _ = place
    erase(tenant, who)
    with tenant.read() as session:
        for text in session.scalars(select(Ledger.text)):
            said = orjson.loads(text)
            assert said["actor"]["account"]["homePage"] in (erasure.PSEUDONYM_HOME, "https://lms.example")
            assert said["verb"]["id"].endswith("completed")


NOTE = Address(Resource.AGENT_PROFILE, agent="account:https://lms.example|ines", name="note")
Sending = Callable[[Session], object]
SENDINGS: list[Sending] = [
    lambda session: ingest(session, [statement("ines", "passed", COURSE, when=9)], MOOC, NOW),
    lambda session: put(session, NOTE, b"Ines", "text/plain", Precondition(), NOW),
]


@pytest.mark.parametrize("send", SENDINGS, ids=["statement", "document"])
@pytest.mark.parametrize("dialect", ["postgresql"])
def test_what_is_sent_while_somebody_is_erased_does_not_bring_the_name_back(place: Place, send: Sending) -> None:
    tenant, who, _ = place

    def deliver() -> None:
        with tenant.write() as session:
            send(session)

    with ThreadPoolExecutor() as pool:
        with tenant.write() as session:
            erasure.erase(session, who, None, NOW)
            sent = pool.submit(deliver)
            wait([sent], timeout=1)  # it waits for this unit; if it did not, it would be stored by then
        sent.result(30)
    assert '"ines"' not in texts(tenant)
    with tenant.read() as session:
        assert session.scalars(select(Document)).all() == []


def test_nothing_is_linked_to_somebody_erased_or_being_erased(place: Place) -> None:
    tenant, who, _ = place

    def reconcile() -> None:
        with tenant.write() as session:
            found = session.scalars(select(Agent.id).where(Agent.ifi.contains("|ines2"))).one()
            link(session, found, who, rule="test", by=None, now=NOW)

    with tenant.write() as session:
        ingest(session, [statement("ines2", "completed", COURSE)], MOOC, NOW)
    with ThreadPoolExecutor() as pool:
        with tenant.write() as session:
            erasure.erase(session, who, None, NOW)
            linked = pool.submit(reconcile)
            wait([linked], timeout=1)  # the same
        with pytest.raises(NotFound):
            linked.result(30)


@pytest.mark.parametrize("send", SENDINGS, ids=["statement", "document"])
@pytest.mark.parametrize("dialect", ["postgresql"])
def test_an_erasure_finds_what_is_being_stored(place: Place, send: Sending) -> None:
    tenant, who, _ = place
    with ThreadPoolExecutor() as pool:
        with tenant.write() as session:
            send(session)
            erased = pool.submit(erase, tenant, who)
            wait([erased], timeout=1)  # the same
        erased.result(30)
    assert '"ines"' not in texts(tenant)
    with tenant.read() as session:
        assert session.scalars(select(Document)).all() == []


def test_nobody_can_erase_somebody_unknown(tenant: TenantDatabase) -> None:
    with pytest.raises(NotFound), tenant.write() as session:
        erasure.erase(session, uuid4(), None, NOW)


def test_a_member_called_account_that_is_no_agent_stops_neither_erasing_nor_ingesting(place: Place) -> None:
    tenant, who, _ = place
    odd = {"https://shop.example/order": {"account": "FR76 3000", "mbox": 3}, "https://shop.example/x": [{"openid": 1}]}
    with tenant.write() as session:
        ingest(session, [{**statement("ines", "passed", COURSE), "context": {"extensions": odd}}], MOOC, NOW)
    erase(tenant, who)
    with tenant.write() as session:
        again = ingest(session, [{**statement("zoe", "passed", COURSE), "context": {"extensions": odd}}], MOOC, NOW)
    assert again.stored == 1
    assert '"ines"' not in texts(tenant)
    assert texts(tenant).count("FR76 3000") == 2


def test_the_name_goes_from_inside_an_extension_too(place: Place) -> None:
    tenant, who, _ = place
    inside = {"https://lms.example/seen-by": [{"who": statement("ines", "passed", COURSE)["actor"]}]}
    told = {**statement("ines", "passed", COURSE), "context": {"extensions": inside}}
    with tenant.write() as session:
        ingest(session, [told], MOOC, NOW)
    erase(tenant, who)
    with tenant.write() as session:
        ingest(session, [{**statement("zoe", "passed", COURSE), "context": {"extensions": inside}}], MOOC, NOW)
    assert '"ines"' not in texts(tenant)


def test_a_long_history_is_rewritten_by_a_job_and_taken_for_known_meanwhile(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant, who, _ = place
    told = [statement("ines", "passed", COURSE, when=n, sid=str(uuid4())) for n in range(7)]
    with tenant.write() as session:
        ingest(session, told, MOOC, NOW)
    monkeypatch.setattr(erasure, "UNIT", 3)
    assert erase(tenant, who).statements == 9
    with tenant.write() as session:
        again = ingest(session, told, MOOC, NOW)
        job = session.scalars(select(Job).where(Job.kind == erasure.JOB)).one()
    assert (again.stored, len(again.duplicates)) == (0, 7)
    assert '"ines"' in texts(tenant)
    assert "ines" not in str(job.payload)
    assert erasure.rewrite_rest(job.payload["agents"], job.payload["after"], Unleased(tenant)) == 6
    assert '"ines"' not in texts(tenant)


def test_the_proof_finds_what_no_index_knows_and_mends_it(place: Place) -> None:
    tenant, who, _ = place
    hidden = statement("yanis", "passed", COURSE)
    hidden["context"] = {"extensions": {"https://e.org/x": [{"with": statement("ines", "passed", COURSE)["actor"]}]}}
    with tenant.write() as session:
        session.add(
            Document(
                id=uuid4(),
                resource="state",
                activity_id=1,
                agent_id=0,
                name="group",
                content_type="application/json",
                updated=1,
                content=orjson.dumps({"with": hidden["context"]}),
                etag="1",
            )
        )
        ingest(session, [hidden], MOOC, NOW)
        assert erasure_proof.prove(tenant).erased == 0
    erase(tenant, who)
    proof = erasure_proof.prove(tenant, mend=True)
    assert (proof.erased, proof.statements, proof.found_statements, proof.found_documents) == (1, 3, 1, 1)
    assert not proof.clean
    assert '"ines"' not in texts(tenant)
    with tenant.write() as session:
        session.execute(delete(Document))
        gone = session.scalars(select(Agent.id).where(Agent.ifi.contains(erasure.PSEUDONYM_HOME))).one()
        session.add(
            Document(
                id=uuid4(), resource="state", activity_id=1, agent_id=gone, name="a", content_type="text/plain",
                updated=1, content=b"Ines", etag="2",
            )
        )  # fmt: skip
    assert erasure_proof.prove(tenant, mend=True).found_documents == 1
    again = erasure_proof.prove(tenant)
    assert again.clean
    assert b'"clean":true' in erasure_proof.as_json(again)
    assert again.identities >= 2
