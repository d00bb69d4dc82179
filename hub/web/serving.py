"""The hub behind waitress: a thread for each request, and one for all the statements that wait at a host.

Requests that may go the short way (``hub.web.xapi_express``) are not handed to a thread each. They wait by host, and
one thread answers all that wait there, stores them in one unit of work and goes on while more have come. Eight senders
of single statements then cost the work of one thread, instead of eight that take Python's lock from one another
a dozen times a statement; and a place whose database makes its writers wait holds one thread, not all.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, Final

from flask import Flask
from waitress import server as waitress
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, MultiSocketServer
from waitress.task import ThreadedTaskDispatcher, WSGITask

from hub.services.xapi_tokens import Grant
from hub.web import xapi_express
from hub.web.xapi_express import Answer, Express
from hub.web.xapi_request import GRANTED

log = logging.getLogger("hub.web")
MOST_AT_ONCE: Final = 50
"""Requests of one unit."""
LINGER_SECONDS: Final = 0.001
"""Those just answered often send the next at once, and a unit costs little more for it: so long they are waited for."""
_FOUND: Final = "hub_found"
_held = threading.local()


def create_server(app: Flask, *, threads: int, **options: Any) -> BaseWSGIServer | MultiSocketServer:
    """A server for ``app`` that listens already. ``options`` are waitress'. Raises OSError when the port is taken."""
    listening: dict[int, Any] = options.setdefault("map", {})
    dispatcher = _Dispatcher(app.extensions[xapi_express.EXTENSION])
    dispatcher.set_thread_count(threads)
    server = waitress.create_server(app, _dispatcher=dispatcher, threads=threads, **options)
    for one in listening.values():
        if isinstance(one, BaseWSGIServer):
            one.channel_class = _Channel
            one.pull_trigger = _unless_held(one.pull_trigger)  # type: ignore[method-assign]  # no other way to it
    return server


def _unless_held(wake: Callable[[], None]) -> Callable[[], None]:
    """Wakes the thread that reads from sockets, but not once for each of many answers in a row."""
    return lambda: None if getattr(_held, "back", False) else wake()


class _Task(WSGITask):
    """Sends the answer that was found for many at once, or asks the application, told whose credential it is."""

    def execute(self) -> None:
        """See waitress.task.Task."""
        found: Answer | Grant | None = getattr(self.request, _FOUND, None)
        if not isinstance(found, Answer):
            if found is not None:
                self.get_environment()[GRANTED] = found
            super().execute()
            return
        self.status, self.response_headers, self.complete = found.status, list(found.headers), True
        self.content_length = len(found.body)
        head = self.build_response_header()
        self.wrote_header = True
        self.channel.write_soon(head + found.body)


class _Channel(HTTPChannel):
    task_class = _Task


class _Dispatcher(ThreadedTaskDispatcher):
    """Hands each request to a thread, and the queue of a host to one."""

    def __init__(self, express: Express) -> None:
        super().__init__()
        self._express = express
        self._guard = threading.Lock()
        self._queues: dict[str, _Queue] = {}

    def add_task(self, task: Any) -> None:
        """Take a connection on which a request waits, or a queue."""
        if not isinstance(task, HTTPChannel) or not _may_wait(_request(task)):
            super().add_task(task)
            return
        host = _request(task).headers.get("HOST", "")
        with self._guard:
            queue = self._queues.get(host)
            if queue is not None:
                queue.add(task)
                return
            queue = self._queues[host] = _Queue(self, host, self._guard)
            queue.add(task)
        self.add_task(queue)

    def take(self, queue: _Queue) -> list[HTTPChannel]:
        """Whose requests are answered next; where nobody waits, the queue is over."""
        with self._guard:
            taken = queue.take()
            if not taken:
                del self._queues[queue.host]
            return taken

    def answer(self, channels: list[HTTPChannel]) -> None:
        """Answer the requests of these connections; those that go the long way get a thread each."""
        try:
            answers = self._answers(channels)
        except Exception:
            log.exception("%d statements at once failed", len(channels))
            answers = [None] * len(channels)
        _held.back = True
        try:
            for channel, answer in zip(channels, answers, strict=True):
                try:
                    self._give(channel, answer)
                except Exception:  # the others, and those who come next, have theirs
                    log.exception("an answer could not be given")
                    channel.cancel()
        finally:
            _held.back = False
            channels[0].server.pull_trigger()

    def _give(self, channel: HTTPChannel, answer: Answer | Grant | None) -> None:
        request = _request(channel)
        setattr(request, _FOUND, answer)
        if isinstance(answer, Answer):
            channel.service()
        else:
            request.get_body_stream().seek(0)
            super().add_task(channel)  # type: ignore[arg-type]  # waitress' own tasks are channels

    def _answers(self, channels: list[HTTPChannel]) -> list[Answer | Grant | None]:
        environs: list[dict[str, Any]] = []
        asked = [_Task(channel, _request(channel)).get_environment() for channel in channels]
        for channel, environ in zip(channels, asked, strict=True):
            if channel.connected:
                environ[xapi_express.GATHERED] = environs
                channel.server.application(environ, _unheard)  # through what stands in front of the short way
        found = dict(zip(map(id, environs), self._express.answer(environs), strict=True))
        return [found.get(id(environ)) or environ.get(GRANTED) for environ in asked]


class _Queue:
    """The requests that wait at one host; to waitress, a task."""

    def __init__(self, dispatcher: _Dispatcher, host: str, guard: threading.Lock) -> None:
        self.host = host
        self._dispatcher = dispatcher
        self._waiting: list[HTTPChannel] = []
        self._all_there = threading.Condition(guard)
        self._expected = self._answered = 0

    def add(self, channel: HTTPChannel) -> None:
        """Line up. The guard is held."""
        self._waiting.append(channel)
        if len(self._waiting) == self._expected:
            self._all_there.notify()

    def take(self) -> list[HTTPChannel]:
        """Those whose turn it is, once those answered before have had a moment to send the next. The guard is held."""
        self._expected = len(self._waiting) + self._answered
        self._all_there.wait_for(lambda: len(self._waiting) >= self._expected, LINGER_SECONDS)
        taken, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
        self._expected, self._answered = 0, len(taken)
        return taken

    def service(self) -> None:
        """Answer until nobody waits here, or others wait for a thread."""
        while channels := self._dispatcher.take(self):
            self._dispatcher.answer(channels)
            if self._dispatcher.queue:
                self._dispatcher.add_task(self)
                return

    def cancel(self) -> None:
        """The server ends before a thread has come."""
        for channel in self._waiting:
            channel.cancel()


def _request(channel: HTTPChannel) -> Any:
    """The request that is answered next."""
    return channel.requests[0]


def _unheard(_status: str, _headers: list[tuple[str, str]], _error: Any = None) -> Callable[[bytes], object]:
    """A ``start_response`` for what is answered anew, by a thread of its own."""
    return lambda _data: None


def _may_wait(request: Any) -> bool:
    return not request.error and xapi_express.plain(
        request.command, request.path, request.query, request.content_length
    )
