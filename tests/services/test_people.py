"""Persons found whatever their accents, page after page, within an administrator's reach."""

from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.domain.plain_text import plain
from hub.domain.roles import Grant, Viewer
from hub.models.person import Group, GroupMember, Person
from hub.services import erasure, people_search
from hub.services.people_search import Wanted
from hub.services.roles import grant_role
from tests.services.builders import NOW, person

CHIEF = Viewer(UUID(int=1), "Chef", "fr", (Grant("administrator"),))


def found(session: Session, words: str, viewer: Viewer = CHIEF, **more: object) -> list[str]:
    wanted = Wanted(words, **more)
    return [line.name for line in people_search.search(session, viewer, wanted).lines]


@pytest.mark.parametrize(
    ("text", "folded"),
    [("ÉVRARD-Martin", "evrard martin"), ("Œuvré", "oeuvre"), ("L’Ange", "l'ange"), ("Łukasz  Đ", "lukasz d")],
)
def test_plain_text(text: str, folded: str) -> None:
    assert plain(text) == folded


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("evrard", ["Lina Évrard-Martin"]),
        ("MARTIN lin", ["Lina Évrard-Martin"]),
        ("œuvré", ["Zoé Oeuvré"]),
        ("oeuvre", ["Zoé Oeuvré"]),
        ("francoise", ["Françoise L’Ange"]),
        ("l'ange", ["Françoise L’Ange"]),
        ("l-042", ["Zoé Oeuvré"]),
        ("100%", []),
        ("_", []),
        ("lina@exemple.fr", ["Lina Évrard-Martin"]),
    ],
)
def test_search_by_words(tenant: TenantDatabase, text: str, names: list[str]) -> None:
    with tenant.write() as session:
        person(session, "Lina", "Évrard-Martin", email="lina@exemple.fr")
        person(session, "Zoé", "Oeuvré", external_id="L-042")
        person(session, "Françoise", "L’Ange")
    with tenant.read() as session:
        assert found(session, text) == names


def test_search_follows_what_a_person_is_called_now(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        who = person(session, "Lina", "Évrard", email="lina@exemple.fr")
    with tenant.write() as session:
        session.get_one(Person, who).family_name = "Œuvré"
    with tenant.read() as session:
        assert (found(session, "evrard"), found(session, "oeuvre")) == ([], ["Lina Œuvré"])
    with tenant.write() as session:
        erasure.erase(session, who, None, NOW)
    with tenant.read() as session:
        erased = session.get_one(Person, who)
        assert (erased.search_text, erased.family_plain) == ("", "")


def test_persons_of_before_the_search_text_are_found(installation: Installation) -> None:
    place = installation.create_tenant("ancien", "Ancien", ["ancien.localhost"])
    with place.write() as session:
        person(session, "Lina", "Évrard-Martin", email="lina@exemple.fr")
        session.execute(text("DROP INDEX ix_person_family_plain"))
        for column in ("search_text", "family_plain"):
            session.execute(text(f"ALTER TABLE person DROP COLUMN {column}"))
        session.execute(text("UPDATE alembic_version SET version_num = '0027'"))
    installation.migrate("ancien")
    with installation.tenant("ancien").read() as session:
        assert found(session, "martin lina@exemple.fr") == ["Lina Évrard-Martin"]
        assert session.scalar(select(Person.family_plain)) == "evrard martin"


def test_pages_follow_the_alphabet_and_leave_nobody_out(tenant: TenantDatabase) -> None:
    families = ["Zola", "Évrard", "Abel", "Eve", "abel", "Çelik", "Dupont", "Ödön", "Nadir"]
    with tenant.write() as session:
        for family in families:
            for given in ("Inès", "Tom"):
                person(session, given, family)
    seen: list[str] = []
    after = ""
    with tenant.read() as session:
        while True:
            page = people_search.search(session, CHIEF, Wanted(), after, limit=4)
            seen += [line.name for line in page.lines]
            after = page.after
            if not after:
                break
    assert len(seen) == len(set(seen)) == 2 * len(families)
    initials = [plain(name.split()[-1])[0] for name in seen]
    assert initials == sorted(initials)


def test_a_damaged_place_begins_anew(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        person(session, "Lina", "Martin")
    with tenant.read() as session:
        for after in ("x", "W10", "WzEsMl0", "é"):
            assert len(people_search.search(session, CHIEF, Wanted(), after).lines) == 1


def test_filters_and_reach(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        lina, tom, erased = person(session, "Lina", "A"), person(session, "Tom", "B"), person(session, "Xavier", "C")
        group = Group(name="Menuiserie")
        session.add(group)
        session.flush()
        session.add(GroupMember(group_id=group.id, person_id=lina))
        grant_role(session, tom, "trainer", NOW)
        session.get_one(Person, erased).erased_at = NOW
    part = Viewer(UUID(int=2), "Partie", "fr", (Grant("administrator", group_id=group.id), Grant("trainer")))
    nobody = Viewer(UUID(int=3), "Personne", "fr", (Grant("trainer"),))
    with tenant.read() as session:
        assert found(session, "") == ["Lina A", "Tom B"]
        assert found(session, "", role="trainer") == ["Tom B"]
        assert found(session, "", group_id=group.id) == ["Lina A"]
        assert found(session, "", viewer=part) == ["Lina A"]
        assert found(session, "", viewer=nobody) == []
