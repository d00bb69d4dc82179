"""QTI 1.2, 2.0 to 2.2 and 3.0: recognised, inventoried, kept in the original.

Sources: IMS QTI ASI 1.2 Information Model; QTI 2.1 and 2.2 Assessment Test, Section and Item Information Model;
QTI 3.0. Element names differ: ``questestinterop``; ``assessmentItem``; ``qti-assessment-item``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from content import xml
from content.packages import manifest as ims
from content.packages.manifest import Manifest
from content.packages.package import Package
from content.report import Fate, Findings, Part

_TYPE = re.compile(r"imsqti_(?:[a-z]+_)?xmlv(?P<major>\d)p(?P<minor>\d)")
_ITEM_BYTES = 4 << 20
MOST_ITEMS = 5_000
ITEM_ROOTS = ("assessmentItem", "qti-assessment-item")
TEST_ROOTS = ("assessmentTest", "qti-assessment-test")
#: Kinds of question that the hub knows by name, in the spelling of 2.x; 3.0 writes them with dashes.
KINDS = (
    "choiceInteraction", "textEntryInteraction", "extendedTextInteraction", "orderInteraction",
    "matchInteraction", "associateInteraction", "gapMatchInteraction", "inlineChoiceInteraction",
    "hotspotInteraction", "hottextInteraction", "sliderInteraction", "uploadInteraction", "mediaInteraction",
    "graphicOrderInteraction",
    "drawingInteraction", "selectPointInteraction", "positionObjectInteraction",
    "customInteraction", "portableCustomInteraction",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """A question: its title and the kinds of interaction in it."""

    identifier: str
    title: str
    kinds: tuple[str, ...]
    where: str


@dataclass(frozen=True, slots=True)
class Qti:
    """The questions of a package, and how many tests it holds."""

    version: str
    questions: tuple[Question, ...]
    tests: int


def is_qti(manifest: Manifest) -> bool:
    """Whether the package is one of questions: what it says it is, or a resource's type."""
    return "qti" in manifest.schema.lower() or any(_TYPE.match(one.type) for one in manifest.resources.values())


def read(package: Package, manifest: Manifest) -> Qti:
    """The questions; what is wrong with them is said."""
    found = package.found
    versions = [m for one in manifest.resources.values() if (m := _TYPE.match(one.type))]
    version = f"{versions[0]['major']}.{versions[0]['minor']}" if versions else ""
    major = version[:1] or re.sub(r"\D", "", manifest.schema + manifest.schemaversion)[:1]
    found.format = {"1": "qti12", "3": "qti3"}.get(major, "qti2")
    found.version = version or manifest.schemaversion
    found.entitle(*ims.manifest_title(manifest))
    found.facts["schemaversion"] = manifest.schemaversion
    found.counts |= {"items": manifest.count_of_items, "resources": len(manifest.resources), "launchable_items": 0}
    for identifier in ims.repeated(manifest)[1]:
        found.error("resource_id_repeated", identifier)
    questions: list[Question] = []
    tests = 0
    for resource in list(manifest.resources.values())[:MOST_ITEMS]:
        if not _TYPE.match(resource.type):
            continue
        href = resource.href or next(iter(resource.files), "")
        file = package.locate(href, resource.base, resource.identifier) if href else None
        if file is None:
            found.error("qti_file_missing", href or resource.identifier)
            continue
        root = package.document(file.removeprefix(package.root), _ITEM_BYTES)
        if root is None:
            continue
        tests += xml.local(root) in TEST_ROOTS
        questions += _questions(root, file)
    found.counts |= {"questions": len(questions), "tests": tests}
    found.parts += [Part("question", one.title, Fate.SKIPPED, "questions_kept", one.where) for one in questions]
    if not questions and not tests:
        found.error("qti_no_item", "imsmanifest.xml")
    return Qti(found.version, tuple(questions), tests)


def _questions(root: xml.Element, file: str) -> list[Question]:
    name = xml.local(root)
    if name in ITEM_ROOTS:
        return [Question(xml.attribute(root, "identifier"), xml.attribute(root, "title"), _kinds(root), file)]
    if name == "questestinterop":
        return old_questions(root, file)
    return []


def _kinds(root: xml.Element) -> tuple[str, ...]:
    dashed = {re.sub(r"(?<!^)([A-Z])", r"-\1", kind).lower(): kind for kind in KINDS}
    found = []
    for element in root.iter():
        name = xml.local(element)
        kind = dashed.get(name.removeprefix("qti-")) if name.startswith("qti-") else name if name in KINDS else None
        if kind and kind not in found:
            found.append(kind)
    return tuple(found)


def old_questions(root: xml.Element, file: str) -> list[Question]:
    """The questions of a QTI 1.2 document, as Common Cartridge has them: kind by ``cc_profile``, else by response."""
    return [
        Question(xml.attribute(one, "ident"), xml.attribute(one, "title"), (_old_kind(one),), file)
        for one in xml.descendants(root, "item")
    ]


def _old_kind(item: xml.Element) -> str:
    for field in xml.descendants(item, "qtimetadatafield"):
        if xml.text(xml.child(field, "fieldlabel")) in ("cc_profile", "question_type"):
            return xml.text(xml.child(field, "fieldentry"))
    for name in ("response_lid", "response_str", "response_grp", "response_num", "response_xy"):
        if next(xml.descendants(item, name), None) is not None:
            return name
    return "unknown"


def bare(root: xml.Element, found: Findings, name: str) -> None:
    """A question, a test or a bank in one XML file without package."""
    questions = _questions(root, name)
    found.format = (
        "qti12" if xml.local(root) == "questestinterop" else "qti3" if xml.local(root).startswith("qti-") else "qti2"
    )
    found.entitle(xml.attribute(root, "title"))
    found.counts |= {"questions": len(questions), "tests": int(xml.local(root) in TEST_ROOTS)}
