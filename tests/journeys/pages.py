"""What people read on a page, as they read it."""

import re

from playwright.sync_api import Locator, Page, expect

SPACES = re.compile(r"\s+")
DURATION = re.compile(r"(?:(?P<hours>\d+) h)? ?(?:(?P<minutes>\d+)(?: min)?)?")


def text_of(found: Locator) -> str:
    """Its visible text on one line, with plain spaces."""
    return SPACES.sub(" ", found.inner_text()).strip()


def main_text(page: Page) -> str:
    """The visible text of the page's main part."""
    return text_of(page.locator("main"))


def message(page: Page, words: str) -> None:
    """The page says that this just happened."""
    expect(page.locator("#messages")).to_contain_text(words)


def cell(page: Page, name: str, step: str) -> Locator:
    """The sign of one person at one step, in the trainer's grid."""
    return page.get_by_role("link", name=re.compile(rf"^{re.escape(name)}, {re.escape(step)} : "))


def state(page: Page, name: str, step: str) -> str:
    """The word of that sign."""
    label = SPACES.sub(" ", cell(page, name, step).get_attribute("aria-label") or "")
    return label.rpartition(" : ")[2]


def in_state(page: Page, step: str, *words: str) -> list[str]:
    """Names of those whose sign at this step has one of these words, from top to bottom."""
    found = []
    for link in page.locator("td.cell a[aria-label]").all():
        label = SPACES.sub(" ", link.get_attribute("aria-label") or "")
        who, _, rest = label.partition(", ")
        title, _, word = rest.rpartition(" : ")
        if title == step and word in words:
            found.append(who)
    return found


def opened(page: Page, summary: str) -> Locator:
    """A disclosure by its title, open."""
    found = page.locator("details", has=page.locator("summary", has_text=summary)).last
    if found.get_attribute("open") is None:
        found.locator("summary").first.click()
    return found


def hours_of(page: Page) -> dict[str, float]:
    """Hours done by modality, from the table behind the bars."""
    rows = page.locator("figure", has_text="Heures réalisées sur prévues").locator("tbody tr").all()
    found = {}
    for row in rows:
        name = SPACES.sub(" ", row.locator("th").text_content() or "").strip()
        done = SPACES.sub(" ", row.locator("td").first.text_content() or "").strip()
        time = DURATION.fullmatch(done)
        assert time is not None, done
        found[name] = int(time["hours"] or 0) + int(time["minutes"] or 0) / 60
    return found


AGAIN = """async arg => {
    const check = HOLDS;
    for (let asked = 0; asked < 100; asked++) {
        const text = await (await fetch(location.href)).text();
        if (check(new DOMParser().parseFromString(text, "text/html"), arg)) return true;
        await new Promise(done => setTimeout(done, 200));
    }
    return false;
}"""


def reload_until(page: Page, holds: str, arg: object = None) -> None:
    """Ask for the page again until ``holds``, a function of the document and of ``arg``, says yes; then show it."""
    assert page.evaluate(AGAIN.replace("HOLDS", holds), arg), "it does not come"
    page.reload()
