"""Rows, findings and the run."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

Subject = TypeVar("Subject")


class Expect(StrEnum):
    """What the standard, or the policy of the row, asks of the software tested."""

    ACCEPT = "accept"
    REFUSE = "refuse"


class Verdict(StrEnum):
    """How a row ended."""

    OK = "ok"
    FAILED = "failed"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Reaction:
    """What the software did with one message: ``accepted`` or not, and in words what came back."""

    accepted: bool
    told: str
    crashed: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What one row found. Texts hold no token."""

    verdict: Verdict
    sent: str
    came_back: str


@dataclass(frozen=True, slots=True)
class Row(Generic[Subject]):
    """One requirement. ``policy``: a choice that the standards leave open."""

    id: str
    clause: str
    title: str
    expects: Expect
    run: Callable[[Subject], Finding]
    policy: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """A row with its finding, free of the suite's types."""

    id: str
    clause: str
    title: str
    expects: Expect
    policy: bool
    finding: Finding


def accepted(reaction: Reaction, sent: str) -> Finding:
    """The finding of a message that must be accepted."""
    return Finding(Verdict.OK if reaction.accepted else Verdict.FAILED, sent, reaction.told)


def compared(control: Reaction, changed: Reaction, sent: str) -> Finding:
    """The finding of a refusal: ``control`` is the message unchanged, ``changed`` the same with one thing changed.

    It fails where the control was refused (then the refusal proves nothing), where the change was accepted, and where
    the
    software fell over instead of refusing.
    """
    if not control.accepted:
        return Finding(Verdict.FAILED, sent, f"the unchanged message was not accepted: {control.told}")
    right = not changed.accepted and not changed.crashed
    return Finding(Verdict.OK if right else Verdict.FAILED, sent, changed.told)


def run_rows(rows: Iterable[Row[Subject]], subject: Subject, wanted: Sequence[str] = ()) -> list[Result]:
    """Run the rows (those of ``wanted`` ids, or all), one after the other. One that cannot reach the software fails."""
    results = []
    for row in rows:
        if wanted and row.id not in wanted:
            continue
        try:
            finding = row.run(subject)
        except (OSError, LookupError, ValueError) as fault:
            finding = Finding(Verdict.FAILED, row.title, f"no usable answer: {type(fault).__name__} {fault}")
        results.append(Result(row.id, row.clause, row.title, row.expects, row.policy, finding))
    return results
