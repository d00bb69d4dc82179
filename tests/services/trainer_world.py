"""A small group for the trainer's tests: a séance activity, a quiz, a word of the trainer; all through the services."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from hub.db.base import new_id
from hub.db.uow import TenantDatabase
from hub.domain.path import Activity, Binding, BindingKind, Modality
from hub.domain.roles import Grant, Viewer
from hub.models.person import Group, GroupMember, Organisation
from hub.models.place import Place, Room
from hub.services import seances
from tests.services.builders import activity, brings, document, enrol, person, publish, rule, step

WORKSHOP, QUIZ = "urn:uuid:0b8a9a5e-6d0f-4f39-9d52-9d4f6a1f2c11", "https://lms.example/quiz/1"
NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
DAY = date(2026, 11, 24)


@dataclass
class World:
    """Ids of what was made; ``viewer`` is a trainer of the group."""

    tenant: TenantDatabase
    organisation: UUID
    group: UUID
    trainer: UUID
    people: list[UUID]
    enrolments: list[UUID]
    version: UUID
    room: UUID
    viewer: Viewer
    steps: list[UUID]

    def data(self, **more: Any) -> seances.SeanceData:
        """A séance of the group on 24 November, 9 h to 17 h, unless ``more`` says otherwise."""
        plain: dict[str, Any] = {
            "title": "Atelier dessin 3D",
            "iri": WORKSHOP,
            "day": DAY,
            "starts": time(9),
            "ends": time(17),
            "group_id": self.group,
            "trainer_id": self.trainer,
            "room_id": self.room,
        }
        return seances.SeanceData(**{**plain, **more})

    def plan(self, **more: Any) -> UUID:
        """Plan that séance."""
        with self.tenant.write() as session:
            return seances.create(session, self.viewer, self.data(**more), NOW).id


def workshop(minutes: int = 390) -> Activity:
    """An activity of kind séances."""
    binding = Binding(kind=BindingKind.SEANCES, iri=WORKSHOP, brings=brings("attended", way="roll"))
    return Activity(title="Atelier dessin 3D", modality=Modality.COMODAL, minutes=minutes, binding=binding)


def make(tenant: TenantDatabase, learners: int = 3) -> World:
    """Learners Inès Benali, Yanis Carrère, Tom Estève… in « Promotion Garonne », enrolled in a path of three steps."""
    names = [("Inès", "Benali"), ("Yanis", "Carrère"), ("Tom", "Estève"), ("Fatou", "Gueye"), ("Sofia", "Lopez")]
    doc = document(
        step("Atelier dessin", workshop(), rule=rule(("attended", 0.8))),
        step("Quiz", activity(QUIZ, "score", minutes=20), rule=rule(("score", 0.7))),
        step(
            "Présenter son travail",
            activity("https://lms.example/show", "completed", minutes=30),
            rule=rule(("completed", None), ("validated", None), mode="any"),
        ),
    )
    with tenant.write() as session:
        organisation, group = _group(session)
        trainer = person(session, "Claire", "Fabre")
        people = [person(session, *names[i % 5], email=f"p{i}@example.fr") for i in range(learners)]
        version = publish(session, doc)
        enrolments = [enrol(session, p, version, group_id=group, organisation_id=organisation) for p in people]
        session.add_all(GroupMember(group_id=group, person_id=p) for p in people)
        place = Place(id=new_id(), name="Le Générateur")
        session.add(place)
        session.flush()
        room = Room(id=new_id(), place_id=place.id, name="Salle Brique")
        session.add(room)
    viewer = Viewer(trainer, "Claire Fabre", "fr", (Grant("trainer", organisation, group),))
    return World(
        tenant, organisation, group, trainer, people, enrolments, version, room.id, viewer, [s.id for s in doc.steps()]
    )


def _group(session: Session) -> tuple[UUID, UUID]:
    organisation = Organisation(id=new_id(), name="Campus Fab", kind="training")
    session.add(organisation)
    session.flush()
    group = Group(id=new_id(), name="Promotion Garonne", organisation_id=organisation.id)
    session.add(group)
    session.flush()
    return organisation.id, group.id
