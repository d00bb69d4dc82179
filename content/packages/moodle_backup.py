"""Moodle course backups (.mbz, 2.x to 5.x): the course's sections and activities, and the packages inside.

Never users, roles, grades nor logs: their files are not read at all. Two containers: gzipped tar, zip before.

Sources: files written by Moodle 2.9 to 5.x: ``moodle_backup.xml``, ``files.xml`` (contents under
``files/ab/abcd…`` by SHA-1), ``activities/<name>_<id>/<name>.xml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from content import xml
from content.archive import Archive
from content.errors import ContentError
from content.packages.package import Package, is_web
from content.report import Fate, Part

_INFO_BYTES = 8 << 20
_ACTIVITY_BYTES = 4 << 20
_ACTIVITIES_BYTES = 32 << 20
#: Activities whose content the hub takes, and how.
_TAKEN = {
    "scorm": Fate.IMPORTED, "h5pactivity": Fate.IMPORTED, "imscp": Fate.IMPORTED, "url": Fate.IMPORTED,
    "resource": Fate.IMPORTED, "lti": Fate.CONVERTED, "page": Fate.CONVERTED, "hvp": Fate.SKIPPED,
}  # fmt: skip
_PACKAGED = {"scorm": "mod_scorm", "h5pactivity": "mod_h5pactivity", "resource": "mod_resource", "imscp": "mod_imscp"}
_AREAS = ("package", "content", "backup")
#: Where a course keeps the pictures of its card, and the endings that cards here can show.
_PICTURE = ("course", "overviewfiles")
_PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
#: Of ``files.xml``: some sixty thousand files; what is behind is left in the original.
_FILES_BYTES, _FILES_NODES = 40 << 20, 1_500_000
_OF_A_FILE = ("component", "filename", "filearea", "contenthash", "filesize")
_SIZE = re.compile(r"[0-9]{1,15}")
_HASH = re.compile(r"[0-9a-f]{40}")
_NULL = "$@NULL@$"


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity. ``file``: the name in the archive of the package or document it holds, ``file_name`` what its
    author called it; ``url`` of a link; ``html`` of a page (as written by its author: never shown unfiltered);
    ``unread``: left in the original as there was too much to read."""

    kind: str
    title: str
    section: str
    fate: Fate
    file: str = ""
    file_name: str = ""
    url: str = ""
    html: str = ""
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the course."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class MoodleBackup:
    """A backup. ``kind``: ``course``, ``section`` or ``activity``; ``with_users`` whether it holds people's data, which
    is left alone; ``picture`` the file in the archive of the picture of the course's card."""

    title: str
    short_name: str
    kind: str
    release: str
    with_users: bool
    sections: tuple[Section, ...]
    activities: tuple[Activity, ...]
    picture: str = ""


@dataclass(frozen=True, slots=True)
class _Blob:
    context: str
    component: str
    area: str
    name: str
    hash: str
    size: int


def read(package: Package) -> MoodleBackup | None:
    """The backup; what is wrong with it is said."""
    found, archive = package.found, package.archive
    found.format = "mbz"
    root = package.document("moodle_backup.xml", _INFO_BYTES)
    info = xml.child(root, "information")
    if info is None:
        if root is not None:
            found.error("mbz_no_information", "moodle_backup.xml")
        return None
    contents = xml.child(info, "contents")
    release, kind = xml.text(xml.child(info, "moodle_release")), xml.text(xml.child(info, "details", "detail", "type"))
    found.version = xml.text(xml.child(info, "backup_release")) or release
    found.facts |= {"moodle_release": release, "backup_type": kind}
    found.entitle(_plain(xml.text(xml.child(info, "original_course_fullname"))))
    sections = tuple(
        Section(xml.text(xml.child(one, "sectionid")), xml.text(xml.child(one, "title")))
        for one in _listed(contents, "sections")
    )
    listed = _listed(contents, "activities")
    found.counts |= {"activities": len(listed), "sections": len(sections)}
    settings = {
        xml.text(xml.child(one, "name")): xml.text(xml.child(one, "value")) for one in _listed(info, "settings")
    }
    with_users = settings.get("users") == "1" or any(name.partition("/")[2] == "users.xml" for name in archive.entries)
    with_users = with_users or package.has("users.xml")
    if with_users:
        found.warn("mbz_people_left_out")
    titles = {one.id: one.title for one in sections}
    blobs: list[_Blob] = []
    try:
        blobs += _blobs(package)
    except ContentError as error:
        if error.details.get("most") in (_FILES_BYTES, _FILES_NODES):
            found.warn("descriptions_unread")
        else:
            found.error(error.code, error.where, **error.details)
    activities = _activities(package, listed, titles, blobs)
    found.parts += [Part(one.kind, one.title, one.fate, _reason(one), one.section) for one in activities]
    short = _plain(xml.text(xml.child(info, "original_course_shortname")))
    return MoodleBackup(
        found.title or "", short, kind, release, with_users, sections, tuple(activities), _picture(package, blobs)
    )


def _listed(element: xml.Element | None, name: str) -> list[xml.Element]:
    holder = xml.child(element, name)
    return xml.children(holder) if holder is not None else []


def _plain(text: str) -> str:
    return "" if text == _NULL else text


def _reason(activity: Activity) -> str:
    if activity.unread:
        return "activity_unread"
    if activity.fate is Fate.SKIPPED:
        return "activity_file_missing" if activity.kind in _TAKEN and activity.kind != "hvp" else "activity_of_moodle"
    return {"lti": "lti_needs_tool", "page": "page_to_file"}.get(activity.kind, "")


def _activities(
    package: Package, listed: list[xml.Element], titles: dict[str, str], blobs: list[_Blob]
) -> list[Activity]:
    """The activities. Only the descriptors of kinds the hub takes are read, in one pass."""
    told = []
    for one in listed:
        kind, folder = xml.text(xml.child(one, "modulename")), xml.text(xml.child(one, "directory"))
        title = " ".join(xml.text(xml.child(one, "title")).split())
        told.append(
            (kind, title, titles.get(xml.text(xml.child(one, "sectionid")), ""), f"{package.root}{folder}/{kind}.xml")
        )
    wanted = [name for kind, _t, _s, name in told if kind in _TAKEN and _fits(package.archive, name, _ACTIVITY_BYTES)]
    said: dict[str, Activity] = {}
    room = _ACTIVITIES_BYTES
    by_name = {name: (kind, title, section) for kind, title, section, name in told}
    for entry, pieces in package.archive.walk(set(wanted).__contains__) if wanted else ():
        data = b"".join(pieces)
        room -= len(data)
        if room < 0 or not package.affords(data):
            package.found.warn("descriptions_unread")
            break
        try:
            root = xml.parse(data, where=entry.name).root
        except ContentError as error:
            package.found.warn(error.code, entry.name, **error.details)
            continue
        said[entry.name] = _activity(package, *by_name[entry.name], root, blobs)
    unread = by_name.keys() & set(wanted) - said.keys() if room < 0 or not package.affords(b"") else set()
    return [
        said.get(name) or Activity(kind, title, section, Fate.SKIPPED, unread=name in unread)
        for kind, title, section, name in told
    ]


def _fits(archive: Archive, name: str, most: int) -> bool:
    return name in archive.entries and archive.entries[name].size <= most


def _activity(package: Package, kind: str, title: str, section: str, root: xml.Element, blobs: list[_Blob]) -> Activity:
    fate = _TAKEN.get(kind, Fate.SKIPPED)
    inner = xml.child(root, kind)
    if fate is Fate.SKIPPED:
        return Activity(kind, title, section, Fate.SKIPPED)
    if kind in _PACKAGED:
        blob = _blob_of(blobs, _PACKAGED[kind], xml.attribute(root, "contextid"))
        file = _file_of(package, blob) if blob else ""
        if blob is None or not file:
            return Activity(kind, title, section, Fate.SKIPPED)
        return Activity(kind, title, section, fate, file, blob.name)
    if kind == "page":
        return Activity(kind, title, section, fate, html=_plain(xml.text(xml.child(inner, "content"))))
    url = _plain(xml.text(xml.child(inner, "externalurl"))) or _plain(xml.text(xml.child(inner, "toolurl")))
    if not is_web(url):
        if url:
            package.found.warn("link_invalid", title, href=url[:120])
        return Activity(kind, title, section, Fate.SKIPPED)
    return Activity(kind, title, section, fate, url=url)


def _blob_of(blobs: list[_Blob], component: str, context: str) -> _Blob | None:
    mine = [one for one in blobs if one.component == component and one.context == context and one.area in _AREAS]
    return max(mine, key=lambda one: (one.area == "package", one.size), default=None)


def _file_of(package: Package, blob: _Blob) -> str:
    """Its name in the archive; empty when it is not there."""
    name = f"{package.root}files/{blob.hash[:2]}/{blob.hash}"
    return name if name in package.archive.entries else ""


def _picture(package: Package, blobs: list[_Blob]) -> str:
    """The first by name, as Moodle shows it."""
    mine = [
        one for one in blobs if (one.component, one.area) == _PICTURE and one.name.lower().endswith(_PICTURE_ENDINGS)
    ]
    return next(filter(None, (_file_of(package, one) for one in sorted(mine, key=lambda one: one.name))), "")


def _blobs(package: Package) -> Iterator[_Blob]:
    """The files that activities hold, and the course's pictures; those of people (submissions, portraits) are of other
    components and areas."""
    if not package.has("files.xml"):
        return
    pieces = package.archive.stream(f"{package.root}files.xml")
    for one in xml.records(pieces, "file", where="files.xml", most=_FILES_BYTES, nodes=_FILES_NODES):
        said = {xml.local(inner): (inner.text or "").strip() for inner in one if not len(inner)}
        component, name, area, digest, size = (said.get(key, "") for key in _OF_A_FILE)
        ours = component in _PACKAGED.values() or (component, area) == _PICTURE
        if ours and name != "." and _HASH.fullmatch(digest):
            yield _Blob(
                said.get("contextid", ""), component, area, name, digest, int(size) if _SIZE.fullmatch(size) else 0
            )  # fmt: skip
