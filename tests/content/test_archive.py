"""The archive reader refuses what breaks a rule, names the rule and the file, and reads the rest byte for byte."""

import contextlib
import io
import os
import stat
import struct
import tarfile
import time
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.archive import Archive, Budget, open_archive, stream_entry
from content.errors import ArchiveRefused
from tests.content.archives import (
    crowded,
    gunzipped_bomb,
    manifest,
    overlapping,
    renamed,
    tar_link,
    tarred,
    with_entry,
    zipped,
)  # fmt: skip


def opened(data: bytes, budget: Budget | None = None) -> Archive:
    archive = open_archive(io.BytesIO(data), budget)
    for _entry, pieces in archive.walk():
        for _piece in pieces:
            pass
    return archive


def refused(data: bytes, budget: Budget | None = None) -> ArchiveRefused:
    with pytest.raises(ArchiveRefused) as error:
        opened(data, budget)
    return error.value


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../evil.txt", "archive_name_climbs"),
        ("a/../../evil.txt", "archive_name_climbs"),
        ("a/b/../evil.txt", "archive_name_climbs"),
        ("..\\evil.txt", "archive_name_climbs"),
        ("a/.. /evil.txt", "archive_name_climbs"),
        ("/tmp/evil.txt", "archive_name_absolute"),
        ("\\evil.txt", "archive_name_absolute"),
        ("C:\\evil.txt", "archive_name_absolute"),
        ("c:evil.txt", "archive_name_absolute"),
        ("\\\\server\\share\\evil.txt", "archive_name_absolute"),
        ("//server/share/evil.txt", "archive_name_absolute"),
        ("index.html\0.txt", "archive_name_unsafe"),
        ("a\nb.txt", "archive_name_unsafe"),
        ("a\x1bb.txt", "archive_name_unsafe"),
        ("gpj.\u202eexe.html", "archive_name_unsafe"),
        ("x" * 300, "archive_name_long"),
        ("/".join(["abcdefghij"] * 30) + "/" + "y" * 250, "archive_name_long"),
        ("/".join("a" * 40), "archive_name_deep"),
        ("imsmanifest.xml", "archive_duplicate"),
        ("index.html/inside.txt", "archive_duplicate"),
    ],
)
def test_a_name_that_reaches_out_is_refused(name: str, code: str) -> None:
    error = refused(with_entry(name))
    assert error.code == code
    assert error.where, "the file is named"
    assert all(c.isprintable() for c in error.where)


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        (stat.S_IFLNK | 0o777, "archive_link"),
        (stat.S_IFIFO | 0o644, "archive_special"),
        (stat.S_IFCHR | 0o644, "archive_special"),
        (stat.S_IFSOCK | 0o644, "archive_special"),
    ],
)
def test_what_is_neither_file_nor_folder_is_refused(mode: int, code: str) -> None:
    error = refused(with_entry("assets/passwd.txt", mode, b"/etc/passwd"))
    assert (error.code, error.where) == (code, "assets/passwd.txt")


def test_two_names_that_look_the_same_are_one() -> None:
    assert refused(zipped({"\u00e9.html": b"1", "e\u0301.html": b"2"})).code == "archive_duplicate"
    assert len(opened(zipped({"a.html": b"1", "A.html": b"2"})).entries) == 2


def test_headers_that_contradict_one_another_are_refused() -> None:
    data = zipped()
    local = data.replace(b"index.html", b"other.html", 1)
    assert refused(local).code == "archive_headers_differ"
    lying = bytearray(zipped({"a.txt": b"abc" * 1000}))
    at = lying.index(b"PK\x01\x02")
    lying[at + 24 : at + 28] = struct.pack("<L", 10)
    assert refused(bytes(lying)).code == "archive_headers_differ"
    lying[22:26] = struct.pack("<L", 10)
    assert refused(bytes(lying)).code == "archive_size"


def test_content_is_checked_to_its_last_byte() -> None:
    stored = zipped({"a.txt": b"abcdefgh" * 100}, zipfile.ZIP_STORED)
    at = stored.index(b"abcdefgh")
    assert refused(stored[:at] + b"X" + stored[at + 1 :]).code == "archive_crc"
    packed = bytearray(zipped({"a.txt": os.urandom(5000)}))
    packed[60] ^= 0xFF
    assert refused(bytes(packed)).code in ("archive_crc", "archive_broken", "archive_size")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "archive_empty_file"),
        (b"<html><body>404</body></html>", "archive_not_zip"),
        (b"PK", "archive_not_zip"),
        (zipped()[:-30], "archive_truncated"),
        (zipped()[:200], "archive_truncated"),
        (b"<html><script>alert(1)</script>" + zipped(), "archive_prefixed"),
        (b"PK\x03\x04" + zipped(), "archive_prefixed"),
        (zipped() + b"trailing", "archive_truncated"),
        (b"PK\x05\x06" + b"\0" * 18, "archive_empty"),
    ],
)
def test_what_is_not_one_whole_archive_is_refused(data: bytes, code: str) -> None:
    assert refused(data).code == code


def test_what_zlib_holds_back_at_the_end_is_read_too() -> None:
    for more in range(8):
        content = b" " * ((1 << 20) + more)
        assert opened(zipped({"a.txt": content})).read("a.txt", 2 << 20) == content
        assert opened(tarred({"a.txt": content})).read("a.txt", 2 << 20) == content


def patched(at: int, local_at: int, value: int) -> bytes:
    data = bytearray(zipped())
    data[local_at] = value
    central = data.index(b"PK\x01\x02")
    data[central + at] = value
    return bytes(data)


def test_encrypted_and_unknown_methods_are_refused() -> None:
    assert refused(patched(8, 6, 1)).code == "archive_encrypted"
    for method in (9, 12, 14, 93, 99):
        error = refused(patched(10, 8, method))
        assert (error.code, error.details["method"]) == ("archive_method", method)


def test_overlapping_entries_are_refused_before_any_is_read() -> None:
    began = time.perf_counter()
    assert refused(overlapping(500_000)).code == "archive_overlap"
    assert time.perf_counter() - began < 1


def test_bombs_stop_at_the_budget() -> None:
    began = time.perf_counter()
    assert refused(zipped({"a.bin": b"\0" * (40 << 20)})).code == "archive_ratio"
    many = zipped({f"{n}.bin": b"\0" * (9 << 20) for n in range(8)})
    assert refused(many).code == "archive_ratio"
    assert refused(gunzipped_bomb(120)).code == "archive_ratio"
    assert time.perf_counter() - began < 5
    small = Budget(entries=3, entry_bytes=1000, total_bytes=1500)
    assert refused(zipped({str(n): b"" for n in range(4)}), small).code == "archive_entries"
    assert refused(zipped({"a": b"x" * 1001}), small).code == "archive_entry_bytes"
    assert refused(zipped({"a": b"x" * 900, "b": b"y" * 900}), small).code == "archive_total_bytes"
    few = Budget(entries=3, entry_bytes=1000, total_bytes=100_000)
    assert refused(tarred({str(n): b"" for n in range(4)}), few).code == "archive_entries"
    assert refused(tarred({"a": b"x" * 1001}), few).code == "archive_entry_bytes"


def test_eight_thousand_entries_enter_quickly() -> None:
    began = time.perf_counter()
    assert len(opened(zipped({f"f/{n}.txt": b"x" for n in range(8000)})).entries) == 8000
    assert time.perf_counter() - began < 5


def test_a_directory_that_promises_millions_of_entries_is_not_read() -> None:
    data = bytearray(zipped())
    end = data.rindex(b"PK\x05\x06")
    data[end + 8 : end + 12] = b"\xfe\xff\xfe\xff"
    assert refused(bytes(data)).code == "archive_entries"


@pytest.mark.parametrize(
    ("raw", "written", "href", "way"),
    [
        ("Pr\u00e9sent/\u00e9t\u00e9.html".encode("cp437"), "Pr_sent/_t_.html", "Pr\u00e9sent/\u00e9t\u00e9.html", ()),
        ("COURS/\u00c0 propos.html".encode("cp850"), "COURS/_ propos.html", "COURS/\u00c0 propos.html", ()),
        ("\u0153uvre.html".encode("cp1252"), "_uvre.html", "\u0153uvre.html", ()),
        ("d\u00e9j\u00e0.html".encode("cp1252"), "d_j_.html", "d\u00e9j\u00e0.html", ("code_page",)),
        ("d\u00e9j\u00e0.html".encode(), "d__j__.html", "d\u00e9j\u00e0.html", ()),
        (b"dossier\\page.html", "dossier/page.html", "dossier/page.html", ()),
    ],
)
def test_names_of_windows_tools_are_found(raw: bytes, written: str, href: str, way: tuple[str, ...]) -> None:
    archive = opened(renamed(zipped({written: b"x"}), written, raw))
    found = archive.resolver.find(href)
    assert found is not None, list(archive.entries)
    assert found.ways == way
    assert archive.read(found.name, 10) == b"x"


@pytest.mark.parametrize(
    ("href", "base", "name", "ways"),
    [
        ("a/b.html", "", "a/b.html", ()),
        ("b.html?x=1#y", "a/", "a/b.html", ()),
        ("../a/./b.html", "c/", "a/b.html", ()),
        ("a\\b.html", "", "a/b.html", ("back_slash",)),
        ("A/B.HTML", "", "a/b.html", ("case",)),
        ("a/mot%20cl%C3%A9.html", "", "a/mot cl\u00e9.html", ("percent",)),
        ("a/mot%20cl%E9.html", "", "a/mot cl\u00e9.html", ("percent",)),
        ("a/mot cle\u0301.html", "", "a/mot cl\u00e9.html", ("nfc",)),
        ("A\\MOT%20CL%C3%89.html", "", "a/mot cl\u00e9.html", ("back_slash", "percent", "case")),
        ("a/50%.html", "", "a/50%.html", ()),
        ("a/x%2Fy.html", "", None, ()),
        ("../../etc/passwd", "a/", None, ()),
        ("missing.html", "", None, ()),
        ("", "", None, ()),
        ("https://example.org/a/b.html", "", None, ()),
        ("javascript:alert(1)", "", None, ()),
        ("c:a/b.html", "", None, ()),
        ("double.html", "", None, ()),
    ],
)
def test_hrefs_find_their_files(href: str, base: str, name: str | None, ways: tuple[str, ...]) -> None:
    files = ["a/b.html", "a/mot cl\u00e9.html", "a/50%.html", "Double.html", "DOUBLE.html"]
    found = opened(zipped(dict.fromkeys(files, b""))).resolver.find(href, base)
    assert (found.name, found.ways) if found else (None, ways) == (name, ways)
    if found:
        assert (found.name, found.ways) == (name, ways)


def test_litter_of_operating_systems_is_no_content() -> None:
    files = ["index.html", "__MACOSX/._index.html", ".DS_Store", "a/Thumbs.db", "desktop.ini"]
    assert list(opened(zipped(dict.fromkeys(files, b"x"))).entries) == ["index.html"]


def test_zip64_is_read() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, archive.open("cmi5.xml", "w", force_zip64=True) as file:
        file.write(b"<a/>")
    assert opened(out.getvalue()).read("cmi5.xml", 10) == b"<a/>"
    many = io.BytesIO(crowded(66_000))
    assert refused(many.getvalue()).details["found"] == 66_000
    assert len(open_archive(many, Budget(entries=70_000)).entries) == 66_000


def test_streamed_zips_with_descriptors_are_read() -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:
            self.data += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"streamed" * 500)
    assert opened(pipe.data).read("a.txt", 10_000) == b"streamed" * 500


def test_an_entry_is_read_again_from_its_place_alone() -> None:
    data = zipped({"a.txt": b"one", "b.txt": b"two" * 1000})
    entry = opened(data).entries["b.txt"]
    assert b"".join(stream_entry(io.BytesIO(data), entry)) == b"two" * 1000


def test_gzipped_tars_are_read_in_one_pass_or_several() -> None:
    long = "dossier/" + "n" * 150 + ".xml"
    archive = opened(tarred({"./a.xml": b"1", long: b"2" * 1000, "c/d.xml": b""}))
    assert list(archive.entries) == ["a.xml", long, "c/d.xml"]
    assert archive.read_many(["c/d.xml", long], 2000) == {long: b"2" * 1000, "c/d.xml": b""}
    assert archive.read("a.xml", 10) == b"1"
    with pytest.raises(ArchiveRefused, match="archive_entry_bytes"):
        archive.read(long, 10)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (tarred({"../x": b""}), "archive_name_climbs"),
        (tarred({"/x": b""}), "archive_name_absolute"),
        (tarred({"x": tar_link("x", "/etc/passwd")}), "archive_link"),
        (tarred({"x": tar_link("x", "y", tarfile.LNKTYPE)}), "archive_link"),
        (tarred({"x": tar_link("x", "", tarfile.FIFOTYPE)}), "archive_special"),
        (tarred({"x": tar_link("x", "", tarfile.CHRTYPE)}), "archive_special"),
        (tarred({"x": b"1", "./x": b"2"}), "archive_duplicate"),
        (tarred({"x": b"1" * 5000})[:-20], "archive_truncated"),
        (tarred({"x": os.urandom(5000)})[:2000], "archive_truncated"),
        (b"\x1f\x8b" + b"x" * 100, "archive_broken"),
        (tarred({}), "archive_empty"),
    ],
    ids=range(11),  # the bytes hold the time of day, which would give each worker other tests
)
def test_hostile_tars_are_refused(data: bytes, code: str) -> None:
    assert refused(data).code == code


def test_a_long_header_does_not_fill_the_memory() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        info = tarfile.TarInfo("x")
        info.type, info.size = tarfile.GNUTYPE_LONGNAME, 10 << 20
        archive.addfile(info, io.BytesIO(b"a" * (10 << 20)))
    assert refused(out.getvalue()).code == "archive_name_long"


@settings(max_examples=150, deadline=None)
@given(at=st.integers(0, 600), value=st.integers(0, 255), cut=st.integers(0, 700))
def test_a_damaged_archive_is_refused_or_read_and_nothing_else(at: int, value: int, cut: int) -> None:
    data = bytearray(zipped())
    data[at % len(data)] = value
    for damaged in (bytes(data), bytes(data[: max(1, len(data) - cut)])):
        with contextlib.suppress(ArchiveRefused):
            opened(damaged)


def test_manifest_helper_is_well_formed() -> None:
    assert b"imscp_rootv1p1p2" in manifest()
