"""Where SQLite may not live."""

from pathlib import Path

import pytest

from hub.db.errors import NetworkFileSystem
from hub.db.filesystem import file_system_type, refuse_network

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/export /srv nfs4 rw 0 0
/dev/sdb1 /srv/local\\040disk ext4 rw 0 0
user@host: /home/user/far fuse.sshfs rw 0 0
//nas/hub /mnt/nas cifs rw 0 0
"""


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    path = tmp_path / "mounts"
    path.write_text(MOUNTS, "utf-8")
    return path


@pytest.mark.parametrize("folder", ["/srv/hub", "/srv", "/home/user/far/data", "/mnt/nas/hub/tenants"])
def test_a_network_file_system_is_refused_in_plain_words(mounts: Path, folder: str) -> None:
    with pytest.raises(NetworkFileSystem, match="choose a local folder"):
        refuse_network(Path(folder), mounts)


@pytest.mark.parametrize("folder", ["/var/lib/hub", "/srv/local disk/hub", "/home/user"])
def test_a_local_file_system_is_taken(mounts: Path, folder: str) -> None:
    refuse_network(Path(folder), mounts)
    assert file_system_type(Path(folder), mounts) == "ext4"


def test_a_system_that_tells_nothing_is_trusted(tmp_path: Path) -> None:
    absent = tmp_path / "absent"
    refuse_network(tmp_path, absent)
    assert file_system_type(tmp_path, absent) is None
