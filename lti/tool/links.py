"""Paging of services (RFC 8288), as platforms really write it.

Moodle sends its ``Link`` header with ``&amp;`` inside the address and typographic quotes around the relation; addresses
are case-sensitive and are followed as they came.
"""

import html
import re
from typing import Final

_LINK: Final = re.compile(r"<([^<>]+)>\s*((?:;[^,<]*)*)")
_RELATION: Final = re.compile(r"rel\s*=\s*[^A-Za-z0-9]*([A-Za-z0-9_.:/# -]+)")


def link_of(header: str, relation: str) -> str | None:
    """The address of a relation (``next``, ``differences``); None where the header names none."""
    for url, parameters in _LINK.findall(header):
        found = _RELATION.search(parameters)
        if found is not None and relation in found[1].lower().split():
            return html.unescape(url.strip())
    return None
