"""What the sample place offers: its paths published, its learners enrolled, its séances planned."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.demo.mooc import COURSES as MOOC_COURSES
from hub.demo.sample_moodle import BASES, COMPUTER, MODEL, QUIZ_BASES, REPORT
from hub.demo.sample_parts import made_id
from hub.demo.sample_paths import Writer
from hub.demo.sample_people import GROUPS
from hub.demo.sample_place import Ids, ends_on, entered_on, viewer
from hub.demo.tool_content import COURSES as CAMPUS_COURSES
from hub.domain.attendance import AFTERNOON, LUNCH, MORNING
from hub.domain.path import BindingKind, Modality, PathDocument, Phone
from hub.models.learning import Resource
from hub.services import attendance, catalogue_edit, paths, paths_publish, seances
from hub.services.catalogue import Entry, entries_of
from hub.services.catalogue_edit import EntryData
from hub.services.enrolments import enrol, planned
from hub.services.errors import NotFound
from hub.services.seances import SeanceData

TRAINERS = {"garonne": "claire", "tarn": "mathieu", "canal": "sokhna"}
PLANNED = {f"moodle-{BASES}": (90, 25.0), f"moodle-{MODEL}": (45, 12.0), f"moodle-{COMPUTER}": (90, 6.0),
           f"moodle-{QUIZ_BASES}": (20, 1.0), f"moodle-{REPORT}": (60, 1.0)}  # fmt: skip
"""Minutes and megabytes that the designer adds to what the Moodle tells."""


@dataclass(frozen=True)
class Meeting:
    """A séance to plan: ``day`` from the first day of the group's path; ``only``: those expected, all when empty."""

    key: str
    group: str
    step: str
    way: str
    title: str
    day: int
    starts: time
    ends: time
    room: str = ""
    only: tuple[str, ...] = ()

    @property
    def seance_key(self) -> str:
        """Its name in the sample place."""
        return f"{self.group}/{self.key}"

    @property
    def halves(self) -> tuple[str, ...]:
        """Its half-days, by the names that the roll has for them."""
        morning, afternoon = self.starts < LUNCH[0], self.ends > LUNCH[1]
        return (MORNING,) * morning + (AFTERNOON,) * afternoon


SPARE = {Modality.ON_SITE: 30, Modality.OWN_PACE: 120}
"""Minutes that an agreed plan leaves beyond the first way of every step; one hour for the other modalities."""
AM, PM = (time(9), time(12, 30)), (time(13, 30), time(17))
SITE = ("tom", "mehdi", "lucas")
FIRST = ("sofia", "rayan", "maelle", "aicha")
MEETINGS = (
    Meeting("accueil", "garonne", "accueil", "site", "Accueil du groupe", 0, *AM, "brique"),
    Meeting("securite", "garonne", "securite", "site", "Gestes de sécurité", 1, time(9), time(12), "impression"),
    Meeting("bases-1", "garonne", "bases", "live", "Classe vidéo : les bases, 1", 8, time(14), time(16)),
    Meeting("bases-2", "garonne", "bases", "live", "Classe vidéo : les bases, 2", 10, time(14), time(16)),
    Meeting("bases-site", "garonne", "bases", "site", "Atelier dessin 3D", 9, *AM, "brique", SITE),
    Meeting("questions", "garonne", "modeliser", "live", "Questions sur le dessin", 17, time(14), time(15, 30), "",
            ("fatou", "thuy", "maelle")),
    Meeting("regler-1", "garonne", "regler", "comodal", "Réglage, premier groupe", 15, *AM, "impression", FIRST),
    Meeting("imprimer-1", "garonne", "imprimer", "site", "Atelier impression, premier groupe", 18, time(9), time(17),
            "impression", ("sofia", "rayan")),
    Meeting("atelier", "garonne", "bases", "site", "Atelier dessin 3D", 22, *AM, "brique"),
    Meeting("questions-2", "garonne", "modeliser", "live", "Questions sur le dessin", 24, time(14), time(15)),
    Meeting("vendredi", "garonne", "modeliser", "site", "Atelier du vendredi", 25, *AM, "pastel"),
    Meeting("regler-2", "garonne", "regler", "comodal", "Régler l’imprimante", 29, *AM, "impression"),
    Meeting("imprimer-2", "garonne", "imprimer", "site", "Atelier impression", 31, time(9), time(17), "impression"),
    Meeting("montrer", "garonne", "presenter", "comodal", "Présentations", 45, time(14), time(16), "brique"),
    Meeting("debut", "tarn", "debut", "site", "Accueil et matériel", 1, time(9), time(12), "pastel"),
    Meeting("mots", "tarn", "comptes", "site", "Atelier mots de passe", 8, time(10), time(12), "pastel",
            ("josiane", "gerard", "samira", "moussa")),
    Meeting("ordinateur", "tarn", "ordinateur", "site", "Atelier ordinateur", 15, time(9), time(12), "pastel",
            ("josiane", "gerard", "samira", "hassan")),
    Meeting("demarches", "tarn", "demarches", "site", "Démarches, avec le médiateur", 22, time(10), time(12),
            "pastel", ("josiane", "gerard", "samira", "moussa")),
    Meeting("questions", "tarn", "questions", "live", "Classe des questions", 30, time(14), time(15, 30)),
    Meeting("permanence", "tarn", "questions", "site", "Permanence", 38, time(14), time(15, 30), "pastel"),
    Meeting("lieu", "canal", "lieu", "site", "Visite guidée", 0, *AM, "brique"),
    Meeting("securite", "canal", "securite", "site", "Gestes de sécurité", 7, time(9), time(12), "usinage"),
    Meeting("geste", "canal", "geste", "site", "Plateau usinage", 16, *PM, "usinage"),
    Meeting("afest", "canal", "geste", "afest", "Une journée au poste", 21, time(9), time(17), "", ("enzo", "chloe")),
    Meeting("geste-2", "canal", "geste", "site", "Plateau usinage", 30, *PM, "usinage"),
    Meeting("bilan", "canal", "bilan", "comodal", "Bilan", 44, time(10), time(11, 30), "brique"),
)  # fmt: skip


def starts_at(meeting: Meeting, today: date) -> date:
    """The day of a séance."""
    return entered_on(meeting.group, today) + timedelta(days=meeting.day)


def catalogue_by_name(session: Session) -> dict[str, Entry]:
    """The entries that the paths use: those of campus and MOOC by the end of their address, the Moodle's by id,
    the place's own package."""
    names: dict[str, Entry] = {}
    for entry in entries_of(session, session.scalars(select(Resource).order_by(Resource.id)).all()):
        if entry.kind in (BindingKind.REMOTE_COURSE, BindingKind.REMOTE_MODULE):
            names[f"moodle-{entry.url.rpartition('=')[2]}"] = entry
        elif entry.kind is BindingKind.PACKAGE:
            names["paquet"] = entry
        else:
            names[entry.url.rpartition("/")[2]] = entry
    missing = {*CAMPUS_COURSES, *MOOC_COURSES, *PLANNED, "paquet"} - set(names)
    if missing:
        raise NotFound(resource=", ".join(sorted(missing)))
    return names


def complete_entries(session: Session, ids: Ids, now: datetime) -> None:
    """The designer says how long and how heavy the Moodle's courses are."""
    for name, entry in catalogue_by_name(session).items():
        if name in PLANNED:
            minutes, megabytes = PLANNED[name]
            phone = Phone.DIFFICULT if name != f"moodle-{COMPUTER}" else Phone.YES
            data = EntryData(
                kind=entry.kind, title=entry.title, minutes=minutes, megabytes=megabytes, phone=phone,
                brings=entry.brings,
            )  # fmt: skip
            catalogue_edit.update(session, entry.id, data, by=ids.people["nadia"], now=now)


def publish_paths(session: Session, ids: Ids, now: datetime) -> dict[str, tuple[UUID, PathDocument]]:
    """Create and publish the three paths; gives version and document by group."""
    organisation, by = ids.organisations["generateur"], ids.people["nadia"]
    documents = Writer(catalogue_by_name(session), organisation, ids.organisations["atelier"]).documents()
    found = {}
    for key, document in documents.items():
        draft = paths.create_path(session, document, by=by, now=now, organisation_id=organisation)
        published = paths_publish.publish(session, draft.version_id, draft.revision, migrate=False, by=by, now=now)
        found[key] = (published.version_id, published.document)
    return found


def enrol_learners(
    session: Session, ids: Ids, versions: dict[str, tuple[UUID, PathDocument]], now: datetime, today: date
) -> None:
    """Enrol everybody; stagiaires of the first group have an agreed plan."""
    for group, (version_id, document) in versions.items():
        agreed = {m.value: minutes + SPARE.get(m, 60) for m, minutes in planned(document, {}).items()}
        for learner in GROUPS[group]:
            funded = group == "garonne" and learner.status == "stagiaire"
            row = enrol(
                session,
                ids.people[learner.key],
                version_id,
                by=ids.people["karim"],
                now=now,
                entered_on=entered_on(group, today),
                ends_on=ends_on(group, today),
                group_id=ids.groups[group],
                organisation_id=ids.organisations["generateur"],
                funding="Région" if funded else "",
                agreed_plan={"minutes": agreed} if funded else None,
            )
            ids.enrolments[learner.key] = row.id


def plan_meetings(session: Session, ids: Ids, now: datetime, today: date) -> None:
    """Plan every séance, by its trainer."""
    for meeting in MEETINGS:
        trainer = viewer(session, ids, TRAINERS[meeting.group])
        data = SeanceData(
            title=meeting.title,
            iri=made_id(meeting.group, meeting.step, meeting.way).urn,
            day=starts_at(meeting, today),
            starts=meeting.starts,
            ends=meeting.ends,
            group_id=None if meeting.only else ids.groups[meeting.group],
            trainer_id=trainer.person_id,
            room_id=ids.rooms[meeting.room] if meeting.room else None,
            seats=None if meeting.only else 14,
        )
        row = seances.create(session, trainer, data, now)
        for key in meeting.only:
            attendance.add_person(session, trainer, row.id, ids.people[key], now)
        ids.seances[meeting.seance_key] = row.id
