"""A cmi5 course of two units, and a unit that talks to the hub without being in a browser."""

import json
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from content.xapi.vocabulary import Category, Extension, Verb
from tests.content.archives import PAGE, zipped
from tests.web.conftest import BASE, Clock
from tests.web.play_world import Content

STRUCTURE = """<?xml version="1.0" encoding="UTF-8"?>
<courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd">
<course id="https://author.example/course"><title><langstring lang="fr">Le tour</langstring></title>
<description><langstring lang="fr">Un tour</langstring></description></course>
<block id="https://author.example/block"><title><langstring lang="fr">Début</langstring></title>
<description><langstring lang="fr">Début</langstring></description>
<au id="https://author.example/one" moveOn="CompletedAndPassed" masteryScore="0.8"><title>
<langstring lang="fr">Un</langstring></title><description><langstring lang="fr">Un</langstring></description>
<url>one.html?a=1</url><launchParameters>{"p":1}</launchParameters><entitlementKey>k-1</entitlementKey></au></block>
<au id="https://author.example/two" moveOn="Completed" launchMethod="OwnWindow"><title>
<langstring lang="fr">Deux</langstring></title><description><langstring lang="fr">Deux</langstring></description>
<url>https://elsewhere.example/two?b=2#top</url></au></courseStructure>"""
VERSION = {"X-Experience-API-Version": "1.0.3"}


def course() -> bytes:
    """The package."""
    return zipped({"cmi5.xml": STRUCTURE.encode(), "one.html": PAGE})


@dataclass
class Unit:
    """A unit launched: its parameters, and requests under its credential."""

    client: FlaskClient
    clock: Clock
    url: str
    auth: str = ""
    data: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def launch(cls, content: Content, number: int, clock: Clock) -> "Unit":
        """Ask the page for a unit."""
        answer = content.say({"launch": number})
        assert answer.status_code == 200, answer.text
        return cls(content.client, clock, answer.json["url"])

    @property
    def parameters(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.url).query).items()}

    @property
    def actor(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.parameters["actor"])
        return found

    def fetch(self) -> dict[str, str]:
        """The one-time address."""
        answer = self.client.post(urlsplit(self.parameters["fetch"]).path, base_url=BASE)
        assert (answer.status_code, answer.content_type) == (200, "application/json")
        found: dict[str, str] = answer.json
        return found

    def start(self) -> "Unit":
        """Token, launch data, preferences, as a unit must."""
        self.auth = f"Basic {self.fetch()['auth-token']}"
        self.data = self.document("GET", "activities/state", stateId="LMS.LaunchData").json
        assert self.document("GET", "agents/profile", profileId="cmi5LearnerPreferences").status_code == 200
        return self

    def document(self, method: str, path: str, body: Any = None, **query: str) -> TestResponse:
        """A request to a document."""
        own = {"agent": self.parameters["actor"]}
        if path.endswith("state"):
            own |= {"activityId": self.parameters["activityId"], "registration": self.parameters["registration"]}
        return self.ask(method, path, body, **{**own, **query})

    def ask(self, method: str, path: str, body: Any = None, **query: str) -> TestResponse:
        """Any request under this credential."""
        return self.client.open(
            f"/xapi/{path}", method=method, base_url=BASE, query_string=query, json=body,
            headers={**VERSION, "Authorization": self.auth},
        )  # fmt: skip

    def statement(self, verb: str, result: dict[str, Any] | None = None, *, defined: bool = True) -> dict[str, Any]:
        """A statement from the context template."""
        self.clock.advance(seconds=1)
        context = json.loads(json.dumps(self.data["contextTemplate"]))
        context["registration"] = self.parameters["registration"]
        moves = result is not None and ("success" in result or "completion" in result)
        names = [Category.CMI5, *([Category.CMI5_MOVE_ON] if moves else [])] if defined else []
        context["contextActivities"]["category"] = [{"id": one} for one in names]
        if result and "score" in result and "masteryScore" in self.data:
            context["extensions"][Extension.CMI5_MASTERY_SCORE] = self.data["masteryScore"]
        return {
            "id": str(uuid.uuid4()), "timestamp": self.clock.now.isoformat().replace("+00:00", "Z"),
            "actor": self.actor, "verb": {"id": verb}, "object": {"id": self.parameters["activityId"]},
            "context": context, **({"result": result} if result else {}),
        }  # fmt: skip

    def say(self, verb: str, result: dict[str, Any] | None = None, *, defined: bool = True) -> TestResponse:
        """Send one statement."""
        return self.send(self.statement(verb, result, defined=defined))

    def send(self, statement: dict[str, Any]) -> TestResponse:
        """Send it."""
        return self.ask("PUT", "statements", statement, statementId=statement.get("id", str(uuid.uuid4())))

    def passed(self, scaled: float) -> TestResponse:
        """Passed with a score."""
        return self.say(Verb.PASSED, {"success": True, "duration": "PT9S", "score": {"scaled": scaled}})

    def completed(self) -> TestResponse:
        """Completed."""
        return self.say(Verb.COMPLETED, {"completion": True, "duration": "PT9S"})

    def terminated(self) -> TestResponse:
        """Terminated."""
        return self.say(Verb.TERMINATED, {"duration": "PT10S"})
