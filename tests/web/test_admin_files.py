"""A partner's file from the form to the report, as an administrator's browser sees it."""

import io
import threading
from collections.abc import Callable
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select
from werkzeug.test import TestResponse

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.jobs.worker import Worker
from hub.models.files import FileImport, SignedSheet
from hub.models.platforms import Platform
from tests.web.conftest import Browser, Clock

ROLL = (
    "Nom;Prénom;Adresse mail;Groupe;Cours;Date;Début;Fin;Statut\n"
    "Lefèvre;Émilie;emilie@exemple.fr;BTS 1;Maths;03/11/2026;09:00;12:00;Présent\n"
    "=1+1;Zoé;zoe@exemple.fr;BTS 1;Maths;03/11/2026;09:00;12:00;peut-être\n"
).encode("cp1252")


@pytest.fixture
def boss(add_person: Callable[..., UUID], enter: Callable[..., Browser]) -> Browser:
    return enter(add_person("Karim", "Azoulay", "administrator"))


def soup(answer: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.text, "html.parser")


def text(browser: Browser, path: str) -> str:
    return browser.get(path).text


def test_a_file_goes_from_the_form_to_the_ledger(
    boss: Browser, installation: Installation, tenant: TenantDatabase, clock: Clock
) -> None:
    def work() -> None:
        Worker(installation, threading.Event(), clock=clock).run_once()

    form = soup(boss.get("/admin/platforms/new?connector=files"))
    assert form.select_one('select[name="set-profile"] option[value="edusign"]')
    assert not form.select_one('[name="every_minutes"]')
    boss.post("/admin/platforms/new?connector=files", {
        "name": "Signatures", "set-url": "https://edusign.example", "set-profile": "edusign",
    })  # fmt: skip
    with tenant.read() as session:
        platform = session.scalars(select(Platform)).one().id
    shown = text(boss, f"/admin/platforms/{platform}")
    assert "Donner un fichier" in shown
    assert "Lire maintenant" not in shown
    address = f"/admin/platforms/{platform}/files"
    refused = boss.post(address, {"kind": "attendance", "file": (io.BytesIO(b"%PDF-1.4"), "x.csv")})
    assert "ni un CSV ni un fichier Excel" in refused.get_data(as_text=True)
    answer = boss.post(address, {"kind": "attendance", "file": (io.BytesIO(ROLL), "Émargement.csv")})
    columns = soup(boss.get(answer.location))
    chosen = columns.select_one('select[name="col-session"] option[selected]')
    assert chosen is not None
    assert chosen["value"] == "Cours"
    fields = {str(one["name"]): (one.select_one("option[selected]") or {"value": ""})["value"]
              for one in columns.select('select[name^="col-"]')}  # fmt: skip
    broken = boss.post(answer.location, {**fields, "col-presence": ""})
    assert "Il manque une colonne pour cela." in broken.get_data(as_text=True)
    boss.post(answer.location, fields)
    with tenant.read() as session:
        file = session.scalars(select(FileImport).order_by(FileImport.id)).all()[-1].id
    work()
    report = text(boss, f"/admin/platforms/files/{file}")
    assert "Écrire 1 ligne" in report
    assert "n’est pas lisible" in report
    said = boss.get(f"/admin/platforms/files/{file}/report.csv").get_data(as_text=True)
    assert "Zoé =1+1" in said
    boss.post(f"/admin/platforms/files/{file}/confirm", {})
    work()
    assert "Comptes à relier" in text(boss, f"/admin/platforms/files/{file}")
    page = soup(boss.get(address))
    meeting = page.select_one('select[name="meeting"] option')
    assert meeting is not None
    boss.post(f"/admin/platforms/{platform}/sheets", {
        "meeting": meeting["value"], "sheet": (io.BytesIO(b"%PDF-1.7 signed"), "feuille.pdf"),
    })  # fmt: skip
    with tenant.read() as session:
        sheet = session.scalars(select(SignedSheet)).one()
    got = boss.get(f"/admin/platforms/sheets/{sheet.id}")
    assert got.get_data() == b"%PDF-1.7 signed"
    assert got.headers["Content-Disposition"].startswith("attachment")
