"""Designers give a package and read its report; learners take away what their path is tied to."""

import io
from collections.abc import Callable
from uuid import UUID

import pytest

from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.services import package_intake, packages
from hub.services.jobs import Unleased
from tests.content.archives import with_entry, zipped
from tests.content.metadata.test_lom_document import FICHE
from tests.web.conftest import Browser, Clock


@pytest.fixture
def designer(add_person: Callable[..., UUID], enter: Callable[..., Browser]) -> Browser:
    return enter(add_person("Dina", "Roy", "designer"))


def read(tenant: TenantDatabase, installation: Installation, clock: Clock) -> UUID:
    with tenant.read() as session:
        found = packages.recent(session)[0]
    package_intake.run(tenant, installation.blobs(tenant.key), found.id, Unleased(tenant), clock)
    return found.id


def test_a_package_is_given_read_and_taken_away(
    designer: Browser, tenant: TenantDatabase, installation: Installation, clock: Clock
) -> None:
    assert "Importer un contenu" in designer.get("/catalogue").text
    data = zipped()
    answer = designer.post("/catalogue/import", {"files": (io.BytesIO(data), "cours.zip")})
    assert answer.status_code == 303
    waiting = designer.get(answer.headers["Location"])
    assert "va commencer" in waiting.text
    key = read(tenant, installation, clock)
    progress = designer.get(f"/catalogue/imports/{key}/progress")
    assert progress.headers["HX-Redirect"].endswith(str(key))
    report = designer.get(f"/catalogue/imports/{key}")
    for text in ("Accepté", "SCORM 1.2", "Accueil", "activités à ouvrir", "Poids"):
        assert text in report.text
    with tenant.read() as session:
        resource_id = packages.view(session, key).made[0][0]
    entry = designer.get(f"/catalogue/{resource_id}").text
    assert "Voir comme un apprenant" in entry
    original = designer.get(f"/packages/{resource_id}/original?version=1")
    assert original.data == data
    assert original.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in original.headers["Content-Security-Policy"]
    assert designer.get(f"/catalogue/import?of={resource_id}").status_code == 200
    english = designer.get(f"/catalogue/imports/{key}", headers={"Accept-Language": "en"})
    assert english.status_code == 200


def test_what_a_record_says_of_itself_stands_on_its_page(
    designer: Browser, tenant: TenantDatabase, installation: Installation, clock: Clock
) -> None:
    data = FICHE.replace("bac+2", "bac+2 &lt;script&gt;").encode()
    designer.post("/catalogue/import", {"files": (io.BytesIO(data), "fiche.xml")})
    key = read(tenant, installation, clock)
    with tenant.read() as session:
        resource_id = packages.view(session, key).made[0][0]
    page = designer.get(f"/catalogue/{resource_id}").text
    for text in ("Ce qu’en dit sa fiche", "bac+2 &lt;script&gt;", "visionner", "CAP &gt; CAP Menuisier"):
        assert text in page


def test_a_refused_package_says_why_and_escapes_what_strangers_wrote(
    designer: Browser, tenant: TenantDatabase, installation: Installation, clock: Clock
) -> None:
    designer.post("/catalogue/import", {"files": (io.BytesIO(with_entry("../<script>x</script>")), "x.zip")})
    report = designer.get(f"/catalogue/imports/{read(tenant, installation, clock)}").text
    assert "n’est pas entré au catalogue" in report
    assert "sort de l’archive" in report
    assert "<script>x" not in report
    assert "&lt;script&gt;x" in report


def test_nothing_chosen_is_said_beside_the_field(designer: Browser) -> None:
    answer = designer.post("/catalogue/import", {})
    assert answer.status_code == 422
    assert "Choisissez un fichier." in answer.text
    empty = designer.post("/catalogue/import", {"files": (io.BytesIO(b""), "x.zip")})
    assert empty.status_code == 422
    assert "Ce fichier est vide." in empty.text


def test_a_package_may_come_piece_by_piece_and_be_heavier_than_a_work(designer: Browser) -> None:
    heavy = {"Upload-Length": "900000000", "Upload-Name": "c.zip", "X-CSRFToken": designer.token()}
    assert designer.post("/uploads", headers=heavy).status_code == 413
    begun = designer.post("/uploads", headers={**heavy, "Upload-Purpose": "package"})
    assert begun.status_code == 201
    assert begun.headers["Location"].startswith("/uploads/")


def test_learners_give_no_packages(add_person: Callable[..., UUID], enter: Callable[..., Browser]) -> None:
    learner = enter(add_person("Lina", "Martin", "learner"))
    assert learner.get("/catalogue/import").status_code == 403
    assert learner.get("/catalogue/lti-links.imscc").status_code == 403
    assert learner.get("/packages/01900000-0000-7000-8000-000000000000/original").status_code == 404


def test_links_are_given_as_a_cartridge(designer: Browser) -> None:
    answer = designer.get("/catalogue/lti-links.imscc")
    assert answer.data.startswith(b"PK")
