"""Makes or finds the installation of the demo, with its partners, and says what a second start has to know."""

import json
import os
import secrets
import shutil
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from joserfc.jwk import RSAKey

from hub.config import Config
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.demo import sample_offer, sample_package, sample_place
from hub.demo.sample_moodle import PartnerMoodle
from hub.demo.sample_place import Addresses
from hub.services import platforms, sync

TENANT, NAME = "generateur", "Le Générateur"
HOSTS = ("hub.localhost", "localhost")
NOTE, JOURNAL = "demo.json", "campus-fab.jsonl"
BEFORE = timedelta(days=43)
"""How long before today the place was set up."""


class DemoFault(Exception):
    """The demo cannot start. The text is for the person at the terminal."""


@dataclass
class Note:
    """What a second start has to know; kept in ``demo.json``, readable by its owner only. ``day``: on which the play
    meets the present (ISO 8601, the place's own)."""

    port: int
    seed: int
    day: str
    moodle_token: str = field(repr=False)
    tool_key: str = field(repr=False)
    mooc_key: str = ""
    mooc_secret: str = field(default="", repr=False)
    moodle_id: str = ""
    tool_client: str = ""
    tool_deployment: str = ""
    ids: dict[str, dict[str, str]] = field(default_factory=dict)
    played: bool = False

    def save(self, folder: Path) -> None:
        """Write it in place of the one before, all or nothing."""
        fresh = folder / (NOTE + ".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(self), file)
        fresh.replace(folder / NOTE)


def fresh_note(port: int, seed: int, today: date) -> Note:
    """A note for a new demo; making the tool's key takes tenths of a second."""
    key = RSAKey.generate_key(2048, private=True, auto_kid=False)
    return Note(port, seed, today.isoformat(), secrets.token_hex(16), key.as_pem(private=True).decode())


def kept_note(folder: Path) -> Note | None:
    """The note of a demo in this folder that was played to its end; None otherwise."""
    try:
        found = Note(**json.loads((folder / NOTE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return found if found.played else None


def clear(folder: Path) -> None:
    """Empty the folder of an earlier demo. Raises DemoFault for a folder that holds anything else."""
    if not folder.exists():
        folder.mkdir(parents=True)
        return
    if not folder.is_dir() or (any(folder.iterdir()) and not (folder / NOTE).exists()):
        raise DemoFault(f"{folder} is not empty and holds no demo: give another one with --dir")
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def installation_of(folder: Path, at: Addresses, port: int) -> Installation:
    """The installation under ``folder``. It may call loopback addresses: its partners live there."""
    return Installation(
        Config(data=folder / "data", base_url=at.hub, port=port, allow_loopback=True, web_threads=6, worker_threads=1)
    )


def bring_up_to_date(installation: Installation) -> None:
    """Migrate a demo that an earlier version of the hub made. Raises DemoFault: it cannot be gone on with."""
    failed = [report for report in installation.migrate_all() if report.error]
    if failed:
        raise DemoFault("this demo comes from another version of the hub: start a new one, without --keep")


def make(installation: Installation, note: Note, at: Addresses, moodle: PartnerMoodle, folder: Path) -> TenantDatabase:
    """The whole place, before anything happened in it. The Moodle must answer: its catalogue is read."""
    now = datetime.now(UTC)
    today = date.fromisoformat(note.day)
    then = now - BEFORE
    tenant = installation.create_tenant(TENANT, NAME, list(HOSTS))
    note.save(folder)
    with tenant.write() as session:
        ids = sample_place.make_people(session, then, today)
        partners = sample_place.connect_partners(session, installation.vault, ids, at, moodle.state.token, then)
    sync.run_sync(tenant, partners.moodle, lambda to: platforms.connect(to, installation.config))
    sample_package.add(installation, tenant, ids.people["nadia"], then)
    with tenant.write() as session:
        sample_offer.complete_entries(session, ids, then)
        versions = sample_offer.publish_paths(session, ids, then)
        sample_offer.enrol_learners(session, ids, versions, then, today)
        sample_offer.plan_meetings(session, ids, then, today)
        platforms.schedule(session, platforms.find(session, partners.moodle), now)
    moodle.open_courses()
    note.moodle_id, note.ids = str(partners.moodle), ids.as_json()
    note.tool_client, note.tool_deployment = partners.tool_client, partners.tool_deployment
    note.mooc_key, note.mooc_secret = partners.mooc_key, partners.mooc_secret
    note.save(folder)
    return tenant
