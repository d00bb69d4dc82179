"""What contents keep for a learner from one package to another: shared objectives, shared texts (``adl.data``)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.play import PlayShared
from hub.services import erasure, my_data
from tests.content.archives import zipped
from tests.web import play_world
from tests.web.conftest import Browser, Clock
from tests.web.play_world import Content, Play, begin

learner, lina, world = play_world.learner, play_world.lina, play_world.world

MAP = (
    '<imsss:mapInfo targetObjectiveID="skill" {0}SatisfiedStatus="{2}" {0}NormalizedMeasure="{2}"'
    ' {1}SatisfiedStatus="false" {1}NormalizedMeasure="false"/>'
)
FIELDS = ("RawScore", "MinScore", "MaxScore", "CompletionStatus", "ProgressMeasure")


def sco(key: str, way: str, rules: str = "") -> str:
    """An item whose objective « obj » reads or writes everything of the shared one."""
    other = {"read": "write", "write": "read"}[way]
    more = " ".join(f'{way}{name}="true" {other}{name}="false"' for name in FIELDS)
    return (
        f'<item identifier="{key}" identifierref="R"><title>{key}</title><imsss:sequencing>{rules}'
        f"<imsss:objectives><imsss:primaryObjective/>"
        f'<imsss:objective objectiveID="obj">{MAP.format(way, other, "true")}</imsss:objective></imsss:objectives>'
        f'<adlseq:objectives><adlseq:objective objectiveID="obj"><adlseq:mapInfo targetObjectiveID="skill" {more}/>'
        f"</adlseq:objective></adlseq:objectives></imsss:sequencing></item>"
    )


SKIPPED = (
    "<imsss:sequencingRules><imsss:preConditionRule><imsss:ruleConditions>"
    '<imsss:ruleCondition condition="satisfied" referencedObjective="obj"/></imsss:ruleConditions>'
    '<imsss:ruleAction action="skip"/></imsss:preConditionRule></imsss:sequencingRules>'
)
END = '<item identifier="END" identifierref="R"><title>Fin</title></item>'


FLOW = '<imsss:sequencing><imsss:controlMode flow="true"/></imsss:sequencing>'


def package(items: str, attributes: str = "", sequencing: str = FLOW, page: str = "") -> bytes:
    manifest = f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="M" xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3"
 xmlns:adlseq="http://www.adlnet.org/xsd/adlseq_v1p3" xmlns:imsss="http://www.imsglobal.org/xsd/imsss">
<metadata><schema>ADL SCORM</schema><schemaversion>2004 4th Edition</schemaversion></metadata>
<organizations default="O"><organization identifier="O" {attributes}><title>Module</title>{items}
{sequencing}</organization></organizations>
<resources><resource identifier="R" type="webcontent" adlcp:scormType="sco" href="index.html"/></resources>
</manifest>"""
    return zipped({"imsmanifest.xml": manifest.encode(), "index.html": page.encode()})


SAID = {
    "cmi.objectives.0.success_status": "passed", "cmi.objectives.0.score.scaled": "0.8",
    "cmi.objectives.0.score.raw": "16", "cmi.objectives.0.score.min": "0", "cmi.objectives.0.score.max": "20",
    "cmi.objectives.0.completion_status": "completed", "cmi.objectives.0.progress_measure": "1",
}  # fmt: skip


def finish(content: Content, item: str, said: dict[str, str], **more: Any) -> dict[str, Any]:
    answer = content.say({"scos": [{"id": item, "run": 1, "cmi": said, "end": True}], **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def kept(tenant: TenantDatabase) -> dict[str, Any]:
    with tenant.read() as session:
        return {row.name: row.value for row in session.scalars(select(PlayShared))}


def test_an_objective_reached_in_one_package_is_known_in_another(
    world: Callable[..., Play], lina: Browser, learner: UUID, tenant: TenantDatabase, installation: Installation,
    clock: Clock,
) -> None:  # fmt: skip
    first, second = world(package(sco("A", "write"))), world(package(sco("B", "read", SKIPPED) + END))
    fresh = begin(second, lina)
    assert (fresh.data["at"], fresh.data["scos"]["B"]["cmi"]["cmi.objectives.0.id"]) == ("B", "obj")
    Content.enter(lina.client, lina.get(f"/catalogue/{first.resource}/preview").text)
    content = begin(first, lina)
    assert content.data["at"] == "A"  # alone with its objective, it is led too
    finish(content, "A", SAID)  # it ends and asks for nothing: the objective is the learner's all the same
    told = {
        "satisfied": True, "measure": 0.8, "raw": "16", "min": "0", "max": "20", "completed": True, "progress": 1.0
    }  # fmt: skip
    assert kept(tenant) == {"skill": told}
    again = begin(second, lina)  # going on, it finds its objective as it is by now
    found = again.data["scos"]["B"]["cmi"]
    assert {name: found[name] for name in SAID} == SAID
    assert finish(again, "B", {}, go={"n": 1, "request": "exitAll"})["way"]["over"]
    assert begin(second, lina).data["at"] == "END"  # what is reached is skipped
    with tenant.read() as session:
        assert my_data.holdings(session, learner).counts["contents"] == 1
    export = orjson.loads(b"".join(my_data.export(tenant, installation.blobs(tenant.key), learner, clock.now)))
    assert [(one["kind"], one["name"], one["value"]) for one in export["kept_by_contents"]] == [
        ("objective", "skill", told)
    ]
    with tenant.write() as session:
        erasure.erase(session, learner, None, clock.now)
    assert kept(tenant) == {}


def test_a_content_alone_that_nothing_leads_on_begins_anew_once_complete(
    world: Callable[..., Play], lina: Browser
) -> None:
    play = world(package(sco("A", "write"), sequencing=""))
    content = begin(play, lina)
    assert content.data["at"] == "A"
    finish(content, "A", {"cmi.suspend_data": "p3", "cmi.completion_status": "incomplete"})
    again = begin(play, lina)
    found = again.data["scos"]["A"]["cmi"]
    assert (again.data["at"], found["cmi.entry"], found["cmi.suspend_data"]) == ("A", "resume", "p3")
    finish(again, "A", {"cmi.completion_status": "completed"})
    found = begin(play, lina).data["scos"]["A"]["cmi"]
    assert (found["cmi.entry"], "cmi.suspend_data" in found) == ("ab-initio", False)
    assert play.attempts()[0].summary["completed"] is True


def test_objectives_of_a_package_that_keeps_its_own_begin_anew_with_it(
    world: Callable[..., Play], lina: Browser, tenant: TenantDatabase
) -> None:
    own = 'adlseq:objectivesGlobalToSystem="false"'
    play = world(package(sco("A", "write") + sco("B", "read", SKIPPED) + END, own))
    content = begin(play, lina)
    assert finish(content, "A", SAID, go={"n": 1, "request": "continue"})["deliver"]["id"] == "END"
    assert finish(content, "END", {}, go={"n": 2, "request": "exitAll"})["way"]["over"]
    again = begin(play, lina)
    assert again.data["at"] == "A"
    assert finish(again, "A", {}, go={"n": 1, "request": "continue"})["deliver"]["id"] == "B"
    assert kept(tenant) == {}


def test_an_attempt_from_before_hands_over_the_objectives_that_it_kept(
    world: Callable[..., Play], lina: Browser, tenant: TenantDatabase
) -> None:
    play = world(package(sco("A", "write") + sco("B", "read", SKIPPED) + END))
    content = begin(play, lina)
    with tenant.write() as session:
        row = session.merge(play.attempts()[0])
        row.state = {**row.state, "way": {**row.state["way"], "shared": {"skill": {"satisfied": True}}}}
    assert finish(content, "A", {}, go={"n": 1, "request": "continue"})["deliver"]["id"] == "END"
    assert kept(tenant) == {"skill": {"satisfied": True}}


def noting(key: str, *maps: str) -> str:
    """An item that shares texts."""
    listed = "".join(f"<adlcp:map {one}/>" for one in maps)
    return f'<item identifier="{key}" identifierref="R"><title>{key}</title><adlcp:data>{listed}</adlcp:data></item>'


NOTES = noting("A", 'targetID="notes"', 'targetID="only%20read" writeSharedData="false"') + noting(
    "B", 'targetID=" notes " writeSharedData="false"', 'targetID="only read" readSharedData="false"'
)


def texts(content: Content, item: str) -> list[str | None]:
    return [one.get("text") for one in content.data["scos"][item]["stores"]]


def test_texts_that_contents_share_go_by_the_rights_of_each_and_are_found_again_everywhere(
    world: Callable[..., Play], lina: Browser, tenant: TenantDatabase
) -> None:
    play, other = world(package(NOTES, sequencing="")), world(package(noting("C", 'targetID="notes"'), sequencing=""))
    content = begin(play, lina)
    assert content.data["scos"]["A"]["stores"] == [
        {"id": "notes", "key": "notes", "read": True, "write": True},
        {"id": "only%20read", "key": "only read", "read": True, "write": False},
    ]
    wrong = {"only read": "x", "unknown": "x"}
    longest = "é" * 64_000
    data = {"notes": longest, **wrong}
    content.say({"scos": [{"id": "A", "run": 1, "cmi": {}, "data": data}]})
    assert play.attempts()[0].oddities["element"]["count"] == 2
    content.say({"scos": [{"id": "B", "run": 1, "cmi": {}, "data": {"notes": "x", "only read": "told"}}]})
    content.say({"scos": [{"id": "A", "run": 1, "cmi": {}, "data": {"notes": longest + "e"}}]})
    assert play.attempts()[0].oddities["suspend_data"]["count"] == 1
    again = begin(play, lina)
    assert (texts(again, "A"), texts(again, "B")) == ([longest, "told"], [longest, "told"])
    assert texts(begin(other, lina), "C") == [longest]
    assert set(kept(tenant)) == {"notes", "only read"}
    preview = Content.enter(lina.client, lina.get(f"/catalogue/{play.resource}/preview").text)
    assert texts(preview, "A") == [None, None]


def test_texts_of_one_attempt_are_empty_again_at_the_next(
    world: Callable[..., Play], lina: Browser, tenant: TenantDatabase
) -> None:
    play = world(package(NOTES, 'adlcp:sharedDataGlobalToSystem="false"'))
    content = begin(play, lina)
    said = {"id": "A", "run": 1, "cmi": {}, "data": {"notes": "p. 3"}, "end": True}
    answer = content.say({"scos": [said], "go": {"n": 1, "request": "continue"}}).get_json()
    assert [one.get("text") for one in answer["deliver"]["stores"]] == ["p. 3", None]
    assert texts(begin(play, lina), "A") == ["p. 3", None]
    again = begin(play, lina)
    assert finish(again, "B", {}, go={"n": 1, "request": "exitAll"})["way"]["over"]
    assert texts(begin(play, lina), "A") == [None, None]
    assert kept(tenant) == {}
