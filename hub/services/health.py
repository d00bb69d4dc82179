"""How a place is, in plain words: for the page of an administrator, the letter of each week and ``hub doctor``.

Everything here is read in one short unit; nothing is called over the network.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from hub.config import Config
from hub.db.types import to_micros
from hub.models.platforms import Delivery, Job, Platform
from hub.models.river import LedgerClock
from hub.services.backup import STATE
from hub.services.deliveries import MAIL
from hub.services.jobs import DUE, FAILED, WAITING, QueueModel
from hub.services.settings import get_setting
from hub.texts import _, ngettext

Level = Literal["ok", "warning", "fault"]
LATE = timedelta(minutes=15)
"""Work due longer than this shows that no worker runs."""
BACKUP_AGE = timedelta(hours=36)
CLOCK_AHEAD = timedelta(minutes=10)
MISSED_READINGS = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: ``text`` says what is the case, ``remedy`` what to do (empty when all is well)."""

    level: Level
    text: str
    remedy: str = ""


def look(session: Session, config: Config, now: datetime) -> list[Finding]:
    """Every finding about one place, what is wrong first."""
    found = [*_work(session, now), *_sent(session), *_platforms(session, now), *_backup(session, config, now)]
    found += [*_clock(session, now), *_mail(session)]
    order: dict[Level, int] = {"fault": 0, "warning": 1, "ok": 2}
    return sorted(found, key=lambda one: order[one.level])


def _work(session: Session, now: datetime) -> Iterator[Finding]:
    models: tuple[QueueModel, ...] = (Job, Delivery)
    late = [
        session.scalar(select(func.min(model.due_at)).where(model.state == DUE, model.due_at < now - LATE))
        for model in models
    ]
    oldest = min((at for at in late if at is not None), default=None)
    if oldest is not None:
        minutes = int((now - oldest).total_seconds() // 60)
        yield Finding(
            "fault",
            _("Du travail attend depuis %(minutes)s minutes : rien ne le fait.", minutes=minutes),
            _("Vérifiez que « hub serve » ou « hub worker » tourne, et que HUB_WORKER_THREADS n’est pas 0 partout."),
        )
    failed = session.scalar(select(func.count()).select_from(Job).where(Job.state == FAILED)) or 0
    if failed:
        yield Finding(
            "warning",
            ngettext("%(num)s travail de fond a échoué.", "%(num)s travaux de fond ont échoué.", failed),
            _("Regardez pourquoi sous « Envois et travaux », puis relancez."),
        )
    if oldest is None and not failed:
        yield Finding("ok", _("Le travail de fond se fait."))


def _sent(session: Session) -> Iterator[Finding]:
    failed, waiting = (
        session.scalar(select(func.count()).select_from(Delivery).where(Delivery.state == state)) or 0
        for state in (FAILED, WAITING)
    )
    if failed:
        yield Finding(
            "warning",
            ngettext("%(num)s envoi n’est pas parti.", "%(num)s envois ne sont pas partis.", failed),
            _("Regardez la réponse reçue sous « Envois », corrigez, renvoyez."),
        )
    if waiting:
        yield Finding(
            "warning",
            ngettext("%(num)s envoi attend quelqu’un.", "%(num)s envois attendent quelqu’un.", waiting),
            _("Les textes sont prêts sous « Envois » : à remettre ou à envoyer à la main."),
        )
    if not failed and not waiting:
        yield Finding("ok", _("Tous les envois sont partis."))


def _platforms(session: Session, now: datetime) -> Iterator[Finding]:
    rows = session.scalars(select(Platform).where(Platform.connector != "", Platform.state == "active")).all()
    bad = 0
    for row in sorted(rows, key=lambda one: one.name):
        late = now - timedelta(minutes=row.every_minutes * MISSED_READINGS)
        if row.last_error:
            bad += 1
            yield Finding(
                "warning",
                _("%(name)s n’a pas pu être lue la dernière fois.", name=row.name),
                _("La page de la plateforme dit quoi faire, et à qui le demander."),
            )
        elif (row.last_read_at or row.created_at) < late:
            bad += 1
            yield Finding(
                "warning",
                _("%(name)s n’a pas été lue depuis longtemps.", name=row.name),
                _("Lancez une lecture depuis sa page ; si rien ne se passe, aucun travail de fond ne tourne."),
            )
    if rows and not bad:
        yield Finding("ok", _("Toutes les plateformes sont lues."))


def _backup(session: Session, config: Config, now: datetime) -> Iterator[Finding]:
    if config.backup_to is None:
        yield Finding(
            "warning",
            _("Aucune sauvegarde ne se fait la nuit."),
            _("Choisissez un dossier sur un autre disque : backup_to, dans hub.toml."),
        )
        return
    state = get_setting(session, STATE)
    good = datetime.fromisoformat(state["ok_at"]) if state.get("ok_at") else None
    if good is not None and now - good < BACKUP_AGE:
        yield Finding("ok", _("La dernière sauvegarde a été restaurée une fois pour essai : elle est bonne."))
        return
    said = str(state.get("error") or "")
    text = (
        _("La dernière bonne sauvegarde a plus de %(days)s jours.", days=(now - good).days)
        if good and now - good >= timedelta(days=2)
        else _("Il n’y a pas de sauvegarde récente.")
    )
    remedy = _("Lancez « hub backup » et lisez ce qu’il dit. %(said)s", said=said).strip()
    yield Finding("fault" if good or said else "warning", text, remedy)


def _clock(session: Session, now: datetime) -> Iterator[Finding]:
    stored = session.scalar(select(LedgerClock.stored)) or 0
    if stored > to_micros(now + CLOCK_AHEAD):
        yield Finding(
            "fault",
            _("L’horloge du serveur a reculé : des traces sont datées de plus tard que maintenant."),
            _("Mettez-la à l’heure : timedatectl set-ntp true. Les traces gardent leur ordre, rien n’est perdu."),
        )


def _mail(session: Session) -> Iterator[Finding]:
    if not get_setting(session, MAIL).get("host"):
        yield Finding("ok", _("Pas de serveur d’e-mail : les textes attendent sous « Envois », à envoyer à la main."))
