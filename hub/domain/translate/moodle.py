"""Names in Moodle: the IRIs of its courses and activities, who is a learner. Pure.

The IRIs are the addresses of the pages, as the plugin logstore_xapi writes them too, so that what a Moodle sends by
itself and what is read from it speak of the same activities.
"""

from __future__ import annotations

LEARNER_ROLES = frozenset({"student"})
"""Short name of the archetype role (lib/db/access.php, ``student``)."""


def course_iri(base_url: str, course_id: str) -> str:
    """Address of a course's page."""
    return f"{base_url.rstrip('/')}/course/view.php?id={course_id}"


def module_iri(base_url: str, kind: str, module_id: str) -> str:
    """Address of a module's page; ``kind`` is Moodle's name of the activity (``quiz``), ``module_id`` its ``cmid``."""
    return f"{base_url.rstrip('/')}/mod/{kind}/view.php?id={module_id}"


def is_learner(roles: tuple[str, ...] | None) -> bool:
    """Whether somebody with these roles in a course learns there; a platform that does not tell is believed so."""
    return roles is None or bool(LEARNER_ROLES.intersection(roles))
