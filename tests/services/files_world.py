"""A partner whose files are handed in, and the way of a file from hand to ledger."""

import io
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from connectors.files import Kind
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.files import FileImport, FileImportLine
from hub.models.person import Person
from hub.models.river import Ledger
from hub.services import platforms
from hub.services.files import intake, run
from hub.services.jobs import Reporter, Unleased
from hub.services.platforms import PlatformData
from tests.services.builders import NOW, person

URL = "https://partenaire.example.org"


class World:
    """One place with one partner and an administrator."""

    def __init__(self, installation: Installation, tenant: TenantDatabase, profile: str = "any") -> None:
        self.tenant, self.blobs = tenant, installation.blobs(tenant.key)
        self.now: datetime = NOW
        with tenant.write() as session:
            self.admin = person(session, "Ada", "Ministre")
            values = {"url": URL, "profile": profile, "zone": "Europe/Paris"}
            data = PlatformData("Partenaire", "files", values, authoritative_domains=["exemple.fr"])
            self.platform = platforms.add(session, data, by=self.admin, now=NOW).id

    def give(self, kind: Kind, data: bytes, name: str = "export.csv") -> UUID:
        return intake.give(
            self.tenant, self.blobs, self.platform, kind, name, io.BytesIO(data), by=self.admin, now=self.now
        )

    def check(self, kind: Kind, data: bytes, name: str = "export.csv", **mapping: str) -> UUID:
        """Take a file in, map it as proposed (or as said) and check it."""
        file = self.give(kind, data, name)
        found = intake.columns(self.tenant, self.blobs, file)
        with self.tenant.write() as session:
            wanted = {**found.proposed, **mapping}
            intake.set_columns(session, file, wanted, found.headers, by=self.admin, now=self.now)
        run.check(self.tenant, self.blobs, file, Unleased(self.tenant), lambda: self.now)
        return file

    def write(self, file: UUID, report: Reporter | None = None) -> None:
        """Confirm a checked file and write it."""
        with self.tenant.write() as session:
            run.confirm(session, file, by=self.admin, now=self.now)
        self.go_on(file, report)

    def go_on(self, file: UUID, report: Reporter | None = None) -> None:
        run.apply(self.tenant, self.blobs, file, report or Unleased(self.tenant), lambda: self.now)

    def bring(self, kind: Kind, data: bytes, name: str = "export.csv") -> UUID:
        file = self.check(kind, data, name)
        self.write(file)
        return file

    def row(self, file: UUID) -> FileImport:
        with self.tenant.read() as session:
            return session.get_one(FileImport, file)

    def lines(self, file: UUID) -> dict[int, tuple[str, list[str]]]:
        """Number -> (fate, codes of the notes)."""
        with self.tenant.read() as session:
            query = select(FileImportLine).where(FileImportLine.import_id == file)
            return {it.number: (it.fate, [note[0] for note in it.notes]) for it in session.scalars(query)}

    def ledger(self) -> list[dict[str, Any]]:
        import orjson

        with self.tenant.read() as session:
            return [orjson.loads(text) for text in session.scalars(select(Ledger.text).order_by(Ledger.seq))]

    def learner(self, given: str, family: str, **more: Any) -> UUID:
        with self.tenant.write() as session:
            return person(session, given, family, **more)

    def person(self, person_id: UUID) -> Person:
        with self.tenant.read() as session:
            return session.get_one(Person, person_id)
