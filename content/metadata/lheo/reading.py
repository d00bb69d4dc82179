"""Reads and checks an LHEO document: its tree is kept, ``extras`` and all, so that writing it gives the same again."""

from __future__ import annotations

from dataclasses import dataclass

from content import xml
from content.metadata.lheo.rules import kinds, pattern
from content.report import Findings

NAMESPACE = "http://lheo.gouv.fr/2.3"
OLD_NAMESPACE = "http://www.lheo.org/2.2"
ROOTS = ("lheo", "lheo-plus", "lheo-index")
#: A regional catalogue of some three thousand courses: the tree of more takes more memory than a file may.
MOST_BYTES = 32 << 20
MOST_NODES = 250_000


@dataclass(frozen=True, slots=True)
class Lheo:
    """A document in the 2.3 namespace. ``version`` is the one it came in."""

    root: xml.Element
    version: str

    def formations(self) -> list[xml.Element]:
        """The courses."""
        return list(xml.descendants(self.root, "formation"))


def is_lheo(root: xml.Element) -> bool:
    """Whether the document is an offer in LHEO, whatever its version."""
    return xml.namespace(root) in (NAMESPACE, OLD_NAMESPACE) or xml.local(root) in ROOTS


def looks_like(head: bytes) -> bool:
    """Whether the beginning of a file names LHEO: larger files are read then."""
    return NAMESPACE.encode() in head or OLD_NAMESPACE.encode() in head


def read(root: xml.Element, found: Findings) -> Lheo | None:
    """Take a document over; what breaks the format is said. A 2.2 document is brought to 2.3 (a warning); what it says
    otherwise than 2.3 wants is a warning too."""
    found.format = "lheo"
    space = xml.namespace(root)
    if xml.local(root) not in ROOTS or space not in (NAMESPACE, OLD_NAMESPACE):
        found.error("lheo_namespace", space or xml.local(root))
        return None
    version = "2.3" if space == NAMESPACE else "2.2"
    found.version = version
    if version == "2.2":
        found.warn("lheo_22")
        root = xml.renamed(root, OLD_NAMESPACE, NAMESPACE)
    document = Lheo(root, version)
    formations = document.formations()
    found.counts |= {
        "formations": len(formations),
        "actions": sum(1 for _one in xml.descendants(root, "action")),
        "sessions": sum(1 for _one in xml.descendants(root, "session")),
    }
    if formations:
        found.entitle(xml.text(xml.child(formations[0], "intitule-formation")), "fr")
    _Check(found, version == "2.2").structure(root)
    return document


def write(document: Lheo) -> bytes:
    """The document in 2.3, UTF-8. Reading it again and writing it gives the same bytes."""
    return xml.write(document.root)


class _Short(dict[object, str]):
    """The local name of a tag of ours, the whole tag of another namespace's; each worked out once."""

    def __missing__(self, tag: object) -> str:
        text = str(tag)
        self[tag] = text.removeprefix(f"{{{NAMESPACE}}}")
        return self[tag]


class _Check:
    """One check. Shapes of structures seen before are known to be right or wrong: catalogues repeat a few."""

    def __init__(self, found: Findings, old: bool) -> None:
        self.say = found.warn if old else found.error
        self.right: set[tuple[str, tuple[str, ...]]] = set()
        self.kinds = kinds()

    def structure(self, element: xml.Element) -> None:
        """Check an element that has children, and all below."""
        waiting = [element]
        known, right, short = self.kinds, self.right, _Short()
        fits: set[tuple[str, str]] = set()
        while waiting:
            at = waiting.pop()
            inside = list(at)
            names = tuple([short[child.tag] for child in inside])
            name = short[at.tag]
            if (name, names) not in right:
                if name in known and not pattern(name).fullmatch("".join(f"{one} " for one in names)):
                    self._wrong_shape(at, name, names)
                else:
                    right.add((name, names))
            for child, inner in zip(inside, names, strict=True):
                kind = known.get(inner)
                if kind is None:
                    continue  # extras hold anything; an unknown element was said with its parent's shape
                if kind.check is None:
                    waiting.append(child)
                    continue
                text = child.text or ""
                if (inner, text) in fits and not len(child):
                    continue
                if len(child):
                    self.say("lheo_leaf", _path(child))
                elif code := kind.check(text):
                    self.say(code, _path(child), expected=kind.expected, found=len(text))
                elif len(text) < 40:
                    fits.add((inner, text))

    def _wrong_shape(self, element: xml.Element, name: str, names: tuple[str, ...]) -> None:
        """Say which rule of the structure does not hold: unknown, missing, too many, or the order."""
        children = self.kinds[name].children
        allowed = {child for child, _least, _most in children}
        said = False
        for one in dict.fromkeys(names):
            if one not in allowed:
                self.say("lheo_unknown", _path(element), element=one[:80])
                said = True
        for child, least, most in children:
            count = names.count(child)
            if count < least:
                self.say("lheo_missing", _path(element), element=child)
                said = True
            elif most is not None and count > most:
                self.say("lheo_many", _path(element), element=child, most=most, found=count)
                said = True
        if not said:
            self.say("lheo_order", _path(element))


def _path(element: xml.Element) -> str:
    """Where an element stands, as people who edit the file find it."""
    numbered = ((xml.local(one), xml.attribute(one, "numero")) for one in (element, *element.iterancestors()))
    parts = [f"{name} {number}" if number else name for name, number in numbered]
    return " > ".join(reversed(parts[:-2] or parts)) + f" (ligne {xml.line(element)})"
