"""Rows about launches of LTI 1.1 (R48), for a tool that speaks it as well: each is one signed form, and what is changed
in it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from lti.conformance.browser import Browser
from lti.conformance.platform_double import Attempt, PlatformDouble
from lti.conformance.rows import Expect, Finding, Reaction, Row, Verdict, compared
from lti.conformance.tool_rows import ToolRow
from lti.legacy.launch import launch_parameters
from lti.legacy.signature import signature_of

Form = list[tuple[str, str]]
Make = Callable[[PlatformDouble], Form]
LTI11: Final = "LTI 1.1.2"
OLD: Final = timedelta(hours=1)
WORDS: Final[Mapping[str, str]] = {
    "resource_link_id": "link-1",
    "resource_link_title": "Un lien",
    "user_id": "user-7",
    "roles": "Learner",
    "lis_person_name_full": "Inès Benali",
    "context_id": "course-1",
    "tool_consumer_instance_guid": "conformance.example",
}


def _form(platform: PlatformDouble, *, age: timedelta = timedelta(), key: str = "", **changes: str) -> Form:
    """A launch signed now, or ``age`` ago; a word that is empty is left out before signing."""
    tool = platform.tool
    words = {name: value for name, value in {**WORDS, **changes}.items() if value}
    signed = launch_parameters(
        tool.legacy, key or tool.legacy_key, tool.legacy_secret, words, now=datetime.now(UTC) - age
    )
    return list(signed.items())


def _post(platform: PlatformDouble, form: Form) -> Reaction:
    browser, url = Browser(), platform.tool.legacy
    return Attempt(platform).react(browser.follow(browser.post(url, form), host=urlsplit(url).netloc))


def _row(title: str, changed: Make, clause: str = f"{LTI11} 4") -> ToolRow:
    def run(platform: PlatformDouble) -> Finding:
        if not platform.tool.legacy:
            return Finding(Verdict.NOT_RUN, title, "give the address, a key and a secret of LTI 1.1")
        return compared(_post(platform, _form(platform)), _post(platform, changed(platform)), title)

    return Row("R48", clause, f"LTI 1.1: {title}", Expect.REFUSE, run)


def _replayed(platform: PlatformDouble) -> Finding:
    sent = "the same form twice"
    if not platform.tool.legacy:
        return Finding(Verdict.NOT_RUN, sent, "give the address, a key and a secret of LTI 1.1")
    form = _form(platform)
    return compared(_post(platform, form), _post(platform, form), sent)


def _bad_signature(platform: PlatformDouble) -> Form:
    return [(name, "AAAA" if name == "oauth_signature" else value) for name, value in _form(platform)]


def _doubled(platform: PlatformDouble) -> Form:
    """One name twice, under a signature over both."""
    tool = platform.tool
    pairs = [pair for pair in _form(platform) if pair[0] != "oauth_signature"] + [("user_id", "user-8")]
    return [*pairs, ("oauth_signature", signature_of("POST", tool.legacy, pairs, tool.legacy_secret, "HMAC-SHA1"))]


LEGACY: Final[list[ToolRow]] = [
    _row("a bad signature", _bad_signature),
    _row("a timestamp an hour old", lambda platform: _form(platform, age=OLD)),
    Row("R48", "RFC 5849 3.3", "LTI 1.1: a nonce used before", Expect.REFUSE, _replayed),
    _row("an unknown key", lambda platform: _form(platform, key="nobody-knows-it")),
    _row("a parameter sent twice", _doubled),
    _row("lti_version LTI-2p0", lambda platform: _form(platform, lti_version="LTI-2p0"), f"{LTI11} 3"),
    _row("no resource_link_id", lambda platform: _form(platform, resource_link_id=""), f"{LTI11} 3"),
]
