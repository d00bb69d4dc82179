"""The main navigation, by role: one table. An entry whose page does not exist is left out."""

from collections.abc import Iterable

from flask import current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from hub.domain.roles import Role, Viewer
from hub.texts import N_, gettext
from hub.web.ui.frame import NavItem

Entry = tuple[str, str, str]
"""(label, path, symbol of the sprite)"""

_HELP: Entry = (N_("Aide"), "/help", "help")

NAV: dict[Role, tuple[Entry, ...]] = {
    "learner": (
        (N_("Accueil"), "/home", "home"),
        (N_("Parcours"), "/path", "line"),
        (N_("Séances"), "/sessions", "calendar"),
        (N_("Preuves"), "/evidence", "certificate"),
    ),
    "trainer": (
        (N_("Aujourd’hui"), "/today", "calendar"),
        (N_("Groupes"), "/groups", "people"),
        (N_("Séances"), "/sessions/planning", "calendar"),
        (N_("Tâches"), "/tasks", "tick"),
    ),
    "designer": ((N_("Parcours"), "/design", "line"), (N_("Catalogue"), "/catalogue", "bag")),
    "mediator": ((N_("Cartes"), "/cards", "qr"),),
    "administrator": (
        (N_("Accueil"), "/admin", "home"),
        (N_("Personnes"), "/admin/people", "people"),
        (N_("Groupes"), "/admin/groups", "people"),
        (N_("Plateformes"), "/admin/platforms", "plug"),
        (N_("Traces"), "/admin/statements", "document"),
        (N_("Sources de traces"), "/admin/sources", "plug"),
        (N_("Autres LRS"), "/admin/neighbours", "plug"),
        (N_("Comptes à relier"), "/admin/identities", "key"),
        (N_("Envois"), "/admin/deliveries", "mail"),
        (N_("Journal"), "/admin/journal", "document"),
    ),
    "tutor": (),
    "prescriber": (),
    "auditor": (),
}

UNDER = {
    "/admin/lti": "/admin/platforms",
    "/admin/tools": "/admin/platforms",
    "/admin/keys": "/admin/platforms",
    "/admin/import": "/admin/people",
    "/admin/enrolments": "/admin/people",
    "/admin/jobs": "/admin/deliveries",
    "/admin/profiles": "/admin/statements",
}
"""Pages of an entry whose path is not below its own."""

HOMES: dict[Role, str] = {
    "learner": "/home",
    "trainer": "/today",
    "designer": "/design",
    "administrator": "/admin",
    "mediator": "/help",
}
ACCOUNT = "/account"


def page_exists(path: str) -> bool:
    """Whether a GET of ``path`` reaches a view."""
    try:
        current_app.url_map.bind("localhost").match(path, "GET")
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return True


def home_of(viewer: Viewer) -> str:
    """The home page of the viewer's main role; the account page when that role has none yet."""
    path = HOMES.get(viewer.main_role) if viewer.main_role else None
    if path and page_exists(path):
        return path
    return next((entry[1] for entry in entries_of(viewer)), ACCOUNT)


def entries_of(viewer: Viewer) -> list[Entry]:
    """The entries of all the viewer's roles, the main role's first, each path once, without pages that do not exist."""
    main = viewer.main_role
    roles: Iterable[Role] = ([main] if main else []) + [role for role in NAV if role != main and viewer.has(role)]
    found: dict[str, Entry] = {}
    for role in roles:
        for entry in NAV[role]:
            found.setdefault(entry[1], entry)
    found.setdefault(_HELP[1], _HELP)
    return [entry for path, entry in found.items() if page_exists(path)]


def nav_items(viewer: Viewer) -> tuple[NavItem, ...]:
    """The navigation of this request; the entry with the longest path that holds the present one is the current one."""
    entries = entries_of(viewer)
    here = next((entry for start, entry in UNDER.items() if _is_below(request.path, start)), request.path)
    holding = [path for _, path, _ in entries if _is_below(here, path)]
    current = max(holding, key=len, default=None)
    return tuple(NavItem(gettext(label), path, symbol, path == current) for label, path, symbol in entries)


def _is_below(path: str, start: str) -> bool:
    return path == start or path.startswith(f"{start}/")
