"""What a platform hands to the browser: a form that posts itself to the tool."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FormPost:
    """Post ``parameters`` to ``action``, an address of the registration (OAuth 2.0 Form Post Response Mode).

    The parameters hold tokens: the page with the form must not be cached, and they appear in no repr.
    """

    action: str
    parameters: Mapping[str, str] = field(repr=False)
