"""The hub behind waitress: a thread for each request, and few for all the statements that wait at a host.

Requests that may go the short way (``hub.web.xapi_express``) are not handed to a thread each. They wait by host, and
one thread answers all that wait there, stores them in one unit of work and goes on while more have come. Eight senders
of single statements then cost the work of one thread, instead of eight that take Python's lock from one another
a dozen times a statement. Where much waits a second thread comes, which prepares one unit while the first stores
another; and a place whose database makes its writers wait holds two threads, not all.
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
"""Requests that a thread answers at once."""
FULL_BYTES: Final = 400 * 1024
"""Of requests that a thread answers at once: usual statements of so many are about a unit of work
(``group_commit.MOST``)."""
MUCH_BYTES: Final = 64 * 1024
"""What waits is worth a second thread: to prepare it takes longer than to call one."""
HANDS: Final = 2
"""Threads of one host: one prepares, one stores. A third would only wait for them."""
LINGER_SECONDS: Final = 0.001
"""Those just answered often send the next at once, and a unit costs little more for it: so long they are waited for."""
PATIENCE_SECONDS: Final = 0.01
"""What waits while the other thread stores is not stored before it is done: so long more is waited for."""
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
    """Hands each request to a thread, and the queue of a host to one or two."""

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
            if queue is None:
                queue = self._queues[host] = _Queue(self, host, self._guard)
            called = queue.add(task)
        if called:
            self.add_task(queue)

    def drop(self, queue: _Queue) -> None:
        """Nobody waits there any more. The guard is held."""
        del self._queues[queue.host]

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
    """The requests that wait at one host; to waitress, a task: each thread that serves it is a hand."""

    def __init__(self, dispatcher: _Dispatcher, host: str, guard: threading.Lock) -> None:
        self.host = host
        self._dispatcher = dispatcher
        self._guard = guard
        self._changed = threading.Condition(guard)
        self._waiting: list[HTTPChannel] = []
        self._bytes = 0
        """Of the bodies that wait."""
        self._hands = self._busy = 0
        """Hands that serve or are called; those of them that answer what they took."""
        self._expected = 0
        """How many a hand waits for."""

    def add(self, channel: HTTPChannel) -> bool:
        """Line up; whether a hand is to come. The guard is held."""
        self._waiting.append(channel)
        self._bytes += _request(channel).content_length
        if len(self._waiting) == self._expected or self._bytes >= FULL_BYTES:
            self._changed.notify_all()
        called = not self._hands or (self._hands < HANDS and self._bytes >= MUCH_BYTES)
        self._hands += called
        return called

    def service(self) -> None:
        """Answer until nobody waits here, or others wait for a thread."""
        answered = 0
        while channels := self._take(answered):
            self._dispatcher.answer(channels)
            answered = len(channels)
            with self._guard:
                self._busy -= 1
                self._changed.notify_all()
            if self._dispatcher.queue:
                self._dispatcher.add_task(self)
                return

    def cancel(self) -> None:
        """The server ends before a thread has come."""
        for channel in self._waiting:
            channel.cancel()

    def _take(self, answered: int) -> list[HTTPChannel]:
        """Whose requests are next for a hand that has just ``answered`` so many; nobody's where it is to leave."""
        with self._guard:
            if self._busy:
                self._changed.wait_for(lambda: self._bytes >= FULL_BYTES or not self._busy, PATIENCE_SECONDS)
            else:
                self._expected = len(self._waiting) + answered
                self._changed.wait_for(lambda: len(self._waiting) >= self._expected, LINGER_SECONDS)
                self._expected = 0
            taken = self._next() if not self._busy or self._bytes >= MUCH_BYTES else []
            self._busy += bool(taken)
            self._hands -= not taken
            if not self._hands:
                self._dispatcher.drop(self)
            return taken

    def _next(self) -> list[HTTPChannel]:
        size = count = 0
        while count < min(len(self._waiting), MOST_AT_ONCE) and size < FULL_BYTES:
            size += _request(self._waiting[count]).content_length
            count += 1
        taken = self._waiting[:count]
        del self._waiting[:count]
        self._bytes -= size
        return taken


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
