"""Sequences of statements against patterns, greedily and without going back (xAPI Profiles, Communication 2.2)."""

from collections.abc import Callable, Sequence
from enum import StrEnum

from content.xapi.profiles.model import Pattern, Profile

Said = Sequence[frozenset[str]]
"""For each statement, in the order of timestamps, the templates that it follows."""


class Fate(StrEnum):
    """COMPLETE: the sequence is the pattern. PARTIAL: it may yet become it. FAILED: it cannot."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"


_State = tuple[Fate, int]
"""What came out, and the place reached in the sequence."""


def follow(said: Said, profile: Profile) -> Fate:
    """The best fate of the statements of one registration under the primary patterns of a profile; COMPLETE where the
    profile has none."""
    fates = []
    for pattern in profile.patterns.values():
        if pattern.primary:
            fate, at = _Run(said, profile).element(pattern.id, 0)
            whole = at == len(said)
            if fate is not Fate.FAILED:
                fates.append(fate if whole else Fate.PARTIAL if fate is Fate.PARTIAL else Fate.FAILED)
    primary = any(pattern.primary for pattern in profile.patterns.values())
    if not primary or Fate.COMPLETE in fates:
        return Fate.COMPLETE
    return Fate.PARTIAL if Fate.PARTIAL in fates else Fate.FAILED


class _Run:
    """One sequence on its way through a pattern."""

    def __init__(self, said: Said, profile: Profile) -> None:
        self._said = said
        self._patterns = profile.patterns
        self._ways: dict[str, Callable[[Pattern, int], _State]] = {
            "sequence": self._sequence,
            "alternates": self._alternates,
            "optional": self._optional,
            "oneOrMore": self._one_or_more,
            "zeroOrMore": self._zero_or_more,
        }

    def element(self, key: str, at: int) -> _State:
        """A template or a pattern from place ``at`` on."""
        pattern = self._patterns.get(key)
        if pattern is not None:
            return self._ways[pattern.operator](pattern, at)
        if at >= len(self._said):
            return Fate.PARTIAL, at
        return (Fate.COMPLETE, at + 1) if key in self._said[at] else (Fate.FAILED, at)

    def _sequence(self, pattern: Pattern, at: int) -> _State:
        place = at
        for member in pattern.members:
            fate, place = self.element(member, place)
            if fate is Fate.FAILED:
                return fate, at
            if fate is Fate.PARTIAL:
                return fate, len(self._said)
        return Fate.COMPLETE, place

    def _alternates(self, pattern: Pattern, at: int) -> _State:
        fates = [self.element(member, at) for member in pattern.members]
        done = [place for fate, place in fates if fate is Fate.COMPLETE]
        if done:
            return Fate.COMPLETE, max(done)
        return (Fate.PARTIAL, len(self._said)) if any(f is Fate.PARTIAL for f, _ in fates) else (Fate.FAILED, at)

    def _optional(self, pattern: Pattern, at: int) -> _State:
        if at >= len(self._said):
            return Fate.COMPLETE, at
        fate, place = self.element(pattern.members[0], at)
        return (Fate.COMPLETE, at) if fate is Fate.FAILED else (fate, place)

    def _one_or_more(self, pattern: Pattern, at: int) -> _State:
        fate, place = self.element(pattern.members[0], at)
        return self._repeated(pattern, place) if fate is Fate.COMPLETE and place > at else (fate, place)

    def _zero_or_more(self, pattern: Pattern, at: int) -> _State:
        return self._repeated(pattern, at)

    def _repeated(self, pattern: Pattern, at: int) -> _State:
        while at < len(self._said):
            fate, place = self.element(pattern.members[0], at)
            if fate is Fate.PARTIAL:
                return fate, place
            if fate is Fate.FAILED or place == at:
                break
            at = place
        return Fate.COMPLETE, at
