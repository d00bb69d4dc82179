"""An Open edX LMS as far as the connector reads it: answers in the documented shapes, from a state that tests change.

Written by us after edx-platform's views and their documentation (``course_api``, ``enrollments``, ``grades/rest_api``,
``user_api``, ``oauth_dispatch``): page-number paging of courses, cursors of enrolments and grades, entries of the
gradebook, the tree of blocks, errors with their bodies and statuses.
"""

from __future__ import annotations

import base64
import secrets
import threading
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, jsonify, request

SECRET = "openedx-client-secret-0123456789"
CLIENT = "hub-client-id"
ACCOUNT = "hub_service"


@dataclass
class Block:
    """A block of a course. ``kind``: of an XBlock; ``children`` in order; ``graded`` for subsections."""

    id: str
    kind: str
    name: str
    children: list[str] = field(default_factory=list)
    graded: bool = False
    due: str | None = None


@dataclass
class LmsCourse:
    """A course; ``blocks`` by id, the first is its root."""

    id: str
    name: str
    org: str = "TL"
    blocks: list[Block] = field(default_factory=list)


@dataclass
class Lms:
    """What the LMS holds. ``closed``: beginnings of paths that answer 403; ``absent``: that answer 404."""

    url: str = ""
    courses: dict[str, LmsCourse] = field(default_factory=dict)
    people: dict[str, tuple[str, str]] = field(default_factory=dict)
    enrolled: dict[tuple[str, str], bool] = field(default_factory=dict)
    done: set[tuple[str, str]] = field(default_factory=set)
    points: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    totals: dict[tuple[str, str], tuple[float, bool]] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    absent: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    issued: int = 0
    calls: list[str] = field(default_factory=list)
    expires_in: int = 3600
    lock: threading.RLock = field(default_factory=threading.RLock)

    def usernames(self, course: str) -> list[str]:
        """Who is actively enrolled, in the order of the enrolments."""
        return [user for (key, user), active in self.enrolled.items() if key == course and active]


def create_lms(state: Lms) -> Flask:
    """A WSGI application that answers as the LMS that ``state`` describes."""
    app = Flask("openedx_double", static_folder=None)

    @app.before_request
    def guard() -> Any:
        state.calls.append(request.path)
        if request.path == "/oauth2/access_token":
            return None
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if kind != "JWT" or token not in state.tokens:
            return _said(401, detail="Authentication credentials were not provided.")
        if any(request.path.startswith(one) for one in state.absent):
            return Response("<h1>Page not found</h1>", 404, mimetype="text/html")
        if any(request.path.startswith(one) for one in state.closed):
            return _said(403, detail="You do not have permission to perform this action.")
        return None

    @app.post("/oauth2/access_token")
    def token() -> Any:
        form = request.form
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return _said(401, error="invalid_client")
        if form.get("grant_type") != "client_credentials":
            return _said(400, error="unsupported_grant_type")
        made = f"eyJ.{secrets.token_urlsafe(24)}.sig"
        state.tokens.add(made)
        state.issued += 1
        return jsonify(access_token=made, expires_in=state.expires_in, token_type="JWT", scope="read grades:read")

    @app.get("/api/user/v1/me")
    def me() -> Any:
        return jsonify(username=ACCOUNT)

    @app.get("/api/user/v1/accounts")
    def accounts() -> Any:
        names = request.args.get("username", "").split(",")
        emails = request.args.get("email", "").lower().split(",")
        known = {**state.people, ACCOUNT: ("", "hub@example.org")}
        found = [
            {"username": user, "name": name, "email": email, "is_active": True}
            for user, (name, email) in known.items()
            if user in names or email.lower() in emails
        ]
        return jsonify(found) if found else Response(status=404, mimetype="application/json")

    @app.get("/api/courses/v1/courses/")
    def courses() -> Any:
        size, number = min(int(request.args.get("page_size", 10)), 100), int(request.args.get("page", 1))
        org = request.args.get("org", "").lower()
        some = [one for one in state.courses.values() if not org or one.org.lower() == org]
        following = f"{request.base_url}?page={number + 1}&page_size={size}" if number * size < len(some) else None
        shown = [_course(one) for one in some[(number - 1) * size : number * size]]
        paging = {"next": following, "previous": None, "count": len(some), "num_pages": -(-len(some) // size)}
        return jsonify(results=shown, pagination=paging)

    @app.get("/api/courses/v1/courses/<key>/")
    def course(key: str) -> Any:
        if key not in state.courses:
            return _said(404, developer_message="Course not found.")
        return jsonify(_course(state.courses[key]))

    @app.get("/api/courses/v1/blocks/")
    def blocks() -> Any:
        found = state.courses.get(request.args.get("course_id", ""))
        if found is None:
            return _said(404, developer_message="Course not found.")
        user = request.args.get("username")
        if user is None and request.args.get("all_blocks") != "true":
            return _said(400, username=["This field is required unless all_blocks is requested."])
        fields = request.args.get("requested_fields", "").split(",")
        return jsonify(
            root=found.blocks[0].id, blocks={one.id: _block(state, one, user, fields) for one in found.blocks}
        )

    @app.get("/api/enrollment/v1/enrollments")
    def enrolments() -> Any:
        wanted, names = request.args.get("course_id"), request.args.get("username", "").split(",")
        rows = [
            {"created": "2026-09-01T08:00:00Z", "mode": "audit", "is_active": active, "user": user, "course_id": key}
            for (key, user), active in state.enrolled.items()
            if wanted in (None, key) and (names == [""] or user in names)
        ]
        return _cursor_page(rows, min(int(request.args.get("page_size", 100)), 100))

    @app.post("/api/enrollment/v1/enrollment")
    def enrol() -> Any:
        asked = request.get_json()
        user, key = asked["user"], asked["course_details"]["course_id"]
        if user not in state.people:
            return _said(406, message=f"The user {user} does not exist.")
        if key not in state.courses:
            return _said(400, message=f"No course '{key}' found for enrollment")
        state.enrolled[key, user] = asked.get("is_active", True)
        return jsonify(mode="audit", is_active=state.enrolled[key, user], user=user)

    @app.get("/api/grades/v1/courses/<key>/")
    def grades(key: str) -> Any:
        return _per_learner(state, key, lambda user: _grade(state, key, user), single_in_list=True)

    @app.get("/api/grades/v1/gradebook/<key>/")
    def gradebook(key: str) -> Any:
        return _per_learner(state, key, lambda user: _entry(state, key, user), single_in_list=False)

    return app


def _said(status: int, **body: Any) -> Response:
    answer = jsonify(**body)
    answer.status_code = status
    return answer


def _cursor_page(rows: list[Any], size: int) -> Any:
    start = int(base64.urlsafe_b64decode(request.args.get("cursor", "MA==")).decode())
    cursor = base64.urlsafe_b64encode(str(start + size).encode()).decode()
    # Behind a proxy the address that Django writes is often that of an inner host.
    following = f"http://inner-lms:8000{request.path}?cursor={cursor}" if start + size < len(rows) else None
    return jsonify(next=following, previous=None, results=rows[start : start + size])


def _per_learner(state: Lms, key: str, one: Any, *, single_in_list: bool) -> Any:
    if key not in state.courses:
        return _said(404, developer_message="Requested grade for unknown course", error_code="course_does_not_exist")
    user = request.args.get("username")
    if user is None:
        return _cursor_page([one(user) for user in state.usernames(key)], int(request.args.get("page_size", 50)))
    if not state.enrolled.get((key, user)):
        return _said(404, developer_message="The user is not enrolled in this course", error_code="user_not_enrolled")
    return jsonify([one(user)] if single_in_list else one(user))


def _course(course: LmsCourse) -> dict[str, Any]:
    number = course.id.split("+")[1]
    return {
        "blocks_url": f"/api/courses/v1/blocks/?course_id={course.id}", "effort": None, "end": None, "id": course.id,
        "course_id": course.id, "name": course.name, "number": number, "org": course.org, "short_description": None,
        "start": "2026-09-01T00:00:00Z", "start_type": "timestamp", "pacing": "self", "hidden": False,
        "invitation_only": False, "media": {},
    }  # fmt: skip


def _block(state: Lms, block: Block, user: str | None, fields: list[str]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": block.id,
        "block_id": block.id.rpartition("@")[2],
        "type": block.kind,
        "display_name": block.name,
        "lms_web_url": f"{state.url}/courses/x/jump_to/{block.id}",
    }
    if "children" in fields and block.children:
        told["children"] = block.children
    if "graded" in fields:
        told |= {"graded": block.graded, "due": block.due}
    if "completion" in fields and user is not None:
        told["completion"] = None if block.kind == "discussion" else float((user, block.id) in state.done)
    return told


def _grade(state: Lms, key: str, user: str) -> dict[str, Any]:
    percent, passed = state.totals.get((key, user), (0.0, False))
    return {"username": user, "email": "", "course_id": key, "passed": passed, "percent": percent, "letter_grade": None}


def _entry(state: Lms, key: str, user: str) -> dict[str, Any]:
    parts = [
        {"attempted": (user, one.id) in state.points, "category": "Homework", "label": "HW 01", "module_id": one.id,
         "percent": 0.0, "score_earned": state.points.get((user, one.id), (0, 0))[0],
         "score_possible": state.points.get((user, one.id), (0, 0))[1], "subsection_name": one.name}
        for one in state.courses[key].blocks
        if one.kind == "sequential" and one.graded
    ]  # fmt: skip
    return {**_grade(state, key, user), "user_id": 9, "full_name": "", "section_breakdown": parts}


def sample() -> Lms:
    """Two courses: one with a learner who has done a video and half a quiz, one empty."""
    key = "course-v1:TL+NUM+2026"
    block = "block-v1:TL+NUM+2026+type@{}+block@{}".format
    tree = [
        Block(block("course", "course"), "course", "Bases du numérique", [block("chapter", "debut")]),
        Block(block("chapter", "debut"), "chapter", "Début", [block("sequential", "s1"), block("sequential", "s2")]),
        Block(block("sequential", "s1"), "sequential", "Découvrir", [block("vertical", "u1")]),
        Block(block("vertical", "u1"), "vertical", "Unité", [block("video", "v1"), block("discussion", "d1")]),
        Block(block("video", "v1"), "video", "L’été à l’atelier"),
        Block(block("discussion", "d1"), "discussion", "Parlons-en"),
        Block(block("sequential", "s2"), "sequential", "Contrôle", [block("vertical", "u2")], graded=True),
        Block(block("vertical", "u2"), "vertical", "Unité 2", [block("problem", "p1")]),
        Block(block("problem", "p1"), "problem", "Questions", due="2026-12-01T22:59:00Z"),
    ]
    empty = "course-v1:TL+VIDE+2026"
    root = Block("block-v1:TL+VIDE+2026+type@course+block@course", "course", "Un cours vide")
    state = Lms(courses={key: LmsCourse(key, "Bases du numérique", blocks=tree),
                         empty: LmsCourse(empty, "Un cours vide", "AUTRE", [root])})  # fmt: skip
    state.people = {"emilie": ("Émilie Lefèvre", "emilie@example.org"), "dehors": ("Zoé Øst", "dehors@example.org")}
    state.enrolled[key, "emilie"] = True
    state.done.add(("emilie", block("video", "v1")))
    state.points["emilie", block("sequential", "s2")] = (10.0, 20.0)
    state.totals[key, "emilie"] = (0.5, False)
    return state
