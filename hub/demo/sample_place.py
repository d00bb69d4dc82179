"""The sample place: people, groups, rooms, partners, each made by the service that an administrator would use."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from content.xapi.canonical import ifi
from hub.db.types import new_id
from hub.db.vault import Vault
from hub.demo.mooc import COURSES as MOOC_COURSES
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
from hub.domain.roles import Viewer
from hub.models.person import Person
from hub.services import (
    catalogue_edit,
    groups_admin,
    identities,
    my_data,
    organisations,
    people,
    place_admin,
    platform_admin,
    platforms,
    xapi_sources,
)
from hub.services.catalogue_edit import EntryData
from hub.services.dictionaries import agent_ids
from hub.services.errors import NotFound
from hub.services.groups_admin import GroupData
from hub.services.organisations import OrganisationData
from hub.services.people import PersonData
from hub.services.place_admin import PlaceData, RoomData, SettingsData
from hub.services.platform_admin import ToolData
from hub.services.platforms import PlatformData
from hub.services.roles import grant_role, viewer_of
from hub.services.settings import set_setting
from lti.scopes import AGS_SCOPES

GROUP_NAMES = {"garonne": "Promotion Garonne", "tarn": "Promotion Tarn", "canal": "Promotion Canal"}
FROM_MONDAY = {"garonne": (-21, 26), "tarn": (-35, 13), "canal": (-28, 19)}
"""First and last day of each group, in days from the Monday of this week."""
# Invented numbers in the right form: NDA of the region 76, SIRET with a right control digit.
ORGANISATIONS = {
    "generateur": OrganisationData("Le Générateur", "training", "76310000000", "12345678200010"),
    "atelier": OrganisationData("Atelier Canal du Midi", "employer", "", "12345678200028"),
}
ROOMS = {
    "brique": RoomData("Salle Brique", "room", 14),
    "pastel": RoomData("Salle Pastel", "room", 12),
    "impression": RoomData("Plateau impression 3D", "technical_platform", 14, "SEC-ATELIER"),
    "usinage": RoomData("Plateau usinage", "technical_platform", 14, "SEC-ATELIER"),
}
DOORS_SETTING = "demo"
"""Setting that names the people behind the doors of the demo, by key."""


@dataclass(frozen=True)
class Addresses:
    """Where hub and partners answer."""

    hub: str
    moodle: str
    campus: str
    mooc: str


@dataclass
class Ids:
    """Ids of what was made, by the keys of the sample place."""

    people: dict[str, UUID] = field(default_factory=dict)
    groups: dict[str, UUID] = field(default_factory=dict)
    rooms: dict[str, UUID] = field(default_factory=dict)
    organisations: dict[str, UUID] = field(default_factory=dict)
    enrolments: dict[str, UUID] = field(default_factory=dict)
    seances: dict[str, UUID] = field(default_factory=dict)

    def as_json(self) -> dict[str, dict[str, str]]:
        """As texts."""
        return {name: {key: str(value) for key, value in table.items()} for name, table in vars(self).items()}

    @classmethod
    def from_json(cls, told: Mapping[str, Mapping[str, str]]) -> "Ids":
        """From texts. Raises ValueError, TypeError."""
        return cls(**{name: {key: UUID(value) for key, value in table.items()} for name, table in told.items()})


@dataclass(frozen=True)
class Partners:
    """What the place gave its partners, or they gave it."""

    moodle: UUID
    tool_client: str
    tool_deployment: str
    mooc_key: str
    mooc_secret: str = field(repr=False)


def entered_on(group: str, today: date) -> date:
    """The first day of a group's path."""
    return today - timedelta(days=today.weekday()) + timedelta(days=FROM_MONDAY[group][0])


def ends_on(group: str, today: date) -> date:
    """Its last day."""
    return today - timedelta(days=today.weekday()) + timedelta(days=FROM_MONDAY[group][1])


def viewer(session: Session, ids: Ids, key: str) -> Viewer:
    """Somebody of the place with their roles. Raises NotFound."""
    found = viewer_of(session, ids.people[key])
    if found is None:
        raise NotFound("person_not_found")
    return found


def make_people(session: Session, now: datetime, today: date) -> Ids:
    """Organisations, staff, learners, groups, rooms, settings. ``today`` is the place's own day."""
    ids = Ids()
    admin = _first_administrator(session, ids, now)
    for key, organisation in ORGANISATIONS.items():
        row = organisations.add(session, organisation, by=admin.person_id, now=now)
        ids.organisations[key] = row.id
    for key, name in GROUP_NAMES.items():
        data = GroupData(name, ids.organisations["generateur"], entered_on(key, today), ends_on(key, today))
        ids.groups[key] = groups_admin.add(session, admin, data, now=now).id
    _make_site(session, ids, now)
    for member in STAFF:
        if member.key not in ids.people:
            _add_staff(session, admin, ids, member, now)
    for key, learners in GROUPS.items():
        for learner in learners:
            _add_learner(session, admin, ids, learner, key, now)
    set_setting(session, DOORS_SETTING, {"people": {key: str(value) for key, value in ids.people.items()}})
    return ids


def _first_administrator(session: Session, ids: Ids, now: datetime) -> Viewer:
    """The one person whom nobody in the hub can create."""
    first = next(member for member in STAFF if member.role == "administrator")
    row = Person(id=new_id(), given_name=first.given, family_name=first.family, email=_mail(first), created_at=now)
    session.add(row)
    session.flush()
    grant_role(session, row.id, "administrator", now)
    session.flush()
    ids.people[first.key] = row.id
    return viewer(session, ids, first.key)


def _make_site(session: Session, ids: Ids, now: datetime) -> None:
    by = ids.people["karim"]
    address = "Le Générateur, tiers-lieu de compétences, Toulouse"
    place_admin.put_settings(session, SettingsData("Le Générateur", "le hub", address), by=by, now=now)
    site = PlaceData(
        "Le Générateur",
        "Quai du Canal, 31000 Toulouse",
        access="Métro à 5 minutes. Entrée de plain-pied.",
    )
    place = place_admin.put_place(session, None, site, by=by, now=now)
    for key, data in ROOMS.items():
        ids.rooms[key] = place_admin.put_room(session, place.id, None, data, by=by, now=now).id


def _mail(member: Staff) -> str:
    return f"{member.key}@generateur.example"


def _add_staff(session: Session, admin: Viewer, ids: Ids, member: Staff, now: datetime) -> None:
    data = PersonData(member.given, member.family, _mail(member), status="salarié")
    row = people.create(session, admin, data, now=now, role="" if member.group else member.role)
    ids.people[member.key] = row.id
    if member.group:
        groups_admin.train(session, admin, ids.groups[member.group], row.id, now=now)


def _add_learner(session: Session, admin: Viewer, ids: Ids, learner: Learner, group: str, now: datetime) -> None:
    data = PersonData(
        learner.given,
        learner.family,
        f"{learner.key}@courriel.example" if learner.mail else "",
        # A number of the range that the regulator keeps for fiction (ARCEP, 06 39 98 xx xx).
        f"06 39 98 00 {number(learner.key):02d}",
        status=learner.status,
        external_id=external_id(learner.key),
    )
    row = people.create(session, admin, data, now=now, group_id=ids.groups[group])
    my_data.set_means(session, row.id, learner.means, list(learner.adaptations), now, by=row.id)
    ids.people[learner.key] = row.id


def connect_partners(
    session: Session, vault: Vault, ids: Ids, at: Addresses, moodle_token: str, now: datetime
) -> Partners:
    """The three partners as an administrator connects them, and what the place itself puts into the catalogue."""
    by = ids.people["karim"]
    settings = {"url": at.moodle, "token": moodle_token, "report": ""}
    known = PlatformData(name="Campus Fab", connector="moodle", values=settings)
    fab = platforms.add(session, known, by=by, now=now)
    campus = platforms.add(session, PlatformData(name="Campus numérique", base_url=at.campus), by=by, now=now)
    told = PlatformData(name="Occitanie Mooc", base_url=at.mooc, account_home=at.mooc)
    mooc = platforms.add(session, told, by=by, now=now)
    tool = ToolData(
        login_initiation_url=f"{at.campus}/login",
        target_link_uri=f"{at.campus}/launch",
        redirect_uris=[f"{at.campus}/launch"],
        jwks_uri=f"{at.campus}/jwks",
        scopes=sorted(AGS_SCOPES),
        name=True,
    )
    registered = platform_admin.register_tool(session, campus.id, tool, by=by, now=now, development=True)
    scopes = ["statements/write", "statements/read/mine"]
    source, secret = xapi_sources.create_source(session, vault, "Occitanie Mooc", scopes, mooc.id, now, by=by)
    _fill_catalogue(session, at, campus.id, mooc.id, ids.people["nadia"], now)
    for key in LEARNERS:
        if key != LATE_LINKED:
            link_mooc_account(session, ids, at.mooc, key, now)
    return Partners(fab.id, registered.client_id, registered.deployment_id, source.key, secret)


def link_mooc_account(session: Session, ids: Ids, mooc: str, key: str, now: datetime) -> None:
    """Say that an account of the MOOC is this learner's, as an administrator does who was shown the account."""
    name = ifi({"objectType": "Agent", "account": {"homePage": mooc, "name": mooc_account(key)}})
    agent = agent_ids(session, [name])[name]
    identities.link(session, agent, ids.people[key], rule="administrator", by=ids.people["karim"], now=now)


def _fill_catalogue(session: Session, at: Addresses, campus: UUID, mooc: UUID, by: UUID, now: datetime) -> None:
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
