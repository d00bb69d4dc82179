"""An archive seen from the folder of its manifest: where the root lies, how hrefs are resolved, each use reported."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from content import xml
from content.archive import Archive
from content.errors import ContentError
from content.report import Findings

MANIFEST_BYTES = 8 << 20
#: Tags, and 128 bytes each, that all descriptions of a package may have together: some three seconds of reading.
MOST_EFFORT = 2_000_000
#: How a file was found, where people had better mend it; the other ways are what links mean.
_TO_MEND = ("case",)
_RUNNABLE = ("javascript", "vbscript", "data", "blob", "file", "about")


@dataclass(slots=True)
class Package:
    """An archive, the folder that holds its manifest (empty, or with a slash at the end), and what is found."""

    archive: Archive
    root: str
    found: Findings
    _left: int = MOST_EFFORT

    def affords(self, data: bytes) -> bool:
        """Whether there is room to read a description more; what was left unread is said."""
        self._left -= data.count(b"<") + len(data) // 128
        if self._left < 0:
            self.found.warn("descriptions_unread")
        return self._left >= 0

    def has(self, name: str) -> bool:
        """Whether there is a file of exactly that name below the root."""
        return self.root + name in self.archive.entries

    def document(self, name: str, most: int = MANIFEST_BYTES) -> xml.Element | None:
        """The root of an XML file below the root; None when it cannot be read, which is an error said."""
        try:
            data = self.archive.read(self.root + name, most) if self._left >= 0 else b""
            if not self.affords(data):
                return None
            document = xml.parse(data, where=name, most=most)
        except ContentError as error:
            self.found.error(error.code, error.where or name, **error.details)
            return None
        if document.repaired:
            self.found.warn(f"encoding_{document.repaired}", name)
        return document.root

    def locate(self, href: str, base: str = "", where: str = "") -> str | None:
        """The file that an href means, below the root; None when it is not there. Uncertain ways are said."""
        found = self.archive.resolver.find(href, self.root + base)
        if found is None or not found.name.startswith(self.root):
            return None
        for way in found.ways:
            say = self.found.warn if way in _TO_MEND else self.found.info
            say(f"found_by_{way}", where or href[:120], file=found.name)
        return found.name

    def is_runnable(self, href: str) -> bool:
        """Whether an href is something that a browser would run or read from elsewhere than the web."""
        return scheme(href) in _RUNNABLE


def scheme(href: str) -> str:
    """The scheme of an address in lower case, empty of a relative one; blanks and controls that browsers drop are
    dropped first."""
    bare = "".join(c for c in href if c > " ")
    try:
        found = urlsplit(bare).scheme.lower()
    except ValueError:
        return "invalid"
    return "" if len(found) == 1 else found


def is_web(href: str) -> bool:
    """Whether it is an http(s) address with a host and without blanks."""
    try:
        parts = urlsplit(href.strip())
        return parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and not any(map(str.isspace, href))
    except ValueError:
        return False


def find_root(archive: Archive, manifest: str, found: Findings) -> tuple[str, str] | None:
    """The folder of the manifest and its name there: the root of the archive, else the single folder that holds
    everything (a warning). None when there is no such file. A name that differs by case is taken where none is exact,
    and said."""
    tops = {name.partition("/")[0] for name in archive.entries}
    single = f"{tops.pop()}/" if len(tops) == 1 else ""
    by_case = {name.casefold(): name for name in archive.entries}
    for root in ("", single) if single and single[:-1] not in archive.entries else ("",):
        exact = root + manifest
        name = exact if exact in archive.entries else by_case.get(exact.casefold())
        if name is None:
            continue
        if name.removeprefix(root) != manifest:
            found.warn("manifest_case", name)
        if root:
            found.warn("nested_root", root.rstrip("/"))
        return root, name.removeprefix(root)
    return None
