"""The picture that stands for a package: the one that its metadata or its format names, else a file whose name says so.

Sources: EPUB 3.3 (``cover-image``), OPF 2.0 (``cover``); IEEE LOM 7 (relation) with ScoLOMFR's kind for thumbnails;
Moodle's ``files.xml`` (``course``, ``overviewfiles``). No other format has a place for it; authoring tools write a
thumbnail, cover or preview beside the manifest.
"""

from __future__ import annotations

import re
from typing import Final

from content import xml
from content.archive import Archive
from content.packages.cartridge import Cartridge
from content.packages.epub import Epub
from content.packages.manifest import Manifest
from content.packages.moodle_backup import MoodleBackup
from content.packages.scorm import Scorm

_WORDS: Final = ("thumbnail", "vignette", "cover", "couverture", "preview", "apercu", "poster", "screenshot")
_NAME: Final = re.compile(
    rf"(?:[^/]+/)?(?:course|scorm|package|imsmanifest)?[ ._-]?({'|'.join(_WORDS)})[ ._-]?(?:image|img|large|small|\d+)?"
    r"\.(?:png|jpe?g|webp)",
    re.IGNORECASE,
)
_KINDS: Final = ("hasthumbnail", "has thumbnail", "a pour vignette", "thumbnail")


def picture(archive: Archive, root: str, package: object) -> str:
    """The name in the archive of the picture that stands for it; empty when there is none."""
    if isinstance(package, Epub):
        return package.cover
    if isinstance(package, MoodleBackup):
        return package.picture
    manifest = package.manifest if isinstance(package, Scorm | Cartridge) else None
    return _of_metadata(archive, root, manifest) or _by_name(archive, root)


def _of_metadata(archive: Archive, root: str, manifest: Manifest | None) -> str:
    metadata = xml.child(manifest.root, "metadata") if manifest else None
    for relation in xml.descendants(metadata, "relation") if metadata is not None else ():
        if xml.text(xml.child(relation, "kind", "value")).lower() not in _KINDS:
            continue
        resource = xml.child(relation, "resource")
        for one in resource.iterdescendants() if resource is not None else ():
            found = archive.resolver.find(xml.text(one), root) if not len(one) else None
            if found is not None:
                return found.name
    return ""


def _by_name(archive: Archive, root: str) -> str:
    """Beside the manifest rather than below, the plainest word rather than another."""
    found = [
        (name.count("/"), _WORDS.index(match[1].lower()), name)
        for name in archive.entries
        if name.startswith(root) and (match := _NAME.fullmatch(name.removeprefix(root)))
    ]
    return min(found, default=(0, 0, ""))[2]
