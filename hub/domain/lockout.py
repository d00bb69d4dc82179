"""Lock-out after wrong secrets: how many, and for how long. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network


@dataclass(frozen=True, slots=True)
class Policy:
    """``free`` wrong tries in a row cost nothing; then ``first`` of waiting, doubled by each further try up to
    ``longest``."""

    free: int
    first: timedelta
    longest: timedelta = timedelta(hours=24)

    def after_failure(self, failures: int, now: datetime) -> tuple[int, datetime | None]:
        """Counting one more failure upon ``failures``: the new count, and until when the way is closed (None: open)."""
        count = failures + 1
        if count < self.free:
            return count, None
        # Beyond 30 doublings any wait is the longest one; a larger exponent would overflow the timedelta.
        return count, now + min(self.longest, self.first * 2 ** min(count - self.free, 30))


#: One login, known or not, and one card.
ONE_WAY = Policy(free=5, first=timedelta(minutes=1))
#: One network address. A whole place may stand behind one, so it is generous; it stops trying many logins.
ONE_ADDRESS = Policy(free=60, first=timedelta(minutes=5), longest=timedelta(hours=1))
#: Failures of an address count together when they lie this close.
ADDRESS_WINDOW = timedelta(minutes=15)
#: Rows without a failure for so long are removed; longer than the longest lock.
FORGOTTEN_AFTER = timedelta(days=30)


def origin(address: str) -> str:
    """What failures from a network address count on: an IPv4 address itself, the /64 of an IPv6 one.

    One subscriber has a whole /64 (RFC 6177), so counting single IPv6 addresses would count nothing.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or ip_network((int(parsed) >> 64 << 64, 64)))
    return str(parsed)


def is_locked(locked_until: datetime | None, now: datetime) -> bool:
    """Whether the way is closed at ``now``."""
    return locked_until is not None and now < locked_until
