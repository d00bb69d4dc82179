"""The reference tool and the runner's platforms, on loopback, one pair for all rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from lti.conformance.platform_double import PlatformDouble, ToolAddresses
from lti.conformance.reference_tool import LEGACY_KEY, LEGACY_SECRET, ReferenceTool


@dataclass
class Pair:
    tool: ReferenceTool
    platform: PlatformDouble


@contextmanager
def playing() -> Iterator[Pair]:
    with ReferenceTool(cool_down=0.05, timeout=1.5) as tool:
        addresses = ToolAddresses(
            f"{tool.url}/login", f"{tool.url}/launch", cool_down=0.05, slow=2.5, legacy=f"{tool.url}/legacy",
            legacy_key=LEGACY_KEY, legacy_secret=LEGACY_SECRET,
        )  # fmt: skip
        with PlatformDouble(addresses) as platform, PlatformDouble(addresses) as other:
            platform.other = other
            tool.register(platform.registration)
            tool.register(other.registration)
            yield Pair(tool, platform)


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with playing() as made:
        yield made
