"""Pages rendered without Flask, at a fixed instant."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jinja2 import ChoiceLoader, DictLoader, Environment, FileSystemLoader

import hub.web
from hub.texts import Translator, speaking
from hub.web import assets
from hub.web.ui.frame import Account, NavItem, Site
from hub.web.ui.static_files import StaticFiles
from hub.web.ui.templating import install

TEMPLATES = Path(hub.web.__file__).parent / "templates"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

Render = Callable[..., str]


@pytest.fixture(autouse=True)
def french() -> Iterator[Translator]:
    with speaking(Translator("fr", now=lambda: NOW)) as chosen:
        yield chosen


@pytest.fixture
def english() -> Iterator[Translator]:
    with speaking(Translator("en", now=lambda: NOW)) as chosen:
        yield chosen


@pytest.fixture(scope="session")
def files() -> StaticFiles:
    assets.build()
    return StaticFiles()


@pytest.fixture
def render(files: StaticFiles) -> Render:
    """Render a template given as source, which may import and extend the hub's."""

    def rendered(source: str, **values: object) -> str:
        loader = ChoiceLoader([DictLoader({"test": source}), FileSystemLoader(TEMPLATES)])
        return install(Environment(loader=loader, autoescape=True), files).get_template("test").render(**values)

    return rendered


@pytest.fixture
def site() -> Site:
    return Site(
        tenant_name="Le Générateur",
        nav=(NavItem("Accueil", "/", "home", current=True), NavItem("Parcours", "/parcours", "line")),
        account=Account("Inès Benali", "/compte", "/sortir"),
        languages=(("en", "English", "/langue/en"),),
        data_href="/mes-donnees",
        accessibility_href="/accessibilite",
        help_href="/aide",
        csrf_token="jeton",
    )
