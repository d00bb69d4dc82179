"""Every row of the tool role, as the runner plays it; each refusal for the reason that the row names."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from lti.conformance.platform_double import PlatformDouble
from lti.conformance.rows import Expect, Row, Verdict
from lti.conformance.suites import TOOL_ROWS
from tests.lti.tool.conftest import Pair

# T20 and T21 need a browser that runs scripts: tests/journeys/test_lti_frames.py.
PLAYED = [row for row in TOOL_ROWS if row.id not in ("T20", "T21")]

REASONS = {
    "C1": "kid_missing", "C2": "key_unknown", "C3": "version_unsupported", "C4": "version_unsupported",
    "C5": "nonce_absent", "C6": "version_unsupported", "C7": "message_expired", "C8": "message_type_unsupported",
    "C9": "roles_invalid", "C10": "deployment_missing", "C11": "resource_link_invalid", "C12": "subject_invalid",
    "R1": "signature_invalid", "R2": "signature_invalid", "R3": "algorithm_different", "R4": "algorithm_different",
    "R5": "signature_invalid", "R6": "algorithm_different", "R7": "issuer_different", "R8": "issuer_different",
    "R9": "audience_wrong", "R10": "audience_wrong", "R11": "audience_wrong", "R12": "authorised_party_wrong",
    "R13": "authorised_party_wrong", "R14": "deployment_unknown", "R15": "deployment_missing",
    "R16": "expiry_missing", "R17": "issued_at_missing", "R18": "issued_in_future", "R19": "message_too_old",
    "R20": "nonce_absent", "R21": "nonce_unknown", "R22": "message_replayed", "R23": "browser_different",
    "R24": "message_replayed", "R25": "nonce_unknown", "R26": "browser_unknown", "R27": "state_unknown",
    "R28": "state_absent", "R29": "id_token_missing", "R30": "malformed", "R31": "target_invalid",
    "R32": "roles_invalid", "R33": "message_type_unsupported", "R34": "subject_invalid",
    "R35": "deep_linking_invalid", "R36": "deep_link_return_url", "R37": "deep_link_return_url",
    "R38": "accept_types", "R40": "target_missing", "R41": "target_foreign", "R42": "key_unknown",
    "R46": "key_unknown", "R47": "too_long", "R50": "login_required",
}  # fmt: skip


def ids(rows: Sequence[Row[Any]]) -> list[str]:
    """The row's id; of a row in several parts the second and later carry a number."""
    seen: Counter[str] = Counter()
    told = []
    for row in rows:
        seen[row.id] += 1
        told.append(row.id if seen[row.id] == 1 else f"{row.id}-{seen[row.id]}")
    return told


@pytest.mark.parametrize("row", PLAYED, ids=ids(PLAYED))
def test_row(row: Row[PlatformDouble], pair: Pair) -> None:
    finding = row.run(pair.platform)
    assert finding.verdict is Verdict.OK, finding
    if row.id in REASONS:
        told = json.loads(pair.platform.pages[-1].body)["refused"]
        assert REASONS[row.id] in told


def test_every_row_of_the_table_is_played() -> None:
    wanted = {f"T{n}" for n in range(1, 22)} | {f"C{n}" for n in range(1, 13)} | {f"R{n}" for n in range(1, 51)}
    assert {row.id for row in TOOL_ROWS} == wanted
    left = {"R39", "R43", "R44", "R45", "R48"}  # several reasons each: test_legacy.py names those of R48
    assert {row.id for row in PLAYED if row.expects is Expect.REFUSE} - set(REASONS) == left
