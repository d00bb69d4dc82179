"""The LRS as units of cmi5 see it: one actor, one registration, one unit, in the order of the specification.

Requests of a unit bear the credential of its session (``play.cmi5.sessions``). What breaks the rules is refused
with 403, and noted for the trainer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import orjson
from flask import current_app, g, request

from content.xapi.canonical import ifi
from hub.domain.cmi5.rules import Violation, check_form
from hub.models.river import XapiSource
from hub.services.ledger import Prepared
from hub.services.play.cmi5 import recording, sessions
from hub.services.play.cmi5.launching import LAUNCH_DATA, PREFERENCES
from hub.services.play.cmi5.sessions import Signed
from hub.services.play.store import Held, PackageStore
from hub.web.context import here
from hub.web.xapi_errors import Refusal

SCOPES: Final = ("statements/write", "statements/read", "state", "profile")
_STORE: Final = "hub.cmi5.store"
_LANGUAGES: Final = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*(,\s*[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*)*")


def proved(key: str, secret: str) -> XapiSource | None:
    """The source of a unit's credential, or None where it is no unit's. Raises Refusal with status 401."""
    if not is_unit(key):
        return None
    where = here()
    with where.tenant.read() as session:
        found = sessions.authenticate(session, key, secret, where.now)
    if found is None:
        reason = "this session of the unit is over, or was never opened: launch the unit again"
        raise Refusal(401, "session_over", "Authorization", "cmi5 8.2", reason)
    g.xapi_source, g.cmi5 = found
    return found[0]


def is_unit(key: str) -> bool:
    """Whether a key is of the kind that units of cmi5 have."""
    return key.startswith(f"{sessions.KEY}.")


def signed() -> Signed | None:
    """The session of the present request, if a unit makes it."""
    found: Signed | None = g.get("cmi5")
    return found


def gate() -> None:
    """Keep a unit to its own actor, registration and activity. Raises Refusal (403)."""
    unit = signed()
    if unit is None:
        return
    own = unit.launched
    try:
        _same("registration", request.args.get("registration", own.registration).lower(), own.registration)
        if not (request.endpoint or "").endswith("_statements"):
            _same("activityId", request.args.get("activityId", own.activity), own.activity)
        if "agent" in request.args:
            _same("agent", _identifier(request.args["agent"]), ifi(dict(own.actor)))
        _documents()
        _reads_preferences(unit)
    except Violation as broken:
        raise refused(broken) from broken


def _same(name: str, given: str, own: str) -> None:
    if given != own:
        raise Violation("foreign", "8.2", f"{name} is not that of the launch")


def _identifier(agent: str) -> str:
    try:
        return ifi(orjson.loads(agent))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""


def _documents() -> None:
    """A unit leaves LMS.LaunchData alone (10.2.1) and writes learner preferences as they should be (11)."""
    if request.method in ("GET", "HEAD"):
        return
    if request.path.endswith("/activities/state") and request.args.get("stateId", LAUNCH_DATA) == LAUNCH_DATA:
        raise Violation("launch_data", "10.2.1", "a unit does not change LMS.LaunchData")
    mine = request.args.get("profileId") == PREFERENCES and "agent" in request.args
    if mine and (request.method == "DELETE" or not _are_preferences(request.mimetype, request.get_data())):
        raise Violation("preferences", "11", "the document holds languagePreference and audioPreference")


def _reads_preferences(unit: Signed) -> None:
    asked = request.args.get("profileId") == PREFERENCES and "agent" in request.args
    if asked and request.method in ("GET", "HEAD") and not unit.prepared:
        with here().tenant.write() as session:
            sessions.note_prepared(session, unit.id)


def _are_preferences(kind: str, content: bytes) -> bool:
    try:
        said = orjson.loads(content) if kind == "application/json" else None
    except orjson.JSONDecodeError:
        return False
    if not isinstance(said, dict):
        return False
    languages, audio = said.get("languagePreference"), said.get("audioPreference")
    return isinstance(languages, str) and bool(_LANGUAGES.fullmatch(languages)) and audio in ("on", "off")


def refused(broken: Violation) -> Refusal:
    """The refusal of a violation, which is noted for the trainer."""
    where, unit = here(), signed()
    if unit is not None:
        with where.tenant.write() as session:
            recording.note(session, unit.attempt_id, broken, where.now)
    return Refusal(403, f"cmi5_{broken.code}", "$", f"cmi5 {broken.section}", broken.reason)


def check(batch: Sequence[Any]) -> None:
    """What statements of a unit say by themselves, before the grammar. Raises Refusal (403)."""
    unit = signed()
    for statement in batch if unit is not None else ():
        if unit is not None and isinstance(statement, dict):
            try:
                check_form(statement, unit.launched)
            except Violation as broken:
                raise refused(broken) from broken


Work = Callable[[Any], tuple[int, bool]]


def around(work: Work, batch: Sequence[dict[str, Any]], prepared: Sequence[Prepared]) -> Work:
    """The unit of work that stores a unit's statements: their order is checked before, what follows is said after."""
    unit, now = signed(), here().now
    if unit is None:
        return work
    held = _store().get(here().tenant.key, unit.package_id)

    def both(session: Any) -> tuple[int, bool]:
        admitted = recording.admit(session, unit, batch, prepared, now)
        through, marked = work(session)
        return through, recording.follow(session, admitted, held, now) or marked

    return both


def held(package_id: Any) -> Held:
    """A package of the present tenant."""
    return _store().get(here().tenant.key, package_id)


def _store() -> PackageStore:
    found: PackageStore = current_app.extensions.setdefault(_STORE, PackageStore(here().installation))
    return found


def registration() -> str | None:
    """The registration that a unit is kept to; None where no unit asks."""
    unit = signed()
    return unit.launched.registration if unit is not None else None


def hides(text: str) -> bool:
    """Whether a statement (its JSON) is none of the present unit's registration."""
    unit = signed()
    if unit is None:
        return False
    said = orjson.loads(text).get("context", {}).get("registration", "")
    return str(said).lower() != unit.launched.registration
