"""Substitution variables: what is replaced, what stays, what is not told."""

from datetime import UTC, datetime

import pytest

from lti import Context, LaunchUser, PrivacyPolicy, ResourceLink, ToolPlatform
from lti.platform.variables import TABLE, VariableFacts, substitute
from lti.platform.windows import LinkDates
from lti.roles import ContextRole

FACTS = VariableFacts(
    user=LaunchUser("s-1", (ContextRole.LEARNER,), name="Inès Benali", email="ines@example.org"),
    privacy=PrivacyPolicy(send_name=True),
    link=ResourceLink(id="l-1", title="Quiz"),
    context=Context(id="c-1", title="Parcours", type=("a", "b")),
    platform=ToolPlatform(guid="hub.example.org"),
    dates=LinkDates(available_from=datetime(2026, 12, 1, 8, tzinfo=UTC)),
)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("$User.id", "s-1"),
        ("$Person.name.full", "Inès Benali"),
        ("$Membership.role", ContextRole.LEARNER.value),
        ("$Context.type", "a,b"),
        ("$ResourceLink.title", "Quiz"),
        ("$ResourceLink.available.startDateTime", "2026-12-01T08:00:00Z"),
        ("$ToolPlatformInstance.guid", "hub.example.org"),
        ("$ResourceLink.available.endDateTime", ""),
        ("$ResourceLink.description", ""),
        ("$Context.sourcedId", ""),
    ],
)
def test_a_variable_is_replaced_or_empty(written: str, told: str) -> None:
    assert substitute({"x": written}, FACTS) == {"x": told}


@pytest.mark.parametrize(
    "written", ["plain", "$", "$Moodle.Person.userGroupIds", "$user.id", "price $User.id", "$Person.email.primary"]
)
def test_what_is_no_variable_or_may_not_be_told_stays_as_written(written: str) -> None:
    assert substitute({"x": written}, FACTS) == {"x": written}


@pytest.mark.parametrize("name", TABLE)
def test_every_variable_of_the_table_names_something_that_exists(name: str) -> None:
    everything = PrivacyPolicy(True, True, True)
    bare = VariableFacts(LaunchUser("s-1", ()), everything)
    assert not substitute({"x": f"${name}"}, bare)["x"].startswith("$")
    part, attribute, _ = TABLE[name]
    owner = {"link": ResourceLink, "context": Context, "platform": ToolPlatform}.get(part)
    assert owner is None or attribute in owner.model_fields
