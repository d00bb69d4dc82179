"""Rotation: the last backup of each recent day, week and month stays, the others go with what only they needed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hub.db.errors import SnapshotError
from hub.db.stores import Store
from hub.services.backup import manifest
from hub.services.backup.manifest import moment


def kept(stamps: Sequence[str], daily: int, weekly: int, monthly: int) -> set[str]:
    """Which backups stay. The newest always does; a day, week or month counts where it has a backup."""
    newest_first = sorted(stamps, key=lambda stamp: (moment(stamp), stamp), reverse=True)
    stay: set[str] = set(newest_first[:1])
    for many, period in ((daily, _day), (weekly, _week), (monthly, _month)):
        last_of: dict[tuple[int, ...], str] = {}
        for stamp in newest_first:
            last_of.setdefault(period(moment(stamp)), stamp)
        stay.update(list(last_of.values())[:many])
    return stay


def rotate(store: Store, tenant: str, *, daily: int, weekly: int, monthly: int) -> list[str]:
    """Remove what need not stay; gives the stamps removed, interrupted backups included.

    A backup loses its manifest first, so that one half removed counts no more. Stored files go once no backup left
    names them.
    """
    parts = manifest.parts(store, tenant)
    whole = manifest.stamps(store, tenant)
    stay = kept(whole, daily, weekly, monthly)
    newest = max(whole, default="")
    # An interrupted backup that is younger than the newest whole one may still be in the making.
    gone = [s for s in parts if s not in stay and (s in whole or s < newest)]
    for stamp in gone:
        for name in sorted(parts[stamp], key=lambda n: not n.endswith(manifest.MANIFEST)):
            store.remove(name)
    if gone:
        _forget_files(store, tenant, stay)
    return gone


def _forget_files(store: Store, tenant: str, stay: set[str]) -> None:
    named: set[str] = set()
    for stamp in stay:
        try:
            named.update(manifest.read(store, tenant, stamp).files)
        except SnapshotError:
            return  # what a damaged manifest names is not known: every file stays
    for name in store.names(f"{tenant}/blobs/"):
        if name.rpartition("/")[2] not in named:
            store.remove(name)


def _day(instant: datetime) -> tuple[int, ...]:
    return instant.year, instant.month, instant.day


def _week(instant: datetime) -> tuple[int, ...]:
    return instant.isocalendar()[:2]


def _month(instant: datetime) -> tuple[int, ...]:
    return instant.year, instant.month
