"""The training offer written in the place: drafts, faults beside their field, what lacks, LHEO and its page; and the
catalogue's filters, collections and pictures on their pages."""

import io
import json
import re
from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from content import xml
from content.inspect import inspect
from content.metadata.lheo import offer as lheo_offer
from hub.db.base import new_id
from hub.db.uow import TenantDatabase
from hub.models.exchange import TrainingOffer
from hub.models.person import Organisation, Person
from hub.services import offer_forms, offers
from tests.services.test_catalogue_cache import png
from tests.services.test_exchange import NOW, courses
from tests.web.conftest import Browser

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"])

COURSE = {
    "title": "Découpe laser",
    "objective": "Régler une machine",
    "syllabus": "Trois ateliers",
    "results": "Attestation",
    "assessment": "Mise en situation",
    "entry_level": "1",
    "route": "2",
    "contact_name": "Claire Fabre",
    "contact_email": "claire@exemple.fr",
    "disability_phone": "05 00 00 00 00",
    "rome": "H2902, ROME H2903",
    "rncp": "RNCP34000",
    "certifying": "1",
}
ACTION = {
    "prerequisites": "Aucun",
    "public_code": "82056",
    "access": "Sous deux semaines",
    "rhythm": "Deux jours",
    "methods": "Ateliers",
    "accessibility": "Plain-pied",
    "price": "350.00",
    "hours_site": "14",
    "hours_live": "4",
    "hours_alone": "3",
    "loans": "Ordinateur portable\nLunettes",
}
SESSION = {
    "start": "2026-09-14",
    "end": "2026-10-16",
    "state": "1",
    "seats": "8",
    "place": "Le Générateur",
    "street": "1 rue de l’Exemple",
    "postcode": "31000",
    "town": "Toulouse",
}


@pytest.fixture
def nadia(add_person: Callable[..., UUID], enter: Callable[..., Browser]) -> Browser:
    return enter(add_person("Nadia", "Roux", "designer", "administrator"))


@pytest.fixture
def body(tenant: TenantDatabase) -> UUID:
    with tenant.write() as session:
        row = Organisation(
            id=new_id(), name="Le Générateur", kind="training", nda="76310000000", siret="1234567890001 1"
        )
        session.add(row)
    return row.id


def revision(page: str) -> str:
    found = re.search(r'name="revision" value="(\d+)"', page)
    assert found is not None
    return found[1]


def test_a_course_is_written_published_and_read_everywhere(
    nadia: Browser, browser: Browser, tenant: TenantDatabase, body: UUID
) -> None:
    made = nadia.post("/catalogue/offers", {"title": "Découpe"})
    where = made.headers["Location"]
    page = nadia.get(where).text
    assert "Avant de publier, il faut encore" in page
    assert 'href="' + where + '#objective"' in page
    bad = {**COURSE, "contact_email": "claire", "rome": "laser", "revision": revision(page)}
    refused = nadia.post(where, bad)
    assert refused.status_code == 422
    assert 'id="contact_email-error"' in refused.text
    assert 'id="rome-error"' in refused.text
    assert "Trois ateliers" in refused.text
    saved = {**COURSE, "organisation_id": str(body), "revision": revision(page)}
    assert nadia.post(where, saved).status_code == 303
    assert nadia.post(where, {**saved, "syllabus": "Autre"}).status_code == 409
    assert "manque" in nadia.post(f"{where}/publish", follow_redirects=True).text

    action = nadia.post(f"{where}/actions", {"revision": revision(nadia.get(where).text)}).headers["Location"]
    page = nadia.get(where).text
    assert f'{action}#prerequisites"' in page
    refused = nadia.post(action, {**ACTION, "hours_site": "beaucoup", "revision": revision(page)})
    assert refused.status_code == 422
    assert "Lunettes" in refused.text
    assert nadia.post(action, {**ACTION, "revision": revision(page)}).status_code == 303
    page = nadia.get(where).text
    session_page = nadia.post(f"{action}/sessions", {"revision": revision(page)}).headers["Location"]
    page = nadia.get(session_page).text
    late = nadia.post(session_page, {**SESSION, "end": "2026-09-01", "revision": revision(page)})
    assert "La fin vient avant le début" in late.text
    assert nadia.post(session_page, {**SESSION, "revision": revision(page)}).status_code == 303
    page = nadia.get(where).text
    assert "Avant de publier" not in page
    assert "complet" in page
    assert nadia.post(f"{where}/publish").status_code == 303
    nadia.post("/catalogue/exchange", {"what": "offers", "open": "1"})

    key = where.rpartition("/")[2]
    public = browser.get(f"/offers/{key}").text
    for shown in (
        "ROME H2902, Chaudronnerie - tôlerie",
        "14 h sur place, 4 h à distance en direct",
        "prêté par le lieu",
        "Plain-pied",
        "350.00",
    ):
        assert shown in public.replace("\u00a0", " ").replace("\u202f", " ")
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', public)
    assert found is not None
    assert json.loads(found[1])["hasCourseInstance"][0]["startDate"] == "2026-09-14"
    lheo = browser.get("/offers/lheo.xml").data
    assert inspect(io.BytesIO(lheo), "lheo.xml").report.verdict in ("accept", "accept-neutralised")
    said = lheo_offer.read(next(xml.descendants(xml.parse(lheo).root, "formation")))
    assert (said.siret, said.actions[0].hours, said.actions[0].mode) == ("12345678900011", "21", "1")
    assert lheo_offer.missing(said) == ()
    nadia.post(f"/catalogue/exchange/offers/{key}/withdraw")
    assert "brouillon" in nadia.get("/catalogue/offers").text


def test_a_course_of_a_file_is_taken_over_without_losing_what_no_field_shows(
    nadia: Browser, tenant: TenantDatabase, body: UUID
) -> None:
    with tenant.write() as session:
        found = courses()
        extra = "<extras info='carif'><extra info='x'>garder</extra></extras></formation>"
        found = [(key, title, text.replace("</formation>", extra)) for key, title, text in found]
        offers.take(session, found, NOW)
        key = offers.listed(session)[0].id
    assert nadia.post(f"/catalogue/offers/{key}/take").status_code == 303
    page = nadia.get(f"/catalogue/offers/{key}").text
    assert "Découpe laser" in page
    with tenant.write() as session:
        held = offer_forms.get(session, key)
        data = held.data.model_copy(update={"objective": "Un autre objectif", "organisation_id": body})
        offer_forms.save(session, key, held.revision, data, by=nadia_id(session), now=NOW)
        offer_forms.publish(session, key, by=nadia_id(session), now=NOW)
        document = session.get_one(TrainingOffer, key).document
        assert offers.take(session, found, NOW) == 0  # what is written here is not undone by the file
    assert "garder" in document
    assert "Un autre objectif" in document
    assert 'numero="A1"' in document
    assert "31555" in document


def test_what_lacks_is_grouped_by_where_the_first_place_open(nadia: Browser) -> None:
    where = nadia.post("/catalogue/offers", {"title": "Découpe"}).headers["Location"]
    for sessions in (1, 2):
        action = nadia.post(f"{where}/actions", {"revision": revision(nadia.get(where).text)}).headers["Location"]
        for _number in range(sessions):
            nadia.post(f"{action}/sessions", {"revision": revision(nadia.get(where).text)})
    found = re.findall(r"<details( open)?><summary>.*?</svg>([^<]*) <span", nadia.get(where).text)
    assert found == [
        (" open", "La formation"), ("", "Action 1"), ("", "Action 2"), ("", "Action 2, session 1"),
        ("", "Action 2, session 2"), (" open", "La formation"), ("", "Action 1"), ("", "Action 2"),
    ]  # fmt: skip


def nadia_id(session: Session) -> UUID:
    return session.scalars(select(Person.id).where(Person.given_name == "Nadia")).one()


def test_filters_collections_and_pictures_on_their_pages(nadia: Browser) -> None:
    web = {"kind": "web", "phone": "yes", "modality": "own_pace", "language": "fr"}
    for number, (title, minutes) in enumerate((("Souder une pièce", "10"), ("Braser l’étain", "100"))):
        data = {**web, "title": title, "minutes": minutes, "url": f"https://exemple.fr/{number}", "rome": "H2913"}
        data |= {"skills": "Assembler", "equipment": "machine"}
        where = nadia.post("/catalogue/new", data).headers["Location"]
    page = nadia.get("/catalogue").text
    assert "Métiers (ROME)" in page
    assert "H2913 Soudage manuel" in page
    href = re.search(r'id="f-duration-1" href="([^"]+)"', page)
    assert href is not None
    narrowed = nadia.get(href[1].replace("&amp;", "&")).text
    assert "Souder une pièce" in narrowed
    assert "Braser" not in narrowed
    assert 'aria-current="true"' in narrowed
    assert "voici ce qui parle de" in nadia.get("/catalogue?text=suoder").text
    lost = nadia.get("/catalogue?text=elektrisitee&language=fr").text
    assert "Rien ne correspond" in lost
    assert "sans les mots cherchés" in lost
    picture = {**web, "title": "Braser", "url": "https://exemple.fr/1", "picture_text": "Un poste"}
    refused = nadia.post(f"{where}/edit", {**picture, "picture": (io.BytesIO(b"<svg/>"), "a.svg")})
    assert "Choisissez une image JPEG" in refused.text
    assert nadia.post(f"{where}/edit", {**picture, "picture": (io.BytesIO(png(300, 200)), "a.png")}).status_code == 303
    shown = nadia.get(f"{where}/picture")
    assert (shown.content_type, shown.data[:4]) == ("image/png", b"\x89PNG")
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert 'alt="Un poste"' in nadia.get("/catalogue").text
    listed = nadia.post("/catalogue/collections", {"title": "Accueil", "shared": "1"}).headers["Location"]
    assert nadia.post("/catalogue/collections", {"title": " "}).status_code == 422
    key, entry = listed.rpartition("/")[2], where.rpartition("/")[2]
    assert nadia.post(f"/catalogue/{entry}/collect", {"collection": key}).status_code == 303
    assert "Braser" in nadia.get(listed).text
    assert "Souder" not in nadia.get(f"/catalogue?collection={key}").text
    assert nadia.post(f"{listed}/items", {"act": "remove", "entry": entry}).status_code == 303
    assert "Cette collection est vide" in nadia.get(listed).text
    assert nadia.post(f"{listed}/delete").status_code == 303


def test_a_list_of_codes_is_loaded_from_its_file_and_searched_beside_the_forms(nadia: Browser) -> None:
    assert re.search("à charger.: France compétences", nadia.get("/admin/codes").text)
    refused = nadia.post("/admin/codes", {"scheme": "rncp", "file": (io.BytesIO(b"a;b\n1;2\n"), "liste.csv")})
    assert (refused.status_code, "ne trouve pas les colonnes" in refused.text) == (422, True)
    rows = b"Numero_Fiche;Intitule;Actif\nRNCP37537;Soudeur assembleur;ACTIVE\nRNCP184;Soudeur;INACTIVE\n"
    undated = nadia.post("/admin/codes", {"scheme": "rncp", "file": (io.BytesIO(rows), "liste.csv")})
    assert "ne dit pas sa date" in undated.text
    given = {"scheme": "rncp", "file": (io.BytesIO(rows), "export_fiches_CSV_Standard_2026-09-29.csv")}
    told = nadia.post("/admin/codes", given, follow_redirects=True).text
    assert re.search("Codes chargés.: 1. Lignes laissées, plus en vigueur ou d’une autre forme.: 1", told)
    assert re.search("29.septembre", told)
    assert "liste de codes chargée" in nadia.get("/admin/journal").text
    found = nadia.get("/catalogue/codes?text=soudeur+asembleur").text
    assert re.search(r'data-code="37537" data-into="rncp"', found)
    assert "184" not in re.findall(r"<code>(.*?)</code>", nadia.get("/catalogue/codes?text=soudeur&scheme=rncp").text)
    assert "Aucun code ne correspond" in nadia.get("/catalogue/codes?text=xyzzyq").text
