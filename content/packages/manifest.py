"""``imsmanifest.xml``: the tree of items and the resources, for SCORM, IMS Content Packaging, Common Cartridge, QTI.

Elements are known by their local names: each version and each vendor has namespaces of its own. Hrefs are given with
every ``xml:base`` above them applied.

Sources: IMS Content Packaging 1.1.4 Information Model and XML Binding; SCORM 1.2 CAM 2.3; SCORM 2004 4th ed. CAM 3.4.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from content import xml
from content.report import Findings

_XML_BASE = f"{{{xml.XML}}}base"


@dataclass(frozen=True, slots=True)
class Node:
    """A part of the manifest kept as it is (sequencing, navigation): local name, attributes by local name, text."""

    name: str
    attributes: dict[str, str]
    text: str
    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of the tree. ``extras``: text of the ADL elements by local name (``masteryscore``, ``prerequisites``,
    ``dataFromLMS``…); ``nodes``: sequencing, presentation and other structured extensions."""

    identifier: str
    title: str
    ref: str
    parameters: str
    visible: bool
    items: tuple[Item, ...]
    extras: dict[str, str]
    nodes: tuple[Node, ...]

    def walk(self) -> Iterator[Item]:
        """This item and all below, parents first."""
        yield self
        for item in self.items:
            yield from item.walk()


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource. ``base`` is the ``xml:base`` that applies to its hrefs; ``element`` the source, for what lies
    inline."""

    identifier: str
    type: str
    href: str
    base: str
    files: tuple[str, ...]
    dependencies: tuple[str, ...]
    scorm_type: str
    element: xml.Element


@dataclass(frozen=True, slots=True)
class Organization:
    """One way through the items, with what applies to the whole. ``attributes`` by local name."""

    identifier: str
    title: str
    items: tuple[Item, ...]
    nodes: tuple[Node, ...]
    attributes: dict[str, str]

    def walk(self) -> Iterator[Item]:
        """Every item, parents first."""
        for item in self.items:
            yield from item.walk()


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest. ``organization`` is the default one, None when there is none; ``collection`` are the sequencing
    nodes that items refer to by ID."""

    identifier: str
    namespace: str
    schema: str
    schemaversion: str
    organizations: tuple[Organization, ...]
    organization: Organization | None
    resources: dict[str, Resource]
    collection: dict[str, Node]
    root: xml.Element

    @property
    def count_of_items(self) -> int:
        """Items of all organizations."""
        return sum(1 for organization in self.organizations for _item in organization.walk())


def read(root: xml.Element, found: Findings) -> Manifest | None:
    """What the document says; None (an error said) when it is no manifest. Repeated identifiers are left to
    `repeated`: their gravity depends on the format."""
    if xml.local(root) != "manifest":
        found.error("manifest_other_root", xml.local(root))
        return None
    if any(xml.local(one) == "manifest" for one in root.iterdescendants()):
        found.info("sub_manifest")
    organizations = xml.child(root, "organizations")
    read_in = (
        tuple(_organization(one) for one in xml.children(organizations, "organization"))
        if organizations is not None
        else ()
    )
    default = _name(organizations, "default") if organizations is not None else ""
    chosen = next((one for one in read_in if one.identifier == default), read_in[0] if read_in else None)
    if default and read_in and chosen and chosen.identifier != default:
        found.warn("default_organization_missing", default)
    resources: dict[str, Resource] = {}
    for element in xml.descendants(root, "resource"):
        resource = _resource(element)
        resources.setdefault(resource.identifier, resource)
    sequencing = xml.child(root, "sequencingCollection")
    collection = {_name(one, "ID"): node(one) for one in xml.children(sequencing)} if sequencing is not None else {}
    schema = xml.text(next(xml.descendants(root, "schema"), None))
    schemaversion = xml.text(next(xml.descendants(root, "schemaversion"), None))
    return Manifest(
        _name(root, "identifier"), xml.namespace(root), schema, schemaversion,
        read_in, chosen, resources, collection, root,
    )  # fmt: skip


def repeated(manifest: Manifest) -> tuple[list[str], list[str]]:
    """Identifiers that several items have, and those that several resources have."""
    items = Counter(item.identifier for one in manifest.organizations for item in one.walk() if item.identifier)
    resources = Counter(_name(one, "identifier") for one in xml.descendants(manifest.root, "resource"))
    return [key for key, n in items.items() if n > 1], [key for key, n in resources.items() if n > 1]


def manifest_title(manifest: Manifest) -> tuple[str, str]:
    """Title and language that the metadata of the whole package state (IMS MD 1.2, LOM), empty when none."""
    metadata = xml.child(manifest.root, "metadata")
    general = next(xml.descendants(metadata, "general"), None) if metadata is not None else None
    title = xml.child(general, "title")
    text = next((one for one in xml.children(title)), None) if title is not None else None
    stated = xml.text(xml.child(general, "language"))
    spoken = (xml.lang(text) or xml.attribute(text, "language")) if text is not None else ""
    return xml.text(text), stated or spoken


def manifest_rights(manifest: Manifest) -> tuple[str, str]:
    """Description and rights that the metadata of the whole package state."""
    metadata = xml.child(manifest.root, "metadata")
    if metadata is None:
        return "", ""
    general, rights = next(xml.descendants(metadata, "general"), None), next(xml.descendants(metadata, "rights"), None)
    return xml.text(xml.child(general, "description")), xml.text(xml.child(rights, "description"))


def node(element: xml.Element) -> Node:
    """An element as plain data."""
    inner = tuple(node(one) for one in xml.children(element))
    return Node(xml.local(element), _attributes(element), "" if inner else xml.text(element), inner)


def _name(element: xml.Element, attribute: str) -> str:
    """An identifier, or a reference to one: blanks around do not count (XML Schema, ``xs:ID`` and ``xs:IDREF``)."""
    return xml.attribute(element, attribute).strip()


def _attributes(element: xml.Element) -> dict[str, str]:
    return {key.rpartition("}")[2]: value for key, value in xml.attributes(element).items()}


def _organization(element: xml.Element) -> Organization:
    items, _extras, nodes = _content(element)
    title = xml.text(xml.child(element, "title"))
    return Organization(_name(element, "identifier"), title, items, nodes, _attributes(element))


def _item(element: xml.Element) -> Item:
    items, extras, nodes = _content(element)
    return Item(
        _name(element, "identifier"), " ".join(xml.text(xml.child(element, "title")).split()),
        _name(element, "identifierref"), xml.attribute(element, "parameters"),
        xml.attribute(element, "isvisible").lower() != "false", items, extras, nodes,
    )  # fmt: skip


def _content(element: xml.Element) -> tuple[tuple[Item, ...], dict[str, str], tuple[Node, ...]]:
    items, extras, nodes = [], {}, []
    for one in xml.children(element):
        name = xml.local(one)
        if name == "item":
            items.append(_item(one))
        elif name not in ("title", "metadata"):
            if len(one) or one.attrib:
                nodes.append(node(one))
            if not len(one):
                extras[name] = xml.text(one)
    return tuple(items), extras, tuple(nodes)


def _resource(element: xml.Element) -> Resource:
    files = tuple(xml.attribute(one, "href") for one in xml.children(element, "file"))
    depends = tuple(_name(one, "identifierref") for one in xml.children(element, "dependency"))
    kind = xml.attribute(element, "scormtype") or xml.attribute(element, "scormType")
    return Resource(
        _name(element, "identifier"), xml.attribute(element, "type"), xml.attribute(element, "href").strip(),
        _base(element), files, depends, kind.lower(), element,
    )  # fmt: skip


def _base(element: xml.Element) -> str:
    """Every ``xml:base`` from the root down, joined; one that begins at the root of the package begins anew."""
    parts: list[str] = []
    at: xml.Element | None = element
    while at is not None and not (parts and parts[-1].startswith("/")):
        if value := at.get(_XML_BASE):
            parts.append(str(value).replace("\\", "/"))
        at = at.getparent()
    return "".join(part if part.endswith("/") else f"{part}/" for part in reversed(parts) if part)
