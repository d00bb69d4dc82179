"""The command line. Exit status: 0 when every row run holds, 1 when one fails, 2 for arguments that make no sense."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from lti.conformance.browser import Browser
from lti.conformance.opening import read_cookies, through
from lti.conformance.platform_double import PlatformDouble, ToolAddresses
from lti.conformance.report import as_json, as_junit, as_markdown, as_text
from lti.conformance.rows import Result, Row, Verdict, run_rows
from lti.conformance.suites import PLATFORM_ROWS, TOOL_ROWS
from lti.conformance.tool_double import PlatformAddresses, ToolDouble
from lti.scopes import SUPPORTED


def main(arguments: Sequence[str]) -> int:
    """Run the command; gives the exit status."""
    asked = _parser().parse_args(arguments)
    if asked.list:
        for row in (*TOOL_ROWS,) if asked.role == "tool" else (*PLATFORM_ROWS,):
            print(f"{row.id:5} {row.expects.value:7} {row.clause}: {row.title}")
        return 0
    missing = [name for name in _NEEDED[asked.role] if not getattr(asked, name)]
    if missing:
        wanted = ", ".join(f"--{name.replace('_', '-')}" for name in missing)
        print(f"give {wanted} of the {asked.role}", file=sys.stderr)
        return 2
    results = _against_tool(asked, TOOL_ROWS) if asked.role == "tool" else _against_platform(asked)
    _write(results, asked)
    return 1 if any(result.finding.verdict is Verdict.FAILED for result in results) else 0


_NEEDED = {
    "tool": ("login_url", "target_url"),
    "platform": ("issuer", "auth_url", "token_url", "open_url"),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lti-conformance", description="Play the other side of LTI 1.3, row by row, and say what holds."
    )
    parser.add_argument("role", choices=["tool", "platform"], help="what the software under test is")
    parser.add_argument("--list", action="store_true", help="say which rows there are")
    parser.add_argument("--rows", nargs="*", default=[], metavar="ID", help="run these rows only")
    parser.add_argument("--login-url", help="the tool's login initiation address")
    parser.add_argument("--target-url", help="an address of the tool that launches may open")
    parser.add_argument("--legacy-url", default="", help="where the tool takes launches of LTI 1.1, if it does")
    parser.add_argument("--legacy-key", default="conformance", help="a consumer key of LTI 1.1 that the tool knows")
    parser.add_argument("--legacy-secret", default="", help="the secret of that key")
    parser.add_argument("--listen", default="127.0.0.1", help="host name or address of the platform played")
    parser.add_argument("--port", type=int, default=9413, help="its port; a second platform listens one higher")
    parser.add_argument("--client-id", default="conformance-client", help="the client id the tool knows")
    parser.add_argument("--issuer", help="the platform's issuer")
    parser.add_argument("--auth-url", help="its authentication endpoint")
    parser.add_argument("--token-url", help="its token endpoint")
    parser.add_argument("--open-url", help="a page of the platform where a signed-in user opens the tool")
    parser.add_argument("--open-form", default="", metavar="TEXT", help="part of the action of the form that opens it")
    parser.add_argument("--select-url", default="", help="a page where a signed-in user picks content in the tool")
    parser.add_argument("--select-form", default="", metavar="TEXT", help="part of the action of its form")
    parser.add_argument("--cookie", nargs="*", default=[], metavar="NAME=VALUE", help="the signed-in user's cookies")
    parser.add_argument("--deployment-id", default="1", help="the deployment id the platform gave the tool")
    parser.add_argument("--scope", nargs="*", default=sorted(SUPPORTED), help="the scopes granted to the tool")
    parser.add_argument("--refused-scope", default="", help="a scope that was not granted")
    parser.add_argument("--refused-text", default="", help="text of the tool's error page, if its status is 200")
    parser.add_argument("--cool-down", type=float, default=61.0, help="seconds between two fetches of keys by the tool")
    parser.add_argument("--slow", type=float, default=25.0, help="seconds of a key set's answer that is too slow")
    parser.add_argument("--wait", action="store_true", help="show what to register, and wait for Enter before running")
    parser.add_argument("--junit", type=Path, help="write JUnit's XML there")
    parser.add_argument("--json", type=Path, help="write JSON there")
    parser.add_argument("--markdown", type=Path, help="write a Markdown table there")
    return parser


def _against_tool(asked: argparse.Namespace, rows: Sequence[Row[PlatformDouble]]) -> list[Result]:
    tool = ToolAddresses(
        asked.login_url,
        asked.target_url,
        asked.refused_text,
        asked.cool_down,
        asked.slow,
        asked.legacy_url,
        asked.legacy_key,
        asked.legacy_secret,
    )
    with (
        PlatformDouble(tool, host=asked.listen, port=asked.port, client_id=asked.client_id) as platform,
        PlatformDouble(tool, host=asked.listen, port=asked.port + 1, client_id=asked.client_id) as other,
    ):
        platform.other = other
        if asked.wait:
            print(json.dumps([platform.registration, other.registration], indent=1))
            input("Register both platforms in the tool, then press Enter. ")
        return run_rows(rows, platform, asked.rows)


def _against_platform(asked: argparse.Namespace) -> list[Result]:
    browser = Browser(read_cookies(asked.cookie, asked.auth_url))
    addresses = PlatformAddresses(
        issuer=asked.issuer,
        authorization_url=asked.auth_url,
        token_url=asked.token_url,
        open=through(asked.open_url, asked.open_form),
        select=through(asked.select_url, asked.select_form) if asked.select_url else None,
        scopes=tuple(asked.scope),
        refused_scope=asked.refused_scope,
    )
    with ToolDouble(
        addresses,
        browser,
        host=asked.listen,
        port=asked.port,
        client_id=asked.client_id,
        deployment_id=asked.deployment_id,
    ) as tool:
        if asked.wait:
            print(json.dumps(tool.registration, indent=1))
            input("Register the tool in the platform, then press Enter. ")
        return run_rows(PLATFORM_ROWS, tool, asked.rows)


def _write(results: Sequence[Result], asked: argparse.Namespace) -> None:
    print(as_text(results))
    written = {asked.junit: as_junit(results, asked.role), asked.json: as_json(results)}
    for path, text in {**written, asked.markdown: as_markdown(results)}.items():
        if path is not None:
            path.write_text(text, encoding="utf-8")
