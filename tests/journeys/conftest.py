"""Journeys: people in a real browser, through the demo that everybody can start. All on one worker, on one demo."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from .demo_process import Demo, running

DOORS = {"ines": "learner", "claire": "trainer", "nadia": "designer", "samir": "mediator", "karim": "administrator"}
"""Who is behind the doors of the demo; everybody else comes in by a link that the administrator hands over."""
PATIENCE = 15_000
"""Milliseconds that a page may take on a busy machine."""
Enter = Callable[..., Page]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demo, played."""
    with running(tmp_path_factory.mktemp("demo")) as found:
        yield found


class Watched:
    """Opens contexts and remembers what no page may do: fail, break the policy, raise an error."""

    def __init__(self, chromium: Browser) -> None:
        self._chromium = chromium
        self._opened: list[BrowserContext] = []
        self.faults: list[str] = []

    def open(self, width: int = 1280, height: int = 900, **options: Any) -> BrowserContext:
        """A context of a visitor in Toulouse."""
        context = self._chromium.new_context(
            viewport={"width": width, "height": height},
            locale="fr-FR",
            timezone_id="Europe/Paris",
            reduced_motion="reduce",
            **options,
        )
        context.set_default_timeout(PATIENCE)
        context.on("response", lambda answer: self._note(answer.status >= 500, f"{answer.status} {answer.url}"))
        context.on("weberror", lambda error: self.faults.append(f"{error.page and error.page.url}: {error.error}"))
        context.on("console", lambda said: self._note("Content Security Policy" in said.text, said.text))
        self._opened.append(context)
        return context

    def close(self) -> None:
        """Close every context."""
        for context in self._opened:
            context.close()

    def _note(self, wrong: bool, text: str) -> None:
        if wrong:
            self.faults.append(text)


@pytest.fixture
def watched(chromium: Browser) -> Iterator[Watched]:
    """Contexts of this test; a page that failed fails it."""
    found = Watched(chromium)
    yield found
    found.close()
    assert found.faults == []


@pytest.fixture(scope="session")
def signed_in() -> dict[str, Any]:
    """Cookies of those who came in already, by key."""
    return {}


@pytest.fixture
def enter(demo: Demo, watched: Watched, signed_in: dict[str, Any]) -> Enter:
    """``enter("ines", width=360)`` gives a page in a browser of this person, signed in; it has opened nothing yet."""

    def come_in(key: str, width: int = 1280, **options: Any) -> Page:
        if key not in signed_in:
            arriving = watched.open().new_page()
            if key in DOORS:
                arriving.goto(demo.doors)
                arriving.locator(f'form[action$="/{DOORS[key]}"] button').click()
            else:
                arriving.goto(link_for(come_in("karim"), demo, key))
            pass_link(arriving)
            signed_in[key] = arriving.context.storage_state()
            arriving.context.close()
        return watched.open(width, storage_state=signed_in[key], **options).new_page()

    return come_in


def link_for(administrator: Page, demo: Demo, key: str) -> str:
    """A single-use link that the administrator hands over to this person."""
    administrator.goto(f"{demo.hub}/hand-over/{demo.ids['people'][key]}")
    administrator.locator('form:has(input[name="purpose"][value="sign_in"]) button').click()
    return administrator.locator("main").get_by_text("/s/").first.inner_text().strip()


def pass_link(page: Page, *, own_device: bool = True) -> None:
    """Behind a single-use link: say whose device it is, and go on."""
    if own_device:
        page.get_by_label("C’est mon appareil").check()
    page.get_by_role("button", name="Continuer").click()
    page.wait_for_url(lambda url: "/s/" not in url)


@pytest.fixture
def now() -> datetime:
    """The place's own time."""
    return datetime.now(ZoneInfo("Europe/Paris"))


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str, bytes], Path]:
    """``file("piece.stl", b"…")`` writes a file to choose in a form."""

    def write(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write
