"""A first view is light: what goes over the network, counted by the browser."""

import pytest
from playwright.sync_api import Page

from .conftest import DOORS, Enter
from .demo_process import Demo

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("demo")]

IN_ALL, SCRIPTS = 60_000, 20_000
"""Bytes as they travel, headers too."""


@pytest.mark.parametrize("key", DOORS)
def test_the_first_view_of_home_is_light(demo: Demo, enter: Enter, key: str) -> None:
    page = enter(key, width=360)
    weights = weigh(page, f"{demo.hub}/")
    assert any(kind == "Document" for kind, _, _ in weights)
    assert {url.split("/")[2] for _, url, _ in weights} == {demo.hub.split("/")[2]}
    assert sum(size for kind, _, size in weights if kind == "Script") <= SCRIPTS
    assert sum(size for _, _, size in weights) <= IN_ALL, weights


def weigh(page: Page, url: str) -> list[tuple[str, str, int]]:
    """Kind, address and size of everything that opening ``url`` with an empty cache fetches."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    about: dict[str, tuple[str, str]] = {}
    found: list[tuple[str, str, int]] = []

    def answered(event: dict[str, object]) -> None:
        response = event["response"]
        assert isinstance(response, dict)
        about[str(event["requestId"])] = (str(event["type"]), str(response["url"]))

    def ended(event: dict[str, object]) -> None:
        kind, address = about.get(str(event["requestId"]), ("", ""))
        if address.startswith("http"):
            found.append((kind, address, int(str(event["encodedDataLength"]).partition(".")[0])))

    session.on("Network.responseReceived", answered)
    session.on("Network.loadingFinished", ended)
    page.goto(url, wait_until="networkidle")
    return found
