"""The clients of a platform's services, against what a real Moodle answered and what others do."""

import json
from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest

from lti.errors import KeySetUnavailable
from lti.roles import ContextRole
from lti.signed import read_unverified
from lti.tool.gradebook import GradebookClient, OutgoingScore, below
from lti.tool.key_sets import CachedPlatformKeys
from lti.tool.links import link_of
from lti.tool.roster import RosterClient
from lti.tool.tokens import RemoteError
from tests.fakes.lti_platform import FixedClock
from tests.lti.tool.world import PLATFORM, Remote, answer, exchanges, registration, tokens

ITEMS = f"{PLATFORM}/mod/lti/services.php/2/lineitems?type_id=1"
ITEM = f"{PLATFORM}/mod/lti/services.php/2/lineitems/18/lineitem?type_id=1"
MEMBERS = f"{PLATFORM}/mod/lti/services.php/CourseSection/2/bindings/1/memberships"


@pytest.fixture
def remote() -> Remote:
    return Remote()


@pytest.fixture
def book(remote: Remote) -> GradebookClient:
    return GradebookClient(remote, tokens(remote, FixedClock()), registration())


def test_columns_of_a_moodle_are_read_page_after_page(remote: Remote, book: GradebookClient) -> None:
    first = exchanges()["lineitems limit=1"]
    following = link_of(first["link"], "next")
    assert following == f"{ITEMS}&limit=1&from=1"
    remote.on("GET", ITEMS, answer(first["body"], link=first["link"]))
    remote.on("GET", following, answer([{"id": f"{ITEM}&b", "label": "B", "scoreMaximum": "20.0", "resourceId": 7}]))
    columns = list(book.columns(ITEMS))
    assert [(c.label, c.score_maximum, c.resource_id, c.resource_link_id) for c in columns] == [
        ("Ressource du hub", 100.0, None, "1"),
        ("B", 20.0, "7", None),
    ]


def test_a_score_goes_below_the_line_item_with_its_query_at_the_end(remote: Remote, book: GradebookClient) -> None:
    url = below(ITEM, "scores")
    assert url == f"{PLATFORM}/mod/lti/services.php/2/lineitems/18/lineitem/scores?type_id=1"
    remote.on("POST", url, answer("", 200))
    at = datetime(2026, 11, 23, 10, 16, 2, 5, tzinfo=UTC)
    assert book.post_score(ITEM, OutgoingScore("7", at, given=16, maximum=20, comment="Bravo")) == 200
    method, _, headers, body = remote.sent[-1]
    assert (method, headers["Content-Type"]) == ("POST", "application/vnd.ims.lis.v1.score+json")
    assert json.loads(body or b"") == {
        "userId": "7", "timestamp": "2026-11-23T10:16:02.000005Z", "activityProgress": "Completed",
        "gradingProgress": "FullyGraded", "scoreGiven": 16, "scoreMaximum": 20, "comment": "Bravo",
    }  # fmt: skip


@pytest.mark.parametrize(("status", "transient"), [(409, False), (400, False), (404, False), (429, True), (503, True)])
def test_a_refused_score_says_whether_to_try_again(
    status: int, transient: bool, remote: Remote, book: GradebookClient
) -> None:
    remote.on("POST", below(ITEM, "scores"), answer([], status))
    with pytest.raises(RemoteError) as caught:
        book.post_score(ITEM, OutgoingScore("7", datetime.now(UTC), given=1, maximum=1))
    assert (caught.value.status, caught.value.transient) == (status, transient)


def test_no_answer_is_worth_another_try(book: GradebookClient) -> None:
    with pytest.raises(RemoteError) as caught:
        book.post_score("https://elsewhere.example/1", OutgoingScore("7", datetime.now(UTC)))
    assert caught.value.transient


def test_a_token_is_fetched_once_and_again_when_the_platform_forgot_it(remote: Remote, book: GradebookClient) -> None:
    results = f"{below(ITEM, 'results')}"
    remote.on("GET", results, answer(exchanges()["results"]["body"]))
    assert [one["resultScore"] for one in book.results(ITEM)] == [90]
    book.results(ITEM)
    assert remote.count(f"{PLATFORM}/token") == 1
    remote.on("GET", results, answer({}, 401), answer([]))
    assert book.results(ITEM) == []
    assert remote.count(f"{PLATFORM}/token") == 2


def test_the_client_assertion_has_one_audience_as_text(remote: Remote, book: GradebookClient) -> None:
    remote.on("GET", ITEMS, answer([]))
    list(book.columns(ITEMS))
    form = parse_qs((remote.sent[0][3] or b"").decode())
    claims = read_unverified(form["client_assertion"][0]).claims
    assert (claims["aud"], claims["iss"], claims["sub"]) == (f"{PLATFORM}/token", "client-1", "client-1")
    assert claims["exp"] - claims["iat"] == 60
    assert "_json" not in claims


def test_a_new_token_is_asked_for_shortly_before_the_old_one_expires(remote: Remote) -> None:
    clock = FixedClock()
    kept = tokens(remote, clock)
    kept.bearer(registration(), ["s"])
    clock.advance(seconds=3500)
    kept.bearer(registration(), ["s"])
    assert remote.count(f"{PLATFORM}/token") == 1
    clock.advance(seconds=80)
    kept.bearer(registration(), ["s"])
    assert remote.count(f"{PLATFORM}/token") == 2


@pytest.fixture
def roster(remote: Remote) -> RosterClient:
    return RosterClient(remote, tokens(remote, FixedClock()), registration())


def test_the_role_filter_that_moodle_drops_is_put_back(remote: Remote, roster: RosterClient) -> None:
    first = exchanges()["members role"]
    remote.on("GET", f"{MEMBERS}?role=Learner&limit=2", answer(first["body"], link=first["link"]))
    remote.on("GET", f"{MEMBERS}?limit=2&from=2&role=Learner", answer({"members": []}))
    found = roster.read(MEMBERS, role="Learner", limit=2)
    assert [member.text("lis_person_sourcedid") for member in found.members] == ["TL-2026-03", "TL-2026-16"]
    assert all(member.roles.has(ContextRole.LEARNER) for member in found.members)
    assert found.context["label"] == "CNB-2026"
    assert found.differences is None


def test_the_messages_of_members_come_with_a_resource_link(remote: Remote, roster: RosterClient) -> None:
    told = exchanges()["members rlid"]["body"]
    remote.on("GET", f"{MEMBERS}?rlid=1", answer(told))
    (message,) = roster.read(MEMBERS, rlid="1").members[0].messages
    assert message["https://purl.imsglobal.org/spec/lti/claim/message_type"] == "LtiResourceLinkRequest"


def test_differences_tell_who_left(remote: Remote, roster: RosterClient) -> None:
    since = f"{MEMBERS}?since=672638"
    link = f'<{MEMBERS}?p=2>; rel="next", <{since}>; rel="differences"'
    remote.on("GET", MEMBERS, answer({"members": [{"user_id": "5", "roles": ["Learner"]}]}, link=link))
    remote.on("GET", f"{MEMBERS}?p=2", answer({"members": [{"user_id": 6, "roles": []}]}))
    first = roster.read(MEMBERS)
    assert ([m.user_id for m in first.members], first.differences) == (["5", "6"], since)
    remote.on("GET", since, answer({"members": [{"user_id": "5", "status": "Deleted", "roles": ["Learner"]}]}))
    (left,) = roster.read(first.differences or "").members
    assert (left.user_id, left.status) == ("5", "Deleted")


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"members": 7}'])
def test_a_roster_that_is_none_is_an_error(body: bytes, remote: Remote, roster: RosterClient) -> None:
    remote.on("GET", MEMBERS, answer(body))
    with pytest.raises(RemoteError):
        roster.read(MEMBERS)


def test_keys_known_before_stay_good_while_the_platform_is_down(remote: Remote) -> None:
    now = [0.0]
    keys = CachedPlatformKeys(remote, lifetime=100, cool_down=10, pause=5, monotonic=lambda: now[0])
    url = f"{PLATFORM}/jwks"
    with pytest.raises(KeySetUnavailable):
        keys.key_set(registration(), refresh=False)
    with pytest.raises(KeySetUnavailable):
        keys.key_set(registration(), refresh=False)
    assert remote.count(url) == 1  # not asked again within the pause
    now[0] = 6
    remote.on("GET", url, answer({"keys": []}))
    assert keys.key_set(registration(), refresh=False) == {"keys": []}
    now[0] = 200
    remote.on("GET", url, answer(b"", 503))
    assert keys.key_set(registration(), refresh=True) == {"keys": []}


def test_ten_launches_cause_one_fetch_of_keys(remote: Remote) -> None:
    keys = CachedPlatformKeys(remote)
    remote.on("GET", f"{PLATFORM}/jwks", answer({"keys": []}))
    for _ in range(10):
        keys.key_set(registration(), refresh=False)
    assert remote.count(f"{PLATFORM}/jwks") == 1
