"""One call of Moodle's REST server: ``POST /webservice/rest/server.php``, one function, JSON back."""

from collections.abc import Mapping
from typing import Any

from connectors.answers import where
from connectors.errors import ConfigurationFault, DataDrift, RemoteRejected
from connectors.http import HttpClient
from connectors.meter import Meter
from connectors.moodle import functions
from connectors.moodle.encoding import Value, encode
from connectors.moodle.faults import fault, is_fault
from connectors.records import Notice
from connectors.secret import Secret

ENDPOINT = "/webservice/rest/server.php"
FILES = "/webservice/pluginfile.php"
# Words and dates inside answers are those of a language and a zone: we fix both, whatever the account is set to.
FORCED: Mapping[str, str] = {
    "moodlewsrestformat": "json",
    "moodlewssettinglang": "en",
    "moodlewssettingtimezone": "UTC",
}
# Names are for people: in French where a site has them in several languages (which its filter then tells apart).
IN_FRENCH: Mapping[str, str] = {"moodlewssettinglang": "fr", "moodlewssettingfilter": "1"}
NAMES = frozenset({functions.COURSES, functions.COURSES_BY_FIELD, functions.CONTENTS})


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

    @property
    def meter(self) -> Meter:
        """What the calls have cost."""
        return self._http.meter

    def read(self, function: str, params: Mapping[str, Value] | None = None) -> Any:
        """The decoded answer of a function that changes nothing (so it is tried again when the network fails).

        Raises :class:`~connectors.errors.ConnectorError`: the errors of HTTP, and Moodle's own by their code.
        """
        return self._call(function, params or {}, idempotent=True)

    def write(self, function: str, params: Mapping[str, Value], *, idempotent: bool = False) -> Any:
        """The decoded answer of a function that changes something; tried again only if twice does no harm."""
        return self._call(function, params, idempotent=idempotent)

    def file(self, url: str, max_bytes: int) -> bytes:
        """A file that Moodle offers to web services, the token in the body. Raises ``ConnectorError``.

        An address of another site is refused: the token goes nowhere else.
        """
        if not url.startswith(f"{self.site_url}{FILES}/"):
            raise DataDrift("a file lies outside the site", where=where(url))
        fields = {"token": self._token.reveal()}
        answer = self._http.post_form(url, fields, idempotent=True, max_bytes=max_bytes)
        if answer.header("Content-Type").startswith("application/json"):
            payload = answer.json()
            if is_fault(payload):
                raise fault(payload, "webservice/pluginfile.php", answer.where, self._token.reveal())
        return answer.body

    def _call(self, function: str, params: Mapping[str, Value], *, idempotent: bool) -> Any:
        told = IN_FRENCH if function in NAMES else {}
        fields = {**encode(params), **FORCED, **told, "wstoken": self._token.reveal(), "wsfunction": function}
        try:
            answer = self._http.post_form(f"{self.site_url}{ENDPOINT}", fields, idempotent=idempotent)
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
