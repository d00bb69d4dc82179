"""English is complete: on every page of every role, no text of the French interface is left."""

import re
from collections.abc import Iterable

import pytest
from playwright.sync_api import Page, expect

from hub.texts.catalogue import english

from .conftest import DOORS, Enter
from .crawl import walk
from .demo_process import Demo
from .pages import SPACES

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("demo")]

PLACEHOLDER = re.compile(r"%\(\w+\)s|%%")
TYPED = {
    "Sur place",
    "À distance à mon rythme",
    "À distance en direct",
    "Au travail",
    "Comodal",
    "Parcours",
    "Séances",
    "le hub",
    "Premier module",
    "Travail à déposer",
    "Choisir",
}
"""Words of the interface that the sample's people also gave as titles of their own."""
ALL_TEXTS = """() => {
    const found = new Set([document.title]);
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const {parentElement, data} = walker.currentNode;
        if (!parentElement.closest("script, style, body [lang=fr]")) found.add(data);
    }
    for (const name of ["aria-label", "title", "placeholder", "alt"])
        for (const one of document.body.querySelectorAll(`[${name}]`)) found.add(one.getAttribute(name));
    return [...found];
}"""


class French:
    """The texts of the interface whose English differs: as they are, and as patterns where values go into them."""

    def __init__(self) -> None:
        self.plain: set[str] = set()
        self.patterns: list[re.Pattern[str]] = []
        for msgid, entry in english().items():
            singular = str(entry if isinstance(entry, str) else entry[0])
            if SPACES.sub(" ", msgid) == SPACES.sub(" ", singular) or msgid in TYPED:
                continue
            parts = PLACEHOLDER.split(SPACES.sub(" ", msgid).strip())
            if len(parts) == 1:
                self.plain.add(parts[0])
            elif sum(letter.isalpha() for part in parts for letter in part) >= 12:
                self.patterns.append(re.compile(".+?".join(map(re.escape, parts))))

    def among(self, texts: Iterable[str]) -> list[str]:
        """Those of ``texts`` that are French of the interface."""
        tidy = {SPACES.sub(" ", text).strip() for text in texts}
        return sorted(text for text in tidy if self._is_ours(text))

    def _is_ours(self, text: str) -> bool:
        return text in self.plain or any(pattern.fullmatch(text) for pattern in self.patterns)


@pytest.fixture(scope="module")
def french() -> French:
    """The French of the interface."""
    return French()


@pytest.fixture(scope="module")
def read() -> set[str]:
    """Kinds of pages that were read already."""
    return set()


@pytest.mark.parametrize("key", DOORS)
def test_no_french_is_left_on_an_english_page(
    demo: Demo, enter: Enter, french: French, read: set[str], key: str
) -> None:
    page = enter(key)
    speak(page, demo, "en")
    try:
        left = {url: found for url in walk(page, f"{demo.hub}/", read) if (found := french.among(texts(page)))}
    finally:
        speak(page, demo, "fr")
    assert left == {}


def speak(page: Page, demo: Demo, language: str) -> None:
    """Choose a language by the link at the foot of the page, which asks once more."""
    page.goto(f"{demo.hub}/account")
    page.locator(f'footer [lang="{language}"]').click()
    page.locator("main").get_by_role("button").click()
    expect(page.locator("html")).to_have_attribute("lang", language)
    page.goto(f"{demo.hub}/account")
    expect(page.locator("html")).to_have_attribute("lang", language)


def texts(page: Page) -> list[str]:
    """Everything that the page says, to the eye and to a screen reader."""
    return [str(text) for text in page.evaluate(ALL_TEXTS)]


def test_french_is_recognised(french: French) -> None:
    assert french.among(["Se\u00a0déconnecter", "Sign out", "Inès Benali"]) == ["Se déconnecter"]
