"""Roles and their scopes."""

from uuid import UUID

import pytest

from hub.domain.roles import ROLES, Grant, Role, Viewer

ORGANISATION, OTHER, GROUP, OTHER_GROUP = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4)


def viewer(*grants: Grant) -> Viewer:
    return Viewer(UUID(int=9), "Claire", "fr", grants)


@pytest.mark.parametrize(
    ("grant", "whole", "organisation", "group", "other_group"),
    [
        (Grant("trainer"), True, True, True, True),
        (Grant("trainer", ORGANISATION), False, True, True, False),
        (Grant("trainer", None, GROUP), False, False, True, False),
        (Grant("trainer", ORGANISATION, GROUP), False, False, True, False),
        (Grant("trainer", OTHER, GROUP), False, False, False, False),
        (Grant("designer"), False, False, False, False),
    ],
)
def test_scopes(grant: Grant, whole: bool, organisation: bool, group: bool, other_group: bool) -> None:
    one = viewer(grant)
    assert one.covers("trainer") is whole
    assert one.covers("trainer", ORGANISATION) is organisation
    assert one.covers("trainer", ORGANISATION, GROUP) is group
    assert one.covers("trainer", OTHER, OTHER_GROUP) is other_group


def test_a_group_without_organisation_needs_a_grant_on_it_or_on_the_place() -> None:
    assert not viewer(Grant("trainer", ORGANISATION)).covers("trainer", None, GROUP)
    assert viewer(Grant("trainer", None, GROUP)).covers("trainer", None, GROUP)


def test_has_ignores_the_scope() -> None:
    one = viewer(Grant("trainer", OTHER), Grant("learner"))
    assert one.has("trainer")
    assert one.has("designer", "learner")
    assert not one.has("designer")
    assert one.scopes("trainer") == (Grant("trainer", OTHER),)


@pytest.mark.parametrize("role", ROLES)
def test_whoever_sees_others_is_staff(role: Role) -> None:
    assert viewer(Grant(role)).is_staff is (role != "learner")
    assert viewer(Grant(role)).main_role == role


def test_nobody_has_no_main_role() -> None:
    assert viewer().main_role is None
    assert not viewer().is_staff
