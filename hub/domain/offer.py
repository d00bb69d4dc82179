"""A course of the training offer as it is written in the place: course, actions, sessions, and what they still lack.
Pure.

Sources: LHEO 2.3 (what is mandatory, lengths); Référentiel national qualité, indicator 1 (guide V9).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, NamedTuple
from uuid import UUID, uuid4

from pydantic import BaseModel, ConfigDict, Field

Long = Annotated[str, Field(max_length=3000)]
Short = Annotated[str, Field(max_length=250)]
Lines = tuple[Annotated[str, Field(max_length=500)], ...]
#: The Formacode of a public without condition, as the public side of the thesaurus has it.
ANYBODY = "82056"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class OfferSession(_Part):
    """A session. Dates ISO, empty while they are not fixed; ``state`` of the intake: 1 open, 2 closed, 3 suspended;
    ``number`` and the INSEE code of the ``commune`` where a file gave them."""

    id: UUID = Field(default_factory=uuid4)
    number: str = ""
    start: str = ""
    end: str = ""
    state: str = "1"
    seats: int | None = None
    place: Short = ""
    street: Annotated[str, Field(max_length=50)] = ""
    postcode: str = ""
    town: Annotated[str, Field(max_length=50)] = ""
    commune: str = ""


class OfferAction(_Part):
    """A way of giving the course. Hours on site, live at a distance, alone at a distance, in the company; ``loans``:
    equipment that the place lends."""

    id: UUID = Field(default_factory=uuid4)
    number: str = ""
    rhythm: Long = ""
    public: Short = ""
    public_code: str = ANYBODY
    level_required: bool = False
    prerequisites: Long = ""
    access: Long = ""
    price: Annotated[str, Field(max_length=10)] = ""
    remaining_cost: Annotated[str, Field(max_length=200)] = ""
    funded: bool = True
    permanent: bool = False
    methods: Annotated[str, Field(max_length=200)] = ""
    accessibility: Short = ""
    hours_site: int = 0
    hours_live: int = 0
    hours_alone: int = 0
    hours_company: int = 0
    equipment: Lines = ()
    loans: Lines = ()
    sessions: tuple[OfferSession, ...] = ()

    @property
    def hours(self) -> int:
        """All hours."""
        return self.hours_site + self.hours_live + self.hours_alone + self.hours_company

    @property
    def mode(self) -> str:
        """``modalites-enseignement``: 0 on site, 1 both, 2 at a distance."""
        away = self.hours_live + self.hours_alone
        return "0" if not away else ("1" if self.hours_site or self.hours_company else "2")


class OfferData(_Part):
    """A course. ``codes``: ``formacode:46270``; ``path_id``: the path of the hub that gives it."""

    title: Annotated[str, Field(max_length=255)] = ""
    objective: Long = ""
    results: Annotated[str, Field(max_length=1500)] = ""
    assessment: Annotated[str, Field(max_length=1400)] = ""
    syllabus: Long = ""
    certifying: bool = False
    codes: tuple[str, ...] = ()
    entry_level: str = "1"
    route: str = "4"
    contact_name: Annotated[str, Field(max_length=50)] = ""
    contact_phone: Annotated[str, Field(max_length=25)] = ""
    contact_email: Annotated[str, Field(max_length=160)] = ""
    disability_name: Annotated[str, Field(max_length=50)] = ""
    disability_phone: Annotated[str, Field(max_length=25)] = ""
    disability_email: Annotated[str, Field(max_length=160)] = ""
    organisation_id: UUID | None = None
    path_id: UUID | None = None
    url: Annotated[str, Field(max_length=400)] = ""
    number: str = ""
    actions: tuple[OfferAction, ...] = ()

    def action(self, action_id: UUID) -> OfferAction | None:
        """One action."""
        return next((one for one in self.actions if one.id == action_id), None)

    def session(self, session_id: UUID) -> tuple[OfferAction, OfferSession] | None:
        """One session with its action."""
        return next(((a, s) for a in self.actions for s in a.sessions if s.id == session_id), None)


class Lack(NamedTuple):
    """Something that is not said yet: its word, the field that takes it, the action or session where it is (None: the
    course)."""

    word: str
    field: str
    action: UUID | None = None
    session: UUID | None = None


def for_qualiopi(data: OfferData) -> list[Lack]:
    """What indicator 1 of Qualiopi still wants."""
    found = [
        Lack(word, field)
        for word, field, said in (
            ("objective", "objective", data.objective),
            ("assessment", "assessment", data.assessment),
            ("results", "results", data.results),
            ("contact", "contact_email", data.contact_email or data.contact_phone),
            ("disability", "disability_email", data.disability_email or data.disability_phone),
        )
        if not said
    ]
    if data.certifying and not any(code.startswith(("rncp:", "rs:")) for code in data.codes):
        found.append(Lack("certification", "rncp"))
    if not data.actions:
        found.append(Lack("action", "actions"))
    for action in data.actions:
        said = (
            ("prerequisites", action.prerequisites), ("access", action.access), ("methods", action.methods),
            ("price", action.price or action.remaining_cost), ("accessibility", action.accessibility),
        )  # fmt: skip
        found += [Lack(word, word, action.id) for word, text in said if not text]
        if not action.hours:
            found.append(Lack("duration", "hours_site", action.id))
    return found


def for_publishing(data: OfferData, *, with_organisation: bool) -> list[Lack]:
    """What LHEO demands and is not said: without it nothing is published."""
    found = [
        Lack(field, field)
        for field, said in (
            ("title", data.title), ("objective", data.objective), ("results", data.results),
            ("syllabus", data.syllabus), ("contact_name", data.contact_name), ("organisation_id", with_organisation),
        )
        if not said
    ]  # fmt: skip
    if not data.actions:
        found.append(Lack("action", "actions"))
    for action in data.actions:
        said = (("rhythm", action.rhythm), ("prerequisites", action.prerequisites))
        found += [Lack(field, field, action.id) for field, text in said if not text]
        if not action.sessions:
            found.append(Lack("session", "sessions", action.id))
        found += list(_of_sessions(action))
    return found


def _of_sessions(action: OfferAction) -> Iterator[Lack]:
    for session in action.sessions:
        for field, said in (("street", session.street), ("postcode", session.postcode), ("town", session.town)):
            if not said:
                yield Lack(field, field, action.id, session.id)
