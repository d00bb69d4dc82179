"""Common Cartridge 1.0 to 1.3 and Thin CC: each resource and what becomes of it.

Sources: 1EdTech Common Cartridge 1.0 to 1.3 Profile (resource types, FILEBASE), Thin CC 1.2 and 1.3; the web
link, discussion topic, LTI link and assignment descriptors of each version.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from content import xml
from content.packages import manifest as ims
from content.packages import qti
from content.packages.manifest import Manifest, Resource
from content.packages.package import Package, is_web
from content.report import Fate, Findings, Part

_DESCRIPTOR_BYTES = 4 << 20
#: What a resource's type begins with, its kind here.
TYPES = (
    ("imswl", "web_link"),
    ("imsdt", "discussion"),
    ("imsbasiclti", "lti_link"),
    ("assignment", "assignment"),
    ("imsqti", "questions"),
    ("associatedcontent", "support"),
    ("webcontent", "page"),
    ("idpf_epub", "page"),
)
_FILEBASE = re.compile(r"^\$?(IMS|1EDTECH)[-_]CC[-_]FILEBASE\$?/?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Link:
    """A web link or an LTI link: address, and of the latter its custom parameters. ``secure``: by https."""

    identifier: str
    kind: str
    title: str
    url: str
    secure: bool
    custom: dict[str, str] = field(default_factory=dict)
    description: str = ""


@dataclass(frozen=True, slots=True)
class Cartridge:
    """A cartridge: its links, its pages (files in the archive), how many questions and discussions it holds."""

    version: str
    thin: bool
    title: str
    links: tuple[Link, ...]
    pages: tuple[tuple[str, str], ...]
    manifest: Manifest


def is_cartridge(manifest: Manifest) -> bool:
    """Whether the manifest is a cartridge's: its schema, else a namespace of 1EdTech's for it."""
    return "common cartridge" in manifest.schema.lower() or "imscc" in manifest.namespace


def read(package: Package, manifest: Manifest) -> Cartridge:
    """The cartridge; each resource is said with what becomes of it."""
    found = package.found
    thin = "thin" in manifest.schema.lower()
    found.format, found.version = "thin-cc" if thin else "imscc", manifest.schemaversion
    title, language = ims.manifest_title(manifest)
    found.entitle(title or (manifest.organization.title if manifest.organization else ""), language)
    found.description, found.licence = ims.manifest_rights(manifest)
    found.facts["schemaversion"] = manifest.schemaversion
    _check(found, manifest)
    titles = _titles(manifest)
    reader = _Reader(package, titles)
    for resource in manifest.resources.values():
        reader.resource(resource)
    refs = [item.ref for one in manifest.organizations for item in one.walk() if item.ref]
    for ref in refs:
        if ref not in manifest.resources:
            found.info("item_ref_missing", titles.get(ref, ref), ref=ref)
    found.counts |= {
        "items": manifest.count_of_items,
        "resources": len(manifest.resources),
        "launchable_items": len(refs),
    }
    if not manifest.resources:
        found.error("cc_empty", "imsmanifest.xml")
    return Cartridge(found.version, thin, found.title or "", tuple(reader.links), tuple(reader.pages), manifest)


def _check(found: Findings, manifest: Manifest) -> None:
    if not re.fullmatch(r"1\.[0-3](\.0)?", manifest.schemaversion):
        found.warn("cc_version", manifest.schemaversion)
    items, resources = ims.repeated(manifest)
    for identifier in resources:
        found.error("resource_id_repeated", identifier)
    for identifier in items:
        found.info("item_id_repeated", identifier)
    locked = next(xml.descendants(manifest.root, "authorizations"), None)
    if locked is not None:
        say = found.error if xml.attribute(locked, "import").lower() == "true" else found.warn
        say("cc_protected", xml.text(xml.child(locked, "authorization"))[:80])


def _titles(manifest: Manifest) -> dict[str, str]:
    titles: dict[str, str] = {}
    for organization in manifest.organizations:
        for item in organization.walk():
            if item.ref and item.title:
                titles.setdefault(item.ref, item.title)
    return titles


class _Reader:
    """One reading: collects links and pages."""

    def __init__(self, package: Package, titles: dict[str, str]) -> None:
        self.package, self.found, self.titles = package, package.found, titles
        self.links: list[Link] = []
        self.pages: list[tuple[str, str]] = []

    def resource(self, resource: Resource) -> None:
        """Say one resource and what becomes of it."""
        kind = next((kind for start, kind in TYPES if resource.type.lower().startswith(start)), "other")
        title = self.titles.get(resource.identifier) or resource.href or resource.identifier
        read = {
            "page": self._page, "web_link": self._link, "lti_link": self._lti, "questions": self._questions,
        }.get(kind)  # fmt: skip
        if read:
            read(resource, title)
            return
        reason = {"discussion": "no_discussion", "assignment": "no_assignment", "support": "support_kept"}
        if kind == "other":
            self.found.warn("cc_type_unknown", title, type=resource.type[:80])
        self._part(kind, title, Fate.SKIPPED, reason.get(kind, "type_unknown"), resource.href)

    def _part(self, kind: str, title: str, fate: Fate, reason: str = "", where: str = "") -> None:
        self.found.parts.append(Part(kind, title, fate, reason, where))

    def _page(self, resource: Resource, title: str) -> None:
        hrefs = [_FILEBASE.sub("", href) for href in (resource.href, *resource.files) if href]
        href = hrefs[0] if hrefs else ""
        file = next((f for one in hrefs if (f := self.package.locate(one, resource.base, title))), None)
        if href and file is None:
            self.found.info("launch_file_missing", title, href=href[:120])
            self._part("page", title, Fate.SKIPPED, "file_missing", href)
        elif file:
            self.pages.append((title, file))
            self._part("page", title, Fate.IMPORTED, "", file)

    def _descriptor(self, resource: Resource, inline: str) -> xml.Element | None:
        """The descriptor of a link: in a file, or in the resource itself (Thin CC)."""
        within = next((one for one in xml.descendants(resource.element, inline)), None)
        if within is not None:
            return within
        href = resource.href or next(iter(resource.files), "")
        file = self.package.locate(href, resource.base) if href else None
        if file is None:
            self.found.info("launch_file_missing", self.titles.get(resource.identifier, resource.identifier), href=href)
            return None
        return self.package.document(file.removeprefix(self.package.root), _DESCRIPTOR_BYTES)

    def _link(self, resource: Resource, title: str) -> None:
        root = self._descriptor(resource, "webLink")
        url = xml.attribute(element, "href").strip() if (element := xml.child(root, "url")) is not None else ""
        if not is_web(url):
            self.found.info("link_invalid", title, href=url[:120])
            self._part("web_link", title, Fate.SKIPPED, "link_invalid", url[:120])
            return
        self.links.append(Link(resource.identifier, "web", title, url, url.lower().startswith("https:")))
        self._part("web_link", title, Fate.IMPORTED, "", url)

    def _lti(self, resource: Resource, title: str) -> None:
        root = self._descriptor(resource, "cartridge_basiclti_link")
        if root is None:
            self._part("lti_link", title, Fate.SKIPPED, "file_missing")
            return
        secure, plain = xml.text(xml.child(root, "secure_launch_url")), xml.text(xml.child(root, "launch_url"))
        url = secure if is_web(secure) else plain
        if not is_web(url):
            self.found.info("link_invalid", title, href=url[:120])
            self._part("lti_link", title, Fate.SKIPPED, "link_invalid", url[:120])
            return
        if not secure:
            self.found.info("lti_not_secure", title, href=url[:120])
        holder = xml.child(root, "custom")
        custom = (
            {xml.attribute(one, "name"): xml.text(one) for one in xml.children(holder)} if holder is not None else {}
        )
        description = xml.text(xml.child(root, "description"))
        self.links.append(
            Link(resource.identifier, "lti", title, url, url.lower().startswith("https:"), custom, description)
        )
        self._part("lti_link", title, Fate.CONVERTED, "lti_needs_tool", url)

    def _questions(self, resource: Resource, title: str) -> None:
        root = self._descriptor(resource, "questestinterop")
        if root is None:
            self._part("questions", title, Fate.SKIPPED, "file_missing")
            return
        questions = qti.old_questions(root, resource.href)
        self.found.counts["questions"] = self.found.counts.get("questions", 0) + len(questions)
        self._part("questions", f"{title} ({len(questions)})", Fate.SKIPPED, "questions_kept")
