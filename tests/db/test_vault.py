"""The key file: apart, closed to others, rotated without losing what is sealed."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hub.db.errors import VaultError
from hub.db.vault import Vault


def test_the_key_file_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "secret.key"
    sealed = Vault.load(path).seal("mot de passe")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Vault.load(path).open(sealed) == "mot de passe"
    assert os.listdir(path.parent) == ["secret.key"]


def test_two_starts_at_once_end_with_one_key(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    with ThreadPoolExecutor(8) as pool:
        vaults = list(pool.map(lambda _: Vault.load(path), range(8)))
    sealed = vaults[0].seal("x")
    assert [v.open(sealed) for v in vaults] == ["x"] * 8


def test_a_key_file_open_to_others_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    Vault.load(path)
    path.chmod(0o640)
    with pytest.raises(VaultError, match="640"):
        Vault.load(path)


@pytest.mark.parametrize("content", [b"", b"not a key\n"])
def test_a_damaged_key_file_is_refused_without_showing_it(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(VaultError) as caught:
        Vault.load(path)
    assert "not a key" not in str(caught.value)


def test_rotation_seals_with_the_new_key_and_opens_with_the_old(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    old = Vault.load(path)
    sealed = old.seal("x")
    new = old.rotate()
    assert new.open(sealed) == "x"
    resealed = new.reseal(sealed)
    with pytest.raises(VaultError):
        old.open(resealed)
    assert Vault.load(path).open(resealed) == "x"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_keyed_hashes_outlive_a_rotation_and_differ_by_purpose_and_key(tmp_path: Path) -> None:
    vault = Vault.load(tmp_path / "one.key")
    other = Vault.load(tmp_path / "two.key")
    digest = vault.keyed_hash("api", "jeton")
    assert len(digest) == 32
    assert vault.rotate().keyed_hash("api", "jeton") == digest
    assert len({digest, vault.keyed_hash("erasure", "jeton"), other.keyed_hash("api", "jeton")}) == 3


def test_the_representation_shows_no_key(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    vault = Vault.load(path)
    assert path.read_text().strip() not in repr(vault)
