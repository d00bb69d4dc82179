"""Names and Role Provisioning Services 2.0 of one context: from request to response over the host's ``Roster``.

The host mounts one address. Members come a page at a time, in the host's stable order; the last page carries the link
``differences``, which later brings only who came, changed or left since (``status`` ``Deleted``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol
from urllib.parse import urlencode

from lti import claims
from lti.claims import Context
from lti.errors import Code, ServiceRefused
from lti.platform.access import AccessTokens
from lti.platform.gradebook import Page
from lti.platform.responses import ServiceResponse
from lti.platform.service import PageQuery, ServiceRequest, json_response, read_page_query, refusal
from lti.ports import AccessGrants, Clock, system_clock
from lti.registration import PrivacyPolicy
from lti.roles import Role, read_role
from lti.scopes import MEMBERS_READ

CONTAINER_TYPE: Final = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"


class MemberStatus(StrEnum):
    """Whether somebody is a member; ``Deleted`` only among differences."""

    ACTIVE = "Active"
    INACTIVE = "Inactive"
    DELETED = "Deleted"


@dataclass(frozen=True, slots=True)
class Member:
    """A member as the tool is to know them: ``user_id`` is the ``sub`` of their launches. Personal data leave by the
    registration's policy only. ``custom`` are the custom parameters that their launch of the link would carry."""

    user_id: str
    roles: tuple[Role, ...]
    status: MemberStatus = MemberStatus.ACTIVE
    name: str | None = field(default=None, repr=False)
    given_name: str | None = field(default=None, repr=False)
    family_name: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    person_sourcedid: str | None = field(default=None, repr=False)
    locale: str | None = None
    custom: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """Keep the members that have all the values given here. ``role``: held, also through a sub-role. ``since``: the
    host's mark of an earlier reading; then also those who left since."""

    role: Role | None = None
    resource_link_id: str | None = None
    since: str | None = None


class Roster(Protocol):
    """The members of one context, read by one registration. ``members`` raises ``ServiceRefused(QUERY_INVALID)`` for a
    cursor or mark that the host never gave."""

    def admits(self, client_id: str) -> bool:
        """Whether that registration has something to do in this context."""
        ...

    def privacy(self) -> PrivacyPolicy:
        """Which personal data that registration is sent."""
        ...

    def context(self) -> Context:
        """The context as launches name it."""
        ...

    def has_resource_link(self, client_id: str, resource_link_id: str) -> bool:
        """Whether the context has that resource link, and it is that registration's."""
        ...

    def members(self, chosen: MemberFilter, after: str | None, limit: int) -> Page[Member]:
        """At most ``limit`` members that follow the cursor, in a stable order."""
        ...

    def mark(self) -> str:
        """The mark of now, for asking later what changed since."""
        ...


class MembershipService:
    """The service of one context. ``url`` is its public address, without query."""

    def __init__(
        self, url: str, roster: Roster, tokens: AccessTokens, grants: AccessGrants, *, clock: Clock = system_clock
    ) -> None:
        self._url = url
        self._roster = roster
        self._tokens = tokens
        self._grants = grants
        self._clock = clock

    def handle(self, request: ServiceRequest) -> ServiceResponse:
        """Answer a request. Writes nothing."""
        if request.path not in ("", "/"):
            return refusal(ServiceRefused(Code.NOT_FOUND))
        if request.method != "GET":
            return refusal(ServiceRefused(Code.METHOD_NOT_ALLOWED), {"Allow": "GET"})
        try:
            return self._answer(request)
        except ServiceRefused as error:
            return refusal(error)

    def _answer(self, request: ServiceRequest) -> ServiceResponse:
        grant = self._tokens.recognise(request.authorization, self._grants, self._clock())
        if MEMBERS_READ not in grant.scopes:
            raise ServiceRefused(Code.SCOPE_INSUFFICIENT)
        if not self._roster.admits(grant.client_id):
            raise ServiceRefused(Code.OWNER_DIFFERENT)
        query = read_page_query(request.query, "role", "rlid", "since", "mark")
        link = query.filters.get("rlid")
        if link is not None and not self._roster.has_resource_link(grant.client_id, link):
            raise ServiceRefused(Code.RESOURCE_LINK_UNKNOWN, "rlid")
        # The mark is taken with the first page: who joins while the pages are read is in the next differences.
        mark = query.filters.get("mark") or self._roster.mark()
        page = self._page(query, link)
        content = {
            "id": self._url,
            "context": self._roster.context().to_json(),
            "members": [self._to_json(member, link) for member in page.items],
        }
        return json_response(200, content, CONTAINER_TYPE, {"Link": self._links(query, page.next, mark)})

    def _page(self, query: PageQuery, link: str | None) -> Page[Member]:
        wanted = query.filters.get("role")
        role = read_role(wanted) if wanted is not None else None
        if wanted is not None and role is None:
            # No member can hold a role that no vocabulary has.
            return Page(())
        return self._roster.members(MemberFilter(role, link, query.filters.get("since")), query.after, query.limit)

    def _links(self, query: PageQuery, cursor: str | None, mark: str) -> str:
        """RFC 8288: to the next page, or on the last one to the differences; filters are kept."""
        kept = {name: query.filters[name] for name in ("role", "rlid") if name in query.filters}
        if cursor is None:
            return f'<{self._url}?{urlencode({**kept, "since": mark})}>; rel="differences"'
        again = {name: query.filters[name] for name in ("since",) if name in query.filters}
        following = {**kept, **again, "limit": query.limit, "after": cursor, "mark": mark}
        return f'<{self._url}?{urlencode(following)}>; rel="next"'

    def _to_json(self, member: Member, link: str | None) -> dict[str, object]:
        told: dict[str, object] = {
            "user_id": member.user_id,
            "status": member.status.value,
            "roles": [role.value for role in member.roles],
        }
        if member.status is MemberStatus.DELETED:
            return told
        told |= self._personal(member)
        if link is not None:
            told["message"] = [_message(member)]
        return told

    def _personal(self, member: Member) -> dict[str, object]:
        policy = self._roster.privacy()
        found: dict[str, object] = {}
        if policy.send_name:
            found |= {"name": member.name, "given_name": member.given_name, "family_name": member.family_name}
        if policy.send_email:
            found["email"] = member.email
        if policy.send_person_sourcedid:
            found["lis_person_sourcedid"] = member.person_sourcedid
        return {name: value for name, value in found.items() if value}


def _message(member: Member) -> dict[str, object]:
    """The part of a launch of that link which is the member's own (section 2.3)."""
    told: dict[str, object] = {claims.MESSAGE_TYPE: claims.RESOURCE_LINK_REQUEST}
    if member.locale:
        told["locale"] = member.locale
    if member.custom:
        told[claims.CUSTOM] = dict(member.custom)
    return told
