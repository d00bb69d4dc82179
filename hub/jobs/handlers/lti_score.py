"""Grades of partners' learners, sent to the gradebook of their own platform: AGS 2.0, or Basic Outcomes 1.1."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from connectors.addresses import AddressPolicy
from connectors.http import HttpClient, HttpOptions
from hub.db.uow import TenantDatabase
from hub.jobs.registry import Outcome, delivery
from hub.jobs.report import Report
from hub.models.lti_in import LtiInScore, LtiInUser
from hub.services import lti_in_scores, lti_ports
from hub.services.jobs import Permanent, RetryLater
from hub.services.lti_in_ports import HubTransport, TenantPlatforms
from hub.services.lti_in_scores import MAXIMUM, Grade
from hub.services.lti_legacy import legacy_key
from lti import KeyPair
from lti.errors import Code
from lti.legacy.outcomes import OutcomeClient
from lti.tool.gradebook import GradebookClient, OutgoingScore
from lti.tool.tokens import KeptToken, RemoteError, ServiceTokens

LIMITS = HttpOptions(read_timeout=20.0, deadline=30.0, max_bytes=1_048_576, max_redirects=0, retries=0)
NEWER_THERE = 409
#: Access tokens by tenant, so that a class of thirty asks the platform for one.
_kept: dict[str, dict[tuple[str, frozenset[str]], KeptToken]] = {}


@delivery("lti_score")
def lti_score(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> Outcome | None:
    """Compute the grade as it stands, and send it where it is not what was sent last."""
    score_id = UUID(payload["score_id"])
    with tenant.read() as session:
        row = session.get(LtiInScore, score_id)
        if row is None:
            return Outcome(answer="")
        user = session.get_one(LtiInUser, row.user_id)
        found = lti_in_scores.grade(session, row)
        at = lti_in_scores.next_instant(row, report.now())
    if found is None or (row.final_only and not found.final):
        return Outcome(answer="")  # nothing to say yet; the next change of progress owes it again
    said = {"points": found.points, "final": found.final}
    if row.sent == said:
        return Outcome(answer="")
    with tenant.write() as session:
        lti_in_scores.reserve(session, score_id, at)
    development = report.installation.config.allow_loopback
    with HttpClient(LIMITS, AddressPolicy(development=development)) as http:
        try:
            answer = _send(tenant, HubTransport(http), row, user, found, at, development)
        except RemoteError as fault:
            raise _judged(fault) from None
    with tenant.write() as session:
        lti_in_scores.sent(session, score_id, said, at)
    return Outcome(answer=answer)


def _send(
    tenant: TenantDatabase,
    http: HubTransport,
    row: LtiInScore,
    user: LtiInUser,
    found: Grade,
    at: datetime,
    development: bool,
) -> str:
    if row.service == "outcome":
        with tenant.read() as session:
            key = legacy_key(session, user.way)
        secret = row.sourcedid.reveal() if row.sourcedid else ""
        OutcomeClient(http, key.consumer_key, key.secret.reveal()).replace(row.address, secret, found.share)
        return f"replaceResult {found.share:.4f}"
    registration = TenantPlatforms(tenant, development=development).of_key(user.way.partition(":")[2])
    if registration is None:
        raise RemoteError(Code.PLATFORM_UNKNOWN, status=0)
    score = OutgoingScore(
        user.sub,
        at,
        given=found.points,
        maximum=MAXIMUM,
        activity_progress="Completed" if found.final else "InProgress",
        grading_progress="FullyGraded" if found.final else "Pending",
    )
    status = GradebookClient(http, _tokens(tenant, http, at), registration).post_score(row.address, score)
    return f"HTTP {status}: {found.points:g}/{MAXIMUM}"


def _tokens(tenant: TenantDatabase, http: HubTransport, now: datetime) -> ServiceTokens:
    def key() -> KeyPair:
        with tenant.read() as session:
            ring = lti_ports.key_ring(session, now)
        if ring is None:
            raise RemoteError(Code.KEY_INVALID, status=0)
        return ring.signing

    return ServiceTokens(http, key, kept=_kept.setdefault(tenant.key, {}))


def _judged(fault: RemoteError) -> Exception:
    error = {"code": "lti_score_refused", "detail": str(fault), "status": fault.status, "excerpt": fault.said}
    told = {name: value for name, value in error.items() if value not in (None, "")}
    # A platform that knows a newer score keeps its own; the next try has a later instant.
    if fault.transient or fault.status in (401, 403, NEWER_THERE):
        return RetryLater(told)
    return Permanent(told)
