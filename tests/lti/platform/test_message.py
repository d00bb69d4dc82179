"""The resource link launch message, read back with the platform's published keys."""

from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from pydantic import ValidationError

from lti import (
    Accepted,
    Code,
    ConfigurationError,
    Context,
    ContextRole,
    ContextType,
    GradebookAccess,
    InstitutionRole,
    KeyRing,
    LaunchPresentation,
    LaunchUser,
    Lis,
    PrivacyPolicy,
    ResourceLink,
    ResourceLinkLaunch,
    SystemRole,
    ToolPlatform,
    answer_launch,
)
from lti.scopes import AGS_SCOPES, SCORE
from tests.lti.world import CONTAINER, ISSUER, LEARNER, World, key_pair, registration

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
USER = LaunchUser(
    "u1",
    (ContextRole.LEARNER, InstitutionRole.STUDENT, SystemRole.USER),
    name="Ada Test",
    given_name="Ada",
    family_name="Test",
    email="ada@example.org",
)


def accept(world: World) -> Accepted:
    outcome = world.authentication().check(world.authentication_request(), LEARNER)
    assert isinstance(outcome, Accepted)
    return outcome


def launch(**parts: Any) -> ResourceLinkLaunch:
    required: dict[str, Any] = {"user": USER, "resource_link": ResourceLink(id="link-1", title="Souder")}
    return ResourceLinkLaunch(**(required | parts))


def claims_of(world: World, message: ResourceLinkLaunch) -> dict[str, Any]:
    form = answer_launch(accept(world), message, issuer=ISSUER, key=key_pair("platform"), clock=world.clock)
    keys = KeySet.import_key_set(KeyRing(key_pair("platform")).jwks())
    return jwt.decode(form.parameters["id_token"], keys, algorithms=["RS256"]).claims


def test_the_message_has_every_required_claim(world: World) -> None:
    issued = int(world.clock.now.timestamp())
    assert claims_of(world, launch()) == {
        "iss": ISSUER,
        "aud": "tool-1",
        "sub": "u1",
        "nonce": "nonce-of-the-tool",
        "iat": issued,
        "exp": issued + 60,
        CLAIM + "message_type": "LtiResourceLinkRequest",
        CLAIM + "version": "1.3.0",
        CLAIM + "deployment_id": "dep-1",
        CLAIM + "target_link_uri": "https://tool-1.example.net/launch",
        CLAIM + "resource_link": {"id": "link-1", "title": "Souder"},
        CLAIM + "roles": [
            "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner",
            "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student",
            "http://purl.imsglobal.org/vocab/lis/v2/system/person#User",
        ],
    }


def test_the_message_is_posted_to_the_redirect_uri_with_the_state_untouched(world: World) -> None:
    form = answer_launch(accept(world), launch(), issuer=ISSUER, key=key_pair("platform"), clock=world.clock)
    assert form.action == "https://tool-1.example.net/launch"
    assert set(form.parameters) == {"id_token", "state"}
    assert form.parameters["state"] == "state-of-the-tool"


def test_optional_claims_are_written_as_the_standard_names_them(world: World) -> None:
    found = claims_of(
        world,
        launch(
            context=Context(id="c1", label="CNB", title="Compétences", type=(ContextType.COURSE_OFFERING,)),
            tool_platform=ToolPlatform(guid="place-1", name="Le Générateur", product_family_code="tiers-lieu-hub"),
            presentation=LaunchPresentation(document_target="window", return_url=f"{ISSUER}/step/7", locale="fr-FR"),
            lis=Lis(course_section_sourcedid="CNB-2026"),
            custom={"id": "d021b437", "equation": "a=b"},
        ),
    )
    assert found[CLAIM + "context"] == {
        "id": "c1",
        "label": "CNB",
        "title": "Compétences",
        "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"],
    }
    assert found[CLAIM + "tool_platform"] == {
        "guid": "place-1",
        "name": "Le Générateur",
        "product_family_code": "tiers-lieu-hub",
    }
    assert found[CLAIM + "launch_presentation"] == {
        "document_target": "window",
        "return_url": f"{ISSUER}/step/7",
        "locale": "fr-FR",
    }
    assert found[CLAIM + "lis"] == {"course_section_sourcedid": "CNB-2026"}
    assert found[CLAIM + "custom"] == {"id": "d021b437", "equation": "a=b"}


@pytest.mark.parametrize(
    ("policy", "sent"),
    [
        (PrivacyPolicy(), set()),
        (PrivacyPolicy(send_name=True), {"name", "given_name", "family_name"}),
        (PrivacyPolicy(send_email=True), {"email"}),
        (PrivacyPolicy(send_name=True, send_email=True), {"name", "given_name", "family_name", "email"}),
    ],
)
def test_personal_data_leave_by_the_tools_policy_only(world: World, policy: PrivacyPolicy, sent: set[str]) -> None:
    world.registrations.by_client["tool-1"] = registration(privacy=policy)
    assert {"name", "given_name", "family_name", "email"} & set(claims_of(world, launch())) == sent


@pytest.mark.parametrize("allowed", [True, False])
def test_the_institutions_id_of_a_person_leaves_by_policy_only(world: World, allowed: bool) -> None:
    policy = PrivacyPolicy(send_person_sourcedid=allowed)
    world.registrations.by_client["tool-1"] = registration(privacy=policy)
    lis = claims_of(world, launch(lis=Lis(person_sourcedid="TL-1", course_section_sourcedid="S")))[CLAIM + "lis"]
    assert lis.get("person_sourcedid") == ("TL-1" if allowed else None)


@pytest.mark.parametrize(
    ("of_link", "lineitem"),
    [((), None), ((f"{CONTAINER}/1",), f"{CONTAINER}/1"), ((f"{CONTAINER}/1", f"{CONTAINER}/2"), None)],
    ids=["none", "one", "two"],
)
def test_S7_lineitem_only_where_exactly_one_exists(
    world: World, of_link: tuple[str, ...], lineitem: str | None
) -> None:
    endpoint = claims_of(world, launch(gradebook=GradebookAccess(CONTAINER, of_link)))[AGS]
    assert endpoint["lineitems"] == CONTAINER
    assert endpoint["scope"] == sorted(AGS_SCOPES)
    assert endpoint.get("lineitem") == lineitem
    assert ("lineitem" in endpoint) is (lineitem is not None)


def test_S7_the_gradebook_is_offered_with_the_scopes_granted_and_not_without(world: World) -> None:
    offered = launch(gradebook=GradebookAccess(CONTAINER))
    world.registrations.by_client["tool-1"] = registration(scopes=frozenset({SCORE}))
    assert claims_of(world, offered)[AGS]["scope"] == [SCORE]
    world.registrations.by_client["tool-1"] = registration(scopes=frozenset())
    assert AGS not in claims_of(world, offered)


@pytest.mark.parametrize(
    ("field", "parts"),
    [
        ("resource_link", {"resource_link": ResourceLink(id="link-2")}),
        ("sub", {"user": LaunchUser("", ())}),
        ("sub", {"user": LaunchUser("x" * 256, ())}),
        ("sub", {"user": LaunchUser("élève", ())}),
        ("custom", {"custom": {"n": 1}}),
    ],
)
def test_a_message_that_breaks_the_standard_is_not_signed(world: World, field: str, parts: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as refused:
        claims_of(world, launch(**parts))
    assert (refused.value.code, refused.value.field) == (Code.MESSAGE_INVALID, field)


def test_claims_cannot_be_made_with_forbidden_values_and_errors_quote_none() -> None:
    with pytest.raises(ValidationError) as refused:
        ResourceLink(id="ident-é")
    assert "ident" not in str(refused.value)
    with pytest.raises(ValidationError):
        LaunchPresentation(document_target="popup")


def test_unknown_members_of_a_claim_are_kept() -> None:
    read = Context.model_validate({"id": "c1", "vendor_extension": {"a": 1}})
    assert read.to_json() == {"id": "c1", "vendor_extension": {"a": 1}}
