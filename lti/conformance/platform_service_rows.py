"""Rows against a platform: its services (S) and its taking of deep linking responses (D)."""

import json
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from lti import claims as names
from lti.conformance.browser import Browser
from lti.conformance.platform_rows import PlatformRow, reaction
from lti.conformance.rows import Expect, Finding, Reaction, Row, Verdict, compared
from lti.conformance.tool_double import Answer, ToolDouble
from lti.scopes import LINE_ITEM, MEMBERS_READ, SCORE

LINE_ITEM_TYPE: Final = "application/vnd.ims.lis.v2.lineitem+json"
SCORE_TYPE: Final = "application/vnd.ims.lis.v1.score+json"
AGS, NRPS, DL = "AGS 2.0", "NRPS 2.0", "Deep Linking 2.0 4.5"


def _with_query(url: str, **query: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"


def _below(url: str, part: str) -> str:
    path, _, query = url.partition("?")
    return f"{path}/{part}" + (f"?{query}" if query else "")


def _endpoint(tool: ToolDouble) -> dict[str, Any]:
    told = tool.launch().get(names.AGS_ENDPOINT)
    if not isinstance(told, dict):
        raise ValueError("the launch offers no gradebook")
    return told


def _item(tool: ToolDouble, **members: Any) -> Answer:
    body = {"label": "Conformance", "scoreMaximum": 10, **members}
    sent = json.dumps({name: value for name, value in body.items() if value is not None}).encode()
    headers = {**tool.bearer(), "Content-Type": LINE_ITEM_TYPE}
    return tool.call("POST", _endpoint(tool)["lineitems"], headers, sent)


def _post_item(id_: str, title: str, **members: Any) -> PlatformRow:
    def run(tool: ToolDouble) -> Finding:
        return compared(reaction(_item(tool)), reaction(_item(tool, **members)), title)

    return Row(id_, f"{AGS} line items", title, Expect.REFUSE, run)


def _score(tool: ToolDouble, url: str, user: str, media_type: str = SCORE_TYPE, **members: Any) -> Answer:
    body = {
        "userId": user,
        "scoreGiven": 7,
        "scoreMaximum": 10,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": datetime.now(UTC).isoformat(),
        **members,
    }
    sent = json.dumps({name: value for name, value in body.items() if value is not None}).encode()
    return tool.call("POST", _below(url, "scores"), {**tool.bearer(), "Content-Type": media_type}, sent)


def _scored(id_: str, title: str, expects: Expect = Expect.REFUSE, **changes: Any) -> PlatformRow:
    def run(tool: ToolDouble) -> Finding:
        url, user = _item(tool).json()["id"], tool.claims["sub"]
        control = reaction(_score(tool, url, user))
        later = {"timestamp": (datetime.now(UTC) + timedelta(seconds=1)).isoformat(), **changes}
        changed = reaction(_score(tool, url, later.pop("userId", user), **later))
        if expects is Expect.REFUSE:
            return compared(control, changed, title)
        both = control.accepted and changed.accepted
        return Finding(Verdict.OK if both else Verdict.FAILED, title, changed.told)

    return Row(id_, f"{AGS} scores", title, expects, run)


def _without_token(tool: ToolDouble) -> Finding:
    url = _endpoint(tool)["lineitems"]
    control = reaction(tool.call("GET", url, tool.bearer()))
    answer = tool.call("GET", url)
    found = compared(control, reaction(answer), "no bearer token")
    return found if answer.status == 401 else Finding(Verdict.FAILED, found.sent, found.came_back)


def _wrong_scope(tool: ToolDouble) -> Finding:
    url = _endpoint(tool)["lineitems"]
    control = reaction(tool.call("GET", url, tool.bearer(LINE_ITEM)))
    return compared(control, reaction(tool.call("GET", url, tool.bearer(SCORE))), "a token of another scope")


def _paged(tool: ToolDouble) -> Finding:
    made = {_item(tool, tag="paged").json()["id"] for _ in range(3)}
    url, seen = _with_query(_endpoint(tool)["lineitems"], tag="paged", limit="2"), set()
    for _ in range(20):
        answer = tool.call("GET", url, tool.bearer())
        seen |= {item["id"] for item in answer.json() or []}
        following = _next(answer)
        if not following:
            break
        url = following
    whole = made <= seen
    return Finding(Verdict.OK if whole else Verdict.FAILED, "pages of two line items", f"{len(seen)} line items in all")


def _next(answer: Answer) -> str:
    link = answer.headers.get("Link", "")
    return link.partition(">")[0][1:] if 'rel="next"' in link else ""


def _single_line_item(tool: ToolDouble) -> Finding:
    told = _endpoint(tool)
    link = tool.claims[names.RESOURCE_LINK]["id"]
    bound = tool.call("GET", _with_query(told["lineitems"], resource_link_id=link), tool.bearer()).json() or []
    right = ("lineitem" in told) == (len(bound) == 1)
    told_so = "lineitem claim" if "lineitem" in told else "no lineitem claim"
    return Finding(Verdict.OK if right else Verdict.FAILED, "a launch", f"{told_so}, {len(bound)} bound to the link")


def _members(tool: ToolDouble) -> Finding:
    told = tool.launch().get(names.NRPS_SERVICE)
    if not isinstance(told, dict):
        return Finding(Verdict.NOT_RUN, "a request for members", "the launch offers no members")
    link = tool.claims[names.RESOURCE_LINK]["id"]
    url = _with_query(told["context_memberships_url"], rlid=link, limit="1000")
    answer = tool.call("GET", url, tool.bearer(MEMBERS_READ))
    listed = (answer.json() or {}).get("members", [])
    me = [member for member in listed if member.get("user_id") == tool.claims["sub"]]
    right = len(me) == 1 and bool(me[0].get("roles")) and bool(me[0].get("message"))
    return Finding(
        Verdict.OK if right else Verdict.FAILED, "members with rlid", f"{answer.status}, {len(listed)} members"
    )


SERVICES: Final[list[PlatformRow]] = [
    Row("S1", "RFC 6750 3.1", "no bearer token", Expect.REFUSE, _without_token),
    Row("S1", "RFC 6750 3.1", "a token of another scope", Expect.REFUSE, _wrong_scope),
    _post_item("S2", "a line item without label", label=None),
    _post_item("S2", "a line item with scoreMaximum 0", scoreMaximum=0),
    _post_item("S2", "a line item without scoreMaximum", scoreMaximum=None),
    _post_item("S2", "a line item of a foreign resource link", resourceLinkId="nothing-of-ours"),
    Row("S2", f"{AGS} line items", "limit and next give every line item", Expect.ACCEPT, _paged),
    _scored("S4", "a score of the wrong media type", media_type="application/json"),
    _scored("S4", "a score without timestamp", timestamp=None),
    _scored("S4", "a timestamp without zone", timestamp="2030-01-01T00:00:00"),
    _scored("S4", "a timestamp older than the stored one", timestamp="2020-01-01T00:00:00Z"),
    _scored("S4", "scoreGiven without scoreMaximum", scoreMaximum=None),
    _scored("S4", "a negative score", scoreGiven=-1),
    _scored("S4", "a score above the maximum", Expect.ACCEPT, scoreGiven=12),
    _scored("S4", "a user nobody knows", userId="nobody"),
    Row("S6", NRPS, "the member who launched, with rlid", Expect.ACCEPT, _members),
    Row("S7", f"{AGS} claim", "lineitem only where exactly one exists", Expect.ACCEPT, _single_line_item),
]


# --- deep linking

Change = Callable[[dict[str, Any]], object]
LINK: Final = {"type": "ltiResourceLink", "title": "Conformance"}


def _respond(tool: ToolDouble, change: Change | None = None, token: str = "") -> tuple[Reaction, str]:
    """Begin a selection and answer it; what came back, and the token sent."""
    told = tool.launch(tool.platform.select)
    settings, now = told[names.DEEP_LINKING_SETTINGS], int(time.time())
    response = {
        "iss": tool.client_id,
        "aud": told["iss"],
        "iat": now,
        "exp": now + 60,
        "nonce": secrets.token_urlsafe(12),
        names.MESSAGE_TYPE: names.DEEP_LINKING_RESPONSE,
        names.LTI_VERSION: names.VERSION,
        names.DEPLOYMENT_ID: told[names.DEPLOYMENT_ID],
        names.CONTENT_ITEMS: [LINK],
        **({names.DEEP_LINKING_DATA: settings["data"]} if "data" in settings else {}),
    }
    if change is not None:
        change(response)
    return _posted(tool, settings["deep_link_return_url"], token or tool.key.sign(response))


def _posted(tool: ToolDouble, url: str, token: str) -> tuple[Reaction, str]:
    # From the tool's page, so without the platform's cookies (SameSite).
    page = Browser().post(url, {"JWT": token})
    told = f"{page.status}" + (" and on" if page.location else "")
    return Reaction(page.status < 400, told, page.status >= 500), token


def _answers(id_: str, title: str, change: Change, expects: Expect = Expect.REFUSE) -> PlatformRow:
    def run(tool: ToolDouble) -> Finding:
        if tool.platform.select is None:
            return Finding(Verdict.NOT_RUN, title, "no way to begin a selection was given")
        return compared(_respond(tool)[0], _respond(tool, change)[0], title)

    return Row(id_, DL, title, expects, run)


def _twice(tool: ToolDouble) -> Finding:
    if tool.platform.select is None:
        return Finding(Verdict.NOT_RUN, "the same response twice", "no way to begin a selection was given")
    first, token = _respond(tool)
    url = tool.claims[names.DEEP_LINKING_SETTINGS]["deep_link_return_url"]
    return compared(first, _posted(tool, url, token)[0], "the same response twice")


def _items(*items: Any) -> Change:
    return lambda claims: claims.__setitem__(names.CONTENT_ITEMS, list(items))


def _put(name: str, value: object) -> Change:
    return lambda claims: claims.__setitem__(name, value)


def _drop(name: str) -> Change:
    return lambda claims: claims.pop(name, None)


SELECTIONS: Final[list[PlatformRow]] = [
    _answers("D1", "aud is another platform", _put("aud", "https://other.example.org")),
    _answers("D2", "iss is another client", _put("iss", "nobody")),
    _answers("D3", "another deployment_id", _put(names.DEPLOYMENT_ID, "another")),
    _answers("D4", "no deployment_id", _drop(names.DEPLOYMENT_ID)),
    _answers("D5", "version 1.2.0", _put(names.LTI_VERSION, "1.2.0")),
    _answers("D6", "no nonce", _drop("nonce")),
    _answers("D7", "no exp", _drop("exp")),
    _answers("D8", "another message_type", _put(names.MESSAGE_TYPE, names.RESOURCE_LINK_REQUEST)),
    _answers("D9", "an item without type", _items({"title": "x"})),
    _answers("D10", "an item at javascript:", _items({"type": "link", "url": "javascript:alert(1)"})),
    Row("D11", DL, "the same response twice", Expect.REFUSE, _twice),
    _answers("D12", "data is not the one sent", _put(names.DEEP_LINKING_DATA, "another")),
    _answers("D14", "an item of a type never accepted", _items({"type": "https://example.org/custom"})),
]
