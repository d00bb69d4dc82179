"""One request before it is sent, and what becomes of it when the answer points elsewhere."""

from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from connectors import answers
from connectors.addresses import origin
from connectors.answers import Answer
from connectors.errors import RedirectRefused

REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class Call:
    """One request; its body and headers stay out of its repr. ``retries`` counts further attempts."""

    method: str
    url: str
    headers: dict[str, str] = field(repr=False)
    body: bytes | None = field(repr=False)
    retries: int
    max_bytes: int


def redirected(call: Call, answer: Answer) -> Call:
    """The call that a redirect (RFC 9110 §15.4) asks for.

    Raises :class:`RedirectRefused` when it would carry a body on, leave https, or names no target. Headers other than
    Accept stay behind when the origin changes: one of them may be a credential.
    """
    target = urljoin(call.url, answer.header("Location"))
    shown = f"{urlsplit(target).scheme}://{answers.where(target)}"
    if not answer.header("Location"):
        raise RedirectRefused("a redirect without Location", where=answer.where, status=answer.status)
    if call.body is not None or call.method not in ("GET", "HEAD"):
        raise RedirectRefused(f"the site answers at {shown}", where=answer.where, status=answer.status)
    if urlsplit(call.url).scheme == "https" and urlsplit(target).scheme != "https":
        raise RedirectRefused(f"from https to {shown}", where=answer.where, status=answer.status)
    headers = call.headers
    if origin(target) != origin(call.url):
        headers = {name: value for name, value in headers.items() if name.lower() == "accept"}
    return Call(call.method, target, headers, None, call.retries, call.max_bytes)
