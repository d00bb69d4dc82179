"""schema.org: Course, CourseInstance and LearningResource as JSON-LD, written from a record and read into one.

Sources: schema.org 28 (Course, CourseInstance, LearningResource, CreativeWork); JSON-LD 1.1 (``@graph``, several types,
language maps). Nothing named in ``@context`` is ever fetched.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from content.metadata.record import Contributor, Record, language
from content.report import Findings

TYPES = ("Course", "CourseInstance", "LearningResource", "CreativeWork", "WebPage", "VideoObject", "Quiz")
MODES = ("onsite", "online", "blended", "synchronous", "asynchronous")


@dataclass(frozen=True, slots=True)
class Instance:
    """A session of a course. ``modes``: ``onsite``, ``online``, ``blended``; ``workload`` an ISO 8601 duration."""

    modes: tuple[str, ...] = ()
    start: str = ""
    end: str = ""
    workload: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """What a page says of a course or a resource."""

    record: Record
    kind: str = "LearningResource"
    provider: str = ""
    teaches: tuple[str, ...] = ()
    instances: tuple[Instance, ...] = field(default=())


def write(course: Course, url: str) -> dict[str, Any]:
    """The JSON-LD of a page. To be put into HTML with `script`."""
    record = course.record
    said: dict[str, Any] = {
        "@context": "https://schema.org", "@type": course.kind, "@id": url, "url": url, "name": record.title,
        "description": record.description, "inLanguage": _one(record.languages),
        "keywords": [text for _code, text in record.keywords], "learningResourceType": _one(record.types),
        "educationalLevel": _one(record.levels), "timeRequired": record.learning_time,
        "license": next((text for _code, text in record.rights), ""), "teaches": list(course.teaches),
        "encodingFormat": _one(record.formats),
        **{role: [{"@type": kind, "name": name} for name in names] for role, kind, names in _people(record)},
    }  # fmt: skip
    if course.provider:
        said["provider"] = {"@type": "Organization", "name": course.provider}
    said["hasCourseInstance"] = [
        _said(
            {
                "@type": "CourseInstance", "courseMode": list(one.modes), "startDate": one.start, "endDate": one.end,
                "courseWorkload": one.workload, "location": {"@type": "Place", "name": one.place} if one.place else "",
            }
        )
        for one in course.instances
    ]  # fmt: skip
    return _said(said)


_ROLES = (("author", "Person"), ("publisher", "Organization"), ("contributor", "Person"))


def _people(record: Record) -> Iterator[tuple[str, str, list[str]]]:
    """(property, type, names); who is neither author nor publisher contributes."""
    for role, kind in _ROLES:
        yield role, kind, [one.name for one in record.contributors if _role(one) == role]


def _role(one: Contributor) -> str:
    return one.role if one.role in ("author", "publisher") else "contributor"


def script(data: dict[str, Any]) -> str:
    """The text of a ``script`` element of type ``application/ld+json``: nothing in it can end the element."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _said(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value not in ("", [], None)}


def _one(values: tuple[str, ...]) -> Any:
    return values[0] if len(values) == 1 else list(values)


def read(data: Any, found: Findings) -> list[Course]:
    """Every course and resource of a JSON-LD document; what is missing is said."""
    found.format = "jsonld"
    courses = [_course(node) for node in _nodes(data) if _kind(node)]
    if not courses:
        found.error("jsonld_nothing")
        return []
    first = courses[0]
    found.version = first.kind
    languages = first.record.languages
    found.entitle(first.record.title, languages[0] if languages else "")
    found.description = first.record.description
    found.licence = next((text for _code, text in first.record.rights), "")
    found.counts |= {"records": len(courses), "sessions": sum(len(one.instances) for one in courses)}
    if not first.record.title:
        found.warn("jsonld_no_name")
    return courses


def _nodes(data: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """The nodes of the document, those of ``@graph`` and of lists too."""
    if isinstance(data, list) and depth < 5:
        for one in data[:10_000]:
            yield from _nodes(one, depth + 1)
    elif isinstance(data, dict):
        graph = data.get("@graph")
        if isinstance(graph, list):
            yield from _nodes(graph, depth + 1)
        else:
            yield data


def _types(node: dict[str, Any]) -> list[str]:
    stated = node.get("@type", [])
    return [
        str(one).rpartition("/")[2].removeprefix("schema:") for one in ([stated] if isinstance(stated, str) else stated)
    ]


def _kind(node: dict[str, Any]) -> str:
    return next((one for one in TYPES if one in _types(node)), "")


def _course(node: dict[str, Any]) -> Course:
    instances = tuple(_instance(one) for one in _list(node.get("hasCourseInstance")) if isinstance(one, dict))
    provider = node.get("provider")
    people = [Contributor(role, name) for role, _kind in _ROLES for name in _strings(node.get(role))]
    record = Record(
        identifiers=tuple(("URI", str(node[key])) for key in ("@id", "url") if isinstance(node.get(key), str)),
        titles=_texts(node.get("name")), languages=tuple(language(str(one)) for one in _list(node.get("inLanguage"))),
        descriptions=_texts(node.get("description")),
        keywords=tuple(("", text) for text in _keywords(node.get("keywords"))),
        contributors=tuple(people), formats=_strings(node.get("encodingFormat")),
        types=_strings(node.get("learningResourceType")), levels=_strings(node.get("educationalLevel")),
        learning_time=str(node.get("timeRequired") or ""),
        locations=tuple(str(node["url"]) for _n in (1,) if isinstance(node.get("url"), str)),
        rights=tuple(("", text) for text in _strings(node.get("license"))), schemas=("schema.org",),
    )  # fmt: skip
    return Course(record, _kind(node), _name(provider), _strings(node.get("teaches")), instances)


def _instance(node: dict[str, Any]) -> Instance:
    return Instance(
        _strings(node.get("courseMode")), str(node.get("startDate") or ""), str(node.get("endDate") or ""),
        str(node.get("courseWorkload") or ""), _name(node.get("location")),
    )  # fmt: skip


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value in (None, "") else [value]


def _name(value: Any) -> str:
    one = _list(value)[0] if _list(value) else ""
    if isinstance(one, dict):
        return next((text for _code, text in _texts(one.get("name"))), "")
    return str(one)


def _strings(value: Any) -> tuple[str, ...]:
    return tuple(_name(one) for one in _list(value) if _name(one))


def _keywords(value: Any) -> Iterator[str]:
    """A text holds several between commas; of a list each is one, comma or not."""
    found = value.split(",") if isinstance(value, str) else _strings(value)
    yield from (text.strip() for text in found if text.strip())


def _texts(value: Any) -> tuple[tuple[str, str], ...]:
    """A text, texts with their language, or a map of languages."""
    found: list[tuple[str, str]] = []
    for one in _list(value):
        if isinstance(one, str):
            found.append(("", one))
        elif isinstance(one, dict) and isinstance(one.get("@value"), str):
            found.append((language(str(one.get("@language") or "")), one["@value"]))
        elif isinstance(one, dict):
            found += [(language(code), text) for code, text in one.items() if isinstance(text, str)]
    return tuple((code, " ".join(text.split())) for code, text in found if text.strip())
