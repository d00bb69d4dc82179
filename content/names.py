"""Names inside archives: which are refused, how their letters are decoded, and how an ``href`` finds its file.

Sources: PKWARE APPNOTE 6.3.10, 4.4.17 and appendix D (names, the UTF-8 flag, code page 437); RFC 3986 section 5.2.4;
Unicode Standard Annex 15 (NFC). Authoring tools on Windows write code page 850 and back slashes: measured, not written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from content.errors import ArchiveRefused

LONGEST = 512
LONGEST_PART = 255
DEEPEST = 32
_LONGEST_HREF = 12 * LONGEST  # four bytes a letter, each percent-encoded
_DRIVE = re.compile(r"[A-Za-z]:")
#: Controls, and what turns the direction of a text round so that a name looks like another one.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]")
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_LITTER_FOLDERS = ("__macosx",)
_LITTER_FILES = frozenset({".ds_store", "thumbs.db", "desktop.ini", ".archive_index", "ehthumbs.db"})
_WESTERN = ("cp850", "cp437", "cp1252")


def safe(name: str) -> str:
    """The name with forward slashes, without ``.`` parts; a folder keeps its slash at the end.

    Raises ArchiveRefused: ``archive_name_unsafe``, ``_absolute``, ``_climbs``, ``_long``, ``_deep``, ``_empty``.
    """
    shown = _UNSAFE.sub("�", name)[:80]
    if _UNSAFE.search(name):
        raise ArchiveRefused("archive_name_unsafe", shown)
    slashed = name.replace("\\", "/")
    if slashed.startswith("/") or _DRIVE.match(slashed):
        raise ArchiveRefused("archive_name_absolute", shown)
    parts = [part for part in slashed.split("/") if part not in ("", ".")]
    if any(part.strip(" ") == ".." for part in parts):
        raise ArchiveRefused("archive_name_climbs", shown)
    if not parts:
        if slashed and set(slashed) <= {".", "/"}:
            return ""
        raise ArchiveRefused("archive_name_empty", shown)
    if len(slashed) > LONGEST or any(len(part) > LONGEST_PART for part in parts):
        raise ArchiveRefused("archive_name_long", shown, longest=LONGEST)
    if len(parts) > DEEPEST:
        raise ArchiveRefused("archive_name_deep", shown, deepest=DEEPEST)
    return "/".join(parts) + ("/" if slashed.endswith("/") else "")


def refuse_twice(name: str, seen: set[str]) -> None:
    """Two names that look the same are one: raises ArchiveRefused ``archive_duplicate``; else adds it to ``seen``."""
    key = unicodedata.normalize("NFC", name)
    if key in seen and not name.endswith("/"):
        raise ArchiveRefused("archive_duplicate", name)
    seen.add(key)


def refuse_file_as_folder(names: Iterable[str]) -> None:
    """Raises ArchiveRefused ``archive_duplicate`` where one file would lie within another."""
    files = set(names)
    for name in files:
        at = name.rfind("/")
        while at > 0:
            if name[:at] in files:
                raise ArchiveRefused("archive_duplicate", name[:at])
            at = name.rfind("/", 0, at)


def decoded(raw: bytes, utf8: bool) -> tuple[str, str]:
    """A name as text, and how it was found: ``""`` as the standard says, ``utf8`` (not flagged), ``code_page``.

    Without the flag the standard means code page 437; the code in which every letter is one is taken.
    """
    if raw.isascii():
        return raw.decode("ascii"), ""
    try:
        return raw.decode("utf-8"), "" if utf8 else "utf8"
    except UnicodeDecodeError:
        pass
    for code in _WESTERN:
        try:
            text = raw.decode(code)
        except UnicodeDecodeError:
            continue
        if all(c.isalpha() or c in "’–—«»°€" for c in text if not c.isascii()):
            return text, "code_page"
    return raw.decode("cp437"), "code_page"


def is_litter(name: str) -> bool:
    """Whether an operating system left the file there: nobody means it as content."""
    parts = name.lower().split("/")
    return parts[0] in _LITTER_FOLDERS or parts[-1] in _LITTER_FILES or parts[-1].startswith("._")


@dataclass(frozen=True, slots=True)
class Found:
    """The file that an href means. ``ways``: how it was found where not exactly: ``back_slash``, ``percent``, ``nfc``,
    ``code_page``, ``case``, ``replaced`` (letters that Windows does not write became low lines)."""

    name: str
    ways: tuple[str, ...] = ()


class Resolver:
    """Finds files by what manifests and pages call them: exactly first, then more and more forgivingly."""

    def __init__(self, names: Iterable[str]) -> None:
        self._exact = {name: name for name in names}
        self._nfc = _unambiguous((unicodedata.normalize("NFC", name), name) for name in self._exact)
        self._pages = _unambiguous((other, name) for name in self._exact for other in _other_codes(name))
        self._folded = _unambiguous((_folded(name), name) for name in self._exact)

    def find(self, href: str, base: str = "") -> Found | None:
        """The file of ``href`` (query and fragment aside) below the folder ``base``; None when there is none, also
        when it would climb out of the archive."""
        path = _path_of(href)
        if path is None or len(path) > _LONGEST_HREF:
            return None
        bases = [base, unquote(base)] if "%" in base else [base]
        for at, (text, ways) in product(bases, _spellings(path)):
            joined = _joined(at, text)
            if not joined:
                continue
            for table, key, way in (
                (self._exact, joined, ""),
                (self._nfc, unicodedata.normalize("NFC", joined), "nfc"),
                (self._pages, unicodedata.normalize("NFC", joined), "code_page"),
                (self._folded, _folded(joined), "case"),
                (self._exact, _FORBIDDEN.sub("_", joined), "replaced"),
            ):
                if name := table.get(key):
                    return Found(name, (*ways, way) if way else ways)
        return None


def _path_of(href: str) -> str | None:
    """The path of a relative reference, query and fragment cut off; None of an absolute one."""
    if "://" in href[:20] or _DRIVE.match(href):
        return None
    path = re.split(r"[?#]", href.strip(), maxsplit=1)[0]
    try:
        scheme = urlsplit(path.partition("/")[0]).scheme
    except ValueError:
        scheme = ""
    return None if scheme or not path else path


def _spellings(path: str) -> list[tuple[str, tuple[str, ...]]]:
    found: list[tuple[str, tuple[str, ...]]] = [(path, ())]
    if "\\" in path:
        found.append((path.replace("\\", "/"), ("back_slash",)))
    if "%" in path:
        for text, ways in list(found):
            raw = unquote_to_bytes(text)
            try:
                found.append((raw.decode("utf-8"), (*ways, "percent")))
            except UnicodeDecodeError:
                found.append((raw.decode("cp1252", "replace"), (*ways, "percent")))
    return found


def _joined(base: str, path: str) -> str:
    """Base and path with ``.`` and ``..`` taken out; empty when that climbs above the archive."""
    parts: list[str] = []
    for part in (path if path.startswith("/") else f"{base}/{path}").split("/"):
        if part == "..":
            if not parts:
                return ""
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _other_codes(name: str) -> list[str]:
    """What the name is when its bytes are read in the other Western codes: the one chosen was a guess."""
    if name.isascii():
        return []
    found = []
    for wrote in _WESTERN:
        for meant in _WESTERN:
            try:
                other = name.encode(wrote).decode(meant)
            except UnicodeError:
                continue
            if other != name:
                found.append(unicodedata.normalize("NFC", other))
    return found


def _unambiguous(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Key -> name, without the keys that two names share."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for key, name in pairs:
        if found.setdefault(key, name) != name:
            twice.add(key)
    return {key: name for key, name in found.items() if key not in twice}
