"""EPUB 2 and 3: spine, language, what the book states of access. Recognised, inventoried, downloadable.

Sources: EPUB 3.3 sections 4 (OCF), 5 (package document), 9 (encryption); EPUB Accessibility 1.1 section 2.
"""

from __future__ import annotations

from dataclasses import dataclass

from content import xml
from content.packages.package import Package

MIMETYPE = b"application/epub+zip"
_ADOBE = "http://ns.adobe.com/pdf/enc#RC"
_IDPF = "http://www.idpf.org/2008/embedding"


@dataclass(frozen=True, slots=True)
class Epub:
    """A book: files of its spine in their order, statements of access (``accessMode: textual``…), the file of its
    cover."""

    title: str
    version: str
    language: str
    spine: tuple[str, ...]
    navigation: str
    access: tuple[str, ...]
    scripted: bool
    cover: str = ""


def read(package: Package) -> Epub | None:
    """The book; what is wrong with it is said."""
    found = package.found
    found.format = "epub"
    _mimetype(package)
    _encryption(package)
    container = package.document("META-INF/container.xml")
    if container is None:
        return None
    path = xml.attribute(next(xml.descendants(container, "rootfile"), container), "full-path")
    file = package.locate(path) if path else None
    if file is None:
        found.error("epub_no_package", path[:120] or "META-INF/container.xml")
        return None
    root = package.document(file.removeprefix(package.root))
    return _book(package, root, file.removeprefix(package.root).rpartition("/")[0]) if root is not None else None


def _book(package: Package, root: xml.Element, base: str) -> Epub:
    found, metadata = package.found, xml.child(root, "metadata")
    found.version = xml.attribute(root, "version")
    language = xml.text(xml.child(metadata, "language"))
    found.entitle(xml.text(xml.child(metadata, "title")), language)
    found.description = xml.text(xml.child(metadata, "description"))
    found.licence = xml.text(xml.child(metadata, "rights"))
    listed = xml.child(root, "manifest")
    items = {xml.attribute(one, "id"): one for one in xml.children(listed)} if listed is not None else {}
    order = xml.child(root, "spine")
    spine = []
    for ref in xml.children(order, "itemref") if order is not None else ():
        item = items.get(xml.attribute(ref, "idref"))
        file = package.locate(xml.attribute(item, "href"), base) if item is not None else None
        if file is None:
            found.warn("epub_spine_missing", xml.attribute(ref, "idref"))
        else:
            spine.append(file)
    found.counts |= {"spine": len(spine), "resources": len(items)}
    if not spine:
        found.error("nothing_to_launch")
    properties = [xml.attribute(one, "properties").split() for one in items.values()]
    nav = next(
        (xml.attribute(one, "href") for one in items.values() if "nav" in xml.attribute(one, "properties").split()), ""
    )
    if not nav and found.version.startswith("3"):
        found.warn("epub_no_navigation")
    return Epub(
        found.title or "", found.version, language, tuple(spine), nav, _access(metadata),
        any("scripted" in one for one in properties), _cover(package, metadata, items, base),
    )  # fmt: skip


def _cover(package: Package, metadata: xml.Element | None, items: dict[str, xml.Element], base: str) -> str:
    """The file of the cover: as version 3 says it, else as version 2 does; empty when none is said or there."""
    told = next((one for one in items.values() if "cover-image" in xml.attribute(one, "properties").split()), None)
    for one in xml.children(metadata, "meta") if metadata is not None and told is None else ():
        if xml.attribute(one, "name") == "cover":
            told = items.get(xml.attribute(one, "content"))
    return (package.locate(xml.attribute(told, "href"), base) or "") if told is not None else ""


def _access(metadata: xml.Element | None) -> tuple[str, ...]:
    stated = []
    for one in xml.children(metadata, "meta") if metadata is not None else ():
        name = xml.attribute(one, "property") or xml.attribute(one, "name")
        if name.startswith("schema:access"):
            stated.append(f"{name.removeprefix('schema:')}: {xml.text(one) or xml.attribute(one, 'content')}")
    return tuple(stated)


def _mimetype(package: Package) -> None:
    entry = package.archive.entries.get(f"{package.root}mimetype")
    if entry is None or entry.size > 100 or package.archive.read(entry.name, 100).strip() != MIMETYPE:
        package.found.warn("epub_mimetype")


def _encryption(package: Package) -> None:
    """Obfuscated fonts are nothing to a reader; anything else is a lock that only its shop opens."""
    if not package.has("META-INF/encryption.xml"):
        return
    root = package.document("META-INF/encryption.xml")
    ways = (
        {xml.attribute(one, "Algorithm") for one in xml.descendants(root, "EncryptionMethod")}
        if root is not None
        else set()
    )
    if ways - {_ADOBE, _IDPF}:
        package.found.error("epub_locked", "META-INF/encryption.xml")
    elif ways:
        package.found.info("epub_fonts_obfuscated")
