"""The declarative base of every tenant table, and the primary key that most of them have."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Final
from uuid import UUID

from sqlalchemy import MetaData, Text, Uuid
from sqlalchemy.orm import DeclarativeBase, mapped_column

from hub.db.types import Instant, Json, Sealed, Secret, new_id

__all__ = ["LONG", "NAMING", "Base", "Id", "new_id"]

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint has a name, so that a later migration can drop it on either database."""

Id = Annotated[UUID, mapped_column(Uuid, primary_key=True, default=new_id)]
"""Primary key: UUIDv7 made by the application, known before the insert."""

LONG: Final = {"long": True}
"""``info`` of a column of long texts, many rows of which are told to PostgreSQL in binary (hub.services.driver_sql)."""


class Base(DeclarativeBase):
    """Base of the tables of one tenant. No table has a tenant column: the database or the schema is the tenant."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        datetime: Instant,
        dict[str, Any]: Json,
        list[Any]: Json,
        list[str]: Json,
        Secret: Sealed,
    }
