"""What several tests of services begin with."""

from uuid import UUID

import pytest

from hub.db.blobs import BlobStore
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from tests.services.builders import person


@pytest.fixture
def blobs(installation: Installation, tenant: TenantDatabase) -> BlobStore:
    """The files of the tenant."""
    return installation.blobs(tenant.key)


@pytest.fixture
def author(tenant: TenantDatabase) -> UUID:
    """Somebody who brings what enters the catalogue."""
    with tenant.write() as session:
        return person(session)
