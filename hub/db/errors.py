"""What can go wrong between the hub and its databases.

    DatabaseError
    ├── UnitOfWorkError        misuse of a unit of work (a bug of the caller)
    │   ├── NestedUnitOfWork   write() inside a write() of the same thread
    │   └── ReadOnlyUnit       a change was asked of a reading unit
    ├── DatabaseBusy           the writers' lock was not had in time, or two units waited for each other
    ├── DatabaseAway           the database server does not answer, or went away in the middle of a unit
    ├── DatabaseFull           its disk has no room left
    ├── NetworkFileSystem      an SQLite file would lie on a network file system
    ├── UnknownTenant          no tenant has this key
    │   └── UnknownHost        no tenant answers at this host name
    ├── InvalidTenant          key, name or host of a tenant to create is refused
    ├── TenantSuspended        the tenant exists and is switched off
    ├── TenantNotMigrated      its tables are at another revision than this code
    ├── VaultError             the key file is missing, unreadable or does not open a secret
    │   └── WrongPassphrase    the passphrase does not open the sealed copy of the key file
    ├── SnapshotError          a copy of a database cannot be made, or is not whole
    ├── StoreError             the folder or bucket of the backups does not answer as it should
    └── BlobError
        ├── BlobMissing        no blob has this hash
        └── BlobTooLarge       more bytes than the budget given by the caller

``code`` is stable and meant for logs and for the table in hub.web that gives status and words.
"""

import errno


def no_room(error: BaseException) -> bool:
    """Whether the system says so that a file no longer fits: the disk is full, or the share of its owner."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


class DatabaseError(Exception):
    """Root of the tree."""

    code = "database"


class UnitOfWorkError(DatabaseError):
    """A unit of work was used against its contract."""

    code = "unit-of-work"


class NestedUnitOfWork(UnitOfWorkError):
    """A writing unit was opened while this thread already holds one."""

    code = "unit-of-work-nested"


class ReadOnlyUnit(UnitOfWorkError):
    """A reading unit was asked to change something."""

    code = "unit-of-work-read-only"


class DatabaseBusy(DatabaseError):
    """Other writers kept the lock longer than a writer waits, or waited for this one in turn; the unit left nothing."""

    code = "database-busy"


class DatabaseAway(DatabaseError):
    """The database server does not answer. What a unit was doing is not known to be kept: it may be sent again."""

    code = "database-away"


class DatabaseFull(DatabaseError):
    """The disk of the database has no room left; the unit left nothing."""

    code = "database-full"


class NetworkFileSystem(DatabaseError):
    """SQLite's locks and write-ahead log do not hold on network file systems."""

    code = "database-network-file-system"


class UnknownTenant(DatabaseError):
    """No tenant has this key."""

    code = "tenant-unknown"


class UnknownHost(UnknownTenant):
    """No tenant answers at this host name."""

    code = "tenant-unknown-host"


class InvalidTenant(DatabaseError):
    """A tenant cannot be created so."""

    code = "tenant-invalid"


class TenantSuspended(DatabaseError):
    """The tenant is switched off by the operator."""

    code = "tenant-suspended"


class TenantNotMigrated(DatabaseError):
    """The tenant's tables are at another revision than the code; others are not concerned."""

    code = "tenant-not-migrated"

    def __init__(self, key: str, found: str | None, expected: str | None) -> None:
        super().__init__(f"tenant {key!r} is at revision {found or 'none'}, the code expects {expected or 'none'}")
        self.key = key
        self.found = found
        self.expected = expected


class VaultError(DatabaseError):
    """The key file cannot be used, or does not open what is sealed."""

    code = "vault"


class WrongPassphrase(VaultError):
    """The passphrase does not open the sealed copy of the key file."""

    code = "vault-wrong-passphrase"


class SnapshotError(DatabaseError):
    """A copy of a database cannot be made, or is not whole."""

    code = "snapshot"


class StoreError(DatabaseError):
    """The folder or the bucket where backups go does not answer as it should."""

    code = "store"


class BlobError(DatabaseError):
    """Something about a stored file."""

    code = "blob"


class BlobMissing(BlobError):
    """No blob has this hash."""

    code = "blob-missing"


class BlobTooLarge(BlobError):
    """The stream holds more bytes than its budget."""

    code = "blob-too-large"
