"""Settings remembered between requests."""

import pytest

from hub.db.uow import TenantDatabase
from hub.models.platforms import Setting
from hub.services import settings


def test_what_this_process_changes_shows_at_once(tenant: TenantDatabase) -> None:
    settings.recent_settings(tenant)
    with tenant.write() as session:
        settings.set_setting(session, "xapi", {"largest_batch": 3})
    assert settings.recent_settings(tenant)["xapi"] == {"largest_batch": 3}


def test_what_another_process_changes_shows_once_the_remembered_is_old(
    tenant: TenantDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = settings.recent_settings(tenant)
    with tenant.write() as session:  # as another process: nobody here is told
        session.add(Setting(name="xapi", value={"largest_batch": 3}))
    monkeypatch.setattr(settings, "REMEMBERED_SECONDS", 60.0)
    assert settings.recent_settings(tenant) == before
    monkeypatch.setattr(settings, "REMEMBERED_SECONDS", 0.0)
    assert settings.recent_settings(tenant)["xapi"] == {"largest_batch": 3}
