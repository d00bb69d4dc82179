"""cmi5: the page lists units; one that is asked for is launched by the hub, and talks to the LRS itself.

Messages: ``{"launch": number}`` opens a session of a unit; ``{"look": true}`` asks what is done by now. What units tell
comes by ``/xapi`` (``hub/services/play/cmi5``). ``PlaySession.state`` holds the addresses of this opening.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from content.packages.cmi5 import Au, Block, Course
from hub.domain.cmi5 import move_on
from hub.domain.path import EvidenceKind
from hub.models.play import PlayAttempt, PlaySession
from hub.services.errors import Invalid
from hub.services.play.cmi5 import launching
from hub.services.play.cmi5.course import course_of, facts
from hub.services.play.formats import Format, Opening, Part, Told, Wrapper
from hub.services.play.store import Held


def open_course(_session: Session, opening: Opening) -> Wrapper:
    """Units and blocks; reading goes on at the unit that was open last."""
    course, attempt = course_of(opening.held), opening.attempt
    if opening.play is not None:
        opening.play.state = {"hub": opening.hub, "content": opening.content, "files": opening.files}
    where = _where(opening.hub, opening.content, opening.files)
    data = {
        "kind": "cmi5", "done": _done(course, attempt) if attempt else [], "returning": _over(opening.files),
        "at": attempt.state.get("at", "") if attempt else "",
        "bare": {} if attempt else {
            str(n): launching.address(unit, opening.held, where) for n, unit in enumerate(course.aus())
        },
    }  # fmt: skip
    parts = list(_parts(course.children, 0, iter(range(1 << 20)), opening.language))
    return Wrapper(
        ("play/frame.js", "play/cmi5.js"), data, parts,
        connect=(opening.hub,), elsewhere=tuple(sorted(_sites(course))),
    )  # fmt: skip


def _over(files: str) -> str:
    """The empty page of the content host where a unit leads when the learner leaves it."""
    return f"/over/{files.strip('/').rpartition('/')[2]}"


def _where(hub: str, content: str, files: str) -> launching.Where:
    return launching.Where(hub, content, files, content + _over(files))


def _parts(children: Sequence[Au | Block], depth: int, numbers: Iterator[int], language: str) -> Iterator[Part]:
    for child in children:
        title = child.title.get(language) or next(iter(child.title.values()), "")
        if isinstance(child, Block):
            yield Part("", title, depth, "")
            yield from _parts(child.children, depth + 1, numbers, language)
        else:
            number = str(next(numbers))
            yield Part(number, title, depth, f"#unit-{number}")


def _sites(course: Course) -> set[str]:
    """Origins of units that lie elsewhere."""
    found = set()
    for unit in course.aus():
        if not unit.file:
            parts = urlsplit(unit.url.strip())
            found.add(f"{parts.scheme}://{parts.netloc}")
    return found


def _done(course: Course, attempt: PlayAttempt) -> list[str]:
    return [str(n) for n, unit in enumerate(course.aus()) if move_on.met(unit, facts(attempt, unit))]


def take(
    session: Session, attempt: PlayAttempt, play: PlaySession, held: Held, message: dict[str, Any], now: datetime
) -> Told:
    """See the module. Raises Invalid (``launch``)."""
    course = course_of(held)
    if "launch" not in message:
        return Told({"done": _done(course, attempt)})
    number = message["launch"]
    if type(number) is not int or not 0 <= number < sum(1 for _unit in course.aus()):
        raise Invalid({"launch": "unknown"})
    state = play.state
    where = _where(state["hub"], state["content"], state["files"])
    made = launching.launch(session, attempt, held, number, where, now)
    attempt.state = {**attempt.state, "at": str(number)}
    answer = {"url": made.url, "own": made.own_window, "unit": str(number), "done": _done(course, attempt)}
    return Told(answer, summary=attempt.summary)


FORMAT = Format(
    ("cmi5",),
    (EvidenceKind.COMPLETED, EvidenceKind.PASSED, EvidenceKind.SCORE, EvidenceKind.PROGRESS),
    open_course,
    take,
    calls_hub=True,
)
