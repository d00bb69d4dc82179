"""What the pages of a package say: hosts from which they load, and facts of access. Looked at, never run.

Only pages and style sheets are looked at: addresses in scripts are mostly namespaces and comments.

Sources: HTML Living Standard (elements that load); WCAG 2.2 1.1.1, 1.2.2, 2.4.2, 3.1.1 for the facts counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from urllib.parse import urlsplit

from content import xml
from content.report import Access

PAGE_ENDINGS = (".html", ".htm", ".xhtml", ".xht")
_LOADED = {
    "script": "src", "img": "src", "iframe": "src", "frame": "src", "embed": "src", "source": "src", "audio": "src",
    "video": "src", "track": "src", "input": "src", "object": "data", "link": "href", "form": "action",
}  # fmt: skip
_LOADED_LINKS = {"stylesheet", "icon", "preload", "modulepreload", "manifest", "prefetch", "apple-touch-icon"}
_IN_STYLE = re.compile(rb"""(?:url\(\s*["']?|@import\s+["'])((?:https?:)?//[^"')\s]+)""", re.IGNORECASE)
LARGEST_PAGE = 1 << 20
MOST_BYTES = 6 << 20


class Look:
    """Takes pages and style sheets, within a budget of bytes, and gives what they say together."""

    def __init__(self) -> None:
        self._left = MOST_BYTES
        self._figures: Counter[str] = Counter()
        self.hosts: set[str] = set()

    def wants(self, name: str, size: int) -> bool:
        """Whether a file is to be looked at. One that the budget leaves out is counted as unread."""
        low = name.lower()
        if not low.endswith((*PAGE_ENDINGS, ".css")):
            return False
        if size > min(LARGEST_PAGE, self._left):
            self._figures["unread"] += low.endswith(PAGE_ENDINGS)
            return False
        self._left -= size
        return True

    def take(self, name: str, data: bytes) -> None:
        """Look at a file."""
        for match in _IN_STYLE.finditer(data):
            self._host(match[1].decode("latin-1"))
        if name.lower().endswith(".css"):
            return
        page = _Page()
        xml.tell_page(data.decode("utf-8", "replace"), page)
        self._figures["pages"] += 1
        self._figures["without_language"] += not page.language
        self._figures["without_title"] += not page.titled
        self._figures.update(page.figures)
        for address in page.loaded:
            self._host(address)

    def access(self, stated: tuple[str, ...] = ()) -> Access:
        """The facts of access over all pages taken, and what the package states of itself."""
        f = self._figures
        return Access(
            f["pages"], f["unread"], f["without_language"], f["without_title"], f["pictures"],
            f["pictures_without_text"], f["videos"], f["videos_without_subtitles"], stated,
        )  # fmt: skip

    def _host(self, address: str) -> None:
        try:
            host = urlsplit(address.strip()).hostname
        except ValueError:
            return
        if host and len(self.hosts) < 200:
            self.hosts.add(host.lower())


class _Page:
    """One page, as `xml.PageTarget`."""

    def __init__(self) -> None:
        self.language, self.titled, self._in_title = "", False, False
        self.loaded: list[str] = []
        self.figures: Counter[str] = Counter()
        self._video_open = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Note what matters of an element."""
        if tag == "html":
            self.language = attributes.get("lang") or attributes.get("xml:lang") or ""
        self._in_title = tag == "title"
        if tag == "img":
            self.figures["pictures"] += 1
            self.figures["pictures_without_text"] += "alt" not in attributes
        elif tag == "video":
            self.figures["videos"] += 1
            self.figures["videos_without_subtitles"] += 1
            self._video_open = True
        elif tag == "track" and self._video_open and attributes.get("kind", "subtitles") in ("subtitles", "captions"):
            self.figures["videos_without_subtitles"] -= 1
            self._video_open = False
        address = attributes.get(_LOADED.get(tag, ""), "")
        if tag == "link" and not set(attributes.get("rel", "").lower().split()) & _LOADED_LINKS:
            return
        if address.lower().startswith(("http:", "https:", "//")):
            self.loaded.append(address)

    def end(self, tag: str) -> None:
        """A title or a video ends."""
        self._in_title = False
        if tag == "video":
            self._video_open = False

    def data(self, text: str) -> None:
        """The text of the title."""
        if self._in_title and text.strip():
            self.titled = True

    def close(self) -> None:
        """Nothing more to note."""
