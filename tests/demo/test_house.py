"""The folder of a demo, its note, its clock, its servers, its small browser."""

import socket
import stat
import threading
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, redirect, request
from joserfc.jwk import RSAKey
from sqlalchemy import text

from hub.config import Config
from hub.db import migrate
from hub.db.directory import Installation
from hub.db.errors import TenantNotMigrated
from hub.demo import house
from hub.demo.browser import Browser, BrowserFault, Form
from hub.demo.clock import INSTANT, KEY, DemoClock
from hub.demo.house import DemoFault, Note
from hub.demo.play import Play
from hub.demo.sample_moodle import QUIZ_BASES, PartnerMoodle
from hub.demo.sample_people import DOORS, GROUPS, LEARNERS, STAFF, moodle_user
from hub.demo.sample_place import ORGANISATIONS, ROOMS
from hub.demo.script import write
from hub.demo.servers import Served, addresses
from hub.services.organisations import is_siret
from tests.demo.running import free_ports

AT = datetime(2026, 11, 4, 9, 30, tzinfo=UTC)
DAY = date(2026, 11, 23)


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "thesis"
    folder.mkdir()
    (folder / "chapter.txt").write_text("years of work")
    with pytest.raises(DemoFault, match="holds no demo"):
        house.clear(folder)
    assert (folder / "chapter.txt").read_text() == "years of work"
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(DemoFault):
        house.clear(file)


def test_the_folder_of_an_earlier_demo_is_emptied(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    house.clear(folder)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("x")
    (folder / "data").mkdir()
    (folder / "link").symlink_to(elsewhere, target_is_directory=True)
    house.fresh_note(8080, 7, DAY).save(folder)
    house.clear(folder)
    assert list(folder.iterdir()) == []
    assert (elsewhere / "kept").exists()


def test_a_note_is_kept_once_played(tmp_path: Path) -> None:
    note = house.fresh_note(8080, 7, DAY)
    RSAKey.import_key(note.tool_key)
    note.save(tmp_path)
    assert stat.S_IMODE((tmp_path / house.NOTE).stat().st_mode) == 0o600
    assert house.kept_note(tmp_path) is None
    note.played = True
    note.save(tmp_path)
    assert house.kept_note(tmp_path) == note
    (tmp_path / house.NOTE).write_text("[]")
    assert house.kept_note(tmp_path) is None


def test_a_note_shows_no_secret() -> None:
    note = Note(1, 2, "2026-11-23", "token-of-the-moodle", "key-of-the-tool", mooc_secret="secret-of-the-mooc")
    assert not any(word in repr(note) for word in ("token-of", "key-of", "secret-of"))


def test_the_moodle_remembers(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    first = PartnerMoodle("http://moodle.localhost:1", "token", journal)
    first.open_courses()
    first.complete("ines", 101, AT)
    first.grade("ines", QUIZ_BASES, 82, AT)
    first.grade("ines", QUIZ_BASES, 58, AT)
    again = PartnerMoodle("http://moodle.localhost:1", "token", journal).state
    user = moodle_user("ines")
    mark, done = again.mark(user, QUIZ_BASES), again.done(user, QUIZ_BASES)
    assert mark is not None
    assert done is not None
    assert (mark.raw, mark.when, done.state) == (58, AT, 3)
    assert again.done(user, 101) is not None
    assert again.done(user, 102) is None


def test_the_sample_place_is_believable() -> None:
    assert len(LEARNERS) == sum(len(group) for group in GROUPS.values()) == 40
    assert len({learner.name for learner in LEARNERS.values()}) == 40
    roles = [member.role for member in STAFF]
    assert {role: roles.count(role) for role in roles} == {
        "trainer": 3,
        "designer": 1,
        "mediator": 1,
        "administrator": 1,
    }
    assert set(DOORS.values()) <= set(LEARNERS) | {member.key for member in STAFF}
    assert sum(not learner.mail for learner in LEARNERS.values()) >= 5
    assert len({learner.means["device"] for learner in LEARNERS.values()}) == 4
    assert sum(room.kind == "technical_platform" for room in ROOMS.values()) == 2
    assert all(is_siret(organisation.siret) for organisation in ORGANISATIONS.values())


def test_the_clock_believes_its_key_only() -> None:
    clock, app = DemoClock(), Flask("clock")
    with app.test_request_context(headers=dict(clock.headers(AT))):
        assert clock() == AT
    for headers in ({INSTANT: AT.isoformat()}, {INSTANT: AT.isoformat(), KEY: "guess"}, dict(DemoClock().headers(AT))):
        with app.test_request_context(headers=headers):
            assert abs((clock() - datetime.now(UTC)).total_seconds()) < 5
    assert abs((clock() - datetime.now(UTC)).total_seconds()) < 5


def small_site() -> Flask:
    app = Flask("site")

    @app.get("/")
    def home() -> Any:
        answer = app.make_response(
            '<form action="/echo" method="post"><input type="hidden" name="token" value="t&amp;1">'
            '<input type="radio" name="choice" value="a"><input type="radio" name="choice" value="b" checked>'
            '<input type="checkbox" name="box" value="on"></form>'
        )
        answer.set_cookie("seen", "yes")
        return answer

    @app.post("/echo")
    def echo() -> Any:
        given = {name: value.read().decode() for name, value in request.files.items()}
        return {**request.form, **given, "cookie": request.cookies.get("seen", "")}

    @app.get("/away")
    def away() -> Any:
        return redirect("/", 303)

    @app.get("/leave")
    def leave() -> Any:
        return redirect("http://www.example.org/", 302)

    return app


@pytest.fixture
def site() -> Any:
    port = free_ports(1)
    with Served("site", small_site(), port).start():
        yield f"http://small.localhost:{port}"


def test_the_browser_fills_in_forms(site: str) -> None:
    browser = Browser()
    form = browser.get(f"{site}/away").form("/echo")
    assert form == Form("POST", f"{site}/echo", {"token": "t&1", "choice": "b"})
    assert '"choice":"a"' in browser.submit(form, {"choice": "a"}).text
    sent = browser.submit(form, files={"file": ("note.txt", "été".encode())})
    assert '"file":"\\u00e9t\\u00e9"' in sent.text
    assert '"cookie":"yes"' in sent.text
    leads = browser.submit(Form("GET", f"{site}/away"), follow=False)
    assert (leads.url, leads.status) == (f"{site}/", 303)


def test_the_browser_stays_in_the_demo(site: str) -> None:
    with pytest.raises(BrowserFault, match=r"www\.example\.org"):
        Browser().get(f"{site}/leave")
    with pytest.raises(BrowserFault, match="/nothing: 404"):
        Browser().get(f"{site}/nothing?secret=1")
    with pytest.raises(BrowserFault, match="no form"):
        Browser().get(f"{site}/").form("/other")


def test_servers_end_though_browsers_stay_connected() -> None:
    port = free_ports(1)
    browser = Browser()
    with Served("site", small_site(), port).start():
        browser.get(f"http://small.localhost:{port}/")
    with pytest.raises(OSError, match=r"."):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    assert not any(thread.name == "demo-site" for thread in threading.enumerate())
    with Served("site", small_site(), port), pytest.raises(OSError, match=r"."):
        Served("other", small_site(), port)


def test_each_partner_has_a_host_of_its_own() -> None:
    found = addresses(9000)
    assert found["hub"] == "http://hub.localhost:9000"
    assert len({address.split(":")[1] for address in found.values()}) == 4
    assert [address.rpartition(":")[2] for address in found.values()] == ["9000", "9001", "9002", "9003"]


def test_a_play_that_was_played_has_nothing_left() -> None:
    acts = write(7, DAY)
    assert Play(acts, played=True).health() == {
        "played": True, "progress": 1.0, "demo_instant": None, "failed": 0,
    }  # fmt: skip
    fresh = Play(acts)
    assert (fresh.health()["played"], fresh.share) == (False, 0.0)


def test_a_demo_that_an_earlier_version_made_is_brought_up_to_date(tmp_path: Path) -> None:
    installation = Installation(Config(data=tmp_path))
    place = installation.unchecked(house.TENANT)
    migrate.upgrade(place.engine, migrate.TENANT, to="0019")
    installation.enter(house.TENANT, house.NAME, house.HOSTS)
    with pytest.raises(TenantNotMigrated):
        installation.tenant(house.TENANT)
    house.bring_up_to_date(installation)
    assert installation.tenant(house.TENANT).key == house.TENANT
    migrate.upgrade(place.engine, migrate.TENANT)
    with place.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'of tomorrow'"))
    with pytest.raises(DemoFault, match="another version"):
        house.bring_up_to_date(installation)
    installation.close()
