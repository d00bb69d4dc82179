"""The description of the whole package that its manifest brings or names: LOM as IEEE 1484.12.3 binds it.

Sources: IMS Content Packaging 1.1.4 (``metadata``); SCORM 1.2 and 2004 CAM (``adlcp:location``); Common Cartridge
(its own namespaces of the same elements).
"""

from __future__ import annotations

from content import xml
from content.archive import Archive
from content.errors import ContentError
from content.metadata import lom
from content.metadata.record import Record
from content.packages.package import MANIFEST_BYTES
from content.report import Findings


def description(archive: Archive, root: str) -> Record | None:
    """The record; None where there is none that can be read. ``root``: the folder of the manifest."""
    manifest = _document(archive, f"{root}imsmanifest.xml")
    metadata = xml.child(manifest, "metadata")
    if metadata is None:
        return None
    found = next(xml.descendants(metadata, "lom"), None)
    if found is None and (location := xml.text(xml.child(metadata, "location"))):
        named = archive.resolver.find(location, root)
        found = _document(archive, named.name) if named is not None else None
    return lom.read(found, Findings()) if found is not None and lom.is_lom(found) else None


def _document(archive: Archive, name: str) -> xml.Element | None:
    """The root of an XML file of the archive; the reader of the format has said what is wrong with it."""
    if name not in archive.entries:
        return None
    try:
        return xml.parse(archive.read(name, MANIFEST_BYTES), where=name, most=MANIFEST_BYTES).root
    except ContentError:
        return None
