"""Answers to harvesters: the six verbs over a port that gives records in the order of their change.

Tokens hold the whole request and the place reached, so that no state is kept and a list may be resumed any time: they
never expire, and one that is asked for again answers the same (3.5.1) but for what changed meanwhile.

Source: OAI-PMH 2.0 sections 2.4 to 2.7, 3.1 to 3.6 and 4.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Protocol

from content import xml
from content.metadata import dublin_core, lom
from content.metadata.lom_document import LOM, LOMFR
from content.metadata.record import Record
from content.oai.answers import NAMESPACE

PAGE = 100
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_DAY, _SECOND = re.compile(r"\d{4}-\d{2}-\d{2}"), re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
_WORD = re.compile(r"[\w.!~*'()-]+", re.ASCII)
_SET = re.compile(rf"{_WORD.pattern}(?::{_WORD.pattern})*", re.ASCII)
_VERBS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "Identify": (frozenset(), frozenset()),
    "ListMetadataFormats": (frozenset(), frozenset({"identifier"})),
    "ListSets": (frozenset(), frozenset({"resumptionToken"})),
    "ListIdentifiers": (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set"})),
    "ListRecords": (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set"})),
    "GetRecord": (frozenset({"identifier", "metadataPrefix"}), frozenset()),
}
FORMATS: Mapping[str, tuple[str, str, Callable[[Record], xml.Element]]] = {
    "oai_dc": (dublin_core.SCHEMA, dublin_core.OAI_DC, dublin_core.write),
    "lomfr": ("http://www.lom-fr.fr/xsd/lomfrv1.0/std/lomfr.xsd", LOMFR, lom.write),
    "lom": ("http://ltsc.ieee.org/xsd/lomv1.0/lom.xsd", LOM, lom.write_plain),
}


@dataclass(frozen=True, slots=True)
class Item:
    """A record of the repository: ``changed`` is the instant of its last change; deleted ones have no ``record``."""

    identifier: str
    changed: datetime
    sets: tuple[str, ...]
    deleted: bool
    record: Record | None


class Repository(Protocol):
    """What is served."""

    @property
    def name(self) -> str:
        """The name shown to harvesters."""
        ...

    @property
    def email(self) -> str:
        """Whom to write to."""
        ...

    @property
    def codings(self) -> Sequence[str]:
        """Content codings that answers may be asked for in, beside none (3.1.3)."""
        ...

    def earliest(self) -> datetime:
        """The oldest change there is."""
        ...

    def sets(self) -> Sequence[tuple[str, str]]:
        """(setSpec, name)."""
        ...

    def get(self, identifier: str) -> Item | None:
        """One record."""
        ...

    def items(
        self, since: datetime | None, until: datetime | None, set_spec: str, after: tuple[str, str] | None, limit: int
    ) -> list[Item]:
        """Records by (change, identifier), those behind ``after`` (ISO instant, identifier)."""
        ...

    def count(self, since: datetime | None, until: datetime | None, set_spec: str) -> int:
        """How many records `items` gives in all."""
        ...


class _Fault(Exception):
    def __init__(self, code: str, text: str) -> None:
        self.code, self.text = code, text
        super().__init__(code)


def answer(arguments: Sequence[tuple[str, str]], repository: Repository, base_url: str, now: datetime) -> bytes:
    """The answer to a request, given as its arguments with repetitions. Errors are answers too (3.6)."""
    root = xml.make(
        f"{{{NAMESPACE}}}OAI-PMH",
        {f"{{{_XSI}}}schemaLocation": f"{NAMESPACE} http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd"},
        {"": NAMESPACE, "xsi": _XSI},
    )
    xml.add(root, "responseDate", _stamp(now))
    request = xml.add(root, "request", base_url)
    given = dict(arguments)
    try:
        verb = _verb(arguments, given)
        body = xml.make(f"{{{NAMESPACE}}}{verb}")
        _ANSWERS[verb](body, given, repository, base_url)
        for name, value in given.items():
            request.set(name, xml.clean(value))
        xml.adopt(root, body)
    except _Fault as fault:
        if fault.code not in ("badVerb", "badArgument"):
            for name, value in given.items():
                request.set(name, xml.clean(value))
        xml.add(root, "error", fault.text, code=fault.code)
    return xml.write(root)


def _verb(arguments: Sequence[tuple[str, str]], given: dict[str, str]) -> str:
    verb = given.get("verb", "")
    if verb not in _VERBS or [name for name, _value in arguments].count("verb") != 1:
        raise _Fault("badVerb", "exactly one legal verb is expected")
    if len(arguments) != len(given):
        raise _Fault("badArgument", "an argument is repeated")
    if empty := [name for name, value in arguments if not value]:
        raise _Fault("badArgument", f"nothing said: {', '.join(sorted(empty))[:100]}")
    must, may = _VERBS[verb]
    names = set(given) - {"verb"}
    if "resumptionToken" in names and verb in ("ListRecords", "ListIdentifiers", "ListSets"):
        if names != {"resumptionToken"}:
            raise _Fault("badArgument", "resumptionToken stands alone")
    elif missing := must - names:
        raise _Fault("badArgument", f"missing: {', '.join(sorted(missing))}")
    elif illegal := names - must - may:
        raise _Fault("badArgument", f"not expected: {', '.join(sorted(illegal))[:100]}")
    return verb


def _identify(body: xml.Element, _given: dict[str, str], repository: Repository, base_url: str) -> None:
    for name, value in (
        ("repositoryName", repository.name), ("baseURL", base_url), ("protocolVersion", "2.0"),
        ("adminEmail", repository.email), ("earliestDatestamp", _stamp(repository.earliest())),
        ("deletedRecord", "persistent"), ("granularity", "YYYY-MM-DDThh:mm:ssZ"),
        *(("compression", coding) for coding in repository.codings),
    ):  # fmt: skip
        xml.add(body, name, value)


def _formats(body: xml.Element, given: dict[str, str], repository: Repository, _base: str) -> None:
    if "identifier" in given and repository.get(given["identifier"]) is None:
        raise _Fault("idDoesNotExist", "no such record")
    for prefix, (schema, space, _write) in FORMATS.items():
        one = xml.add(body, "metadataFormat")
        xml.add(one, "metadataPrefix", prefix)
        xml.add(one, "schema", schema)
        xml.add(one, "metadataNamespace", space)


def _sets(body: xml.Element, given: dict[str, str], repository: Repository, _base: str) -> None:
    if "resumptionToken" in given:
        raise _Fault("badResumptionToken", "sets come in one page")
    sets = repository.sets()
    if not sets:
        raise _Fault("noSetHierarchy", "there are no sets")
    for spec, name in sets:
        one = xml.add(body, "set")
        xml.add(one, "setSpec", spec)
        xml.add(one, "setName", name)


def _get(body: xml.Element, given: dict[str, str], repository: Repository, _base: str) -> None:
    _known_format(given["metadataPrefix"])
    item = repository.get(given["identifier"])
    if item is None:
        raise _Fault("idDoesNotExist", "no such record")
    _add_record(body, item, given["metadataPrefix"])


def _list(body: xml.Element, given: dict[str, str], repository: Repository, _base: str) -> None:
    resumed = "resumptionToken" in given
    asked, after, seen = _from_token(given["resumptionToken"]) if resumed else (given, None, 0)
    try:
        since, until = _narrowed(asked, repository)
    except _Fault:
        if resumed:  # we gave no such token
            raise _unknown_token() from None
        raise
    wanted = asked.get("set", "")
    items = repository.items(since, until, wanted, after, PAGE + 1)
    if not items:
        raise _unknown_token() if resumed else _Fault("noRecordsMatch", "no record fits")
    for item in items[:PAGE]:
        if xml.local(body) == "ListRecords":
            _add_record(body, item, asked["metadataPrefix"])
        else:
            _add_header(body, item)
    more = len(items) > PAGE
    if more or resumed:
        token = _to_token(asked, items[PAGE - 1], seen + PAGE) if more else ""
        whole = max(repository.count(since, until, wanted), seen + len(items))
        xml.add(body, "resumptionToken", token, completeListSize=str(whole), cursor=str(seen))


def _narrowed(asked: Mapping[str, str], repository: Repository) -> tuple[datetime | None, datetime | None]:
    """From when, until when; what is asked is found right."""
    _known_format(asked["metadataPrefix"])
    if "set" in asked:
        if not _SET.fullmatch(asked["set"]):
            raise _Fault("badArgument", "a set is words between colons")
        if not repository.sets():
            raise _Fault("noSetHierarchy", "there are no sets")
    since, until = _instant(asked.get("from", ""), False), _instant(asked.get("until", ""), True)
    if since and until and len(asked["from"]) != len(asked["until"]):
        raise _Fault("badArgument", "from and until differ in granularity")
    if since and until and since > until:
        raise _Fault("badArgument", "from lies behind until")
    return since, until


_ANSWERS = {
    "Identify": _identify, "ListMetadataFormats": _formats, "ListSets": _sets, "GetRecord": _get,
    "ListRecords": _list, "ListIdentifiers": _list,
}  # fmt: skip


def _known_format(prefix: str) -> None:
    if not _WORD.fullmatch(prefix):
        raise _Fault("badArgument", "a metadataPrefix is one word")
    if prefix not in FORMATS:
        raise _Fault("cannotDisseminateFormat", "see ListMetadataFormats")


def _add_record(body: xml.Element, item: Item, prefix: str) -> None:
    holder = xml.add(body, "record")
    _add_header(holder, item)
    if item.record is not None and not item.deleted:
        schema, _space, write = FORMATS[prefix]
        root = write(item.record)
        root.set(f"{{{_XSI}}}schemaLocation", f"{xml.namespace(root)} {schema}")
        xml.adopt(xml.add(holder, "metadata"), root)


def _add_header(parent: xml.Element, item: Item) -> None:
    header = xml.add(parent, "header", **({"status": "deleted"} if item.deleted else {}))
    xml.add(header, "identifier", item.identifier)
    xml.add(header, "datestamp", _stamp(item.changed))
    for spec in item.sets:
        xml.add(header, "setSpec", spec)


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _instant(text: str, end: bool) -> datetime | None:
    """An argument as an instant; a day's or second's end for ``until``, which is inclusive (2.7.1)."""
    if not text:
        return None
    try:
        if _DAY.fullmatch(text):
            day = datetime.fromisoformat(text).replace(tzinfo=UTC)
            return datetime.combine(day, time.max, UTC) if end else day
        if _SECOND.fullmatch(text):
            second = datetime.fromisoformat(text.replace("Z", "+00:00"))
            return second + timedelta(microseconds=999_999) if end else second
    except (ValueError, OverflowError):
        pass
    raise _Fault("badArgument", "a date is YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ")


def _to_token(asked: Mapping[str, str], last: Item, seen: int) -> str:
    kept = {key: asked[key] for key in ("metadataPrefix", "from", "until", "set") if asked.get(key)}
    data = [kept, last.changed.astimezone(UTC).isoformat(), last.identifier, seen]
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


def _from_token(token: str) -> tuple[dict[str, str], tuple[str, str], int]:
    try:
        kept, instant, identifier, seen = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        if datetime.fromisoformat(instant).tzinfo is None or "metadataPrefix" not in kept:
            raise ValueError
        if not all(isinstance(value, str) for value in (*kept.values(), identifier)):
            raise ValueError
        return dict(kept), (instant, identifier), max(0, int(seen))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError, binascii.Error):
        raise _unknown_token() from None


def _unknown_token() -> _Fault:
    return _Fault("badResumptionToken", "begin the list again")
