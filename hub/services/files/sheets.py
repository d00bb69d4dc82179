"""Signed sheets of a partner: kept as they came, with where they come from, beside the presences that they prove."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.files import PROFILES
from hub.db.base import new_id
from hub.db.blobs import BlobStore
from hub.db.errors import BlobTooLarge
from hub.db.uow import TenantDatabase
from hub.domain.translate import restored
from hub.domain.translate.lms import ATTENDANCE
from hub.models.files import SignedSheet
from hub.services import remote_records as records
from hub.services import uploads
from hub.services.errors import Invalid, NotFound
from hub.services.files import intake
from hub.services.journal import record

LARGEST: Final = 20 * 1024 * 1024
_PDF: Final = b"%PDF-"


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting that presences were told of: ids of the partner, title of its course, day and hour in the partner's
    zone, how many presences, and the sheets kept for it."""

    course: str
    session: str
    title: str
    starts: datetime
    presences: int
    sheets: tuple[SignedSheet, ...]

    @property
    def day(self) -> date:
        """Its day."""
        return self.starts.date()

    @property
    def key(self) -> str:
        """Names it in a form."""
        return f"{self.course}:{self.session}"


def meetings(session: Session, platform_id: UUID) -> list[Meeting]:
    """Every meeting of a platform whose presences came by file, the latest first."""
    platform = intake.find_platform(session, platform_id)
    zone = ZoneInfo(str(platform.settings.get("zone") or "Europe/Paris"))
    found: dict[tuple[str, str], tuple[datetime, int]] = {}
    for it in records.every(session, platform_id, ATTENDANCE):
        register = restored(it.value)
        if register.at is None:
            continue
        key = (register.course_id, register.attempt.rpartition("/")[0])
        local = register.at.astimezone(zone)
        first, count = found.get(key, (local, 0))
        found[key] = (min(first, local), count + 1)
    titles = records.load(session, platform_id, records.COURSE, {course for course, _ in found})
    kept: dict[tuple[str, str], list[SignedSheet]] = {}
    for row in listed(session, platform_id):
        kept.setdefault((row.course, row.session), []).append(row)
    made = [
        Meeting(course, meeting, str(titles[course].value.get("title", "")) if course in titles else course, first,
                count, tuple(kept.get((course, meeting), ())))
        for (course, meeting), (first, count) in found.items()
    ]  # fmt: skip
    return sorted(made, key=lambda it: (it.starts, it.key), reverse=True)


def listed(session: Session, platform_id: UUID) -> Sequence[SignedSheet]:
    """The sheets of a platform, the latest first."""
    query = select(SignedSheet).where(SignedSheet.platform_id == platform_id)
    return session.scalars(query.order_by(SignedSheet.day.desc(), SignedSheet.id)).all()


def keep(
    tenant: TenantDatabase,
    blobs: BlobStore,
    platform_id: UUID,
    meeting: str,
    name: str,
    file: BinaryIO,
    *,
    by: UUID,
    now: datetime,
) -> UUID:
    """Keep a sheet beside the presences of a meeting; the same file twice is one. Gives its id.

    Raises NotFound, Invalid (``sheet``: ``not_pdf``, ``file_too_large``; ``meeting``: ``unknown``).
    """
    head = file.read(len(_PDF))
    file.seek(0)
    if head != _PDF:
        raise Invalid({"sheet": "not_pdf"})
    with tenant.read() as session:
        platform = intake.find_platform(session, platform_id)
        found = next((it for it in meetings(session, platform_id) if it.key == meeting), None)
    if found is None:
        raise Invalid({"meeting": "unknown"})
    try:
        blob = blobs.put(file, LARGEST)
    except BlobTooLarge:
        raise Invalid({"sheet": "file_too_large"}) from None
    origin = PROFILES.get(str(platform.settings.get("profile")), PROFILES["any"])
    with tenant.write() as session:
        same = select(SignedSheet.id).where(
            SignedSheet.platform_id == platform_id, SignedSheet.course == found.course,
            SignedSheet.session == found.session, SignedSheet.sha256 == blob.sha256,
        )  # fmt: skip
        if known := session.scalar(same):
            return known
        row = SignedSheet(
            id=new_id(), platform_id=platform_id, course=found.course, session=found.session, title=found.title,
            day=found.day, name=uploads.clean_name(name), sha256=blob.sha256, size=blob.size,
            origin=platform.name if origin is PROFILES["any"] else origin.title, added_at=now, added_by=by,
        )  # fmt: skip
        session.add(row)
        session.flush()
        record(session, now, by, "sheet.kept", "platform", platform_id, sha256=blob.sha256, day=found.day.isoformat())
    return row.id


def find(session: Session, sheet_id: UUID) -> SignedSheet:
    """A sheet. Raises NotFound."""
    row = session.get(SignedSheet, sheet_id)
    if row is None:
        raise NotFound(sheet=str(sheet_id))
    return row


def referenced(session: Session) -> set[str]:
    """SHA-256 of every sheet."""
    return set(session.scalars(select(SignedSheet.sha256)))
