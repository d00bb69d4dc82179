"""How much of an archive is read: budgets on entries, bytes, ratio; depth and length of names are in ``names``."""

from __future__ import annotations

from dataclasses import dataclass

from content.errors import ArchiveRefused

MB = 1 << 20


@dataclass(frozen=True, slots=True)
class Budget:
    """What an archive may hold. ``ratio``: unpacked over packed bytes, of an entry beyond ``ratio_from`` bytes and of
    the whole beyond four times that."""

    entries: int = 20_000
    entry_bytes: int = 2048 * MB
    total_bytes: int = 4096 * MB
    ratio: int = 200
    ratio_from: int = 16 * MB

    def check_count(self, entries: int) -> None:
        """Raises ArchiveRefused ``archive_entries``."""
        if entries > self.entries:
            raise ArchiveRefused("archive_entries", most=self.entries, found=entries)

    def check_entry(self, name: str, size: int, packed: int) -> None:
        """Raises ArchiveRefused ``archive_entry_bytes`` or ``archive_ratio``."""
        if size > self.entry_bytes:
            raise ArchiveRefused("archive_entry_bytes", name, most=self.entry_bytes, found=size)
        if size > self.ratio_from and size > self.ratio * max(packed, 1):
            raise ArchiveRefused("archive_ratio", name, most=self.ratio, found=size // max(packed, 1))

    def check_total(self, total: int, packed: int) -> None:
        """Raises ArchiveRefused ``archive_total_bytes`` or ``archive_ratio``."""
        if total > self.total_bytes:
            raise ArchiveRefused("archive_total_bytes", most=self.total_bytes, found=total)
        if total > 4 * self.ratio_from and total > self.ratio * max(packed, 1):
            raise ArchiveRefused("archive_ratio", most=self.ratio, found=total // max(packed, 1))
