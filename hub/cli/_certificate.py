"""What the certificate at an address is worth: seen as a browser sees it, and once more where a browser turns away."""

import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from cryptography import x509

Fault = Literal["", "expired", "early", "name", "authority"]
#: OpenSSL's words for it (include/openssl/x509_vfy.h).
_FAULTS: dict[int, Fault] = {9: "early", 10: "expired", 62: "name"}
_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Certificate:
    """``days`` until its end, below nought after it; ``fault``: why a browser refuses it, empty where none does."""

    days: int
    fault: Fault = ""


def look(host: str, port: int = 443) -> Certificate | None:
    """The certificate at ``host``; None where nobody answers by TLS."""
    fault: Fault = ""
    try:
        try:
            shown = _shown(host, port, ssl.create_default_context())
        except ssl.SSLCertVerificationError as error:
            fault = _FAULTS.get(error.verify_code, "authority")
            unchecked = ssl.create_default_context()
            unchecked.check_hostname = False
            unchecked.verify_mode = ssl.CERT_NONE  # nothing is said to it: only its dates are read
            shown = _shown(host, port, unchecked)
    except (OSError, ValueError):
        return None
    left = shown.not_valid_after_utc - datetime.now(UTC)
    return Certificate(left.days if left.days >= 0 else -((-left).days), fault)


def _shown(host: str, port: int, context: ssl.SSLContext) -> x509.Certificate:
    with (
        socket.create_connection((host, port), timeout=_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as secure,
    ):
        return x509.load_der_x509_certificate(secure.getpeercert(binary_form=True) or b"")
