"""Platforms that launch into the hub: which registration a message is of, which deployments may come in; and the keys
that sign on either side."""

from datetime import timedelta
from uuid import UUID

import pytest

from hub.db.base import new_id
from hub.db.uow import TenantDatabase
from hub.models.platforms import LtiPlatform, LtiTool, Platform
from hub.services import journal, lti_platforms, lti_ports
from hub.services.errors import NotFound
from tests.lti.world import key_pair
from tests.services.builders import NOW
from tests.web.lti_world import TOOL, tool_registration

CANVAS = "https://canvas.example.com"


def partner(tenant: TenantDatabase, *client_ids: str, issuer: str = CANVAS, state: str = "active") -> list[UUID]:
    with tenant.write() as session:
        platform = Platform(id=new_id(), name="Campus", created_at=NOW)
        session.add(platform)
        session.flush()
        rows = [
            LtiPlatform(
                id=new_id(),
                platform_id=platform.id,
                issuer=issuer,
                client_id=client_id,
                authorization_endpoint=f"{issuer}/auth",
                token_endpoint=f"{issuer}/token",
                jwks_uri=f"{issuer}/jwks",
                state=state,
                created_at=NOW,
            )
            for client_id in client_ids
        ]
        session.add_all(rows)
        return [row.id for row in rows]


def test_one_issuer_may_have_several_clients_and_the_key_tells_them_apart(tenant: TenantDatabase) -> None:
    first, second = partner(tenant, "a", "b")
    with tenant.read() as session:
        found = lti_platforms.SqlPlatforms(session, development=False)
        assert [r.client_id for r in found.of_issuer(CANVAS)] == ["a", "b"]
        assert [r.key for r in found.of_issuer(CANVAS, "b")] == [str(second)]
        assert found.of_issuer(f"{CANVAS}/") == ()
        known = found.of_key(str(first))
        assert known is not None
        assert known.client_id == "a"
        assert found.of_key("nothing") is None


def test_a_closed_registration_is_not_found(tenant: TenantDatabase) -> None:
    (closed,) = partner(tenant, "a", state=lti_platforms.CLOSED)
    with tenant.read() as session:
        found = lti_platforms.SqlPlatforms(session, development=False)
        assert found.of_issuer(CANVAS) == ()
        assert found.of_key(str(closed)) is None


def test_r14_an_unknown_deployment_waits_until_an_administrator_approves_it(tenant: TenantDatabase) -> None:
    (key,) = partner(tenant, "a")
    for minutes in (0, 5):
        with tenant.write() as session:
            seen_at = NOW + timedelta(minutes=minutes)
            assert lti_platforms.note_deployment(session, str(key), "7", seen_at) == "waiting"
    with tenant.read() as session:
        (line,) = lti_platforms.deployments(session, state="waiting")
        assert (line.platform, line.deployment_id) == ("Campus", "7")
        assert line.last_seen_at == NOW + timedelta(minutes=5)
        assert lti_platforms.SqlPlatforms(session, development=False).of_issuer(CANVAS)[0].deployment_ids == frozenset()
    with tenant.write() as session:
        lti_platforms.approve_deployment(session, key, "7", by=None, now=NOW)
    with tenant.read() as session:
        registration = lti_platforms.SqlPlatforms(session, development=False).of_issuer(CANVAS)[0]
        assert registration.deployment_ids == {"7"}
        assert [entry.act for entry in journal.entries(session)] == ["lti_deployment.approved"]


def test_a_refused_deployment_stays_refused_and_an_unknown_one_cannot_be_refused(tenant: TenantDatabase) -> None:
    (key,) = partner(tenant, "a")
    with tenant.write() as session:
        lti_platforms.note_deployment(session, str(key), "7", NOW)
        lti_platforms.refuse_deployment(session, key, "7", by=None, now=NOW)
        assert lti_platforms.note_deployment(session, str(key), "7", NOW) == "refused"
        with pytest.raises(NotFound):
            lti_platforms.refuse_deployment(session, key, "8", by=None, now=NOW)


def test_a_flood_of_unknown_deployments_fills_no_table(tenant: TenantDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lti_platforms, "MAX_WAITING", 3)
    (key,) = partner(tenant, "a")
    with tenant.write() as session:
        said = {lti_platforms.note_deployment(session, str(key), str(number), NOW) for number in range(9)}
        assert said == {"waiting"}
        assert len(lti_platforms.deployments(session, key)) == 3


def test_s9_a_new_key_is_published_before_it_signs_and_the_old_one_after(tenant: TenantDatabase) -> None:
    old, new = key_pair("tool-1"), key_pair("tool-2")
    with tenant.write() as session:
        lti_ports.add_key(session, old, NOW)
        lti_ports.add_key(session, new, NOW + timedelta(hours=1), notice=lti_ports.NOTICE)
    rotated = NOW + timedelta(hours=1)
    expected = [
        (rotated, old, {old.kid, new.kid}),
        (rotated + lti_ports.NOTICE - timedelta(seconds=1), old, {old.kid, new.kid}),
        (rotated + lti_ports.NOTICE, new, {old.kid, new.kid}),
        (rotated + lti_ports.NOTICE + lti_ports.OVERLAP - timedelta(seconds=1), new, {old.kid, new.kid}),
        (rotated + lti_ports.NOTICE + lti_ports.OVERLAP, new, {new.kid}),
    ]
    with tenant.read() as session:
        for moment, signing, published in expected:
            ring = lti_ports.key_ring(session, moment)
            assert ring is not None
            assert ring.signing.kid == signing.kid
            assert {key["kid"] for key in ring.jwks()["keys"]} == published


def test_a_tool_may_want_the_answer_where_its_content_is_picked() -> None:
    """As a Moodle does, also where only its launch address was typed as one to return to."""
    told = tool_registration(redirect_uris=[f"{TOOL}/launch"], selection_uri=f"{TOOL}/pick")
    row = LtiTool(client_id="tool-1", deployment_id="1", registration=told)
    known = lti_ports.registration_of(row, development=False)
    assert known.redirect_uris == {f"{TOOL}/launch", f"{TOOL}/pick"}
