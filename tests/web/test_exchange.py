"""Nothing is open to everybody until an administrator opens it; then pages, LHEO, JSON-LD and OAI-PMH answer."""

import gzip
import io
import json
import re
from collections.abc import Callable
from uuid import UUID

from content.inspect import inspect
from hub.db.uow import TenantDatabase
from hub.services import offers
from tests.services.test_exchange import NOW, courses
from tests.web.conftest import BASE, Browser


def test_everything_is_closed_until_it_is_opened(
    administrator: Browser, browser: Browser, tenant: TenantDatabase
) -> None:
    with tenant.write() as session:
        offers.take(session, courses(("premiers pas", "premiers pas &lt;/script&gt;&lt;b&gt;")), NOW)
        key = offers.listed(session)[0].id
    pages = ("/offers", f"/offers/{key}", "/offers/lheo.xml", "/oai?verb=Identify")
    assert {browser.get(path).status_code for path in pages} == {404}
    for what in ("offers", "oai"):
        assert administrator.post("/catalogue/exchange", {"what": what, "open": "1"}).status_code == 303
    assert {browser.get(path).status_code for path in pages} == {200}
    page = browser.get(f"/offers/{key}").text
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert found is not None
    data = json.loads(found[1])
    assert data["@type"] == "Course"
    assert data["name"].endswith("premiers pas </script><b>")
    assert [one["courseMode"] for one in data["hasCourseInstance"]] == [["blended"], ["blended"], ["online"]]
    assert "<b>" not in page.replace(found[0], "")
    lheo = browser.get("/offers/lheo.xml")
    assert inspect(io.BytesIO(lheo.data), "lheo.xml").report.verdict in ("accept", "accept-neutralised")
    again = browser.get("/offers/lheo.xml", headers={"If-None-Match": lheo.headers["ETag"]})
    assert again.status_code == 304
    assert b'<error code="badVerb"' in browser.get("/oai?verb=Steal").data
    asked = {"verb": "Identify"}
    by_get, by_post = browser.get("/oai?verb=Identify"), browser.client.post("/oai", data=asked, base_url=BASE)
    assert by_get.data == by_post.data
    assert by_get.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert b"<compression>gzip</compression>" in by_get.data
    packed = browser.get("/oai?verb=ListMetadataFormats", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == browser.get("/oai?verb=ListMetadataFormats").data
    assert administrator.post("/catalogue/exchange", {"what": "offers"}).status_code == 303
    assert browser.get("/offers").status_code == 404


def test_the_offer_says_what_it_lacks(administrator: Browser, tenant: TenantDatabase) -> None:
    assert "L’offre est vide" in administrator.get("/catalogue/exchange").text
    with tenant.write() as session:
        offers.take(session, courses(), NOW)
        key = offers.listed(session)[0].id
    page = administrator.get("/catalogue/exchange").text
    assert "durée, modalités et délais d’accès et tarif" in page
    assert administrator.post(f"/catalogue/exchange/offers/{key}/withdraw").status_code == 303
    assert "Découpe laser" not in administrator.get("/catalogue/exchange").text


def test_designers_look_and_do_not_open(add_person: Callable[..., UUID], enter: Callable[..., Browser]) -> None:
    designer = enter(add_person("Dina", "Roy", "designer"))
    assert "Ouvrir à tous" not in designer.get("/catalogue/exchange").text
    assert designer.post("/catalogue/exchange", {"what": "oai", "open": "1"}).status_code == 403


def test_a_repository_is_added_and_what_was_typed_is_kept(administrator: Browser) -> None:
    refused = administrator.post("/catalogue/exchange/sources", {"name": "Entrepôt", "base_url": "pas une adresse"})
    assert refused.status_code == 422
    assert 'value="Entrepôt"' in refused.text
    given = {"name": "Entrepôt", "base_url": "https://oai.example.org/oai", "prefix": "oai_dc"}
    assert administrator.post("/catalogue/exchange/sources", given).status_code == 303
    assert "en lecture" in administrator.get("/catalogue/exchange").text


def test_a_long_offer_is_shown_page_by_page(administrator: Browser, browser: Browser, tenant: TenantDatabase) -> None:
    ((key, title, document), _second) = courses()
    with tenant.write() as session:
        offers.take(session, [(f"{key}-{n}", f"{title} {n:02}", document) for n in range(60)], NOW)
    administrator.post("/catalogue/exchange", {"what": "offers", "open": "1"})
    for reader, address in (
        (browser, "/offers"),
        (administrator, "/catalogue/exchange"),
        (administrator, "/catalogue/offers"),
    ):
        first, second, beyond = (reader.get(f"{address}?page={number}").text for number in ("", "1", "9" * 30))
        assert f'{address}?page=1"' in first
        assert "60 formations" in first
        assert f'{address}?page=0"' in second
        assert "page=2" not in second
        assert beyond.count("Découpe laser") == first.count("Découpe laser") > second.count("Découpe laser") > 0
