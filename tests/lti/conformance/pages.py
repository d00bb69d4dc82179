"""The pages of the documentation that hold the runner's tables: their heads, and what the runner finds of whom."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from hub.models.platforms import LtiPlatform
from hub.services.lti_connect import add_inward_key
from hub.urls.addresses import legacy_launch
from lti.conformance.browser import Browser
from lti.conformance.opening import through
from lti.conformance.platform_double import PlatformDouble, ToolAddresses
from lti.conformance.platform_rows import AUTHENTICATION, TOKEN
from lti.conformance.platform_service_rows import SELECTIONS
from lti.conformance.report import as_markdown
from lti.conformance.rows import Result, run_rows
from lti.conformance.suites import TOOL_ROWS
from lti.conformance.tool_double import PlatformAddresses, ToolDouble
from lti.scopes import LINE_ITEM, SCORE
from tests.lti.conformance.peers import free_port, ltijs_tool, pylti1p3_tool, python_platform
from tests.shared import ROOT
from tests.web.lti_in_world import serving

TOOL_PAGE: Final = ROOT / "docs" / "lti-conformance.md"
PLATFORM_PAGE: Final = ROOT / "docs" / "lti-conformance-platform.md"
TOOL_HEAD: Final = """# Conformance: tools

Written by `python -m tests.lti.conformance.tables`, which lets the runner (`hub lti-conformance`, docs/lti-library.md)
loose on each tool. CI makes every table again and compares it. Rows T20 and T21 need a browser that runs scripts:
for the hub `tests/journeys/test_lti_frames.py` plays them in Chromium with third-party cookies blocked. R48 is of LTI
1.1, which the two libraries do not speak.

"""
PLATFORM_HEAD: Final = """# Conformance: platforms

Written by `python -m tests.lti.conformance.tables`, which lets the runner play a tool against each platform; CI makes
every table again and compares it. The same against another platform:

```
python -m lti.conformance platform --issuer https://lms.example.org --auth-url https://lms.example.org/auth \\
    --token-url https://lms.example.org/token --open-url https://lms.example.org/course/1 --open-form launch \\
    --cookie session=... --client-id conformance-tool --deployment-id 1 --wait
```

`--open-url` is a page where the signed-in user of `--cookie` opens the tool, `--open-form` part of the action of the
form that does; `--select-url` and `--select-form` the same for picking content. `--wait` shows what to register first.

lti1p3platform and lti-consumer-xblock are libraries: who is signed in (P14) and the gradebook (S) are the affair of the
application around them, so those rows are not run. Whatever such a library raises counts as its refusal, in its words.

"""
PLATFORM_PEERS: Final = {
    "lti1p3platform": "lti1p3platform 0.1.8",
    "lti-consumer-xblock": "lti-consumer-xblock 9.14.5 (Open edX)",
}
LIBRARY_ROWS: Final = [*(row for row in AUTHENTICATION if row.id != "P14"), *TOKEN, *SELECTIONS]


def section(title: str, results: list[Result]) -> str:
    """One table under its heading."""
    return f"## {title}\n\n{as_markdown(results)}\n"


def of_the_hub(make_config: Any) -> list[Result]:
    """Every row of the tool role against the hub."""
    with serving(make_config) as world, world.platform as platform, PlatformDouble(world.platform.tool) as other:
        platform.other = other
        key = world.register(platform, "Campus")
        with world.tenant.write() as session:
            partner = session.get_one(LtiPlatform, key).platform_id
            old = add_inward_key(session, partner, by=None, now=datetime.now(UTC))
            given = {"legacy_key": old.consumer_key, "legacy_secret": old.secret.reveal()}
        platform.tool = replace(platform.tool, legacy=legacy_launch(world.url), **given)
        world.register(other, "Autre campus")
        return run_rows(TOOL_ROWS, platform)


@contextmanager
def _two_platforms(login: str, launch: str) -> Iterator[PlatformDouble]:
    # The peers fetch keys anew for each launch, and wait for them as long as they take.
    addresses = ToolAddresses(login, launch, cool_down=0.0, slow=3.0)
    with PlatformDouble(addresses) as platform, PlatformDouble(addresses) as other:
        platform.other = other
        yield platform


def of_pylti1p3() -> list[Result]:
    """The same against PyLTI1p3."""
    with pylti1p3_tool() as tool, _two_platforms(f"{tool.url}/login", f"{tool.url}/launch") as platform:
        for one in (platform, platform.other):
            tool.register(one.registration if one else {})
        return run_rows(TOOL_ROWS, platform)


def of_ltijs(postgres_url: str) -> list[Result]:
    """The same against ltijs."""
    port = free_port()
    url = f"http://localhost:{port}"
    with _two_platforms(f"{url}/login", f"{url}/") as platform:
        known = [one.registration for one in (platform, platform.other) if one]
        with ltijs_tool(port, postgres_url, known, quiet=True):
            return run_rows(TOOL_ROWS, platform)


def of_python_platform(name: str) -> list[Result]:
    """The rows that a platform's library answers for."""
    port = free_port()
    url = f"http://localhost:{port}"
    addresses = PlatformAddresses(
        issuer=url,
        authorization_url=f"{url}/auth",
        token_url=f"{url}/token",
        open=through(f"{url}/course"),
        select=through(f"{url}/pick"),
        scopes=(SCORE,),
        refused_scope=LINE_ITEM,
    )
    with ToolDouble(addresses, Browser(), host="localhost", port=0) as tool:
        told = {
            "client": tool.client_id,
            "login": f"{tool.base}/login",
            "jwks": f"{tool.base}/jwks",
            "launch": tool.redirect_uri,
            "redirect": tool.redirect_uri,
            "old": {},
        }
        with python_platform(name, port, told):
            return run_rows(LIBRARY_ROWS, tool)
