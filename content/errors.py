"""Why a learning resource is refused: one tree, stable codes, no text for people and no value found in the file
beyond the name of the part concerned."""

from __future__ import annotations

from typing import Any


class ContentError(Exception):
    """Root. ``code`` is stable; ``where`` names the entry of the archive or the element concerned; ``details`` are the
    figures that a sentence for people needs."""

    code = "content"

    def __init__(self, code: str = "", where: str = "", **details: Any) -> None:
        self.code = code or type(self).code
        super().__init__(f"{self.code}: {where}" if where else self.code)
        self.where = where
        self.details = details


class XmlRefused(ContentError):
    """An XML document is not read: its codes begin with ``xml_``."""

    code = "xml_malformed"


class ArchiveRefused(ContentError):
    """An archive is not read: its codes begin with ``archive_``."""

    code = "archive_broken"
