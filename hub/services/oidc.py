"""Signing in through an organisation's own service, by OpenID Connect (Core 1.0 section 3.1, code flow with PKCE).

An account there reaches a person here only after that person proved both in one browser: signed in here, then there
(DESIGN section 5). Its e-mail address links nothing and proves nothing. What the service signs is checked against its
published keys; every call goes through the connectors' client and its address policy.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from connectors.addresses import AddressPolicy
from connectors.errors import ConnectorError
from connectors.http import HttpClient, HttpOptions
from hub.config import Config
from hub.db.types import Secret
from hub.db.vault import Vault
from hub.models.person import Person
from hub.models.second_factor import OidcAccount, OidcProvider
from hub.services import sessions
from hub.services.accounts import Browser
from hub.services.dictionaries import add_once
from hub.services.errors import Conflict, Invalid, NotFound, ServiceError
from hub.services.journal import record

ALGORITHMS: Final = ["RS256", "PS256", "ES256", "EdDSA"]
LEEWAY_SECONDS: Final = 120
LIMITS: Final = HttpOptions(read_timeout=10.0, deadline=15.0, max_bytes=262_144, max_redirects=0, retries=1)


class SignInServiceFault(ServiceError):
    """The service does not answer as OpenID Connect says; ``details['reason']`` is for the administrator."""

    code = "oidc_fault"


class CeremonyLost(SignInServiceFault):
    """Somebody came back whom this browser did not send, or a second time."""

    code = "oidc_ceremony_lost"


class NotLinked(ServiceError):
    """The account there is real, and linked to nobody here."""

    code = "oidc_not_linked"


@dataclass(frozen=True, slots=True)
class Provider:
    """A service as it is called. The secret shows in no repr."""

    id: UUID
    name: str
    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """What its discovery document says."""

    issuer: str
    authorization: str
    token: str
    keys: str


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What one way there and back has to agree on; kept in the browser's signed cookie, used once. ``link``: the
    person signed in here wants to link the account; else it signs in."""

    provider: str
    state: str
    nonce: str
    verifier: str
    back: str
    link: bool
    shared: bool

    def dump(self) -> dict[str, Any]:
        """For the cookie."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Told:
    """Who came back: ``subject`` names the account for ever, ``label`` only shows which one it is."""

    subject: str
    label: str


def client(config: Config, *hidden: str) -> HttpClient:
    """The HTTP client of these calls; ``hidden``: secrets that it sends."""
    return HttpClient(LIMITS, AddressPolicy(development=config.allow_loopback), secrets=hidden)


def discover(http: HttpClient, issuer: str) -> Endpoints:
    """Ask for the discovery document (Discovery 1.0 section 4). Raises SignInServiceFault."""
    try:
        told = http.get_json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    except ConnectorError as error:
        raise SignInServiceFault(reason=error.code) from error
    try:
        found = Endpoints(str(told["issuer"]), told["authorization_endpoint"], told["token_endpoint"], told["jwks_uri"])
    except (KeyError, TypeError):
        raise SignInServiceFault(reason="discovery_incomplete") from None
    if found.issuer.rstrip("/") != issuer.rstrip("/"):
        raise SignInServiceFault(reason="other_issuer")
    return found


def begin(
    provider: Provider, endpoints: Endpoints, redirect_uri: str, *, back: str, link: bool, shared: bool
) -> tuple[str, Ceremony]:
    """Where to send the browser, and what to remember until it comes back."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    ceremony = Ceremony(str(provider.id), state, nonce, verifier, back=back, link=link, shared=shared)
    query = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": redirect_uri,
        "scope": "openid email profile",
        "state": ceremony.state,
        "nonce": ceremony.nonce,
        "code_challenge": create_s256_code_challenge(ceremony.verifier),
        "code_challenge_method": "S256",
    }
    glue = "&" if urlsplit(endpoints.authorization).query else "?"
    return f"{endpoints.authorization}{glue}{urlencode(query)}", ceremony


def finish(
    http: HttpClient,
    provider: Provider,
    endpoints: Endpoints,
    ceremony: Ceremony,
    code: str,
    redirect_uri: str,
    now: datetime,
) -> Told:
    """Exchange the code and check what the service signs (Core 1.0 section 3.1.3.7). Raises SignInServiceFault."""
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": provider.client_id,
        "code_verifier": ceremony.verifier,
    }
    pair = f"{provider.client_id}:{provider.client_secret}".encode()
    headers = {"Authorization": f"Basic {base64.b64encode(pair).decode()}"} if provider.client_secret else {}
    try:
        answer = http.post_form(endpoints.token, fields, headers={"Accept": "application/json", **headers}).json()
        keys = http.get_json(endpoints.keys)
    except ConnectorError as error:
        raise SignInServiceFault(reason=error.code) from error
    if not isinstance(answer, dict) or not isinstance(answer.get("id_token"), str):
        raise SignInServiceFault(reason="no_id_token")
    return told(answer["id_token"], keys, provider, endpoints, ceremony, now)


def told(id_token: str, keys: Any, provider: Provider, endpoints: Endpoints, ceremony: Ceremony, now: datetime) -> Told:
    """What an ID token says once its signature, issuer, audience, times and nonce are right."""
    try:
        token = jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=ALGORITHMS)
        options = {"iss": {"value": endpoints.issuer}, "aud": {"value": provider.client_id}}
        params = {"nonce": ceremony.nonce, "client_id": provider.client_id}
        claims = CodeIDToken(token.claims, token.header, options=options, params=params)
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY_SECONDS)
    except (JoseError, AuthlibBaseError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise SignInServiceFault(reason=f"id_token: {type(error).__name__}") from None
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise SignInServiceFault(reason="subject")
    label = claims.get("email") or claims.get("preferred_username") or claims.get("name") or ""
    return Told(subject, str(label)[:120])


# Providers and links


def providers(session: Session, *, active: bool = True) -> Sequence[OidcProvider]:
    """The services of the place, by name."""
    query = select(OidcProvider).order_by(OidcProvider.name, OidcProvider.id)
    return session.scalars(query.where(OidcProvider.active) if active else query).all()


def provider(session: Session, provider_id: UUID) -> Provider:
    """An active service, ready to be called. Raises NotFound."""
    row = session.get(OidcProvider, provider_id)
    if row is None or not row.active:
        raise NotFound
    secret = row.client_secret.reveal() if row.client_secret else ""
    return Provider(row.id, row.name, row.issuer, row.client_id, secret)


def put_provider(
    session: Session, provider_id: UUID | None, data: Mapping[str, str], *, by: UUID | None, now: datetime
) -> OidcProvider:
    """Add a service or change one: ``name``, ``issuer``, ``client_id``, ``client_secret`` (empty keeps the old one).

    The issuer of one in use does not change: its subjects would be other people. Raises NotFound, Invalid.
    """
    row = session.get(OidcProvider, provider_id) if provider_id else OidcProvider(created_at=now)
    if row is None:
        raise NotFound
    cleaned = {name: data.get(name, "").strip() for name in ("name", "issuer", "client_id")}
    faults = {name: "required" for name, value in cleaned.items() if not value}
    parts = urlsplit(cleaned["issuer"])
    if cleaned["issuer"] and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query):
        faults["issuer"] = "not_a_web_address"
    same = select(OidcProvider.id).where(OidcProvider.issuer == cleaned["issuer"])
    if any(found != provider_id for found in session.scalars(same)):
        faults["issuer"] = "taken"
    if provider_id and row.issuer != cleaned["issuer"] and _in_use(session, provider_id):
        faults["issuer"] = "fixed"
    if faults:
        raise Invalid(faults)
    row.name, row.issuer, row.client_id = cleaned["name"], cleaned["issuer"], cleaned["client_id"]
    if data.get("client_secret", "").strip():
        row.client_secret = Secret(data["client_secret"].strip())
    session.add(row)
    session.flush()
    record(session, now, by, "oidc_provider.changed" if provider_id else "oidc_provider.added", "oidc_provider", row.id)
    return row


def _in_use(session: Session, provider_id: UUID) -> bool:
    return session.scalar(select(OidcAccount.person_id).where(OidcAccount.provider_id == provider_id)) is not None


def set_active(session: Session, provider_id: UUID, active: bool, *, by: UUID | None, now: datetime) -> None:
    """Open or close a service; links stay. Raises NotFound."""
    row = session.get(OidcProvider, provider_id)
    if row is None:
        raise NotFound
    row.active = active
    act = "oidc_provider.opened" if active else "oidc_provider.closed"
    record(session, now, by, act, "oidc_provider", row.id)


def sign_in(session: Session, vault: Vault, provider_id: UUID, who: Told, browser: Browser, now: datetime) -> str:
    """Sign in whom the account is linked to; gives the token of the new session. Raises NotLinked."""
    row = session.get(OidcAccount, (provider_id, who.subject))
    person = session.get(Person, row.person_id) if row else None
    if row is None or person is None or person.erased_at is not None:
        raise NotLinked
    row.used_at, row.label = now, who.label
    return sessions.start(
        session, vault, row.person_id, now, shared=browser.shared, how="oidc", ending=browser.previous
    )


def link(session: Session, provider_id: UUID, who: Told, person_id: UUID, now: datetime) -> None:
    """Link an account to the person who is signed in. Raises Conflict (``oidc_taken``: it is somebody else's)."""
    # The person's row is held: the link that they made just now goes too.
    session.get_one(Person, person_id, with_for_update={"key_share": True})
    session.execute(
        delete(OidcAccount).where(OidcAccount.provider_id == provider_id, OidcAccount.person_id == person_id)
    )
    account = {"provider_id": provider_id, "subject": who.subject, "person_id": person_id}
    if not add_once(session, OidcAccount, **account, label=who.label, linked_at=now):
        raise Conflict("oidc_taken")
    record(session, now, person_id, "oidc_account.linked", "person", person_id, provider=str(provider_id))


def unlink(session: Session, provider_id: UUID, person_id: UUID, now: datetime) -> None:
    """Take one's own link away. Raises NotFound."""
    query = select(OidcAccount).where(OidcAccount.provider_id == provider_id, OidcAccount.person_id == person_id)
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotFound
    session.delete(row)
    record(session, now, person_id, "oidc_account.unlinked", "person", person_id, provider=str(provider_id))


def linked(session: Session, person_id: UUID) -> dict[UUID, str]:
    """Labels of a person's accounts, by service."""
    query = select(OidcAccount.provider_id, OidcAccount.label).where(OidcAccount.person_id == person_id)
    return {row.provider_id: row.label for row in session.execute(query)}
