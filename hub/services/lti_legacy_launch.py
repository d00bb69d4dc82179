"""The hub opens a tool by LTI 1.1 and takes its results: signed launches, Basic Outcomes, content items."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from hub.models.learning import Launch, Resource
from hub.models.platforms import LineItem, LtiSelection
from hub.services import lti_legacy_tools, lti_message, lti_selection
from hub.services.errors import NotFound
from hub.services.gradebook import SqlGradebook
from hub.services.lti_legacy_tools import LegacyTool
from hub.services.lti_ports import SqlOneTime
from hub.urls.addresses import legacy_outcomes, selection
from lti.content_items import ItemLineItem, ResourceLinkItem
from lti.errors import Code, LaunchRefused
from lti.legacy.content_items import LegacyItem, ask_selection, read_selection
from lti.legacy.launch import REPLAY_PURPOSE, launch_parameters
from lti.legacy.outward import OutcomePlace, launch_words, selection_words
from lti.platform.forms import FormPost
from lti.platform.gradebook import ActivityProgress, Effect, GradingProgress, Score

_ONE: Final = timedelta(microseconds=1)
_APART: Final = "."


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A form for a tool, before its signature."""

    url: str
    words: dict[str, str] = field(repr=False)
    found: LegacyTool = field(repr=False)

    def sign(self, now: datetime) -> FormPost:
        """The form to post."""
        key = self.found.key
        secret, method = key.secret.reveal(), self.found.method
        told = launch_parameters(self.url, key.consumer_key, secret, self.words, now=now, method=method)
        return FormPost(self.url, told)


def prepare(
    session: Session,
    launch: Launch,
    resource: Resource,
    tool_id: UUID,
    *,
    base: str,
    place: str,
    language: str,
    return_to: Callable[[UUID, UUID], str],
    now: datetime,
) -> Unsigned:
    """The launch of a link that was just recorded. Raises NotFound."""
    found = lti_legacy_tools.find(session, tool_id)
    facts = lti_message.Facts(found.tool, found.privacy, base, place, language, return_to, now)
    message = lti_message.compose(session, launch, resource, facts)
    item = lti_message.line_item_of(session, found.tool, resource)
    outcome = None
    if item is not None and found.may_score:
        outcome = OutcomePlace(legacy_outcomes(base), f"{item.id}{_APART}{message.user.sub}")
    return Unsigned(resource.url or found.key.launch_url, launch_words(message, found.privacy, outcome), found)


class SqlOutcomes:
    """``lti.legacy.outcomes.Outcomes`` over the gradebook: a result goes through the same door as a score of AGS."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now

    def replace(self, consumer_key: str, sourcedid: str, share: float) -> bool:
        """Enter a result. LTI 1.1 says nothing of completion: only a full result is one."""
        complete = ActivityProgress.COMPLETED if share >= 1 else ActivityProgress.IN_PROGRESS
        return self._record(consumer_key, sourcedid, share, complete)

    def read(self, consumer_key: str, sourcedid: str) -> float | None:
        """The result that stands. Raises LookupError for an unknown sourcedid."""
        found = self._found(consumer_key, sourcedid)
        if found is None:
            raise LookupError
        book, item, sub = found
        line = book.line_item(str(item.id))
        results = book.results(line, sub, None, 1).items if line is not None else ()
        return min(1.0, results[0].given / results[0].maximum) if results else None

    def delete(self, consumer_key: str, sourcedid: str) -> bool:
        """Take a result away: the mark is cleared, and a completion that it said."""
        return self._record(consumer_key, sourcedid, None, ActivityProgress.IN_PROGRESS)

    def _record(self, consumer_key: str, sourcedid: str, share: float | None, progress: ActivityProgress) -> bool:
        found = self._found(consumer_key, sourcedid)
        if found is None:
            return False
        book, item, sub = found
        line = book.line_item(str(item.id))
        if line is None:
            return False
        last = book.lock_score(line, sub)
        at = self._now if last is None else max(self._now, last + _ONE)
        effect = Effect.CLEAR if share is None else Effect.ENTER
        maximum = None if share is None else item.score_maximum
        given = None if share is None else share * item.score_maximum
        book.record_score(line, Score(sub, progress, GradingProgress.FULLY_GRADED, at, effect, given, maximum))
        return True

    def _found(self, consumer_key: str, sourcedid: str) -> tuple[SqlGradebook, LineItem, str] | None:
        """The column and the user of a sourcedid, where both are of the tool that signed."""
        key, mark, sub = sourcedid.partition(_APART)
        tool = lti_legacy_tools.of_consumer_key(self._session, consumer_key)
        try:
            item = self._session.get(LineItem, UUID(key)) if mark and tool else None
        except ValueError:
            return None
        if tool is None or not tool.may_score or item is None or item.tool_id != tool.tool.id:
            return None
        book = SqlGradebook(self._session, tool.tool.id, self._now)
        return (book, item, sub) if book.has_user(tool.tool.client_id, sub) else None


def ask(session: Session, row: LtiSelection, *, base: str, place: str, language: str, now: datetime) -> FormPost:
    """The signed form that opens a tool's picker for a visit. Raises NotFound."""
    found = lti_legacy_tools.find(session, row.tool_id)
    url = found.tool.registration.get("selection_uri")
    if not url:
        raise NotFound(lti_tool=str(row.tool_id))
    message = lti_selection.request_of(session, row, base=base, place=place, language=language)
    words = selection_words(message, found.privacy)
    key, back = found.key, selection(base, str(row.id))
    form = ask_selection(
        url, key.consumer_key, key.secret.reveal(), back, words, now=now, data=message.offer.data or ""
    )
    return FormPost(url, form)


def read_answer(
    session: Session, row: LtiSelection, pairs: Sequence[tuple[str, str]], *, base: str, now: datetime
) -> tuple[LegacyItem, ...]:
    """What a tool's signed answer brings, once. Raises NotFound, LaunchRefused."""
    found = lti_legacy_tools.find(session, row.tool_id)
    told = dict(pairs)
    if told.get("oauth_consumer_key") != found.key.consumer_key or len(told) != len(pairs):
        raise LaunchRefused(Code.CLIENT_UNKNOWN)
    data = lti_selection.offer_of(session, row, base).data or ""
    items = read_selection(selection(base, str(row.id)), pairs, found.key.secret.reveal(), data=data)
    nonce = f"{found.key.consumer_key} {told.get('oauth_nonce', '')}"
    if not told.get("oauth_nonce") or not SqlOneTime(session).consume(REPLAY_PURPOSE, nonce, row.expires_at):
        raise LaunchRefused(Code.MESSAGE_REPLAYED)
    return items


def put(row: LtiSelection, items: Sequence[LegacyItem], message: str) -> None:
    """Keep what came back as items of Deep Linking, which the designer's page knows."""
    row.items = [_item(one) for one in items]
    row.message = message[:500]
    row.state = lti_selection.ANSWERED


def _item(one: LegacyItem) -> dict[str, Any]:
    line = ItemLineItem(scoreMaximum=one.maximum, label=one.title) if one.maximum is not None else None
    return ResourceLinkItem(
        title=one.title, text=one.text or None, url=one.url, custom=dict(one.custom) or None, lineItem=line
    ).to_json()
