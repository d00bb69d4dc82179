"""The suites of a connector, put together from what it declares: none can be left out."""

from typing import Any

from connectors.registry import declaration
from tests.contracts import reads, writes
from tests.contracts.core import Core

SUITES = {**reads.SUITES, **writes.SUITES}


def contract(key: str) -> Any:
    """The base class for the one test class of a connector: the core, and a suite for each declared capability.

    The test file gives the fixture ``stage`` (see ``stage.Stage``).
    """
    own = sorted(declaration(key).capabilities)
    return type(f"Contract_{key}", (Core, *(SUITES[one] for one in own)), {"key": key})
