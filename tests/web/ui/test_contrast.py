"""Contrast of the tokens (WCAG 2.2), in light and dark, and of a tenant's own colour."""

import re

import pytest

from hub.web.ui.static_files import STATIC
from hub.web.ui.theme import CARDS, ThemeRefused, contrast, theme_css

SHEET = (STATIC / "css" / "10-tokens.css").read_text("utf-8")
AAA, AA, OUTLINE = 7, 4.5, 3

PAIRS = [
    *[(ink, ground, AAA) for ink in ("ink", "ink-soft") for ground in ("paper", "card", "sunken")],
    ("link", "paper", AAA),
    ("link", "card", AAA),
    ("on-action", "action", AAA),
    ("on-saffron", "saffron", AAA),
    ("ink", "alert-bg", AAA),
    *[(state, f"{state}-bg", AAA) for state in ("done", "waiting", "waived")],
    *[(state, ground, AA) for state in ("check", "locked") for ground in (f"{state}-bg", "card")],
    *[(f"m{n}", ground, AA) for n in range(1, 6) for ground in ("paper", "card", f"m{n}-bg")],
    *[("ink", f"m{n}-bg", AAA) for n in range(1, 6)],
    *[("outline", ground, OUTLINE) for ground in ("paper", "card", "sunken")],
    ("brand", "card", OUTLINE),
]


def tokens(start: str) -> dict[str, str]:
    block = SHEET[SHEET.index(start) :]
    return dict(re.findall(r"--([\w-]+):(#[0-9a-f]{6})\b", block[block.index("{") : block.index("}")]))


LIGHT, DARK = tokens(":root{"), tokens(".dark{")


def test_both_dark_blocks_agree() -> None:
    assert tokens(":root:not(.light){") == DARK
    assert LIGHT.keys() == DARK.keys()


@pytest.mark.parametrize(("front", "back", "least"), PAIRS, ids=[f"{front}-on-{back}" for front, back, _ in PAIRS])
def test_contrast_is_enough_in_both_schemes(front: str, back: str, least: float) -> None:
    assert contrast(LIGHT[front], LIGHT[back]) >= least
    assert contrast(DARK[front], DARK[back]) >= least


def test_known_ratios() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_the_cards_of_the_theme_are_those_of_the_tokens() -> None:
    assert {"light": LIGHT["card"], "dark": DARK["card"]} == CARDS


def test_a_tenants_colour_replaces_the_brand_in_every_scheme() -> None:
    sheet = theme_css("#17629C", "#7fc0ef")
    assert sheet.count("--brand:#17629c") == 1
    assert sheet.count("--brand:#7fc0ef") == 2
    assert "@media print" in sheet


@pytest.mark.parametrize(
    ("light", "dark", "scheme"),
    [
        ("#f6e7a0", "#7fc0ef", "light"),
        ("#17629c", "#33282b", "dark"),
        ("red", "#7fc0ef", "light"),
        ("#17629c", "#fff;}", "dark"),
    ],
)
def test_a_colour_that_cannot_be_seen_is_refused(light: str, dark: str, scheme: str) -> None:
    with pytest.raises(ThemeRefused) as refused:
        theme_css(light, dark)
    assert refused.value.scheme == scheme
