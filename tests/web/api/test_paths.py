"""Paths over the API: begin, change under a revision, check, publish, enrol, next version, differences."""

from typing import Any
from uuid import uuid4

from tests.web.api.conftest import Program


def document(title: str = "Découper au laser") -> dict[str, Any]:
    brings = [{"kind": "completed", "way": "xapi"}]
    binding = {"kind": "activity", "iri": "https://mooc.example/laser", "brings": brings}
    activity = {"title": "Le laser", "modality": "own_pace", "minutes": 30, "binding": binding}
    step = {
        "id": str(uuid4()),
        "title": "Le laser",
        "rule": {"terms": [{"kind": "completed"}]},
        "variants": [{"activities": [activity]}],
    }
    return {"title": title, "modules": [{"title": "Un", "steps": [step]}]}


def begin(designer: Program) -> dict[str, Any]:
    made = designer.post("/paths", {"document": document(), "renew": False})
    assert made.status_code == 201, made.text
    assert made.headers["ETag"] == f'"{made.get_json()["revision"]}"'
    assert made.headers["Location"] == f"/api/v1/versions/{made.get_json()['id']}"
    found: dict[str, Any] = made.get_json()
    return found


def test_from_a_draft_to_an_enrolment(administrator: Program) -> None:
    version = begin(administrator)
    one = f"/versions/{version['id']}"
    read = administrator.get(f"{one}/document")
    etag = read.headers["ETag"]
    changed = {**read.get_json(), "title": "Découper et graver"}
    kept = administrator.put(f"{one}/document", changed, If_Match=etag)
    assert kept.status_code == 200
    assert kept.headers["ETag"] != etag
    assert administrator.get(f"{one}/checks").get_json()["items"] == []
    published = administrator.post(f"{one}/publication", {"migrate": False}, If_Match=kept.headers["ETag"])
    assert published.get_json()["state"] == "published"
    person = administrator.post("/persons", {"given_name": "Lina", "family_name": "Martin"}).get_json()
    body = {"person_id": person["id"], "version_id": version["id"], "entered_on": "2026-11-23"}
    enrolled = administrator.post("/enrolments", body)
    assert enrolled.status_code == 201, enrolled.text
    assert enrolled.get_json()["path"] == "Découper et graver"
    twice = administrator.post("/enrolments", body)
    assert (twice.status_code, twice.get_json()["code"]) == (409, "already_enrolled")
    assert twice.get_json()["title"] == "This person already follows this path"
    ended = administrator.post(f"/enrolments/{enrolled.get_json()['id']}/end", {"state": "left", "why": "Déménagement"})
    assert ended.status_code == 204


def test_two_designers_do_not_overwrite_each_other(administrator: Program) -> None:
    one = f"/versions/{begin(administrator)['id']}/document"
    etag = administrator.get(one).headers["ETag"]
    first = administrator.put(one, document("Le mien"), If_Match=etag)
    second = administrator.put(one, document("Le sien"), If_Match=etag)
    assert (first.status_code, second.status_code) == (200, 412)
    assert second.get_json()["code"] == "revision_changed"
    assert administrator.get(one).get_json()["title"] == "Le mien"
    missing = administrator.put(one, document("Sans"))
    assert (missing.status_code, missing.get_json()["code"]) == (428, "revision_missing")
    for nonsense in ('"x"', '"-1"', '"99999999999999999999"', '"²"'):
        assert administrator.put(one, document(), If_Match=nonsense).status_code == 412
    assert administrator.put(one, document(), If_Match="3").status_code == 428


def test_the_faulty_place_of_a_document_is_pointed_at(administrator: Program) -> None:
    one = f"/versions/{begin(administrator)['id']}/document"
    wrong = document()
    wrong["modules"][0]["steps"][0]["variants"][0]["activities"][0]["minutes"] = "trente"
    wrong["modules"][0]["steps"][0]["wieght"] = 1
    answer = administrator.put(one, wrong, If_Match='"1"')
    assert answer.status_code == 422
    assert {(e["pointer"], e["code"]) for e in answer.get_json()["errors"]} == {
        ("#/modules/0/steps/0/variants/0/activities/0/minutes", "wrong_type"),
        ("#/modules/0/steps/0/wieght", "unknown_member"),
    }


def test_what_cannot_be_published_says_why(administrator: Program) -> None:
    made = administrator.post("/paths", {"document": {"title": "Vide", "modules": []}})
    one = f"/versions/{made.get_json()['id']}"
    found = administrator.get(f"{one}/checks").get_json()["items"]
    assert ("error", "path_without_step") in {(f["severity"], f["code"]) for f in found}
    refused = administrator.post(f"{one}/publication", {"migrate": False}, If_Match=made.headers["ETag"])
    assert (refused.status_code, refused.get_json()["code"]) == (409, "path_not_publishable")


def test_the_next_version_and_its_differences(administrator: Program) -> None:
    first = begin(administrator)
    administrator.post(f"/versions/{first['id']}/publication", {"migrate": False}, If_Match=f'"{first["revision"]}"')
    second = administrator.post(f"/paths/{first['path_id']}/versions").get_json()
    assert second["number"] == 2
    assert administrator.post(f"/paths/{first['path_id']}/versions").get_json()["code"] == "path_draft_exists"
    frozen = administrator.put(f"/versions/{first['id']}/document", document(), If_Match='"1"')
    assert (frozen.status_code, frozen.get_json()["code"]) == (409, "path_version_frozen")
    present = administrator.get(f"/versions/{second['id']}/document")
    changed = present.get_json()
    changed["modules"][0]["steps"][0]["title"] = "Le laser, en sécurité"
    administrator.put(f"/versions/{second['id']}/document", changed, If_Match=present.headers["ETag"])
    found = administrator.get(f"/versions/{second['id']}/differences?since={first['id']}").get_json()["items"]
    assert [(d["what"], d["old"], d["new"]) for d in found] == [("title", "Le laser", "Le laser, en sécurité")]
    lines = administrator.get(f"/paths/{first['path_id']}/versions").get_json()["items"]
    assert [(line["number"], line["state"]) for line in lines] == [(2, "draft"), (1, "published")]
