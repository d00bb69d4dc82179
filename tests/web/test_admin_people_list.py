"""The list of persons: several ticked and put into a group, columns chosen and remembered, taken away as a file."""

import io
from collections.abc import Callable
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from openpyxl import load_workbook
from sqlalchemy import select

from hub.db.uow import TenantDatabase
from hub.models.person import Group, GroupMember, JournalEntry
from tests.web.conftest import Browser


@pytest.fixture
def boss(add_person: Callable[..., UUID], enter: Callable[..., Browser]) -> Browser:
    return enter(add_person("Karim", "Azoulay", "administrator"))


@pytest.fixture
def group(tenant: TenantDatabase) -> UUID:
    with tenant.write() as session:
        row = Group(name="Menuiserie")
        session.add(row)
        session.flush()
        return row.id


def heads(boss: Browser, path: str = "/admin/people") -> list[str]:
    page = BeautifulSoup(boss.get(path).text, "html.parser")
    return [head.get_text(strip=True) for head in page.select("thead th")]


def test_those_ticked_join_a_group(
    tenant: TenantDatabase, boss: Browser, group: UUID, add_person: Callable[..., UUID]
) -> None:
    lina, omar = add_person("Lina", "Martin", "learner"), add_person("Omar", "Sy", "learner")
    for ticked, already in (([lina], ""), ([lina, omar], "1 y était déjà.")):
        answer = boss.post("/admin/people/selected", {"person": [str(one) for one in ticked], "join": str(group)})
        assert answer.location == f"/admin/groups/{group}"
        page = boss.get(answer.location).text.replace("\xa0", " ")
        assert "1 personne est ajoutée au groupe." in page
        assert already in page
    with tenant.read() as session:
        assert set(session.scalars(select(GroupMember.person_id))) == {lina, omar}
        acts = session.scalars(select(JournalEntry.act).where(JournalEntry.act == "group.joined")).all()
    assert len(acts) == 2


def test_nobody_ticked_or_no_group_is_said_beside_the_field_and_the_ticks_stay(
    boss: Browser, group: UUID, add_person: Callable[..., UUID]
) -> None:
    lina = add_person("Lina", "Martin", "learner")
    answer = boss.post("/admin/people/selected", {"q": "lina", "join": str(group)})
    page = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == 422
    assert "Cochez au moins une personne." in page.select_one('[role="alert"]').text
    assert page.select_one(f'[name="join"] option[value="{group}"]').has_attr("selected")
    assert page.select_one('[name="q"]')["value"] == "lina"
    answer = boss.post("/admin/people/selected", {"person": str(lina), "join": ""})
    page = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == 422
    assert "Choisissez un groupe." in page.select_one("#join-error").text
    assert page.select_one(f'[name="person"][value="{lina}"]').has_attr("checked")
    for wrong in ({"person": "x", "join": str(group)}, {"person": str(lina), "join": "x"}):
        assert boss.post("/admin/people/selected", wrong).status_code == 422
    assert boss.post("/admin/people/selected", {"person": str(UUID(int=7)), "join": str(group)}).status_code == 404


def test_columns_are_remembered_and_go_into_the_file(
    boss: Browser, group: UUID, add_person: Callable[..., UUID]
) -> None:
    add_person("Lina", "Martin", "learner", email="lina@exemple.fr", external_id="=TL-1")
    add_person("Omar", "Sy", "learner")
    assert heads(boss) == ["Nom", "Rôles", "Groupes", "E-mail", "Identifiant"]
    assert heads(boss, "/admin/people?columns=1&column=external_id&column=nonsense") == ["Nom", "Identifiant"]
    assert heads(boss) == ["Nom", "Identifiant"]
    text = boss.get("/admin/people/list.csv?q=lina").data.decode("utf-8-sig")
    assert text.splitlines() == ["Nom;Identifiant", "Lina Martin;'=TL-1"]
    book = load_workbook(io.BytesIO(boss.get("/admin/people/list.xlsx?role=learner").data))
    assert [row[0].value for row in book.worksheets[0]] == ["Nom", "Lina Martin", "Omar Sy"]
    assert boss.get("/admin/people/list.pdf").status_code == 404
    assert heads(boss, "/admin/people?columns=1") == ["Nom"]
