"""The one HTTP client of everything that talks to the outside: connectors, key sets, webhooks.

It promises: every attempt ends (connection, single reads and the whole answer have limits), at most so many bytes
come in, idempotent calls are tried again with growing, jittered pauses and Retry-After is obeyed (RFC 9110 §10.2.3), no
address outside the policy is reached, redirects are few and judged like a first request, a body never follows a
redirect, and no secret shows in a URL, a log line or an error. Every failure is one class of
:mod:`connectors.errors`. Proxies, ``.netrc`` and cookies are not used: the environment of the process must not change
where a token goes.
"""

import logging
import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.util.retry import Retry

from connectors import answers
from connectors.addresses import AddressPolicy, origin
from connectors.answers import Answer
from connectors.calls import REDIRECTS, Call, redirected
from connectors.errors import (
    CertificateFault,
    ConfigurationFault,
    ConnectorError,
    RedirectRefused,
    RemoteDown,
    RemoteFault,
    RemoteSlow,
    TooLarge,
)
from connectors.meter import Meter
from connectors.pinning import known_cause, pinned_pools
from connectors.throttle import Throttle

log = logging.getLogger(__name__)

_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_ERROR_BODY = 4096
_CHUNK = 65_536
# A shorter secret would be found by chance in the path of a harmless URL.
_GUARDED = 8
USER_AGENT = "tiers-lieu-hub (+connectors)"


@dataclass(frozen=True)
class HttpOptions:
    """Limits of one client. Times in seconds, sizes in bytes.

    ``deadline`` bounds the answer of one attempt, head and body, from the last byte sent; ``retries`` counts further
    attempts of an idempotent call;
    ``max_wait`` is the longest pause kept inside a call: a longer Retry-After ends the call with its error instead.
    ``ca_bundle`` is a file of authorities trusted in place of the public ones, for a platform with a certificate of its
    own. ``hide_path``: the log tells addresses by their host alone, where the path is itself a secret.
    """

    connect_timeout: float = 5.0
    read_timeout: float = 60.0
    deadline: float = 180.0
    max_bytes: int = 32 * 1024 * 1024
    max_redirects: int = 3
    retries: int = 2
    backoff: float = 0.5
    max_wait: float = 20.0
    min_interval: float = 0.0
    concurrency: int = 2
    user_agent: str = USER_AGENT
    ca_bundle: str | None = None
    hide_path: bool = False


class _PinnedAdapter(HTTPAdapter):
    def __init__(self, policy: AddressPolicy, options: HttpOptions) -> None:
        self._pools = pinned_pools(policy, options.deadline)
        super().__init__(pool_connections=4, pool_maxsize=options.concurrency, max_retries=Retry(total=0, read=False))

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools


class HttpClient:
    """A client for one platform (its throttle is one platform's). Safe between threads. Close it, or use it in
    ``with``.

    ``secrets``: every secret the caller will send. They are cut out of excerpts, and a URL that contains one is
    refused.
    """

    def __init__(
        self,
        options: HttpOptions | None = None,
        policy: AddressPolicy | None = None,
        *,
        secrets: Iterable[str] = (),
        meter: Meter | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.options = options or HttpOptions()
        self.policy = policy or AddressPolicy()
        self._secrets = tuple(secret for secret in secrets if secret)
        self.meter = meter or Meter()
        self._sleep, self._clock, self._jitter = sleep, clock, jitter
        self._throttle = Throttle(self.options.concurrency, self.options.min_interval, clock=clock, sleep=sleep)
        self._session = self._new_session()

    def __repr__(self) -> str:
        return f"HttpClient({self.options!r}, {self.policy!r})"

    def __enter__(self) -> "HttpClient":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the kept connections."""
        self._session.close()

    def with_secrets(self, secrets: Iterable[str]) -> "HttpClient":
        """A client with the same limits, policy and meter that also hides ``secrets``; connections and throttle are
        its own.
        """
        return HttpClient(
            self.options,
            self.policy,
            secrets=(*self._secrets, *secrets),
            meter=self.meter,
            sleep=self._sleep,
            clock=self._clock,
            jitter=self._jitter,
        )

    def get_json(self, url: str, *, headers: Mapping[str, str] | None = None, max_bytes: int | None = None) -> Any:
        """GET ``url`` and decode its JSON. Raises :class:`ConnectorError`; NotJson when the body is anything else."""
        wanted = {"Accept": "application/json", **(headers or {})}
        return self.request("GET", url, headers=wanted, max_bytes=max_bytes).json()

    def get_bytes(self, url: str, *, headers: Mapping[str, str] | None = None, max_bytes: int | None = None) -> bytes:
        """GET ``url`` and return the body, content encoding undone. Raises :class:`ConnectorError`."""
        return self.request("GET", url, headers=headers, max_bytes=max_bytes).body

    def post_form(
        self,
        url: str,
        fields: Mapping[str, str],
        *,
        headers: Mapping[str, str] | None = None,
        idempotent: bool = False,
        max_bytes: int | None = None,
    ) -> Answer:
        """POST ``fields`` as ``application/x-www-form-urlencoded`` in UTF-8.

        ``idempotent``: the caller knows that sending it twice does no harm, so it may be tried again. Raises
        :class:`ConnectorError`.
        """
        sent = {**(headers or {}), "Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(fields).encode("ascii")
        return self.request("POST", url, headers=sent, body=body, idempotent=idempotent, max_bytes=max_bytes)

    def post_json(
        self,
        url: str,
        value: Any,
        *,
        headers: Mapping[str, str] | None = None,
        idempotent: bool = False,
        max_bytes: int | None = None,
    ) -> Answer:
        """POST ``value`` as JSON in UTF-8 (``Content-Type`` may be narrowed by ``headers``). Raises
        :class:`ConnectorError`.
        """
        sent = {"Content-Type": "application/json", **(headers or {})}
        body = answers.encode_json(value)
        return self.request("POST", url, headers=sent, body=body, idempotent=idempotent, max_bytes=max_bytes)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        idempotent: bool | None = None,
        max_bytes: int | None = None,
        same_origin: bool = False,
    ) -> Answer:
        """Send one request and return its 2xx answer (or 304); everything else is raised as a :class:`ConnectorError`.

        Redirects are followed for requests without a body only; headers other than Accept stay behind when the origin
        changes, and with ``same_origin`` it may not: for a call that is nothing without its credential.
        ``idempotent`` defaults to what RFC 9110 §9.2.2 says of the method.
        """
        again = method in _IDEMPOTENT if idempotent is None else idempotent
        retries = self.options.retries if again else 0
        limit = self.options.max_bytes if max_bytes is None else max_bytes
        call = Call(method, url, dict(headers or {}), body, retries, limit)
        for _ in range(self.options.max_redirects + 1):
            answer = self._persist(call)
            if answer.status not in REDIRECTS:
                return answer
            following = redirected(call, answer)
            if same_origin and origin(following.url) != origin(url):
                shown = answers.where(following.url)
                raise RedirectRefused(f"the site answers at {shown}", where=answer.where, status=answer.status)
            call = following
        raise RedirectRefused(f"more than {self.options.max_redirects} redirects", where=answers.where(url))

    def _new_session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.verify = self.options.ca_bundle or True
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.headers["User-Agent"] = self.options.user_agent
        adapter = _PinnedAdapter(self.policy, self.options)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        return session

    def _persist(self, call: Call) -> Answer:
        """Try a call until it succeeds, fails for good, or has no attempt left."""
        asked = call.url.partition("://")[2].partition("/")[2]
        if any(secret in asked for secret in self._secrets if len(secret) >= _GUARDED):
            raise ConfigurationFault("a secret does not belong in a URL")
        self.policy.check_url(call.url)
        attempt = 0
        while True:
            try:
                with self._throttle.turn():
                    return self._once(call)
            except RemoteFault as fault:
                pause = self._pause(attempt, fault.retry_after)
                if attempt >= call.retries or pause > self.options.max_wait:
                    raise
                attempt += 1
            self._sleep(pause)

    def _pause(self, attempt: int, retry_after: float | None) -> float:
        """Seconds before the next attempt: exponential with half of it random, never less than what the remote
        asked.
        """
        backoff = self.options.backoff * 2.0**attempt * (0.5 + self._jitter() / 2)
        return max(backoff, retry_after or 0.0)

    def _once(self, call: Call) -> Answer:
        started = self._clock()
        where = urlsplit(call.url).hostname or "" if self.options.hide_path else answers.where(call.url)
        content = b""
        try:
            response = self._session.request(
                call.method,
                call.url,
                headers=call.headers,
                data=call.body,
                timeout=(self.options.connect_timeout, self.options.read_timeout),
                allow_redirects=False,
                stream=True,
            )
            with response:
                content = self._read(response, call)
        except ConnectorError:
            raise
        except (requests.RequestException, HTTPError, OSError) as fault:
            raise _transport_fault(fault, where) from None
        finally:
            seconds = self._clock() - started
            self.meter.add(seconds, len(content))
        self.meter.clock_offset = _clock_offset(response.headers.get("Date", ""))
        log.debug("%s %s: %d in %.3f s, %d bytes", call.method, where, response.status_code, seconds, len(content))
        answer = Answer(response.status_code, where, dict(response.headers), content)
        answers.raise_for_status(answer, self._hidden(call))
        return answer

    def _hidden(self, call: Call) -> tuple[str, ...]:
        """What must not show in an excerpt: the known secrets and whatever the Authorization header carried."""
        authorization = next((value for name, value in call.headers.items() if name.lower() == "authorization"), "")
        return (*self._secrets, *authorization.split())

    def _read(self, response: requests.Response, call: Call) -> bytes:
        """The decoded body, stopped at the byte limit (the deadline is kept below, by the connection)."""
        failed = response.status_code >= 400
        limit = _ERROR_BODY if failed else call.max_bytes
        content = bytearray()
        while chunk := response.raw.read1(min(_CHUNK, limit + 1), decode_content=True):
            content += chunk
            if len(content) > limit:
                if failed:
                    break
                raise TooLarge(f"more than {limit} bytes", where=answers.where(call.url))
        return bytes(content[:limit])


def _clock_offset(date: str) -> float | None:
    """Seconds by which a ``Date`` header (RFC 9110 §6.6.1) is ahead of this machine's clock."""
    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except (ValueError, TypeError):
        return None


def _transport_fault(fault: Exception, where: str) -> ConnectorError:
    """The class of our tree for a failure below HTTP; texts of the libraries stay out, for they may quote the URL."""
    detail = known_cause(fault) or type(fault).__name__
    if isinstance(fault, requests.exceptions.SSLError):
        return CertificateFault(detail, where=where)
    if isinstance(fault, (requests.Timeout, ReadTimeoutError, TimeoutError)):
        return RemoteSlow(detail, where=where)
    return RemoteDown(detail, where=where)
