"""Small pieces that say a state or a modality: symbol + word + colour, never colour alone."""

from markupsafe import Markup

from hub.texts import translator
from hub.web.ui.symbols import icon, station
from hub.web.ui.words import MODALITY_WORDS, SHORT_MODALITY_WORDS, STATE_WORDS, modality_class


def state_word(state: str) -> str:
    """The translated word of a state."""
    return translator().gettext(STATE_WORDS[state])


def modality_word(modality: str, short: bool = False) -> str:
    """The translated word of a modality; the short one leaves « à distance » out."""
    return translator().gettext((SHORT_MODALITY_WORDS if short else MODALITY_WORDS)[modality])


def state_chip(state: str, text: str | Markup | None = None) -> Markup:
    """A state's sign and word; `text` replaces the word by a fuller one (« ouvre le 1er décembre »)."""
    word = state_word(state) if text is None else text
    return Markup('<span class="state {}">{}<span>{}</span></span>').format(state, station(state), word)


def modality_chip(modality: str, text: str | None = None, short: bool = False) -> Markup:
    """A modality's pictogram and word."""
    css = modality_class(modality)
    word = modality_word(modality, short) if text is None else text
    return Markup('<span class="modality {}">{}<span>{}</span></span>').format(css, icon(css), word)


def modality_line(modality: str, other: bool = False, extra: str = "sample") -> Markup:
    """A piece of a modality's line, decorative; thin when it is another way than one's own."""
    css = " ".join(filter(None, (extra, modality_class(modality), "other" if other else "")))
    line = Markup('<line class="v" y1="50%" x2="100%" y2="50%"/>')
    return Markup('<svg class="{}" aria-hidden="true">{}{}</svg>').format(css, line, line)
