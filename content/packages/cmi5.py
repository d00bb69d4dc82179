"""cmi5 course structures: a bare XML file, or a zip with ``cmi5.xml`` at its root (zip64 too).

Sources: cmi5 Specification Profile for xAPI, sections 3 (IRIs), 8.1 (reserved query parameters), 13 (course structure
data model and XSD 1.0), 14 (packages). The order and the number of elements are the schema's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from content import xml
from content.packages.package import Package, is_web
from content.report import Findings

NAMESPACE = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"
MOVE_ON = ("NotApplicable", "Passed", "Completed", "CompletedAndPassed", "CompletedOrPassed")
LAUNCH_METHODS = ("AnyWindow", "OwnWindow")
#: What the hub adds to the address of an AU (8.1); a structure must not use the names.
RESERVED = ("endpoint", "fetch", "actor", "registration", "activityId")
#: A fully qualified IRI: a scheme, something behind it, no blank and no delimiter (RFC 3987).
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_LANGUAGE = re.compile(r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*")
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")

Texts = dict[str, str]


@dataclass(frozen=True, slots=True)
class Objective:
    """An objective of the course: id, title and description by language."""

    id: str
    title: Texts
    description: Texts


@dataclass(frozen=True, slots=True)
class Au:
    """An assignable unit. ``url`` as stated; ``file`` its file in the archive where the address is relative."""

    id: str
    title: Texts
    description: Texts
    url: str
    file: str
    move_on: str
    mastery_score: float | None
    launch_method: str
    launch_parameters: str
    entitlement_key: str
    activity_type: str
    objectives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A block of units and blocks, in their order."""

    id: str
    title: Texts
    description: Texts
    objectives: tuple[str, ...]
    children: tuple[Au | Block, ...]


@dataclass(frozen=True, slots=True)
class Course:
    """A course structure."""

    id: str
    title: Texts
    description: Texts
    objectives: tuple[Objective, ...]
    children: tuple[Au | Block, ...]

    def aus(self) -> Iterator[Au]:
        """Every unit, in the order of the structure."""
        yield from _aus(self.children)


def _aus(children: tuple[Au | Block, ...]) -> Iterator[Au]:
    for one in children:
        if isinstance(one, Au):
            yield one
        else:
            yield from _aus(one.children)


def read(root: xml.Element, found: Findings, package: Package | None) -> Course | None:
    """The course; what breaks the specification is said. ``package`` is None of a bare XML file."""
    return _Reader(found, package).course(root)


class _Reader:
    """One reading: collects the identifiers in use."""

    def __init__(self, found: Findings, package: Package | None) -> None:
        self.found, self.package = found, package
        self.ids: dict[str, set[str]] = {"course": set(), "objective": set(), "block": set(), "au": set()}

    def course(self, root: xml.Element) -> Course | None:
        found = self.found
        found.format, found.version = "cmi5", "1.0"
        if xml.local(root) != "courseStructure" or xml.namespace(root) != NAMESPACE:
            found.error("cmi5_namespace", xml.local(root))
            return None
        for kind, name in (("aus", "au"), ("blocks", "block")):
            found.counts[kind] = sum(1 for _one in xml.descendants(root, name))
        declared = xml.child(root, "objectives")
        found.counts["objectives"] = len(xml.children(declared, "objective")) if declared is not None else 0
        self._order(root, ("course",), ("objectives",))
        course = xml.child(root, "course")
        if course is None:
            return None
        self._order(course, ("title", "description"), (), choice=False)
        title, description = self._texts(course, "title"), self._texts(course, "description")
        language = next(iter(title), "")
        found.entitle(title.get(language, ""), language)
        found.description = next(iter(description.values()), "")
        identifier = self._id(course, "course")
        objectives = tuple(self._objective(one) for one in xml.children(declared)) if declared is not None else ()
        children = self._children(root)
        if not children:
            found.error("cmi5_no_au")
        return Course(identifier, title, description, objectives, children)

    def _children(self, element: xml.Element) -> tuple[Au | Block, ...]:
        makers: dict[str, Callable[[xml.Element], Au | Block]] = {"au": self._au, "block": self._block}
        return tuple(makers[xml.local(one)](one) for one in xml.children(element) if xml.local(one) in makers)

    def _objective(self, element: xml.Element) -> Objective:
        return Objective(
            self._id(element, "objective"), self._texts(element, "title"), self._texts(element, "description")
        )

    def _block(self, element: xml.Element) -> Block:
        self._order(element, ("title", "description"), ("objectives",))
        children = self._children(element)
        if not children:
            self.found.error("cmi5_no_au", xml.attribute(element, "id"))
        return Block(
            self._id(element, "block"), self._texts(element, "title"), self._texts(element, "description"),
            self._references(element), children,
        )  # fmt: skip

    def _au(self, element: xml.Element) -> Au:
        optional = ("objectives", "url", "launchParameters", "entitlementKey")
        self._order(element, ("title", "description"), optional, choice=False)
        url = xml.text(xml.child(element, "url"))
        identifier = self._id(element, "au")
        return Au(
            identifier, self._texts(element, "title"), self._texts(element, "description"), url,
            self._file(url, identifier), self._one_of(element, "moveOn", MOVE_ON), self._mastery(element, identifier),
            self._one_of(element, "launchMethod", LAUNCH_METHODS), xml.text(xml.child(element, "launchParameters")),
            xml.text(xml.child(element, "entitlementKey")), xml.attribute(element, "activityType"),
            self._references(element),
        )  # fmt: skip

    def _order(
        self, element: xml.Element, first: tuple[str, ...], then: tuple[str, ...], *, choice: bool = True
    ) -> None:
        """Each of ``first`` once, of ``then`` at most once, in this order; units and blocks behind (``choice``), then
        elements of other namespaces (13.2)."""
        wanted = [*first, *then, *(["au|block"] if choice else []), "other"]
        where, at = xml.attribute(element, "id") or xml.local(element), 0
        names = [xml.local(one) if xml.namespace(one) == NAMESPACE else "other" for one in xml.children(element)]
        for name in names:
            slot = "au|block" if choice and name in ("au", "block") else name
            if slot not in wanted:
                self.found.error("cmi5_element_unknown", where, element=name)
            elif wanted.index(slot) < at or (slot not in ("au|block", "other") and names.count(name) > 1):
                self.found.error("cmi5_order", where, element=name)
                return
            else:
                at = wanted.index(slot)
        for name in (*first, *(("url",) if "url" in then else ())):
            if name not in names:
                self.found.error("cmi5_element_missing", where, element=name)

    def _id(self, element: xml.Element, kind: str) -> str:
        identifier = element.get("id") or ""
        if not _IRI.fullmatch(identifier):
            self.found.error("cmi5_iri", identifier or xml.local(element), element=kind)
        elif identifier in self.ids[kind]:
            self.found.error("cmi5_id_repeated", identifier, element=kind)
        self.ids[kind].add(identifier)
        return identifier

    def _texts(self, element: xml.Element, name: str) -> Texts:
        holder = xml.child(element, name)
        texts: Texts = {}
        if holder is None:
            return texts
        for one in xml.children(holder, "langstring"):
            language = one.get("lang") or ""
            if language and not _LANGUAGE.fullmatch(language):
                self.found.error("cmi5_language", language)
            texts.setdefault(language, xml.text(one))
        if not texts:
            self.found.error("cmi5_element_missing", name, element="langstring")
        return texts

    def _references(self, element: xml.Element) -> tuple[str, ...]:
        holder = xml.child(element, "objectives")
        references = [xml.attribute(one, "idref") for one in xml.children(holder)] if holder is not None else []
        for one in references:
            if one not in self.ids["objective"]:
                self.found.error("cmi5_objective_unknown", one)
        return tuple(references)

    def _one_of(self, element: xml.Element, name: str, allowed: tuple[str, ...]) -> str:
        value = element.get(name)
        if value is not None and value not in allowed:
            self.found.error("cmi5_value", xml.attribute(element, "id"), attribute=name, value=str(value)[:40])
        return str(value) if value in allowed else allowed[0]

    def _mastery(self, element: xml.Element, identifier: str) -> float | None:
        value = element.get("masteryScore")
        if value is None:
            return None
        if not _DECIMAL.fullmatch(value.strip()) or not 0 <= float(value) <= 1:
            self.found.error("cmi5_value", identifier, attribute="masteryScore", value=str(value)[:40])
            return None
        return float(value)

    def _file(self, url: str, identifier: str) -> str:
        """The file of a relative address (14.1, 14.2); the rules of addresses are checked here."""
        bare = url.strip()
        try:
            parts = urlsplit(bare)
        except ValueError:
            parts = None
        if not bare or parts is None or any(c.isspace() for c in bare) or (parts.scheme and not is_web(bare)):
            self.found.error("cmi5_url", identifier, url=url[:120])
            return ""
        for name, _value in parse_qsl(parts.query, keep_blank_values=True):
            if name in RESERVED:
                self.found.error("cmi5_query_reserved", identifier, name=name)
        if parts.scheme:
            return ""
        if self.package is None or bare.startswith("//"):
            self.found.error("cmi5_url_relative", identifier, url=url[:120])
            return ""
        file = self.package.locate(bare, "", identifier)
        if file is None:
            self.found.error("cmi5_file_missing", identifier, url=url[:120])
        return file or ""
