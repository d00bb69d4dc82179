"""Courses and what they are made of (``/api/courses/v1/courses/``, ``/api/courses/v1/blocks/``).

The IRIs are those that event-routing-backends writes (``<LMS>/course/<key>``, ``<LMS>/xblock/<usage key>``), so that
what an Open edX pushes by itself and what is read from it speak of the same activities.
"""

from collections.abc import Iterator
from typing import Any

from connectors.errors import DataDrift
from connectors.openedx.values import flag, instant, required
from connectors.records import CompletionTracking, Notice, Page, RemoteCourse, RemoteModule
from connectors.values import Json, items, mapping, optional_text

CONTAINERS = frozenset({"course", "chapter", "vertical"})
"""Blocks that only hold others. A ``sequential`` (subsection) is kept: it is what is graded."""
NOT_LEARNING = frozenset({"discussion", "wiki", "about", "static_tab", "course_info"})
GRADED = frozenset({"problem", "openassessment", "library_content", "lti_consumer", "drag-and-drop-v2", "edx_sga"})
FIELDS = "children,graded,format,due,lms_web_url"
DEEPEST = 12


def course_iri(site_url: str, course_id: str) -> str:
    """How event-routing-backends names a course."""
    return f"{site_url}/course/{course_id}"


def block_iri(site_url: str, usage_id: str) -> str:
    """How event-routing-backends names a block."""
    return f"{site_url}/xblock/{usage_id}"


def parse_courses(payload: Any, site_url: str) -> Page[RemoteCourse]:
    """A page of the list."""
    return Page(
        tuple(parse_course(one, site_url) for one in items(mapping(payload, "courses").get("results"), "courses"))
    )


def parse_course(payload: Any, site_url: str) -> RemoteCourse:
    """One course; ``idnumber`` is its catalogue number."""
    course = mapping(payload, "course")
    course_id = required(course, "id")
    return RemoteCourse(
        id=course_id,
        shortname=course_id,
        fullname=optional_text(course, "name") or course_id,
        url=f"{site_url}/courses/{course_id}/course/",
        idnumber=optional_text(course, "number"),
        category_id=optional_text(course, "org"),
        visible=flag(course, "hidden") is not True,
        tracks_completion=True,
        starts_at=instant(course, "start"),
        ends_at=instant(course, "end"),
        iri=course_iri(site_url, course_id),
    )


def parse_modules(payload: Any, course_id: str, site_url: str) -> Page[RemoteModule]:
    """Subsections and what lies in them, in the order of the course."""
    answer = mapping(payload, "blocks")
    blocks = mapping(answer.get("blocks"), "blocks")
    root = required(answer, "root")
    told: list[RemoteModule] = []
    seen: set[str] = set()
    notices: list[Notice] = []
    for block, section in _walk(blocks, root, "", 0):
        usage_id, kind = required(block, "id"), required(block, "type")
        if kind in CONTAINERS or kind in NOT_LEARNING:
            continue
        if usage_id in seen:
            notices.append(Notice("unreadable", f"block {usage_id}", "twice in the tree"))
            continue
        seen.add(usage_id)
        told.append(_module(block, kind, usage_id, course_id, section, len(told), site_url))
    return Page(tuple(told), tuple(notices))


def _walk(blocks: Json, usage_id: str, section: str, depth: int) -> Iterator[tuple[Json, str]]:
    """Blocks below ``usage_id``, itself first, with the name of the chapter they lie in."""
    if depth > DEEPEST:
        raise DataDrift(f"blocks: more than {DEEPEST} levels")
    found = blocks.get(usage_id)
    if found is None:
        return  # listed as a child, not visible to the account
    block = mapping(found, "block")
    if block.get("type") == "chapter":
        section = optional_text(block, "display_name") or ""
    yield block, section
    children = block.get("children") or []
    if not isinstance(children, list):
        raise DataDrift("children: a list is due")
    for child in children:
        yield from _walk(blocks, str(child), section, depth + 1)


def _module(
    block: Json, kind: str, usage_id: str, course_id: str, section: str, position: int, site_url: str
) -> RemoteModule:
    graded = kind in GRADED or (kind == "sequential" and bool(flag(block, "graded")))
    return RemoteModule(
        id=usage_id,
        course_id=course_id,
        kind=kind,
        name=optional_text(block, "display_name") or kind,
        section=section,
        position=position,
        url=optional_text(block, "lms_web_url") or f"{site_url}/courses/{course_id}/jump_to/{usage_id}",
        tracking=CompletionTracking.AUTOMATIC,
        due_at=instant(block, "due"),
        iri=block_iri(site_url, usage_id),
        graded=graded,
    )
