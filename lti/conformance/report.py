"""Results as a table for people, Markdown for documentation, JSON and JUnit for machines."""

import json
from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from lti.conformance.rows import Result, Verdict


def as_text(results: Sequence[Result]) -> str:
    """A table for a terminal."""
    lines = [
        f"{r.id:5} {r.finding.verdict.value:8} {r.expects.value:7} {r.title}\n"
        f"      {r.clause}\n      sent: {r.finding.sent}\n      back: {r.finding.came_back}"
        for r in results
    ]
    return "\n".join([*lines, counted(results)])


def counted(results: Sequence[Result]) -> str:
    """How many rows hold."""
    right = sum(r.finding.verdict is Verdict.OK for r in results)
    left = sum(r.finding.verdict is Verdict.NOT_RUN for r in results)
    return f"{right} of {len(results) - left} rows hold" + (f", {left} not run" if left else "")


def as_markdown(results: Sequence[Result]) -> str:
    """A table for documentation. It says nothing that changes from run to run."""
    head = "| Row | Clause | Sent | Must be | Came back | Verdict |\n|---|---|---|---|---|---|"
    rows = [
        f"| {r.id} | {_cell(r.clause)}{' (policy)' if r.policy else ''} | {_cell(r.finding.sent)} "
        f"| {r.expects.value}ed | {_cell(r.finding.came_back)} | {r.finding.verdict.value} |".replace(
            " refuseed ", " refused "
        )
        for r in results
    ]
    return "\n".join([head, *rows, "", f"{counted(results)}.", ""])


def as_json(results: Sequence[Result]) -> str:
    """A list of objects, one a row."""
    told = [
        {
            "row": r.id,
            "clause": r.clause,
            "title": r.title,
            "expects": r.expects.value,
            "policy": r.policy,
            "sent": r.finding.sent,
            "came_back": r.finding.came_back,
            "verdict": r.finding.verdict.value,
        }
        for r in results
    ]
    return json.dumps(told, ensure_ascii=False, indent=1)


def as_junit(results: Sequence[Result], suite: str) -> str:
    """JUnit's XML, one test case a row."""
    failures = sum(r.finding.verdict is Verdict.FAILED for r in results)
    skipped = sum(r.finding.verdict is Verdict.NOT_RUN for r in results)
    kind = quoteattr(f"lti.{suite}")
    cases = [
        f"  <testcase classname={kind} name={quoteattr(f'{r.id} {r.title}')}>{_outcome(r)}</testcase>" for r in results
    ]
    head = (
        f'<testsuite name={quoteattr(f"lti.{suite}")} tests="{len(results)}" failures="{failures}" skipped="{skipped}">'
    )
    return "\n".join(['<?xml version="1.0" encoding="utf-8"?>', head, *cases, "</testsuite>", ""])


def _outcome(r: Result) -> str:
    if r.finding.verdict is Verdict.FAILED:
        return f"<failure message={quoteattr(f'{r.finding.sent}: {r.finding.came_back}')}/>"
    return f"<skipped message={quoteattr(r.finding.came_back)}/>" if r.finding.verdict is Verdict.NOT_RUN else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
