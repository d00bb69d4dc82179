"""What lies under a folder: SQLite's locks and write-ahead log need a local file system."""

from pathlib import Path

from hub.db.errors import NetworkFileSystem

NETWORK_TYPES = frozenset(
    {"afs", "beegfs", "ceph", "cephfs", "cifs", "davfs", "davfs2", "gfs2", "glusterfs", "lustre", "nfs", "nfs3", "nfs4"}
    | {"ocfs2", "rclone", "s3fs", "smb2", "smb3", "smbfs", "sshfs"}
)
"""Names of network file systems, without the ``fuse.`` that some carry."""
MOUNTS = Path("/proc/self/mounts")


def file_system_type(path: Path, mounts: Path = MOUNTS) -> str | None:
    """Type of the file system that holds ``path`` as the kernel names it, None where the system does not tell."""
    try:
        lines = mounts.read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    target = path.resolve()
    best: tuple[int, str | None] = (-1, None)
    for line in lines:
        fields = line.split()
        if len(fields) < 3:
            continue
        mount_point = Path(fields[1].replace("\\040", " "))
        depth = len(mount_point.parts)
        if target.is_relative_to(mount_point) and depth >= best[0]:  # a later mount hides an earlier one
            best = (depth, fields[2])
    return best[1]


def refuse_network(folder: Path, mounts: Path = MOUNTS) -> None:
    """Raises NetworkFileSystem when ``folder`` lies on a network file system."""
    kind = file_system_type(folder, mounts)
    if kind is not None and kind.removeprefix("fuse.") in NETWORK_TYPES:
        raise NetworkFileSystem(
            f"{folder} lies on a network file system ({kind}), where SQLite loses writes: "
            "choose a local folder (HUB_DATA) or PostgreSQL (HUB_DATABASE_URL)"
        )
