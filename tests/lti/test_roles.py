"""The vocabularies of roles: read tolerantly, written strictly."""

import pytest

from lti.roles import ContextRole, InstitutionRole, Role, SystemRole, read_role, read_roles

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"


@pytest.mark.parametrize("role", [*ContextRole, *InstitutionRole, *SystemRole], ids=lambda role: role.value[-40:])
def test_every_role_of_the_vocabularies_is_read_from_its_uri(role: Role) -> None:
    assert read_role(role.value) is role


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("Instructor", ContextRole.INSTRUCTOR),
        (" Learner ", ContextRole.LEARNER),
        ("urn:lti:role:ims/lis/Learner", ContextRole.LEARNER),
        ("urn:lti:role:ims/lis/Learner/NonCreditLearner", ContextRole.NON_CREDIT_LEARNER),
        ("urn:lti:role:ims/lis/TeachingAssistant", ContextRole.TEACHING_ASSISTANT),
        ("urn:lti:role:ims/lis/TeachingAssistant/TeachingAssistantSection", ContextRole.TEACHING_ASSISTANT_SECTION),
        ("urn:lti:instrole:ims/lis/Student", InstitutionRole.STUDENT),
        ("urn:lti:sysrole:ims/lis/SysAdmin", SystemRole.SYS_ADMIN),
    ],
)
def test_short_names_and_older_names_are_read(text: str, role: Role) -> None:
    assert read_role(text) is role


@pytest.mark.parametrize(
    "text", ["", "learner", "TeachingAssistant", f"{MEMBERSHIP}#Learner2", "urn:lti:role:ims/lis/"]
)
def test_what_is_in_no_vocabulary_is_no_role(text: str) -> None:
    assert read_role(text) is None


def test_an_unknown_role_is_kept_as_it_came_and_a_role_counts_once() -> None:
    roles = read_roles(["Learner", f"{MEMBERSHIP}#Learner", "https://example.org/roles#Pilot"])
    assert roles.known == (ContextRole.LEARNER,)
    assert roles.unrecognised == ("https://example.org/roles#Pilot",)


def test_a_sub_role_holds_its_principal_role() -> None:
    roles = read_roles([f"{MEMBERSHIP}/Instructor#TeachingAssistant"])
    assert roles.has(ContextRole.INSTRUCTOR)
    assert roles.has(ContextRole.TEACHING_ASSISTANT)
    assert not roles.has(ContextRole.LEARNER)


def test_every_sub_role_has_a_principal_role() -> None:
    assert {role.principal for role in ContextRole} <= set(ContextRole)
    assert all(role.principal.principal is role.principal for role in ContextRole)
