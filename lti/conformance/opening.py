"""How a launch begins in a platform that nobody knows: a page, and the form on it that opens the tool."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from lti.conformance.browser import Browser, Page
from lti.conformance.tool_double import Opening


def through(url: str, form: str = "") -> Opening:
    """Open the page at ``url``; with ``form``, send the first of its forms whose action holds that text. Redirects
    within the platform are followed."""

    def opening(browser: Browser) -> Page:
        host = urlsplit(url).netloc
        page = browser.follow(browser.get(url), host=host)
        if not form:
            return page
        found = [sent for sent in page.forms() if form in sent[0]]
        if not found:
            raise ValueError(f"no form for {form!r} on the page ({page.status})")
        return browser.follow(browser.post(*found[0]), host=host)

    return opening


def read_cookies(pairs: Iterable[str], url: str) -> dict[tuple[str, str], str]:
    """``NAME=VALUE`` pairs as the browser keeps them, for the host of ``url``."""
    host = urlsplit(url).hostname or ""
    found = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        found[host, name.strip()] = value.strip()
    return found
