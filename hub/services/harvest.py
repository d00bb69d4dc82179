"""Harvesting other repositories by OAI-PMH: page by page, resumable at each, only what changed since the last time.

A record becomes a web page of the catalogue; a deleted one is withdrawn, and paths that use it go on. What a repository
no longer lists changes nothing: only what it says to be deleted is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from content import xml
from content.errors import ContentError
from content.metadata.record import Record
from content.oai import answers
from content.oai.answers import Answer, Harvested
from content.packages.package import is_web
from hub.db.base import new_id
from hub.db.uow import TenantDatabase
from hub.models.exchange import OaiRecord, OaiSource
from hub.models.learning import Resource
from hub.services import descriptions, jobs
from hub.services.errors import Invalid, NotFound
from hub.services.jobs import Permanent, Reporter
from hub.services.journal import record

HARVEST_JOB: Final = "harvest"
PREFIXES: Final = ("lomfr", "lom", "oai_lom", "oai_dc")
MOST_PAGES: Final = 20_000
PAGE_BYTES: Final = 16 << 20
_ADDED: Final = ("language", "minutes", "skills", "equipment")


@dataclass(frozen=True, slots=True)
class SourceView:
    """A repository as it stands. ``counts``: ``seen``, ``added``, ``changed``, ``deleted``, ``skipped``, ``whole``."""

    id: UUID
    name: str
    base_url: str
    prefix: str
    set_spec: str
    state: str
    counts: Mapping[str, int]
    last_error: Mapping[str, Any] | None
    last_read_at: datetime | None


def add(session: Session, name: str, base_url: str, prefix: str, set_spec: str, *, by: UUID, now: datetime) -> UUID:
    """Add a repository and have it read. Raises Invalid (``missing``, ``not_a_link``)."""
    faults = {} if name.strip() else {"name": "missing"}
    if not is_web(base_url.strip()) or "?" in base_url:
        faults["base_url"] = "not_a_link"
    if faults:
        raise Invalid(faults)
    row = OaiSource(
        id=new_id(), name=name.strip(), base_url=base_url.strip(), prefix=prefix, set_spec=set_spec.strip(),
        created_at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    record(session, now, by, "harvest.added", "oai_source", row.id, name=row.name)
    start(session, row.id, by=by, now=now)
    return row.id


def start(session: Session, source_id: UUID, *, by: UUID | None, now: datetime) -> None:
    """Have a repository read. Raises NotFound."""
    row = _find(session, source_id)
    row.state = "running"
    jobs.enqueue(
        session, HARVEST_JOB, {"source": str(row.id)}, lane=f"harvest:{row.id}", unique_key=f"harvest:{row.id}",
        due_at=now, by=by, again=False,
    )  # fmt: skip


def start_all(session: Session, *, now: datetime) -> int:
    """Have every repository read that was read before; gives how many."""
    keys = list(session.scalars(select(OaiSource.id).where(OaiSource.state != "new")))
    for key in keys:
        start(session, key, by=None, now=now)
    return len(keys)


def note_fault(session: Session, source_id: UUID, error: Mapping[str, Any]) -> None:
    """Keep why a repository could not be reached; the place reached stays."""
    row = _find(session, source_id)
    row.last_error = {"code": str(error.get("code", "")), "said": ""}
    if not error.get("transient"):
        row.state = "failed"


def listed(session: Session) -> list[SourceView]:
    """The repositories, by name."""
    return [
        SourceView(
            row.id, row.name, row.base_url, row.prefix, row.set_spec, row.state, row.counts, row.last_error,
            row.last_read_at,
        )
        for row in session.scalars(select(OaiSource).order_by(OaiSource.name))
    ]  # fmt: skip


def _find(session: Session, source_id: UUID) -> OaiSource:
    row = session.get(OaiSource, source_id)
    if row is None:
        raise NotFound(kind="oai_source", id=str(source_id))
    return row


def run(
    tenant: TenantDatabase,
    fetch: Callable[[str], bytes],
    source_id: UUID,
    report: Reporter,
    clock: Callable[[], datetime],
) -> None:
    """Read a repository to its end, from the page that the last attempt reached.

    Each page is fetched outside a unit and committed with the token of the next one. Raises Permanent where the
    repository refuses or answers with something else; what ``fetch`` raises goes through, the place reached is kept.
    """
    tokens: set[str] = set()
    restarted = False
    for _number in range(MOST_PAGES):
        report.check()
        with tenant.read() as session:
            row = _find(session, source_id)
            url, token = _address(row, clock()), str(row.cursor.get("token", ""))
        if token and token in tokens:
            _stop(tenant, source_id, "oai_token_loop", "")
        tokens.add(token)
        answer = _read(tenant, source_id, fetch(url))
        codes = [code for code, _text in answer.errors]
        if "badResumptionToken" in codes and token:
            if restarted:
                _stop(tenant, source_id, "oai_token_loop", "")
            restarted = True
            with report.step() as step:
                _find(step.session, source_id).cursor = {}
            tokens.clear()
            continue
        if codes and codes != ["noRecordsMatch"]:
            _stop(tenant, source_id, "oai_refused", codes[0])
        with report.step() as step:
            done = _commit_page(step.session, source_id, answer, clock())
            counts = _find(step.session, source_id).counts
            step.progress(done=int(counts.get("seen", 0)), total=int(counts.get("whole", 0)))
        if done:
            return
    _stop(tenant, source_id, "oai_endless", "")


def _address(row: OaiSource, now: datetime) -> str:
    token = row.cursor.get("token")
    if token:
        return f"{row.base_url}?{urlencode({'verb': 'ListRecords', 'resumptionToken': token})}"
    asked = {"verb": "ListRecords", "metadataPrefix": row.prefix}
    if row.set_spec:
        asked["set"] = row.set_spec
    if row.since:
        asked["from"] = row.since
    return f"{row.base_url}?{urlencode(asked)}"


def _read(tenant: TenantDatabase, source_id: UUID, data: bytes) -> Answer:
    try:
        found = answers.read(xml.parse(data, most=PAGE_BYTES).root)
    except ContentError as error:
        _stop(tenant, source_id, error.code, "")
        raise AssertionError from error  # _stop always raises
    if found is None:
        _stop(tenant, source_id, "oai_other", "")
    return found or Answer("")


def _stop(tenant: TenantDatabase, source_id: UUID, code: str, said: str) -> None:
    with tenant.write() as session:
        row = _find(session, source_id)
        row.state, row.last_error, row.cursor = "failed", {"code": code, "said": said[:80]}, {}
    raise Permanent({"code": code})


def _commit_page(session: Session, source_id: UUID, answer: Answer, now: datetime) -> bool:
    """Write a page and the place reached; whether it was the last one."""
    row = _find(session, source_id)
    began = str(row.cursor.get("began") or _day(answer, now))
    counts: dict[str, int] = dict(row.counts) if row.cursor.get("token") else {}
    for fate in _apply(session, row, answer.records, now):
        counts["seen"] = counts.get("seen", 0) + 1
        counts[fate] = counts.get(fate, 0) + 1
    if answer.whole is not None:
        counts["whole"] = answer.whole
    row.counts = counts
    if answer.token:
        row.cursor, row.state = {"token": answer.token, "began": began}, "running"
        return False
    # The day it began, inclusive: a record changed during the harvest is asked for again, which changes nothing.
    row.cursor, row.since, row.state, row.last_error, row.last_read_at = {}, began, "done", None, now
    return True


def _day(answer: Answer, now: datetime) -> str:
    """The day by the repository's clock, which stamps its records; by ours where it says none, or one to come."""
    here = now.date().isoformat()
    try:
        return min(date.fromisoformat(answer.day).isoformat(), here)
    except ValueError:
        return here


def _apply(session: Session, source: OaiSource, records: tuple[Harvested, ...], now: datetime) -> list[str]:
    """What became of each record: ``added``, ``changed``, ``same``, ``deleted``, ``skipped`` (it opens nowhere)."""
    ids = [one.identifier for one in records]
    query = (
        select(OaiRecord.identifier, Resource)
        .join(Resource, Resource.id == OaiRecord.resource_id)
        .where(OaiRecord.source_id == source.id, OaiRecord.identifier.in_(ids))
    )
    held: dict[str, Resource] = {found[0]: found[1] for found in session.execute(query)}
    fates = [_one(session, source, one, held, now) for one in records]
    session.flush()
    return fates


def _one(session: Session, source: OaiSource, one: Harvested, held: dict[str, Resource], now: datetime) -> str:
    row = held.get(one.identifier)
    if one.deleted:
        if row is None or row.withdrawn_at is not None:
            return "same"
        row.withdrawn_at = now
        return "deleted"
    url = _url(one.record)
    if one.record is None or not url or not one.identifier:
        return "skipped"
    values = _values(one.record, url)
    if row is None:
        key = new_id()
        row = Resource(id=key, kind="web", iri=url, created_at=now, custom={"source": source.name}, **values)
        session.add(row)
        session.flush()
        session.add(OaiRecord(source_id=source.id, identifier=one.identifier, resource_id=key))
        descriptions.keep(session, key, one.record)
        held[one.identifier] = row
        return "added"
    descriptions.keep(session, row.id, one.record)
    same = all(getattr(row, name) == value for name, value in values.items()) and row.withdrawn_at is None
    for name, value in values.items():
        setattr(row, name, value)
    row.withdrawn_at = None
    return "same" if same else "changed"


def _url(found: Record | None) -> str:
    """Where the resource opens: a location, else an identifier that is an address."""
    if found is None:
        return ""
    candidates = (*found.locations, *(entry for _catalog, entry in found.identifiers))
    return next((one.strip() for one in candidates if is_web(one.strip())), "")


def _values(found: Record, url: str) -> dict[str, Any]:
    """What the entry takes of the record; what people may have added only where the record tells it."""
    said = descriptions.values(found)
    return {**{name: value for name, value in said.items() if value or name not in _ADDED},
            "title": said["title"] or url[:300], "url": url}  # fmt: skip
