"""Pages to read: IMS Content Packaging, and single files. Complete when every page was opened.

The format itself brings nothing back; what was opened is what the wrapper page saw.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from content.packages.imscp import Booklet
from content.xapi.emit import event_statement
from content.xapi.vocabulary import Extension, Verb
from hub.domain.path import EvidenceKind
from hub.models.play import PlayAttempt, PlaySession
from hub.services.errors import Invalid
from hub.services.identities import hub_agent
from hub.services.play.formats import Format, Opening, Part, Told, Wrapper
from hub.services.play.store import Held

SHOWN: Final = frozenset({
    *("html", "htm", "xhtml", "xht", "xml", "txt", "svg", "png", "jpg", "jpeg", "gif", "webp", "avif", "bmp"),
    *("mp3", "m4a", "ogg", "oga", "opus", "wav", "flac", "mp4", "m4v", "webm", "ogv"),
})  # fmt: skip


def open_booklet(_session: Session, opening: Opening) -> Wrapper:
    """Every page with its link; those seen are marked, and reading goes on where it stopped."""
    state = opening.attempt.state if opening.attempt else {}
    found = parts(opening.held)
    lines = [
        replace(part, href=part.href if part.outside or not part.href else opening.address(part.href)) for part in found
    ]
    data = {"kind": "booklet", "seen": state.get("seen", []), "at": state.get("at", "")}
    return Wrapper(("play/frame.js", "play/booklet.js"), data, lines)


def parts(held: Held) -> list[Part]:
    """The pages of a package; of a single file, itself."""
    if isinstance(held.read, Booklet):
        return [
            Part(str(number), page.title, page.depth, page.file or page.url, bool(page.url), not _is_shown(page.file))
            for number, page in enumerate(held.read.pages)
        ]
    alone = needs_no_sandbox(held.format, held.file_name) or _is_shown(held.file_name)
    return [Part("0", held.file_name, 0, held.file_name, download=not alone)]


def needs_no_sandbox(format_name: str, file_name: str) -> bool:
    """A single PDF: nothing in it runs as a page, and browsers show none in a sandbox."""
    return format_name == "file" and file_name.lower().endswith(".pdf")


def _is_shown(name: str) -> bool:
    """Whether browsers show a file of this ending inside a sandbox; the others are downloaded."""
    end = name.rpartition(".")[2].lower()
    return not name or end in SHOWN


def take(
    _session: Session, attempt: PlayAttempt, play: PlaySession, held: Held, message: dict[str, Any], now: datetime
) -> Told:
    """``{"page": id}``: a page was opened. Raises Invalid (``page``)."""
    pages = [part.id for part in parts(held) if part.href]
    page = message.get("page")
    if page not in pages:
        raise Invalid({"page": "unknown"})
    before = attempt.state.get("seen", [])
    seen = before if page in before else [*before, page]
    attempt.state = {"seen": seen, "at": page}
    share = len(seen) / len(pages)
    statements = []
    if seen != before:
        verb = Verb.COMPLETED if share == 1 else Verb.PROGRESSED
        result: dict[str, Any] = {"extensions": {Extension.CMI5_PROGRESS: round(share * 100)}}
        if share == 1:
            result["completion"] = True
        statements.append(
            event_statement(
                hub_agent(attempt.person_id), verb, attempt.iri, at=now.isoformat(),
                key=(str(attempt.id), str(len(seen))), registration=str(attempt.registration), result=result,
            )
        )  # fmt: skip
    return Told({"seen": seen}, statements, {"completed": share == 1, "progress": share})


FORMAT = Format(("imscp", "file"), (EvidenceKind.COMPLETED, EvidenceKind.PROGRESS), open_booklet, take)
