"""The score and result services (Assignment and Grade Services 2.0, sections on these services)."""

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from lti.errors import Code, ServiceRefused
from lti.platform.ags_bodies import ScoreBody, read_body, unknown_members
from lti.platform.ags_call import Call, number
from lti.platform.gradebook import Effect, GradingProgress, LineItem, Result, Score
from lti.platform.responses import ServiceResponse
from lti.platform.service import page_response, read_page_query

SCORE_TYPE: Final = "application/vnd.ims.lis.v1.score+json"
AHEAD: Final = timedelta(minutes=10)
"""How far ahead of ours a tool's clock may be believed."""
RESULT_CONTAINER_TYPE: Final = "application/vnd.ims.lis.v2.resultcontainer+json"


def record_score(call: Call) -> ServiceResponse:
    """POST on a line item's scores. The answer has no body.

    The later timestamp wins, whatever the order of arrival: one that is not strictly later than the last recorded for
    that user is refused and changes nothing. A tool whose clock is wrong must not block its own later scores: one from
    more than ``AHEAD`` in the future counts as of now, and so does such a one recorded before.
    """
    item = call.line_item()
    score = _read_score(call)
    if not call.gradebook.has_user(call.client_id, score.user_id):
        raise ServiceRefused(Code.USER_UNKNOWN, "userId")
    latest = call.gradebook.lock_score(item, score.user_id)
    if latest is not None and score.timestamp <= _believed(latest, call.now):
        raise ServiceRefused(Code.SCORE_NOT_NEWER, "timestamp")
    call.gradebook.record_score(item, score)
    # 200 rather than 204: Moodle as a tool takes anything but exactly 200 for a failure.
    return ServiceResponse(200, {"Cache-Control": "no-store"})


def list_results(call: Call) -> ServiceResponse:
    """GET on a line item's results: those that stand, of present members, scaled to the line item's maximum."""
    item = call.line_item()
    query = read_page_query(call.request.query, "user_id")
    page = call.gradebook.results(item, query.filters.get("user_id"), query.after, query.limit)
    content = [_to_json(call, item, result) for result in page.items if result.is_member]
    return page_response(content, RESULT_CONTAINER_TYPE, f"{call.item_url(item)}/results", query, page.next)


def _read_score(call: Call) -> Score:
    body = read_body(ScoreBody, call.request.body)
    return Score(
        user_id=body.userId,
        activity_progress=body.activityProgress,
        grading_progress=body.gradingProgress,
        timestamp=_believed(body.timestamp, call.now),
        effect=_effect(body),
        given=body.scoreGiven,
        maximum=body.scoreMaximum,
        comment=body.comment,
        scoring_user_id=body.scoringUserId,
        extra=unknown_members(body),
    )


def _believed(timestamp: datetime, now: datetime) -> datetime:
    return now if timestamp > now + AHEAD else timestamp


def _effect(body: ScoreBody) -> Effect:
    if body.scoreGiven is None:
        return Effect.CLEAR
    return Effect.ENTER if body.gradingProgress is GradingProgress.FULLY_GRADED else Effect.KEEP


def _to_json(call: Call, item: LineItem, result: Result) -> dict[str, object]:
    url, maximum = call.item_url(item), item.content.score_maximum
    members = {
        "id": f"{url}/results?{urlencode({'user_id': result.user_id})}",
        "scoreOf": url,
        "userId": result.user_id,
        "resultScore": number(result.given * maximum / result.maximum),
        "resultMaximum": number(maximum),
        "comment": result.comment,
        "scoringUserId": result.scoring_user_id,
    }
    return {name: value for name, value in members.items() if value is not None}
