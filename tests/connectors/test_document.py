"""The page on connectors is what the declarations make."""

from connectors import document
from connectors.capabilities import Capability
from connectors.registry import declarations
from hub.texts import Translator
from tests.shared import ROOT


def test_the_page_of_the_documentation_is_up_to_date() -> None:
    written = (ROOT / "docs" / "connectors.md").read_text("utf-8")
    assert written == document.page(declarations(), Translator("en").gettext), "run: hub dev connectors-page"


def test_the_page_names_every_capability_and_setting() -> None:
    page = document.page(declarations(), str)
    assert [one for one in Capability if f"`{one}`" not in page] == []
    settings = [setting.name for one in declarations().values() for setting in one.settings]
    assert [name for name in settings if f"`{name}`" not in page] == []
