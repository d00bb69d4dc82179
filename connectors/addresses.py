"""Which addresses our HTTP client may reach: the guard against server-side request forgery.

An administrator, a designer or a remote document can hand the hub a URL. Without a guard that URL may name the hub's
own network: its database, a router, the metadata service of a cloud host. So a host name is resolved here, each
address it stands for is judged, and the connection goes to a judged address (:mod:`connectors.pinning`), never back
to the resolver: a name whose answer changes between the check and the connection (DNS rebinding) gains nothing.

Special ranges: IANA IPv4 and IPv6 special-purpose address registries (RFC 6890), through :mod:`ipaddress`; transition
addresses are judged by the IPv4 address they carry (RFC 4291 §2.5.5.2, RFC 3056 §2, RFC 6052 §2.1, RFC 4380 §4).
``localhost`` and ``*.localhost`` are loopback (RFC 6761 §6.3).
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from connectors.errors import AddressRefused

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

# Metadata services of cloud hosts that lie on addresses which look public, private or loopback-like: refused even in
# development.
_METADATA = frozenset(
    ip_address(text) for text in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192")
)
_NAT64 = IPv6Network("64:ff9b::/96")
_DEVELOPMENT_V4 = IPv4Address("127.0.0.1")


def system_resolver(host: str, port: int) -> list[str]:
    """Addresses of ``host`` from the system's resolver, in its order. Raises ``socket.gaierror`` (an OSError)."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True)
class AddressPolicy:
    """What may be reached.

    ``development`` opens loopback, private networks and plain http, and maps ``*.localhost`` to 127.0.0.1 (no
    resolver asked).
    ``networks`` opens ranges by name, for a partner whose platform lies on the place's own network. ``plain_http``
    opens http, over which tokens travel readable. Link-local, multicast, reserved and metadata addresses stay closed
    always.
    """

    development: bool = False
    networks: tuple[IPNetwork, ...] = ()
    plain_http: bool = False
    resolver: Callable[[str, int], Sequence[str]] = field(default=system_resolver, repr=False)

    def check_url(self, url: str) -> None:
        """Raise :class:`AddressRefused` for a URL that no resolution could make acceptable; asks no resolver."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise AddressRefused("not a URL") from None
        if parts.scheme not in ("http", "https") or not host:
            raise AddressRefused("only absolute http and https URLs")
        if parts.username is not None or parts.password is not None:
            raise AddressRefused("a URL must not carry a user name or a password", where=host)
        if parts.scheme == "http" and not (self.plain_http or self.development):
            raise AddressRefused("https is required", where=host)
        if port == 0:
            raise AddressRefused("port 0", where=host)
        literal = _literal(host)
        if literal is not None and not self.allows(literal):
            raise AddressRefused("the address is not public", where=host)
        if literal is None and _is_localhost(host) and not self.development:
            raise AddressRefused("localhost is open in development only", where=host)

    def vetted(self, host: str, port: int) -> list[str]:
        """The addresses of ``host`` one may connect to, at least one.

        Raises :class:`AddressRefused` when none may be reached, ``socket.gaierror`` when the name does not resolve.
        """
        literal = _literal(host)
        if literal is not None:
            found = [str(literal)]
        elif _is_localhost(host):
            found = [str(_DEVELOPMENT_V4)]
        else:
            found = list(self.resolver(host, port))
        allowed = [address for address in found if self.allows(ip_address(address))]
        if not allowed:
            raise AddressRefused("no public address stands behind this name", where=host)
        return allowed

    def allows(self, address: IPAddress) -> bool:
        """Whether a connection to this very address is permitted."""
        return all(self._allows_one(one) for one in (address, *_carried(address)))

    def _allows_one(self, address: IPAddress) -> bool:
        if address in _METADATA or address.is_multicast or address.is_unspecified:
            return False
        if any(address.version == net.version and address in net for net in self.networks):
            return True
        if address.is_loopback:
            return self.development
        if _carried(address):
            return True  # a transition address counts as what it carries, which allows() judges beside it
        if address.is_link_local or address.is_reserved:
            return False
        return address.is_global or (self.development and address.is_private)


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a URL (RFC 6454 §4), the default port made explicit."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _literal(host: str) -> IPAddress | None:
    """The address a URL's host spells out, without a zone id; None for a name."""
    try:
        return ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None


def _is_localhost(host: str) -> bool:
    name = host.rstrip(".").lower()
    return name == "localhost" or name.endswith(".localhost")


def _carried(address: IPAddress) -> tuple[IPv4Address, ...]:
    """IPv4 addresses inside a transition address: a gateway on the way would deliver to them."""
    if not isinstance(address, IPv6Address):
        return ()
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    if address.teredo is not None:
        return address.teredo
    if address in _NAT64:
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    return ()
