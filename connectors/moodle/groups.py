"""Groups of a course and cohorts of the site, with their members."""

from collections.abc import Mapping
from typing import Any

from connectors.moodle.names import shown
from connectors.moodle.values import identifier
from connectors.records import GroupKind, RemoteGroup
from connectors.values import items, optional_text

MEMBERS_PAGE = 100


def parse_groups(payload: Any, members: Mapping[str, tuple[str, ...]], course_id: str) -> tuple[RemoteGroup, ...]:
    """The groups of a course."""
    return tuple(
        RemoteGroup(
            id=(key := identifier(group, "id")),
            name=shown(group, "name"),
            course_id=course_id,
            key=optional_text(group, "idnumber"),
            members=members.get(key, ()),
        )
        for group in items(payload, "groups")
    )


def parse_cohorts(payload: Any, members: Mapping[str, tuple[str, ...]]) -> tuple[RemoteGroup, ...]:
    """The cohorts of the site."""
    return tuple(
        RemoteGroup(
            id=(key := identifier(cohort, "id")),
            name=shown(cohort, "name"),
            kind=GroupKind.COHORT,
            key=optional_text(cohort, "idnumber"),
            members=members.get(key, ()),
        )
        for cohort in items(payload, "cohorts")
    )


def parse_members(payload: Any, name: str) -> dict[str, tuple[str, ...]]:
    """Members by group; ``name`` is ``groupid`` or ``cohortid``. Sorted, for Moodle gives them in any order."""
    return {
        identifier(one, name): tuple(sorted((str(user) for user in one.get("userids", [])), key=_order))
        for one in items(payload, "members")
    }


def _order(user: str) -> tuple[int, str]:
    return len(user), user
