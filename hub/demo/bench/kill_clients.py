"""Who sends while processes are killed. Each begins a thing, tries until it is acknowledged, and notes what was."""

from __future__ import annotations

import hashlib
import http.client
import os
import random
import socket
import threading
import time
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID, uuid4

import orjson

from hub.db.errors import DatabaseError
from hub.demo.bench.kill_place import COURSE, LEARNERS, LMS, KillPlace
from hub.services import jobs
from hub.services.deliveries import owe

Answer = tuple[int, dict[str, str], bytes]
AGAIN: Final = 0.03
TIMES: Final = 5
FILE, PIECE = 24_000, 10_000


class Client(threading.Thread, ABC):
    """``acknowledged``: what the hub said it has. ``tries``: requests sent, ``broken``: those without an answer."""

    def __init__(self, place: KillPlace, door: socket.socket, stop: threading.Event, number: int = 0) -> None:
        super().__init__(name=f"{type(self).__name__}-{number}", daemon=True)
        self.place, self.port, self.stopped = place, door.getsockname()[1], stop
        self.chance = random.Random(number)  # noqa: S311 - a repeatable load, no secret
        self.acknowledged: list[Any] = []
        self.tries = self.broken = 0
        self.fault = ""

    def run(self) -> None:
        """One thing after another until told to stop; what was begun is finished."""
        try:
            while not self.stopped.is_set():
                self.once()
        except Exception as error:
            self.fault = f"{self.name}: {type(error).__name__}: {error}"

    @abstractmethod
    def once(self) -> None:
        """One thing."""

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
        """One request on a connection of its own. Raises OSError, HTTPException where the answer did not come."""
        self.tries += 1
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body or None, {"Host": self.place.host, **names})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()
        finally:
            connection.close()

    def answered(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[Answer, bool]:
        """The answer, asked for until there is one that is not the server's own fault; whether an earlier try may have
        been carried out."""
        unsure = False
        while True:
            try:
                answer = self.ask(method, path, body, **headers)
            except (OSError, http.client.HTTPException):
                self.broken, unsure = self.broken + 1, True
            else:
                if answer[0] < 500:
                    return answer, unsure
            time.sleep(AGAIN)


class Statements(Client):
    """A learning platform: batches of statements, each with an id of its own."""

    def once(self) -> None:
        """One batch."""
        said = [self._said() for _ in range(self.chance.randint(1, 4))]
        headers = {"Authorization": f"Basic {self.place.basic}", "X_Experience_API_Version": "1.0.3"}
        headers["Content_Type"] = "application/json"
        (status, _, body), _ = self.answered("POST", "/xapi/statements", orjson.dumps(said), **headers)
        if status != 200:
            raise RuntimeError(f"statements: {status} {body[:200]!r}")
        self.acknowledged += orjson.loads(body)

    def _said(self) -> dict[str, Any]:
        return {
            "id": str(uuid4()),
            "actor": {"account": {"homePage": LMS, "name": f"p{self.chance.randrange(LEARNERS)}"}},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
            "object": {"id": self.chance.choice((COURSE, f"{LMS}/other"))},
            "timestamp": datetime.now(UTC).isoformat(),
        }


class Browser(Client):
    """A client with forms: a session, and the token that each form carries."""

    def __init__(self, place: KillPlace, door: socket.socket, stop: threading.Event, number: int = 0) -> None:
        super().__init__(place, door, stop, number)
        self._forms: dict[UUID, tuple[str, str]] = {}

    def form(self, who: UUID, page: str) -> dict[str, str]:
        """The headers of somebody who has opened a form on ``page``."""
        if who not in self._forms:
            (status, headers, body), _ = self.answered("GET", page, b"", Cookie=f"hub={self.place.cookies[who]}")
            token = body.decode().partition('name="csrf-token" content="')[2].partition('"')[0]
            if status != 200 or not token:
                raise RuntimeError(f"{page}: {status}")
            form = headers["set-cookie"].partition(";")[0]
            self._forms[who] = (f"hub={self.place.cookies[who]}; {form}", token)
        cookie, token = self._forms[who]
        return {"Cookie": cookie, "X_CSRFToken": token}


class Roll(Browser):
    """The trainer notes one person at a time: here, and not here, and here again. ``acknowledged``: (who, presence)."""

    def once(self) -> None:
        """One correction."""
        count = len(self.acknowledged)
        who = list(self.place.enrolments)[count % LEARNERS]
        presence = ("present", "absent")[count // LEARNERS % 2]
        page = f"/sessions/{self.place.seance}/roll"
        headers = self.form(self.place.trainer, page)
        body = urlencode({"half": "am", f"presence-{who}": presence}).encode()
        headers["Content_Type"] = "application/x-www-form-urlencoded"
        (status, _, told), _ = self.answered("POST", page, body, **headers)
        if status != 303:
            raise RuntimeError(f"roll: {status} {told[:300]!r}")
        self.acknowledged.append((who, presence))


class Uploads(Browser):
    """Learners hand in a file each, sent in pieces that go on where the hub says. ``acknowledged``: SHA-256."""

    def once(self) -> None:
        """One file, from its announcement to the step that has it."""
        who = self.chance.choice(list(self.place.enrolments))
        step = f"/path/{self.place.enrolments[who]}/step/{self.place.work_step}"
        headers, content = self.form(who, step), os.urandom(FILE)
        (status, told, _), _ = self.answered(
            "POST", "/uploads", b"", Upload_Length=str(FILE), Upload_Name="rapport.pdf", **headers
        )
        if status == 422:  # announcements whose answer was lost wait for two days, twenty a person
            return
        where = told["location"]
        self._send(where, content, headers)
        body = urlencode({"upload": where.rpartition("/")[2]}).encode()
        headers["Content_Type"] = "application/x-www-form-urlencoded"
        (status, _, page), unsure = self.answered("POST", f"{step}/deposit", body, **headers)
        # A second try finds the file handed in already, by the first one, whose answer was lost.
        if status != 303 and not (unsure and status == 422):
            raise RuntimeError(f"deposit: {status} {page[:200]!r}")
        self.acknowledged.append(hashlib.sha256(content).hexdigest())

    def _send(self, where: str, content: bytes, headers: dict[str, str]) -> None:
        offset = 0
        while offset < FILE:
            piece = content[offset : offset + PIECE]
            try:
                status, told, _ = self.ask("PATCH", where, piece, Upload_Offset=str(offset), **headers)
            except (OSError, http.client.HTTPException):
                self.broken, status = self.broken + 1, 0
            if status != 204:
                (_, told, _), _ = self.answered("HEAD", where, b"", **headers)
            offset = int(told["upload-offset"])


class Owing(Client):
    """A process of the hub that lives: puts down jobs and deliveries. ``acknowledged``: (counter, delivery)."""

    def once(self) -> None:
        """A job and a delivery in one unit of work."""
        counter, file = f"c{len(self.acknowledged)}", str(self.place.folder / "sent")
        try:
            with self.place.tenant.write() as session:
                jobs.enqueue(session, "count", {"times": TIMES, "counter": counter})
                key = str(owe(session, "send", {"file": file}))
        except DatabaseError:
            self.broken += 1
            return
        self.acknowledged.append((counter, key))
        time.sleep(0.2)
