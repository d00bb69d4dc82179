"""Walks the pages that links lead to, one of each kind."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

from playwright.sync_api import Page

NAMES = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)\d+(?=/|$)")
FILES = re.compile(r"\.(csv|xlsx|json|pdf|svg|png|ics)$|/files/|^/language/")
MOST = 80
"""Pages of one walk."""


def kind(url: str) -> str:
    """What an address has in common with others of its page: the path without names, the questions asked of it."""
    parts = urlsplit(url)
    asked = sorted({name for name, _ in parse_qsl(parts.query)} - {"next", "page", "path", "group", "back"})
    return NAMES.sub("*", parts.path) + ("?" + "&".join(asked) if asked else "")


def walk(page: Page, start: str, known: set[str], most: int = MOST) -> Iterator[str]:
    """Open ``start`` and, one of each kind that is not ``known``, every page of its host that links lead to.

    Gives the address of each, once the page is open.
    """
    waiting, met = [start], {kind(start)}
    while waiting and most:
        url = waiting.pop(0)
        answer = page.goto(url)
        assert answer is not None
        assert answer.status == 200, f"{answer.status} {url}"
        most -= 1
        # Where a redirect led to a page that was seen already, there is nothing new.
        landed = kind(page.url)
        if url == start or landed not in known:
            known |= {kind(url), landed}
            yield page.url
        for found in links(page):
            if kind(found) not in met | known:
                met.add(kind(found))
                waiting.append(found)


def links(page: Page) -> list[str]:
    """Addresses of the same host that the page links to, files left out."""
    host = urlsplit(page.url).netloc
    told = page.eval_on_selector_all("a[href]:not([download])", "all => all.map(one => one.getAttribute('href'))")
    found = (urldefrag(urljoin(page.url, href)).url for href in told)
    return [url for url in found if urlsplit(url).netloc == host and not FILES.search(urlsplit(url).path)]
