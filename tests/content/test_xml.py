"""The one XML reader refuses what could reach out of a document, and reads what people's tools really write."""

import socket
import time

import pytest

from content import xml
from content.errors import XmlRefused

ENTITIES = {
    "file": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "parameter": '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:18299/x.dtd"> %x;]><a/>',
    "outside dtd": '<!DOCTYPE a SYSTEM "http://127.0.0.1:18299/x.dtd"><a/>',
    "laughs": '<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;&l;&l;">]><a>&m;</a>',
    "behind a comment": "<!-- <a> --><?pi ?>\n<!DOCTYPE a><a/>",
    "in lower case": "<!doctype a><a/>",
}


@pytest.mark.parametrize("kind", ENTITIES)
@pytest.mark.parametrize("code", ["utf-8", "utf-16", "utf-8-sig"])
def test_a_document_type_is_refused_in_every_encoding(kind: str, code: str) -> None:
    with pytest.raises(XmlRefused) as refused:
        xml.parse(ENTITIES[kind].encode(code), where="imsmanifest.xml")
    assert (refused.value.code, refused.value.where) == ("xml_doctype", "imsmanifest.xml")
    assert "passwd" not in str(refused.value)


def test_an_encoding_that_could_hide_a_document_type_is_refused() -> None:
    hidden = b"<?xml version='1.0' encoding='UTF-7'?>+ADw-+ACE-DOCTYPE a+AD4-<a/>"
    with pytest.raises(XmlRefused, match="xml_encoding"):
        xml.parse(hidden)


def test_nothing_is_fetched() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        listener.settimeout(0.3)
        at = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
        xml.parse(
            f'<a xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="u {at}" '
            f'xmlns:x="http://www.w3.org/2001/XInclude"><x:include href="{at}"/></a>'.encode()
        )
        with pytest.raises(XmlRefused):
            xml.parse(f'<!DOCTYPE a SYSTEM "{at}"><a/>'.encode())
        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.mark.parametrize("depth", [101, 300, 5000])
def test_depth_has_a_limit(depth: int) -> None:
    with pytest.raises(XmlRefused) as refused:
        xml.parse(b"<a>" * depth + b"</a>" * depth)
    assert refused.value.code == "xml_too_deep"
    assert xml.parse(b"<a>" * 100 + b"</a>" * 100).root is not None


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "xml_empty"),
        (b" \n", "xml_empty"),
        (b"\xef\xbb\xbf", "xml_empty"),
        (b"<a", "xml_malformed"),
        (b"<a></b>", "xml_malformed"),
        (b"<a>&nbsp;</a>", "xml_malformed"),
        (b"<a>\x0b</a>", "xml_malformed"),
        (b"no xml", "xml_malformed"),
        (b"\xff\xfe<\x00a", "xml_encoding"),
        (b'<?xml version="1.0" encoding="ebcdic"?><a/>', "xml_encoding"),
        (b'<?xml version="1.0" encoding="utf-16"?><a>\xe9</a>', "xml_encoding"),
        ("<a>Égalité, où</a>".encode() + b"\xc3", "xml_encoding"),
        (b"<a>" + b"x" * 2000 + b"</a>", "xml_too_large"),
        (b"<a b='" + b"x" * 1500 + b"'/>", "xml_too_large"),
    ],
)
def test_what_is_not_readable_says_why(data: bytes, code: str) -> None:
    with pytest.raises(XmlRefused) as refused:
        xml.parse(data, most=1000)
    assert refused.value.code == code


def test_a_quadratic_document_is_refused_quickly() -> None:
    began = time.perf_counter()
    many = [f'a{n}="{n}"' for n in range(50_000)]
    assert xml.attribute(xml.parse(f"<a {' '.join(many[:1000])}/>".encode()).root, "a999") == "999"
    with pytest.raises(XmlRefused, match="xml_too_many"):
        xml.parse(f"<a {' '.join(many)}/>".encode())
    with pytest.raises(XmlRefused):
        xml.parse(b"<a>" + b"<!--" * 200_000)
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    ("data", "repaired"),
    [
        ("<a>Égalité</a>".encode(), ""),
        ("<a>Égalité</a>".encode("utf-16"), ""),
        ("<a>Égalité</a>".encode("utf-16-le"), ""),
        ('<?xml version="1.0" encoding="UTF-16"?><a>Égalité</a>'.encode("utf-16-be"), ""),
        ("<a>Égalité</a>".encode("utf-8-sig"), ""),
        ('<?xml version="1.0" encoding="ISO-8859-1"?><a>Égalité</a>'.encode("latin-1"), ""),
        ('<?xml version="1.0" encoding="windows-1252"?><a>Égalité</a>'.encode("cp1252"), ""),
        ('<?xml version="1.0" encoding="UTF-8"?><a>Égalité</a>'.encode("latin-1"), "declared_utf8"),
        ("<a>Égalité</a>".encode("cp1252"), "declared_utf8"),
        ('<?xml version="1.0" encoding="ISO-8859-1"?><a>Égalité</a>'.encode(), "declared_latin"),
        ('\n<?xml version="1.0" encoding="UTF-8"?>\n<a>Égalité</a>'.encode(), ""),
        ('\n<?xml version="1.0" encoding="UTF-8"?>\n<a>Égalité</a>'.encode("utf-8-sig"), ""),
        ('<?xml version="1.0" encoding="latin1"?><a>Égalité</a>'.encode("latin-1"), ""),
        ('<?xml version="1.0" encoding="CP1252"?><a>Égalité</a>'.encode("cp1252"), ""),
        (b'<?xml version="1.0" encoding="ASCII"?><a>&#201;galit&#233;</a>', ""),
        ('<?xml version="1.0" encoding="utf-16"?><a>Égalité</a>'.encode(), "declared_latin"),
    ],
)
def test_accents_are_read_whatever_the_tool_declared(data: bytes, repaired: str) -> None:
    found = xml.parse(data)
    assert (xml.text(found.root), found.repaired) == ("Égalité", repaired)


def test_elements_are_found_by_their_local_names() -> None:
    root = xml.parse(b'<m:a xmlns:m="urn:m" xml:lang="oc"><m:b m:c="1" d="2"><e>x <f>y</f></e></m:b></m:a>').root
    b = xml.child(root, "b")
    assert b is not None
    assert (xml.local(root), xml.namespace(root), xml.attribute(b, "c"), xml.attribute(b, "z")) == (
        "a",
        "urn:m",
        "1",
        "",
    )
    assert xml.text(xml.child(root, "b", "e")) == "x y"
    assert xml.child(root, "b", "nothing", "here") is None
    assert (xml.lang(b), xml.namespace(xml.children(b)[0])) == ("oc", "")
    assert [xml.text(f) for f in xml.descendants(root, "f")] == ["y"]


def test_what_is_written_is_read_again() -> None:
    root = xml.make("{urn:m}a", {"id": "1"}, {"": "urn:m"})
    xml.add(root, "b", "L’été <script>\x00\x0b\ud800", lang="fr")
    again = xml.parse(xml.write(root)).root
    assert xml.write(again) == xml.write(root)
    assert xml.text(again) == "L’été <script>"
