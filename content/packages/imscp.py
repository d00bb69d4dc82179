"""IMS Content Packaging 1.1.x: a booklet of pages. The format brings nothing back but the pages seen.

Source: IMS Content Packaging 1.1.4 Information Model, Best Practice Guide.
"""

from __future__ import annotations

from dataclasses import dataclass

from content.packages import manifest as ims
from content.packages.manifest import Manifest
from content.packages.package import Package, is_web, scheme


@dataclass(frozen=True, slots=True)
class PageOf:
    """A page of the booklet: depth 0 at the top; ``file`` in the archive, or ``url`` on another site, or neither (a
    heading)."""

    title: str
    depth: int
    file: str
    url: str


@dataclass(frozen=True, slots=True)
class Booklet:
    """The pages in their order."""

    title: str
    pages: tuple[PageOf, ...]


def read(package: Package, manifest: Manifest) -> Booklet:
    """The booklet; what is wrong with it is said."""
    found, organization = package.found, manifest.organization
    found.format, found.version = "imscp", manifest.schemaversion
    title, language = ims.manifest_title(manifest)
    found.entitle((organization.title if organization else "") or title, language)
    found.description, found.licence = ims.manifest_rights(manifest)
    found.counts |= {"items": manifest.count_of_items, "resources": len(manifest.resources)}
    found.facts["schemaversion"] = manifest.schemaversion
    for identifier in ims.repeated(manifest)[1]:
        found.error("resource_id_repeated", identifier)
    pages: list[PageOf] = []
    for item in organization.items if organization else ():
        _pages(package, manifest, item, 0, pages)
    if organization is None:
        for resource in manifest.resources.values():
            if resource.href and not scheme(resource.href) and (file := package.locate(resource.href, resource.base)):
                pages.append(PageOf(resource.identifier, 0, file, ""))
    found.counts["launchable_items"] = sum(1 for page in pages if page.file or page.url)
    if not found.counts["launchable_items"]:
        found.error("nothing_to_launch", "imsmanifest.xml")
    return Booklet(found.title or "", tuple(pages))


def _pages(package: Package, manifest: Manifest, item: ims.Item, depth: int, pages: list[PageOf]) -> None:
    resource, title = manifest.resources.get(item.ref), item.title or item.identifier
    file, url = "", ""
    if item.ref and resource is None:
        package.found.warn("item_ref_missing", title, ref=item.ref)
    if resource is not None and resource.href:
        kind = scheme(resource.href)
        if kind and not is_web(resource.href):
            package.found.error("href_runs", title, href=resource.href[:120])
        elif kind:
            url = resource.href
        else:
            file = package.locate(resource.href, resource.base, title) or ""
            if not file:
                package.found.warn("launch_file_missing", title, href=resource.href[:120])
    pages.append(PageOf(title, depth, file, url))
    for one in item.items:
        _pages(package, manifest, one, depth + 1, pages)
