"""RSA key pairs of this side: made, published as a JWK Set, and used to sign.

Parsing a private key costs a hundred times a signature, so parsed keys are kept, by key id.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from lti.errors import Code, ConfigurationError

ALGORITHM: Final = "RS256"
_PARSED_KEYS: Final = 1024


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The public half: key id and JWK (RFC 7517), which always carries ``kid``, ``alg`` and ``use``."""

    kid: str
    jwk: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A key pair. ``kid`` is the key's thumbprint (RFC 7638), so two keys never share one.

    ``private_pem`` (PKCS #8) is for the host to keep encrypted; it never appears in a repr.
    """

    kid: str
    private_pem: str = field(repr=False)

    @classmethod
    def generate(cls, bits: int = 2048) -> "KeyPair":
        """A new key pair; takes tenths of a second. Raises ConfigurationError under 2048 bits."""
        if bits < 2048:
            raise ConfigurationError(Code.KEY_INVALID, "bits")
        key = RSAKey.generate_key(bits, private=True, auto_kid=False)
        return cls(key.thumbprint(), key.as_pem(private=True).decode())

    @property
    def public(self) -> PublicKey:
        """The public half. Raises ConfigurationError where the key cannot be read or is not the one ``kid`` names."""
        members = _parsed(self.kid, self.private_pem).as_dict(private=False)
        jwk = {"kty": "RSA", "kid": self.kid, "alg": ALGORITHM, "use": "sig"}
        return PublicKey(self.kid, jwk | {"n": str(members["n"]), "e": str(members["e"])})

    def sign(self, claims: Mapping[str, object]) -> str:
        """The claims as a compact JWT signed with RS256. Raises ConfigurationError for an unusable key."""
        key = _parsed(self.kid, self.private_pem).private_key
        if key is None:
            raise ConfigurationError(Code.KEY_INVALID, "private_pem")
        head = _part({"alg": ALGORITHM, "kid": self.kid, "typ": "JWT"})
        text = b".".join((head, _part(claims)))
        # RFC 7515 section 5.1 in so many words: a general encoder costs half a signature on top of the signature.
        signature = key.sign(text, padding.PKCS1v15(), hashes.SHA256())
        return b".".join((text, _encoded(signature))).decode()


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of a platform during a rotation: one signs, all are published.

    ``published`` are the keys announced beside the signing one: the next, so that tools have it before its first use,
    and those withdrawn from signing whose last messages may still be on their way.
    """

    signing: KeyPair
    published: tuple[PublicKey, ...] = ()

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The JWK Set to serve, the signing key first, each key id once."""
        keys = {key.kid: dict(key.jwk) for key in (self.signing.public, *self.published)}
        return {"keys": list(keys.values())}


def _part(members: Mapping[str, object]) -> bytes:
    return _encoded(json.dumps(members, separators=(",", ":")).encode())


def _encoded(value: bytes) -> bytes:
    return urlsafe_b64encode(value).rstrip(b"=")


@lru_cache(maxsize=_PARSED_KEYS)
def _parsed(kid: str, private_pem: str) -> RSAKey:
    try:
        key = RSAKey.import_key(private_pem)
        matches = key.is_private and key.thumbprint() == kid
    except (JoseError, ValueError, TypeError):
        raise ConfigurationError(Code.KEY_INVALID, "private_pem") from None
    if not matches:
        raise ConfigurationError(Code.KEY_INVALID, "kid")
    return key
