"""A tenant's own colour: checked for contrast, then served as a small style sheet after hub.css."""

import re

_HEX = re.compile(r"^#[0-9a-f]{6}$")

CARDS = {"light": "#fffdf9", "dark": "#261d1f"}
"""The surface under the brand's line in each scheme; `tests/web/ui/test_contrast.py` compares it with the tokens."""

LEAST = 3.0
"""WCAG 2.2, 1.4.11: contrast of what is not text against what lies beside it."""


class ThemeRefused(ValueError):
    """A colour that cannot be used. `scheme` is ``light`` or ``dark``; `ratio` is its contrast, None for what is no
    colour."""

    def __init__(self, scheme: str, ratio: float | None) -> None:
        super().__init__(
            f"{scheme}: "
            + ("not a colour like #a83814" if ratio is None else f"contrast {ratio:.1f}, {LEAST:g} wanted")
        )
        self.scheme = scheme
        self.ratio = ratio


def contrast(first: str, second: str) -> float:
    """Contrast ratio (1 to 21) of two colours written ``#rrggbb``, as WCAG 2.2 defines it."""
    bright, dim = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def theme_css(light: str, dark: str) -> str:
    """The style sheet of a tenant whose colour is `light`, and `dark` in the dark scheme (both ``#rrggbb``).

    :raises ThemeRefused: for what is no colour, or one under 3:1 on the cards of its scheme.
    """
    checked = []
    for scheme, colour in (("light", light.lower()), ("dark", dark.lower())):
        if not _HEX.match(colour):
            raise ThemeRefused(scheme, None)
        ratio = contrast(colour, CARDS[scheme])
        if ratio < LEAST:
            raise ThemeRefused(scheme, ratio)
        checked.append(colour)
    day, night = checked
    return (
        f":root{{--brand:{day}}}.dark{{--brand:{night}}}"
        f"@media (prefers-color-scheme:dark){{:root:not(.light){{--brand:{night}}}}}"
        "@media print{:root,:root:not(.light),.dark{--brand:#000}}\n"
    )
