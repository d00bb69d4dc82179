"""The rows of ``test_xapi_requirements`` for the three document resources, which the catalogue asks the same of."""

from dataclasses import dataclass
from typing import Any, Final

import orjson
from werkzeug.test import TestResponse

from tests.web.xapi_client import Sender, agent, params
from tests.web.xapi_requirement_rows import JSON, ROWS, new


@dataclass(frozen=True)
class Place:
    """One of the three resources: path, name of the id, what an address needs beside it."""

    path: str
    name: str
    needs: tuple[str, ...]

    def at(self, **more: Any) -> dict[str, Any]:
        """An address nobody else uses."""
        found = {"agent": agent(new()), "activityId": f"urn:x:{new()}"}
        return {key: found[key] for key in self.needs} | {self.name: new()} | more


STATE: Final = Place("activities/state", "stateId", ("activityId", "agent"))
AGENTS: Final = Place("agents/profile", "profileId", ("agent",))
ACTIVITIES: Final = Place("activities/profile", "profileId", ("activityId",))
ANY: Final = {"If-None-Match": "*"}
WRITING: Final = ("PUT", "POST")


def call(s: Sender, place: Place, method: str, at: dict[str, Any], data: Any = b"", **more: Any) -> TestResponse:
    options: dict[str, Any] = {"query_string": params(**at)}
    if method in WRITING:
        kind = more.pop("kind", JSON)
        options |= {"data": data if isinstance(data, bytes) else orjson.dumps(data), "content_type": kind}
    return s.call(method, place.path, **options, **more)


def put(s: Sender, place: Place, at: dict[str, Any], data: Any, **more: Any) -> None:
    assert call(s, place, "PUT", at, data, headers=ANY, **more).status_code == 204


def kept_and_deleted(s: Sender, place: Place) -> None:
    at = place.at()
    put(s, place, at, b"\x00bytes", kind="application/x-thing")
    found = call(s, place, "GET", at)
    assert (found.status_code, found.data, found.mimetype) == (200, b"\x00bytes", "application/x-thing")
    assert call(s, place, "DELETE", at, headers={"If-Match": found.headers["ETag"]}).status_code == 204
    assert call(s, place, "GET", at).status_code == 404


def listed(s: Sender, place: Place) -> None:
    at = place.at()
    put(s, place, at, {"a": 1})
    middle = s.clock.now.isoformat()
    second = at | {place.name: new()}
    put(s, place, second, {"a": 1})
    everything = {key: value for key, value in at.items() if key != place.name}
    assert set(call(s, place, "GET", everything).json) == {at[place.name], second[place.name]}
    assert call(s, place, "GET", everything | {"since": middle}).json == [second[place.name]]
    assert call(s, place, "GET", everything | {"since": "yesterday"}).status_code == 400


def merged(s: Sender, place: Place) -> None:
    at = place.at()
    assert call(s, place, "POST", at, {"a": 1, "b": {"c": 1}}).status_code == 204
    assert call(s, place, "POST", at, {"b": {"d": 2}, "e": 3}).status_code == 204
    assert call(s, place, "GET", at).json == {"a": 1, "b": {"d": 2}, "e": 3}
    for data, kind in ((b"[1]", JSON), (b"{", JSON), (b"{}", "text/plain")):
        assert call(s, place, "POST", at, data, kind=kind).status_code == 400
    assert call(s, place, "GET", at).json == {"a": 1, "b": {"d": 2}, "e": 3}
    other = place.at()
    put(s, place, other, b"text", kind="text/plain")
    assert call(s, place, "POST", other, {"a": 1}).status_code == 400
    assert call(s, place, "POST", place.at(), b"{no json").status_code == 400


def addressed(s: Sender, place: Place) -> None:
    at = place.at()
    for method in ("GET", "PUT", "POST", "DELETE"):
        for name in place.needs:
            lacking = {key: value for key, value in at.items() if key != name}
            assert call(s, place, method, lacking, {}).status_code == 400
            assert call(s, place, method, at | {name: "{" if name == "agent" else "no iri"}, {}).status_code == 400
        if "agent" in place.needs:
            assert call(s, place, method, at | {"agent": {"name": "x"}}, {}).status_code == 400
        assert call(s, place, method, at | {place.name: ""}, {}).status_code == 400
    unnamed = {key: value for key, value in at.items() if key != place.name}
    for method in WRITING if place is STATE else (*WRITING, "DELETE"):
        assert call(s, place, method, unnamed, {}).status_code == 400


def concurrent(s: Sender, place: Place) -> None:
    at = place.at()
    put(s, place, at, {"a": 1})
    assert call(s, place, "PUT", at, {"a": 2}, headers=ANY).status_code == 412
    tag = call(s, place, "GET", at).headers["ETag"]
    for stale in ('"x"', f'"{"0" * 40}"'):
        assert call(s, place, "PUT", at, {"a": 2}, headers={"If-Match": stale}).status_code == 412
    plain = call(s, place, "PUT", at, {"a": 2}).status_code
    assert plain == (204 if place is STATE else 409)
    tag = call(s, place, "GET", at).headers["ETag"]
    assert call(s, place, "PUT", at, {"a": 3}, headers={"If-Match": tag}).status_code == 204
    s.version = "2.0.0"
    assert call(s, place, "PUT", at, {"a": 4}).status_code == 409
    assert call(s, place, "GET", at).json == {"a": 3}


def of_a_registration(s: Sender, place: Place) -> None:
    at = place.at(registration=new())
    for method in WRITING:
        assert call(s, place, method, at, {"a": 1}).status_code == 204
    bare = {key: value for key, value in at.items() if key != "registration"}
    assert call(s, place, "GET", bare).status_code == 404
    assert call(s, place, "GET", at).json == {"a": 1}
    everything = {key: value for key, value in at.items() if key != place.name}
    assert call(s, place, "GET", everything).json == [at[place.name]]
    for method in ("GET", "PUT", "POST", "DELETE"):
        assert call(s, place, method, at | {"registration": "x"}, {}).status_code == 400
    since = everything | {"since": "2026-01-01T00:00:00Z"}
    assert call(s, place, "DELETE", since | {"since": "x"}).status_code == 400
    assert call(s, place, "DELETE", since).status_code == 204
    assert call(s, place, "GET", everything).json == []


_TABLE: Final = (
    (STATE, kept_and_deleted, (187, 188, 190, 191, 192, 216, 217)),
    (STATE, listed, (193, 195, 204, 221, 222)),
    (STATE, merged, (183, 184, 185, 186, 189, 229, 231, 232, 233, 234, 235)),
    (STATE, addressed, (*range(196, 200), *range(206, 216), 224, 225, 226, 228)),
    (STATE, of_a_registration, (194, 200, 201, 202, 203, 205, 218, 219, 220, 223, 227)),
    (STATE, concurrent, (322,)),
    (AGENTS, kept_and_deleted, (269, 271, 273, 274, 259)),
    (AGENTS, listed, (260, 268, 270, 275)),
    (AGENTS, merged, (272, 278, 279, 280, 281, 283, 284)),
    (AGENTS, addressed, (*range(255, 259), *range(261, 268), 276, 277)),
    (AGENTS, concurrent, (322,)),
    (ACTIVITIES, kept_and_deleted, (285, 287, 288, 290, 291, 293)),
    (ACTIVITIES, listed, (289, 294, 295, 303)),
    (ACTIVITIES, merged, (286, 292, 308, 309, 310, 312, 313, 314)),
    (ACTIVITIES, addressed, (*range(296, 303), 304, 305, 306, 307)),
    (ACTIVITIES, concurrent, (322,)),
)
for _place, _act, _numbers in _TABLE:

    def _row(s: Sender, place: Place = _place, act: Any = _act) -> None:
        act(s, place)

    _row.__name__ = f"{_act.__name__}_{_place.path}"
    ROWS.append((" ".join(f"XAPI-{n:05d}" for n in _numbers), _row))
