"""The page on which one writes to a platform and takes from it."""

from collections.abc import Callable
from uuid import UUID

from bs4 import BeautifulSoup
from sqlalchemy import select

from hub.db.base import new_id
from hub.db.uow import TenantDatabase
from hub.models.learning import Resource
from hub.models.person import Group
from hub.models.platforms import Job
from hub.services import platforms
from hub.services import remote_records as records
from hub.services.platforms import PlatformData
from tests.services.sync_place import NOW, TOKEN
from tests.web.conftest import Browser


def test_each_act_is_a_form_and_becomes_a_job(
    tenant: TenantDatabase, add_person: Callable[..., UUID], enter: Callable[..., Browser]
) -> None:
    boss = enter(add_person("Karim", "Azoulay", "administrator"))
    values = {"url": "https://moodle.example", "token": TOKEN, "report": ""}
    with tenant.write() as session:
        platform = platforms.add(session, PlatformData("Moodle", "moodle", values), by=None, now=NOW).id
    address = f"/admin/platforms/{platform}/write"
    empty = BeautifulSoup(boss.get(address).text, "html.parser")
    assert [form["action"] for form in empty.select("main form")] == [f"{address}/cohorts"]
    with tenant.write() as session:
        group = Group(id=new_id(), name="Promotion")
        course = Resource(id=new_id(), kind="remote_course", platform_id=platform, remote_id="2", title="Cours",
                          iri="https://moodle.example/course/view.php?id=2", created_at=NOW)  # fmt: skip
        session.add_all([group, course])
        band = {"name": "Apprentis & Cie", "members": ["7"]}
        records.save(session, platform, "band", records.changes({}, {":1": band}), NOW)
    shown = BeautifulSoup(boss.get(address).text, "html.parser")
    acts = {str(form["action"]).rpartition("/")[2] for form in shown.select("main form")}
    assert acts == {"enrolment", "unenrolment", "backup", "cohorts", "groups", "take-group"}
    assert "Apprentis & Cie" in shown.text
    refused = BeautifulSoup(
        boss.post(f"{address}/enrolment", {"group": group.id}).get_data(as_text=True), "html.parser"
    )
    assert [one["id"] for one in refused.select('[aria-invalid="true"]')] == ["enrolment-course"]
    for key in ("unenrolment", "backup", "cohorts", "groups"):
        assert boss.post(f"{address}/{key}", {"group": group.id, "course": course.id}).location == address
    with tenant.read() as session:
        kinds = set(session.scalars(select(Job.kind).where(Job.kind.like("platform%"))))
    assert kinds == {"platform_unenrol", "platform_backup", "platform_groups"}
    for key, name in ((":1", "Apprentis & Cie"), (":9", "")):
        assert boss.post(f"{address}/take-group", {"key": key, "group": ""}).location == address
        with tenant.read() as session:
            assert (session.scalar(select(Group.name).where(Group.name == name)) or "") == name
    assert boss.post(f"{address}/delete-everything", {}).status_code == 404
    assert "Sauvegarde d’un cours à reprendre" in boss.get("/admin/jobs").text
