"""After a launch: the person is signed in, in this window or, where a frame keeps no cookie, in a new one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from flask import Response, request, session, url_for

from hub.services import lti_in_teacher, sessions
from hub.services.lti_in_launch import Landing
from hub.services.lti_ports import SqlOneTime
from hub.web import cookies
from hub.web.context import here
from hub.web.render import go, page
from hub.web.views import _lti_in as shared
from lti.errors import Code, LaunchRefused
from lti.urls import origin_of

TICKET: Final = "lti-arrival"
MINUTES: Final = 5


def arrived(found: Landing, origins: tuple[str, ...] = ()) -> Response:
    """The answer to a launch that holds. ``origins``: the platform's addresses, which may frame what comes."""
    in_frame = cookies.framed()
    if in_frame:
        shared.may_frame(*origins)
    target = "_blank" if in_frame else "_self"
    if found.teaching and not found.proved:
        return _teacher(found, target)
    if found.person_id is None:
        ticket = shared.seal("lti-prove", {"user": str(found.user_id), "next": _next(found)}, 15)
        return page("lti_in/prove.html", ticket=ticket, target=target)
    frame = next(iter(sorted(o for o in map(origin_of, origins) if o)), None) if in_frame else None
    return _enter(found.person_id, found.proved, _next(found), frame, origins)


def _teacher(found: Landing, target: str) -> Response:
    """A partner's teacher sees the path, and may prove an account of the hub."""
    with here().tenant.read() as unit:
        view = lti_in_teacher.overview(unit, found.target.path_id)
    ticket = shared.seal("lti-prove", {"user": str(found.user_id), "next": "/"}, 15) if found.user_id else ""
    return page("lti_in/teacher.html", view=view, ticket=ticket, target=target)


def _next(found: Landing) -> str:
    if found.enrolment_id is None:
        return "/"
    if found.target.step_id is not None:
        return url_for("step.step_page", enrolment_id=found.enrolment_id, step_id=found.target.step_id)
    return url_for("learner.one_path", enrolment_id=found.enrolment_id)


def _enter(person_id: UUID, proved: bool, onward: str, frame: str | None, origins: tuple[str, ...]) -> Response:
    token = _start(person_id, proved, frame)
    if frame is None:
        response = go(onward)
        cookies.set_session(response, token, shared=True)
        return response
    told = {"person": str(person_id), "proved": proved, "next": onward, "origins": list(origins)}
    ticket = shared.seal(TICKET, told, MINUTES)
    response = page("lti_in/arrive.html", ticket=ticket)
    cookies.set_session(response, token, shared=True, framed=True)
    return response


def _start(person_id: UUID, proved: bool, frame: str | None) -> str:
    where = here()
    session.clear()
    with where.tenant.write() as unit:
        return sessions.start(
            unit,
            where.vault,
            person_id,
            where.now,
            shared=False,
            how=sessions.PROVED if proved else sessions.UNPROVED,
            ending=cookies.session_token(),
            framed_by=frame,
        )


def arrive(text: str) -> Response:
    """The second step in a frame: the cookie came back, or a new window takes the ticket instead."""
    where, told = here(), shared.unseal(TICKET, text)
    if told is None:
        return shared.refuse(LaunchRefused(Code.STATE_EXPIRED))
    onward = str(told["next"])
    if where.signed_in is not None and str(where.signed_in.viewer.person_id) == told["person"]:
        _use_up(text)
        return go(onward)
    if cookies.framed():
        shared.may_frame(*map(str, told["origins"]))
        return page("lti_in/window.html", action=url_for("lti_links.arriving"), fields={"ticket": text}, method="post")
    if not _use_up(text):
        return shared.refuse(LaunchRefused(Code.MESSAGE_REPLAYED))
    return _enter(UUID(told["person"]), bool(told["proved"]), onward, None, ())


def _use_up(text: str) -> bool:
    where = here()
    until = where.now + timedelta(minutes=MINUTES)
    with where.tenant.write() as unit:
        return SqlOneTime(unit).consume("lti-arrival", text, until)


def ticket_of(purpose: str) -> dict[str, Any] | None:
    """What the sealed note in the present form says."""
    return shared.unseal(purpose, request.form.get("ticket", ""))
