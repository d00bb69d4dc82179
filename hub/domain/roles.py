"""Who looks at a page and what their roles cover (DESIGN section 5): roles are scoped by organisation and group.
Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args
from uuid import UUID

Role = Literal["learner", "trainer", "designer", "mediator", "administrator", "tutor", "prescriber", "auditor"]
ROLES: tuple[Role, ...] = get_args(Role)

#: Roles that see other people's data: what signs in without a password never reaches them, and their sessions are
#: shorter.
STAFF: frozenset[Role] = frozenset(ROLES) - {"learner"}

#: The first of a person's roles in this order decides their home page.
PRECEDENCE: tuple[Role, ...] = (
    "administrator", "designer", "trainer", "mediator", "learner", "tutor", "prescriber", "auditor",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Grant:
    """A role, over one organisation, one group, one group of one organisation, or (both None) the whole place."""

    role: Role
    organisation_id: UUID | None = None
    group_id: UUID | None = None

    def covers(self, organisation_id: UUID | None, group_id: UUID | None) -> bool:
        """Whether the scope holds what is asked for; None asks for every organisation, or for every group."""
        organisation = self.organisation_id is None or self.organisation_id == organisation_id
        return organisation and (self.group_id is None or self.group_id == group_id)


@dataclass(frozen=True, slots=True)
class Viewer:
    """The signed-in person. ``language``: ``fr`` or ``en``."""

    person_id: UUID
    name: str
    language: str
    grants: tuple[Grant, ...] = ()

    def has(self, *roles: Role) -> bool:
        """Whether one of ``roles`` is held, whatever its scope."""
        return any(grant.role in roles for grant in self.grants)

    def covers(self, role: Role, organisation_id: UUID | None = None, group_id: UUID | None = None) -> bool:
        """Whether ``role`` is held over this organisation and this group.

        Without arguments: over the whole place. For a group, give its organisation too: a grant over an organisation
        holds every group of it, and only the caller knows to which one the group belongs.
        """
        return any(grant.role == role and grant.covers(organisation_id, group_id) for grant in self.grants)

    def scopes(self, *roles: Role) -> tuple[Grant, ...]:
        """The grants of ``roles``, for a service that lists what they cover."""
        return tuple(grant for grant in self.grants if grant.role in roles)

    @property
    def is_staff(self) -> bool:
        """Whether a role above learner is held."""
        return self.has(*STAFF)

    @property
    def main_role(self) -> Role | None:
        """The role that decides the home page; None for a person without any."""
        held = {grant.role for grant in self.grants}
        return next((role for role in PRECEDENCE if role in held), None)
