"""A learner's world for tests and for looking at pages: a place, a group, its trainer and mediator, a path of nine
steps in four modules, séances, a platform. All through the services."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from content.xapi.canonical import ifi
from content.xapi.emit import register_statement
from content.xapi.readings import Kind
from hub.db.base import new_id
from hub.db.types import to_micros
from hub.db.uow import TenantDatabase
from hub.domain.path import (
    Activity,
    Binding,
    BindingKind,
    Brings,
    Condition,
    EvidenceKind,
    Instructions,
    Modality,
    Module,
    Needs,
    PathDocument,
    Phone,
    Rule,
    Skill,
    SkillPrerequisite,
    Step,
    StepPrerequisite,
    Variant,
    Way,
    Window,
)
from hub.domain.progress import activity_iris
from hub.models.learning import Resource
from hub.models.person import Group, GroupMember, Organisation, Person
from hub.models.place import Place, Room, Seance
from hub.models.platforms import Platform
from hub.services.identities import hub_agent, own_agent_id
from hub.services.ledger import ingest
from hub.services.projection import project_dirty
from hub.services.roles import grant_role
from hub.services.settings import set_setting
from hub.services.source import hub_source
from tests.services import builders
from tests.web.conftest import Browser

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MOODLE = "https://campus-fab.example"


@dataclass
class World:
    """Keys of what was made. ``steps`` by short name; the document has the rest."""

    learner: UUID
    stranger: UUID
    trainer: UUID
    other_trainer: UUID
    mediator: UUID
    administrator: UUID
    group: UUID
    platform: UUID
    version: UUID
    enrolment: UUID
    document: PathDocument
    steps: dict[str, Step] = field(default_factory=dict)

    def url(self, name: str) -> str:
        """Address of a step's page."""
        return f"/path/{self.enrolment}/step/{self.steps[name].id}"


def activity(title: str, modality: Modality, minutes: int, kind: BindingKind, **more: Any) -> Activity:
    needs = Needs(phone=more.pop("phone", Phone.YES), megabytes=more.pop("megabytes", 0),
                  computer=more.pop("computer", False))  # fmt: skip
    brings = tuple(Brings(kind=EvidenceKind(k), way=way) for k, way in more.pop("brings", ()))
    return Activity(title=title, modality=modality, minutes=minutes, needs=needs,
                    binding=Binding(kind=kind, brings=brings, **more))  # fmt: skip


def way(*activities: Activity, title: str = "") -> Variant:
    return Variant(title=title, activities=activities)


def asks(kind: str, at_least: float | None = None, **more: Any) -> Rule:
    return Rule(terms=(Condition(kind=EvidenceKind(kind), at_least=at_least, **more),))


def on_site(title: str, minutes: int) -> Variant:
    brings = (("attended", Way.ROLL),)
    return way(activity(title, Modality.ON_SITE, minutes, BindingKind.SEANCES, brings=brings))


def live(title: str, minutes: int) -> Variant:
    brings = (("attended", Way.ROLL),)
    return way(activity(title, Modality.REMOTE_LIVE, minutes, BindingKind.SEANCES, megabytes=300, brings=brings))


def course(session: Session, platform: UUID, title: str, minutes: int, *, kind: str = "completed") -> Variant:
    """A course of the platform, which the hub reads by web services."""
    number = new_id()
    iri = f"{MOODLE}/mod/quiz/view.php?id={number.int % 1000}"
    row = Resource(id=number, kind="remote_module", title=title, iri=iri, url=iri, platform_id=platform,
                   created_at=NOW)  # fmt: skip
    session.add(row)
    session.flush()
    brings = ((kind, Way.WEB_SERVICES),)
    return way(
        activity(title, Modality.OWN_PACE, minutes, BindingKind.REMOTE_MODULE, iri=iri, resource_id=row.id,
                 brings=brings, megabytes=12, phone=Phone.DIFFICULT, computer=True)
    )  # fmt: skip


def path_document(session: Session, platform: UUID) -> tuple[PathDocument, dict[str, Step]]:
    """« Fabriquer une pièce en 3D »: nine steps, four modules."""
    welcome = Step(title="Accueil et projet", rule=asks("attended"), variants=(on_site("Accueil", 210),))
    safety = Step(
        title="Sécurité à l’atelier", rule=asks("attended"), valid_for_days=290,
        skills=(Skill(code="SECU", label="sécurité à l’atelier"),), variants=(on_site("Sécurité", 180),),
    )  # fmt: skip
    plan = Step(title="Lire un plan", rule=asks("completed"), variants=(course(session, platform, "Lire un plan", 60),))
    basics = Step(
        title="Dessin 3D : les bases", rule=asks("score", 0.6),
        variants=(course(session, platform, "Les bases", 240, kind="score"), live("Dessin en direct", 240)),
    )  # fmt: skip
    quiz = Step(title="Quiz : le vocabulaire", rule=asks("passed"),
                variants=(course(session, platform, "Quiz", 20, kind="passed"),))  # fmt: skip
    hand_in = activity("Votre pièce", Modality.OWN_PACE, 0, BindingKind.DEPOSIT, brings=(("accepted", Way.DEPOSIT),))
    own_pace = course(session, platform, "Modéliser une pièce", 45)
    model = Step(
        title="Modéliser une pièce",
        plain="Vous dessinez votre première pièce en 3D. Un modèle vous guide, clic après clic.",
        objectives="dessiner une pièce simple et changer ses mesures",
        instructions=Instructions(
            do="suivre le modèle du support de téléphone, puis changer ses mesures.",
            bring="les mesures de votre téléphone, en millimètres.",
            hand_in="un fichier de votre pièce, avant dimanche 29 novembre.",
            who_answers="Claire Fabre, sous un jour ouvré.",
        ),
        rule=asks("accepted"),
        prerequisites=(StepPrerequisite(step_id=welcome.id), SkillPrerequisite(skill="SECU")),
        window=Window(closes_on=date(2026, 11, 29)),
        variants=(
            Variant(activities=(*own_pace.activities, hand_in)),
            live("Questions sur le dessin", 90), on_site("Atelier dessin 3D", 210),
        ),
    )  # fmt: skip
    printer = Step(
        title="Régler l’imprimante", rule=asks("attended"), window=Window(opens_on=date(2026, 12, 1)),
        variants=(way(activity("Réglages", Modality.COMODAL, 210, BindingKind.SEANCES)),),
    )  # fmt: skip
    make = Step(
        title="Imprimer ma pièce", rule=asks("validated"), prerequisites=(StepPrerequisite(step_id=model.id),),
        variants=(on_site("Impression", 420), way(activity("En entreprise", Modality.AFEST, 420, BindingKind.ACTIVITY,
                                                           iri="urn:afest:1"))),
    )  # fmt: skip
    show = Step(
        title="Présenter son travail", rule=asks("validated"), prerequisites=(StepPrerequisite(step_id=make.id),),
        variants=(way(activity("Présentation", Modality.COMODAL, 120, BindingKind.SEANCES)),),
    )  # fmt: skip
    document = PathDocument(
        title="Fabriquer une pièce en 3D",
        modules=(
            Module(title="Prendre pied", steps=(welcome, safety)),
            Module(title="Dessiner", steps=(plan, basics, quiz, model)),
            Module(title="Fabriquer", steps=(printer, make)),
            Module(title="Montrer", steps=(show,)),
        ),
    )
    names = ("welcome", "safety", "plan", "basics", "quiz", "model", "printer", "make", "show")
    return document, dict(zip(names, document.steps(), strict=True))


def person(session: Session, given: str, family: str, *roles: str, group: UUID | None = None, **more: Any) -> UUID:
    row = Person(id=new_id(), given_name=given, family_name=family, created_at=NOW, **more)
    session.add(row)
    session.flush()
    for role in roles:
        grant_role(session, row.id, role, NOW, group_id=group)
    return row.id


def tell(
    session: Session,
    learner: UUID,
    step: Step,
    kind: Kind,
    value: float | None,
    *,
    minutes: float | None = None,
    when: datetime = NOW,
    iri: str = "",
) -> None:
    """The hub's word on the first activity of a step: a register, told at ``when``."""  # fmt: skip
    own_agent_id(session, learner)
    actor = hub_agent(learner)
    name = iri or activity_iris(step.variants[0].activities[0])[0]
    statement = register_statement(
        actor, None, name, source="hub", series_key=("hub", ifi(actor), name, kind, ""), revision=to_micros(when),
        kind=kind, value=value, minutes=minutes, at=when.isoformat(),
    )  # fmt: skip
    ingest(session, [statement], hub_source(), when)


def build(tenant: TenantDatabase) -> World:
    """Make it all. Inès has done two steps; nothing is opened, claimed or handed in yet."""
    with tenant.write() as session:
        set_setting(session, "place", {"name": "Le Générateur", "tagline": "le hub", "zone": "Europe/Paris"})
        organisation = Organisation(id=new_id(), name="Le Générateur", kind="training")
        session.add(organisation)
        session.flush()
        group = Group(id=new_id(), name="Promotion Garonne", organisation_id=organisation.id)
        platform = Platform(
            id=new_id(), name="le Moodle de Campus Fab", connector="moodle", base_url=MOODLE, account_home=MOODLE,
            created_at=NOW, last_read_at=NOW - timedelta(hours=4), next_read_at=NOW + timedelta(hours=2),
        )  # fmt: skip
        session.add_all([group, platform])
        session.flush()
        world_people = {
            "learner": person(session, "Inès", "Benali", "learner", email="ines@example.org",
                              means={"device": "phone", "line": "poor", "hours": "evening", "travel": "hard"}),
            "stranger": person(session, "Tom", "Estève", "learner"),
            "trainer": person(session, "Claire", "Fabre", "trainer", group=group.id),
            "other_trainer": person(session, "Ahmed", "Ziani", "trainer", group=_other_group(session)),
            "mediator": person(session, "Samir", "Haddad", "mediator"),
            "administrator": person(session, "Nadia", "Roux", "administrator"),
        }  # fmt: skip
        document, steps = path_document(session, platform.id)
        version = builders.publish(session, document)
        learner = world_people["learner"]
        session.add(GroupMember(group_id=group.id, person_id=learner, since=date(2026, 11, 2)))
        enrolment = builders.enrol(
            session, learner, version, group_id=group.id, organisation_id=organisation.id, ends_on=date(2026, 12, 18)
        )
        own_agent_id(session, learner)
        tell(session, learner, steps["welcome"], Kind.ATTENDED, 1.0, minutes=210, when=NOW - timedelta(days=20))
        tell(session, learner, steps["safety"], Kind.ATTENDED, 1.0, minutes=180, when=NOW - timedelta(days=13))
        _seances(session, group.id, organisation.id, world_people["trainer"], steps)
    project_dirty(tenant)
    return World(**world_people, group=group.id, platform=platform.id, version=version, enrolment=enrolment,
                 document=document, steps=steps)  # fmt: skip


def _other_group(session: Session) -> UUID:
    row = Group(id=new_id(), name="Promotion Canal")
    session.add(row)
    session.flush()
    return row.id


def _seances(session: Session, group: UUID, organisation: UUID, trainer: UUID, steps: dict[str, Step]) -> None:
    place = Place(id=new_id(), name="Halle de Toulouse", address="12 rue de la Brique, Toulouse",
                  access="Métro A, arrêt Arènes. Ascenseur à droite de l’entrée.")  # fmt: skip
    session.add(place)
    session.flush()
    room = Room(id=new_id(), place_id=place.id, name="salle Brique, 1er étage")
    session.add(room)
    session.flush()
    model = steps["model"]

    def seance(title: str, step: Step, variant: int, day: date, starts: time, ends: time, **more: Any) -> Seance:
        activity = step.variants[variant].activities[0]
        return Seance(id=new_id(), title=title, iri=activity_iris(activity)[0], modality=activity.modality.value,
                      group_id=group, organisation_id=organisation, trainer_id=trainer, day=day, starts=starts,
                      ends=ends, **more)  # fmt: skip

    session.add_all([
        seance("Accueil", steps["welcome"], 0, date(2026, 11, 3), time(9), time(12, 30), room_id=room.id),
        seance("Atelier dessin 3D", model, 2, date(2026, 11, 24), time(9), time(12, 30), room_id=room.id),
        seance("Questions sur le dessin", model, 1, date(2026, 11, 26), time(14), time(15, 30),
               meeting_url="https://visio.example/dessin"),
    ])  # fmt: skip
    session.flush()


@pytest.fixture
def world(tenant: TenantDatabase) -> World:
    """Inès and her path."""
    return build(tenant)


@pytest.fixture
def ines(world: World, enter: Callable[..., Browser]) -> Browser:
    """Inès' browser."""
    return enter(world.learner)


def plain(text: str) -> str:
    """The page with ordinary blanks instead of unbreakable ones."""
    return text.replace("\u202f", " ").replace("\u00a0", " ")
