"""The index of a large catalogue, written down by a worker and taken in by every process (ADR 19).

Reading each resource costs a tenth of a millisecond: what is a moment for a thousand would let somebody wait ten
seconds for a hundred thousand. The image lies in the tenant's own database, in pieces of a megabyte; a setting says
which one is whole, and is written with the last piece.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from hub.db.uow import TenantDatabase
from hub.domain.catalogue_image import FORMAT, BadImage, pack, unpack
from hub.domain.catalogue_index import Doc, Index
from hub.domain.catalogue_text import fold
from hub.models.exchange import CatalogueImage
from hub.models.learning import Resource
from hub.services import catalogue_docs
from hub.services.settings import get_setting, set_setting

log = logging.getLogger("hub.catalogue")

IMAGE_JOB: Final = "catalogue_image"
#: Resources up to which a search reads them itself: a third of a second.
SMALL: Final = 3000
#: One part in so many changed: a new image is worth its work.
SHARE: Final = 25
_SETTING: Final = "catalogue_image"
_KIND: Final = f"{FORMAT} {sys.byteorder}"
_PIECE: Final = 1_000_000
_AT_ONCE: Final = 1000


def small(session: Session) -> bool:
    """Whether the catalogue is read faster than it is worth writing down."""
    beyond = select(Resource.id).offset(SMALL).limit(1)
    return session.scalar(beyond) is None


def newest(session: Session) -> int:
    """When the image was begun that can be read (microseconds, as stamps are); 0 where there is none."""
    told = get_setting(session, _SETTING)
    return int(told["made"]) if told.get("format") == _KIND else 0


def due(session: Session) -> bool:
    """Whether a worker has to make an image: none can be read, or too much has changed since."""
    if small(session):
        return False
    made = newest(session)
    pieces = session.scalar(select(func.count()).where(CatalogueImage.made == made))
    told = get_setting(session, _SETTING)
    if not made or pieces != told["pieces"]:
        return True
    changed = session.scalar(select(func.count()).where(Resource.stamp > made)) or 0
    return bool(changed * SHARE > told["resources"])


def read(session: Session) -> tuple[Index | None, int]:
    """The newest image and when it was begun; (None, 0) without one."""
    made = newest(session)
    if not made:
        return None, 0
    query = select(CatalogueImage.data).where(CatalogueImage.made == made).order_by(CatalogueImage.number)
    try:
        return unpack(session.scalars(query)), made
    except BadImage as error:
        log.warning("the image of the catalogue is not read: %s", error)
        return None, 0


def make(tenant: TenantDatabase, told: Callable[[int, int], object]) -> int:
    """Make an image in short units and put it in the place of the one before; gives how many resources it holds.
    ``told`` (done, all) between them."""
    made = time.time_ns() // 1000
    with tenant.read() as session:
        heads = catalogue_docs.heads(session)
    known = {key: (fold(title), gone) for title, key, gone in heads}
    changed: list[bytes] = []
    index = Index(heads, _docs(tenant, known, changed, told))
    for key in changed:
        index.doubt(key)
    number = 0
    for number, piece in enumerate(_pieces(index), 1):
        with tenant.write() as session:
            session.add(CatalogueImage(made=made, number=number, data=piece))
    with tenant.write() as session:
        set_setting(session, _SETTING, {"made": made, "format": _KIND, "pieces": number, "resources": len(index)})
        session.execute(delete(CatalogueImage).where(CatalogueImage.made != made))
    return len(index)


def _docs(
    tenant: TenantDatabase, known: dict[bytes, tuple[str, bool]], changed: list[bytes],
    told: Callable[[int, int], object],
) -> Iterator[Doc]:  # fmt: skip
    """The resources of ``known`` (folded title, whether gone), which settled their places; those of which it is no
    longer so go into ``changed``. Those that came since are found by their stamps."""
    with tenant.read() as session:
        reader = catalogue_docs.reader_of(session)
    after: UUID | None = None
    done = 0
    while True:
        with tenant.read() as session:
            found = reader(session, after, _AT_ONCE)
        if not found:
            return
        for doc in found:
            if doc.key in known:
                if (fold(doc.title), doc.gone) != known[doc.key]:
                    changed.append(doc.key)
                yield doc
        after, done = UUID(bytes=found[-1].key), done + len(found)
        told(done, len(known))


def _pieces(index: Index) -> Iterator[bytes]:
    held = bytearray()
    for piece in pack(index):
        held += piece
        while len(held) >= _PIECE:
            yield bytes(held[:_PIECE])
            del held[:_PIECE]
    yield bytes(held)
