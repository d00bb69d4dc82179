"""Passwords and PINs: hashing (argon2id, RFC 9106) and what makes one acceptable. Slow by design: never inside a
writing unit."""

import secrets
import unicodedata
from functools import cache
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

SHORTEST, LONGEST = 10, 200
PIN_DIGITS = 4
_COMMON = ("motdepasse", "password", "azertyuiop", "qwertyuiop", "1234567890", "0123456789", "bienvenue")
STRENGTH = RFC_9106_LOW_MEMORY
"""What a guess costs: 64 MiB, 3 passes, 4 lanes (RFC 9106 section 4, second recommended option)."""
_hasher = PasswordHasher.from_parameters(STRENGTH)


def hash_secret(secret: str) -> str:
    """The argon2id hash of a password or PIN, with its parameters and salt in it. About 50 ms."""
    return _hasher.hash(_normal(secret))


def verify(stored: str | None, secret: str) -> bool:
    """Whether ``secret`` is the one of ``stored``. None takes as long as a wrong one, so that no clock tells who
    exists."""
    try:
        right = _hasher.verify(stored or _nobody(), _normal(secret))
    except (VerificationError, InvalidHashError):
        return False
    return right and stored is not None


def outdated(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def fault(password: str, *personal: str) -> str | None:
    """Why a new password is refused (a code of ``FIELD_FAULTS``), or None. ``personal``: login and names it must not
    hold."""
    if len(password) > LONGEST:
        return "too_long"
    if len(password) < SHORTEST:
        return "password_too_short"
    lowered = password.casefold()
    known = [*_COMMON, *(p.casefold() for p in personal if len(p) > 2)]
    left = lowered
    for word in known:
        left = left.replace(word, "")
    return "password_too_easy" if len(set(lowered)) < 5 or len(left) < SHORTEST // 2 else None


def new_pin() -> str:
    """A random PIN; four equal digits and plain sequences are left out, people try them first."""
    while True:
        pin = "".join(secrets.choice("0123456789") for _ in range(PIN_DIGITS))
        steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
        if steps not in ({0}, {1}, {9}):
            return pin


def _normal(secret: str) -> str:
    """One form for the same accented letters of two keyboards (RFC 8265 section 4.2)."""
    return unicodedata.normalize("NFC", secret)


@cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_hex(16))
