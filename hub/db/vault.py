"""The installation's secrets key: a file apart from the databases and their backups.

A line of the file is one Fernet key; the first seals, all open. Rotation puts a new key first; the old ones stay until
everything was sealed again.
"""

import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from hub.db.errors import VaultError

KEY_FILE_MODE = 0o600


class Vault:
    """Seals and opens short texts, and hashes with a key. The repr shows no key."""

    def __init__(
        self, keys: list[bytes], path: Path | None = None, hash_keys: Mapping[str, bytes] | None = None
    ) -> None:
        """``keys``: Fernet keys, the sealing one first. ``hash_keys``: by purpose, those of a place that came from
        another installation. Raises VaultError when there is no key or one is malformed."""
        if not keys:
            raise VaultError("the key file holds no key")
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError as error:
            raise VaultError("the key file holds a line that is no key") from error
        self._keys = keys
        self._hash_keys = dict(hash_keys or {})
        self.path = path

    def __repr__(self) -> str:
        return f"Vault(keys={len(self._keys)})"

    @classmethod
    def load(cls, path: Path) -> "Vault":
        """The vault of ``path``; on the first start the file is made, readable by its owner only.

        Raises VaultError when the file cannot be read or others than its owner may read it.
        """
        try:
            _create_if_missing(path)
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & 0o077:
                raise VaultError(f"the key file {path.name} is open to other users (mode {mode:o}): chmod 600 it")
            return cls(path.read_bytes().split(), path)
        except OSError as error:
            raise VaultError(f"the key file {path.name} cannot be read: {error.strerror}") from error

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """What tells the keys apart without showing them (16 hexadecimal digits each), the sealing one first."""
        return tuple(hmac.digest(key, b"hub key fingerprint", hashlib.sha256)[:8].hex() for key in self._keys)

    def export(self) -> bytes:
        """The content of the key file: for sealing it with a passphrase, never for a log or a page."""
        return b"\n".join(self._keys) + b"\n"

    def seal(self, text: str) -> bytes:
        """The encrypted text; different bytes each time."""
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """The text that ``seal`` was given. Raises VaultError when no key opens it."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise VaultError("no key of the key file opens this value") from None

    def reseal(self, sealed: bytes) -> bytes:
        """The same text under the newest key. Raises VaultError when no key opens it."""
        return self.seal(self.open(sealed))

    def rotate(self) -> "Vault":
        """A vault whose sealing key is new, the file replaced in one step; the old keys still open.

        The keyed hashes do not change: they hang on the oldest key, which therefore must stay.
        """
        keys = [Fernet.generate_key(), *self._keys]
        if self.path is not None:
            fresh = self.path.with_suffix(".new")
            _write(fresh, keys)
            fresh.replace(self.path)
        return Vault(keys, self.path)

    def keyed_hash(self, purpose: str, text: str) -> bytes:
        """HMAC-SHA256 of ``text`` (32 bytes) under a key made for ``purpose``: for API secrets and erased identities.

        The same text under two purposes gives unrelated hashes; without the key file a hash cannot be tried out.
        """
        return hmac.digest(self.hash_key(purpose), text.encode(), hashlib.sha256)

    def hash_key(self, purpose: str) -> bytes:
        """The key of the hashes of one ``purpose``; it opens nothing sealed and says nothing of other purposes."""
        known = self._hash_keys.get(purpose)
        return known or hmac.digest(self._keys[-1], b"hub keyed hash\0" + purpose.encode(), hashlib.sha256)

    def hashing_with(self, hash_keys: Mapping[str, bytes]) -> "Vault":
        """This vault with other keys for the hashes of some purposes: that of a place that came from elsewhere."""
        return Vault(self._keys, self.path, hash_keys) if hash_keys else self


def _create_if_missing(path: Path) -> None:
    """Two processes starting at once must end with one key: the file is written apart, then linked if still absent."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    _write(fresh, [Fernet.generate_key()])
    try:
        os.link(fresh, path)
    except FileExistsError:
        return
    finally:
        fresh.unlink()


def _write(path: Path, keys: list[bytes]) -> None:
    path.unlink(missing_ok=True)
    write_closed(path, b"\n".join(keys) + b"\n")


def write_closed(path: Path, content: bytes) -> None:
    """Write a new file that only its owner can read, and have it on the disk. Raises FileExistsError."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, KEY_FILE_MODE), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
