"""The members of a context seen from the tool (Names and Role Provisioning Services 2.0)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from lti.errors import Code
from lti.registration import PlatformRegistration
from lti.roles import Roles, read_roles
from lti.tool.gradebook import MAX_PAGES, with_query
from lti.tool.links import link_of
from lti.tool.ports import Transport
from lti.tool.tokens import RemoteError, ServiceTokens, json_of, send

SCOPE: Final = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
MAX_ANSWER: Final = 16 * 1024 * 1024
_MEDIA_TYPE: Final = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"


@dataclass(frozen=True, slots=True)
class Member:
    """A member. ``status`` is ``Active``, ``Inactive`` or (among differences) ``Deleted``."""

    user_id: str
    status: str
    roles: Roles
    told: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def text(self, name: str) -> str | None:
        """A member of the answer that is text (``name``, ``email``, ``lis_person_sourcedid``)."""
        value = self.told.get(name)
        return value if isinstance(value, str) and value else None

    @property
    def messages(self) -> list[Mapping[str, Any]]:
        """The claims of the member's own launches, where ``rlid`` asked for them (section 2.4.4)."""
        told = self.told.get("message")
        return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []


@dataclass(frozen=True, slots=True)
class Roster:
    """The members read; ``differences`` is where changes since then are read, None where the platform has none."""

    members: tuple[Member, ...]
    differences: str | None
    context: Mapping[str, Any] = field(default_factory=dict)


class RosterClient:
    """The rosters of one registration."""

    def __init__(self, transport: Transport, tokens: ServiceTokens, registration: PlatformRegistration) -> None:
        self._transport = transport
        self._tokens = tokens
        self._registration = registration

    def read(self, url: str, *, role: str | None = None, limit: int | None = None, rlid: str | None = None) -> Roster:
        """The members at ``context_memberships_url``, or the changes at an address of ``differences``.

        Pages are followed; filters that a platform forgets in its next page (Moodle drops ``role``) are put back.
        Raises RemoteError.
        """
        asked = {"role": role, "rlid": rlid, "limit": None if limit is None else str(limit)}
        wanted = {name: value for name, value in asked.items() if value is not None}
        following: str | None = with_query(url, wanted)
        members: dict[str, Member] = {}
        context: Mapping[str, Any] = {}
        differences: str | None = None
        for _ in range(MAX_PAGES):
            if following is None:
                return Roster(tuple(members.values()), differences, context)
            headers = {"Authorization": f"Bearer {self._tokens.bearer(self._registration, (SCOPE,))}"}
            answer = send(self._transport, "GET", following, {**headers, "Accept": _MEDIA_TYPE}, None, MAX_ANSWER)
            page = json_of(answer)
            members |= {member.user_id: member for member in _members(page)}
            context = page.get("context") or context
            link = answer.headers.get("link", "")
            differences = link_of(link, "differences") or differences
            following = _kept(link_of(link, "next"), {k: v for k, v in wanted.items() if k != "limit"})
        raise RemoteError(Code.REMOTE_NOT_UNDERSTOOD, status=200, field="next")


def _members(page: object) -> list[Member]:
    told = page.get("members") if isinstance(page, dict) else None
    if not isinstance(told, list):
        raise RemoteError(Code.REMOTE_NOT_UNDERSTOOD, status=200, field="members")
    return [_member(one) for one in told if isinstance(one, dict) and one.get("user_id") not in (None, "")]


def _member(told: Mapping[str, Any]) -> Member:
    roles = told.get("roles")
    texts = [role for role in roles if isinstance(role, str)] if isinstance(roles, list) else []
    return Member(str(told["user_id"]), str(told.get("status") or "Active"), read_roles(texts), told)


def _kept(url: str | None, filters: Mapping[str, str]) -> str | None:
    if url is None:
        return None
    there = parse_qs(urlsplit(url).query)
    return with_query(url, {name: value for name, value in filters.items() if name not in there})
