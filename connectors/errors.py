"""One tree for everything that can go wrong between us and an outside system.

::

    ConnectorError
    ├── ConfigurationFault      somebody has to change a setting; trying again is useless
    │   ├── SettingRefused      a setting of the connector is absent or makes no sense
    │   ├── InvalidToken        the platform does not know the token or the account
    │   ├── FunctionMissing     the function is not in the token's service
    │   ├── AddressRefused      the address policy forbids the address
    │   ├── RedirectRefused     the site answers at another address than the one configured
    │   └── CertificateFault    the site's certificate does not hold
    ├── MissingRight            the service account lacks a right, which is named
    ├── DataDrift               the record asked for is no longer there, or no longer has the expected shape
    ├── RemoteRefused           HTTP 401 or 403
    ├── RemoteRejected          any other refusal of this very request
    ├── TooLarge                more bytes or more pages than we accept
    ├── NotPossible             this platform, or this account on it, cannot do what was asked
    └── RemoteFault             trying again later may help
        ├── RemoteDown          no connection, or HTTP 5xx
        ├── RemoteSlow          a time limit passed
        ├── RateLimited         HTTP 429; carries ``retry_after``
        ├── Unreadable          the answer is not of the form that was due
        │   └── NotJson         HTML, half a JSON, or bytes that are not text
        └── RemoteFailure       the platform reports a failure of its own

Each class has a stable ``code`` (part of the public surface: stored in sync runs, translated by the hub) and
``transient`` (True when a later attempt may succeed). Neither ``str`` nor ``repr`` ever shows a query string, a request
body, a header or what the remote answered; the beginning of that answer, freed of the known secrets, is in ``excerpt``.
"""

from typing import ClassVar


class ConnectorError(Exception):
    """Root of the tree.

    ``detail``: technical English for the log, free of secrets. ``where``: host and path of the call, never its query.
    ``status``: the HTTP status where there was one. ``excerpt``: at most 500 characters of the answer, redacted.
    ``retry_after``: seconds the remote asked us to wait, where it did.
    """

    code: ClassVar[str] = "connector_error"
    transient: ClassVar[bool] = False

    def __init__(
        self,
        detail: str = "",
        *,
        where: str = "",
        status: int | None = None,
        excerpt: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.where = where
        self.status = status
        self.excerpt = excerpt
        self.retry_after = retry_after

    def __str__(self) -> str:
        status = f"HTTP {self.status}" if self.status is not None else ""
        return ": ".join(part for part in (self.code, self.where, status, self.detail) if part)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"


class ConfigurationFault(ConnectorError):
    """Somebody has to change a setting, here or there."""

    code = "configuration_fault"


class SettingRefused(ConfigurationFault):
    """A setting is absent or makes no sense; ``field`` is its name in the connector's declaration."""

    code = "setting_refused"

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.field = field


class InvalidToken(ConfigurationFault):
    """The platform does not know the token, or the account behind it may not use web services."""

    code = "invalid_token"


class FunctionMissing(ConfigurationFault):
    """``function`` is not in the service of the token, or does not exist in this version of the platform."""

    code = "function_missing"

    def __init__(self, function: str, *, where: str = "") -> None:
        super().__init__(function, where=where)
        self.function = function


class AddressRefused(ConfigurationFault):
    """The address policy forbids this URL, or every address its host name stands for."""

    code = "address_refused"


class RedirectRefused(ConfigurationFault):
    """A redirect that would carry a request body or lead too far; ``detail`` names the address it points to."""

    code = "redirect_refused"


class CertificateFault(ConfigurationFault):
    """The site's TLS certificate is expired, unknown or made for another name."""

    code = "certificate_fault"


class MissingRight(ConnectorError):
    """The service account lacks a right. ``rights``: the platform's own names of the rights that ``function`` needs."""

    code = "missing_right"

    def __init__(self, function: str, rights: tuple[str, ...], detail: str = "", *, where: str = "") -> None:
        needed = f"{function} needs {', '.join(rights)}" if rights else function
        super().__init__(f"{needed} ({detail})" if detail else needed, where=where)
        self.function = function
        self.rights = rights


class DataDrift(ConnectorError):
    """What we asked for is not there any more, or has a shape nobody recorded: mark the record and go on."""

    code = "data_drift"


class RemoteRefused(ConnectorError):
    """HTTP 401 or 403."""

    code = "remote_refused"


class RemoteRejected(ConnectorError):
    """The remote says that this very request is wrong; the same request would be refused again."""

    code = "remote_rejected"


class TooLarge(ConnectorError):
    """The answer has more bytes, or the list more pages, than the limit; nothing of it was kept."""

    code = "too_large"


class NotPossible(ConnectorError):
    """This platform cannot do what was asked; ``what`` names it by the platform's own words."""

    code = "not_possible"

    def __init__(self, what: str, *, where: str = "") -> None:
        super().__init__(what, where=where)
        self.what = what


class RemoteFault(ConnectorError):
    """Trying again later may help."""

    code = "remote_fault"
    transient = True


class RemoteDown(RemoteFault):
    """No connection, or HTTP 5xx."""

    code = "remote_down"


class RemoteSlow(RemoteFault):
    """The connection, one read or the whole answer took longer than its limit (or HTTP 408, 504)."""

    code = "remote_slow"


class RateLimited(RemoteFault):
    """HTTP 429, or 403 with Retry-After; ``retry_after`` is in seconds, None when the remote named no time."""

    code = "rate_limited"


class Unreadable(RemoteFault):
    """Something else came than what the protocol promises, such as the HTML of a maintenance page."""

    code = "unreadable_answer"


class NotJson(Unreadable):
    """JSON was due and something else came: HTML of a proxy or a maintenance page, half a JSON, bytes that are not
    text.
    """

    code = "not_json"


class RemoteFailure(RemoteFault):
    """The platform answered that it failed, for a reason of its own; ``remote_code`` is its error code."""

    code = "remote_failure"

    def __init__(self, remote_code: str, *, where: str = "", excerpt: str = "") -> None:
        super().__init__(remote_code, where=where, excerpt=excerpt)
        self.remote_code = remote_code
