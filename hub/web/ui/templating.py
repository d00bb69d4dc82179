"""Give a Jinja environment what the pages' templates use: texts, symbols, chips, map, charts, addresses of static
files."""

from collections.abc import Callable
from typing import Any

from jinja2 import Environment

from hub.texts import render
from hub.web.ui import chips, words
from hub.web.ui.line_map import line_map
from hub.web.ui.static_files import StaticFiles
from hub.web.ui.symbols import icon, station, with_symbols

_GLOBALS: dict[str, Callable[..., Any]] = {
    "icon": icon,
    "station": station,
    "line_map": line_map,
    "state_chip": chips.state_chip,
    "state_word": chips.state_word,
    "modality_chip": chips.modality_chip,
    "modality_word": chips.modality_word,
    "modality_line": chips.modality_line,
    "modality_class": words.modality_class,
}


def install(env: Environment, files: StaticFiles) -> Environment:
    """Install the hub's texts (`hub.texts.render.install`) and the helpers of pages in `env`, Flask's or another.

    Globals: icon(name), station(state), state_chip(state, text), modality_chip(modality), modality_line(modality,
    other), static_url(name), MODALITIES, STATES, PHONE_WORDS, PHONE_CLASSES. Filter: with_symbols, used once by
    base.html.
    """
    render.install(env)
    env.globals.update(_GLOBALS)
    env.globals.update(
        static_url=files.url,
        MODALITIES=words.MODALITIES,
        STATES=words.STATES,
        PHONE_WORDS=words.PHONE_WORDS,
        PHONE_CLASSES=words.PHONE_CLASSES,
    )
    env.filters["with_symbols"] = lambda html: with_symbols(html, files.url("sprite.svg"))
    return env
