"""Signed sheets on the pages of evidence: whom they show, whom they are given to."""

import io
from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select

from connectors.files import Kind
from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.person import Group, GroupMember, Organisation
from hub.models.river import Agent
from hub.services import identities
from hub.services.files import sheets
from hub.services.projection import project_dirty
from hub.services.roles import grant_role
from tests.services.builders import activity, document, enrol, person, publish, rule, step
from tests.services.files_world import NOW, World
from tests.web.conftest import Browser, Clock

HEAD = "Identifiant;Code formation;Séance;Date;Début;Fin;Présence\n"
TOGETHER = HEAD + "p-7;num-1;Atelier;03/11/2026;9h;17h;présent\np-8;num-1;Atelier;03/11/2026;9h;17h;présente\n"
ALONE = HEAD + "p-7;num-1;Tutorat;04/11/2026;9h;10h;présent\n"


class Sheets:
    """Inès (p-7) and a trainer of her group, Yanis (p-8), and a trainer of nobody; two meetings with their sheets."""

    def __init__(self, installation: Installation, tenant: TenantDatabase) -> None:
        world = World(installation, tenant, "sowesign")
        world.bring(Kind.ATTENDANCE, TOGETHER.encode())
        world.bring(Kind.ATTENDANCE, ALONE.encode())
        iri = world.ledger()[0]["object"]["id"]
        doc = document(step("Ateliers", activity(iri, "attended"), rule=rule(("attended", None))))
        with tenant.write() as session:
            place = Organisation(id=new_id(), name="Campus Fab", kind="training")
            session.add(place)
            session.flush()
            group = Group(id=new_id(), name="Promotion", organisation_id=place.id)
            session.add(group)
            session.flush()
            self.group = group.id
            self.people = [person(session, "Inès", "Benali"), person(session, "Yanis", "Carrère")]
            self.trainer, self.other = person(session, "Claire", "Fabre"), person(session, "Paul", "Prof")
            grant_role(session, self.trainer, "trainer", NOW, organisation_id=place.id, group_id=self.group)
            grant_role(session, self.other, "trainer", NOW, organisation_id=place.id, group_id=new_group(session))
            version = publish(session, doc)
            enrolled = {"group_id": self.group, "organisation_id": place.id}
            self.enrolments = [enrol(session, one, version, **enrolled) for one in self.people]
            session.add_all(GroupMember(group_id=self.group, person_id=one) for one in self.people)
            for one, name in zip(self.people, ("p-7", "p-8"), strict=True):
                grant_role(session, one, "learner", NOW)
                agent = session.scalars(select(Agent.id).where(Agent.ifi.endswith(f"|{name}"))).one()
                identities.link(session, agent, one, rule="manual", by=world.admin, now=NOW)
        project_dirty(tenant)
        with tenant.read() as session:
            meetings = {it.starts.day: it.key for it in sheets.meetings(session, world.platform)}
        self.shared, self.own = (
            sheets.keep(tenant, world.blobs, world.platform, meetings[day], f"{day}.pdf", io.BytesIO(data),
                        by=world.admin, now=NOW)
            for day, data in ((3, b"%PDF-1.7 all"), (4, b"%PDF-1.7 one"))
        )  # fmt: skip


def new_group(session: object) -> UUID:
    row = Group(id=new_id(), name="Autre")
    session.add(row)
    session.flush()
    return row.id


@pytest.fixture
def kept(installation: Installation, tenant: TenantDatabase, clock: Clock) -> Sheets:
    clock.now = NOW
    return Sheets(installation, tenant)


def test_a_sheet_is_shown_with_its_origin_and_given_to_those_who_may_see_who_is_on_it(
    kept: Sheets, enter: Callable[..., Browser]
) -> None:
    ines, yanis, claire, paul = (enter(one) for one in (*kept.people, kept.trainer, kept.other))
    text = ines.get("/evidence").text.replace("\u00a0", " ").replace("\u202f", " ")
    assert "Feuille signée du 4 novembre (SoWeSign)" in text
    assert text.count("Elle porte aussi les noms des autres") == 2  # the two half-days of the other meeting
    assert f'href="/evidence/sheets/{kept.own}"' in text
    assert f"/evidence/sheets/{kept.shared}" not in text
    assert ines.get(f"/evidence/sheets/{kept.own}").get_data() == b"%PDF-1.7 one"
    assert "SoWeSign" in yanis.get("/evidence").text
    for browser, sheet in ((ines, kept.shared), (yanis, kept.shared), (yanis, kept.own)):
        assert browser.get(f"/evidence/sheets/{sheet}").status_code == 404

    of_ines, of_yanis = (f"/groups/{kept.group}/learner/{one}" for one in kept.enrolments)
    assert f'href="{of_ines}/sheets/{kept.shared}"' in claire.get(of_ines).text
    got = claire.get(f"{of_ines}/sheets/{kept.shared}")
    assert (got.get_data(), got.headers["Cache-Control"]) == (b"%PDF-1.7 all", "no-store")
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert claire.get(f"{of_yanis}/sheets/{kept.own}").status_code == 404
    assert paul.get(f"{of_ines}/sheets/{kept.shared}").status_code in (403, 404)
