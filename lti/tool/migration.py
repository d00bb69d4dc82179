"""The migration claim: whom LTI 1.1 knew under another name (LTI Core 1.3 section 5.4.8, "LTI 1.1 migration claim").

The signature is base64 of HMAC-SHA256, keyed with the consumer key's secret, over key, deployment_id, iss, client_id,
exp
and nonce joined by ``&``, as they stand in the message. Without a right one the claim proves nothing and is passed
over.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from lti.errors import Code
from lti.tool.messages import LaunchMessage, MigrationClaim


@dataclass(frozen=True, slots=True)
class Migration:
    """``proven``: the claim of a holder of the old secret. Else ``fault`` says what to report, None without a claim."""

    proven: MigrationClaim | None = None
    fault: Code | None = None


def read_migration(message: LaunchMessage, client_id: str, secret_of: Callable[[str], str | None]) -> Migration:
    """The message's migration claim, verified. ``secret_of`` gives the secret of an LTI 1.1 consumer key we know."""
    claim = message.migration
    if claim is None:
        return Migration()
    key, given = claim.oauth_consumer_key, claim.oauth_consumer_key_sign
    secret = secret_of(key) if key and given else None
    if key is None or given is None or secret is None:
        return Migration(fault=Code.MIGRATION_UNPROVEN)
    told = (key, message.deployment_id, message.issuer, client_id, message.claims["exp"], message.claims["nonce"])
    expected = migration_signature(secret, *map(str, told))
    right = hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))
    return Migration(proven=claim) if right else Migration(fault=Code.MIGRATION_UNPROVEN)


def migration_signature(secret: str, *parts: str) -> str:
    """``oauth_consumer_key_sign`` over key, deployment id, issuer, client id, ``exp`` and nonce, in this order."""
    digest = hmac.digest(secret.encode(), "&".join(parts).encode(), hashlib.sha256)
    return base64.b64encode(digest).decode()
