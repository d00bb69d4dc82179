"""What `base.html` needs to draw the frame around a page; the view layer fills one `Site` per request."""

from dataclasses import dataclass, field
from typing import Literal

from markupsafe import Markup

NoticeKind = Literal["info", "success", "warning", "error"]

NAV_ROOM = 5
"""Entries that stand in the navigation before the others move under « Plus »."""


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the main navigation; `icon` names a symbol of the sprite."""

    label: str
    href: str
    icon: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """The signed-in person; `acting_for` names the learner whom a mediator accompanies."""

    name: str
    account_href: str
    sign_out_href: str
    acting_for: str | None = None

    @property
    def initials(self) -> str:
        """At most two initials for the disc beside the name."""
        words = [word for word in self.name.split() if word]
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


@dataclass(frozen=True, slots=True)
class Message:
    """One message about what just happened; `detail` says what it means and what to do."""

    text: str | Markup
    kind: NoticeKind = "info"
    detail: str | Markup = ""


@dataclass(frozen=True, slots=True)
class Site:
    """The frame of one page.

    `theme_href` is the tenant's own colour sheet (see `theme.theme_css`); `csrf_token` goes into a meta tag and the
    forms of the frame; `shared_device` shows « Je pars » in the header; `languages` lists (code, own name, href) of
    the other languages.
    """

    tenant_name: str
    home_href: str = "/"
    tagline: str = ""
    place: str = ""
    logo_href: str | None = None
    theme_href: str | None = None
    nav: tuple[NavItem, ...] = ()
    account: Account | None = None
    languages: tuple[tuple[str, str, str], ...] = ()
    data_href: str | None = None
    accessibility_href: str | None = None
    help_href: str | None = None
    csrf_token: str | None = None
    shared_device: bool = False
    direction: Literal["ltr", "rtl"] = "ltr"
    messages: tuple[Message, ...] = field(default=())

    @property
    def nav_first(self) -> tuple[NavItem, ...]:
        """Entries in sight: all when there is room, else all but those under « Plus »."""
        return self.nav if len(self.nav) <= NAV_ROOM else self.nav[: NAV_ROOM - 1]

    @property
    def nav_more(self) -> tuple[NavItem, ...]:
        """Entries under « Plus »."""
        return self.nav[len(self.nav_first) :]
