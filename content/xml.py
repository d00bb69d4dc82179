"""The one XML reader and writer: what comes from strangers is read here and nowhere else (lxml, import-linter says so).

No document type at all, hence no entity, no default attribute, no outside file; nothing is fetched; the size and the
depth have limits. Encodings are a short list decoded here, so that no document hides its beginning from the check.

Sources: XML 1.0 (fifth edition) 2.8, 4.3.3 and appendix F; Namespaces in XML 1.0.
"""

from __future__ import annotations

import codecs
import contextlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal, Protocol, cast

from lxml import etree

from content.errors import XmlRefused

Element = etree._Element
"""An element of a tree read or made here."""

MOST_BYTES = 16 << 20
#: Elements and attributes: a tree takes far more memory than its text.
MOST_NODES = 200_000
#: Of one element: reading all of them takes the square of their number.
MOST_ATTRIBUTES = 1_000
MOST_RECORD_NODES = 50_000
MOST_RECORDS_BYTES = 256 << 20
#: Of all branches of a stream together: a quarter of a minute of work.
MOST_STREAM_NODES = 10_000_000
#: What a stream holds at once, written out: the open branch and what stands around the branches.
MOST_HELD_BYTES = 8 << 20
PIECE = 1 << 18
DEEPEST = 100
XML = "http://www.w3.org/XML/1998/namespace"

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: Without a byte order mark, UTF-16 is known by how it writes ``<?`` or ``<`` (appendix F.1).
_BARE_UTF16 = ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be"))
#: Single-byte codes by Python's name of what is declared; the first 128 letters are everywhere the same.
_LATIN = {"iso8859-1": "cp1252", "cp1252": "cp1252", "iso8859-15": "iso8859-15", "ascii": "cp1252"}
_DECLARATION = re.compile(r"^<\?xml\b[^>]{0,200}\?>")
_ENCODING = re.compile(rb"""^<\?xml\b[^>]{0,180}?\bencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]{0,39})["']""")
_VALUE = re.compile(r"""=\s*["']""")
_BEFORE_ROOT = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_CROWDED = etree.XPath(f"boolean(//*[count(@*) > {MOST_ATTRIBUTES}])")
_TOO_DEEP = etree.XPath(f"boolean({'/*' * (DEEPEST + 1)})")
_NODES = etree.XPath("1 + count(.//*) + count(.//@*)")


@dataclass(frozen=True, slots=True)
class Document:
    """A document read. ``repaired``: empty, or why its text was not decoded as declared: ``declared_utf8`` (it is in a
    Western single-byte code), ``declared_latin`` (in another code, and it is in UTF-8)."""

    root: Element
    repaired: str = ""


def parse(data: bytes, *, where: str = "", most: int = MOST_BYTES, nodes: int = MOST_NODES) -> Document:
    """Read a whole document of at most ``most`` bytes, ``nodes`` elements and attributes.

    Raises XmlRefused: ``xml_empty``, ``xml_too_large``, ``xml_too_many``, ``xml_too_deep``, ``xml_doctype``,
    ``xml_encoding`` or ``xml_malformed`` (with ``line``); ``where`` is named in it.
    """
    if len(data) > most:
        raise XmlRefused("xml_too_large", where, most=most)
    text, repaired = _decoded(data, where)
    if "\0" in text:  # UTF-32, or no text at all
        raise XmlRefused("xml_encoding", where)
    if len(text) > nodes and _count(text) > nodes:
        raise XmlRefused("xml_too_many", where, most=nodes)
    body = _DECLARATION.sub("", text, count=1)
    _refuse_doctype(body, where)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, attribute_defaults=False,
        huge_tree=False, remove_comments=True, remove_pis=True, strip_cdata=True, recover=False,
        encoding="utf-8",
    )  # fmt: skip
    try:
        root = etree.fromstring(body.encode("utf-8", "strict"), parser)
    except UnicodeEncodeError:
        raise XmlRefused("xml_encoding", where) from None
    except etree.XMLSyntaxError as error:
        raise _broken(error, where) from None
    if root is None:
        raise XmlRefused("xml_malformed", where, line=0)
    _refuse_shape(root, where)
    return Document(root, repaired)


def _broken(error: etree.XMLSyntaxError, where: str) -> XmlRefused:
    code = "xml_too_deep" if "depth" in str(error).lower() else "xml_malformed"
    return XmlRefused(code, where, line=error.lineno or 0, deepest=DEEPEST)


def _refuse_shape(root: Element, where: str) -> None:
    if root.getroottree().docinfo.internalDTD is not None:
        raise XmlRefused("xml_doctype", where)
    if _TOO_DEEP(root):
        raise XmlRefused("xml_too_deep", where, deepest=DEEPEST)
    if _CROWDED(root):
        raise XmlRefused("xml_too_many", where, most=MOST_ATTRIBUTES)


class PageTarget(Protocol):
    """What is told of a page: elements as they open (names in lower case) and close, and texts."""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element opens."""

    def end(self, tag: str) -> None:
        """An element closes."""

    def data(self, text: str) -> None:
        """A piece of text."""

    def close(self) -> None:
        """The page ends."""


def tell_page(text: str, target: PageTarget) -> None:
    """Tell what a page of HTML holds, however broken it is, in a time that only its length decides (the standard
    library's reader takes minutes for a megabyte of ``<a``)."""
    parser = etree.HTMLParser(target=cast(Any, target), no_network=True, huge_tree=False, encoding="utf-8")
    with contextlib.suppress(etree.XMLSyntaxError):  # a page without any element
        etree.fromstring(text.encode("utf-8", "replace"), parser)


def records(
    pieces: Iterable[bytes], name: str, *, where: str = "", most: int = MOST_RECORDS_BYTES, nodes: int = 1 << 62
) -> Iterator[Element]:
    """The children of the root of that local name, one after the other with flat memory, of a UTF-8 document that
    comes in pieces, each child of at most `MOST_RECORD_NODES`, all together of at most ``nodes``. Each is emptied when
    the next one is asked for. Raises XmlRefused as `parse` does."""
    parser = etree.XMLPullParser(
        events=("end",), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    size = inner = whole = 0
    untouched = True
    try:
        for number, piece in enumerate(pieces):
            size += len(piece)
            if size > most:
                raise XmlRefused("xml_too_large", where, most=most)
            if not number:
                start = piece[: piece.rfind(b">") + 1] or piece
                _refuse_doctype(_DECLARATION.sub("", _decoded(start, where)[0], count=1), where)
            parser.feed(piece)
            for _event, element in parser.read_events():
                if not isinstance(element, etree._Element):
                    continue
                if untouched and element.getroottree().docinfo.internalDTD is not None:  # it began in a later piece
                    raise XmlRefused("xml_doctype", where)
                untouched = False
                inner += 1 + len(element.attrib)
                for found, bound in ((inner, MOST_RECORD_NODES), (len(element.attrib), MOST_ATTRIBUTES)):
                    if found > bound:
                        raise XmlRefused("xml_too_many", where, most=bound)
                above = element.getparent()
                if above is None or above.getparent() is not None:
                    continue
                if local(element) == name:
                    yield element
                whole += inner
                if whole > nodes:
                    raise XmlRefused("xml_too_many", where, most=nodes)
                inner = 0
                element.clear()
                while element.getprevious() is not None:
                    del above[0]
        parser.close()
    except etree.XMLSyntaxError as error:
        raise XmlRefused("xml_malformed", where, line=error.lineno or 0) from None


class Stream:
    """A document that is read from a seekable file branch by branch, as often as one likes, with flat memory whatever
    its length. ``root`` is the name of its root as ``{namespace}name``, empty when it does not begin within the first
    `PIECE` bytes; ``repaired`` as of a `Document`.

    Raises XmlRefused as `parse` does, here and while it is read.
    """

    def __init__(self, file: BinaryIO, *, where: str = "", most: int = MOST_RECORDS_BYTES) -> None:
        if file.seek(0, 2) > most:
            raise XmlRefused("xml_too_large", where, most=most)
        self._file, self._where = file, where
        file.seek(0)
        self._code, self.repaired = _coding(file.read(4096), lambda: _letters(self._bytes()), where)
        first = next(self._texts(), "")
        _refuse_doctype(first, where)
        parser = _pull(("start",))
        with contextlib.suppress(etree.XMLSyntaxError):  # said when it is read
            parser.feed(first.encode())
        self.root = next((str(one.tag) for _e, one in parser.read_events() if isinstance(one, etree._Element)), "")

    def branches(self, name: str) -> Iterator[Element]:
        """The elements of that local name that lie in no other of it, each emptied when the next one is asked for; at
        the end the root with what stands around them, where emptied ones in a row are one. A branch, and what stands
        around, have at most `MOST_RECORD_NODES` elements and attributes each, all together `MOST_STREAM_NODES`."""
        if not self.root:
            raise XmlRefused("xml_malformed", self._where, line=0)
        parser = _pull(("start", "end"), (self.root, f"{{*}}{name}"))
        root: Element | None = None
        last: Element | None = None
        inside = nodes = fresh = unclosed = 0
        try:
            for text in self._texts():
                unclosed = self._attributes(text, unclosed)
                parser.feed(text.encode())
                ended = []
                for event, element in parser.read_events():
                    if not isinstance(element, etree._Element):
                        continue
                    root = element if root is None else root
                    if element is root or local(element) != name:
                        continue
                    inside += 1 if event == "start" else -1
                    if not inside:
                        ended.append(element)
                if root is None:
                    raise XmlRefused("xml_malformed", self._where, line=0)
                _refuse_shape(root, self._where)
                for element in ended:
                    nodes += self._nodes(element)
                    if nodes > MOST_STREAM_NODES:
                        raise XmlRefused("xml_too_many", self._where, most=MOST_STREAM_NODES)
                    yield element
                    last = _emptied(element, last)
                self._nodes(root)
                fresh += len(text)
                if fresh >= MOST_HELD_BYTES // 2:
                    fresh = 0
                    if len(etree.tostring(root)) > MOST_HELD_BYTES:
                        raise XmlRefused("xml_too_large", self._where, most=MOST_HELD_BYTES)
            yield parser.close()
        except etree.XMLSyntaxError as error:
            raise _broken(error, self._where) from None

    def _nodes(self, element: Element) -> int:
        found = int(cast(float, _NODES(element)))
        if found > MOST_RECORD_NODES:
            raise XmlRefused("xml_too_many", self._where, most=MOST_RECORD_NODES)
        return found

    def _attributes(self, text: str, before: int) -> int:
        """How many attributes, or a few more, a tag has that is not closed yet: the parser keeps all of it."""
        _head, opened, rest = text.rpartition("<")
        found = sum(1 for _ in _VALUE.finditer(rest)) + (0 if opened else before)
        if found > MOST_ATTRIBUTES and not opened:
            raise XmlRefused("xml_too_many", self._where, most=MOST_ATTRIBUTES)
        return found

    def _bytes(self) -> Iterator[bytes]:
        self._file.seek(0)
        while piece := self._file.read(PIECE):
            yield piece

    def _texts(self) -> Iterator[str]:
        """The document without its declaration, in pieces."""
        decoder = codecs.getincrementaldecoder(self._code)()
        head = True
        try:
            for piece in self._bytes():
                text = decoder.decode(piece)
                if head:
                    text = _DECLARATION.sub("", text.removeprefix("\ufeff").lstrip(), count=1)
                    head = False
                if "\0" in text:
                    raise XmlRefused("xml_encoding", self._where)
                yield text
            decoder.decode(b"", True)
        except UnicodeDecodeError:
            raise XmlRefused("xml_encoding", self._where) from None


def _pull(events: tuple[Literal["start", "end"], ...], tags: tuple[str, ...] | None = None) -> etree.XMLPullParser:
    return etree.XMLPullParser(
        events=events, tag=tags, resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        attribute_defaults=False, huge_tree=False, remove_comments=True, remove_pis=True, strip_cdata=True,
        recover=False, encoding="utf-8",
    )  # fmt: skip


def _emptied(element: Element, last: Element | None) -> Element:
    """Let go of what is in it, and of the one emptied before when it stood just before it."""
    element.clear()
    above = element.getparent()
    if last is not None and above is not None and element.getprevious() is last:
        above.remove(last)
    return element


def _count(text: str) -> int:
    """How many elements and attributes there are, or a few more."""
    return text.count("<") - text.count("</") + sum(1 for _ in _VALUE.finditer(text))


def _decoded(data: bytes, where: str) -> tuple[str, str]:
    code, repaired = _coding(data, lambda: _letters((data,)), where)
    return _strictly(data, code, where).removeprefix("\ufeff").lstrip(), repaired


def _coding(data: bytes, letters: Callable[[], tuple[bool, bool]], where: str) -> tuple[str, str]:
    """How a document that begins so is decoded, and why not as it declares. Declared as a single-byte code: letters in
    UTF-8 are not in such a code by chance."""
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise XmlRefused("xml_empty", where)
    for start, code in (*_BOMS, *_BARE_UTF16):
        if data.startswith(start):
            return code, ""
    found = _ENCODING.match(data.lstrip())
    declared = _named(found[1].decode("ascii")) if found else "utf-8"
    wide = declared.startswith("utf-16")  # which it would have begun like
    if declared not in ("utf-8", *_LATIN) and not wide:
        raise XmlRefused("xml_encoding", where)
    utf8, ascii_only = letters()
    if declared not in _LATIN:
        if not utf8 and (wide or _is_torn(data)):
            raise XmlRefused("xml_encoding", where)
        return ("utf-8", "declared_latin" if wide else "") if utf8 else ("cp1252", "declared_utf8")
    return ("utf-8", "declared_latin") if utf8 and not ascii_only else (_LATIN[declared], "")


def _named(declared: str) -> str:
    """Python's name of a code; empty of one that it does not know."""
    try:
        return codecs.lookup(declared).name
    except LookupError:
        return ""


def _is_torn(data: bytes) -> bool:
    """Whether it is UTF-8 with some letters broken, rather than another code: most of its letters are whole."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return len(text) - len(text.encode("ascii", "ignore")) > 2 * broken


def _letters(pieces: Iterable[bytes]) -> tuple[bool, bool]:
    """Whether they are UTF-8, and whether they are ASCII."""
    decoder, ascii_only = codecs.getincrementaldecoder("utf-8")(), True
    try:
        for piece in pieces:
            ascii_only = ascii_only and piece.isascii()
            decoder.decode(piece)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False, False
    return True, ascii_only


def _strictly(data: bytes, code: str, where: str) -> str:
    try:
        return data.decode(code)
    except UnicodeDecodeError:
        raise XmlRefused("xml_encoding", where) from None


def _refuse_doctype(text: str, where: str) -> None:
    """A document type stands between the declaration and the root, amid blanks, comments and instructions (2.8)."""
    at = 0
    while found := _BEFORE_ROOT.match(text, at):
        at = found.end()
    if text[at : at + 9].upper() == "<!DOCTYPE":
        raise XmlRefused("xml_doctype", where)


def local(element: Element) -> str:
    """The name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: Element) -> str:
    """The namespace of the name, empty when it has none."""
    tag = str(element.tag)
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""


def children(element: Element, name: str = "") -> list[Element]:
    """The child elements in their order; with ``name`` those of that local name, in any namespace."""
    return [child for child in element if not name or local(child) == name]


def child(element: Element | None, *names: str) -> Element | None:
    """The first child of that local name, or, with several names, what lies at the end of that way down."""
    for name in names:
        if element is None:
            return None
        element = next((one for one in element if local(one) == name), None)
    return element


def descendants(element: Element, name: str) -> Iterator[Element]:
    """The elements of that local name at any depth, in the order of the document."""
    return element.iter(f"{{*}}{name}")


def text(element: Element | None) -> str:
    """All text within, blanks at the ends taken off; empty for None."""
    return "".join(str(part) for part in element.itertext()).strip() if element is not None else ""


def attribute(element: Element, name: str) -> str:
    """The value of the attribute of that local name, without a namespace first; empty when there is none."""
    plain = element.get(name)
    if plain is not None:
        return str(plain)
    return next((str(v) for k, v in element.attrib.items() if str(k).rpartition("}")[2] == name), "")


def attributes(element: Element) -> dict[str, str]:
    """All attributes, names with their namespace in braces."""
    return {str(k): str(v) for k, v in element.attrib.items()}


def lang(element: Element) -> str:
    """The language said by ``xml:lang`` here or above; empty when nobody says."""
    at: Element | None = element
    while at is not None:
        if found := at.get(f"{{{XML}}}lang"):
            return str(found)
        at = at.getparent()
    return ""


def line(element: Element) -> int:
    """The line of the document where the element stands; 0 when unknown."""
    found = element.sourceline
    return found if isinstance(found, int) else 0


def make(tag: str, attributes: dict[str, str] | None = None, namespaces: dict[str, str] | None = None) -> Element:
    """A new root; ``tag`` as ``{namespace}name``, ``namespaces`` prefix -> namespace (the prefix "" is the default)."""
    spaces: Any = {prefix or None: space for prefix, space in (namespaces or {}).items()}
    return etree.Element(tag, {k: clean(v) for k, v in (attributes or {}).items()}, spaces)


def add(parent: Element, tag: str, content: str | None = None, **attributes: str) -> Element:
    """A new last child, with text when given. The namespace is the parent's unless ``tag`` says one."""
    if not tag.startswith("{") and (space := namespace(parent)):
        tag = f"{{{space}}}{tag}"
    made = etree.SubElement(parent, tag, {k: clean(v) for k, v in attributes.items()})
    if content is not None:
        made.text = clean(content)
    return made


def adopt(parent: Element, other: Element) -> None:
    """Move an element with all it holds to the end of ``parent``."""
    other.tail = None
    parent.append(other)


def renamed(root: Element, old: str, new: str) -> Element:
    """A copy of the document whose elements of the namespace ``old`` lie in ``new``."""
    copy = make(_moved(str(root.tag), old, new), attributes(root), {"": new})
    _fill_from(copy, root, old, new)
    return copy


def _fill_from(copy: Element, source: Element, old: str, new: str) -> None:
    copy.text = source.text
    for one in source:
        made = etree.SubElement(copy, _moved(str(one.tag), old, new), attributes(one))
        made.tail = one.tail
        _fill_from(made, one, old, new)


def _moved(tag: str, old: str, new: str) -> str:
    return f"{{{new}}}{tag[len(old) + 2 :]}" if tag.startswith(f"{{{old}}}") else tag


_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(value: str) -> str:
    """The text without the characters that XML cannot hold (2.2)."""
    return _UNWRITABLE.sub("", value)


def write(root: Element, *, pretty: bool = False, declaration: bool = True) -> bytes:
    """The document in UTF-8."""
    return bytes(etree.tostring(root, encoding="utf-8", xml_declaration=declaration, pretty_print=pretty))
