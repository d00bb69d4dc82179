"""What the platform's endpoints answer, for the host's web framework to send as it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ServiceResponse:
    """Status, headers and body of an HTTP response. The body may hold a token and is in no repr."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)
