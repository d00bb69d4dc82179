"""The explorer's filters: read from the address, forgiving; given back for the form and for links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from flask import request

from hub.services import statements_who as who_is
from hub.services.clock import place_zone
from hub.services.statements_search import BECAME, Wanted
from hub.texts import N_
from hub.web.context import here

LONGEST: Final = 300
BECAME_WORDS: Final[dict[str, str]] = {
    "read": N_("Lue comme preuve d’une personne"),
    "waiting": N_("Attend : compte à relier"),
    "nothing": N_("Ne dit rien d’un apprentissage"),
    "voided": N_("Annulée"),
}
_NAMES: Final = ("person", "agent", "who", "verb", "activity", "what", "source", "registration", "since", "until",
                 "became", "related")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """``typed``: every filter as given, the empty text for none; ``wanted``: what the search takes; ``person``: the
    name of the person asked for by id; ``unclear``: names of fields that could not be read."""

    typed: Mapping[str, str]
    wanted: Wanted
    person: str
    unclear: tuple[str, ...]

    @property
    def given(self) -> dict[str, str]:
        """The filters that are there, for links."""
        return {name: text for name, text in self.typed.items() if text}


def read(session: Any) -> Filters:
    """The filters of the present request."""
    typed = {name: request.args.get(name, "").replace("\x00", "").strip()[:LONGEST] for name in _NAMES}
    unclear: list[str] = []
    zone = place_zone(session)
    person_id = _id(typed, "person", unclear)
    person = who_is.person_name(session, person_id) if person_id else ""
    since, until = _day(typed, "since", unclear), _day(typed, "until", unclear)
    became: Any = typed["became"] if typed["became"] in BECAME else ""
    registration = _id(typed, "registration", unclear)
    wanted = Wanted(
        agents=_agents(session, typed, person_id),
        verb=_number(typed["verb"]),
        activities=_activities(session, typed),
        source=_id(typed, "source", unclear),
        registration=str(registration) if registration else "",
        since=datetime.combine(since, time(), zone).astimezone(UTC) if since else None,
        until=datetime.combine(until + timedelta(days=1), time(), zone).astimezone(UTC) if until else None,
        became=became,
        related=bool(typed["related"]),
    )
    return Filters(typed, wanted, person, tuple(unclear))


def _agents(session: Any, typed: Mapping[str, str], person_id: UUID | None) -> tuple[int, ...] | None:
    if person_id is not None:
        return who_is.of_person(session, person_id)
    key = _number(typed["agent"])
    if key is not None:
        return (key,)
    return who_is.agents_like(session, here().me, typed["who"]) if typed["who"] else None


def _activities(session: Any, typed: Mapping[str, str]) -> tuple[int, ...] | None:
    key = _number(typed["activity"])
    if key is not None:
        return (key,)
    return who_is.activities_like(session, typed["what"]) if typed["what"] else None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _id(typed: Mapping[str, str], name: str, unclear: list[str]) -> UUID | None:
    try:
        return UUID(typed[name]) if typed[name] else None
    except ValueError:
        unclear.append(name)
        return None


def _day(typed: Mapping[str, str], name: str, unclear: list[str]) -> date | None:
    parts = typed[name].split("/")
    try:
        day = date.fromisoformat("-".join(reversed(parts)) if len(parts) == 3 else typed[name]) if typed[name] else None
    except ValueError:
        unclear.append(name)
        return None
    return day if day is None or 1970 <= day.year <= 9990 else None
