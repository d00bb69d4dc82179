"""After a launch: the person is signed in, in this window or, where a frame keeps no cookie, in a new one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from flask import Response, request, session, url_for

from hub.services import lti_in_teacher, sessions
from hub.services.lti_in_launch import Landing
from hub.services.lti_ports import SqlOneTime
from hub.web import cookies, frames
from hub.web.context import here
from hub.web.render import go, page
from hub.web.views import _lti_in as shared
from hub.web.views._lti import Unit
from lti.errors import Code, LaunchRefused
from lti.urls import origin_of

TICKET: Final = "lti-arrival"
MINUTES: Final = 5


def begin(unit: Unit, found: Landing | Code | None, origins: tuple[str, ...]) -> str | None:
    """Sign in whoever a launch is proven to bring, in the unit that used the launch up: one commit a launch. None where
    nobody is signed in (yet)."""
    if not isinstance(found, Landing) or found.person_id is None or (found.teaching and not found.proved):
        return None
    return _start(unit, found.person_id, found.proved, _frame(origins))


def _frame(origins: tuple[str, ...]) -> str | None:
    """The site that shows us in a frame, None where no frame is."""
    if not cookies.framed():
        return None
    return next(iter(sorted(o for o in map(origin_of, origins) if o)), None)


def arrived(found: Landing, origins: tuple[str, ...] = (), token: str | None = None) -> Response:
    """The answer to a launch that holds. ``origins``: the platform's addresses, which may frame what comes; ``token``:
    see `begin`."""
    in_frame = cookies.framed()
    if in_frame:
        shared.may_frame(*origins)
    target = "_blank" if in_frame else "_self"
    if found.teaching and not found.proved:
        return _teacher(found, target)
    if found.person_id is None or token is None:
        ticket = shared.seal("lti-prove", {"user": str(found.user_id), "next": _next(found)}, 15)
        return page("lti_in/prove.html", ticket=ticket, target=target)
    session.clear()
    frame = _frame(origins)
    if frame is not None:
        frames.remember(frame, found.return_url)
    return _enter(token, found.person_id, found.proved, _next(found), frame, origins)


def _teacher(found: Landing, target: str) -> Response:
    """A partner's teacher sees the path, and may prove an account of the hub."""
    with here().tenant.read() as unit:
        view = lti_in_teacher.overview(unit, found.target.path_id)
    ticket = shared.seal("lti-prove", {"user": str(found.user_id), "next": "/"}, 15) if found.user_id else ""
    return page(
        "lti_in/teacher.html", view=view, ticket=ticket, target=target, review=found.review, is_review=found.is_review
    )


def _next(found: Landing) -> str:
    if found.enrolment_id is None:
        return "/"
    if found.target.step_id is not None:
        return url_for("step.step_page", enrolment_id=found.enrolment_id, step_id=found.target.step_id)
    return url_for("learner.one_path", enrolment_id=found.enrolment_id)


def _enter(
    token: str, person_id: UUID, proved: bool, onward: str, frame: str | None, origins: tuple[str, ...]
) -> Response:
    if frame is None:
        response = go(onward)
        cookies.set_session(response, token, shared=True)
        return response
    told = {"person": str(person_id), "proved": proved, "next": onward, "origins": list(origins)}
    ticket = shared.seal(TICKET, told, MINUTES)
    response = page("lti_in/arrive.html", ticket=ticket)
    cookies.set_session(response, token, shared=True, framed=True)
    return response


def _start(unit: Unit, person_id: UUID, proved: bool, frame: str | None) -> str:
    where = here()
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
        with where.tenant.write() as unit:
            _first_use(unit, text)
        return go(onward)
    if cookies.framed():
        shared.may_frame(*map(str, told["origins"]))
        return page("lti_in/window.html", action=url_for("lti_links.arriving"), fields={"ticket": text}, method="post")
    person_id, proved = UUID(told["person"]), bool(told["proved"])
    with where.tenant.write() as unit:
        token = _start(unit, person_id, proved, None) if _first_use(unit, text) else None
    if token is None:
        return shared.refuse(LaunchRefused(Code.MESSAGE_REPLAYED))
    session.clear()
    return _enter(token, person_id, proved, onward, None, ())


def _first_use(unit: Unit, text: str) -> bool:
    return SqlOneTime(unit).consume("lti-arrival", text, here().now + timedelta(minutes=MINUTES))


def ticket_of(purpose: str) -> dict[str, Any] | None:
    """What the sealed note in the present form says."""
    return shared.unseal(purpose, request.form.get("ticket", ""))
