"""Who is in which course (``/api/enrollment/v1/enrollments``) and who they are (``/api/user/v1/accounts``).

An Open edX names people by their user name everywhere: it is the id of our records.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.openedx.values import flag, required
from connectors.records import CourseRef, Notice, Page, RemoteEnrolment, RemoteUser
from connectors.values import Json, items, mapping, optional_text

ENROLMENTS_PAGE = 100
"""The most that the list gives at once (``CourseEnrollmentsApiListPagination``)."""
LOOKUP_PAGE = 100


def parse_accounts(payload: Any) -> dict[str, RemoteUser]:
    """Accounts by user name. Name and e-mail are there for staff only."""
    found = [payload] if isinstance(payload, Mapping) else payload
    return {one.id: one for one in (_account(it) for it in items(found, "accounts"))}


def named(found: Mapping[str, RemoteUser], key: str, values: Sequence[str]) -> Page[RemoteUser]:
    """The accounts, with a notice for each value nobody has; the values are personal and are not told."""
    having = {(it.email or "").lower() if key == "email" else it.id.lower() for it in found.values()}
    missing = sum(value.lower() not in having for value in values)
    told = (Notice("silent_miss", f"people by {key}", f"{missing} not found"),) if missing else ()
    return Page(tuple(found.values()), told)


def enrolments_of(page: Mapping[str, Any]) -> list[Json]:
    """The rows of a page."""
    return items(page.get("results"), "enrollments")


def parse_enrolment(row: Json, accounts: Mapping[str, RemoteUser]) -> RemoteEnrolment:
    """One row. Roles are not told here: course teams are seldom enrolled."""
    username = required(row, "user")
    return RemoteEnrolment(
        course=CourseRef(id=required(row, "course_id")),
        user=accounts.get(username) or RemoteUser(username, username),
        active=flag(row, "is_active") is not False,
    )


def _account(payload: Any) -> RemoteUser:
    account = mapping(payload, "account")
    username = required(account, "username")
    return RemoteUser(
        id=username, username=username, email=optional_text(account, "email"), fullname=optional_text(account, "name")
    )
