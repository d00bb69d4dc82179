"""A copy of the key file that a printed passphrase opens: what is left when the disk is dead (DESIGN section 5).

The passphrase is made here (160 bits, letters and digits that nobody confuses), shown once and kept nowhere. The key
that encrypts comes from it by scrypt (RFC 7914); the copy names the fingerprints of the keys it holds, so that anybody
can see whether it is the copy of the present key file without the passphrase.
"""

import base64
import hashlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson
from cryptography.fernet import Fernet, InvalidToken

from hub.db.errors import VaultError, WrongPassphrase
from hub.db.vault import Vault, write_closed

SEALED_NAME: Final = "secret.key.sealed"
ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0, 1, I, L and O, which a person copying from paper confuses."""
_GROUPS, _LETTERS = 7, 5
_N, _R, _P = 1 << 15, 8, 1
_LARGEST_N = 1 << 20


def new_passphrase() -> str:
    """Seven groups of five letters: ``K7QFA-…``."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(_LETTERS)) for _ in range(_GROUPS))
    return "-".join(groups)


def seal_key(vault: Vault, passphrase: str) -> bytes:
    """The sealed copy of a vault's keys, as bytes of a JSON file."""
    copy = {"format": 1, "holds": list(vault.fingerprints), **seal_bytes(vault.export(), passphrase)}
    return orjson.dumps(copy, option=orjson.OPT_INDENT_2) + b"\n"


def open_key(copy: bytes, passphrase: str) -> Vault:
    """The vault of a sealed copy. Raises WrongPassphrase, VaultError for a file that is no such copy."""
    return Vault(open_bytes(_read(copy), passphrase).split())


def seal_bytes(content: bytes, passphrase: str) -> dict[str, Any]:
    """``content`` as JSON values that the passphrase opens: ``kdf`` and ``sealed``."""
    salt = os.urandom(16)
    sealed = Fernet(_key(passphrase, salt, _N, _R, _P)).encrypt(content)
    kdf = {"name": "scrypt", "salt": base64.b64encode(salt).decode(), "n": _N, "r": _R, "p": _P}
    return {"kdf": kdf, "sealed": sealed.decode()}


def open_bytes(read: Mapping[str, Any], passphrase: str) -> bytes:
    """What ``seal_bytes`` was given. Raises WrongPassphrase, VaultError for something else."""
    try:
        kdf = read["kdf"]
        salt, n, r, p = base64.b64decode(kdf["salt"]), int(kdf["n"]), int(kdf["r"]), int(kdf["p"])
        if not (0 < n <= _LARGEST_N and 0 < r <= 32 and 0 < p <= 16):
            raise VaultError("what the passphrase opens asks for too much work to be opened")
        return Fernet(_key(passphrase, salt, n, r, p)).decrypt(str(read["sealed"]).encode())
    except InvalidToken:
        raise WrongPassphrase("this passphrase does not open it: check it on the paper") from None
    except (KeyError, TypeError, ValueError) as error:
        raise VaultError("what the passphrase opens is damaged") from error


def held_by(copy: bytes) -> tuple[str, ...]:
    """Fingerprints of the keys that a sealed copy holds. Raises VaultError."""
    held = _read(copy).get("holds")
    if not isinstance(held, list):
        raise VaultError("the sealed copy of the key is damaged")
    return tuple(str(one) for one in held)


def sealed_path(keys_path: Path) -> Path:
    """Where the sealed copy lies: beside the key file."""
    return keys_path.with_name(SEALED_NAME)


def write_sealed(vault: Vault, keys_path: Path) -> str:
    """Seal the key file anew beside it; gives the passphrase, which is kept nowhere. An earlier copy is replaced."""
    passphrase = new_passphrase()
    target = sealed_path(keys_path)
    fresh = target.with_name(f"{target.name}.{secrets.token_hex(8)}")
    write_closed(fresh, seal_key(vault, passphrase))
    fresh.replace(target)
    return passphrase


def _read(copy: bytes) -> dict[str, Any]:
    try:
        read = orjson.loads(copy)
    except orjson.JSONDecodeError:
        read = None
    if not isinstance(read, dict) or read.get("format") != 1:
        raise VaultError("this file is no sealed copy of a key")
    return read


def _key(passphrase: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    """The passphrase is taken as a person types it: any case, any blanks and hyphens."""
    letters = "".join(c for c in passphrase.upper() if c.isalnum()).encode()
    raw = hashlib.scrypt(letters, salt=salt, n=n, r=r, p=p, maxmem=256 * n * r, dklen=32)
    return base64.urlsafe_b64encode(raw)
