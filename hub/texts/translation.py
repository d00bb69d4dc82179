"""Translate French texts and say dates, durations and numbers as people say them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

from hub.texts import catalogue
from hub.texts.dates import DateWords
from hub.texts.quantities import Quantities
from hub.texts.typography import unbreakable

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = ("fr", "en")
DEFAULT_ZONE = "Europe/Paris"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Translator(DateWords, Quantities):
    """One reader's language and time zone.

    The msgid is the French text; English comes from `hub/texts/en/*.po`, and a text without translation stays
    French. Texts are always ``%``-formatted, so a literal percent sign is written ``%%``, in Python as in templates.

    :param lang: ``"fr"`` or ``"en"``.
    :param zone: IANA name of the reader's time zone.
    :param now: gives the present instant (aware); days such as "hier" are counted from it.
    :raises ValueError: for another language. :raises zoneinfo.ZoneInfoNotFoundError: for an unknown zone.
    """

    def __init__(self, lang: str = "fr", zone: str = DEFAULT_ZONE, now: Callable[[], datetime] = _utc_now) -> None:
        if lang not in LANGUAGES:
            raise ValueError(f"no texts in {lang!r}")
        self.lang: Language = "fr" if lang == "fr" else "en"
        self.zone = ZoneInfo(zone)
        self.now = now

    def raw_gettext(self, msgid: str) -> str:
        """Translate without filling placeholders in."""
        if self.lang == "fr":
            return unbreakable(msgid)
        found = catalogue.english().get(msgid, msgid)
        return found if isinstance(found, str) else found[0]

    def raw_ngettext(self, singular: str, plural: str, number: float) -> str:
        """Choose and translate the form for `number` without filling placeholders in. French: 0 and 1 are singular."""
        if self.lang == "fr":
            return unbreakable(singular if abs(number) < 2 else plural)
        found = catalogue.english().get(singular, (singular, plural))
        return found[0 if number == 1 else 1] if isinstance(found, tuple) else found

    def gettext(self, msgid: str, /, **values: object) -> str:
        """Translate `msgid` and fill its ``%(name)s`` placeholders from `values`."""
        return self.raw_gettext(msgid) % values

    def ngettext(self, singular: str, plural: str, number: float, /, **values: object) -> str:
        """Like `gettext`, for a count; ``%(num)s`` is the number written in the reader's language."""
        values.setdefault("num", self.number(number))
        return self.raw_ngettext(singular, plural, number) % values


Text = TypeVar("Text", bound=str)

_current: ContextVar[Translator | None] = ContextVar("hub_translator", default=None)


def translator() -> Translator:
    """The translator of the present request, job or document; French in Paris time when none was chosen."""
    return _current.get() or Translator()


@contextmanager
def speaking(chosen: Translator) -> Iterator[Translator]:
    """Make `chosen` the translator that `translator()`, `_()` and the templates use inside the block."""
    token = _current.set(chosen)
    try:
        yield chosen
    finally:
        _current.reset(token)


def gettext(msgid: str, /, **values: object) -> str:
    """`Translator.gettext` of the present translator. Usually imported as ``_``."""
    return translator().gettext(msgid, **values)


def ngettext(singular: str, plural: str, number: float, /, **values: object) -> str:
    """`Translator.ngettext` of the present translator."""
    return translator().ngettext(singular, plural, number, **values)


def tidy(text: Text) -> Text:
    """Keep the spaces of a text written by people unbreakable where French wants it; markup stays markup."""
    return type(text)(unbreakable(str(text))) if translator().lang == "fr" else text


def mark(msgid: str) -> str:
    """Mark a text for extraction where it is defined; it is translated where it is shown. Imported as ``N_``."""
    return msgid
