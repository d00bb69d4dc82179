"""What all services have in common: the request, paging, and refusals as responses."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from lti.errors import Code, LtiError, ServiceRefused
from lti.parameters import Parameters, single_valued
from lti.platform.responses import ServiceResponse

DEFAULT_PAGE: Final = 100
MAX_PAGE: Final = 1000

_STATUS: Final = {
    Code.BEARER_MISSING: 401,
    Code.BEARER_INVALID: 401,
    Code.SCOPE_INSUFFICIENT: 403,
    Code.OWNER_DIFFERENT: 403,
    Code.NOT_FOUND: 404,
    Code.LINE_ITEM_UNKNOWN: 404,
    Code.RESOURCE_LINK_UNKNOWN: 404,
    Code.USER_UNKNOWN: 404,
    Code.METHOD_NOT_ALLOWED: 405,
    Code.SCORE_NOT_NEWER: 409,
    Code.BODY_TOO_LARGE: 413,
    Code.MEDIA_TYPE_UNSUPPORTED: 415,
}
_CHALLENGES: Final = {
    # RFC 6750 section 3: no error code where no token came.
    Code.BEARER_MISSING: 'Bearer realm="lti"',
    Code.BEARER_INVALID: 'Bearer realm="lti", error="invalid_token"',
    Code.SCOPE_INSUFFICIENT: 'Bearer realm="lti", error="insufficient_scope"',
}


@dataclass(frozen=True, slots=True)
class ServiceRequest:
    """An HTTP request to a service. ``path`` is what follows the service's own address, percent-decoded: empty for the
    address itself, else it begins with a slash."""

    method: str
    path: str = ""
    query: Parameters = field(default_factory=dict)
    authorization: str | None = field(default=None, repr=False)
    content_type: str | None = None
    body: bytes = field(default=b"", repr=False)

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case."""
        return (self.content_type or "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class PageQuery:
    """The query of a list: its filters, and the page wanted."""

    filters: Mapping[str, str]
    after: str | None
    limit: int


def read_page_query(query: Parameters, *filters: str) -> PageQuery:
    """``limit`` (1 and more; more than 1,000 count as 1,000), ``after`` (a cursor that a ``next`` link gave) and the
    named filters. Other parameters are ignored. Raises ServiceRefused (QUERY_INVALID)."""
    try:
        given = single_valued(query)
    except LtiError:
        raise ServiceRefused(Code.QUERY_INVALID) from None
    limit = given.get("limit", str(DEFAULT_PAGE))
    if not (limit.isascii() and limit.isdigit() and len(limit) < 10 and int(limit) > 0):
        raise ServiceRefused(Code.QUERY_INVALID, "limit")
    chosen = {name: given[name] for name in filters if name in given}
    return PageQuery(chosen, given.get("after"), min(int(limit), MAX_PAGE))


def json_response(
    status: int, content: object, media_type: str, headers: Mapping[str, str] | None = None
) -> ServiceResponse:
    """A response with a JSON body; never cached, as it is about people."""
    body = json.dumps(content, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
    return ServiceResponse(status, {"Content-Type": media_type, "Cache-Control": "no-store", **(headers or {})}, body)


def page_response(content: object, media_type: str, url: str, page: PageQuery, cursor: str | None) -> ServiceResponse:
    """A page of a list, with the link to the next one (RFC 8288), which keeps filters and limit."""
    headers = {}
    if cursor is not None:
        query = urlencode({**page.filters, "limit": page.limit, "after": cursor})
        headers["Link"] = f'<{url}?{query}>; rel="next"'
    return json_response(200, content, media_type, headers)


def refusal(error: ServiceRefused, headers: Mapping[str, str] | None = None) -> ServiceResponse:
    """The response to a refused request: the stable code, and the member or parameter at fault."""
    content = {"error": error.code.value} if error.field is None else {"error": error.code.value, "field": error.field}
    challenge = _CHALLENGES.get(error.code)
    extra = {**(headers or {}), **({"WWW-Authenticate": challenge} if challenge else {})}
    return json_response(_STATUS.get(error.code, 400), content, "application/json", extra)
