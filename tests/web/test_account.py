"""My account and my data."""

from base64 import b64decode
from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.learning import Enrolment, LearningPath, PathVersion
from hub.models.person import Account, Group, GroupMember, Person
from hub.models.river import Agent, AgentDay, Ledger, StatementAttachment, StatementKey
from hub.services import accounts, passwords
from hub.services.dictionaries import activity_ids, agent_ids, verb_ids
from tests.web.conftest import Browser, Clock

PASSWORD = "trois mots faciles"
HASH = passwords.hash_secret(PASSWORD)


@pytest.fixture
def lina(tenant: TenantDatabase, clock: Clock, add_person: Callable[..., UUID]) -> UUID:
    person_id = add_person("Lina", "Martin", "learner", email="lina@example.org", birth_date=date(2007, 5, 1))
    with tenant.write() as session:
        accounts.set_password(session, person_id, "lina", HASH, clock.now)
    return person_id


def test_changing_the_password_ends_the_other_sessions(
    lina: UUID, enter: Callable[..., Browser], browser: Browser
) -> None:
    here, elsewhere = enter(lina), enter(lina)
    answer = here.post("/account/password", {"old": PASSWORD, "new": "quatre autres mots"})
    assert answer.location == "/account"
    assert "Votre mot de passe est changé" in here.get("/account").text
    assert elsewhere.get("/account").status_code == 303
    assert browser.post("/sign-in", {"login": "lina", "password": PASSWORD}).status_code == 422
    assert browser.post("/sign-in", {"login": "lina", "password": "quatre autres mots"}).status_code == 303


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("faux", "quatre autres mots", "old"),
        (PASSWORD, "court", "new"),
        (PASSWORD, "aaaaaaaaaaaa", "new"),
        (PASSWORD, "martin12", "new"),
        (PASSWORD, "linamartin1", "new"),
        (PASSWORD, "", "new"),
        ("", "quatre autres mots", "old"),
    ],
)
def test_a_refused_password_says_where(
    lina: UUID, enter: Callable[..., Browser], old: str, new: str, field: str
) -> None:
    answer = enter(lina).post("/account/password", {"old": old, "new": new})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text


def test_guessing_the_present_password_locks(lina: UUID, enter: Callable[..., Browser]) -> None:
    browser = enter(lina)
    guess = {"old": "faux mot", "new": "quatre autres mots"}
    assert [browser.post("/account/password", guess).status_code for _ in range(5)] == [422] * 5
    assert browser.post("/account/password", guess | {"old": PASSWORD}).status_code == 429


def test_without_an_account_there_is_no_password_to_change(
    add_person: Callable[..., UUID], enter: Callable[..., Browser]
) -> None:
    browser = enter(add_person("Sami", "Ali", "learner"))
    assert "sans mot de passe" in browser.get("/account").text
    assert browser.post("/account/password", {"old": "x", "new": "quatre autres mots"}).status_code == 404


def test_sessions_are_listed_and_ended_one_by_one(lina: UUID, enter: Callable[..., Browser]) -> None:
    here, there = enter(lina), enter(lina, shared=True, how="card")
    text = here.get("/account").text
    assert "Appareil partagé" in text
    assert "avec une carte" in text
    action = text.partition('action="/account/sessions/')[2].partition('"')[0]
    assert here.post(f"/account/sessions/{action}").location == "/account"
    assert there.get("/account").status_code == 303
    assert here.get("/account").status_code == 200


def test_another_persons_session_cannot_be_ended(
    lina: UUID, add_person: Callable[..., UUID], enter: Callable[..., Browser], installation: Installation
) -> None:
    victim = enter(lina)
    token = victim.cookie("hub")
    assert token
    key = installation.vault.keyed_hash("web session", token).hex()
    other = enter(add_person("Sami", "Ali", "learner"))
    assert other.post(f"/account/sessions/{key}/end").status_code == 404
    assert other.post("/account/sessions/zz/end").status_code == 404
    assert victim.get("/account").status_code == 200


def test_all_other_sessions_end_at_once(lina: UUID, enter: Callable[..., Browser]) -> None:
    here, others = enter(lina), [enter(lina) for _ in range(3)]
    assert here.post("/account/sessions/end-others").status_code == 303
    assert [other.get("/account").status_code for other in others] == [303] * 3
    assert here.get("/account").status_code == 200


@pytest.fixture
def history(lina: UUID, installation: Installation, tenant: TenantDatabase, clock: Clock) -> None:
    """A group, an enrolment, and two statements of an identity on a platform, to one of which files are attached; one
    of the files was lost."""
    with tenant.write() as session:
        group, path = Group(name="Promo A"), LearningPath(title="Imprimer en 3D", created_at=clock.now)
        session.add_all([group, path])
        session.flush()
        version = PathVersion(path_id=path.id, number=1, document={}, created_at=clock.now, changed_at=clock.now)
        session.add_all([version, GroupMember(group_id=group.id, person_id=lina)])
        session.flush()
        session.add(
            Enrolment(
                person_id=lina,
                path_id=path.id,
                version_id=version.id,
                entered_on=date(2026, 9, 1),
                created_at=clock.now,
            )
        )
        ifi = "account:https://moodle.example.org|lina42"
        agent = agent_ids(session, [ifi])[ifi]
        session.get_one(Agent, agent).person_id = lina
        session.add(AgentDay(agent_id=agent, day=20000, count=2))
        verb, activity = verb_ids(session, ["v:1"])["v:1"], activity_ids(session, ["a:1"])["a:1"]
        for seq in (1, 2):
            text = f'{{"id":"{seq}","result":{{"score":{{"raw":{seq}}}}}}}'
            row = {"seq": seq, "stored": 0, "at": 0, "agent_id": agent, "verb_id": verb, "activity_id": activity}
            session.add(Ledger(**row, text=text))
        session.add(StatementKey(seq=2, statement_id="2", digest="", redacted=False))
        blob = installation.blobs(tenant.key).put([b"a photo" * 50_000], 1 << 20)
        kept = {"seq": 2, "sha256": blob.sha256, "size": blob.size, "content_type": "image/jpeg"}
        session.add_all([StatementAttachment(sha2="ab", **kept), StatementAttachment(sha2="cd", **kept)])
        session.add(StatementAttachment(**kept | {"sha2": "ef", "sha256": "0" * 64}))


@pytest.mark.usefixtures("history")
def test_my_data_shows_what_is_held(lina: UUID, enter: Callable[..., Browser]) -> None:
    text = enter(lina).get("/my-data").text
    for shown in ("Lina Martin", "lina@example.org", "Promo A", "Imprimer en 3D", "lina42", "moodle.example.org"):
        assert shown in text
    assert '<td class="num">2</td>' in text


@pytest.mark.usefixtures("history")
def test_the_export_holds_every_row_and_nobody_elses(
    lina: UUID, enter: Callable[..., Browser], add_person: Callable[..., UUID]
) -> None:
    answer = enter(lina).get("/my-data/export.json")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    data = answer.json
    assert data is not None
    assert data["person"]["birth_date"] == "2007-05-01"
    assert data["enrolments"][0]["title"] == "Imprimer en 3D"
    assert [statement["id"] for statement in data["statements"]] == ["1", "2"]
    assert [(one["statement"], one["sha2"], one["content_type"]) for one in data["attachments"]] == [
        ("2", "ab", "image/jpeg"), ("2", "cd", "image/jpeg"),
    ]  # fmt: skip
    assert b64decode(data["attachments"][1]["content"]) == b"a photo" * 50_000
    other = enter(add_person("Sami", "Ali", "learner")).get("/my-data/export.json").json
    assert other is not None
    assert (other["statements"], other["attachments"]) == ([], [])
    assert "Lina" not in str(other)


def test_means_are_kept_and_shown_again(lina: UUID, enter: Callable[..., Browser], tenant: TenantDatabase) -> None:
    browser = enter(lina)
    sent = {"device": "phone", "camera": "no", "line": "poor", "hours": "", "travel": "hard"}
    answer = browser.post("/my-data/means", sent | {"adaptations": ["easy_words", "own_pace"]})
    assert answer.location == "/my-data#means"
    with tenant.read() as session:
        person = session.get_one(Person, lina)
    assert person.means == {"device": "phone", "camera": False, "line": "poor", "travel": "hard"}
    assert person.adaptations == ["own_pace", "easy_words"]
    page = browser.get("/my-data").text
    assert 'value="phone" checked' in page
    browser.post("/my-data/means", {"device": "", "adaptations": []})
    with tenant.read() as session:
        assert session.get_one(Person, lina).means == {}


def test_a_choice_that_does_not_exist_is_refused_and_the_rest_kept(
    lina: UUID, enter: Callable[..., Browser], tenant: TenantDatabase
) -> None:
    answer = enter(lina).post("/my-data/means", {"device": "toaster", "line": "poor"})
    assert answer.status_code == 422
    assert 'id="device-error"' in answer.text
    assert 'value="poor" checked' in answer.text
    with tenant.read() as session:
        assert session.get_one(Person, lina).means == {}
        assert session.scalars(select(Account.login)).all() == ["lina"]
