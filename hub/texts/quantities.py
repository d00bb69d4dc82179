"""Numbers, durations, sizes and lists in the reader's language."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from babel.lists import format_list
from babel.numbers import format_decimal

from hub.texts.typography import LOCALES, NBSP

_SIZE_UNITS = {"fr": ("Mo", "Go"), "en": ("MB", "GB")}


class Quantities:
    """Formatters without a date; mixed into `Translator`, which sets `lang`."""

    lang: Literal["fr", "en"]

    def number(self, value: float | Decimal, digits: int = 2) -> str:
        """A number with at most `digits` decimals: ``1 240``, ``5,5`` in French, ``1,240``, ``5.5`` in English."""
        if isinstance(value, int) and 0 <= value < 1000:  # most of them, and in both languages nothing but its digits
            return str(int(value))
        rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
        return format_decimal(rounded, format="#,##0." + "#" * digits if digits else "#,##0", locale=LOCALES[self.lang])

    def percent(self, share: float) -> str:
        """A share 0..1 as a whole percentage: ``33 %`` (unbreakable) in French, ``33%`` in English."""
        return f"{self.number(share * 100, 0)}{NBSP if self.lang == 'fr' else ''}%"

    def duration(self, minutes: float) -> str:
        """Minutes as people say them: ``45 min``, ``3 h``, ``3 h 30``; rounded to the minute; a minus sign when
        negative."""
        whole = int(Decimal(str(abs(minutes))).quantize(Decimal(1), rounding=ROUND_HALF_UP))
        sign = "−" if minutes < 0 and whole else ""
        hours, rest = divmod(whole, 60)
        if not hours:
            return f"{sign}{rest}{NBSP}min"
        return f"{sign}{self.number(hours, 0)}{NBSP}h" + (f"{NBSP}{rest:02d}" if rest else "")

    def megabytes(self, megabytes: float) -> str:
        """A size given in megabytes (10^6 bytes): ``12 Mo``, ``1,2 Go``; under one, ``moins de 1 Mo``."""
        mega, giga = _SIZE_UNITS[self.lang]
        if megabytes < 1:
            return f"{'moins de' if self.lang == 'fr' else 'less than'} 1{NBSP}{mega}"
        if megabytes < 1000:
            return f"{self.number(megabytes, 0)}{NBSP}{mega}"
        return f"{self.number(megabytes / 1000, 1)}{NBSP}{giga}"

    def enumeration(self, items: Iterable[str], style: Literal["standard", "or"] = "standard") -> str:
        """``a, b et c`` (or ``a, b ou c``); the empty text for no item."""
        return format_list([str(item) for item in items], style=style, locale=LOCALES[self.lang])
