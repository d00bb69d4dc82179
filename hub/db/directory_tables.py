"""The tables of the directory database: which tenants there are, at which host names they answer, and what was done to
them."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from sqlalchemy import ForeignKey, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from hub.db.base import NAMING, Id
from hub.db.types import Instant, Json

TenantState = Literal["active", "suspended"]


class DirectoryBase(DeclarativeBase):
    """Base of the directory's tables, apart from those of a tenant."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {str: Text, datetime: Instant, TenantState: Text}


class Tenant(DirectoryBase):
    """One tiers-lieu."""

    __tablename__ = "tenant"

    key: Mapped[str] = mapped_column(primary_key=True)
    """Name of the SQLite file and of the schema; never changes."""
    name: Mapped[str]
    """What people read."""
    state: Mapped[TenantState] = mapped_column(default="active")
    created: Mapped[datetime]


class Host(DirectoryBase):
    """A host name of a tenant. The one of position 0 is used in links that the hub writes."""

    __tablename__ = "host"

    name: Mapped[str] = mapped_column(primary_key=True)
    """Lower case, without port."""
    tenant_key: Mapped[str] = mapped_column(ForeignKey("tenant.key", ondelete="CASCADE"), index=True)
    position: Mapped[int]


class Act(DirectoryBase):
    """What somebody did at the server to a tenant, which may be gone since: no foreign key."""

    __tablename__ = "act"

    id: Mapped[Id]
    at: Mapped[datetime]
    act: Mapped[str]
    tenant_key: Mapped[str] = mapped_column(index=True)
    by: Mapped[str]
    """Name of the system's user."""
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
