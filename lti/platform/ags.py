"""Assignment and Grade Services 2.0 of one context: from request to response over the host's ``Gradebook``.

The host mounts one address, the line item container (``container_url``, without query), and hands over whatever comes
to it or below it::

    <container>                 GET POST         line items
    <container>/<id>            GET PUT DELETE   one line item
    <container>/<id>/scores     POST             publish a score
    <container>/<id>/results    GET              read results
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lti.errors import Code, ServiceRefused
from lti.parameters import is_text
from lti.platform import line_items, scores
from lti.platform.access import AccessTokens
from lti.platform.ags_call import Call
from lti.platform.gradebook import Gradebook, LineItem
from lti.platform.responses import ServiceResponse
from lti.platform.service import ServiceRequest, refusal
from lti.ports import AccessGrants, Clock, system_clock
from lti.scopes import LINE_ITEM, LINE_ITEM_READ, RESULT_READ, SCORE


@dataclass(frozen=True, slots=True)
class _Operation:
    """What one method does on one kind of address: any of ``scopes`` allows it; a body must be of ``media_type``."""

    run: Callable[[Call], ServiceResponse]
    scopes: frozenset[str]
    media_type: str | None = None


_READ: Final = frozenset({LINE_ITEM, LINE_ITEM_READ})
_WRITE: Final = frozenset({LINE_ITEM})

_CONTAINER: Final = {
    "GET": _Operation(line_items.list_line_items, _READ),
    "POST": _Operation(line_items.add_line_item, _WRITE, line_items.LINE_ITEM_TYPE),
}
_ITEM: Final = {
    "GET": _Operation(line_items.show_line_item, _READ),
    "PUT": _Operation(line_items.replace_line_item, _WRITE, line_items.LINE_ITEM_TYPE),
    "DELETE": _Operation(line_items.remove_line_item, _WRITE),
}
_BELOW_ITEM: Final = {
    "scores": {"POST": _Operation(scores.record_score, frozenset({SCORE}), scores.SCORE_TYPE)},
    "results": {"GET": _Operation(scores.list_results, frozenset({RESULT_READ}))},
}


class AssignmentGradeService:
    """The services of one context. Made for a request, inside the unit of work that the gradebook writes in."""

    def __init__(
        self,
        container_url: str,
        gradebook: Gradebook,
        tokens: AccessTokens,
        grants: AccessGrants,
        *,
        clock: Clock = system_clock,
    ) -> None:
        self._container_url = container_url
        self._gradebook = gradebook
        self._tokens = tokens
        self._grants = grants
        self._clock = clock

    def handle(self, request: ServiceRequest) -> ServiceResponse:
        """Answer a request. A refused one has written nothing."""
        try:
            operations, line_item_id = _route(request.path)
        except ServiceRefused as error:
            return refusal(error)
        operation = operations.get(request.method)
        if operation is None:
            return refusal(ServiceRefused(Code.METHOD_NOT_ALLOWED), {"Allow": ", ".join(operations)})
        try:
            return operation.run(self._authorise(request, operation, line_item_id))
        except ServiceRefused as error:
            return refusal(error)

    def _authorise(self, request: ServiceRequest, operation: _Operation, line_item_id: str) -> Call:
        now = self._clock()
        grant = self._tokens.recognise(request.authorization, self._grants, now)
        if not grant.scopes & operation.scopes:
            raise ServiceRefused(Code.SCOPE_INSUFFICIENT)
        if not self._gradebook.admits(grant.client_id):
            raise ServiceRefused(Code.OWNER_DIFFERENT)
        addressed = self._own_line_item(line_item_id, grant.client_id) if line_item_id else None
        if operation.media_type not in (None, request.media_type):
            raise ServiceRefused(Code.MEDIA_TYPE_UNSUPPORTED)
        return Call(request, self._gradebook, grant.client_id, self._container_url, now, addressed)

    def _own_line_item(self, line_item_id: str, client_id: str) -> LineItem:
        item = self._gradebook.line_item(line_item_id)
        if item is None:
            raise ServiceRefused(Code.LINE_ITEM_UNKNOWN)
        if item.client_id != client_id:
            raise ServiceRefused(Code.OWNER_DIFFERENT)
        return item


def _route(path: str) -> tuple[dict[str, _Operation], str]:
    if not is_text(path):
        raise ServiceRefused(Code.NOT_FOUND)
    parts = path.split("/")[1:]
    if not parts:
        return _CONTAINER, ""
    if parts[0] and len(parts) == 1:
        return _ITEM, parts[0]
    if parts[0] and len(parts) == 2 and parts[1] in _BELOW_ITEM:
        return _BELOW_ITEM[parts[1]], parts[0]
    raise ServiceRefused(Code.NOT_FOUND)
