"""How a connector presents itself: its settings form, command line and documentation are made from this."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.capabilities import Capability, Connector
from connectors.errors import SettingRefused
from connectors.http import HttpClient


def N_(msgid: str) -> str:
    """Mark a French msgid for extraction; whoever shows it translates it."""
    return msgid


SettingKind = Literal["text", "url", "integer", "choice", "zone"]
Evidence = Literal["live", "recorded", "documented", "double"]
"""How a version was tried: against a running one, its recorded answers, its documentation, or a double of ours."""


@dataclass(frozen=True)
class Tried:
    """A version of the system and how it was tried."""

    version: str
    how: Evidence


@dataclass(frozen=True)
class Setting:
    """One field of the settings form and one option of ``hub connect``. ``label`` and ``help`` are French msgids; a
    secret is stored encrypted, never shown again. ``choices`` (kind ``choice``): value and label, the first is the
    default. ``pages`` (kind ``url``): ends of addresses that people copy, which are no part of the site's.
    """

    name: str
    label: str
    kind: SettingKind = "text"
    help: str = ""
    secret: bool = False
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    pages: tuple[str, ...] = ()

    def clean(self, value: str) -> str:
        """The value trimmed, a URL without final slashes. Raises :class:`SettingRefused` with the name of the field."""
        text = value.strip()
        if not text:
            if self.choices:
                return self.choices[0][0]
            if self.required:
                raise SettingRefused(self.name, "required")
            return ""
        if self.kind == "integer" and not (text.isascii() and text.isdigit()):
            raise SettingRefused(self.name, "a whole number is due")
        if self.kind == "choice" and text not in dict(self.choices):
            raise SettingRefused(self.name, "one of the choices is due")
        if self.kind == "zone":
            return self._clean_zone(text)
        if self.kind == "url":
            return self._clean_url(text)
        return text

    def _clean_zone(self, text: str) -> str:
        try:
            ZoneInfo(text)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise SettingRefused(self.name, "the IANA name of a time zone is due") from None
        return text

    def _clean_url(self, text: str) -> str:
        try:
            parts = urlsplit(text)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            usable = False
        if not usable or parts.query or parts.fragment or parts.username or parts.password:
            raise SettingRefused(self.name, "the address of a site is due, without query or password")
        address = text.rstrip("/")
        page = next((one for one in self.pages if address.lower().endswith(one)), "")
        return address[: len(address) - len(page)]


@dataclass(frozen=True)
class Declaration:
    """A connector: ``key`` is stable and stored with the platform, ``title`` a proper name (not translated).

    ``connect(settings, http)`` makes a connector from cleaned settings and a client whose limits and address policy
    are the caller's. ``summary``: French msgid, what it brings. ``capabilities``: by what function or route of the
    system each is done (technical, not translated). ``tried``: versions. ``by_upload``: what it reads is handed in by a
    person, so that it is never read by the clock and calls nobody.
    """

    key: str
    title: str
    summary: str
    settings: tuple[Setting, ...]
    capabilities: Mapping[Capability, str]
    tried: tuple[Tried, ...]
    connect: Callable[[Mapping[str, str], HttpClient], Connector]
    by_upload: bool = False

    def clean(self, values: Mapping[str, str]) -> dict[str, str]:
        """Every declared setting, cleaned. Raises :class:`SettingRefused` for the first that is wrong or unknown."""
        names = {setting.name for setting in self.settings}
        for name in values:
            if name not in names:
                raise SettingRefused(name, "unknown")
        return {setting.name: setting.clean(values.get(setting.name, "")) for setting in self.settings}

    def open(self, values: Mapping[str, str], http: HttpClient) -> Connector:
        """Clean the settings and connect. Nothing is sent before the first call. Raises :class:`SettingRefused`."""
        return self.connect(self.clean(values), http)
