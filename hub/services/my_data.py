"""What the hub holds on a person, for that person: to see, to take along, to put right (RGPD articles 15, 16 and
20)."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from hub.db.blobs import BlobStore
from hub.db.uow import TenantDatabase
from hub.models.learning import Claim, Deposit, Enrolment, HelpMessage, HelpRequest, Launch, LearningPath
from hub.models.person import Account, Group, GroupMember, Person, RoleGrant
from hub.models.place import Attendance
from hub.models.platforms import Platform
from hub.models.play import PlayAttempt, PlayShared
from hub.models.river import Agent, AgentDay, Document, Ledger, StatementAgent
from hub.services import my_attachments
from hub.services.cards import in_force
from hub.services.errors import NotFound
from hub.services.journal import record
from hub.services.play import scorm_shared
from hub.services.remote_site import site_of
from hub.services.source import HUB_HOME

PAGE = 500

DEVICES = ("computer", "shared", "phone", "none")
LINES = ("good", "poor", "none")
TRAVELS = ("easy", "hard")
HOURS = ("day", "evening", "irregular")
ADAPTATIONS = (
    "on_site", "own_pace", "more_time", "breaks", "large_text", "captions", "easy_words", "read_aloud", "step_free",
)  # fmt: skip
"""What may be asked for: ways of working, never a diagnosis or its proof. ``on_site`` and ``own_pace`` are
modalities."""


@dataclass(frozen=True, slots=True)
class Identity:
    """How one platform names the person. ``label``: for people; ``traces``: statements that name this identity as
    actor."""

    label: str
    platform: str
    traces: int


@dataclass(frozen=True, slots=True)
class EnrolmentLine:
    """A path the person follows or followed."""

    title: str
    state: str
    entered_on: str
    funding: str


@dataclass(frozen=True, slots=True)
class Holdings:
    """Everything by kind; ``counts`` numbers the rows of the kinds too long to list."""

    person: dict[str, Any]
    login: str | None
    has_card: bool
    roles: tuple[str, ...]
    groups: tuple[str, ...]
    enrolments: tuple[EnrolmentLine, ...]
    identities: tuple[Identity, ...]
    counts: dict[str, int]
    means: dict[str, Any]
    adaptations: tuple[str, ...]


_COUNTED: dict[str, Any] = {
    "attendance": Attendance,
    "launches": Launch,
    "attempts": PlayAttempt,
    "contents": PlayShared,
    "help_requests": HelpRequest,
}
_OF_ENROLMENTS: dict[str, Any] = {"deposits": Deposit, "claims": Claim}


def given_name(session: Session, person_id: UUID) -> str:
    """The given name of a person. Raises NotFound."""
    return _person(session, person_id).given_name


def set_language(session: Session, person_id: UUID, code: str) -> None:
    """Make ``code`` (one of ``hub.texts.LANGUAGES``) the person's own language. Raises NotFound."""
    _person(session, person_id).language = code


def set_means(
    session: Session, person_id: UUID, means: dict[str, Any], adaptations: list[str], now: datetime, *, by: UUID
) -> None:
    """Replace the person's means and the adaptations they ask for; an empty choice says nothing and is not kept.

    ``means`` as ``hub.domain.advice.advise`` reads them. Raises NotFound.
    """
    person = _person(session, person_id)
    person.means = {**person.means, **means}
    person.means = {name: value for name, value in person.means.items() if value not in ("", None)}
    person.adaptations = [a for a in ADAPTATIONS if a in adaptations]
    record(session, now, by, "person.means_changed", "person", person_id)


def holdings(session: Session, person_id: UUID) -> Holdings:
    """What the hub holds on a person. Raises NotFound."""
    person = _person(session, person_id)
    login = session.scalar(select(Account.login).where(Account.person_id == person_id))
    groups = session.scalars(
        select(Group.name).join(GroupMember, GroupMember.group_id == Group.id).where(GroupMember.person_id == person_id)
    )
    roles = session.scalars(select(RoleGrant.role).where(RoleGrant.person_id == person_id).distinct())
    counts = {
        name: _count(session, select(func.count(model.id)).where(model.person_id == person_id))
        for name, model in _COUNTED.items()
    }
    for name, model in _OF_ENROLMENTS.items():
        joined = select(func.count(model.id)).join(Enrolment, Enrolment.id == model.enrolment_id)
        counts[name] = _count(session, joined.where(Enrolment.person_id == person_id))
    return Holdings(
        person=_plain_person(person),
        login=login,
        has_card=in_force(session, person_id) is not None,
        roles=tuple(sorted(roles)),
        groups=tuple(sorted(groups)),
        enrolments=tuple(_enrolments(session, person_id)),
        identities=tuple(_identities(session, person_id)),
        counts=counts,
        means=dict(person.means),
        adaptations=tuple(person.adaptations),
    )


def export(tenant: TenantDatabase, blobs: BlobStore, person_id: UUID, now: datetime) -> Iterator[bytes]:
    """The same and every row behind it as one JSON document, in pieces; each page of rows is a short unit of its own.
    What came along with the statements is in it, in base64.

    Raises NotFound at the first piece.
    """
    with tenant.read() as session:
        held = asdict(holdings(session, person_id))
        messages = [
            {"at": message.at, "text": message.text}
            for message in session.scalars(select(HelpMessage).where(HelpMessage.author_id == person_id))
        ]
        attendance = [
            {"half_day": row.half_day, "presence": row.presence, "minutes": row.minutes, "marked_at": row.marked_at}
            for row in session.scalars(select(Attendance).where(Attendance.person_id == person_id))
        ]
        kept = scorm_shared.everything(session, person_id)
        agents = list(session.scalars(select(Agent.id).where(Agent.person_id == person_id)))
    rows = {"attendance": attendance, "help_messages": messages, "kept_by_contents": kept}
    head = {"exported_at": now, **held, **rows}
    yield orjson.dumps(head)[:-1] + b',"statements":['
    first = True
    for agent_id in agents:
        for text in _statements(tenant, agent_id):
            yield (b"" if first else b",\n") + text.encode()
            first = False
    yield b'],"attachments":['
    yield from my_attachments.as_json(tenant, blobs, agents)
    yield b'],"documents":['
    with tenant.read() as session:
        found = [_document(row) for row in session.scalars(select(Document).where(Document.agent_id.in_(agents)))]
    yield b",\n".join(found) + b"]}\n"


def _document(row: Document) -> bytes:
    """A document that activities keep on the person: where to resume, preferences."""
    content = row.content.decode("utf-8", "replace")
    told = {"resource": row.resource, "name": row.name, "registration": row.registration}
    return orjson.dumps(told | {"content_type": row.content_type, "content": content})


def _statements(tenant: TenantDatabase, agent_id: int) -> Iterator[str]:
    """The texts of an identity's statements, page by page (``my_attachments.ROLES``)."""
    after = 0
    while True:
        with tenant.read() as session:
            own = select(Ledger.seq).where(Ledger.agent_id == agent_id, Ledger.seq > after)
            named = select(StatementAgent.seq).where(
                StatementAgent.agent_id == agent_id,
                StatementAgent.role.in_(my_attachments.ROLES),
                StatementAgent.seq > after,
            )
            both = union(own, named).subquery()
            query = select(Ledger.seq, Ledger.text).join(both, both.c.seq == Ledger.seq)
            rows = session.execute(query.order_by(Ledger.seq).limit(PAGE)).all()
        for _seq, text in rows:
            yield text
        if len(rows) < PAGE:
            return
        after = rows[-1][0]


def _person(session: Session, person_id: UUID) -> Person:
    person = session.get(Person, person_id)
    if person is None or person.erased_at is not None:
        raise NotFound("person_not_found")
    return person


def _plain_person(person: Person) -> dict[str, Any]:
    names = (
        "given_name",
        "family_name",
        "email",
        "phone",
        "language",
        "birth_date",
        "status",
        "external_id",
        "created_at",
    )
    return {name: getattr(person, name) for name in names}


def _count(session: Session, query: Any) -> int:
    return int(session.scalar(query) or 0)


def _enrolments(session: Session, person_id: UUID) -> Iterator[EnrolmentLine]:
    query = (
        select(LearningPath.title, Enrolment.state, Enrolment.entered_on, Enrolment.funding)
        .join(LearningPath, LearningPath.id == Enrolment.path_id)
        .where(Enrolment.person_id == person_id)
        .order_by(Enrolment.entered_on)
    )
    for title, state, entered_on, funding in session.execute(query):
        yield EnrolmentLine(title, state, entered_on.isoformat(), funding)


def _identities(session: Session, person_id: UUID) -> Iterator[Identity]:
    """Counted from the folds by day, never from the ledger."""
    homes = {site.home: site.name for site in map(site_of, session.scalars(select(Platform))) if site.home}
    query = (
        select(Agent.ifi, func.coalesce(func.sum(AgentDay.count), 0))
        .outerjoin(AgentDay, AgentDay.agent_id == Agent.id)
        .where(Agent.person_id == person_id)
        .group_by(Agent.id, Agent.ifi)
        .order_by(Agent.id)
    )
    for ifi, traces in session.execute(query):
        kind, _, rest = ifi.partition(":")
        home, _, name = rest.partition("|") if kind == "account" else ("", "", rest)
        if home == HUB_HOME:
            yield Identity("", "hub", int(traces))
        else:
            yield Identity(name, homes.get(home, home), int(traces))
