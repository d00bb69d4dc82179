"""SCORM 1.2 and 2004 (2nd, 3rd, 4th edition): what is launched, with which parameters and rules.

Sources: SCORM 1.2 CAM 2.3 and RTE 3.3; SCORM 2004 4th edition CAM 3.4, 3.5; SN 5 (sequencing, kept as nodes).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from content.packages import manifest as ims
from content.packages import sequencing
from content.packages.manifest import Item, Manifest, Resource
from content.packages.package import Package, is_web, scheme

EDITIONS = (("4th", "4th"), ("3rd", "3rd"), ("2nd", "2nd"), ("cam 1.3", "2nd"), ("2004", "3rd"), ("1.3", "2nd"))
#: Parts of a shared sequencing, counted for each item that refers to it.
MOST_SHARED = 100_000
_TIME_12 = re.compile(r"\d{2,4}:\d{2}:\d{2}(\.\d{1,2})?")
_TIME_2004 = re.compile(r"P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d{1,2})?S)?)?")
_ACTIONS = ("exit,message", "exit,no message", "continue,message", "continue,no message")


@dataclass(frozen=True, slots=True)
class Store:
    """A text that contents share, which a content may read and write as stated (``adlcp:map``, CAM 3.4.1.19)."""

    target: str
    read: bool
    write: bool


@dataclass(frozen=True, slots=True)
class Launch:
    """Something launched. ``file``: name in the archive (empty for one on another site, ``url`` then);
    ``query``: what is put behind it; ``kind``: ``sco`` (speaks with the hub) or ``asset``; ``stores`` in the order in
    which the content counts them."""

    item_id: str
    title: str
    kind: str
    file: str
    url: str
    query: str
    mastery_score: float | None
    max_time_allowed: str
    time_limit_action: str
    data_from_lms: str
    prerequisites: str
    stores: tuple[Store, ...]


@dataclass(frozen=True, slots=True)
class Scorm:
    """A SCORM package. ``version`` is ``1.2`` or ``2004``, ``edition`` of the latter ``2nd``, ``3rd`` or ``4th``.
    ``stores_last``: what its contents share outlives an attempt (``sharedDataGlobalToSystem``, CAM 3.4.1.7)."""

    version: str
    edition: str
    identifier: str
    title: str
    manifest: Manifest
    launches: tuple[Launch, ...]
    stores_last: bool


def is_scorm(manifest: Manifest) -> str:
    """``1.2``, ``2004``, or empty: by the schema it states, else by ADL's namespaces and attributes in use."""
    stated = f"{manifest.schema} {manifest.schemaversion}".lower()
    spaces = {space for space in (manifest.root.nsmap or {}).values() if space}
    v2004 = any("adlcp_v1p3" in space for space in spaces)
    if "scorm" in stated or "adl" in stated:
        return "1.2" if "1.2" in stated or "1.1" in stated else "2004"
    if any(resource.scorm_type for resource in manifest.resources.values()):
        return "2004" if v2004 else "1.2"
    return ""


def read(package: Package, manifest: Manifest, version: str) -> Scorm:
    """The package; what is wrong with it is said."""
    found, organization = package.found, manifest.organization
    edition = _edition(manifest.schemaversion) if version == "2004" else ""
    found.format, found.version = ("scorm12", "1.2") if version == "1.2" else ("scorm2004", edition)
    title, language = ims.manifest_title(manifest)
    found.entitle((organization.title if organization else "") or title, language)
    found.description, found.licence = ims.manifest_rights(manifest)
    found.counts |= {"items": manifest.count_of_items, "resources": len(manifest.resources)}
    found.facts["schemaversion"] = manifest.schemaversion
    if sequencing.shared(manifest) > MOST_SHARED:
        found.error("sequencing_too_many", "imsmanifest.xml", most=MOST_SHARED)
        manifest = replace(manifest, collection={})
    _identifiers(package, manifest)
    _listed_files(package, manifest)
    launches = [
        launch
        for one in manifest.organizations
        for item in one.walk()
        if (launch := _launch(package, manifest, item, version)) is not None
    ]
    found.counts["launchable_items"] = len(launches)
    if not launches:
        found.error("nothing_to_launch", "imsmanifest.xml")
    if organization and len(manifest.organizations) > 1:
        found.info("several_organizations", organization.identifier, count=len(manifest.organizations))
        chosen = {item.identifier for item in organization.walk()}
        launches = [one for one in launches if one.item_id in chosen] or launches
    if version == "2004" and sequencing.shapes(manifest):
        found.info("sequencing_led")
        sequencing.tree(manifest, frozenset(one.item_id for one in launches), found)
    said = organization.attributes if organization else {}
    lasting = sequencing.truth(said.get("sharedDataGlobalToSystem"), default=True)
    return Scorm(version, edition, manifest.identifier, found.title or "", manifest, tuple(launches), lasting)


def _edition(stated: str) -> str:
    low = stated.lower()
    return next((edition for word, edition in EDITIONS if word in low), "4th")


def _identifiers(package: Package, manifest: Manifest) -> None:
    items, resources = ims.repeated(manifest)
    for identifier in items:
        package.found.error("item_id_repeated", identifier)
    for identifier in resources:
        package.found.error("resource_id_repeated", identifier)


def _listed_files(package: Package, manifest: Manifest) -> None:
    """Files that a resource lists and the archive lacks: told, the launch decides."""
    for resource in manifest.resources.values():
        for href in resource.files:
            if href and not scheme(href) and package.locate(href, resource.base) is None:
                package.found.info("listed_file_missing", href)
        for ref in resource.dependencies:
            if ref not in manifest.resources:
                package.found.warn("dependency_missing", ref, resource=resource.identifier)


def _launch(package: Package, manifest: Manifest, item: Item, version: str) -> Launch | None:
    if not item.ref:
        if not item.items:
            package.found.info("item_empty", item.title or item.identifier)
        return None
    resource = manifest.resources.get(item.ref)
    if resource is None:
        package.found.warn("item_ref_missing", item.title or item.identifier, ref=item.ref)
        return None
    place = _place(package, item, resource)
    if place is None:
        return None
    file, url, query = place
    score = _score(package, item) if version == "1.2" else None
    return Launch(
        item.identifier, item.title, "sco" if resource.scorm_type == "sco" else "asset", file, url, query, score,
        _time_allowed(package, manifest, item, version), _time_action(package, item),
        item.extras.get("datafromlms", item.extras.get("dataFromLMS", "")), item.extras.get("prerequisites", ""),
        _stores(item) if version == "2004" else (),
    )  # fmt: skip


def _time_allowed(package: Package, manifest: Manifest, item: Item, version: str) -> str:
    """How long a content may be used in an attempt: a text of the version's form, which the content is given."""
    stated = item.extras.get("maxtimeallowed", "") if version == "1.2" else sequencing.duration_limit(item, manifest)
    if not stated:
        return ""
    if not (_TIME_12 if version == "1.2" else _TIME_2004).fullmatch(stated):
        package.found.warn("max_time_invalid", item.title, value=stated[:40])
        return ""
    package.found.info("time_limited", item.title, value=stated)
    return stated


def _time_action(package: Package, item: Item) -> str:
    """What the content is to do when its time is up; empty leaves it to the run-time's default."""
    stated = item.extras.get("timelimitaction", item.extras.get("timeLimitAction", ""))
    action = re.sub(r"\s*,\s*", ",", " ".join(stated.split()))
    if not action or action in _ACTIONS:
        return action
    package.found.warn("time_action_unknown", item.title, value=stated[:40])
    return ""


def _stores(item: Item) -> tuple[Store, ...]:
    """Each target once."""
    maps = [inner.attributes for one in item.nodes if one.name == "data" for inner in one.children]
    made = {
        said["targetID"]: Store(
            said["targetID"],
            sequencing.truth(said.get("readSharedData"), default=True),
            sequencing.truth(said.get("writeSharedData"), default=True),
        )
        for said in reversed(maps)
        if said.get("targetID")
    }
    return tuple(reversed(made.values()))


def _place(package: Package, item: Item, resource: Resource) -> tuple[str, str, str] | None:
    """File, address on another site and query of what an item opens; None when it cannot."""
    href, found = resource.href, package.found
    title = item.title or item.identifier
    kind = scheme(href)
    if not href:
        if resource.scorm_type == "sco":
            found.warn("resource_without_href", title, resource=resource.identifier)
        return None
    if kind in ("http", "https") and is_web(href):
        found.warn("launch_elsewhere", title, href=href[:120])
        return "", href, item.parameters
    if kind:
        found.error("href_runs", title, href=href[:120])
        return None
    file = package.locate(href, resource.base, title)
    if file is None:
        found.warn("launch_file_missing", title, href=href[:120])
        return None
    return file, "", joined_query(href, item.parameters)


def joined_query(href: str, parameters: str) -> str:
    """Query and fragment behind the file: those of the href, then the item's parameters (CAM 3.4.1.6)."""
    own = href[len(re.split(r"[?#]", href, maxsplit=1)[0]) :]
    given = parameters.strip().lstrip("?&")
    if not given:
        return own
    if parameters.startswith("#"):
        return own if "#" in own else own + parameters
    before, mark, fragment = own.partition("#")
    return f"{before}{'&' if '?' in before else '?'}{given}{mark}{fragment}"


def _score(package: Package, item: Item) -> float | None:
    stated = item.extras.get("masteryscore", "")
    if not stated:
        return None
    try:
        score = float(stated.replace(",", "."))
    except ValueError:
        score = -1.0
    if 0 <= score <= 100:
        return score
    package.found.warn("mastery_score_invalid", item.title, value=stated[:40])
    return None
