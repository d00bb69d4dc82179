"""The pictures of the documentation: there, light, and what the command makes is a picture."""

import base64
from pathlib import Path

import pytest

from hub.cli import _screenshots

from .conftest import Watched

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("demo")]

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "img"


def test_every_picture_is_there_and_all_are_light() -> None:
    kinds = [f"{width}-{scheme}" for width in _screenshots.WIDTHS for scheme in _screenshots.SCHEMES]
    wanted = {f"{picture.name}-{kind}.png" for picture in _screenshots.PICTURES for kind in kinds}
    found = {path.name: path.stat().st_size for path in FOLDER.glob("*.png")}
    assert wanted <= set(found)
    assert sum(found.values()) < 3_000_000


def test_a_picture_with_a_palette_is_read_by_a_browser(watched: Watched) -> None:
    page = watched.open(300, 200).new_page()
    page.set_content("<body style='background: linear-gradient(red, blue)'><h1>Atelier</h1>")
    small = _screenshots._small(page, page.screenshot())
    address = f"data:image/png;base64,{base64.b64encode(small).decode()}"
    page.set_content(f"<img src='{address}'>")
    page.wait_for_function("document.images[0].complete")
    assert page.evaluate("[document.images[0].naturalWidth, document.images[0].naturalHeight]") == [300, 200]
