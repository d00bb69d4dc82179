"""One call of the double: its parameters out of PHP's bracket form, and the things they name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from hub.demo.moodle_more_state import Roll
from hub.demo.moodle_state import Course, MoodleState, Person

_BRACKET = re.compile(r"\[([^\]]*)\]")
Params = Mapping[str, Any]


class Refusal(Exception):
    """An error answer; ``case`` names the recorded one."""

    def __init__(self, case: str) -> None:
        super().__init__(case)
        self.case = case


@dataclass(frozen=True)
class Call:
    """One call: its decoded parameters and the zone dates are written in."""

    state: MoodleState
    params: Params
    zone: tzinfo

    def number(self, name: str, default: int | None = None) -> int:
        """A parameter as an integer; without it, the default or Moodle's error."""
        value = self.params.get(name, default)
        try:
            return int(value)
        except (TypeError, ValueError):
            raise Refusal("bad type") from None

    def course(self) -> Course:
        """The course named by ``courseid``."""
        found = self.state.courses.get(self.number("courseid"))
        if found is None:
            raise Refusal("unknown course")
        return found

    def person(self) -> Person:
        """The person named by ``userid``."""
        found = self.state.people.get(self.number("userid"))
        if found is None:
            raise Refusal("unknown user completion")
        return found

    def known_person(self, row: Mapping[str, Any]) -> int:
        """The id of the person that a row names."""
        user = int(str(row.get("userid", 0)) or 0)
        if user not in self.state.people:
            raise Refusal("unknown user completion")
        return user

    def known_course(self, row: Mapping[str, Any]) -> int:
        """The id of the course that a row names."""
        course = int(str(row.get("courseid", 0)) or 0)
        if course not in self.state.courses:
            raise Refusal("unknown course")
        return course

    def roll(self) -> Roll:
        """The session named by ``sessionid``."""
        found = self.state.more.rolls.get(self.number("sessionid"))
        if found is None:
            raise Refusal("attendance missing session")
        return found

    def options(self) -> dict[str, str]:
        """``options[n][name]``, ``options[n][value]`` as one mapping."""
        pairs = self.params.get("options", {})
        if not isinstance(pairs, dict) or any(not isinstance(one, dict) or "name" not in one for one in pairs.values()):
            raise Refusal("bad type")
        return {str(one["name"]): str(one.get("value", "")) for one in pairs.values()}


def decode(form: Mapping[str, str]) -> dict[str, Any]:
    """PHP's bracket form back to nested mappings (lists become mappings with numbers as keys)."""
    tree: dict[str, Any] = {}
    for key, value in form.items():
        head, bracket, rest = key.partition("[")
        names = [head, *_BRACKET.findall(bracket + rest)]
        node = tree
        for name in names[:-1]:
            node = node.setdefault(name, {})
            if not isinstance(node, dict):
                raise Refusal("bad type")
        node[names[-1]] = value
    return tree


def texts(params: Any, name: str) -> set[str]:
    """The texts of a list parameter."""
    found = params.get(name) if isinstance(params, dict) else None
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        raise Refusal("bad type")
    return set(found.values())


def rows(params: Any, name: str) -> list[dict[str, Any]]:
    """The objects of a list parameter."""
    found = params.get(name) if isinstance(params, dict) else None
    if not isinstance(found, dict) or not all(isinstance(one, dict) for one in found.values()):
        raise Refusal("bad type")
    return list(found.values())
