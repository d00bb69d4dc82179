"""The catalogue for harvesters: what is served is a projection, refreshed by a job, so that each change has its date.

Only the place's own entries are served (web pages, packages): never another platform's courses nor launch addresses.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from content.metadata.record import Record, Taxon
from content.oai.provider import Item
from hub.db.uow import TenantDatabase
from hub.models.exchange import OaiItem, OaiRecord
from hub.models.learning import Resource
from hub.models.packages import Package
from hub.services.code_lists import NAMES, label
from hub.services.descriptions import documents, together
from hub.services.jobs import Reporter
from hub.services.settings import get_setting

REFRESH_JOB = "oai_refresh"
SETS = (("web", "Web"), ("package", "Packages"))
UNIT = 400
_FIRST = datetime(2020, 1, 1, tzinfo=UTC)


#: What a class of each list is for (LOM 9.1), and what the list is called there.
_PURPOSES = {
    "formacode": "discipline", "nsf": "discipline", "rome": "competency", "rncp": "educational objective",
    "rs": "educational objective",
}  # fmt: skip


#: By the names of files alone, whatever the machine knows.
_MEDIA_TYPES = mimetypes.MimeTypes(filenames=())
_MEDIA_TYPES.add_type("application/epub+zip", ".epub")
_PACKED = "application/zip"


@dataclass(frozen=True, slots=True)
class Beside:
    """What is said of entries beside their rows: labels of their codes by ``scheme:code``, and by entry the description
    that it came with and the media type of its newest version."""

    labels: Mapping[str, str]
    documents: Mapping[UUID, str]
    types: Mapping[UUID, str]


def beside(session: Session, rows: Sequence[Resource]) -> Beside:
    """Of these entries, by three queries."""
    ids = [row.id for row in rows]
    files = session.execute(
        select(Package.resource_id, Package.file_name).where(Package.resource_id.in_(ids)).order_by(Package.number)
    )
    types = {key: _MEDIA_TYPES.guess_type(name)[0] or _PACKED for key, name in files}
    return Beside(label(session, {code for row in rows for code in row.codes}), documents(session, ids), types)


def record_of(row: Resource, known: Beside) -> Record:
    """What is said of an entry."""
    language = row.language
    codes = [(one.partition(":")[0], one.partition(":")[2], known.labels.get(one, "")) for one in row.codes]
    own = Record(
        identifiers=(("URI", row.iri),), titles=((language, row.title),), languages=(language,),
        descriptions=((language, row.summary),) if row.summary else (), locations=(row.url,) if row.url else (),
        formats=("text/html",) if row.kind == "web" else (known.types.get(row.id, _PACKED),),
        size=int(row.megabytes * 1_000_000) if row.kind == "package" else None,
        learning_time=f"PT{row.minutes}M" if row.minutes else "",
        keywords=tuple((language, one) for one in (*row.keywords, *row.skills)),
        taxons=tuple(Taxon(_PURPOSES[name], NAMES[name], code, label or code) for name, code, label in codes
                     if name in _PURPOSES),
        rights=((language, row.licence),) if row.licence else (), schemas=("LOMv1.0", "LOMFRv1.0"),
    )  # fmt: skip
    return together(own, row, known.documents.get(row.id, ""))


def refresh(tenant: TenantDatabase, report: Reporter, clock: Callable[[], datetime]) -> int:
    """Bring the served records up to date, some in each unit; gives how many changed."""
    after: UUID | None = None
    changed = 0
    while True:
        with report.step() as step:
            rows = _page(step.session, after)
            changed += _bring_up(step.session, rows, clock())
            step.progress(done=changed)
        if len(rows) < UNIT:
            return changed
        after = rows[-1].id
        report.check()


def _page(session: Session, after: UUID | None) -> list[Resource]:
    kinds = [spec for spec, _name in SETS]
    harvested = select(OaiRecord.resource_id)  # another repository's own records are served by that one
    query = select(Resource).where(Resource.kind.in_(kinds), Resource.id.not_in(harvested))
    query = query.order_by(Resource.id).limit(UNIT)
    return list(session.scalars(query.where(Resource.id > after) if after else query))


def _bring_up(session: Session, rows: list[Resource], now: datetime) -> int:
    ids = [row.id for row in rows]
    held = {one.resource_id: one for one in session.scalars(select(OaiItem).where(OaiItem.resource_id.in_(ids)))}
    changed = 0
    known = beside(session, rows)
    for row in rows:
        deleted = row.withdrawn_at is not None
        digest = hashlib.sha256(orjson.dumps([deleted, record_of(row, known)])).digest()
        item = held.get(row.id)
        if item is None and deleted:
            continue
        if item is None:
            session.add(
                OaiItem(resource_id=row.id, set_spec=row.kind, digest=digest, changed_at=now, deleted=False)
            )  # fmt: skip
        elif item.digest != digest:
            item.digest, item.changed_at, item.deleted = digest, now, deleted
        else:
            continue
        changed += 1
    session.flush()
    return changed


def _fitting(since: datetime | None, until: datetime | None, set_spec: str) -> Iterator[ColumnElement[bool]]:
    if since:
        yield OaiItem.changed_at >= since
    if until:
        yield OaiItem.changed_at <= until
    if set_spec:
        yield OaiItem.set_spec == set_spec


class CatalogueRepository:
    """The ``Repository`` of ``content.oai.provider`` over one reading unit. ``host`` names the records:
    ``oai:<host>:<id>``."""

    def __init__(self, session: Session, host: str) -> None:
        self._session, self._prefix = session, f"oai:{host}:"
        place = get_setting(session, "place")
        self._name, self._email = str(place.get("name") or "Hub"), str(place.get("email") or f"admin@{host}")

    @property
    def name(self) -> str:
        """See Repository."""
        return self._name

    @property
    def codings(self) -> Sequence[str]:
        """As every text that the hub sends (`hub/web/static_files.py`)."""
        return ("gzip",)

    @property
    def email(self) -> str:
        """See Repository."""
        return self._email

    def earliest(self) -> datetime:
        """See Repository."""
        return self._session.scalar(select(OaiItem.changed_at).order_by(OaiItem.changed_at).limit(1)) or _FIRST

    def sets(self) -> tuple[tuple[str, str], ...]:
        """See Repository."""
        return SETS

    def get(self, identifier: str) -> Item | None:
        """See Repository."""
        key = self._key(identifier)
        query = select(OaiItem, Resource).join(Resource, Resource.id == OaiItem.resource_id)
        found = self._session.execute(query.where(OaiItem.resource_id == key)).first()
        return self._items([(found[0], found[1])])[0] if found else None

    def items(
        self, since: datetime | None, until: datetime | None, set_spec: str, after: tuple[str, str] | None, limit: int
    ) -> list[Item]:
        """See Repository."""
        query = select(OaiItem, Resource).join(Resource, Resource.id == OaiItem.resource_id)
        query = query.where(*_fitting(since, until, set_spec))
        if after:
            at, key = datetime.fromisoformat(after[0]), self._key(after[1])
            if key is None:
                return []
            behind = and_(OaiItem.changed_at == at, OaiItem.resource_id > key)
            query = query.where(or_(OaiItem.changed_at > at, behind))
        rows = self._session.execute(query.order_by(OaiItem.changed_at, OaiItem.resource_id).limit(limit))
        return self._items([(item, row) for item, row in rows])

    def count(self, since: datetime | None, until: datetime | None, set_spec: str) -> int:
        """See Repository."""
        query = select(func.count()).select_from(OaiItem).where(*_fitting(since, until, set_spec))
        return self._session.scalar(query) or 0

    def _key(self, identifier: str) -> UUID | None:
        """The entry that an identifier names, written as it is given out and in no other way."""
        try:
            key = UUID(identifier.removeprefix(self._prefix))
        except ValueError:
            return None
        return key if identifier == f"{self._prefix}{key}" else None

    def _items(self, rows: Sequence[tuple[OaiItem, Resource]]) -> list[Item]:
        known = beside(self._session, [row for _item, row in rows])
        return [
            Item(
                f"{self._prefix}{item.resource_id}", item.changed_at, (item.set_spec,), item.deleted,
                None if item.deleted else record_of(row, known),
            )
            for item, row in rows
        ]  # fmt: skip
