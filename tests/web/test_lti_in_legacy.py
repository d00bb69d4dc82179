"""LTI 1.1 into the hub over HTTP: every part of row R48, each a launch that is accepted with one thing changed; and who
comes again by LTI 1.3 (R49)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from hub.db.base import new_id
from hub.db.types import Secret
from hub.models.lti_in import LtiInUser
from hub.models.person import JournalEntry
from hub.models.platforms import LtiLegacyKey, LtiPlatform, Platform
from lti import claims as names
from lti.conformance.browser import Browser
from lti.conformance.platform_double import Attempt
from lti.legacy.launch import launch_parameters
from lti.tool.migration import migration_signature
from tests.web.lti_in_world import LtiIn
from tests.web.test_lti_in import launched, people, world

__all__ = ["world"]
KEY, SECRET = "k1", "un secret"
Change = Callable[[dict[str, str]], object]


def with_key(world: LtiIn) -> None:
    with world.tenant.write() as session:
        platform = session.scalars(select(Platform)).first()
        assert platform is not None
        session.add(
            LtiLegacyKey(
                id=new_id(), platform_id=platform.id, direction="inward", consumer_key=KEY, secret=Secret(SECRET),
                created_at=datetime.now(UTC),
            )
        )  # fmt: skip


def form(world: LtiIn, *, before: Change = lambda told: None, at: datetime | None = None) -> dict[str, str]:
    told = {"resource_link_id": "l1", "user_id": "u7", "roles": "Learner", "lis_person_name_given": "Inès",
            "lis_person_name_family": "Benali", "custom_hub": str(world.path_id),
            "tool_consumer_instance_guid": "fun.example"}  # fmt: skip
    before(told)
    return launch_parameters(f"{world.url}/lti/legacy", KEY, SECRET, told, now=at or datetime.now(UTC))


def post(world: LtiIn, fields: Any) -> int:
    browser = Browser()
    return browser.follow(browser.post(f"{world.url}/lti/legacy", fields)).status


#: Row -> what is changed before it is signed, what after.
BEFORE: dict[str, Change] = {
    "wrong-version": lambda told: told.update(lti_version="LTI-2p0"),
    "no-resource-link": lambda told: told.pop("resource_link_id"),
}
AFTER: dict[str, Change] = {
    "bad-signature": lambda told: told.update(oauth_signature="AAAA"),
    "changed-user": lambda told: told.update(user_id="u8"),
    "unknown-key": lambda told: told.update(oauth_consumer_key="other"),
    "no-nonce": lambda told: told.pop("oauth_nonce"),
}


@pytest.mark.parametrize("part", [*BEFORE, *AFTER, "old-timestamp", "replayed-nonce", "duplicate-parameter"])
def test_R48(part: str, world: LtiIn) -> None:
    with_key(world)
    right = form(world)
    assert post(world, right) == 200
    fields: Any = form(world, before=BEFORE.get(part, lambda told: None))
    AFTER.get(part, lambda told: None)(fields)
    if part == "old-timestamp":
        fields = form(world, at=datetime.now(UTC) - timedelta(minutes=6))
    elif part == "replayed-nonce":
        fields = right
    elif part == "duplicate-parameter":
        fields = [*fields.items(), ("roles", "Instructor")]
    assert post(world, fields) == 400
    assert len(people(world)) == 1
    with world.tenant.read() as session:
        (entry,) = session.scalars(select(JournalEntry).where(JournalEntry.act == "lti_in.refused"))
    assert SECRET not in repr(entry.details)


def migrating(world: LtiIn, secret: str) -> Attempt:
    """A launch by LTI 1.3 that says who the user was, signed with ``secret``."""

    def change(claims: dict[str, Any]) -> None:
        parts = (KEY, claims[names.DEPLOYMENT_ID], claims["iss"], claims["aud"], claims["exp"], claims["nonce"])
        claims[names.MIGRATION] = {
            "oauth_consumer_key": KEY,
            "oauth_consumer_key_sign": migration_signature(secret, *map(str, parts)),
            "user_id": "u7",
        }

    attempt = Attempt(world.platform)
    attempt.send(change)
    return attempt


def test_R49_a_migration_that_is_not_signed_is_ignored_and_reported(world: LtiIn) -> None:
    with_key(world)
    assert post(world, form(world)) == 200
    migrating(world, "another secret")
    assert world.platform.pages[-1].status == 200
    assert len(people(world)) == 2
    with world.tenant.read() as session:
        acts = session.scalars(select(JournalEntry.act)).all()
    assert "lti_in.migration_unproven" in acts


def test_a_proven_migration_reaches_who_came_by_lti_1_1(world: LtiIn) -> None:
    with_key(world)
    assert post(world, form(world)) == 200
    (before,) = people(world)
    with world.tenant.write() as session:
        session.scalars(select(LtiInUser)).one().proved_at = datetime.now(UTC)
    migrating(world, SECRET)
    launched(world)
    assert [one.id for one in people(world)] == [before.id]
    with world.tenant.read() as session:
        old, new = session.scalars(select(LtiInUser).order_by(LtiInUser.created_at)).all()
        acts = session.scalars(select(JournalEntry.act)).all()
        assert session.scalars(select(LtiPlatform.id)).one()
    assert (new.person_id, new.proved_at is not None) == (old.person_id, True)
    assert acts.count("lti_in.migrated") == 1


def test_another_partners_key_proves_nothing_of_this_one(world: LtiIn) -> None:
    with_key(world)
    assert post(world, form(world)) == 200
    with world.tenant.write() as session:
        other = Platform(id=new_id(), name="Autre", created_at=datetime.now(UTC))
        session.add(other)
        session.flush()
        session.scalars(select(LtiLegacyKey)).one().platform_id = other.id
    migrating(world, SECRET)
    assert len(people(world)) == 2
