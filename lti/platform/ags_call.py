"""One authorised call of Assignment and Grade Services, and how its answers write numbers and instants."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from lti.errors import Code, ServiceRefused
from lti.platform.gradebook import Gradebook, LineItem
from lti.platform.service import ServiceRequest


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose token and scope hold, by the registration ``client_id``."""

    request: ServiceRequest
    gradebook: Gradebook
    client_id: str
    container_url: str
    now: datetime
    addressed: LineItem | None = None

    def line_item(self) -> LineItem:
        """The line item addressed, which is the registration's. Raises ServiceRefused where the address names none."""
        if self.addressed is None:
            raise ServiceRefused(Code.LINE_ITEM_UNKNOWN)
        return self.addressed

    def item_url(self, item: LineItem) -> str:
        """The public address of a line item, which is also its ``id`` for the tool."""
        return f"{self.container_url}/{quote(item.id, safe='')}"


def number(value: float) -> int | float:
    """Whole numbers without a decimal point, as tools expect to read back what they sent."""
    # A host may well hold a whole number as an int, which Python takes for a float but 3.11 gives no is_integer.
    return int(value) if float(value).is_integer() else value


def zulu(instant: datetime | None) -> str | None:
    """The instant in ISO 8601, in UTC, with the fraction of a second it has."""
    return None if instant is None else instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
