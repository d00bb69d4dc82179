"""Who may see a view: every view declares it, and the start fails for one that does not.

    @blueprint.get("/groups")
    @access("trainer", "administrator")
    def groups() -> Response: ...

Scopes (which group, which organisation) are the service's affair, through ``Viewer.covers``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from hub.domain.roles import ROLES, Role, Viewer

View = TypeVar("View", bound=Callable[..., Any])
_ATTRIBUTE = "hub_access"


class Audience(Enum):
    """Audiences that are no role."""

    PUBLIC = "public"
    """Everybody, signed in or not."""
    SIGNED_IN = "signed_in"
    """Whoever is signed in, whatever the role."""
    TOKEN = "token"  # noqa: S105 no password
    """Machines: the view checks a credential of its own. Cookies are not read, so there is no viewer and no CSRF
    check."""


PUBLIC, SIGNED_IN, TOKEN = Audience.PUBLIC, Audience.SIGNED_IN, Audience.TOKEN


class AccessError(Exception):
    """A view's declaration is missing or makes no sense: the application does not start."""


@dataclass(frozen=True, slots=True)
class Access:
    """The declaration of one view; see `access`."""

    audience: Audience | None
    roles: frozenset[Role]
    csrf: bool = True
    passive: bool = False
    any_host: bool = False

    def admits(self, viewer: Viewer | None) -> bool:
        """Whether this viewer (None: not signed in) may see the view."""
        if self.audience in (PUBLIC, TOKEN):
            return True
        return viewer is not None and (self.audience is SIGNED_IN or viewer.has(*self.roles))


def access(
    *who: Role | Audience, csrf: bool = True, passive: bool = False, any_host: bool = False
) -> Callable[[View], View]:
    """Declare who may see a view: one `Audience`, or one role and more.

    :param csrf: False for a form that another site posts here by protocol (LTI login, launch); the view then trusts
    nothing
        that only the cookie proves. A TOKEN view is never checked.
    :param passive: the view is asked by the page itself (a progress bar), so that it does not keep an idle session
    alive.
    :param any_host: the view answers at every host name, without a tenant (``/healthz``).
    :raises AccessError: for no audience, two of them, or an unknown role.
    """
    audiences = [w for w in who if isinstance(w, Audience)]
    roles = frozenset(w for w in who if not isinstance(w, Audience))
    if len(audiences) + bool(roles) != 1 or roles - set(ROLES):
        raise AccessError("access: give PUBLIC, SIGNED_IN, TOKEN, or one role and more")
    declared = Access(
        audience=audiences[0] if audiences else None,
        roles=roles,
        csrf=csrf and TOKEN not in audiences,
        passive=passive,
        any_host=any_host,
    )

    def mark(view: View) -> View:
        setattr(view, _ATTRIBUTE, declared)
        return view

    return mark


def access_of(view: Callable[..., Any]) -> Access | None:
    """The declaration of a view; of a class-based one, that of its class."""
    found = getattr(view, _ATTRIBUTE, None) or getattr(getattr(view, "view_class", None), _ATTRIBUTE, None)
    return found if isinstance(found, Access) else None


def check(views: Mapping[str, Callable[..., Any]]) -> None:
    """Raise AccessError that names every endpoint without a declaration."""
    missing = sorted(endpoint for endpoint, view in views.items() if access_of(view) is None)
    if missing:
        raise AccessError(f"views without @access: {', '.join(missing)}")
