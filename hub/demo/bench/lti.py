"""LTI side by side with PyLTI1p3, in one run: launches as a tool, messages as a platform, keys that rotate."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from joserfc.jwk import RSAKey

from hub.config import Config
from hub.db.directory import Installation
from hub.services.group_commit import write
from hub.services.lti_ports import SqlOneTime
from lti import KeyPair, KeyRing, PlatformRegistration
from lti import claims as names
from lti.conformance.platform_double import PlatformDouble, ToolAddresses
from lti.conformance.reference_tool import MemoryOneTime, MemoryPlatforms
from lti.errors import LtiError
from lti.ports import OneTimeUse
from lti.tool.key_sets import CachedPlatformKeys
from lti.tool.launch import LaunchEndpoint, ProvenLaunch
from lti.tool.login import LoginEndpoint
from lti.tool.ports import HttpAnswer
from lti.tool.settings import ToolSettings

THREADS = 32
ISSUER, CLIENT, LAUNCH = "https://platform.example", "bench", "https://tool.example/launch"


class _Keys:
    """The platform's key set over a transport that counts."""

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring
        self.fetched = 0

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None, max_bytes: int
    ) -> HttpAnswer:
        self.fetched += 1
        return HttpAnswer(200, {}, json.dumps(self.ring.jwks()).encode())


def tool_and_platform(*, quick: bool) -> dict[str, Any]:
    """Login and launch a second as a tool (signing by the platform not counted), and what an id_token costs."""
    times = 20 if quick else 1500
    key = KeyPair.generate()
    keys = _Keys(KeyRing(key))
    bench = _Bench(keys)
    memory = bench.rate(times, MemoryOneTime(), key)
    with _durable() as one_time:
        sqlite = bench.rate(times, one_time, key, THREADS)
        commits = one_time.commits_per_second()
    with PlatformDouble(ToolAddresses("", ""), key=key) as platform:
        fetching = _peer_rate(times, key, platform.registration["jwks_uri"])
    peer = _peer_rate(times, key)
    return {
        "launches": times,
        "in_memory_per_second": memory,
        "durable_on_sqlite_per_second": sqlite,
        "disk_commits_per_second": commits,
        "pylti1p3_keys_by_address_per_second": fetching,
        "pylti1p3_keys_in_configuration_per_second": peer,
        "times_pylti1p3_keys_by_address": round(sqlite / fetching, 2) if fetching else None,
        "times_pylti1p3_keys_in_configuration": round(sqlite / peer, 2) if peer else None,
        "wanted_in_memory_at_least": 1200,
        "wanted_times_pylti1p3_at_least": 1.5,
        "key_sets_fetched": keys.fetched,
        **_issuing(times, key),
        **_rotating(40 if quick else 400),
    }


class _Bench:
    """The hub's side of a launch, without HTTP."""

    def __init__(self, keys: _Keys) -> None:
        platforms = MemoryPlatforms()
        platforms.known.append(
            PlatformRegistration(
                "bench", ISSUER, CLIENT, f"{ISSUER}/auth", jwks_uri=f"{ISSUER}/jwks", deployment_ids=frozenset({"1"})
            )
        )
        settings = ToolSettings(LAUNCH, b"b" * 32)
        self.login = LoginEndpoint(platforms, settings)
        self.launch = LaunchEndpoint(platforms, CachedPlatformKeys(keys, cool_down=0.0), settings)

    def begin(self) -> tuple[dict[str, str], str]:
        asked = {"iss": ISSUER, "login_hint": "u", "target_link_uri": LAUNCH, "client_id": CLIENT}
        answer = self.login.begin(asked)
        return dict(parse_qsl(urlsplit(answer.location).query)), answer.browser

    def finish(self, form: dict[str, str], browser: str, one_time: OneTimeUse) -> None:
        proven = self.launch.check(form, browser=browser)
        if not isinstance(proven, ProvenLaunch):
            raise AssertionError("the browser has its cookie")
        self.launch.accept(proven, one_time)

    def rate(self, times: int, one_time: OneTimeUse, key: KeyPair, threads: int = 1) -> int:
        """Launches a second: the logins, then (the platform's signing not counted) the messages, in ``threads``."""
        started = time.perf_counter()
        begun = [self.begin() for _ in range(times)]
        spent = time.perf_counter() - started
        forms = [({"id_token": key.sign(_message(r["nonce"])), "state": r["state"]}, browser) for r, browser in begun]
        started = time.perf_counter()
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda one: self.finish(one[0], one[1], one_time), forms))
        return round(times / (spent + time.perf_counter() - started))


def _message(nonce: str) -> dict[str, object]:
    now = int(time.time())
    return {
        "iss": ISSUER, "aud": CLIENT, "sub": "u7", "iat": now, "exp": now + 60, "nonce": nonce,
        "name": "Inès Benali", "email": "ines@example.org",
        names.LTI_VERSION: names.VERSION,
        names.MESSAGE_TYPE: names.RESOURCE_LINK_REQUEST,
        names.DEPLOYMENT_ID: "1",
        names.TARGET_LINK_URI: LAUNCH,
        names.ROLES: ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"],
        names.RESOURCE_LINK: {"id": "link-1", "title": "Un lien"},
        names.CONTEXT: {"id": "c1", "title": "Un cours"},
    }  # fmt: skip


class _Durable:
    """One-time use in a place's own database, on disk before a launch is answered; launches at the same moment share
    one commit."""

    def __init__(self, installation: Installation) -> None:
        self._tenant = installation.create_tenant("bench", "Bench", ["bench.localhost"])

    def commits_per_second(self) -> int:
        """What the disk gives to one writer who waits for each commit: the bound of launches that come one by one."""
        until = datetime.now(UTC) + timedelta(minutes=5)
        started = time.perf_counter()
        for number in range(20):
            with self._tenant.write() as session:
                SqlOneTime(session).consume("bench", str(number), until)
        return round(20 / (time.perf_counter() - started))

    def consume(self, purpose: str, key: str, until: datetime) -> bool:
        return write(self._tenant, lambda session: SqlOneTime(session).consume(purpose, key, until), 1)


@contextmanager
def _durable() -> Iterator[_Durable]:
    with TemporaryDirectory() as folder:
        installation = Installation(Config(data=Path(folder)))
        try:
            yield _Durable(installation)
        finally:
            installation.close()


def _peer_rate(times: int, key: KeyPair, address: str | None = None) -> int | None:
    """PyLTI1p3's launches a second, its session and cookies in memory; None where it is not installed. It reads the
    keys at ``address`` anew for each launch, as its documentation has it, or has them in its configuration."""
    try:
        flask = import_module("pylti1p3.contrib.flask")
        configured = import_module("pylti1p3.tool_config").ToolConfDict
    except ModuleNotFoundError:
        return None
    keys = None if address else KeyRing(key).jwks()
    platform = {
        "default": True, "client_id": CLIENT, "auth_login_url": f"{ISSUER}/auth", "auth_token_url": f"{ISSUER}/token",
        "auth_audience": None,
        "key_set_url": address, "key_set": keys, "deployment_ids": ["1"],
    }  # fmt: skip
    config = configured({ISSUER: [platform]})
    spent = 0.0
    for _ in range(times):
        session: dict[str, Any] = {}
        cookies: dict[str, str] = {}
        asked = {"iss": ISSUER, "login_hint": "u", "target_link_uri": LAUNCH, "client_id": CLIENT}
        started = time.perf_counter()
        opened = flask.FlaskRequest(cookies, session, asked, request_is_secure=False)
        service = flask.FlaskCookieService(opened)
        login = flask.FlaskOIDCLogin(opened, config, cookie_service=service)
        location = login.get_redirect_object(LAUNCH).get_redirect_url()
        spent += time.perf_counter() - started
        cookies |= {name: told["value"] for name, told in service._cookie_data_to_set.items()}
        request = dict(parse_qsl(urlsplit(location).query))
        form = {"id_token": key.sign(_message(request["nonce"])), "state": request["state"]}
        started = time.perf_counter()
        flask.FlaskMessageLaunch(flask.FlaskRequest(cookies, session, form, request_is_secure=False), config).validate()
        spent += time.perf_counter() - started
    return round(times / spent)


def _issuing(times: int, key: KeyPair) -> dict[str, Any]:
    """An id_token whole, beside the bare signature of the same bytes."""
    signing = import_module("cryptography.hazmat.primitives.asymmetric.padding").PKCS1v15()
    digest = import_module("cryptography.hazmat.primitives.hashes").SHA256()
    private: Any = RSAKey.import_key(key.private_pem).private_key
    text = b".".join([b"x" * 80, b"y" * 1100])
    started = time.perf_counter()
    for _ in range(times):
        private.sign(text, signing, digest)
    bare = (time.perf_counter() - started) / times
    started = time.perf_counter()
    for _ in range(times):
        key.sign(_message("nonce"))
    whole = (time.perf_counter() - started) / times
    return {
        "id_token_ms": round(whole * 1000, 3),
        "bare_signature_ms": round(bare * 1000, 3),
        "times_bare_signature": round(whole / bare, 2),
        "wanted_times_bare_signature_at_most": 1.3,
    }


def _rotating(times: int) -> dict[str, Any]:
    """Launches while the platform's key changes in the middle, both published during the overlap: none fails."""
    old, new = KeyPair.generate(), KeyPair.generate()
    keys = _Keys(KeyRing(old))
    bench = _Bench(keys)
    one_time = MemoryOneTime()
    failed = 0
    for number in range(times):
        if number == times // 2:
            keys.ring = KeyRing(new, (old.public,))
        key = new if number >= times // 2 and number % 3 else old
        request, browser = bench.begin()
        form = {"id_token": key.sign(_message(request["nonce"])), "state": request["state"]}
        try:
            bench.finish(form, browser, one_time)
        except LtiError:
            failed += 1
    return {"launches_across_a_rotation": times, "of_them_failed": failed}
