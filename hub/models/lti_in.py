"""Partners' platforms that launch into the hub: their users, and the scores the hub owes to their gradebooks."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hub.db.base import Base, Id
from hub.db.types import Json, Secret


class LtiInUser(Base):
    """A user of a partner's platform: the right to sign in as ``person_id``, as a learner (DESIGN section 5).

    ``way`` is the registration they come by: ``p:`` and the id of an ``lti_platform``, ``k:`` and that of an
    ``lti_legacy_key``. ``proved_at``: when the person proved their own account of the hub; only then does the launch
    reach roles above learner. ``person_id`` empty: an account of the hub must be proved first. ``told``: what the
    platform says of the user, for administrators to compare, believed by nothing."""

    __tablename__ = "lti_in_user"
    __table_args__ = (UniqueConstraint("way", "sub"),)
    id: Mapped[Id]
    way: Mapped[str] = mapped_column(String(40))
    sub: Mapped[str]
    platform_id: Mapped[UUID] = mapped_column(ForeignKey("platform.id"), index=True)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    told: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    created_at: Mapped[datetime]
    last_at: Mapped[datetime]
    proved_at: Mapped[datetime | None]


class LtiInScore(Base):
    """A grade that a partner's gradebook is owed: of one user of it, for one of its links.

    ``service``: ``ags`` (``address``: the line item) or ``outcome`` (``address``: the outcome service, with
    ``sourcedid``). ``step_id`` None: the whole path. ``final_only``: the platform erases a grade for a score that is
    not
    final (Moodle). ``sent``: the last score it took, ``sent_at`` (microseconds UTC) its timestamp, which only grows."""

    __tablename__ = "lti_in_score"
    __table_args__ = (UniqueConstraint("user_id", "link_id"),)
    id: Mapped[Id]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("lti_in_user.id"))
    link_id: Mapped[str]
    enrolment_id: Mapped[UUID] = mapped_column(ForeignKey("enrolment.id"), index=True)
    step_id: Mapped[UUID | None]
    service: Mapped[str] = mapped_column(String(8))
    address: Mapped[str]
    sourcedid: Mapped[Secret | None]
    final_only: Mapped[bool] = mapped_column(default=False)
    sent: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    sent_at: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime]
