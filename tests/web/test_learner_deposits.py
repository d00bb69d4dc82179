"""Handing in on the page: with and without script, errors beside the field, files that nobody can run."""

import io
from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.learning import Deposit
from hub.services import deposits
from hub.services.projection import project_dirty
from hub.services.roles import viewer_of
from hub.services.settings import set_setting
from tests.conftest import TENANT_KEY
from tests.web import learner_world
from tests.web.conftest import BASE, Browser
from tests.web.learner_world import NOW, World, plain

world, ines = learner_world.world, learner_world.ines

PIECE = b"%PDF-1.7 " + b"x" * 5000


def hand_in(browser: Browser, world: World, *files: tuple[bytes, str], **fields: str) -> tuple[int, str]:
    data = {**fields, "files": [(io.BytesIO(content), name) for content, name in files]}
    answer = browser.post(f"{world.url('model')}/deposit", data, content_type="multipart/form-data")
    return answer.status_code, plain(answer.text)


def only_deposit(tenant: TenantDatabase) -> Deposit:
    with tenant.read() as session:
        return session.scalars(select(Deposit)).one()


def begin(browser: Browser, size: int, name: str = "rapport.pdf") -> str:
    headers = {"Upload-Length": str(size), "Upload-Name": name, "X-CSRFToken": browser.token()}
    answer = browser.client.post("/uploads", base_url=BASE, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["Location"])


def send(browser: Browser, where: str, offset: int | str, content: bytes) -> tuple[int, str | None]:
    headers = {"Upload-Offset": str(offset), "X-CSRFToken": browser.token()}
    kind = "application/offset+octet-stream"
    answer = browser.client.patch(where, base_url=BASE, headers=headers, data=content, content_type=kind)
    return answer.status_code, answer.headers.get("Upload-Offset")


def test_a_file_with_the_form(ines: Browser, tenant: TenantDatabase, world: World) -> None:
    status, _ = hand_in(ines, world, (PIECE, "pièce.pdf"), (b"note", "a.txt"), note="Voilà")
    assert status == 303
    row = only_deposit(tenant)
    assert [(f.name, f.content_type) for f in deposits.files_of(row)] == [
        ("pièce.pdf", "application/pdf"), ("a.txt", "text/plain"),
    ]  # fmt: skip
    text = plain(ines.get(world.url("model")).text)
    assert "Votre travail est rendu." in text
    assert "Claire Fabre va vous répondre ici." in text
    assert "Il manque l’accord de Claire Fabre sur votre travail, rendu ce matin à 10 h." in text


def test_a_file_larger_than_an_ordinary_form(ines: Browser, tenant: TenantDatabase, world: World) -> None:
    status, _ = hand_in(ines, world, (b"\x89PNG\r\n\x1a\n" + bytes(18_000_000), "photo.png"))
    assert status == 303
    assert deposits.files_of(only_deposit(tenant))[0].size == 18_000_008


def test_errors_stand_beside_the_field_and_what_was_typed_is_kept(
    ines: Browser, tenant: TenantDatabase, world: World
) -> None:
    status, text = hand_in(ines, world, note="Mon mot")
    assert status == 422
    assert "Choisissez un fichier, ou donnez un lien." in text
    assert "Mon mot" in text
    status, text = hand_in(ines, world, link="ftp://a.example/x")
    assert status == 422
    assert 'value="ftp://a.example/x"' in text
    assert 'id="link-error"' in text
    status, text = hand_in(ines, world, (b"", "vide.txt"))
    assert (status, "Ce fichier est vide." in text) == (422, True)
    with tenant.write() as session:
        set_setting(session, "uploads", {"megabytes": 0.001})
    status, text = hand_in(ines, world, (PIECE, "lourd.pdf"))
    assert (status, "Ce fichier est trop lourd" in text) == (422, True)


def test_a_link_without_a_scheme_is_completed(ines: Browser, tenant: TenantDatabase, world: World) -> None:
    assert hand_in(ines, world, link="cloud.example/dossier")[0] == 303
    assert only_deposit(tenant).link == "https://cloud.example/dossier"


def test_a_resumed_upload(ines: Browser, tenant: TenantDatabase, installation: Installation, world: World) -> None:
    where = begin(ines, len(PIECE), "pi%C3%A8ce.pdf")
    assert send(ines, where, 0, PIECE[:2000]) == (204, "2000")
    head = ines.client.head(where, base_url=BASE)
    assert (head.status_code, head.headers["Upload-Offset"], head.headers["Upload-Length"]) == (
        200, "2000", str(len(PIECE)),
    )  # fmt: skip
    assert send(ines, where, 0, PIECE)[0] == 409
    assert hand_in(ines, world, upload=where.rpartition("/")[2])[0] == 422
    assert send(ines, where, 2000, PIECE[2000:]) == (204, str(len(PIECE)))
    assert hand_in(ines, world, upload=where.rpartition("/")[2])[0] == 303
    kept = deposits.files_of(only_deposit(tenant))[0]
    assert (kept.name, kept.content_type) == ("pièce.pdf", "application/pdf")
    with installation.blobs(TENANT_KEY).open(kept.sha256) as file:
        assert file.read() == PIECE


@pytest.mark.parametrize("size", ["", "abc", "-1"])
def test_an_upload_without_a_size(ines: Browser, size: str) -> None:
    headers = {"Upload-Length": size, "X-CSRFToken": ines.token()}
    assert ines.client.post("/uploads", base_url=BASE, headers=headers).status_code == 400


def test_an_upload_beyond_the_budget(ines: Browser) -> None:
    headers = {"Upload-Length": "300000000", "X-CSRFToken": ines.token()}
    answer = ines.client.post("/uploads", base_url=BASE, headers=headers)
    assert answer.status_code == 413
    assert answer.get_json()["code"] == "file_too_large"


def test_an_upload_is_its_owners(ines: Browser, world: World, enter: Callable[..., Browser]) -> None:
    where = begin(ines, 10)
    tom = enter(world.stranger)
    assert tom.client.head(where, base_url=BASE).status_code == 404
    assert send(tom, where, 0, b"x")[0] == 404
    dropped = ines.client.delete(where, base_url=BASE, headers={"X-CSRFToken": ines.token()})
    assert dropped.status_code == 204
    assert ines.client.head(where, base_url=BASE).status_code == 404


def test_an_upload_needs_the_csrf_token(ines: Browser) -> None:
    answer = ines.client.post("/uploads", base_url=BASE, headers={"Upload-Length": "10"})
    assert answer.status_code == 400


def address(tenant: TenantDatabase) -> str:
    row = only_deposit(tenant)
    return f"/deposits/{row.id}/files/{deposits.files_of(row)[0].id}"


def test_a_file_is_saved_and_never_shown(ines: Browser, tenant: TenantDatabase, world: World) -> None:
    page = b"<html><script>alert(1)</script></html>"
    hand_in(ines, world, (page, "été page.html"))
    answer = ines.get(address(tenant))
    assert answer.data == page
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%C3%A9t%C3%A9%20page.html"
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"].split("; ")


def test_who_gets_a_file(
    ines: Browser, tenant: TenantDatabase, world: World, enter: Callable[..., Browser], browser: Browser
) -> None:
    hand_in(ines, world, (PIECE, "a.pdf"))
    where = address(tenant)
    expected: dict[UUID, int] = {world.trainer: 200, world.administrator: 200, world.stranger: 404,
                                 world.other_trainer: 404, world.mediator: 404}  # fmt: skip
    assert {person: enter(person).get(where).status_code for person in expected} == expected
    assert browser.get(where).status_code == 303


def test_the_learner_reads_the_answer(ines: Browser, tenant: TenantDatabase, world: World) -> None:
    hand_in(ines, world, link="https://cloud.example/a")
    with tenant.write() as session:
        trainer = viewer_of(session, world.trainer)
        assert trainer is not None
        row = session.scalars(select(Deposit)).one()
        deposits.answer(session, row.id, trainer, accept=False, word="Il manque 2 mm.", now=NOW)
    project_dirty(tenant)
    text = plain(ines.get(world.url("model")).text)
    assert "Il manque 2 mm." in text
    assert "Votre travail est à reprendre : lisez le mot de Claire Fabre." in text
    assert "Rendre de nouveau" in text
    assert "Votre travail vous est rendu avec un mot : il est à reprendre." in plain(ines.get("/home").text)
