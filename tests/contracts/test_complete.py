"""Every capability has a suite, every connector runs them."""

from pathlib import Path

import pytest

from connectors.capabilities import PROTOCOLS, WRITES, Capability
from connectors.registry import declarations
from tests.contracts.calls import READS
from tests.contracts.contract import SUITES

HERE = Path(__file__).parent


def test_every_capability_has_a_protocol_and_a_suite() -> None:
    assert set(SUITES) == set(PROTOCOLS) == set(Capability)


def test_every_read_is_in_the_failure_matrix() -> None:
    assert set(READS) == set(Capability) - WRITES - {Capability.DIAGNOSIS}


@pytest.mark.parametrize("key", sorted(declarations()))
def test_every_connector_runs_its_contract(key: str) -> None:
    assert f'contract("{key}")' in (HERE / f"test_{key}.py").read_text("utf-8")
