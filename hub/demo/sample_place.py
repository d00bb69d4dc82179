"""The sample place: people, groups, rooms, partners. Everything that a service makes is made by that service."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from content.xapi.canonical import ifi
from hub.db.types import new_id
from hub.db.vault import Vault
from hub.demo.mooc import COURSES as MOOC_COURSES
from hub.demo.sample_parts import made_id
from hub.demo.sample_people import (
    GROUPS,
    LATE_LINKED,
    LEARNERS,
    STAFF,
    Learner,
    Staff,
    external_id,
    mooc_account,
    number,
)
from hub.demo.tool_content import COURSES as CAMPUS_COURSES
from hub.domain.path import BindingKind, Phone
from hub.domain.roles import Role
from hub.models.person import Group, GroupMember, Organisation, Person
from hub.models.place import Place, Room
from hub.models.platforms import LtiTool
from hub.services import catalogue_edit, identities, platforms, xapi_sources
from hub.services.catalogue_edit import EntryData
from hub.services.dictionaries import agent_ids
from hub.services.platforms import PlatformData
from hub.services.roles import grant_role
from hub.services.settings import set_setting
from lti.scopes import AGS_SCOPES

CLIENT_ID, DEPLOYMENT_ID = "campus-numerique", "generateur-1"
NDA, SIRET = "76310000000", "00000000000000"
"""Placeholders in the right form: the sample place has no registration of its own."""
GROUP_NAMES = {"garonne": "Promotion Garonne", "tarn": "Promotion Tarn", "canal": "Promotion Canal"}
FROM_MONDAY = {"garonne": (-21, 26), "tarn": (-35, 13), "canal": (-28, 19)}
"""First and last day of each group, in days from the Monday of this week."""
ROOMS = (
    ("brique", "Salle Brique", "room", 14, ""),
    ("pastel", "Salle Pastel", "room", 12, ""),
    ("impression", "Plateau impression 3D", "platform", 14, "SEC-ATELIER"),
    ("usinage", "Plateau usinage", "platform", 14, "SEC-ATELIER"),
)


@dataclass(frozen=True)
class Addresses:
    """Where hub and partners answer."""

    hub: str
    moodle: str
    campus: str
    mooc: str


@dataclass(frozen=True)
class Partners:
    """What the place gave its partners, or they gave it: ids of their rows and the MOOC's credential."""

    moodle: UUID
    mooc_key: str
    mooc_secret: str


def person_id(key: str) -> UUID:
    """The id of a person of the sample place."""
    return made_id("person", key)


def group_id(key: str) -> UUID:
    """The id of a group."""
    return made_id("group", key)


def room_id(key: str) -> UUID:
    """The id of a room."""
    return made_id("room", key)


TRAINER_ORG, EMPLOYER = made_id("organisation", "generateur"), made_id("organisation", "atelier")


def entered_on(group: str, today: date) -> date:
    """The first day of a group's path."""
    return today - timedelta(days=today.weekday()) + timedelta(days=FROM_MONDAY[group][0])


def ends_on(group: str, today: date) -> date:
    """Its last day."""
    return today - timedelta(days=today.weekday()) + timedelta(days=FROM_MONDAY[group][1])


def make_people(session: Session, now: datetime, today: date) -> None:
    """Organisations, staff, learners, groups, rooms, settings. ``today`` is the place's own day."""
    set_setting(session, "place", {
        "name": "Le Générateur",
        "tagline": "le hub",
        "address": "Le Générateur, tiers-lieu de compétences, Toulouse",
        "zone": "Europe/Paris",
    })  # fmt: skip
    set_setting(session, "help", {"working_days": 1})
    session.add_all(
        [
            Organisation(id=TRAINER_ORG, name="Le Générateur", kind="training", nda=NDA, siret=SIRET),
            Organisation(id=EMPLOYER, name="Atelier Canal du Midi", kind="employer", siret=SIRET),
        ]
    )
    session.flush()
    for key, name in GROUP_NAMES.items():
        first, last = entered_on(key, today), ends_on(key, today)
        session.add(Group(id=group_id(key), name=name, organisation_id=TRAINER_ORG, starts_on=first, ends_on=last))
    place = made_id("place")
    session.add(
        Place(
            id=place,
            name="Le Générateur",
            address="Quai du Canal, 31000 Toulouse",
            access="Métro à 5 minutes. Entrée de plain-pied.",
        )
    )
    session.add_all(
        Room(id=room_id(key), place_id=place, name=name, kind=kind, seats=seats, needs_skill=skill)
        for key, name, kind, seats, skill in ROOMS
    )
    for member in STAFF:
        _add_staff(session, member, now)
    for key, learners in GROUPS.items():
        for learner in learners:
            _add_learner(session, learner, key, now, entered_on(key, today))
    session.flush()


def _add_staff(session: Session, member: Staff, now: datetime) -> None:
    mail = f"{member.key}@generateur.example"
    row = Person(
        id=person_id(member.key), given_name=member.given, family_name=member.family, email=mail, created_at=now
    )
    session.add(row)
    session.flush()
    role: Role = member.role  # type: ignore[assignment]
    grant_role(session, row.id, role, now, group_id=group_id(member.group) if member.group else None)


def _add_learner(session: Session, learner: Learner, group: str, now: datetime, since: date) -> None:
    row = Person(
        id=person_id(learner.key),
        given_name=learner.given,
        family_name=learner.family,
        email=f"{learner.key}@courriel.example" if learner.mail else None,
        # A number of the range that the regulator keeps for fiction (ARCEP, 06 39 98 xx xx).
        phone=f"06 39 98 00 {number(learner.key):02d}",
        status=learner.status,
        external_id=external_id(learner.key),
        means=learner.means,
        adaptations=list(learner.adaptations),
        created_at=now,
    )
    session.add(row)
    session.flush()
    grant_role(session, row.id, "learner", now, by=person_id("karim"))
    session.add(GroupMember(group_id=group_id(group), person_id=row.id, since=since))


def connect_partners(session: Session, vault: Vault, at: Addresses, moodle_token: str, now: datetime) -> Partners:
    """The three partners as an administrator connects them, and what the place itself puts into the catalogue."""
    by = person_id("karim")
    fab = platforms.add(
        session,
        PlatformData(
            name="Campus Fab", connector="moodle", values={"url": at.moodle, "token": moodle_token, "report": ""}
        ),
        by=by,
        now=now,
    )
    campus = platforms.add(session, PlatformData(name="Campus numérique", base_url=at.campus), by=by, now=now)
    mooc = platforms.add(
        session, PlatformData(name="Occitanie Mooc", base_url=at.mooc, account_home=at.mooc), by=by, now=now
    )
    session.add(_tool(campus.id, at.campus))
    session.flush()
    source, secret = xapi_sources.create_source(
        session, vault, "Occitanie Mooc", ["statements/write", "statements/read/mine"], mooc.id, now, by=by
    )
    _fill_catalogue(session, at, campus.id, mooc.id, now)
    for key in LEARNERS:
        if key != LATE_LINKED:
            link_mooc_account(session, at.mooc, key, now)
    return Partners(fab.id, source.key, secret)


def link_mooc_account(session: Session, mooc: str, key: str, now: datetime) -> None:
    """Say that an account of the MOOC is this learner's, as an administrator does who was shown the account."""
    name = ifi({"objectType": "Agent", "account": {"homePage": mooc, "name": mooc_account(key)}})
    agent = agent_ids(session, [name])[name]
    identities.link(session, agent, person_id(key), rule="administrator", by=person_id("karim"), now=now)


def _tool(platform_id: UUID, base: str) -> LtiTool:
    return LtiTool(
        id=new_id(),
        platform_id=platform_id,
        client_id=CLIENT_ID,
        deployment_id=DEPLOYMENT_ID,
        registration={
            "login_initiation_url": f"{base}/login",
            "redirect_uris": [f"{base}/launch"],
            "target_link_uri": f"{base}/launch",
            "jwks_uri": f"{base}/jwks",
            "scopes": sorted(AGS_SCOPES),
            "privacy": {"name": True},
        },
    )


def _fill_catalogue(session: Session, at: Addresses, campus: UUID, mooc: UUID, now: datetime) -> None:
    by = person_id("nadia")
    entries: list[EntryData] = []
    for course in CAMPUS_COURSES.values():
        entries.append(_own(BindingKind.LTI_LINK, course.title, f"{at.campus}/course/{course.slug}", campus,
                            course.minutes, 0.2))  # fmt: skip
    for lesson in MOOC_COURSES.values():
        address = f"{at.mooc}/courses/{lesson.slug}"
        entries.append(_own(BindingKind.ACTIVITY, lesson.title, address, mooc, 60, 8))
    entries.append(
        EntryData(
            kind=BindingKind.WEB,
            title="Le lexique de l’atelier",
            url="https://fr.wikipedia.org/wiki/Impression_3D",
            minutes=15,
            megabytes=1,
        )
    )
    for data in entries:
        catalogue_edit.create(session, data, by=by, now=now)


def _own(kind: BindingKind, title: str, url: str, platform: UUID, minutes: int, megabytes: float) -> EntryData:
    return EntryData(
        kind=kind,
        title=title,
        url=url,
        iri=url if kind is BindingKind.ACTIVITY else "",
        platform_id=platform,
        minutes=minutes,
        megabytes=megabytes,
        phone=Phone.YES,
        brings=catalogue_edit.USUAL[kind],
    )


def addresses_of(found: Mapping[str, str]) -> Addresses:
    """Addresses by name as ``hub.demo.servers.addresses`` gives them."""
    return Addresses(found["hub"], found["moodle"], found["campus"], found["mooc"])
