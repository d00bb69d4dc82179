"""Reads and checks an LHEO document, course by course from a file (a catalogue of any length with flat memory), or as
one tree, kept with its ``extras`` and all so that writing it gives the same again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from content import xml
from content.metadata.lheo.rules import kinds, pattern
from content.report import Findings

NAMESPACE = "http://lheo.gouv.fr/2.3"
OLD_NAMESPACE = "http://www.lheo.org/2.2"
ROOTS = ("lheo", "lheo-plus", "lheo-index")
COURSE = "formation"
MOST_BYTES = xml.MOST_RECORDS_BYTES


@dataclass(frozen=True, slots=True)
class Lheo:
    """An offer. ``version`` is the one it came in; ``formations`` gives its courses in 2.3, of a file each until the
    next one is asked for. ``root``: the whole document in 2.3, when it was read as one tree."""

    version: str
    formations: Callable[[], Iterator[xml.Element]]
    root: xml.Element | None = None


def is_lheo(root: xml.Element) -> bool:
    """Whether the document is an offer in LHEO, whatever its version."""
    return xml.namespace(root) in (NAMESPACE, OLD_NAMESPACE) or xml.local(root) in ROOTS


def looks_like(head: bytes) -> bool:
    """Whether the beginning of a file names LHEO: larger files are read then."""
    return NAMESPACE.encode() in head or OLD_NAMESPACE.encode() in head


def read(root: xml.Element, found: Findings) -> Lheo | None:
    """Take a document over; what breaks the format is said. A 2.2 document is brought to 2.3 (a warning); what it says
    otherwise than 2.3 wants is a warning too."""
    version = _checked(str(root.tag), [root], found)
    if not version:
        return None
    kept = _current(root, version)
    return Lheo(version, lambda: xml.descendants(kept, COURSE), kept)


def read_file(stream: xml.Stream, found: Findings) -> Lheo | None:
    """The same of a file, course by course. Raises XmlRefused."""
    version = _checked(stream.root, stream.branches(COURSE), found)

    def formations() -> Iterator[xml.Element]:
        for part in stream.branches(COURSE):
            if part.getparent() is not None:
                yield from xml.descendants(_current(part, version), COURSE)

    return Lheo(version, formations) if version else None


def is_offer(tag: str) -> bool:
    """Whether a root of this name, as ``{namespace}name``, is one of LHEO 2.3 or 2.2."""
    return any(tag == f"{{{space}}}{root}" for space in (NAMESPACE, OLD_NAMESPACE) for root in ROOTS)


def _current(element: xml.Element, version: str) -> xml.Element:
    return xml.renamed(element, OLD_NAMESPACE, NAMESPACE) if version == "2.2" else element


def _checked(tag: str, parts: Iterable[xml.Element], found: Findings) -> str:
    """Check the parts, of which the last is the root; the version, empty when it is not LHEO."""
    found.format = "lheo"
    space = tag[1:].partition("}")[0] if tag.startswith("{") else ""
    if not is_offer(tag):
        found.error("lheo_namespace", space or tag)
        return ""
    version = found.version = "2.3" if space == NAMESPACE else "2.2"
    if version == "2.2":
        found.warn("lheo_22")
    counts = found.counts
    counts |= dict.fromkeys(("formations", "actions", "sessions"), 0)
    check = _Check(found, space)
    for part in parts:
        # Courses read before the root are emptied in it, counted and checked.
        before = counts["formations"] > 0 and part.getparent() is None
        for formation in () if before else xml.descendants(part, COURSE):
            if not counts["formations"]:
                found.entitle(xml.text(xml.child(formation, "intitule-formation")), "fr")
            counts["formations"] += 1
        counts["actions"] += sum(1 for _one in xml.descendants(part, "action"))
        counts["sessions"] += sum(1 for _one in xml.descendants(part, "session"))
        check.structure(part, but=COURSE if before else "")
    return version


def write(document: Lheo) -> bytes:
    """The document in 2.3, UTF-8. Reading it again and writing it gives the same bytes. Raises ValueError of one that
    was read course by course."""
    if document.root is None:
        raise ValueError("read course by course")
    return xml.write(document.root)


#: Shapes and texts that are remembered: enough for any real catalogue, little enough for one made to fill memory.
_REMEMBERED = 10_000
_LONGEST_SHAPE = 100


class _Short(dict[object, str]):
    """The local name of a tag of the document's namespace, the whole tag of another's; each worked out once."""

    def __init__(self, space: str) -> None:
        self._head = f"{{{space}}}"

    def __missing__(self, tag: object) -> str:
        self[tag] = str(tag).removeprefix(self._head)
        return self[tag]


class _Check:
    """One check. Shapes and short texts seen before are known to be right: catalogues repeat a few."""

    def __init__(self, found: Findings, space: str) -> None:
        self.say = found.warn if space == OLD_NAMESPACE else found.error
        self.right: set[tuple[str, tuple[str, ...]]] = set()
        self.fits: set[tuple[str, str]] = set()
        self.short = _Short(space)
        self.kinds = kinds()

    def structure(self, element: xml.Element, *, but: str = "") -> None:
        """Check an element that has children, and all below, ``but`` what is in elements of that name. One that lies
        where nothing is checked (``extras``) is not."""
        known, right, fits, short = self.kinds, self.right, self.fits, self.short
        for remembered in (right, fits, short):
            if len(remembered) > _REMEMBERED:
                remembered.clear()
        waiting = [element] if all(short[above.tag] in known for above in element.iterancestors()) else []
        while waiting:
            at = waiting.pop()
            inside = list(at)
            names = tuple([short[child.tag] for child in inside])
            name = short[at.tag]
            if (name, names) not in right:
                if name in known and not pattern(name).fullmatch("".join(f"{one} " for one in names)):
                    self._wrong_shape(at, name, names)
                elif len(names) <= _LONGEST_SHAPE:
                    right.add((name, names))
            for child, inner in zip(inside, names, strict=True):
                kind = known.get(inner)
                if kind is None or inner == but:
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
