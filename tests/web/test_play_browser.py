"""Content in a real browser: played to its end, resumed on another device, closed at any moment, kept in its place."""

import json
import threading
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, FrameLocator, Page, expect
from werkzeug.serving import make_server

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.services import sessions
from hub.web.app import create_app
from tests.conftest import TENANT_HOST
from tests.services import builders
from tests.shared import shared_path
from tests.web import play_packages
from tests.web.conftest import Clock
from tests.web.play_sequenced import led
from tests.web.play_world import Play, lay_out
from tests.web.test_packages_browser import barriers
from tests.web.test_play_shared import NOTES, package

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("dialect", ["sqlite"])]
CLOSED_TABS = 5


@pytest.fixture
def address(installation: Installation, clock: Clock) -> Iterator[str]:
    """The hub and its content hosts on a free port of the loopback."""
    server = make_server("127.0.0.1", 0, lambda environ, start: app(environ, start), threaded=True)
    base = f"http://{TENANT_HOST}:{server.server_port}"
    object.__setattr__(installation.config, "base_url", base)
    app = create_app(installation, clock=clock)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield base
    server.shutdown()
    thread.join()


@pytest.fixture
def learner(add_person: Callable[..., UUID]) -> UUID:
    return add_person("Lina", "Martin", "learner", "designer")


@pytest.fixture
def device(
    chromium: Browser, installation: Installation, tenant: TenantDatabase, clock: Clock, learner: UUID
) -> Iterator[Callable[..., BrowserContext]]:
    """Gives a device more, signed in."""
    made: list[BrowserContext] = []

    def new(**options: object) -> BrowserContext:
        with tenant.write() as session:
            token = sessions.start(session, installation.vault, learner, clock.now, shared=False, how="password")
        context = chromium.new_context(**options)
        context.add_cookies([{"name": "hub", "value": token, "domain": TENANT_HOST, "path": "/"}])
        made.append(context)
        return context

    yield new
    for context in made:
        context.close()


@pytest.fixture
def world(installation: Installation, tenant: TenantDatabase, learner: UUID, clock: Clock) -> Callable[..., Play]:
    def made(data: bytes, rule: tuple[str, float | None] = ("completed", None)) -> Play:
        return lay_out(installation, tenant, learner, data, "cours.zip", clock.now, builders.rule(rule))

    return made


def open_step(page: Page, address: str, play: Play) -> FrameLocator:
    """From the step to the content: its frame."""
    page.goto(address + play.step_url)
    page.locator("form[action*='/open/'] button").first.click()
    page.wait_for_url("**/play/*")
    return content(page)


def content(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[name=player]").frame_locator("#stage")


def stage(page: Page) -> Frame:
    """The content's own window."""
    return next(frame for frame in page.frames if frame.name == "stage")


def test_a_quiz_is_resumed_on_a_phone_and_its_score_reaches_the_step(
    address: str, world: Callable[..., Play], device: Callable[..., BrowserContext], clock: Clock
) -> None:
    play = world(play_packages.quiz_12(), ("score", 0.6))
    page = device().new_page()
    sco = open_step(page, address, play)
    expect(sco.locator("#kept")).to_have_text("|ab-initio")
    for _ in range(3):
        sco.get_by_role("button", name="Answer").click()
    page.close(run_before_unload=False)
    phone = device(viewport={"width": 360, "height": 740}, color_scheme="dark").new_page()
    sco = open_step(phone, address, play)
    expect(sco.locator("#kept")).to_have_text("aaa|resume")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    with phone.expect_response("**/commit") as answer:
        sco.get_by_role("button", name="Finish").click()
    assert answer.value.status == 200
    assert play.step_view(clock.now).best == pytest.approx(0.8)
    phone.get_by_role("link", name="Revenir à l’étape").click()
    expect(phone.get_by_text("Meilleure note : 80")).to_be_visible()


def test_golf_is_played_through_and_the_step_is_done(
    address: str, world: Callable[..., Play], device: Callable[..., BrowserContext], clock: Clock
) -> None:
    play = world(shared_path("fixtures", "content", "scorm12", "golf-minimum-calls-mini.zip").read_bytes())
    page = device(viewport={"width": 1280, "height": 900}).new_page()
    sco = open_step(page, address, play)
    wrapper = page.frame_locator("iframe[name=player]")
    lines = wrapper.locator("a[data-part]")
    expect(lines).to_have_count(9)
    for number in range(lines.count()):
        lines.nth(number).click()
        expect(lines.nth(number)).to_have_attribute("aria-current", "page")
        expect(sco.locator("h1")).to_be_visible()
        shown = lines.nth(number).evaluate("link => link.href")
        inner = stage(page)
        inner.wait_for_url(shown, wait_until="load")
        inner.wait_for_function("() => typeof initialized === 'undefined' || initialized")
    expect(wrapper.locator("a[data-done]")).to_have_count(lines.count() - 1)
    page.get_by_role("link", name="Revenir à l’étape").click()  # the last one says so as its page goes
    expect(page.get_by_role("heading", name="Où vous en êtes")).to_be_visible()
    for _ in range(100):
        if play.step_view(clock.now).done:
            break
        page.wait_for_timeout(50)
    assert play.step_view(clock.now).done
    again = open_step(device().new_page(), address, play)
    expect(again.locator("h1")).to_be_visible()


def test_2004_goes_on_by_its_own_wish_and_is_read_without_barrier(
    address: str, world: Callable[..., Play], device: Callable[..., BrowserContext], clock: Clock
) -> None:
    play = world(play_packages.quiz_2004(), ("passed", None))
    page = device(viewport={"width": 1280, "height": 1000}, bypass_csp=True).new_page()
    sco = open_step(page, address, play)
    expect(sco.locator("#kept")).to_have_text("|ab-initio||")
    sco.get_by_role("button", name="Next").click()
    expect(sco.locator("#kept")).to_have_text("?quiz=1|ab-initio||0.7")
    with page.expect_response("**/commit"):
        sco.get_by_role("button", name="Keep").click()
    other = device().new_page()
    sco = open_step(other, address, play)
    expect(sco.locator("#kept")).to_have_text("?quiz=1|resume|kept|0.7")
    with other.expect_response("**/commit"):
        sco.get_by_role("button", name="Finish").click()
    assert play.step_view(clock.now).done
    found = barriers(page)
    page.goto(f"{address}/catalogue/{play.resource}/preview")
    expect(content(page).locator("#kept")).to_have_text("|ab-initio||")
    assert found + barriers(page) == []
    assert len(play.attempts()) == 1


def test_2004_empties_a_text_and_learns_where_it_may_go(
    address: str, world: Callable[..., Play], device: Callable[..., BrowserContext]
) -> None:
    play = world(play_packages.quiz_2004())
    page = device().new_page()
    sco = open_step(page, address, play)
    expect(sco.locator("#kept")).to_have_text("|ab-initio||")
    says = """(pairs) => pairs.map(([name, value]) => [
      api.SetValue(name, value), api.GetLastError(), api.GetValue(name)].join(" "))"""
    asks = """(names) => names.map((name) => api.GetValue("adl.nav.request_valid." + name))"""
    texts = ["cmi.location", "cmi.learner_preference.language", "cmi.comments_from_learner.0.location"]
    frame = stage(page)
    assert frame.evaluate(says, [[name, "fr"] for name in texts]) == ["true 0 fr"] * 3
    with page.expect_response("**/commit"):
        frame.evaluate("api.Commit('')")
    with page.expect_response("**/commit"):
        assert frame.evaluate(says, [[name, ""] for name in texts]) == ["true 0 "] * 3
        frame.evaluate("api.Commit('')")
    assert frame.evaluate(says, [["cmi.score.scaled", ""]]) == ["false 406 "]
    kept = play.attempts()[0].state["scos"]["I1"]["cmi"]
    assert [kept[name] for name in texts] == ["", "", ""]
    ways = ["continue", "previous", "choice.{target=I2}", "choice.{target=I9}", "jump.{target=I2}", "exitAll"]
    assert frame.evaluate(asks, ways) == ["true", "false", "true", "false", "false", "true"]
    sco.get_by_role("button", name="Next").click()
    expect(sco.locator("#kept")).to_have_text("?quiz=1|ab-initio||0.7")
    assert stage(page).evaluate(asks, ways[:2]) == ["false", "true"]


def test_a_package_leads_by_its_rules_and_is_resumed_where_it_was(
    address: str, world: Callable[..., Play], device: Callable[..., BrowserContext], clock: Clock
) -> None:
    play = world(led(), ("score", 0.7))
    page = device(viewport={"width": 1280, "height": 900}, bypass_csp=True).new_page()
    sco, wrapper = open_step(page, address, play), page.frame_locator("iframe[name=player]")
    on, back = wrapper.get_by_role("button", name="Continuer"), wrapper.get_by_role("button", name="Précédent")
    expect(sco.locator("#kept")).to_have_text("?read|ab-initio||true|false||")
    expect(wrapper.locator("a[data-part=END]")).to_have_attribute("aria-disabled", "true")
    expect(on).to_be_enabled()
    assert barriers(page) == []
    on.click()
    expect(sco.locator("#kept")).to_have_text("?test|ab-initio||true|false|test|unknown")
    expect(back).to_be_hidden()
    sco.get_by_role("button", name="Fail").click()
    expect(sco.locator("#kept")).to_have_text("?read|ab-initio||true|false||")
    wrapper.locator("a[data-part=TEST]").click()
    with page.expect_response("**/commit"):
        sco.get_by_role("button", name="Keep").click()
    page.close(run_before_unload=False)
    phone = device(viewport={"width": 360, "height": 740}).new_page()
    sco, wrapper = open_step(phone, address, play), phone.frame_locator("iframe[name=player]")
    expect(sco.locator("#kept")).to_have_text("?test|resume|kept|true|false|test|unknown")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    sco.get_by_role("button", name="Pass").click()
    expect(sco.locator("#kept")).to_have_text("?end|ab-initio||true|true|test|passed")
    wrapper.get_by_role("button", name="Terminer").click()
    expect(wrapper.locator("#note")).to_have_text("C’est terminé. Vous pouvez revenir à l’étape.")
    view = play.step_view(clock.now)
    assert view.done
    assert view.best == pytest.approx(0.9)


def test_contents_share_texts_as_the_manifest_lets_them(
    address: str, world: Callable[..., Play], device: Callable[..., BrowserContext]
) -> None:
    play = world(package(NOTES, sequencing="", page=play_packages.SHARES))
    page = device().new_page()
    sco = open_step(page, address, play)
    expect(sco.locator("#kept")).to_have_text("id,store|2|notes|403|403|301")
    sco.get_by_role("button", name="Write").click()
    expect(sco.locator("#set")).to_have_text("true0|false404|false351|false404")
    page.frame_locator("iframe[name=player]").locator("a[data-part]").nth(1).click()
    expect(sco.locator("#kept")).to_have_text("id,store|2| notes |noted|405|301")
    with page.expect_response("**/commit"):
        sco.get_by_role("button", name="Write").click()
    expect(sco.locator("#set")).to_have_text("false404|true0|false351|false404")
    page.close(run_before_unload=False)
    sco = open_step(device().new_page(), address, play)
    expect(sco.locator("#kept")).to_have_text("id,store|2| notes |noted|405|301")


def test_the_last_words_survive_closed_tabs(
    address: str, world: Callable[..., Play], device: Callable[..., BrowserContext]
) -> None:
    play = world(play_packages.quiz_12())
    context = device()
    for number in range(CLOSED_TABS):
        page = context.new_page()
        sco = open_step(page, address, play)
        expect(sco.locator("#kept")).to_have_text("a" * number + ("|resume" if number else "|ab-initio"))
        sco.get_by_role("button", name="Answer").click()
        page.close(run_before_unload=False)


def test_an_attack_package_finds_nothing(
    address: str, installation: Installation, world: Callable[..., Play], device: Callable[..., BrowserContext]
) -> None:
    # The hardest place: one site with the hub, so that browsers send its cookies along and keep what packages store.
    object.__setattr__(installation.config, "content_host", f"*.content.{TENANT_HOST}")
    context = device()
    for _package in range(2):  # the second looks for what the first left in its storage
        play = world(play_packages.attack(address))
        page = context.new_page()
        sco = open_step(page, address, play)
        place = page.url
        expect(sco.locator("body[data-over]")).to_be_attached(timeout=40_000)
        found = json.loads(sco.locator("#found").inner_text())
        assert found.pop("api") is True
        assert found.pop("cookie") == ""
        assert (found.pop("storage"), found.pop("kept")) == ("nothing", "mine")
        assert page.url == place
        assert {name: said for name, said in found.items() if said not in ("refused", "asked", "clicked", "sent")} == {}
        for name in ("top dom", "top cookie", "hub page", "hub api", "hub post", "hub script", "hub frame", "worker"):
            assert found[name] == "refused", name
        page.goto(address + "/home")
        assert "/sign-in" not in page.url
