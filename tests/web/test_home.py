"""``/``, the navigation, health, static files."""

import gzip
from types import ModuleType
from uuid import UUID

import pytest
from flask import Blueprint, Flask

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.domain.roles import Grant, Role, Viewer
from hub.services.settings import set_setting
from hub.web.access import PUBLIC, access
from hub.web.app import create_app
from hub.web.nav import entries_of, home_of, nav_items
from hub.web.views import account, health, home, look, sign_in, sign_in_links, ways_in
from tests.web.conftest import Browser

CORE = [account, health, home, look, sign_in, sign_in_links, ways_in]


def pages(*paths: str) -> ModuleType:
    """Views that exist at ``paths``."""
    module, blueprint = ModuleType("pages"), Blueprint("pages", __name__)
    for path in paths:
        blueprint.add_url_rule(path, path.strip("/"), access(PUBLIC)(lambda: "here"))
    module.blueprint = blueprint
    return module


def viewer(*roles: Role) -> Viewer:
    return Viewer(UUID(int=9), "Lina", "fr", tuple(Grant(role) for role in roles))


def test_signed_out_leads_to_sign_in(browser: Browser) -> None:
    assert browser.get("/").location == "/sign-in"


@pytest.mark.parametrize(
    ("roles", "path"),
    [
        (("learner",), "/home"),
        (("trainer",), "/groups"),
        (("designer",), "/design"),
        (("mediator",), "/help"),
        (("administrator",), "/admin"),
        (("learner", "trainer"), "/groups"),
        (("trainer", "administrator"), "/admin"),
        (("auditor",), "/help"),
        ((), "/help"),
    ],
)
def test_each_role_has_its_home(installation: Installation, roles: tuple[Role, ...], path: str) -> None:
    app = create_app(installation, views=[*CORE, pages("/home", "/groups", "/design", "/help", "/admin")])
    with app.test_request_context("/"):
        assert home_of(viewer(*roles)) == path


def test_pages_that_do_not_exist_are_left_out(installation: Installation) -> None:
    app = create_app(installation, views=[*CORE, pages("/home", "/evidence")])
    with app.test_request_context("/"):
        assert [path for _, path, _ in entries_of(viewer("learner"))] == ["/home", "/evidence"]
        assert home_of(viewer("designer")) == "/account"


def test_several_roles_share_one_navigation(installation: Installation) -> None:
    app = create_app(installation, views=[*CORE, pages("/home", "/sessions", "/sessions/planning", "/groups", "/help")])
    with app.test_request_context("/"):
        assert [path for _, path, _ in entries_of(viewer("learner", "trainer"))] == [
            "/groups",
            "/sessions/planning",
            "/home",
            "/sessions",
            "/help",
        ]


def test_the_present_entry_is_the_one_with_the_longest_path(installation: Installation) -> None:
    app = create_app(installation, views=[*CORE, pages("/admin", "/admin/people", "/admin/journal")])
    for path, current in (("/admin/people/12", ["/admin/people"]), ("/admin", ["/admin"]), ("/account", [])):
        with app.test_request_context(path):
            assert [item.href for item in nav_items(viewer("administrator")) if item.current] == current


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("/admin/lti/old-tools/1", "/admin/platforms"), ("/admin/import", "/admin/people"),
        ("/admin/jobs", "/admin/deliveries"), ("/admin/profiles", "/admin/statements"), ("/admin/health", "/admin"),
    ],
)  # fmt: skip
def test_a_page_kept_elsewhere_stands_under_its_entry(app: Flask, path: str, entry: str) -> None:
    with app.test_request_context(path):
        assert [item.href for item in nav_items(viewer("administrator")) if item.current] == [entry]


def test_health_answers_at_any_host(app: Flask) -> None:
    answer = app.test_client().get("/healthz", base_url="http://10.0.0.7:8080")
    assert answer.json == {"status": "ok"}


def test_the_demo_adds_to_health(installation: Installation) -> None:
    app = create_app(installation, health=lambda: {"played": False})
    assert app.test_client().get("/healthz").json == {"status": "ok", "played": False}


def test_static_files_are_kept_for_ever_under_their_hashed_name(browser: Browser, installation: Installation) -> None:
    address = browser.get("/sign-in").text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    hashed = browser.get(address)
    assert hashed.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert browser.get("/static/hub.css").headers["Cache-Control"] == "no-cache"
    again = browser.get("/static/hub.css", headers={"If-None-Match": browser.get("/static/hub.css").headers["ETag"]})
    assert again.status_code == 304
    assert browser.get("/static/../app.py").status_code == 404
    assert browser.get("/static/none.css").status_code == 404


def test_texts_are_compressed_when_asked(browser: Browser) -> None:
    plain = browser.get("/sign-in")
    packed = browser.get("/sign-in", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Se connecter" in gzip.decompress(packed.data).decode()
    assert len(packed.data) < len(plain.data) / 2


def test_the_first_view_is_light(browser: Browser) -> None:
    """UI.md: at most 60 KB compressed in all, 20 KB of it JavaScript."""
    text = browser.get("/sign-in").text
    packed = {"Accept-Encoding": "gzip"}
    addresses = {part.partition('"')[0] for part in text.split('"/static/')[1:]}
    sizes = {a: len(browser.get(f"/static/{a}", headers=packed).data) for a in addresses if "sprite" not in a}
    scripts = sum(size for name, size in sizes.items() if name.endswith(".js"))
    assert len(sizes) >= 3
    assert sum(sizes.values()) + len(browser.get("/sign-in", headers=packed).data) <= 60_000
    assert scripts <= 20_000


def test_the_place_has_a_name_and_a_colour_of_its_own(browser: Browser, tenant: TenantDatabase) -> None:
    assert browser.get("/theme/x.css").status_code == 404
    with tenant.write() as session:
        set_setting(session, "place", {"name": "La Fabrique", "tagline": "Apprendre en faisant"})
        set_setting(session, "theme", {"light": "#1f4e8c", "dark": "#9dc3ff"})
    text = browser.get("/sign-in").text
    assert "La Fabrique" in text
    assert "Apprendre en faisant" in text
    assert 'href="/theme/1f4e8c-9dc3ff.css"' in text
    assert "--brand:#1f4e8c" in browser.get("/theme/1f4e8c-9dc3ff.css").text


def test_the_style_guide_is_for_development(installation: Installation, browser: Browser) -> None:
    assert browser.get("/style").status_code == 200
    live = create_app(installation, development=False).test_client()
    assert live.get("/style", base_url="http://hub.localhost:8080").status_code == 404
