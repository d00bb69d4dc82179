"""Refused messages of LTI in the journal: what happened, under a number, and never so many that they fill it."""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta
from typing import Final

from hub.services.journal import entries, record
from hub.web.context import here
from hub.web.views._lti_in_words import reason_of
from lti import LtiError

log = logging.getLogger("hub.lti")
JOURNALLED_AN_HOUR: Final = 200
"""More refusals than this are logged only: nobody fills the journal from outside."""


def journal(error: LtiError, act: str, about: str, key: str = "") -> str:
    """Keep a refusal; gives the number by which administrators find it."""
    where, reference = here(), secrets.token_hex(4)
    log.info("%s %s: %s", act, reference, error)
    with where.tenant.write() as session:
        since = where.now - timedelta(hours=1)
        recent = entries(session, act=act, limit=JOURNALLED_AN_HOUR)
        if sum(entry.at > since for entry in recent) < JOURNALLED_AN_HOUR:
            details = {
                "reference": reference,
                "code": error.code.value,
                "field": error.field,
                "reason": reason_of(error),
            }
            told = {name: value for name, value in details.items() if value}
            record(session, where.now, None, act, about, key, **told)
    return reference
