"""Credentials of the LRS as one process remembers them."""

import threading
from typing import Any

import pytest

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.services import xapi_sources
from tests.services.builders import NOW


def test_a_secret_that_changes_while_it_is_looked_up_is_not_remembered(
    installation: Installation, tenant: TenantDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = installation.vault_of(tenant.key)
    with tenant.write() as session:
        row, old = xapi_sources.create_source(session, vault, "Campus", ["all"], None, NOW)
    real = xapi_sources.authenticate

    def rotate() -> None:
        with tenant.write() as session:
            xapi_sources.rotate(session, vault, row.id, NOW, by=None)

    def looks(*given: Any) -> xapi_sources.Credential:
        found = real(*given)
        another = threading.Thread(target=rotate)
        another.start()
        another.join()
        return found

    with monkeypatch.context() as patch:
        patch.setattr(xapi_sources, "authenticate", looks)
        assert xapi_sources.prove(tenant, vault, row.key, old).fault == ""  # as it was when the look began
    assert xapi_sources.prove(tenant, vault, row.key, old).fault == "wrong_secret"
