"""The suites of a connector, put together from what it declares: none can be left out."""

from typing import Any

from connectors.registry import declaration
from tests.contracts import reads, writes
from tests.contracts.core import Core
from tests.contracts.core_files import CoreOfFiles

SUITES = {**reads.SUITES, **writes.SUITES}


def contract(key: str) -> Any:
    """The base class for the one test class of a connector: the core (of what is called, or of files that are
    handed in), and a suite for each declared capability.

    The test file gives the fixture ``stage`` (see ``stage.Stage``).
    """
    own = sorted(declaration(key).capabilities)
    core = CoreOfFiles if declaration(key).by_upload else Core
    return type(f"Contract_{key}", (core, *(SUITES[one] for one in own)), {"key": key})
