"""Playing a package: the hub's page around the content's frame, a new attempt, and the staff's preview."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug import Response as Redirect

from hub.db.directory import normal_host
from hub.services import catalogue, my_paths
from hub.services.enrolments import step_of
from hub.services.play import attempts, tokens
from hub.services.play.formats.booklet import needs_no_sandbox
from hub.urls.content import content_origin
from hub.web.access import access
from hub.web.context import here
from hub.web.cookies import framed
from hub.web.render import page
from hub.web.security import loosen

blueprint = Blueprint("play", __name__)


@blueprint.get("/play/<uuid:attempt_id>")
@access("learner")
def show(attempt_id: UUID) -> Response:
    """One's own attempt, played: begun or gone on with."""
    where = here()
    attempts.require_host(where.installation.config)
    with where.tenant.read() as session:
        attempt = attempts.view(session, attempt_id, where.me.person_id)
        my_paths.own(session, attempt.enrolment_id, where.me.person_id)
    back = url_for("step.step_page", enrolment_id=attempt.enrolment_id, step_id=attempt.step_id)
    shown = Shown(attempt.resource_id, attempt.package_id, attempt.title, attempt.sandboxed)
    return _page(shown, back, attempt)


@blueprint.post("/play/<uuid:attempt_id>/again")
@access("learner")
def again(attempt_id: UUID) -> Redirect:
    """A new attempt; the one before is kept."""
    where, me = here(), here().me.person_id
    with where.tenant.write() as session:
        before = attempts.own(session, attempt_id, me)
        enrolment = my_paths.own(session, before.enrolment_id, me)
        step = step_of(session, enrolment, before.step_id)
        made = attempts.begin_again(session, attempt_id, me, step, where.now)
    return redirect(url_for("play.show", attempt_id=made), 303)


@blueprint.get("/catalogue/<uuid:entry_id>/preview")
@access("designer", "administrator", "trainer", "mediator")
def preview(entry_id: UUID) -> Response:
    """Any package as a learner would see it; nothing is kept of it."""
    where = here()
    attempts.require_host(where.installation.config)
    with where.tenant.read() as session:
        entry = catalogue.get(session, entry_id)
        package = attempts.playable(session, entry_id)
    sandboxed = not needs_no_sandbox(package.format, package.file_name)
    shown = Shown(entry_id, package.id, entry.title, sandboxed)
    return _page(shown, url_for("catalogue.entry", entry_id=entry_id), None)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the frame shows."""

    resource_id: UUID
    package_id: UUID
    title: str
    sandboxed: bool


def _page(shown: Shown, back: str, attempt: attempts.AttemptView | None) -> Response:
    where = here()
    vault, key = where.installation.vault, where.record.key
    origin = content_origin(where.installation.config, tokens.label_of(vault, key, shown.resource_id))
    loosen("form-action", origin)
    loosen("frame-src", origin)
    given = tokens.Ticket(
        key, normal_host(request.host), _around(), shown.package_id, attempt.id if attempt else None,
        where.me.person_id, secrets.token_hex(16), where.translator.lang,
    )  # fmt: skip
    answer = page(
        "play/play.html",
        title=shown.title,
        sandboxed=shown.sandboxed,
        back_href=back,
        attempt=attempt,
        again_href=url_for("play.again", attempt_id=attempt.id) if attempt else "",
        action=f"{origin}/enter",
        ticket=tokens.ticket(vault, given, where.now),
    )
    # Content that opens a window of its own looks for its player in the opener.
    answer.headers["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups"
    return answer


def _around() -> str:
    """The partner's platform that shows the hub in a frame at this moment; its origin stands around the content too."""
    signed_in = here().signed_in
    return (signed_in.framed_by or "") if signed_in is not None and framed() else ""
