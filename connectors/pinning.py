"""urllib3 connections that dial an address the policy has judged, while everything else still speaks of the host name.

Only the socket is opened by address: Host header, TLS server name (SNI) and certificate check keep the name of the
URL, because urllib3 derives them from ``connection.host``, which is left alone. ``_new_conn`` is the place urllib3's
own SOCKS support overrides.
"""

import io
import socket
import ssl
import time
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.connection import create_connection

from connectors.addresses import AddressPolicy

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# A name may stand for many addresses; each costs one connection time-out.
_MAX_ADDRESSES = 3


class _UntilDeadline(io.RawIOBase):
    """Reads a socket until a deadline: time-outs of single reads let a sender of one byte a minute go on for ever."""

    def __init__(self, stream: io.RawIOBase, seconds: float) -> None:
        self._stream = stream
        self._end = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        if time.monotonic() > self._end:
            raise TimeoutError("the answer did not end in time")
        return self._stream.readinto(buffer)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _response_class(seconds: float) -> type[HTTPResponse]:
    class DeadlineResponse(HTTPResponse):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.fp = io.BufferedReader(_UntilDeadline(self.fp.detach(), seconds))

    return DeadlineResponse


def pinned_pools(policy: AddressPolicy, deadline: float) -> dict[str, type[HTTPConnectionPool]]:
    """Pool classes by scheme for a ``PoolManager`` (its ``pool_classes_by_scheme``).

    Opening a connection raises :class:`connectors.errors.AddressRefused` where the policy says no. An answer, head and
    body, that has not ended ``deadline`` seconds after the request was sent ends in a time-out.
    """

    class PinnedHTTPConnection(HTTPConnection):
        response_class = _response_class(deadline)

        def _new_conn(self) -> socket.socket:
            return _dial(self, policy)

    class PinnedHTTPSConnection(HTTPSConnection):
        response_class = _response_class(deadline)

        def _new_conn(self) -> socket.socket:
            return _dial(self, policy)

    class PinnedHTTPPool(HTTPConnectionPool):
        ConnectionCls = PinnedHTTPConnection

    class PinnedHTTPSPool(HTTPSConnectionPool):
        ConnectionCls = PinnedHTTPSConnection

    return {"http": PinnedHTTPPool, "https": PinnedHTTPSPool}


def _dial(connection: HTTPConnection, policy: AddressPolicy) -> socket.socket:
    try:
        addresses = policy.vetted(connection.host, connection.port)
    except socket.gaierror as fault:
        raise NameResolutionError(connection.host, connection, fault) from fault
    fault_seen: OSError = OSError("no address")
    for address in addresses[:_MAX_ADDRESSES]:
        try:
            return create_connection(
                (address, connection.port),
                connection.timeout,
                source_address=connection.source_address,
                socket_options=connection.socket_options,
            )
        except OSError as fault:
            fault_seen = fault
    if isinstance(fault_seen, TimeoutError):
        raise ConnectTimeoutError(connection, f"Connection to {connection.host} timed out") from fault_seen
    raise NewConnectionError(connection, f"Connection to {connection.host} failed: {fault_seen}") from fault_seen


def known_cause(fault: Exception) -> str:
    """A word for the administrator where the cause at the bottom deserves one, else empty.

    requests wraps urllib3's ``MaxRetryError``, whose ``reason`` may wrap an error of the system.
    """
    inner = fault.args[0] if fault.args else None
    reason = getattr(inner, "reason", inner)
    if isinstance(reason, NameResolutionError):
        return "the host name is unknown"
    deeper = reason.args[0] if isinstance(reason, Exception) and reason.args else None
    return deeper.verify_message if isinstance(deeper, ssl.SSLCertVerificationError) else ""
