"""A partner's page that shows us in a frame, remembered beyond the session that it launched.

The forms' own signed cookie keeps it, which in a frame lives in that site's partition: it is there in that site's
frames and nowhere else, as long as the browser is open.
"""

from __future__ import annotations

from typing import Final

from flask import Response, session

from hub.web.cookies import framed
from hub.web.render import page
from hub.web.security import loosen

_NOTE: Final = "frame"
LONGEST_ADDRESS: Final = 1000
"""Characters of an address that a cookie still has room for."""


def remember(origin: str, back: str | None) -> None:
    """This browser is in a frame of ``origin``. ``back``: where its platform has people come back to (``return_url``,
    LTI Core 1.3 section 5.4.4), where it says so."""
    usable = back is not None and back.startswith(("https://", "http://")) and len(back) <= LONGEST_ADDRESS
    session[_NOTE] = {"by": origin, "back": back if usable else None}


def remembered() -> bool:
    """Whether a launch was shown in a frame here."""
    return _NOTE in session


def over() -> Response | None:
    """The page for somebody whose session has ended in a partner's frame, where the sign-in page may not be shown: it
    leads back to the course, which opens the activity again. None outside such a frame."""
    if not framed() or not remembered():
        return None
    note = session[_NOTE]
    loosen("frame-ancestors", note["by"])
    return page("lti_in/over.html", 401, back=note["back"], site_address=note["by"])
