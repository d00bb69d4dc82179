"""Who we are on an Open edX and what we may do there: an LMS has no list of functions, so one of each is tried."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from connectors.capabilities import Capability, Negotiation
from connectors.errors import RemoteRefused, RemoteRejected
from connectors.openedx import routes
from connectors.openedx.client import OpenEdxClient
from connectors.openedx.values import required
from connectors.records import Notice, RemoteSite
from connectors.values import items, mapping

STOPS = (400, 403, 404)


@dataclass
class _Tried:
    """What was learnt so far: for each route that lacks something, what."""

    lacking: dict[str, str] = field(default_factory=dict)

    def one(self, route: str, ask: Callable[[], Any]) -> Any:
        """The answer; None where a right lacks or the route is not there. Other faults go on."""
        try:
            return ask()
        except (RemoteRefused, RemoteRejected) as refused:
            if refused.status not in STOPS:
                raise
            needed = ", ".join(routes.RIGHTS.get(route, ())) if refused.status == 403 else f"endpoint:{route}"
            self.lacking[route] = needed or f"endpoint:{route}"
            return None


@dataclass(frozen=True)
class Examined:
    """A negotiation, and for each route that lacks something what (a right, or ``endpoint:<route>``)."""

    negotiation: Negotiation
    lacking: Mapping[str, str]


def examine(client: OpenEdxClient, org: str) -> Examined:
    """Ask for ourselves, a course, an enrolment, our account; then for grades, gradebook and blocks of the course."""
    me = required(mapping(client.get(routes.ME), "me"), "username")
    tried = _Tried()
    asked = {"page_size": "1", **({"org": org} if org else {})}
    listed = tried.one(routes.COURSES, lambda: client.get(routes.COURSES, asked))
    tried.one(routes.ENROLMENTS, lambda: client.get(routes.ENROLMENTS, {"page_size": "1"}))
    tried.one(routes.ACCOUNTS, lambda: client.get(routes.ACCOUNTS, {"username": me}))
    courses = items(mapping(listed, "courses").get("results"), "courses") if listed is not None else []
    notices: list[Notice] = []
    if courses:
        course = required(courses[0], "id")
        _grades(client, tried, course)
    else:
        notices.append(Notice("site", "courses", "the account sees no course"))
    site = RemoteSite(urlsplit(client.site_url).netloc, client.site_url, "", "", me, me,
                      features=frozenset(client.scopes))  # fmt: skip
    missing = _missing(tried.lacking)
    if routes.GRADEBOOK in tried.lacking:
        notices.append(Notice("site", "gradebook", "grades of subsections are closed"))
    found = {"gradebook": "no" if routes.GRADEBOOK in tried.lacking else "yes", "account": me}
    possible = frozenset(routes.REQUIRED) - missing.keys()
    return Examined(Negotiation(site, possible, missing, tuple(notices), found), tried.lacking)


def _grades(client: OpenEdxClient, tried: _Tried, course: str) -> None:
    key = quote(course, safe=":+")
    one = {"page_size": "1"}
    tried.one(routes.GRADES, lambda: client.get(f"{routes.GRADES}{key}/", one))
    tried.one(routes.GRADEBOOK, lambda: client.get(f"{routes.GRADEBOOK}{key}/", one))
    asked = {"course_id": course, "all_blocks": "true", "depth": "0"}
    tried.one(routes.BLOCKS, lambda: client.get(routes.BLOCKS, asked))


def _missing(lacking: dict[str, str]) -> dict[Capability, tuple[str, ...]]:
    """What each capability lacks. Names of people may lack; grades are read where either way is open; acts go by the
    same right as the list of enrolments."""
    found: dict[Capability, tuple[str, ...]] = {}
    for capability, needed in routes.REQUIRED.items():
        gaps = [lacking[route] for route in needed if route in lacking]
        if capability is Capability.GRADES and len(gaps) < len(needed):
            gaps = []
        if capability is Capability.ROSTER and routes.ENROLMENTS not in lacking:
            gaps = []
        if capability in (Capability.ENROL, Capability.UNENROL) and routes.ENROLMENTS in lacking:
            gaps = [lacking[routes.ENROLMENTS]]
        if gaps:
            found[capability] = tuple(dict.fromkeys(gaps))
    return found
