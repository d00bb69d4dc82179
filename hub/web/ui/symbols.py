"""The symbols (`static/sprite.svg`): a page carries inline only those it uses, so that its style sheet reaches them."""

import re
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

SPRITE = Path(__file__).parents[1] / "static" / "sprite.svg"
_SYMBOL = re.compile(r'<symbol id="([\w-]+)".*?</symbol>', re.DOTALL)
_USE = re.compile(r'<use href="#([\w-]+)"')


class UnknownSymbol(KeyError):
    """A symbol that `sprite.svg` does not hold; the argument is its name."""


@lru_cache(maxsize=1)
def symbols() -> dict[str, str]:
    """Id -> ``<symbol>`` element, in the sprite's order: ``i-<icon>`` and ``s-<state>``, so that no id of a page
    clashes."""
    text = SPRITE.read_text("utf-8")
    return {match[1]: match[0] for match in _SYMBOL.finditer(text)}


def used(html: str) -> list[str]:
    """Names of the symbols that `html` uses, sorted, each once."""
    return sorted(set(_USE.findall(html)))


def with_symbols(html: str, sprite_href: str) -> Markup:
    """Return the page body `html` preceded by the symbols it uses.

    `sprite_href` is where hub.js finds the others when htmx brings a fragment that uses a symbol this page lacked.

    :raises UnknownSymbol: when the page uses a symbol that does not exist.
    """
    known = symbols()
    names = used(html)
    for name in names:
        if name not in known:
            raise UnknownSymbol(name)
    inline = "".join(known[name] for name in names)
    head = Markup('<svg class="symbols" id="symbols" data-sprite="{}" aria-hidden="true">{}</svg>')
    return head.format(sprite_href, Markup(inline)) + Markup(html)  # noqa: S704 the page was escaped by its templates


def icon(name: str, extra: str = "") -> Markup:
    """A decorative line icon, hidden from screen readers: the word beside it says the same.

    :raises UnknownSymbol: for a name that the sprite does not hold.
    """
    if f"i-{name}" not in symbols():
        raise UnknownSymbol(name)
    css = f"icon {extra}".strip()
    return Markup('<svg class="{}" aria-hidden="true"><use href="#i-{}"/></svg>').format(css, name)


def station(state: str) -> Markup:
    """The sign of a step's state (`done`, `todo`, ...), decorative.

    :raises UnknownSymbol: for an unknown state.
    """
    if f"s-{state}" not in symbols():
        raise UnknownSymbol(state)
    return Markup('<svg class="station-icon" aria-hidden="true"><use href="#s-{}"/></svg>').format(state)
