"""Declared access: what a declaration may be, what it admits, that a view without one stops the start."""

from types import ModuleType
from typing import Any, cast
from uuid import UUID

import pytest
from flask import Blueprint

from hub.db.directory import Installation
from hub.domain.roles import Grant, Role, Viewer
from hub.web.access import PUBLIC, SIGNED_IN, TOKEN, AccessError, access, access_of
from hub.web.app import create_app, discover

ORGANISATION, GROUP = UUID(int=1), UUID(int=2)


def viewer(*roles: Role) -> Viewer:
    return Viewer(UUID(int=9), "Lina", "fr", tuple(Grant(role, ORGANISATION, GROUP) for role in roles))


def module_with(view: Any) -> ModuleType:
    module = ModuleType("views_of_a_test")
    blueprint = Blueprint("of_a_test", __name__)
    blueprint.get("/of-a-test")(view)
    module.blueprint = blueprint
    return module


def test_a_view_without_declaration_stops_the_start(installation: Installation) -> None:
    def bare() -> str:
        return "seen"

    with pytest.raises(AccessError, match=r"of_a_test\.bare"):
        create_app(installation, views=[*discover(), module_with(bare)])


def test_a_module_without_blueprint_stops_the_start(installation: Installation) -> None:
    with pytest.raises(LookupError, match="nothing_here"):
        create_app(installation, views=[ModuleType("nothing_here")])


@pytest.mark.parametrize(
    "who", [(), (PUBLIC, SIGNED_IN), (PUBLIC, "learner"), (SIGNED_IN, "trainer"), ("wizard",), (TOKEN, "learner")]
)
def test_contradictory_declarations_are_refused(who: tuple[Any, ...]) -> None:
    with pytest.raises(AccessError):
        access(*who)


@pytest.mark.parametrize(
    ("who", "admitted"),
    [
        ((PUBLIC,), (True, True, True)),
        ((TOKEN,), (True, True, True)),
        ((SIGNED_IN,), (False, True, True)),
        (("trainer",), (False, False, True)),
        (("trainer", "learner"), (False, True, True)),
        (("administrator",), (False, False, False)),
    ],
)
def test_who_is_admitted(who: tuple[Any, ...], admitted: tuple[bool, ...]) -> None:
    @access(*who)
    def view() -> str:
        return ""

    declared = access_of(view)
    assert declared is not None
    viewers = (None, viewer("learner"), viewer("trainer"))
    assert tuple(declared.admits(one) for one in viewers) == admitted


def test_token_views_are_never_asked_for_a_csrf_token() -> None:
    @access(TOKEN)
    def machine() -> str:
        return ""

    @access(PUBLIC)
    def page() -> str:
        return ""

    assert cast(Any, access_of(machine)).csrf is False
    assert cast(Any, access_of(page)).csrf is True
