"""Picking content inside a tool: rows D1 to D15. Every refusal is the accepted response with one thing changed."""

import json
from typing import Any

import pytest

from lti import Browser, Code, ConfigurationError, SelectionRefused
from lti.claims import DEEP_LINKING_REQUEST, DEEP_LINKING_SETTINGS
from lti.content_items import FileItem, HtmlItem, ImageItem, LinkItem, ResourceLinkItem
from lti.platform.launch import Accepted
from lti.platform.message import LaunchUser, SelectionLaunch, answer_selection, selection_claims
from lti.platform.selection import Picked, SelectionEndpoint, SelectionOffer
from lti.roles import ContextRole
from lti.signed import read_unverified
from tests.lti.world import ISSUER, LEARNER, World, key_pair, registration
from tests.shared import shared_path

DL = "https://purl.imsglobal.org/spec/lti-dl/claim"
LTI = "https://purl.imsglobal.org/spec/lti/claim"
RETURN = f"{ISSUER}/lti/selections/7"
OFFER = SelectionOffer(RETURN, "data-of-the-hub", accept_multiple=True)
LINK = {"type": "ltiResourceLink", "title": "Quiz", "url": "https://tool-1.example.net/quiz/1"}


def claims(world: World, *items: Any, **changes: Any) -> dict[str, Any]:
    """A correct response, but for ``changes``: a value of ``...`` takes the claim away."""
    now = int(world.clock.now.timestamp())
    told = {
        "iss": "tool-1",
        "aud": ISSUER,
        "iat": now,
        "exp": now + 60,
        "nonce": "n-1",
        f"{LTI}/message_type": "LtiDeepLinkingResponse",
        f"{LTI}/version": "1.3.0",
        f"{LTI}/deployment_id": "dep-1",
        f"{DL}/data": "data-of-the-hub",
        f"{DL}/content_items": list(items) or [LINK],
    }
    names = {"version": LTI, "deployment_id": LTI, "message_type": LTI, "data": DL, "content_items": DL, "msg": DL}
    told |= {f"{names[name]}/{name}" if name in names else name: value for name, value in changes.items()}
    return {name: value for name, value in told.items() if value is not ...}


def verify(world: World, told: dict[str, Any], *, signer: str = "tool-1", offer: SelectionOffer = OFFER) -> Picked:
    endpoint = SelectionEndpoint(ISSUER, world.key_sets, clock=world.clock)
    return endpoint.verify(key_pair(signer).sign(told), world.tool, "dep-1", offer)


def refusal(world: World, told: dict[str, Any], **how: Any) -> SelectionRefused:
    assert verify(world, claims(world)).items, "the correct response is accepted in the same run"
    with pytest.raises(SelectionRefused) as refused:
        verify(world, told, **how)
    return refused.value


@pytest.mark.parametrize(
    ("row", "changes", "code"),
    [
        ("D1", {"aud": "https://other.example.org"}, Code.RESPONSE_AUDIENCE_WRONG),
        ("D1", {"aud": [ISSUER, "https://other.example.org"]}, Code.RESPONSE_AUDIENCE_WRONG),
        ("D1", {"aud": ...}, Code.RESPONSE_AUDIENCE_WRONG),
        ("D2", {"iss": "tool-2"}, Code.RESPONSE_CLIENT_WRONG),
        ("D2", {"iss": ...}, Code.RESPONSE_CLIENT_WRONG),
        ("D3", {"deployment_id": "dep-2"}, Code.RESPONSE_DEPLOYMENT_WRONG),
        ("D4", {"deployment_id": ...}, Code.RESPONSE_DEPLOYMENT_WRONG),
        ("D5", {"version": "1.3"}, Code.RESPONSE_VERSION_WRONG),
        ("D5", {"version": ...}, Code.RESPONSE_VERSION_WRONG),
        ("D6", {"nonce": ...}, Code.RESPONSE_CLAIM_MISSING),
        ("D6", {"nonce": ""}, Code.RESPONSE_CLAIM_MISSING),
        ("D7", {"exp": ...}, Code.RESPONSE_CLAIM_MISSING),
        ("D7", {"exp": "soon"}, Code.RESPONSE_CLAIM_MISSING),
        ("D7", {"exp": 1}, Code.RESPONSE_EXPIRED),
        ("D7", {"exp": 4_000_000_000}, Code.RESPONSE_EXPIRED),
        ("D7", {"iat": ...}, Code.RESPONSE_CLAIM_MISSING),
        ("D8", {"message_type": "LtiResourceLinkRequest"}, Code.RESPONSE_TYPE_WRONG),
        ("D8", {"message_type": ...}, Code.RESPONSE_TYPE_WRONG),
        ("D12", {"data": "other"}, Code.RESPONSE_DATA_DIFFERENT),
        ("D12", {"data": ...}, Code.RESPONSE_DATA_DIFFERENT),
        ("D13", {"content_items": [LINK] * 101}, Code.ITEMS_TOO_MANY),
        ("D9", {"content_items": "none"}, Code.ITEM_INVALID),
    ],
)
def test_a_response_with_one_fault_is_refused(world: World, row: str, changes: dict[str, Any], code: Code) -> None:
    assert refusal(world, claims(world, **changes)).code is code


def test_D2_signed_with_another_tools_key(world: World) -> None:
    assert refusal(world, claims(world), signer="tool-2").code is Code.JWT_KEY_UNKNOWN


@pytest.mark.parametrize("item", [{"title": "no type"}, {"type": 7}, "text", None, {"type": None}])
def test_D9_item_without_type(world: World, item: Any) -> None:
    error = refusal(world, claims(world, content_items=[LINK, item]))
    assert (error.code, error.field) == (Code.ITEM_INVALID, "type")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//host/x", "https://u@host/", 7, ""])
@pytest.mark.parametrize("kind", ["ltiResourceLink", "link", "file", "image"])
def test_D10_item_url_javascript_or_data(world: World, kind: str, url: Any) -> None:
    error = refusal(world, claims(world, {"type": kind, "url": url}))
    assert (error.code, error.field) == (Code.ITEM_INVALID, "url")


@pytest.mark.parametrize("part", [{"iframe": {"src": "javascript:x"}}, {"icon": {"url": "data:x"}}])
def test_D10_addresses_within_an_item(world: World, part: dict[str, Any]) -> None:
    told = {"type": "link", "url": "https://example.org/"} | part
    assert refusal(world, claims(world, told)).code is Code.ITEM_INVALID


def test_D11_nonce_replayed(world: World) -> None:
    endpoint = SelectionEndpoint(ISSUER, world.key_sets, clock=world.clock)
    picked = verify(world, claims(world))
    assert endpoint.accept(picked, world.one_time) is picked
    with pytest.raises(SelectionRefused) as refused:
        endpoint.accept(verify(world, claims(world)), world.one_time)
    assert refused.value.code is Code.RESPONSE_REPLAYED


def test_D13_more_items_than_accept_multiple_allows(world: World) -> None:
    single = SelectionOffer(RETURN, "data-of-the-hub")
    assert len(verify(world, claims(world), offer=single).items) == 1
    assert refusal(world, claims(world, LINK, LINK), offer=single).code is Code.ITEMS_TOO_MANY


@pytest.mark.parametrize("kind", ["html", "https://example.org/custom"])
def test_D14_type_outside_accept_types(world: World, kind: str) -> None:
    offer = SelectionOffer(RETURN, "data-of-the-hub", accept_types=("ltiResourceLink", "link"))
    error = refusal(world, claims(world, {"type": kind, "html": "<p>x</p>"}), offer=offer)
    assert error.code is Code.ITEM_TYPE_NOT_ACCEPTED


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("<p>Bon <b>travail</b></p><script>alert(1)</script>", "<p>Bon <b>travail</b></p>"),
        ('<img src="x" onerror="alert(1)">', '<img src="x">'),
        ('<a href="javascript:alert(1)">x</a>', '<a rel="noopener noreferrer nofollow">x</a>'),
        ('<iframe src="https://x.example"></iframe><p style="position:fixed">y</p>', "<p>y</p>"),
    ],
)
def test_D15_html_is_sanitised(world: World, html: str, left: str) -> None:
    items = (
        {"type": "html", "html": html},
        {"type": "link", "url": "https://example.org/", "embed": {"html": html}},
    )
    page, link = verify(world, claims(world, *items)).items
    assert isinstance(page, HtmlItem)
    assert isinstance(link, LinkItem)
    assert (page.html, (link.embed or {})["html"]) == (left, left)


def test_the_five_types_are_read_whole(world: World) -> None:
    dates = {"startDateTime": "2026-12-01T09:00:00+0100", "endDateTime": "2026-12-31T12:00:00Z"}
    full = LINK | {
        "text": "Dix questions",
        "lineItem": {"scoreMaximum": 20, "label": "Note", "resourceId": "q1", "tag": "quiz", "gradesReleased": False},
        "window": {"targetName": "quiz", "width": 800, "height": 600, "windowFeatures": "menubar=no"},
        "iframe": {"width": 800, "height": 600},
        "available": dates,
        "submission": dates,
        "custom": {"id": 7, "level": "b", "long": True},
        "https://example.org/ext": {"kept": 1},
    }
    others = (
        {"type": "link", "url": "https://example.org/", "title": "Page", "thumbnail": {"url": "https://e.org/i.png"}},
        {"type": "file", "url": "https://example.org/a.pdf", "mediaType": "application/pdf"},
        {"type": "html", "html": "<p>x</p>"},
        {"type": "image", "url": "https://example.org/i.png", "width": 10, "height": 10},
    )
    items = verify(world, claims(world, full, *others)).items
    link = items[0]
    assert isinstance(link, ResourceLinkItem)
    assert link.line_item is not None
    assert link.line_item.score_maximum == 20
    assert link.custom == {"id": "7", "level": "b", "long": "true"}
    assert link.available is not None
    assert link.available.start is not None
    assert link.available.start.isoformat() == "2026-12-01T09:00:00+01:00"
    assert link.to_json()["https://example.org/ext"] == {"kept": 1}
    assert [type(item) for item in items[1:]] == [LinkItem, FileItem, HtmlItem, ImageItem]


@pytest.mark.parametrize("told", [{"content_items": []}, {"content_items": ...}])
def test_nothing_picked_is_an_answer_with_the_tools_message(world: World, told: dict[str, Any]) -> None:
    picked = verify(world, claims(world, **told, msg="Rien choisi"))
    assert (picked.items, picked.message) == ((), "Rien choisi")


def test_the_response_that_a_moodle_accepted_is_accepted_here(world: World) -> None:
    told = json.loads(shared_path("fixtures/moodle/lti/platform_deeplinking_response_sent.json").read_text())
    mine = {"iss": "tool-1", "aud": [ISSUER], f"{LTI}/deployment_id": "dep-1", f"{DL}/data": "data-of-the-hub"}
    now = int(world.clock.now.timestamp())
    first, second = verify(world, told | mine | {"iat": now, "exp": now + 60}).items
    assert isinstance(first, ResourceLinkItem)
    assert (first.title, first.custom) == ("Module SCORM du hub", {"resource": "42"})
    assert first.line_item is not None
    assert (first.line_item.score_maximum, first.line_item.tag) == (100, "hub")
    assert isinstance(second, ResourceLinkItem)


def _accepted(world: World) -> Accepted:
    endpoint = world.authentication()
    form = endpoint.initiate(world.tool, LEARNER, deployment_id="dep-1", message_type=DEEP_LINKING_REQUEST)
    hints = {name: form.parameters[name] for name in ("login_hint", "lti_message_hint")}
    outcome = endpoint.check(world.authentication_request() | hints, LEARNER)
    assert isinstance(outcome, Accepted)
    return outcome


DESIGNER = LaunchUser("sub-1", (ContextRole.CONTENT_DEVELOPER,))


def test_the_request_says_what_is_accepted_and_where_it_goes_back(world: World) -> None:
    launch = SelectionLaunch(DESIGNER, OFFER)
    form = answer_selection(_accepted(world), launch, issuer=ISSUER, key=key_pair("hub"), clock=world.clock)
    told = read_unverified(form.parameters["id_token"]).claims
    assert told[f"{LTI}/message_type"] == "LtiDeepLinkingRequest"
    assert f"{LTI}/resource_link" not in told
    assert told[DEEP_LINKING_SETTINGS] == {
        "deep_link_return_url": RETURN,
        "accept_types": ["ltiResourceLink", "link", "file", "html", "image"],
        "accept_presentation_document_targets": ["iframe", "window"],
        "accept_multiple": True,
        "accept_lineitem": True,
        "auto_create": False,
        "data": "data-of-the-hub",
    }


def test_a_hint_of_one_message_cannot_carry_another(world: World) -> None:
    endpoint = world.authentication()
    outcome = endpoint.check(world.authentication_request(), LEARNER)
    assert isinstance(outcome, Accepted)
    with pytest.raises(ConfigurationError) as refused:
        selection_claims(outcome, SelectionLaunch(DESIGNER, OFFER), issuer=ISSUER, clock=world.clock)
    assert refused.value.field == "message_type"


def test_a_message_of_no_resource_link_cannot_name_one(world: World) -> None:
    with pytest.raises(ConfigurationError):
        world.authentication().initiate(
            world.tool,
            Browser("p", "s"),
            deployment_id="dep-1",
            resource_link_id="l",
            message_type=DEEP_LINKING_REQUEST,
        )


def test_the_storage_frame_is_named_where_there_is_one(world: World) -> None:
    form = world.authentication().initiate(
        registration(), LEARNER, deployment_id="dep-1", resource_link_id="l", storage_target="hub_storage"
    )
    assert form.parameters["lti_storage_target"] == "hub_storage"
