"""Every file of the shared set has the verdict, the title and the counts that are expected of it, and so have its
cousins; within its memory and its time, and nothing stays behind."""

import io
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from content.inspect import inspect
from content.packages.cmi5 import Course
from content.packages.moodle_backup import MoodleBackup
from content.packages.scorm import Scorm
from content.report import Report
from tests.content.archives import PAGE, manifest, tarred, zipped
from tests.shared import SHARED, shared_path

CONTENT = SHARED / "fixtures" / "content"
SET = json.loads((CONTENT / "expected.json").read_text("utf-8")) if CONTENT.is_dir() else []
#: Answers of repositories without a verdict of their own, and facts that are no resource.
PACKAGES = [one for one in SET if one["verdict"] not in (None, "-", "reference")]


def looked_at(name: str) -> Report:
    with shared_path("fixtures", "content", *name.split("/")).open("rb") as file:
        return inspect(file, name.rpartition("/")[2]).report


def of(files: dict[str, bytes] | bytes, name: str = "cours.zip") -> Report:
    return inspect(io.BytesIO(files if isinstance(files, bytes) else zipped(files)), name).report


def codes(report: Report) -> set[str]:
    return {message.code for message in report.messages}


@pytest.mark.parametrize("one", PACKAGES or [None], ids=[one["file"] for one in PACKAGES] or ["no set here"])
def test_the_shared_set(one: dict[str, Any] | None) -> None:
    if one is None:
        shared_path()
        return
    report = looked_at(one["file"])
    wanted = one["verdict"]
    if wanted == "accept-or-clear-reject":
        assert report.verdict in ("accept", "reject")
    else:
        assert report.verdict == wanted, codes(report)
    said = {**report.counts, **report.facts, "title": report.title, "language": report.language}
    expected = {key: value for key, value in one["expected"].items() if key != "reading_error"}
    assert {key: said.get(key) for key in expected} == expected
    assert (report.verdict == "reject") == any(message.level == "error" for message in report.messages)


@pytest.mark.parametrize(
    ("file", "title"),
    [
        ("encoding-latin1-declared-utf8", "Égalité et accès à la compétence"),
        ("encoding-utf16", "Été à Toulouse"),
        ("encoding-utf8-bom", "Avec BOM é"),
        ("title-with-script", "<script>alert(1)</script>Titre &amp; <img src=x onerror=alert(2)>"),
    ],
)
def test_titles_of_the_set_whose_letters_are_hard(file: str, title: str) -> None:
    assert looked_at(f"hostile/{file}.zip").title == title


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("bomb-400MB-single", "archive_ratio"),
        ("empty-file", "archive_empty_file"),
        ("href-javascript", "href_runs"),
        ("href-missing-file", "launch_file_missing"),
        ("identifierref-dangling", "item_ref_missing"),
        ("ids-duplicate", "item_id_repeated"),
        ("items-nested-5000", "xml_too_deep"),
        ("manifest-missing", "no_manifest"),
        ("manifest-not-wellformed", "xml_malformed"),
        ("not-a-zip", "archive_not_zip"),
        ("symlink-file", "archive_link"),
        ("xml-billion-laughs", "xml_doctype"),
        ("xxe-file-entity", "xml_doctype"),
        ("zipslip-absolute", "archive_name_absolute"),
        ("zipslip-dotdot", "archive_name_climbs"),
        ("nested-root-folder", "nested_root"),
        ("href-case-mismatch", "found_by_case"),
        ("names-backslash", "names_back_slash"),
        ("names-cp850-accents", "names_code_page"),
    ],
)
def test_the_rule_is_named(file: str, code: str) -> None:
    assert code in codes(looked_at(f"hostile/{file}.zip"))


@pytest.mark.parametrize(
    ("files", "verdict", "code"),
    [
        ({"imsmanifest.xml": manifest("JavaScript:alert(1)"), "index.html": PAGE}, "reject", "href_runs"),
        ({"imsmanifest.xml": manifest("java&#10;script:alert(1)"), "index.html": PAGE}, "reject", "href_runs"),
        ({"imsmanifest.xml": manifest("data:text/html,x"), "index.html": PAGE}, "reject", "href_runs"),
        ({"imsmanifest.xml": manifest("file:///etc/passwd"), "index.html": PAGE}, "reject", "href_runs"),
        ({"imsmanifest.xml": manifest("../../etc/passwd"), "index.html": PAGE}, "reject", "launch_file_missing"),
        ({"imsmanifest.xml": manifest("https://example.org/x")}, "accept-with-warning", "launch_elsewhere"),
        ({"imsmanifest.xml": manifest("nothing.html"), "index.html": PAGE}, "reject", "nothing_to_launch"),
        ({"imsmanifest.xml": manifest("INDEX.html"), "index.html": PAGE}, "accept-with-warning", "found_by_case"),
        ({"imsmanifest.xml": manifest("mot%20cl%C3%A9.html"), "mot clé.html": PAGE}, "accept", "found_by_percent"),
        ({"imsmanifest.xml": manifest("e\u0301te.html"), "\u00e9te.html": PAGE}, "accept", "found_by_nfc"),
        ({"IMSMANIFEST.XML": manifest(), "index.html": PAGE}, "accept-with-warning", "manifest_case"),
        ({"c/imsmanifest.xml": manifest(), "c/index.html": PAGE}, "accept-with-warning", "nested_root"),
        ({"c/d/imsmanifest.xml": manifest(), "c/d/index.html": PAGE}, "reject", "manifest_not_at_root"),
        ({"c/imsmanifest.xml": manifest(), "index.html": PAGE}, "reject", "manifest_not_at_root"),
        ({"imsmanifest.xml": b""}, "reject", "xml_empty"),
        ({"imsmanifest.xml": b"<html/>"}, "reject", "manifest_other_root"),
        ({"imsmanifest.xml": b"<manifest a='" + b"x" * (12 << 20) + b"'/>"}, "reject", "archive_entry_bytes"),
        ({"cours.zip": zipped()}, "reject", "archive_in_archive"),
        ({"a.crs": b"", "a.au": b"", "a.des": b"", "a.cst": b""}, "reject", "aicc"),
        ({"content.xml": b"<x/>", "index.html": PAGE}, "reject", "exelearning_source"),
        ({"index.html": PAGE}, "reject", "no_manifest"),
        ({"moodle_backup.xml": b"<moodle_backup/>"}, "reject", "mbz_no_information"),
        ({"h5p.json": b"[]"}, "reject", "json_malformed"),
        ({"h5p.json": b"{" * 100_000}, "reject", "json_malformed"),
        ({"cmi5.xml": b"<courseStructure/>"}, "reject", "cmi5_namespace"),
        ({"META-INF/container.xml": b"<container/>"}, "reject", "epub_no_package"),
        (b"MZ\x90\0", "reject", "file_program"),
        (b"#!/bin/sh", "reject", "file_program"),
        (b"\0\1\2\3", "reject", "archive_not_zip"),
    ],
)
def test_cousins_of_the_set(files: dict[str, bytes] | bytes, verdict: str, code: str) -> None:
    report = of(files)
    assert (report.verdict, code in codes(report)) == (verdict, True), codes(report)


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("guide.pdf", b"%PDF-1.7 ...", "document"),
        ("photo.jpg", b"\xff\xd8\xff\xe0....", "picture"),
        ("film.mp4", b"\0\0\0\x18ftypmp42....", "video"),
        ("page.html", b"<!DOCTYPE html><title>x</title>", "page"),
        ("lisez.txt", b"Bonjour", "text"),
        ("cours.docx", zipped({"word/document.xml": b"<x/>", "[Content_Types].xml": b"<x/>"}), "document"),
    ],
)
def test_single_files_are_taken_by_what_they_are(name: str, data: bytes, kind: str) -> None:
    report = of(data, name)
    assert (report.verdict, report.format, report.facts["kind"]) == ("accept", "file", kind)
    assert of(data, "cours.zip").verdict == ("reject" if kind in ("text", "page") else "accept")


def test_a_text_that_is_no_resource_is_refused() -> None:
    assert of(b"# Un titre", "lisez.md").verdict == "reject"
    assert of(b"# Un titre", "cours.zip").verdict == "reject"


def test_a_scorm_package_gives_what_a_player_needs() -> None:
    item = "<adlcp:masteryscore>80</adlcp:masteryscore><adlcp:maxtimeallowed>00:30:00</adlcp:maxtimeallowed>"
    text = manifest(
        "index.html?lang=fr#debut", parameters=' parameters="?a=1&amp;b=2"', item=item, base=' xml:base="c/"'
    )
    found = inspect(io.BytesIO(zipped({"imsmanifest.xml": text, "c/index.html": PAGE})), "c.zip").package
    assert isinstance(found, Scorm)
    (launch,) = found.launches
    assert (launch.file, launch.query, launch.kind) == ("c/index.html", "?lang=fr&a=1&b=2#debut", "sco")
    assert (launch.mastery_score, launch.max_time_allowed) == (80.0, "00:30:00")


@pytest.mark.parametrize(
    ("duration", "action", "told", "codes"),
    [
        ("PT45M", "exit, message", ("PT45M", "exit,message"), {"time_limited"}),
        ("P1DT0.5S", "continue,no  message", ("P1DT0.5S", "continue,no message"), {"time_limited"}),
        ("45 minutes", "stop", ("", ""), {"max_time_invalid", "time_action_unknown"}),
        ("PT", "", ("", ""), {"max_time_invalid"}),
    ],
)
def test_a_time_limit_reaches_the_content_as_the_standard_writes_it(
    duration: str, action: str, told: tuple[str, str], codes: set[str]
) -> None:
    text = f"""<manifest identifier="M" xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"
 xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" xmlns:imsss="http://www.imsglobal.org/xsd/imsss"><metadata>
<schema>ADL SCORM</schema><schemaversion>2004 4th Edition</schemaversion></metadata><organizations><organization
 identifier="O"><title>T</title><item identifier="I" identifierref="R"><title>Lire</title>
<adlcp:timeLimitAction>{action}</adlcp:timeLimitAction><imsss:sequencing><imsss:limitConditions
 attemptAbsoluteDurationLimit="{duration}"/></imsss:sequencing></item></organization></organizations><resources>
<resource identifier="R" type="webcontent" adlcp:scormType="sco" href="index.html"/></resources></manifest>"""
    looked = inspect(io.BytesIO(zipped({"imsmanifest.xml": text.encode(), "index.html": PAGE})), "c.zip")
    assert isinstance(looked.package, Scorm)
    launch = looked.package.launches[0]
    assert (launch.max_time_allowed, launch.time_limit_action) == told
    known = {"time_limited", "max_time_invalid", "time_action_unknown"}
    assert {one.code for one in looked.report.messages} & known == codes


def test_sequencing_of_scorm_2004_is_kept_as_it_is() -> None:
    with shared_path("fixtures", "content", "scorm2004", "adl-lms-test-T-01a.zip").open("rb") as file:
        found = inspect(file, "t.zip").package
    assert isinstance(found, Scorm)
    assert (found.version, found.edition, len(found.launches)) == ("2004", "4th", 29)
    assert {"pretest", "posttest", "module"} <= set(found.manifest.collection)
    assert found.manifest.organization is not None
    first = next(found.manifest.organization.walk())
    assert [node.name for node in first.nodes] == ["presentation", "sequencing"]
    assert found.launches[0].query == "?tc=T-01a&act=1"


AU = (
    '<au id="https://e.org/a"{attributes}><title><langstring>A</langstring></title>'
    "<description><langstring/></description>{more}</au>"
)
COURSE = (
    '<courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"><course id="https://e.org/c">'
    "<title><langstring lang='fr'>C</langstring></title><description><langstring/></description></course>{aus}"
    "</courseStructure>"
)


def course(more: str = "<url>https://e.org/</url>", attributes: str = "", aus: str = "") -> bytes:
    return COURSE.format(aus=aus or AU.format(attributes=attributes, more=more)).encode()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (course(), None),
        (course(attributes=' masteryScore="0.8" moveOn="Passed" launchMethod="OwnWindow"'), None),
        (course("<url>https://e.org/</url><x:y xmlns:x='urn:x'/>"), None),
        (course(attributes=' masteryScore="1.5"'), "cmi5_value"),
        (course(attributes=' masteryScore="1e-1"'), "cmi5_value"),
        (course(attributes=' moveOn="passed"'), "cmi5_value"),
        (course(attributes=' launchMethod="Popup"'), "cmi5_value"),
        (course(""), "cmi5_element_missing"),
        (course("<url/>"), "cmi5_url"),
        (course("<url>/index.html</url>"), "cmi5_url_relative"),
        (course("<url>//e.org/index.html</url>"), "cmi5_url_relative"),
        (course("<url>index.html</url>"), "cmi5_url_relative"),
        (course("<url>javascript:alert(1)</url>"), "cmi5_url"),
        (course("<url>http://e.org index.html</url>"), "cmi5_url"),
        (course("<url>https://e.org/?fetch=1</url>"), "cmi5_query_reserved"),
        (course("<url>https://e.org/?a=1&amp;activityId=</url>"), "cmi5_query_reserved"),
        (course("<url>https://e.org/</url><url>https://e.org/</url>"), "cmi5_order"),
        (course("<entitlementKey/><url>https://e.org/</url>"), "cmi5_order"),
        (course("<url>https://e.org/</url><thing/>"), "cmi5_element_unknown"),
        (
            course('<objectives><objective idref="https://e.org/o"/></objectives><url>https://e.org/</url>'),
            "cmi5_objective_unknown",
        ),
        (course(aus=AU.format(attributes="", more="<url>https://e.org/</url>") * 2), "cmi5_id_repeated"),
        (course(aus=" "), "cmi5_no_au"),
        (course().replace(b"https://e.org/a", b"e.org/a"), "cmi5_iri"),
        (course().replace(b"https://e.org/a", b"#a"), "cmi5_iri"),
        (course().replace(b"'fr'", b"'fr fr'"), "cmi5_language"),
    ],
)
def test_rules_of_cmi5(data: bytes, code: str | None) -> None:
    report = of(data, "cmi5.xml")
    assert (report.verdict, code is None or code in codes(report)) == ("accept" if code is None else "reject", True), (
        codes(report)
    )


def test_cmi5_in_a_zip_names_the_files_of_its_units() -> None:
    data = zipped({"cmi5.xml": course("<url>a/index.html?x=1</url>"), "a/index.html": PAGE})
    found = inspect(io.BytesIO(data), "c.zip").package
    assert isinstance(found, Course)
    assert [au.file for au in found.aus()] == ["a/index.html"]
    assert "cmi5_file_missing" in codes(of({"cmi5.xml": course("<url>b.html</url>"), "a.html": PAGE}))


def h5p_files(**changes: bytes) -> dict[str, bytes]:
    library = b'{"machineName":"H5P.X","majorVersion":1,"minorVersion":2,"preloadedJs":[{"path":"x.js"}]}'
    stated = (
        b'{"title":"T","language":"fr","mainLibrary":"H5P.X",'
        b'"preloadedDependencies":[{"machineName":"H5P.X","majorVersion":1,"minorVersion":2}]}'
    )
    files = {
        "h5p.json": stated,
        "content/content.json": b"{}",
        "H5P.X-1.2/library.json": library,
        "H5P.X-1.2/x.js": b"",
    }
    return {**files, **{name.replace("__", "/"): data for name, data in changes.items()}}


@pytest.mark.parametrize(
    ("files", "code"),
    [
        (h5p_files(), None),
        ({**h5p_files(), "content/run.php": b""}, "h5p_extension"),
        ({**h5p_files(), "content/x.js": b""}, "h5p_extension"),
        ({**h5p_files(), "H5P.X-1.2/x.exe": b""}, "h5p_extension"),
        ({**h5p_files(), "H5P.Y-1.2/library.json": h5p_files()["H5P.X-1.2/library.json"]}, "h5p_library_folder"),
        ({**h5p_files(), "H5P.Y-1.2/x.js": b""}, "h5p_file_missing"),
        ({k: v for k, v in h5p_files().items() if "H5P.X" not in k}, "h5p_library_missing"),
        ({k: v for k, v in h5p_files().items() if "content" not in k}, "h5p_no_content"),
        ({k: v for k, v in h5p_files().items() if "x.js" not in k}, "h5p_file_missing"),
        ({**h5p_files(), "h5p.json": b'{"title":"T"}'}, "h5p_no_main_library"),
    ],
)
def test_rules_of_h5p(files: dict[str, bytes], code: str | None) -> None:
    report = of(files, "x.h5p")
    assert (report.verdict, code is None or code in codes(report)) == ("accept" if code is None else "reject", True), (
        codes(report)
    )


@pytest.mark.parametrize(
    ("beside", "read_as", "said"),
    [
        ({"cmi5.xml": b"<courseStructure/>"}, "scorm12", "manifest_beside_invalid"),
        ({"cmi5.xml": b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"}, "scorm12", "manifest_beside_invalid"),
        ({"cmi5.xml": b"<a/>" + b" " * (9 << 20)}, "scorm12", "manifest_beside_invalid"),
        ({"CMI5.xml": b""}, "scorm12", "manifest_beside_invalid"),
        ({"h5p.json": b"{}", "cmi5.xml": b"{}"}, "scorm12", "manifest_beside_invalid"),
        ({"cmi5.xml": course()}, "cmi5", "manifest_beside"),
        ({"cmi5.xml": course(), "imsmanifest.xml": b"<manifest>"}, "cmi5", "manifest_beside"),
        ({"h5p.json": b"[", "cmi5.xml": course()}, "cmi5", "manifest_beside_invalid"),
        (h5p_files(), "h5p", "manifest_beside"),
    ],
)
def test_of_several_descriptions_the_first_that_is_valid_is_followed(
    beside: dict[str, bytes], read_as: str, said: str
) -> None:
    report = of({"imsmanifest.xml": manifest(), "index.html": PAGE, **beside})
    assert (report.format, said in codes(report)) == (read_as, True), codes(report)
    assert report.verdict == ("accept" if said == "manifest_beside" else "accept-with-warning")


def test_where_no_description_is_valid_each_is_named_with_what_is_wrong() -> None:
    report = of({"h5p.json": b"[", "cmi5.xml": b"<x/>", "imsmanifest.xml": b"<manifest>", "index.html": PAGE})
    assert report.verdict == "reject"
    named = [one.where for one in report.messages if one.code == "manifest_invalid"]
    assert named == ["h5p.json", "cmi5.xml", "imsmanifest.xml"]
    assert {"json_malformed", "cmi5_namespace", "xml_malformed"} <= codes(report)


def test_nothing_vouches_for_a_moodle_backup_that_cannot_be_read() -> None:
    report = of({"moodle_backup.xml": b"<x/>", "users.xml": b"<x/>", "imsmanifest.xml": manifest(), "index.html": PAGE})
    assert (report.verdict, report.format) == ("reject", "mbz")


@pytest.mark.parametrize("name", ["cnb-2026-with-users.mbz", "cnb-2026-without-users.mbz"])
def test_a_moodle_backup_gives_its_course_and_nobody(name: str) -> None:
    with shared_path("fixtures", "moodle", "backup", name).open("rb") as file:
        inspection = inspect(io.BytesIO(file.read()), name)
    report, package = inspection.report, inspection.package
    assert isinstance(package, MoodleBackup)
    assert (report.title, report.counts) == ("Compétences numériques de base", {"activities": 9, "sections": 6})
    assert ("mbz_people_left_out" in codes(report)) == package.with_users == (name == "cnb-2026-with-users.mbz")
    scorm = next(one for one in package.activities if one.kind == "scorm")
    assert inspection.archive is not None
    inner = of(inspection.archive.read(scorm.file, 1 << 20), scorm.file_name)
    assert (inner.verdict, inner.format) == ("accept", "scorm12")
    assert next(one for one in package.activities if one.kind == "url").url == "https://www.example.org/ressource"
    everything = repr(package) + repr(report)
    assert "@" not in everything.replace("$@NULL@$", "")


def test_hosts_and_facts_of_access_are_told() -> None:
    page = (
        b"<html><head><title>T</title><script src='https://cdn.example.org/a.js'></script>"
        b"<link rel=stylesheet href='//fonts.example.com/f.css'><link rel='schema.DC' href='http://purl.org/'></head>"
        b"<body><img src=a.png><img src=b.png alt=''><video></video><video><track kind=captions></video>"
        b"<a href='https://elsewhere.example'>x</a></body></html>"
    )
    report = of({"imsmanifest.xml": manifest(), "index.html": page, "s.css": b"a{b:url(http://img.example.net/x.png)}"})
    assert report.hosts == ("cdn.example.org", "fonts.example.com", "img.example.net")
    access = report.access
    assert (access.pages, access.without_language, access.without_title) == (1, 1, 0)
    assert (access.pictures, access.pictures_without_text, access.videos, access.videos_without_subtitles) == (
        2,
        1,
        2,
        1,
    )
    assert report.weight.files == 3
    assert report.weight.largest[0] == ("imsmanifest.xml", len(manifest()))


def test_hundreds_of_the_same_fault_are_told_twenty_times() -> None:
    aus = "".join(
        AU.format(attributes="", more="<url>x.html</url>").replace("e.org/a", f"e.org/{n}") for n in range(300)
    )
    report = of(course(aus=aus), "cmi5.xml")
    assert report.repeated["cmi5_url_relative"] == 300
    assert sum(message.code == "cmi5_url_relative" for message in report.messages) == 20


CHILD = """
import json, os, re, sys, time
from content.inspect import inspect
slowest = 0
for path in sys.argv[1:]:
    began = time.perf_counter()
    with open(path, "rb") as file:
        inspect(file, os.path.basename(path))
    slowest = max(slowest, time.perf_counter() - began)
# Not ru_maxrss: across exec that keeps what the parent had.
print(json.dumps([slowest, int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024]))
"""


#: What the standard library's reader of HTML takes minutes for.
UNCLOSED = (b"<a", b"<!--", b"<![CDATA[", b"<a b='<a b=", b"<script></")


def test_memory_time_files_and_network_of_the_whole_set(tmp_path: Path) -> None:
    paths = [str(shared_path("fixtures", "content", *one["file"].split("/"))) for one in SET]
    paths += [str(path) for path in sorted(shared_path("fixtures", "moodle", "backup").iterdir())]
    heavy = tmp_path / "heavy"
    heavy.mkdir()
    (heavy / "files.mbz").write_bytes(
        tarred({"moodle_backup.xml": b"<a/>", "files/ab/" + "a" * 40: os.urandom(30 << 20)})
    )
    (heavy / "manifest.zip").write_bytes(zipped({"imsmanifest.xml": b"<manifest>" + b"<a/>" * 2_000_000}))
    (heavy / "attributes.zip").write_bytes(zipped({"cmi5.xml": b"<a b='' c='' d=''/>" * 300_000}))
    many = b" ".join(b"a%d='%d'" % (number, number) for number in range(199_000))
    (heavy / "one.zip").write_bytes(zipped({"imsmanifest.xml": b"<manifest %s/>" % many}))
    offers = b'<lheo xmlns="http://lheo.gouv.fr/2.3"><offres>' + b"<a>x</a>" * 249_000 + b"</offres></lheo>"
    (heavy / "offers.xml").write_bytes(offers)
    starts = {f"{number}.html": start * (1_000_000 // len(start)) for number, start in enumerate(UNCLOSED)}
    (heavy / "pages.zip").write_bytes(zipped({"imsmanifest.xml": manifest(), "index.html": PAGE, **starts}))
    empty = tmp_path / "empty"
    empty.mkdir()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        listener.settimeout(0.2)
        done = subprocess.run(
            [sys.executable, "-c", CHILD, *paths, *map(str, heavy.iterdir())],
            cwd=empty,
            env={**os.environ, "TMPDIR": str(empty), "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
            capture_output=True,
            check=True,
        )
        with pytest.raises(TimeoutError):
            listener.accept()
    slowest, megabytes = json.loads(done.stdout)
    assert slowest < 5
    assert megabytes < 150
    assert list(empty.iterdir()) == []
