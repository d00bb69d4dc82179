import pytest

from tests.lti.world import World


@pytest.fixture
def world() -> World:
    return World()
