"""OAI-PMH: recorded answers are read; our own answers are right by the six verbs, errors and tokens."""

import base64
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest

from content import xml
from content.metadata.record import Record
from content.oai import answers, provider
from content.oai.answers import Answer
from content.oai.provider import Item
from tests.shared import shared_path

BASE = "https://hub.example.org/oai"
NOW = datetime(2026, 11, 26, tzinfo=UTC)
START = datetime(2026, 1, 1, tzinfo=UTC)


class Shelf:
    """A repository of ``count`` records, one a minute; every tenth is deleted, every second in the set ``atelier``."""

    name, email, codings = "Hub & <co>", "hub@example.org", ("gzip",)

    def __init__(self, count: int) -> None:
        self.all = [
            Item(
                f"oai:hub:{n:04}", START + timedelta(minutes=n), ("atelier",) if n % 2 else (), n % 10 == 9,
                None if n % 10 == 9 else Record(titles=(("fr", f"Fiche {n} \x00<&>"),)),
            )
            for n in range(count)
        ]  # fmt: skip

    def earliest(self) -> datetime:
        return START

    def sets(self) -> list[tuple[str, str]]:
        return [("atelier", "Atelier")]

    def get(self, identifier: str) -> Item | None:
        return next((one for one in self.all if one.identifier == identifier), None)

    def items(
        self, since: datetime | None, until: datetime | None, set_spec: str, after: tuple[str, str] | None, limit: int
    ) -> list[Item]:
        return [
            one
            for one in self.all
            if (since is None or one.changed >= since)
            and (until is None or one.changed <= until)
            and (not set_spec or set_spec in one.sets)
            and (after is None or (one.changed.isoformat(), one.identifier) > after)
        ][:limit]

    def count(self, since: datetime | None, until: datetime | None, set_spec: str) -> int:
        return len(self.items(since, until, set_spec, None, 1 << 30))


def ask(*arguments: tuple[str, str], shelf: Shelf | None = None, **more: str) -> Answer:
    asked = [*arguments, *((name.rstrip("_"), value) for name, value in more.items())]
    found = answers.read(xml.parse(provider.answer(asked, shelf or Shelf(250), BASE, NOW)).root)
    assert found is not None
    return found


@pytest.mark.parametrize("prefix", ["oai_dc", "lomfr", "lom"])
def test_a_list_is_read_page_by_page_to_its_end(prefix: str) -> None:
    pages = [ask(verb="ListRecords", metadataPrefix=prefix)]
    while pages[-1].token:
        pages.append(ask(verb="ListRecords", resumptionToken=pages[-1].token))
    assert [len(page.records) for page in pages] == [100, 100, 50]
    assert [page.whole for page in pages] == [250, 250, 250]
    assert [one.identifier for one in ask(verb="ListRecords", resumptionToken=pages[0].token).records] == [
        one.identifier for one in pages[1].records
    ]
    every = [one for page in pages for one in page.records]
    assert len({one.identifier for one in every}) == 250
    assert sum(one.deleted for one in every) == 25
    assert all((one.record is None) == one.deleted for one in every)
    first = every[0].record
    assert first is not None
    assert first.title == "Fiche 0 <&>"


def test_lists_are_narrowed_by_set_and_dates() -> None:
    page = ask(verb="ListIdentifiers", metadataPrefix="oai_dc", set="atelier", from_="2026-01-01T01:00:00Z",
               until="2026-01-01T02:00:00Z")  # fmt: skip
    assert len(page.records) == 30
    assert all(one.sets == ("atelier",) for one in page.records)
    assert len(ask(verb="ListIdentifiers", metadataPrefix="oai_dc", until="2026-01-01").records) == 100
    assert len(ask(verb="ListIdentifiers", metadataPrefix="oai_dc", until="9999-12-31").records) == 100
    assert ask(verb="ListIdentifiers", metadataPrefix="oai_dc", until="2026-01-01T00:03:00Z").whole is None


def test_identify_formats_and_sets() -> None:
    said = ask(verb="Identify").identify
    assert (said["repositoryName"], said["baseURL"], said["deletedRecord"]) == ("Hub & <co>", BASE, "persistent")
    assert (said["granularity"], said["compression"]) == ("YYYY-MM-DDThh:mm:ssZ", "gzip")
    assert said["earliestDatestamp"] == "2026-01-01T00:00:00Z"
    assert set(ask(verb="ListMetadataFormats", identifier="oai:hub:0001").formats) == {"oai_dc", "lomfr", "lom"}
    assert ask(verb="ListSets").sets == (("atelier", "Atelier"),)
    assert (
        ask(verb="GetRecord", identifier="oai:hub:0001", metadataPrefix="lom").records[0].identifier == "oai:hub:0001"
    )


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "badVerb"),
        ("verb=Steal", "badVerb"),
        ("verb=Identify&verb=Identify", "badVerb"),
        ("verb=Identify&set=x", "badArgument"),
        ("verb=ListRecords", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&set=a&set=b", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&resumptionToken=x", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=hier", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-13-01", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2027-01-01&until=2026-01-01", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-01-01&until=2026-01-02T00:00:00Z", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&set=a%20b", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&set=a::b", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-01-01T00:00:00.5Z", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-01-01T00:00:00%2B01:00", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&until=2001-01-01", "noRecordsMatch"),
        ("verb=ListRecords&metadataPrefix=oai%20dc", "badArgument"),
        ("verb=ListRecords&metadataPrefix=marc", "cannotDisseminateFormat"),
        ("verb=ListRecords&metadataPrefix=oai_dc&set=nothing", "noRecordsMatch"),
        ("verb=ListRecords&resumptionToken=garbage", "badResumptionToken"),
        ("verb=ListRecords&resumptionToken=W10", "badResumptionToken"),
        ("verb=ListSets&resumptionToken=x", "badResumptionToken"),
        ("verb=GetRecord&identifier=x&metadataPrefix=oai_dc", "idDoesNotExist"),
        ("verb=ListMetadataFormats&identifier=x", "idDoesNotExist"),
    ],
)
def test_errors_are_answers(query: str, code: str) -> None:
    assert [found for found, _text in ask(*parse_qsl(query, keep_blank_values=True)).errors] == [code]


def token(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


@pytest.mark.parametrize(
    "forged",
    [
        token({"metadataPrefix": "marc"}, "2026-01-01T00:00:00+00:00", "oai:hub:0001", 0),
        token({"metadataPrefix": "oai_dc", "from": "hier"}, "2026-01-01T00:00:00+00:00", "oai:hub:0001", 0),
        token({"metadataPrefix": "oai_dc"}, "2026-01-01T00:00:00", "oai:hub:0001", 0),
        token({"metadataPrefix": "oai_dc"}, "2026-01-01T00:00:00+00:00", 7, 0),
        token({"metadataPrefix": "oai_dc"}, "2026-01-01T00:00:00+00:00", "oai:hub:0001", 1e400),
        token({}, "2026-01-01T00:00:00+00:00", "oai:hub:0001", 0),
        token(["metadataPrefix"], "2026-01-01T00:00:00+00:00", "oai:hub:0001", 0),
        base64.urlsafe_b64encode(b"[" * 3000).decode(),
        "é",
    ],
)
def test_a_token_that_we_never_gave_is_none(forged: str) -> None:
    assert [code for code, _text in ask(verb="ListRecords", resumptionToken=forged).errors] == ["badResumptionToken"]


def test_sets_are_refused_where_there_are_none() -> None:
    shelf = Shelf(3)
    shelf.sets = lambda: []
    for asked in ({"verb": "ListSets"}, {"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "atelier"}):
        assert [code for code, _text in ask(shelf=shelf, **asked).errors] == ["noSetHierarchy"]


@pytest.mark.parametrize("prefix", ["oai_dc", "lomfr", "lom"])
def test_metadata_name_their_namespace_and_schema(prefix: str) -> None:
    root = xml.parse(
        provider.answer(
            [("verb", "GetRecord"), ("identifier", "oai:hub:0001"), ("metadataPrefix", prefix)], Shelf(2), BASE, NOW
        )
    ).root
    (record,) = next(xml.descendants(root, "metadata"))
    space, schema = xml.attribute(record, "schemaLocation").split()
    assert (space, schema) == (xml.namespace(record), provider.FORMATS[prefix][0])


def test_arguments_are_said_again_but_where_they_are_wrong() -> None:
    def said(*asked: tuple[str, str]) -> dict[str, str]:
        root = xml.parse(provider.answer(asked, Shelf(2), BASE, NOW)).root
        request = xml.child(root, "request")
        assert request is not None
        assert xml.text(request) == BASE
        return xml.attributes(request)

    asked = (("verb", "ListRecords"), ("metadataPrefix", "oai_dc"), ("until", "2001-01-01"))
    assert said(*asked) == dict(asked)
    assert said(*asked[:1]) == {}
    assert said(("verb", "Steal")) == {}


def recorded(name: str) -> Answer | None:
    data = shared_path("fixtures", "content", "oaipmh", f"{name}.xml").read_bytes()
    return answers.read(xml.parse(data).root)


def test_a_count_beyond_measure_is_none() -> None:
    told = f'<resumptionToken completeListSize="{"9" * 5000}">a</resumptionToken>'
    found = answers.read(xml.parse(f"<OAI-PMH><ListRecords>{told}</ListRecords></OAI-PMH>".encode()).root)
    assert found is not None
    assert (found.token, found.whole) == ("a", None)


def test_recorded_repositories_are_read() -> None:
    first, last = recorded("own-listrecords-lom-page1"), recorded("own-listrecords-lom-page2")
    assert first is not None
    assert last is not None
    assert [one.record.title for one in first.records if one.record] == ["Lire un plan", "Souder à l’arc"]
    assert (first.token, first.whole, first.records[0].sets) == ("p2", 3, ("atelier",))
    assert (last.token, last.records[0].deleted, last.records[0].record) == ("", True, None)
    dc = recorded("ListRecords")
    assert dc is not None
    assert dc.token
    assert all(one.deleted or (one.record and one.record.title) for one in dc.records)
    utf8 = recorded("GetRecord_utf8test")
    assert utf8 is not None
    assert utf8.records[0].record is not None


@pytest.mark.parametrize(
    "code",
    [
        "badArgument",
        "badResumptionToken",
        "cannotDisseminateFormat",
        "idDoesNotExist",
        "noRecordsMatch",
        "noSetHierarchy",
    ],
)
def test_recorded_errors_are_read(code: str) -> None:
    found = recorded(code)
    assert found is not None
    assert [one for one, _text in found.errors] == [code]
