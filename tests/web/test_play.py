"""The content host and the session: who may open what, once, for how long; and what files are served."""

import gzip
import zipfile
from collections.abc import Callable
from uuid import UUID

import pytest

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.domain.progress import Result
from hub.models.play import PlayAttempt
from tests.content.archives import PAGE, zipped
from tests.web.conftest import BASE, Browser, Clock
from tests.web.play_world import Content, Play, lay_out

IMSCP = """<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="M1" xmlns="http://www.imsglobal.org/xsd/imscp_v1p1">
<metadata><schema>IMS Content</schema><schemaversion>1.1.4</schemaversion></metadata>
<organizations default="O1"><organization identifier="O1"><title>Le livret</title>
<item identifier="I1" identifierref="R1"><title>Un</title><item identifier="I2" identifierref="R2">
<title>Deux &lt;b&gt;</title></item></item></organization></organizations><resources>
<resource identifier="R1" type="webcontent" href="a page.html"/><resource identifier="R2" type="webcontent"
 href="two.html"/></resources></manifest>"""
FILES = {"imsmanifest.xml": IMSCP.encode(), "a page.html": PAGE * 40, "two.html": PAGE, "film.mp4": bytes(range(256))}


@pytest.fixture
def learner(add_person: Callable[..., UUID]) -> UUID:
    return add_person("Lina", "Martin", "learner")


@pytest.fixture
def play(installation: Installation, tenant: TenantDatabase, learner: UUID, clock: Clock) -> Play:
    return lay_out(installation, tenant, learner, zipped(FILES), "livret.zip", clock.now)


@pytest.fixture
def lina(enter: Callable[..., Browser], learner: UUID) -> Browser:
    return enter(learner)


@pytest.fixture
def opened(play: Play, lina: Browser) -> Content:
    return Content.enter(lina.client, lina.get(play.open(lina)).text)


def test_a_booklet_is_read_to_its_end_and_the_step_moves(play: Play, lina: Browser, clock: Clock) -> None:
    step = lina.get(play.step_url).text
    assert "Le contenu s’ouvre ici" in step
    assert "Télécharger" in step
    page = lina.get(play.open(lina))
    assert "sandbox=" in page.text
    assert "allow-top-navigation" not in page.text
    content = Content.enter(lina.client, page.text)
    assert "Deux &lt;b&gt;" in content.page.text
    assert content.get("a%20page.html").text == (PAGE * 40).decode()
    assert content.say({"page": "0"}).json["seen"] == ["0"]
    assert play.step_view(clock.now).result is Result.IN_PROGRESS
    assert play.attempts()[0].summary["progress"] == 0.5
    again = Content.enter(lina.client, lina.get(play.open(lina)).text)
    assert (again.data["seen"], again.data["at"]) == (["0"], "0")
    assert again.say({"page": "1"}).status_code == 200
    assert play.step_view(clock.now).done
    assert len(play.attempts()) == 1
    assert content.say({"page": "0"}).status_code == 409  # another device has written since
    assert again.say({"page": "7"}).status_code == 422


def test_files_come_whole_packed_and_in_ranges(opened: Content) -> None:
    whole = opened.get("a%20page.html")
    assert whole.content_type == "text/html"
    packed = opened.get("a%20page.html", headers={"Accept-Encoding": "gzip"})
    assert packed.content_encoding == "gzip"
    assert gzip.decompress(packed.data) == whole.data
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(whole.data)
    part = opened.get("film.mp4", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data, part.content_type) == (206, bytes(range(10, 20)), "video/mp4")
    assert part.headers["Content-Range"] == "bytes 10-19/256"
    assert opened.get("film.mp4", headers={"Range": "bytes=-6"}).data == bytes(range(250, 256))
    assert opened.get("film.mp4", headers={"Range": "bytes=300-"}).status_code == 416
    assert opened.get("two.html", headers={"If-None-Match": opened.get("two.html").headers["ETag"]}).status_code == 304
    for missing in ("nothing.html", "../imsmanifest.xml", "%2e%2e/x"):
        assert opened.get(missing).status_code == 404
    headers = whole.headers
    assert "connect-src 'self' data: blob:;" in headers["Content-Security-Policy"]
    assert f"frame-ancestors 'self' {BASE}" in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Set-Cookie" not in opened.page.headers
    assert "Set-Cookie" not in headers


def test_a_stored_entry_is_read_at_its_place(
    installation: Installation, tenant: TenantDatabase, learner: UUID, lina: Browser, clock: Clock
) -> None:
    play = lay_out(installation, tenant, learner, zipped(FILES, zipfile.ZIP_STORED), "l.zip", clock.now)
    content = Content.enter(lina.client, lina.get(play.open(lina)).text)
    assert content.get("film.mp4", headers={"Range": "bytes=100-"}).data == bytes(range(100, 256))


def test_a_ticket_opens_once_and_not_for_long(play: Play, lina: Browser, clock: Clock) -> None:
    page = lina.get(play.open(lina)).text
    assert Content.enter(lina.client, page).page.status_code == 200
    assert Content.enter(lina.client, page).page.status_code == 409
    other = lina.get(play.open(lina)).text
    clock.advance(minutes=11)
    assert Content.enter(lina.client, other).page.status_code == 410
    assert Content.enter(lina.client, other, "abc.def").page.status_code == 410
    assert Content.enter(lina.client, other, "é").page.status_code == 410


def test_what_expires_is_refused_and_the_same_message_twice_is_one(
    play: Play, opened: Content, tenant: TenantDatabase, clock: Clock
) -> None:
    first = opened.say({"page": "0"})
    fresh = first.json["token"]
    assert opened.say({"page": "1"}, seq=1).json["seen"] == ["0"]
    clock.advance(hours=3)
    assert opened.say({"page": "1"}, seq=2, token=opened.say({"page": "0"}, seq=1).json["token"]).status_code == 200
    clock.advance(hours=2)
    assert opened.say({"page": "1"}, seq=3, token=fresh).status_code == 410
    assert opened.say({"page": "1"}, seq=3, token=fresh[:-2] + "AA").status_code == 410
    assert opened.get("two.html").status_code == 200
    clock.advance(hours=24)
    assert opened.get("two.html").status_code == 410
    for broken in (b"", b"[]", b'{"seq":"1"}', b"\xff", b'{"seq":0}'):
        assert opened.client.post("/commit", base_url=opened.origin, data=broken).status_code == 422


def test_a_package_is_at_its_own_host_only_and_the_hub_at_none(
    installation: Installation, tenant: TenantDatabase, learner: UUID, play: Play, lina: Browser, opened: Content,
    clock: Clock,
) -> None:  # fmt: skip
    other = lay_out(installation, tenant, learner, zipped(FILES), "autre.zip", clock.now)
    beside = Content.enter(lina.client, lina.get(other.open(lina)).text)
    assert beside.origin != opened.origin
    assert beside.get("two.html").status_code == 200
    assert lina.client.get(opened.data["files"] + "two.html", base_url=beside.origin).status_code == 404
    assert (
        lina.client.get(opened.data["files"] + "two.html", base_url="http://x.content.localhost:8080").status_code
        == 404
    )
    assert lina.client.get("/home", base_url=opened.origin).status_code == 404
    assert lina.client.get("/", base_url=opened.origin).status_code == 404
    assert lina.client.get("/static/hub.css", base_url=opened.origin).status_code == 404
    assert lina.client.get("/hub/hub.js", base_url=opened.origin).status_code == 404
    assert lina.client.get(opened.data["files"] + "two.html", base_url=BASE).status_code == 404


def test_another_person_opens_nothing_of_this_attempt(
    play: Play, lina: Browser, add_person: Callable[..., UUID], enter: Callable[..., Browser]
) -> None:
    place = play.open(lina)
    other = enter(add_person("Max", "Roy", "learner"))
    assert other.get(place).status_code == 404
    assert other.post(f"{place}/again").status_code == 404
    assert other.post(f"{play.step_url}/open/{play.activity}").status_code == 404


def test_a_new_attempt_begins_anew_and_the_old_one_stays(play: Play, lina: Browser) -> None:
    place = play.open(lina)
    Content.enter(lina.client, lina.get(place).text).say({"page": "0"})
    answer = lina.post(f"{place}/again")
    fresh = Content.enter(lina.client, lina.get(answer.headers["Location"]).text)
    assert fresh.data["seen"] == []
    assert [one.number for one in play.attempts()] == [1, 2]
    assert play.open(lina) == answer.headers["Location"]


def test_a_preview_leaves_no_trace(
    play: Play, add_person: Callable[..., UUID], enter: Callable[..., Browser], tenant: TenantDatabase
) -> None:
    designer = enter(add_person("Dina", "Roy", "designer"))
    assert "Voir comme un apprenant" in designer.get(f"/catalogue/{play.resource}").text
    page = designer.get(f"/catalogue/{play.resource}/preview")
    assert "rien n’est enregistré" in page.text
    content = Content.enter(designer.client, page.text)
    assert content.get("two.html").status_code == 200
    assert content.data["token"] == ""
    assert content.say({"page": "0"}, token="x.y").status_code == 410
    assert play.attempts() == []


def test_without_a_content_host_nothing_is_played_and_the_page_says_why(
    make_config: Callable[..., object], tenant: TenantDatabase, play: Play, lina: Browser, installation: Installation
) -> None:
    place = play.open(lina)
    object.__setattr__(installation.config, "content_host", "none")
    refused = lina.get(place)
    assert refused.status_code == 503
    assert "hub doctor" in refused.text
    assert lina.post(f"{play.step_url}/open/{play.activity}").status_code == 503
    object.__setattr__(installation.config, "content_host", "contenu.example.org")
    page = lina.get(place).text
    assert 'action="http://contenu.example.org:8080/enter"' in page
    assert Content.enter(lina.client, page).get("two.html").status_code == 200


def test_an_erased_person_leaves_no_state(play: Play, opened: Content, tenant: TenantDatabase, clock: Clock) -> None:
    from hub.services.erasure import erase

    opened.say({"page": "0"})
    with tenant.write() as session:
        erase(session, play.learner, None, clock.now)
        assert session.query(PlayAttempt).count() == 0


@pytest.mark.parametrize(
    ("name", "data", "sandboxed", "shown"),
    [
        ("notice.pdf", b"%PDF-1.4 x", False, True),
        ("plan.png", b"\x89PNG\r\n\x1a\n x", True, True),
        ("page.html", PAGE, True, True),
        ("devoir.rtf", b"{\\rtf1 x}", True, False),
    ],
)
def test_single_files_are_shown_or_given(
    installation: Installation, tenant: TenantDatabase, learner: UUID, lina: Browser, clock: Clock, name: str,
    data: bytes, sandboxed: bool, shown: bool,
) -> None:  # fmt: skip
    play = lay_out(installation, tenant, learner, data, name, clock.now)
    page = lina.get(play.open(lina)).text
    assert ("sandbox=" in page) is sandboxed
    content = Content.enter(lina.client, page)
    assert ("download data-part" in content.page.text) is not shown
    assert content.get(name).data == data
    content.say({"page": "0"})
    assert play.step_view(clock.now).done
