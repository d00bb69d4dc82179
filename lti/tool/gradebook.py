"""A platform's gradebook seen from the tool (Assignment and Grade Services 2.0)."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from lti.errors import Code
from lti.registration import PlatformRegistration
from lti.scopes import LINE_ITEM, LINE_ITEM_READ, RESULT_READ, SCORE
from lti.tool.links import link_of
from lti.tool.ports import HttpAnswer, Transport
from lti.tool.tokens import RemoteError, ServiceTokens, json_of, send

MAX_ANSWER: Final = 4 * 1024 * 1024
MAX_PAGES: Final = 500
_ITEM: Final = "application/vnd.ims.lis.v2.lineitem+json"
_ITEMS: Final = "application/vnd.ims.lis.v2.lineitemcontainer+json"
_SCORE: Final = "application/vnd.ims.lis.v1.score+json"
_RESULTS: Final = "application/vnd.ims.lis.v2.resultcontainer+json"


@dataclass(frozen=True, slots=True)
class Column:
    """A line item. ``told`` keeps what the platform said besides."""

    id: str
    label: str
    score_maximum: float
    resource_id: str | None = None
    resource_link_id: str | None = None
    tag: str | None = None
    told: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class OutgoingScore:
    """A score to publish (section 3.4.9). ``given`` None with FullyGraded clears the grade. ``at`` (aware) must be
    later than that of any score sent before for this user and column."""

    user_id: str
    at: datetime
    given: float | None = None
    maximum: float | None = None
    activity_progress: str = "Completed"
    grading_progress: str = "FullyGraded"
    comment: str | None = field(default=None, repr=False)

    def to_json(self) -> dict[str, object]:
        """The body, with the instant in UTC to the microsecond."""
        told: dict[str, object | None] = {
            "userId": self.user_id,
            "timestamp": self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "activityProgress": self.activity_progress,
            "gradingProgress": self.grading_progress,
            "scoreGiven": self.given,
            "scoreMaximum": self.maximum if self.given is not None else None,
            "comment": self.comment,
        }
        return {name: value for name, value in told.items() if value is not None}


class GradebookClient:
    """The gradebook of one registration. Every method raises RemoteError."""

    def __init__(self, transport: Transport, tokens: ServiceTokens, registration: PlatformRegistration) -> None:
        self._transport = transport
        self._tokens = tokens
        self._registration = registration

    def columns(self, container: str, **filters: str) -> Iterator[Column]:
        """The line items, page after page; ``resource_link_id``, ``resource_id`` and ``tag`` filter."""
        for page in self._pages(with_query(container, filters), (LINE_ITEM_READ,), _ITEMS):
            yield from map(_column, page)

    def add_column(self, container: str, label: str, score_maximum: float, **more: str) -> Column:
        """Make a line item; ``more`` are the standard's own names (``resourceId``, ``resourceLinkId``, ``tag``)."""
        body = {"label": label, "scoreMaximum": score_maximum, **more}
        return _column(json_of(self._call("POST", container, (LINE_ITEM,), _ITEM, body)))

    def replace_column(self, column: Column, **changes: object) -> Column:
        """Change a line item; what it had besides goes back with it."""
        body = {**column.told, "id": column.id, **changes}
        return _column(json_of(self._call("PUT", column.id, (LINE_ITEM,), _ITEM, body)))

    def remove_column(self, column_id: str) -> None:
        """Remove a line item."""
        self._call("DELETE", column_id, (LINE_ITEM,), _ITEM)

    def post_score(self, column_id: str, score: OutgoingScore) -> int:
        """Publish a score; gives the platform's status."""
        return self._call("POST", below(column_id, "scores"), (SCORE,), _SCORE, score.to_json()).status

    def results(self, column_id: str, user_id: str | None = None) -> list[Mapping[str, Any]]:
        """The results that stand, of one user or of all, as the platform tells them."""
        url = with_query(below(column_id, "results"), {"user_id": user_id} if user_id else {})
        return [one for page in self._pages(url, (RESULT_READ,), _RESULTS) for one in page]

    def _pages(self, url: str, scopes: tuple[str, ...], media_type: str) -> Iterator[list[Mapping[str, Any]]]:
        following: str | None = url
        for _ in range(MAX_PAGES):
            if following is None:
                return
            answer = self._call("GET", following, scopes, media_type)
            page = json_of(answer)
            if not isinstance(page, list) or not all(isinstance(one, dict) for one in page):
                raise RemoteError(Code.REMOTE_NOT_UNDERSTOOD, status=answer.status)
            yield page
            following = link_of(answer.headers.get("link", ""), "next")
        raise RemoteError(Code.REMOTE_NOT_UNDERSTOOD, status=200, field="next")

    def _call(
        self, method: str, url: str, scopes: tuple[str, ...], media_type: str, body: Mapping[str, object] | None = None
    ) -> HttpAnswer:
        data = None if body is None else json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        for last in (False, True):
            headers = {"Authorization": f"Bearer {self._tokens.bearer(self._registration, scopes)}"}
            headers["Accept"] = media_type
            if data is not None:
                headers["Content-Type"] = media_type
            try:
                return send(self._transport, method, url, headers, data, MAX_ANSWER)
            except RemoteError as fault:
                if fault.status != 401 or last:
                    raise
                self._tokens.forget(self._registration)  # the platform may have forgotten it: one more, fresh
        raise AssertionError("unreachable")


def below(column_id: str, part: str) -> str:
    """The address of a line item's ``scores`` or ``results``: the query, if any, stays at the end (section 3.4.4)."""
    path, mark, query = column_id.partition("?")
    return f"{path.rstrip('/')}/{part}{mark}{query}"


def with_query(url: str, parameters: Mapping[str, str]) -> str:
    """The address with more parameters in its query."""
    return f"{url}{'&' if '?' in url else '?'}{urlencode(parameters)}" if parameters else url


def _column(told: object) -> Column:
    if not isinstance(told, dict) or not isinstance(told.get("id"), str):
        raise RemoteError(Code.REMOTE_NOT_UNDERSTOOD, status=200, field="id")
    try:
        maximum = float(told.get("scoreMaximum") or 0)
    except (TypeError, ValueError):
        raise RemoteError(Code.REMOTE_NOT_UNDERSTOOD, status=200, field="scoreMaximum") from None
    texts = [str(told[name]) if told.get(name) not in (None, "") else None for name in _TEXTS]
    return Column(told["id"], str(told.get("label", "")), maximum, texts[0], texts[1], texts[2], told)


_TEXTS: Final = ("resourceId", "resourceLinkId", "tag")
