"""A single file: which kind it is, by its first bytes, and whether the hub takes it.

Source: the registered signatures of the formats; WHATWG MIME Sniffing section 6 for media.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from content.report import Findings


@dataclass(frozen=True, slots=True)
class Single:
    """A file on its own: its media type, and the word for its kind (``document``, ``picture``, ``sound``, ``video``,
    ``page``, ``text``)."""

    media_type: str
    kind: str


_SIGNS: tuple[tuple[bytes, int, str, str], ...] = (
    (b"%PDF-", 0, "application/pdf", "document"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png", "picture"),
    (b"\xff\xd8\xff", 0, "image/jpeg", "picture"),
    (b"GIF8", 0, "image/gif", "picture"),
    (b"WEBP", 8, "image/webp", "picture"),
    (b"WAVE", 8, "audio/wav", "sound"),
    (b"ID3", 0, "audio/mpeg", "sound"),
    (b"\xff\xfb", 0, "audio/mpeg", "sound"),
    (b"OggS", 0, "audio/ogg", "sound"),
    (b"fLaC", 0, "audio/flac", "sound"),
    (b"ftyp", 4, "video/mp4", "video"),
    (b"\x1aE\xdf\xa3", 0, "video/webm", "video"),
    (b"{\\rtf", 0, "application/rtf", "document"),
)
#: Programs are never taken as learning resources.
_PROGRAMS = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"#!")
#: A zip whose content says it is a document: name of an entry, beginning of its content, media type.
OFFICE: tuple[tuple[str, bytes, str], ...] = (
    ("word/document.xml", b"", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xl/workbook.xml", b"", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ppt/presentation.xml", b"", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("mimetype", b"application/vnd.oasis.opendocument.", "application/vnd.oasis.opendocument"),
)
ARCHIVE_ENDINGS = (".zip", ".imscc", ".mbz", ".h5p", ".epub", ".elp", ".elpx", ".gz", ".tgz")


_BEFORE_PAGE = re.compile(rb"(?:\xef\xbb\xbf|\s|<\?xml[^>]*>|<!--.*?-->)*", re.DOTALL)
_PAGE = (b"<!doctype html", b"<html", b"<head", b"<body")


def is_page(head: bytes) -> bool:
    """Whether a file that begins so is a page, also one of XHTML with a declaration, or with a comment first."""
    found = _BEFORE_PAGE.match(head)
    return head[found.end() if found else 0 :][:20].lower().startswith(_PAGE)


def read(head: bytes, name: str, found: Findings) -> Single | None:
    """The kind of a file that is no archive, no XML and no JSON; None when it is not taken (said)."""
    found.format = "file"
    low = name.lower()
    if any(head.startswith(sign) for sign in _PROGRAMS):
        found.error("file_program", name)
        return None
    for sign, at, media_type, kind in _SIGNS:
        if head[at : at + len(sign)] == sign:
            return _single(found, media_type, kind, name)
    if low.endswith(ARCHIVE_ENDINGS):
        found.error("archive_not_zip", name)
        return None
    if b"\0" not in head:
        if is_page(head):
            return _single(found, "text/html", "page", name)
        if low.endswith((".txt", ".csv", ".vtt", ".srt")):
            return _single(found, "text/plain", "text", name)
    found.error("file_unknown", name)
    return None


def _single(found: Findings, media_type: str, kind: str, name: str) -> Single:
    found.version = ""
    found.facts |= {"media_type": media_type, "kind": kind}
    stem = name.replace("\\", "/").rpartition("/")[2]
    found.entitle(stem.rpartition(".")[0] or stem)
    return Single(media_type, kind)
