"""``python -m tests.lti.conformance.tables`` writes docs/lti-conformance.md: what the runner finds of the hub and of
peers.

The tests make the hub's table again and compare it.
"""

import tempfile
from pathlib import Path
from typing import Any

from hub.config import Config
from lti.conformance.platform_double import PlatformDouble, ToolAddresses
from lti.conformance.report import as_markdown
from lti.conformance.rows import Result, run_rows
from lti.conformance.suites import TOOL_ROWS
from tests.lti.conformance.peers import pylti1p3_tool
from tests.shared import ROOT
from tests.web.lti_in_world import serving

PAGE = ROOT / "docs" / "lti-conformance.md"
HEAD = """# Conformance tables

Written by `python -m tests.lti.conformance.tables`, which lets the runner (`hub lti-conformance`, docs/lti-library.md)
loose on each tool. CI makes the hub's table again and compares it. Rows T20 and T21 need a browser that runs scripts:
for the hub `tests/journeys/test_lti_frames.py` plays them in Chromium with third-party cookies blocked.

"""


def of_the_hub(make_config: Any) -> list[Result]:
    """Every row of the tool role against the hub."""
    with serving(make_config) as world, world.platform as platform, PlatformDouble(world.platform.tool) as other:
        platform.other = other
        world.register(platform, "Campus")
        world.register(other, "Autre campus")
        return run_rows(TOOL_ROWS, platform)


def of_pylti1p3() -> list[Result]:
    """The same against PyLTI1p3, which fetches keys anew for each launch."""
    with pylti1p3_tool() as tool:
        addresses = ToolAddresses(f"{tool.url}/login", f"{tool.url}/launch", cool_down=0.0, slow=3.0)
        with PlatformDouble(addresses) as platform, PlatformDouble(addresses) as other:
            platform.other = other
            tool.register(platform.registration)
            tool.register(other.registration)
            return run_rows(TOOL_ROWS, platform)


def section(title: str, results: list[Result]) -> str:
    """One table under its heading."""
    return f"## {title}\n\n{as_markdown(results)}\n"


def main() -> None:
    """Write the page."""
    with tempfile.TemporaryDirectory() as folder:
        hub = of_the_hub(lambda **settings: Config(data=Path(folder), **settings))
    PAGE.write_text(HEAD + section("The hub", hub) + section("PyLTI1p3 2.0", of_pylti1p3()), "utf-8")


if __name__ == "__main__":
    main()
