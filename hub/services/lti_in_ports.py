"""The ports of ``lti.tool`` over the hub: registrations in short reading units, one HTTP client, one cache of keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from connectors.errors import ConnectorError
from connectors.http import HttpClient
from hub.db.uow import TenantDatabase
from hub.services.lti_platforms import SqlPlatforms
from lti import PlatformRegistration
from lti.tool.ports import HttpAnswer, TransportFault


class TenantPlatforms:
    """``lti.tool.ports.Platforms``: each look-up in a reading unit of its own, as keys are fetched in between."""

    def __init__(self, tenant: TenantDatabase, *, development: bool) -> None:
        self._tenant = tenant
        self._development = development

    def of_issuer(self, issuer: str) -> Sequence[PlatformRegistration]:
        """Every registration of an issuer that is not closed."""
        with self._tenant.read() as session:
            return SqlPlatforms(session, development=self._development).of_issuer(issuer)

    def of_key(self, key: str) -> PlatformRegistration | None:
        """The registration of a key."""
        with self._tenant.read() as session:
            return SqlPlatforms(session, development=self._development).of_key(key)


class HubTransport:
    """``lti.tool.ports.Transport`` over the connectors' client: its address policy, limits and User-Agent."""

    def __init__(self, client: HttpClient) -> None:
        self._client = client

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None, max_bytes: int
    ) -> HttpAnswer:
        """Send one request; a refusal of the remote is an answer. Raises TransportFault."""
        try:
            answer = self._client.request(method, url, headers=headers, body=body, max_bytes=max_bytes)
        except ConnectorError as fault:
            if fault.status is None:
                raise TransportFault(fault.code) from None
            return HttpAnswer(fault.status, {}, fault.excerpt.encode())
        told = {name.lower(): value for name, value in answer.headers.items()}
        return HttpAnswer(answer.status, told, answer.body)
