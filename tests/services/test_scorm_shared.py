"""What contents keep for a learner across packages: written by two packages at once, told apart by kind and person."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

from hub.db.uow import TenantDatabase
from hub.services.play import scorm_shared
from hub.services.play.scorm_shared import DATA, OBJECTIVE
from tests.services.builders import NOW, person


def test_two_packages_at_once_each_keep_their_part_of_an_objective(tenant: TenantDatabase) -> None:
    with tenant.write() as session:
        who = person(session)
    written, second_comes = Event(), Event()

    def first() -> None:
        with tenant.write() as session:
            scorm_shared.write(session, who, OBJECTIVE, {}, {"skill": {"satisfied": True}}, NOW)
            written.set()
            assert second_comes.wait(10)

    def second() -> None:
        assert written.wait(10)
        second_comes.set()
        with tenant.write() as session:
            scorm_shared.write(session, who, OBJECTIVE, {}, {"skill": {"measure": 0.5}}, NOW)

    with ThreadPoolExecutor(2) as threads:
        for one in [threads.submit(first), threads.submit(second)]:
            one.result()
    with tenant.read() as session:
        assert scorm_shared.read(session, who, OBJECTIVE, ["skill"]) == {"skill": {"satisfied": True, "measure": 0.5}}


def test_only_what_changed_is_written_and_kinds_and_people_are_apart(tenant: TenantDatabase) -> None:
    long = "urn:" + "é" * 4000
    with tenant.write() as session:
        who, other = person(session), person(session)
        scorm_shared.write(session, who, OBJECTIVE, {}, {long: {"satisfied": None}}, NOW)
        scorm_shared.write(session, who, DATA, {}, {long: {"text": "p. 3"}}, NOW)
        same = {long: {"satisfied": False}}
        scorm_shared.write(session, who, OBJECTIVE, same, same, NOW)
    with tenant.read() as session:
        assert scorm_shared.read(session, who, OBJECTIVE, [long, "x"]) == {long: {"satisfied": None}}
        assert scorm_shared.read(session, who, DATA, [long]) == {long: {"text": "p. 3"}}
        assert scorm_shared.read(session, other, DATA, [long]) == {}
        assert [one["kind"] for one in scorm_shared.everything(session, who)] == ["data", "objective"]
