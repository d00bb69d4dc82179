"""The tables of the directory database: which tenants there are and at which host names they answer."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from sqlalchemy import ForeignKey, MetaData, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from hub.db.base import NAMING
from hub.db.types import Instant

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
