"""Texts without Flask: gettext whose msgid is the French text, and dates, durations, sizes as people say them.

`Translator` holds one reader's language and zone; ``with speaking(Translator("en", "Europe/Paris")):`` makes it the
one that ``_``, `ngettext` and the templates use. English lives in `hub/texts/en/<area>.po`, merged at first use. To
list what is not translated yet, as .po entries: ``python -m hub.texts.extraction``.
"""

from hub.texts.translation import (
    DEFAULT_ZONE,
    LANGUAGES,
    Language,
    Translator,
    gettext,
    mark,
    ngettext,
    speaking,
    tidy,
    translator,
)

_ = gettext
N_ = mark

__all__ = [
    "DEFAULT_ZONE",
    "LANGUAGES",
    "N_",
    "Language",
    "Translator",
    "_",
    "gettext",
    "mark",
    "ngettext",
    "speaking",
    "tidy",
    "translator",
]
