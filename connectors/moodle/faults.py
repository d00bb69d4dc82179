"""Moodle's errors. They come with HTTP 200 and are told apart by ``errorcode`` alone: exception class names became
namespaced in 4.5, and messages are translated.
"""

from typing import Any

from connectors.answers import excerpt
from connectors.errors import (
    ConnectorError,
    DataDrift,
    FunctionMissing,
    InvalidToken,
    MissingRight,
    RemoteFailure,
    RemoteRejected,
)
from connectors.moodle.functions import RIGHTS

NO_COMPLETION = frozenset({"nocriteriaset", "cannotviewreport", "completionnotenabled"})
"""What stands in place of a course's completion where the course has no conditions, or tracks nothing."""
# The token, or its account: closed, or one that would first have to do something on the site.
_TOKEN = frozenset(
    {"invalidtoken", "invalidlogin", "wsaccessuserdeleted", "wsaccessusersuspended", "wsaccessuserunconfirmed",
     "wsaccessuserexpired", "wsaccessusernologin", "sitepolicynotagreed", "forcepasswordchangenotice",
     "usernotfullysetup"}
)  # fmt: skip
# ``errorcoursecontextnotvalid`` wraps whatever keeps an account out of a course: not enrolled and without
# moodle/course:view, or hidden.
_RIGHT = frozenset(
    {"nopermissions", "requireloginerror", "wsusercannotassign", "errorreportview", "errorcoursecontextnotvalid",
     "errorcatcontextnotvalid", "accessdenied"}
)  # fmt: skip
_DRIFT = frozenset(
    {"invalidrecord", "invalidrecordunknown", "invaliduser", "notenroled", "usernotenroled", "nottracked",
     "usernotincourse", "cannotviewprofile", *NO_COMPLETION}
)  # fmt: skip
# ``wsnoinstance``: the course has no enrolment method *manual*, so that nobody can be enrolled from outside.
_OURS = frozenset({"invalidparameter", "wsnoinstance"})


def is_fault(payload: Any) -> bool:
    """Whether an answer is an error: an object with ``errorcode`` (the token script adds ``error``, others
    ``exception``).
    """
    return isinstance(payload, dict) and "errorcode" in payload and ("exception" in payload or "error" in payload)


def fault(payload: dict[str, Any], function: str, where: str, token: str) -> ConnectorError:
    """The error of our tree for an error answer.

    ``invalidrecord`` is two things: a function this Moodle does not have, or a record that is gone. The first cannot
    occur for a function that the negotiation found, so it is drift.
    """
    code = str(payload.get("errorcode"))[:80]
    said = excerpt(str(payload.get("message") or payload.get("error") or "").encode(), [token])
    if code in _TOKEN:
        return InvalidToken(code, where=where, excerpt=said)
    if code == "accessexception":
        return FunctionMissing(function, where=where)
    if code in _RIGHT:
        return MissingRight(function, RIGHTS.get(function, ()), code, where=where)
    if code in _DRIFT:
        return DataDrift(f"{function}: {code}", where=where, excerpt=said)
    if code in _OURS:
        return RemoteRejected(f"{function}: {code}", where=where, excerpt=said)
    return RemoteFailure(code, where=where, excerpt=said)
