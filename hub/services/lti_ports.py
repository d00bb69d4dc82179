"""The ports of the package ``lti`` over the tenant's tables: registrations, one-time use, access grants, keys, key
sets."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from connectors.errors import ConnectorError
from connectors.http import HttpClient
from hub.db.types import Secret, vault_of
from hub.db.uow import TenantDatabase
from hub.models.platforms import LtiAccessToken, LtiKey, LtiOnce, LtiTool
from hub.services.dictionaries import upsert
from lti import AccessGrant, KeyPair, KeyRing, PrivacyPolicy, ToolRegistration
from lti.errors import KeySetUnavailable

#: A retired key is still published this long, for messages on their way.
OVERLAP = timedelta(days=2)
#: How long a new key is published before it signs: longer than a key set may be cached (``Cache-Control``).
NOTICE = timedelta(minutes=10)
#: Seconds between two fetches of one tool's keys that an unknown key id may cause.
COOL_DOWN = 300.0


class SqlRegistrations:
    """``lti.ports.Registrations``: the active tools."""

    def __init__(self, session: Session, *, development: bool) -> None:
        self._session = session
        self._development = development

    def find(self, client_id: str) -> ToolRegistration | None:
        """The registration of an active tool."""
        tool = self._session.scalars(
            select(LtiTool).where(LtiTool.client_id == client_id, LtiTool.active, LtiTool.legacy_key_id.is_(None))
        ).first()
        return registration_of(tool, development=self._development) if tool else None


class TenantRegistrations:
    """The same, each look-up in a short reading unit of its own: for callers that also wait for the network."""

    def __init__(self, tenant: TenantDatabase, *, development: bool) -> None:
        self._tenant = tenant
        self._development = development

    def find(self, client_id: str) -> ToolRegistration | None:
        """The registration of an active tool."""
        with self._tenant.read() as session:
            return SqlRegistrations(session, development=self._development).find(client_id)


def registration_of(tool: LtiTool, *, development: bool) -> ToolRegistration:
    """The package's view of a tool's row. Raises lti.ConfigurationError where the row does not hold together."""
    r = tool.registration
    privacy = r.get("privacy", {})
    return ToolRegistration(
        client_id=tool.client_id,
        deployment_ids=frozenset({tool.deployment_id}),
        login_initiation_url=r["login_initiation_url"],
        # A Moodle asks for the answer where its content is picked; whoever typed that address named it as the tool's.
        redirect_uris=frozenset(r["redirect_uris"]) | frozenset(filter(None, [r.get("selection_uri")])),
        target_link_uri=r["target_link_uri"],
        jwks_uri=r.get("jwks_uri"),
        jwks=r.get("jwks"),
        scopes=frozenset(r.get("scopes", ())),
        privacy=PrivacyPolicy(bool(privacy.get("name")), bool(privacy.get("email")), bool(privacy.get("sourcedid"))),
        signing_algorithm=r.get("signing_algorithm", "RS256"),
        development=development,
    )


class SqlOneTime:
    """``lti.ports.OneTimeUse``: the primary key decides which of two simultaneous uses is the first."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def consume(self, purpose: str, key: str, until: datetime) -> bool:
        """Record a use; False when it was there already."""
        digest = vault_of(self._session).keyed_hash(f"lti-once {purpose}", key)
        statement = upsert(self._session, LtiOnce.__table__).values(
            kind=purpose[:12], value_hash=digest, expires_at=until
        )
        inserted = self._session.execute(statement.on_conflict_do_nothing().returning(LtiOnce.kind)).first()
        return inserted is not None


class SqlGrants:
    """``lti.ports.AccessGrants``: access tokens by digest."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, grant: AccessGrant) -> None:
        """Keep a grant."""
        tool = self._session.scalars(select(LtiTool.id).where(LtiTool.client_id == grant.client_id)).one()
        self._session.add(
            LtiAccessToken(
                token_hash=bytes.fromhex(grant.digest),
                tool_id=tool,
                scopes=sorted(grant.scopes),
                expires_at=grant.expires_at,
            )
        )

    def find(self, digest: str) -> AccessGrant | None:
        """The grant of a digest, while its tool is active."""
        query = (
            select(LtiAccessToken, LtiTool.client_id)
            .join(LtiTool, LtiTool.id == LtiAccessToken.tool_id)
            .where(LtiAccessToken.token_hash == bytes.fromhex(digest), LtiTool.active)
        )
        row = self._session.execute(query).first()
        if row is None:
            return None
        return AccessGrant(digest, row[1], frozenset(row[0].scopes), row[0].expires_at)


def forget_expired(session: Session, now: datetime) -> None:
    """Remove one-time marks and access tokens that ran out."""
    session.execute(delete(LtiOnce).where(LtiOnce.expires_at < now))
    session.execute(delete(LtiAccessToken).where(LtiAccessToken.expires_at < now - timedelta(days=1)))


def key_ring(session: Session, now: datetime) -> KeyRing | None:
    """The keys of the tenant; None before the first one was made. The key that signs is the last one whose time has
    come; those to come are published already, those before it for a while yet."""
    keys = session.scalars(select(LtiKey).order_by(LtiKey.created_at, LtiKey.kid)).all()
    started = [key for key in keys if _signs_from(key) <= now and not (key.retired_at and key.retired_at <= now)]
    if not started:
        return None
    signing = max(started, key=lambda key: (_signs_from(key), key.kid))
    others = [key for key in keys if key is not signing and not (key.retired_at and key.retired_at <= now - OVERLAP)]
    return KeyRing(_pair(signing), tuple(_pair(key).public for key in others))


def _signs_from(row: LtiKey) -> datetime:
    return row.signs_from or row.created_at


def _pair(row: LtiKey) -> KeyPair:
    return KeyPair(row.kid, row.private_pem.reveal())


def add_key(session: Session, pair: KeyPair, now: datetime, *, notice: timedelta = timedelta(0)) -> None:
    """Let ``pair`` sign once ``notice`` has passed; it is published at once, and the keys before it a while longer.
    Make the pair outside the unit of work."""
    starts = now + notice
    for row in session.scalars(select(LtiKey).where(or_(LtiKey.retired_at.is_(None), LtiKey.retired_at > starts))):
        row.retired_at = starts
    session.add(LtiKey(kid=pair.kid, private_pem=Secret(pair.private_pem), created_at=now, signs_from=starts))


def signing_pair(session: Session, pair: KeyPair, now: datetime) -> KeyPair:
    """The pair that signs: ``pair`` when the tenant has none yet, and only then. Of units that ask at once, one gives
    its pair and the others wait for it: a second first key would sign what no copy of the key set has."""
    SqlOneTime(session).consume("first key", "", now + OVERLAP)
    if (ring := key_ring(session, now)) is not None:
        return ring.signing
    add_key(session, pair, now)
    return pair


class FetchedKeySets:
    """``lti.ports.KeySets``: fetched through the hub's client, cached by registration, refreshed at most once a
    cool-down."""

    def __init__(self, client: HttpClient, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._now = monotonic
        self._cache: dict[tuple[str, str], tuple[float, Mapping[str, object]]] = {}
        self._lock = threading.Lock()

    def key_set(self, registration: ToolRegistration, *, refresh: bool) -> Mapping[str, object]:
        """The tool's key set. Raises KeySetUnavailable when it cannot be had."""
        if registration.jwks is not None:
            return registration.jwks
        key = (registration.client_id, registration.jwks_uri or "")
        with self._lock:
            known = self._cache.get(key)
        if known and (not refresh or self._now() - known[0] < COOL_DOWN):
            return known[1]
        try:
            fetched: Any = self._client.get_json(registration.jwks_uri or "", max_bytes=1_000_000)
        except ConnectorError as error:
            raise KeySetUnavailable from error
        if not isinstance(fetched, dict):
            raise KeySetUnavailable
        with self._lock:
            self._cache[key] = (self._now(), fetched)
        return fetched
