"""What a tool reads in messages, what it answers, and the claim of LTI 1.1 (row R49)."""

from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import ValidationError

from lti import claims as names
from lti.content_items import FileItem, HtmlItem, ImageItem, ItemLineItem, LinkItem, ResourceLinkItem
from lti.errors import Code, LaunchRefused
from lti.roles import ContextRole
from lti.tool.checks import CHECKS, Expected, require_all
from lti.tool.deep_linking import Notices, answer_deep_linking
from lti.tool.messages import LaunchMessage
from lti.tool.migration import migration_signature, read_migration
from lti.tool.returning import return_address
from lti.tool.settings import ToolPolicy, ToolSettings
from tests.fakes.lti_platform import FixedClock
from tests.lti.tool.world import moodle, registration
from tests.lti.world import key_pair


def recorded(name: str) -> LaunchMessage:
    return LaunchMessage(moodle(name)["5_id_token_claims"])


def test_a_real_moodles_launch_is_read_whole() -> None:
    message = recorded("platform_launch_learner")
    assert message.subject == "7"
    assert message.roles.has(ContextRole.LEARNER)
    assert message.resource_link
    assert message.resource_link.id == "1"
    assert message.context
    assert message.context.type == ("CourseSection",)
    assert message.gradebook
    assert str(message.gradebook.lineitem).endswith("/lineitem?type_id=1")
    assert message.roster
    assert message.roster.service_versions == ("1.0", "2.0")
    assert message.outcome
    assert message.outcome.lis_outcome_service_url.endswith("/mod/lti/service.php")
    assert message.is_moodle
    assert message.custom["resource"] == "ressource-2"
    assert message.return_url
    assert "https://purl.imsglobal.org/spec/lti/claim/ext" in message.claims
    assert "Lefèvre" not in repr(message)


@pytest.mark.parametrize("name", ["platform_launch_learner", "platform_launch_trainer", "platform_deeplinking_request"])
def test_a_real_moodles_messages_pass_every_check(name: str) -> None:
    claims = recorded(name).claims
    clock = FixedClock()
    clock.now = clock.now.fromtimestamp(claims["iat"] + 5, clock.now.tzinfo)
    known = registration(client_id=claims["aud"])
    settings = ToolSettings("http://hub.example.org/launch", b"s" * 32)
    require_all(claims, Expected(known, settings, claims["nonce"], clock.now), CHECKS)


def test_claims_of_a_wrong_form_are_passed_over() -> None:
    told = dict(recorded("platform_launch_learner").claims)
    told |= {names.CONTEXT: "course", names.AGS_ENDPOINT: {"scope": 7}, names.CUSTOM: {"n": 7, "b": True, "x": []}}
    told[names.LAUNCH_PRESENTATION] = {"return_url": "javascript:alert(1)", "document_target": "popup"}
    message = LaunchMessage(told)
    assert (message.context, message.gradebook, message.presentation, message.return_url) == (None, None, None, None)
    assert message.custom == {"n": "7", "b": "true"}


def test_an_anonymous_launch_is_accepted_only_where_the_policy_says_so() -> None:
    claims = dict(recorded("platform_launch_learner").claims)
    del claims["sub"]
    clock = FixedClock()
    now = clock.now.fromtimestamp(claims["iat"], clock.now.tzinfo)
    for allowed in (True, False):
        settings = ToolSettings("http://hub.example.org/launch", b"s" * 32, policy=ToolPolicy(allow_anonymous=allowed))
        expected = Expected(registration(client_id=claims["aud"]), settings, claims["nonce"], now)
        if allowed:
            require_all(claims, expected, CHECKS)
        else:
            with pytest.raises(LaunchRefused):
                require_all(claims, expected, CHECKS)


def test_a_submission_review_names_whose_work_it_is() -> None:
    told = dict(recorded("platform_launch_trainer").claims)
    told |= {names.MESSAGE_TYPE: names.SUBMISSION_REVIEW_REQUEST, names.FOR_USER: {"user_id": "7", "name": "É"}}
    message = LaunchMessage(told)
    assert message.for_user
    assert message.for_user.user_id == "7"
    assert "É" not in repr(message.for_user)


def answered(items: list[Any], **settings: object) -> dict[str, Any]:
    told = dict(recorded("platform_deeplinking_request").claims)
    told[names.DEEP_LINKING_SETTINGS] = {**told[names.DEEP_LINKING_SETTINGS], **settings}
    asked = LaunchMessage(told).deep_linking
    assert asked
    key = key_pair("hub")
    form = answer_deep_linking(registration(), "1", asked, items, key=key, notices=Notices(message="Ajouté"))
    assert form.action == asked.deep_link_return_url
    public = RSAKey.import_key(dict(key.public.jwk))
    return dict(jwt.decode(form.parameters["JWT"], public, algorithms=["RS256"]).claims)


def test_the_response_to_a_deep_linking_request_is_signed_for_the_platform() -> None:
    item = ResourceLinkItem(
        title="Parcours", url="https://hub.example.org/lti/in", custom={"hub": "p:1"},
        line_item=ItemLineItem(score_maximum=100, label="Parcours"),
    )  # fmt: skip
    told = answered([item], data="of-moodle")
    assert (told["iss"], told["aud"]) == ("client-1", "https://moodle.example.org")
    assert told[names.DEEP_LINKING_DATA] == "of-moodle"
    assert told[names.DEEP_LINKING_MESSAGE] == "Ajouté"
    assert told[names.CONTENT_ITEMS] == [
        {"type": "ltiResourceLink", "title": "Parcours", "url": "https://hub.example.org/lti/in",
         "custom": {"hub": "p:1"}, "lineItem": {"scoreMaximum": 100.0, "label": "Parcours"}}
    ]  # fmt: skip
    assert told["exp"] - told["iat"] == 300
    assert told["nonce"]


def test_a_line_item_is_left_out_where_the_platform_takes_none() -> None:
    item = ResourceLinkItem(url="https://hub.example.org/", line_item=ItemLineItem(score_maximum=1))
    assert "lineItem" not in answered([item], accept_lineitem=False)[names.CONTENT_ITEMS][0]


def test_all_five_types_can_be_sent() -> None:
    items = [
        ResourceLinkItem(), LinkItem(url="https://a.example/"), FileItem(url="https://a.example/f"),
        HtmlItem(html="<b>x</b>"), ImageItem(url="https://a.example/i", width=2),
    ]  # fmt: skip
    types = ["ltiResourceLink", "link", "file", "html", "image"]
    assert [i["type"] for i in answered(items, accept_types=types)[names.CONTENT_ITEMS]] == types


def test_what_the_platform_would_refuse_is_not_sent() -> None:
    link = LinkItem(url="https://a.example/")
    with pytest.raises(LaunchRefused):
        answered([link], accept_types=["ltiResourceLink"])
    with pytest.raises(LaunchRefused):
        answered([ResourceLinkItem(), ResourceLinkItem()], accept_multiple=False)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//a.example", "https://u@a.example"])
def test_no_item_leads_a_browser_astray(url: str) -> None:
    for model in (LinkItem, ResourceLinkItem, FileItem, ImageItem):
        with pytest.raises(ValidationError):
            model(url=url)


def migrating(**changes: object) -> LaunchMessage:
    told = dict(recorded("platform_launch_learner").claims)
    parts = ["key-1", "1", told["iss"], "client-1", str(told["exp"]), told["nonce"]]
    claim = {
        "oauth_consumer_key": "key-1",
        "oauth_consumer_key_sign": migration_signature("old secret", *parts),
        "user_id": "old-7",
    }
    told[names.MIGRATION] = {**claim, **changes}
    return LaunchMessage(told)


def test_the_signature_of_a_migration_is_that_of_the_standard() -> None:
    # The example of LTI Core 1.3's migration guide, its parts in this order.
    parts = ("179248902", "689302", "https://lmsvendor.com", "PM48OJSfGDTAzAo", "1551290856", "172we8671fd8z")
    assert migration_signature("my-lti11-secret", *parts) == "lWd54kFo5qU7xshAna6v8BwoBm6tmUjc6GTax6+12ps="


SECRETS = {"key-1": "old secret"}


def test_a_proven_migration_names_the_old_user() -> None:
    found = read_migration(migrating(), "client-1", SECRETS.get)
    assert found.proven
    assert found.proven.user_id == "old-7"


@pytest.mark.parametrize(
    "changes",
    [
        {"oauth_consumer_key_sign": "d3Jvbmc="},
        {"oauth_consumer_key_sign": None},
        {"oauth_consumer_key": "unknown"},
        {"oauth_consumer_key": None},
    ],
    ids=["R49", "R49-unsigned", "R49-unknown-key", "R49-no-key"],
)
def test_an_unproven_migration_is_passed_over_and_reported(changes: dict[str, object]) -> None:
    found = read_migration(migrating(**changes), "client-1", SECRETS.get)
    assert (found.proven, found.fault) == (None, Code.MIGRATION_UNPROVEN)


def test_a_message_without_the_claim_has_nothing_to_report() -> None:
    found = read_migration(recorded("platform_launch_learner"), "client-1", SECRETS.get)
    assert (found.proven, found.fault) == (None, None)


def test_the_way_back_carries_what_to_show() -> None:
    assert return_address("https://a.example/r?x=1#f", error_message="Réessayez") == (
        "https://a.example/r?x=1&lti_errormsg=R%C3%A9essayez#f"
    )
    assert return_address("https://a.example/r") == "https://a.example/r"
    assert return_address("javascript:alert(1)", message="x") is None
    assert return_address(None) is None
