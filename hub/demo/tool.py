"""Campus numérique, a partner of the demo: a site of small courses that is opened by LTI 1.3 and posts scores back."""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from urllib.parse import urlsplit

from flask import Flask, Response, abort, jsonify, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from connectors.errors import ConnectorError
from hub.demo.tool_content import COURSES, PASS, Course
from hub.demo.tool_protocol import LaunchRefused, ToolLaunch, ToolProtocol

Clock = Callable[[], datetime]
LOGINS = 5
"""Launches that one browser may have under way at once."""


def create_tool(base: str, protocol: ToolProtocol, clock: Clock) -> Flask:
    """The WSGI application. ``base``: its own address; ``clock`` dates the scores (aware)."""
    app = Flask(__name__, static_folder=None)
    # No SameSite: the platform's answer is a POST from another site, and must find the state that was left here.
    app.config.update(SECRET_KEY=secrets.token_bytes(32), SESSION_COOKIE_NAME="campus-session")

    @app.get("/")
    def home() -> str:
        return render_template("campus/home.html", courses=COURSES.values())

    @app.get("/jwks")
    def jwks() -> Response:
        return jsonify(protocol.key_set())

    @app.route("/login", methods=["GET", "POST"])
    def login() -> BaseResponse:
        state, nonce = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        address = protocol.authentication_request(request.values.to_dict(), f"{base}/launch", state, nonce)
        waiting = dict(session.get("logins", {}))
        session["logins"] = dict([*waiting.items(), (state, nonce)][-LOGINS:])
        return redirect(address, 302)

    @app.post("/launch")
    def launch() -> BaseResponse:
        waiting = dict(session.get("logins", {}))
        nonce = waiting.pop(request.form.get("state", ""), None)
        session["logins"] = waiting
        if nonce is None:
            raise LaunchRefused("state")
        opened = protocol.validate(request.form.get("id_token", ""), nonce)
        slug = _slug(base, opened.target)
        session["launch"] = asdict(opened)
        session["form_key"] = secrets.token_urlsafe(16)
        return redirect(url_for("course", slug=slug), 303)

    @app.get("/course/<slug>")
    def course(slug: str) -> str:
        opened = _opened()
        return render_template(
            "campus/course.html", course=_course(slug), launch=opened, form_key=session.get("form_key", "")
        )

    @app.post("/course/<slug>/quiz")
    def quiz(slug: str) -> BaseResponse | tuple[str, int]:
        found, opened = _course(slug), _opened()
        if opened is None or not hmac.compare_digest(
            request.form.get("form_key", "").encode(), str(session.get("form_key", "")).encode()
        ):
            abort(400)
        answers = _answers(found)
        if len(answers) < len(found.questions):
            missing = [n for n in range(len(found.questions)) if n not in answers]
            page = render_template(
                "campus/course.html",
                course=found,
                launch=opened,
                form_key=session["form_key"],
                answers=answers,
                missing=missing,
            )
            return page, 422
        session["result"] = {"slug": slug, "answers": {str(n): place for n, place in answers.items()}}
        session["result"]["sent"] = _send(protocol, opened, found, answers, clock())
        return redirect(url_for("result", slug=slug), 303)

    @app.get("/course/<slug>/result")
    def result(slug: str) -> str | BaseResponse:
        found, told = _course(slug), session.get("result") or {}
        if told.get("slug") != slug:
            return redirect(url_for("course", slug=slug), 303)
        answers = {int(number): place for number, place in told["answers"].items()}
        points = found.right_answers(answers)
        return render_template(
            "campus/result.html",
            course=found,
            launch=_opened(),
            answers=answers,
            points=points,
            passed=points >= PASS * len(found.questions),
            sent=told["sent"],
        )

    @app.errorhandler(LaunchRefused)
    def refused(_: LaunchRefused) -> tuple[str, int]:
        return render_template("campus/refused.html"), 400

    @app.errorhandler(400)
    @app.errorhandler(404)
    def missing(error: Exception) -> tuple[str, int]:
        return render_template("campus/refused.html"), getattr(error, "code", 400)

    return app


def _course(slug: str) -> Course:
    found = COURSES.get(slug)
    if found is None:
        abort(404)
    return found


def _opened() -> ToolLaunch | None:
    told = session.get("launch")
    return ToolLaunch(**told) if told else None


def _slug(base: str, target: str) -> str:
    """The course that the message names. Raises LaunchRefused for an address that is not one of ours."""
    parts, own = urlsplit(target), urlsplit(base)
    slug = parts.path.removeprefix("/course/")
    if (parts.scheme, parts.netloc) != (own.scheme, own.netloc) or slug not in COURSES:
        raise LaunchRefused("target_link_uri")
    return slug


def _answers(course: Course) -> dict[int, int]:
    """Number of the question -> place of the choice, for those answered."""
    found = {}
    for number, question in enumerate(course.questions):
        typed = request.form.get(f"q{number}", "")
        if typed.isascii() and typed.isdigit() and int(typed) < len(question.choices):
            found[number] = int(typed)
    return found


def _send(protocol: ToolProtocol, opened: ToolLaunch, course: Course, answers: dict[int, int], at: datetime) -> bool:
    """Post the score; False when the platform did not take it (the learner is told, and may try again)."""
    if not opened.line_item:
        return False
    points = course.right_answers(answers)
    comment = f"{points} bonnes réponses sur {len(course.questions)}"
    try:
        protocol.send_score(opened, points, len(course.questions), comment, at)
    except ConnectorError:
        return False
    return True
