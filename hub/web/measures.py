"""Figures of this process and of the queues, for Prometheus (text format 0.0.4). No label names a person or a path.

Requests are counted by endpoint, an endless set of paths is not; queues are counted by place when somebody asks, from
the places that are open in this process, at most every fifteen seconds.
"""

import threading
import time
from collections.abc import Iterator
from typing import Final

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from hub.db.directory import Installation
from hub.db.replica import Replica
from hub.services.queue_counts import QueueCount, queue_counts

_EXTENSION: Final = "hub.measures"
BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
LOOK_AGAIN_SECONDS: Final = 15.0


class Measures:
    """The figures of one application."""

    def __init__(self, installation: Installation) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        labels = ["method", "endpoint", "status"]
        self.requests = Counter("hub_requests_total", "Requests answered.", labels, registry=self.registry)
        self.seconds = Histogram(
            "hub_request_seconds", "Time of answering.", ["endpoint"], buckets=BUCKETS, registry=self.registry
        )
        self.registry.register(_Queues(installation))
        if installation.replica is not None:
            self.registry.register(_Copy(installation.replica))
        self._found: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def count(self, method: str, endpoint: str, status: int, seconds: float | None) -> None:
        """Count an answer, and the time it took if that is known."""
        requests, times = self._of(method, endpoint, status)
        requests.inc()
        if seconds is not None:
            times.observe(seconds)

    def _of(self, method: str, endpoint: str, status: int) -> tuple[Counter, Histogram]:
        """The counter and the histogram of one kind of answer; there are as many kinds as rows for Prometheus."""
        key = (method, endpoint, status)
        if key not in self._found:
            self._found[key] = self.requests.labels(method, endpoint, str(status)), self.seconds.labels(endpoint)
        return self._found[key]


class _Queues:
    """Rows of the queues by place and state, read when somebody asks."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._lock = threading.Lock()
        self._read_at, self._found = float("-inf"), list[QueueCount]()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """See prometheus_client.registry.Collector."""
        rows = GaugeMetricFamily(
            "hub_queue_rows", "Work by place, queue and state.", labels=["place", "queue", "state"]
        )
        late = GaugeMetricFamily("hub_queue_late_seconds", "How long the longest due work waits.", labels=["place"])
        links = _links()
        for found in self._looked():
            _add_links(links, found)
            for (queue, state), count in found.rows.items():
                rows.add_metric([found.place, queue, state], count)
            late.add_metric([found.place], found.late_seconds)
        yield rows
        yield late
        yield from links

    def _looked(self) -> list[QueueCount]:
        with self._lock:
            if time.monotonic() - self._read_at > LOOK_AGAIN_SECONDS:
                self._found, self._read_at = queue_counts(self._installation), time.monotonic()
            return self._found


class _Copy:
    """How the database's replica is."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        """See prometheus_client.registry.Collector."""
        state = self._replica.state()
        yield GaugeMetricFamily("hub_replica_up", "Whether the read replica answers.", value=0 if state.fault else 1)
        yield GaugeMetricFamily("hub_replica_lag_seconds", "How far it is behind.", value=state.lag_seconds)
        yield CounterMetricFamily("hub_replica_reads", "Reading units answered by it.", value=self._replica.reads)


def _links() -> tuple[GaugeMetricFamily, ...]:
    labels = ["place", "link", "direction"]
    return (
        GaugeMetricFamily("hub_lrs_link_done", "Statements sent or taken by a link to another LRS.", labels=labels),
        GaugeMetricFamily("hub_lrs_link_refused", "Statements of a link that were refused and wait.", labels=labels),
        GaugeMetricFamily("hub_lrs_link_behind", "Statements that a link has not looked at.", labels=labels),
        GaugeMetricFamily("hub_lrs_link_failing", "1 while the other side does not answer.", labels=labels),
    )


def _add_links(links: tuple[GaugeMetricFamily, ...], found: QueueCount) -> None:
    for one in found.links:
        values = (one.done, one.refused, one.behind, int(one.failing))
        for family, value in zip(links, values, strict=True):
            if value is not None:
                family.add_metric([found.place, one.link, one.direction], value)


def install(app: Flask, installation: Installation) -> None:
    """Count what ``app`` answers."""
    measures = Measures(installation)
    app.extensions[_EXTENSION] = measures

    def begin() -> None:
        g.hub_began = time.perf_counter()

    def end(response: Response) -> Response:
        began = g.pop("hub_began", None)
        took = None if began is None else time.perf_counter() - began
        measures.count(request.method, request.endpoint or "none", response.status_code, took)
        return response

    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request(end)


def count(app: Flask, method: str, endpoint: str, status: int, seconds: float) -> None:
    """Count an answer that was given in front of ``app``."""
    measures: Measures = app.extensions[_EXTENSION]
    measures.count(method, endpoint, status, seconds)


def exposition(app: Flask) -> tuple[bytes, str]:
    """The figures as text, and its content type."""
    measures: Measures = app.extensions[_EXTENSION]
    return generate_latest(measures.registry), CONTENT_TYPE_PLAIN_0_0_4
