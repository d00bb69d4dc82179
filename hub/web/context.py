"""What a view needs to know of its request: tenant, viewer, language, instant."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import g

from hub.db.directory import Installation, TenantRecord
from hub.db.uow import TenantDatabase
from hub.db.vault import Vault
from hub.domain.roles import Viewer
from hub.services.sessions import SignedIn
from hub.texts import N_, Translator, gettext, ngettext

_ = gettext

__all__ = ["N_", "Here", "_", "gettext", "here", "is_here", "ngettext"]


@dataclass(slots=True)
class Here:
    """One request. ``now`` (aware, UTC) is the same from its beginning to its end. ``settings``: those of the place,
    by name."""

    installation: Installation
    record: TenantRecord
    tenant: TenantDatabase
    translator: Translator
    now: datetime
    signed_in: SignedIn | None = None
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    owes_second: bool = False
    """The place asks its team for a second factor and the viewer has to set one up before anything else."""

    @property
    def vault(self) -> Vault:
        """Seals, opens and hashes for this place."""
        return self.installation.vault_of(self.record.key)

    @property
    def viewer(self) -> Viewer | None:
        """The signed-in person; None on a public page without session and on TOKEN views."""
        return self.signed_in.viewer if self.signed_in else None

    @property
    def me(self) -> Viewer:
        """The viewer of a view that PUBLIC and TOKEN are not the audience of. :raises LookupError: when nobody is
        signed in."""
        if self.signed_in is None:
            raise LookupError("nobody is signed in")
        return self.signed_in.viewer


def here() -> Here:
    """The present request. :raises LookupError: outside a request, or on a view declared ``any_host``."""
    found = g.get("here")
    if not isinstance(found, Here):
        raise LookupError("no tenant is known here")
    return found


def is_here() -> bool:
    """Whether `here` would answer: False when an error came before the tenant was known."""
    return isinstance(g.get("here"), Here)
