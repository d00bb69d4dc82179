"""One call of Moodle's REST server: ``POST /webservice/rest/server.php``, one function, JSON back."""

from collections.abc import Mapping
from typing import Any

from connectors.errors import ConfigurationFault, RemoteRejected
from connectors.http import HttpClient
from connectors.moodle.encoding import Value, encode
from connectors.moodle.faults import fault, is_fault
from connectors.records import Notice
from connectors.secret import Secret

ENDPOINT = "/webservice/rest/server.php"
# Words and dates inside answers are those of a language and a zone: we fix both, whatever the account is set to.
FORCED: Mapping[str, str] = {
    "moodlewsrestformat": "json",
    "moodlewssettinglang": "en",
    "moodlewssettingtimezone": "UTC",
}


class MoodleClient:
    """Calls functions of one site with one token. The token travels in the body, where access logs do not see it."""

    def __init__(self, site_url: str, token: Secret, http: HttpClient) -> None:
        self.site_url = site_url.rstrip("/")
        self._token = token
        self._http = http.with_secrets([token.reveal()])

    def __repr__(self) -> str:
        return f"MoodleClient({self.site_url})"

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def read(self, function: str, params: Mapping[str, Value] | None = None) -> Any:
        """The decoded answer of a function that changes nothing (so it is tried again when the network fails).

        Raises :class:`~connectors.errors.ConnectorError`: the errors of HTTP, and Moodle's own by their code.
        """
        fields = {**encode(params or {}), **FORCED, "wstoken": self._token.reveal(), "wsfunction": function}
        try:
            answer = self._http.post_form(f"{self.site_url}{ENDPOINT}", fields, idempotent=True)
        except RemoteRejected as refused:
            if refused.status == 404:
                raise ConfigurationFault("no Moodle REST server here", where=refused.where, status=404) from None
            raise
        payload = answer.json()
        if is_fault(payload):
            raise fault(payload, function, answer.where, self._token.reveal())
        return payload


def warnings(payload: Any) -> tuple[Notice, ...]:
    """The ``warnings`` beside an answer: a partial failure is told there and nowhere else."""
    if not isinstance(payload, dict):
        return ()
    return tuple(
        Notice(
            "remote_warning",
            f"{warning.get('item', '')} {warning.get('itemid', '')}".strip(),
            f"{warning.get('warningcode', '')}: {warning.get('message', '')}",
        )
        for warning in payload.get("warnings") or []
        if isinstance(warning, dict)
    )
