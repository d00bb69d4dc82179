"""Backups of tenants: made, tried by a real restore, rotated, restored (docs/operations.md).

In the store of the installation (``Config.backup_to``)::

    secret.key.sealed              the key file, which only the printed passphrase opens
    <tenant>/<stamp>/data.zip      the database (hub.db.snapshots)
    <tenant>/<stamp>/manifest.json written last: a backup without it was interrupted
    <tenant>/blobs/<sha256>        stored files, once for all the backups of the tenant
    <tenant>/erasures.json         who was erased: applied again after a restore
"""

from typing import Final

BACKUP_JOB: Final = "backup"
STATE: Final = "backup_state"
"""Setting of the tenant: how its last backup went (``ok_at``, ``stamp``, ``size``; ``error``, ``error_at``)."""
