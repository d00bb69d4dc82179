"""A repository's answers, read."""

from __future__ import annotations

from dataclasses import dataclass, field

from content import xml
from content.metadata import dublin_core, lom
from content.metadata.record import Record
from content.report import Findings

NAMESPACE = "http://www.openarchives.org/OAI/2.0/"


@dataclass(frozen=True, slots=True)
class Harvested:
    """A record of a repository; ``record`` is None of a deleted one and of a format that is not known here."""

    identifier: str
    datestamp: str
    sets: tuple[str, ...]
    deleted: bool
    record: Record | None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. ``errors``: (code, text); ``token``: what to ask for the next page with, empty at the end; ``whole``:
    how many records the list holds in all, where the repository says so; ``day`` on which it answered, by its clock."""

    verb: str
    day: str = ""
    errors: tuple[tuple[str, str], ...] = ()
    records: tuple[Harvested, ...] = ()
    token: str = ""
    whole: int | None = None
    identify: dict[str, str] = field(default_factory=dict)
    sets: tuple[tuple[str, str], ...] = ()
    formats: tuple[str, ...] = ()


def is_answer(root: xml.Element) -> bool:
    """Whether the document is an answer of the protocol."""
    return xml.local(root) == "OAI-PMH"


def read(root: xml.Element) -> Answer | None:
    """The answer; None when the document is something else (an HTML page sent with 200)."""
    if not is_answer(root):
        return None
    request = xml.child(root, "request")
    verb = xml.attribute(request, "verb") if request is not None else ""
    day = xml.text(xml.child(root, "responseDate"))[:10]
    errors = tuple((xml.attribute(one, "code"), xml.text(one)) for one in xml.children(root, "error"))
    body = next((one for one in xml.children(root) if xml.local(one) not in ("responseDate", "request", "error")), None)
    if body is None:
        return Answer(verb, day, errors)
    verb = xml.local(body)
    token = xml.child(body, "resumptionToken")
    whole = xml.attribute(token, "completeListSize") if token is not None else ""
    records = [_record(one) for one in xml.children(body, "record")]
    records += [_header(one, None) for one in xml.children(body, "header")]
    return Answer(
        verb, day, errors, tuple(records), xml.text(token),
        int(whole) if whole.isdecimal() and len(whole) < 16 else None,
        {xml.local(one): xml.text(one) for one in xml.children(body)} if verb == "Identify" else {},
        tuple(_set(one) for one in xml.children(body, "set")),
        tuple(xml.text(xml.child(one, "metadataPrefix")) for one in xml.children(body, "metadataFormat")),
    )  # fmt: skip


def _set(element: xml.Element) -> tuple[str, str]:
    return xml.text(xml.child(element, "setSpec")), xml.text(xml.child(element, "setName"))


def _record(element: xml.Element) -> Harvested:
    metadata = xml.child(element, "metadata")
    inner = xml.children(metadata)[0] if metadata is not None and len(metadata) else None
    record = None
    if inner is not None and lom.is_lom(inner):
        record = lom.read(inner, Findings())
    elif inner is not None and xml.local(inner) == "dc":
        record = dublin_core.read(inner)
    header = xml.child(element, "header")
    return _header(header if header is not None else element, record)


def _header(header: xml.Element, record: Record | None) -> Harvested:
    return Harvested(
        xml.text(xml.child(header, "identifier")), xml.text(xml.child(header, "datestamp")),
        tuple(xml.text(one) for one in xml.children(header, "setSpec")),
        xml.attribute(header, "status") == "deleted", record,
    )  # fmt: skip


def describe(root: xml.Element, found: Findings) -> Answer | None:
    """Say what a saved answer holds."""
    found.format, found.version = "oaipmh", "2.0"
    answer = read(root)
    if answer is None:
        found.error("oai_other")
        return None
    for code, text in answer.errors:
        found.warn("oai_error", code, text=text[:200])
    found.facts["verb"] = answer.verb
    found.counts |= {
        "records": len(answer.records),
        "deleted": sum(1 for one in answer.records if one.deleted),
    }
    first = next((one.record for one in answer.records if one.record), None)
    if first:
        found.entitle(first.title, first.languages[0] if first.languages else "")
    return answer
