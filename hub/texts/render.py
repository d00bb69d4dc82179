"""Jinja with the hub's texts, for pages (Flask hands its own environment in) and for documents (no Flask)."""

from collections.abc import Callable
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined

from hub.texts import translation as texts

_FILTERS = (
    "day", "clock", "span", "dates", "moment", "ago", "days_away", "weekday", "day_number", "month",
    "number", "percent", "duration", "megabytes",
)  # fmt: skip


def _through_translator(name: str) -> Callable[..., str]:
    def say(*args: Any, **kwargs: Any) -> str:
        return str(getattr(texts.translator(), name)(*args, **kwargs))

    return say


def install(env: Environment) -> Environment:
    """Give `env` the hub's texts: newstyle ``_``/``gettext``/``ngettext``, the date and quantity filters,
    StrictUndefined.

    Texts follow `hub.texts.translator()` at each rendering, so one environment serves every language. Filters: day,
    date, clock, span, dates, moment, ago, days_away, weekday, day_number,
    month, number, percent, duration, megabytes, and_list,
    or_list, tidy.
    """
    env.undefined = StrictUndefined
    env.trim_blocks = env.lstrip_blocks = True
    env.add_extension("jinja2.ext.i18n")
    install_callables = env.install_gettext_callables  # type: ignore[attr-defined]  # of the i18n extension
    install_callables(
        lambda text: texts.translator().raw_gettext(text),
        lambda one, many, number: texts.translator().raw_ngettext(one, many, number),
        newstyle=True,
    )
    env.filters.update({name: _through_translator(name) for name in _FILTERS})
    env.filters["date"] = _through_translator("plain_date")
    env.filters["and_list"] = _through_translator("enumeration")
    env.filters["or_list"] = lambda items: texts.translator().enumeration(items, "or")
    env.filters["tidy"] = texts.tidy
    env.globals["translator"] = texts.translator
    return env


def environment(loader: BaseLoader) -> Environment:
    """A new environment with autoescape on and the hub's texts installed, for documents and tests."""
    return install(Environment(loader=loader, autoescape=True, undefined=StrictUndefined))
