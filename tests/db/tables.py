"""Tables that only the tests of hub.db use, outside the metadata of the models."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, MetaData, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from hub.db.base import NAMING, Base, Id
from hub.db.types import BigKey, Secret
from hub.db.uow import TenantDatabase


class TestBase(DeclarativeBase):
    """The same promises as Base, other tables."""

    __test__ = False
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = Base.type_annotation_map


class Note(TestBase):
    __tablename__ = "test_note"

    id: Mapped[Id]
    text: Mapped[str]
    at: Mapped[datetime | None]
    data: Mapped[dict[str, Any] | None]
    password: Mapped[Secret | None]


class Counter(TestBase):
    __tablename__ = "test_counter"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    value: Mapped[int]


class Reply(TestBase):
    __tablename__ = "test_reply"

    id: Mapped[Id]
    note_id: Mapped[Any] = mapped_column(ForeignKey("test_note.id", ondelete="CASCADE"), type_=Note.__table__.c.id.type)


def make_tables(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        TestBase.metadata.create_all(session.connection())


def counted(tenant: TenantDatabase) -> int:
    with tenant.read() as session:
        return session.scalar(select(func.count()).select_from(Note)) or 0
