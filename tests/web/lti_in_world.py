"""The hub on loopback, known to a partner's platform (the conformance runner's), with one published path."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Thread
from typing import Any
from uuid import UUID

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from connectors.addresses import AddressPolicy
from connectors.http import HttpClient, HttpOptions
from hub.db.base import new_id
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.learning import PathVersion
from hub.models.platforms import LtiPlatform, Platform
from hub.services import lti_ports
from hub.services.lti_in_ports import HubTransport
from hub.services.lti_platforms import approve_deployment
from hub.urls.addresses import lti_target
from hub.web.app import create_app
from hub.web.views import _lti_in
from lti.conformance.platform_double import PlatformDouble, ToolAddresses
from lti.tool.key_sets import CachedPlatformKeys
from tests.lti.world import key_pair
from tests.services.builders import activity, document, publish, rule, step

COOL_DOWN = 0.2
SHEET, EXERCISE = "https://fiche.example/1", "https://fiche.example/2"


class Quiet(WSGIRequestHandler):
    """Requests go unsaid."""

    def log(self, *_: object) -> None:
        """Nothing."""


@dataclass
class LtiIn:
    installation: Installation
    tenant: TenantDatabase
    app: Flask
    url: str
    path_id: UUID
    step_id: UUID
    version_id: UUID
    platform: PlatformDouble

    def register(self, platform: PlatformDouble, name: str) -> UUID:
        """Know a platform as an administrator would enter it, its deployment approved."""
        now, told = datetime.now(UTC), platform.registration
        with self.tenant.write() as session:
            row = Platform(id=new_id(), name=name, created_at=now)
            session.add(row)
            session.flush()
            key = LtiPlatform(
                id=new_id(), platform_id=row.id, issuer=told["issuer"], client_id=told["client_id"],
                authorization_endpoint=told["authorization_endpoint"], token_endpoint=told["token_endpoint"],
                jwks_uri=told["jwks_uri"], registration={}, created_at=now,
            )  # fmt: skip
            session.add(key)
            session.flush()
            approve_deployment(session, key.id, told["deployment_id"], by=None, now=now)
            return key.id


@contextmanager
def serving(make_config: Any, host: str = "localhost") -> Iterator[LtiIn]:
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True, request_handler=Quiet)
    installation = Installation(make_config(base_url=f"http://{host}:{server.server_port}", allow_loopback=True))
    tenant = installation.create_tenant("lieu", "Le Générateur", [host])
    app = create_app(installation)
    server.app = app
    options = HttpOptions(read_timeout=2.0, deadline=2.0, connect_timeout=2.0, max_redirects=1, retries=0)
    transport = HubTransport(HttpClient(options, AddressPolicy(development=True)))
    app.extensions[_lti_in.KEYS] = CachedPlatformKeys(transport, cool_down=COOL_DOWN, pause=0.0)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield _world(installation, tenant, app, installation.config.base_url)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        installation.close()


def _world(installation: Installation, tenant: TenantDatabase, app: Flask, url: str) -> LtiIn:
    done = rule(("completed", None))
    first = step("Lire la fiche", activity(SHEET, "completed"), rule=done)
    second = step("Faire l’exercice", activity(EXERCISE, "completed"), rule=done)
    with tenant.write() as session:
        version = publish(session, document(first, second))
        path_id = session.get_one(PathVersion, version).path_id
        lti_ports.add_key(session, key_pair("hub"), datetime.now(UTC))
    target = lti_target(url, str(path_id))
    platform = PlatformDouble(
        ToolAddresses(f"{url}/lti/login", target, cool_down=COOL_DOWN, slow=3.0), key=key_pair("campus")
    )
    return LtiIn(installation, tenant, app, url, path_id, first.id, version, platform)
