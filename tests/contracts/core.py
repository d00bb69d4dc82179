"""The suite that every connector runs, whatever it is able to do: negotiation, failures, secrets, cost."""

import logging
from typing import Any

import pytest

from connectors import errors
from connectors.capabilities import WRITES, Capability
from connectors.errors import ConnectorError
from connectors.http import HttpOptions
from connectors.registry import declaration
from tests.contracts.calls import READS
from tests.contracts.stage import OPTIONS, Failure, Stage, nobody_listens

HTML = b"<!doctype html><title>Maintenance</title><p>Le site est en maintenance."
UNREADABLE = (errors.Unreadable, errors.DataDrift, errors.RemoteFailure)

FAILURES: dict[str, tuple[Failure, tuple[type[ConnectorError], ...]]] = {
    "html": (Failure(body=HTML), UNREADABLE),
    "empty": (Failure(body=b""), UNREADABLE),
    "half an answer": (Failure(body=b'{"a": [1, 2', kind="application/json"), UNREADABLE),
    "not text": (Failure(body=b"\xff\xfe\x00", kind="application/json"), UNREADABLE),
    "another shape": (Failure(body=b'["a"]', kind="application/json"), UNREADABLE),
    "null": (Failure(body=b"null", kind="application/json"), UNREADABLE),
    "401": (Failure(401, HTML), (errors.RemoteRefused, errors.InvalidToken)),
    "403": (Failure(403, HTML), (errors.RemoteRefused,)),
    "404": (Failure(404, HTML), (errors.ConfigurationFault, errors.RemoteRejected, errors.DataDrift)),
    "429": (Failure(429, HTML, headers=(("Retry-After", "120"),)), (errors.RateLimited,)),
    "500": (Failure(500, HTML), (errors.RemoteDown,)),
    "502": (Failure(502, HTML), (errors.RemoteDown,)),
    "504": (Failure(504, HTML), (errors.RemoteSlow,)),
    "moved": (Failure(301, headers=(("Location", "http://elsewhere.localhost/"),)), (errors.RedirectRefused,)),
    "too large": (Failure(body=b"[" + b"0," * 150_000 + b"0]", kind="application/json"), (errors.TooLarge,)),
}


class Core:
    """See the module."""

    def test_negotiation_says_what_is_possible_and_what_lacks(self, stage: Stage) -> None:
        declared = declaration(stage.key)
        found = stage.connect().negotiate()
        assert found.possible | set(found.missing) >= set(declared.capabilities)
        assert found.possible <= set(declared.capabilities)
        assert found.possible.isdisjoint(found.missing)
        assert found.site.name
        assert found.site.url.startswith("http")

    def test_a_new_connector_goes_on_from_an_earlier_negotiation(self, stage: Stage) -> None:
        found = stage.connect().negotiate().found
        again = stage.connect()
        again.resume(found)
        before = stage.gate.requests
        again.close()
        assert stage.gate.requests == before

    @pytest.mark.parametrize("failure", FAILURES)
    def test_every_read_ends_in_a_typed_error_that_shows_no_secret(
        self, stage: Stage, caplog: pytest.LogCaptureFixture, failure: str
    ) -> None:
        caplog.set_level(logging.DEBUG, "connectors")
        answer, kinds = FAILURES[failure]
        connector = stage.connect(HttpOptions(retries=0, read_timeout=5, max_bytes=100_000))
        self._ready(stage, connector)
        stage.gate.failure = answer
        for capability in self._reads(stage):
            with pytest.raises(ConnectorError) as caught:
                list(READS[capability](connector, stage.known))
            assert isinstance(caught.value, kinds), f"{capability}: {caught.value!r}"
            if failure == "429":
                assert caught.value.retry_after == 120
            shown = f"{caught.value} {caught.value!r} {caught.value.excerpt} {connector!r} {caplog.text}"
            assert stage.secret not in shown

    def test_a_slow_remote_is_given_up(self, stage: Stage) -> None:
        connector = stage.connect(HttpOptions(retries=0, read_timeout=0.15))
        stage.gate.failure = Failure(body=HTML, seconds=0.5)
        with pytest.raises(errors.RemoteSlow):
            connector.negotiate()

    def test_a_remote_that_is_down_is_told_so(self, stage: Stage) -> None:
        with pytest.raises(errors.RemoteDown):
            stage.connect(url=nobody_listens()).negotiate()

    def test_an_address_outside_the_policy_is_not_reached(self, stage: Stage) -> None:
        from connectors.http import HttpClient

        connector = declaration(stage.key).open(stage.settings(stage.url), HttpClient(OPTIONS))
        with pytest.raises(errors.AddressRefused):
            connector.negotiate()
        assert stage.gate.requests == 0

    def test_no_secret_travels_in_an_address(self, stage: Stage) -> None:
        connector = stage.connect()
        self._ready(stage, connector)
        for capability in self._reads(stage):
            list(READS[capability](connector, stage.known))
        assert stage.gate.seen
        assert [one for one in stage.gate.seen if stage.secret in one] == []

    def test_reads_are_tried_again_and_each_attempt_is_counted(self, stage: Stage) -> None:
        connector = stage.connect(HttpOptions(retries=2, backoff=0.0, read_timeout=5))
        before = connector.meter.cost
        stage.gate.failure = Failure(503, HTML)
        with pytest.raises(errors.RemoteDown):
            connector.negotiate()
        cost = connector.meter.cost - before
        assert cost.calls == stage.gate.requests == 3
        assert cost.seconds > 0

    def test_the_meter_counts_calls_and_bytes(self, stage: Stage) -> None:
        connector = stage.connect()
        connector.negotiate()
        assert connector.meter.cost.calls == stage.gate.requests
        assert connector.meter.cost.received > 0

    def _ready(self, stage: Stage, connector: Any) -> None:
        connector.negotiate()

    def _reads(self, stage: Stage) -> list[Capability]:
        own = declaration(stage.key).capabilities
        return [one for one in READS if one in own and one not in WRITES]
