"""Identities that are nobody's yet: what they did, whom they may be, and the history of links.

A suggestion is a rule that spoke and its reason; only an administrator's click makes a link (``services.identities``).
To set an identity aside is an entry of the journal, undone by another one: no table knows it, and no statement moves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, cast, exists, func, or_, select
from sqlalchemy import String as SqlString
from sqlalchemy.orm import Session, aliased

from hub.db.types import from_micros
from hub.domain.plain_text import plain, words
from hub.models.person import IdentityLink, JournalEntry, Person, RoleGrant
from hub.models.platforms import Platform
from hub.models.river import Agent, AgentDay, Ledger, Verb, XapiActivity
from hub.services import remote_records as records
from hub.services.erasure import PSEUDONYM_HOME
from hub.services.errors import Conflict, NotFound
from hub.services.journal import record
from hub.services.remote_site import site_of
from hub.services.source import HUB_HOME

Rule = Literal["external_id", "email", "same_name", "similar_name"]
RULES: Final[tuple[Rule, ...]] = ("external_id", "email", "same_name", "similar_name")
PAGE: Final = 30
MOST_COUNTED: Final = 1000
"""Nobody works off more in a day, and counting a million costs every page that asks."""
MOST_WORDS: Final = 12
"""Words of an account's name that are looked for among family names; the runs of words grow with their square."""
IGNORED, RESTORED = "identity.ignored", "identity.restored"
_EPOCH_DAY = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A person whom the identity may be. ``detail``: what is equal; ``staff``: holds a role above learner."""

    person_id: UUID
    name: str
    rule: Rule
    detail: str
    staff: bool


@dataclass(frozen=True, slots=True)
class Unknown:
    """An identity of nobody. ``label`` is its account, address or hash; ``last_day`` the day of its last statement."""

    id: int
    name: str
    label: str
    site: str
    statements: int
    last_day: datetime | None
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class UnknownPage:
    """Identities, the newest first; ``before`` asks for the next page, None on the last."""

    lines: tuple[Unknown, ...]
    before: int | None


@dataclass(frozen=True, slots=True)
class Sample:
    """A statement in short."""

    at: datetime
    verb: str
    activity: str


@dataclass(frozen=True, slots=True)
class LinkLine:
    """One link of the history, in force or undone."""

    agent_id: int
    label: str
    person_id: UUID
    person: str
    rule: str
    linked_at: datetime
    linked_by: str
    unlinked_at: datetime | None
    unlinked_by: str


def unknown(session: Session, *, ignored: bool = False, before: int | None = None, limit: int = PAGE) -> UnknownPage:
    """Identities that wait, or (``ignored``) those set aside, with whom they may be."""
    query = select(Agent).where(_waits(session), _set_aside() if ignored else ~_set_aside())
    if before is not None:
        query = query.where(Agent.id < before)
    agents = session.scalars(query.order_by(Agent.id.desc()).limit(limit + 1)).all()
    shown = agents[:limit]
    return UnknownPage(tuple(_described(session, shown)), shown[-1].id if len(agents) > limit else None)


def count_unknown(session: Session) -> int:
    """How many identities wait and are not set aside; ``MOST_COUNTED`` stands for more as well."""
    waiting = select(Agent.id).where(_waits(session), ~_set_aside()).limit(MOST_COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(waiting)) or 0


def find(session: Session, agent_id: int) -> Agent:
    """One identity, whosever it is. Raises NotFound, also for the hub's own names of people."""
    agent = session.get(Agent, agent_id)
    if agent is None or _ours(agent.ifi):
        raise NotFound(agent=agent_id)
    return agent


def describe(session: Session, agent_id: int) -> Unknown:
    """One identity with its suggestions. Raises NotFound."""
    return _described(session, [find(session, agent_id)])[0]


def is_ignored(session: Session, agent_id: int) -> bool:
    """Whether the identity is set aside."""
    return session.scalar(select(Agent.id).where(Agent.id == agent_id, _set_aside())) is not None


def _ours(ifi: str) -> bool:
    return ifi.startswith((f"account:{HUB_HOME}|", f"account:{PSEUDONYM_HOME}|"))


def _waits(session: Session) -> ColumnElement[bool]:
    """Nobody's, and either said to have done something or listed among the learners of a platform we read."""
    acted = exists().where(AgentDay.agent_id == Agent.id)
    homes = [
        site_of(platform).ifi("") for platform in session.scalars(select(Platform).where(Platform.connector != ""))
    ]
    listed = [Agent.ifi.startswith(home, autoescape=True) for home in homes if home != "account:|"]
    ours = [Agent.ifi.startswith(f"account:{home}|", autoescape=True) for home in (HUB_HOME, PSEUDONYM_HOME)]
    return and_(Agent.person_id.is_(None), or_(acted, *listed), ~or_(*ours))


def _set_aside() -> ColumnElement[bool]:
    weight = func.sum(case((JournalEntry.act == IGNORED, 1), else_=-1))
    acts = JournalEntry.act.in_((IGNORED, RESTORED)) & (JournalEntry.subject_type == "agent")
    mine = acts & (JournalEntry.subject_id == cast(Agent.id, SqlString))
    return func.coalesce(select(weight).where(mine).correlate(Agent).scalar_subquery(), 0) > 0


def ignore(session: Session, agent_id: int, *, by: UUID | None, now: datetime) -> None:
    """Set an identity aside: it is asked about no more. Raises NotFound, Conflict when it is linked."""
    agent = find(session, agent_id)
    if agent.person_id is not None:
        raise Conflict("identity_taken", agent=agent_id)
    if not is_ignored(session, agent_id):
        record(session, now, by, IGNORED, "agent", str(agent_id), name=agent.name or "")


def restore(session: Session, agent_id: int, *, by: UUID | None, now: datetime) -> None:
    """Ask about an identity again. Raises NotFound."""
    agent = find(session, agent_id)
    if is_ignored(session, agent_id):
        record(session, now, by, RESTORED, "agent", str(agent_id), name=agent.name or "")


def samples(session: Session, agent_id: int, limit: int = 5) -> list[Sample]:
    """The latest statements of an identity."""
    query = (
        select(Ledger.at, Verb.iri, XapiActivity.name, XapiActivity.iri)
        .join(Verb, Verb.id == Ledger.verb_id)
        .outerjoin(XapiActivity, XapiActivity.id == Ledger.activity_id)
        .where(Ledger.agent_id == agent_id)
        .order_by(Ledger.seq.desc())
        .limit(limit)
    )
    return [
        Sample(from_micros(at), verb.rstrip("/").rpartition("/")[2].rpartition("#")[2], name or iri or "")
        for at, verb, name, iri in session.execute(query)
    ]


def history(session: Session, *, agent_id: int | None = None, limit: int = 30) -> list[LinkLine]:
    """Links made and undone, the newest first; of one identity where it is given."""
    who, linker, unlinker = aliased(Person), aliased(Person), aliased(Person)
    query = (
        select(IdentityLink, Agent, who, linker, unlinker)
        .join(Agent, Agent.id == IdentityLink.agent_id)
        .join(who, who.id == IdentityLink.person_id)
        .outerjoin(linker, linker.id == IdentityLink.linked_by)
        .outerjoin(unlinker, unlinker.id == IdentityLink.unlinked_by)
        .order_by(IdentityLink.id.desc())
        .limit(limit)
    )
    if agent_id is not None:
        query = query.where(IdentityLink.agent_id == agent_id)
    return [
        LinkLine(
            agent.id,
            agent.name or label_of(agent.ifi)[0],
            person.id,
            person.name,
            link.rule,
            link.linked_at,
            by.name if by else "",
            link.unlinked_at,
            undone.name if undone else "",
        )
        for link, agent, person, by, undone in session.execute(query)
    ]


def label_of(ifi: str) -> tuple[str, str]:
    """(what names the person, the site that does so) of an identity; the site is empty for what belongs to none."""
    kind, _, rest = ifi.partition(":")
    if kind == "account":
        home, _, name = rest.partition("|")
        return name, home
    return (rest, "") if kind in ("mailto", "openid") else (f"{kind} {rest[:12]}…", "")


def _described(session: Session, agents: Sequence[Agent]) -> list[Unknown]:
    figures = _figures(session, [agent.id for agent in agents])
    sites = [(site_of(platform), platform.name) for platform in session.scalars(select(Platform))]
    told = _told(session, agents)
    suggestions = _suggestions(session, agents, told)
    lines = []
    for agent in agents:
        label, home = label_of(agent.ifi)
        count, last = figures.get(agent.id, (0, None))
        site = next((name for one, name in sites if one.home and one.home == home), home)
        name = agent.name or str(told.get(agent.id, {}).get("name", ""))
        lines.append(Unknown(agent.id, name, label, site, count, last, tuple(suggestions.get(agent.id, ()))))
    return lines


def _figures(session: Session, agents: Sequence[int]) -> dict[int, tuple[int, datetime | None]]:
    query = select(AgentDay.agent_id, func.sum(AgentDay.count), func.max(AgentDay.day))
    rows = session.execute(query.where(AgentDay.agent_id.in_(agents)).group_by(AgentDay.agent_id))
    return {agent: (int(count), _EPOCH_DAY + timedelta(days=int(day))) for agent, count, day in rows}


def _told(session: Session, agents: Sequence[Agent]) -> dict[int, Mapping[str, Any]]:
    """What the platforms' own lists of people say of these identities: number, e-mail, name."""
    found: dict[int, Mapping[str, Any]] = {}
    for platform in session.scalars(select(Platform).where(Platform.connector != "")):
        site = site_of(platform)
        start = site.ifi("")
        wanted = {agent.ifi.removeprefix(start): agent.id for agent in agents if agent.ifi.startswith(start)}
        if not wanted:
            continue
        # The record is kept under the platform's own id; a user name is only in its value.
        for known in records.every(session, platform.id, records.USER):
            key = wanted.get(str(known.value.get("username", "")))
            if key is not None:
                found[key] = known.value
    return found


def _suggestions(
    session: Session, agents: Iterable[Agent], told: Mapping[int, Mapping[str, Any]]
) -> dict[int, list[Suggestion]]:
    asked = {agent.id: _Marks.of(agent, told.get(agent.id, {})) for agent in agents if agent.person_id is None}
    people = _candidates(session, asked.values())
    staff = select(RoleGrant.person_id).where(RoleGrant.role != "learner")
    above = set(session.scalars(staff.where(RoleGrant.person_id.in_([person.id for person in people]))))
    refused = _refused(session, list(asked))
    found: dict[int, list[Suggestion]] = {}
    for key, marks in asked.items():
        for person in people:
            rule = marks.rule_for(person)
            if rule is not None and (key, person.id) not in refused:
                detail = {"external_id": person.external_id, "email": person.email}.get(rule) or person.name
                found.setdefault(key, []).append(Suggestion(person.id, person.name, rule, detail, person.id in above))
    for some in found.values():
        some.sort(key=lambda it: (RULES.index(it.rule), it.name))
        del some[3:]
    return found


def _refused(session: Session, agents: Sequence[int]) -> set[tuple[int, UUID]]:
    """Links that somebody undid are not suggested again."""
    query = select(IdentityLink.agent_id, IdentityLink.person_id)
    query = query.where(IdentityLink.agent_id.in_(agents), IdentityLink.unlinked_at.is_not(None))
    return {(agent, person) for agent, person in session.execute(query)}


@dataclass(frozen=True, slots=True)
class _Marks:
    numbers: frozenset[str]
    email: str
    name: str

    @classmethod
    def of(cls, agent: Agent, told: Mapping[str, Any]) -> _Marks:
        label, home = label_of(agent.ifi)
        own_email = label if "@" in label else ""
        numbers = {str(told.get("idnumber", "")), label if home else ""} - {""}
        name = plain(agent.name or str(told.get("name", "")))
        return cls(frozenset(numbers), str(told.get("email", own_email)).lower(), name)

    def rule_for(self, person: Person) -> Rule | None:
        """The strongest rule that says this identity may be the person's."""
        if person.external_id and person.external_id in self.numbers:
            return "external_id"
        if self.email and (person.email or "").lower() == self.email:
            return "email"
        given, family = plain(person.given_name), plain(person.family_name)
        if self.name and self.name in (f"{given} {family}", f"{family} {given}"):
            return "same_name"
        return "similar_name" if self._alike(given, family) else None

    def _alike(self, given: str, family: str) -> bool:
        """The family name is there whole, and the given name's initial or first word too."""
        rest = f" {self.name} "
        if not family or f" {family} " not in rest:
            return False
        left = rest.replace(f" {family} ", " ", 1).split()
        first = given.split()[0] if given else ""
        return any(part == first or (len(part.rstrip(".")) == 1 and part[0] == first[:1]) for part in left if first)


def _candidates(session: Session, asked: Iterable[_Marks]) -> Sequence[Person]:
    marks = list(asked)
    numbers = {number for it in marks for number in it.numbers}
    emails = {it.email for it in marks if it.email}
    families = {run for it in marks for run in _runs(it.name)}
    conditions = [
        Person.external_id.in_(numbers),
        func.lower(Person.email).in_(emails),
        Person.family_plain.in_(families),
    ]
    return session.scalars(select(Person).where(Person.erased_at.is_(None), or_(*conditions)).limit(2000)).all()


def _runs(name: str) -> Iterator[str]:
    """Every run of words of a plain name that may be a family name whole."""
    parts = words(name)[:MOST_WORDS]
    for first in range(len(parts)):
        for end in range(first + 1, len(parts) + 1):
            yield " ".join(parts[first:end])
