"""The slow validator's part for people: agents, groups, authorities (xAPI 1.0.3 Data 2.4.2, 2.4.9)."""

from content.xapi import formats
from content.xapi.errors import Fault, StatementError, below
from content.xapi.schema import IDENTIFIERS
from content.xapi.terms import Check, array, as_object, formatted, iri, one_of, record, text

_ACCOUNT = record(
    {"homePage": iri("XAPI-00042"), "name": text("XAPI-00043")},
    {"homePage": "XAPI-00042", "name": "XAPI-00043"},
    "XAPI-00041",
)
_IDENTITY: dict[str, Check] = {
    "name": text("XAPI-00033"),
    "mbox": formatted(formats.MBOX, "a mailto IRI with one e-mail address", "XAPI-00038"),
    "mbox_sha1sum": formatted(formats.SHA1, "40 hexadecimal digits", "XAPI-00039"),
    "openid": iri("XAPI-00040"),
    "account": _ACCOUNT,
}


def _identifiers(value: object, path: str, requirement: str) -> int:
    return sum(name in as_object(value, path, requirement) for name in IDENTIFIERS)


def _object_type(value: object, path: str, requirement: str) -> object:
    """The objectType of an object, None where absent (a null is left to the caller's record)."""
    return as_object(value, path, requirement).get("objectType")


_AGENT_FIELDS = record({"objectType": one_of(("Agent",), "XAPI-00032"), **_IDENTITY}, None, "XAPI-00031")


def agent(value: object, path: str) -> None:
    """An agent with exactly one inverse functional identifier (Data 2.4.2.1)."""
    _AGENT_FIELDS(value, path)
    if _identifiers(value, path, "XAPI-00034") != 1:
        reason = "an agent has exactly one of mbox, mbox_sha1sum, openid, account"
        raise StatementError(path, "XAPI-00034", reason, Fault.IDENTIFIER_COUNT)


_GROUP_FIELDS = record(
    {"objectType": one_of(("Group",), "XAPI-00032"), **_IDENTITY, "member": array(agent, "XAPI-00036")},
    {"objectType": "XAPI-00031"},
    "XAPI-00088",
)


def group(value: object, path: str) -> None:
    """An identified group, or an anonymous one with members (Data 2.4.2.2)."""
    _GROUP_FIELDS(value, path)
    count = _identifiers(value, path, "XAPI-00037")
    if count > 1:
        raise StatementError(path, "XAPI-00037", "a group has at most one identifier", Fault.IDENTIFIER_COUNT)
    if count == 0 and not as_object(value, path, "XAPI-00037").get("member"):
        reason = "a group without identifier lists at least one member"
        raise StatementError(below(path, "member"), "XAPI-00037", reason, Fault.MISSING)


def actor(value: object, path: str) -> None:
    """An agent or a group."""
    kind = _object_type(value, path, "XAPI-00006")
    if kind is None or kind == "Agent":
        agent(value, path)
    elif kind == "Group":
        group(value, path)
    else:
        one_of(("Agent", "Group"), "XAPI-00031")(kind, below(path, "objectType"))


def authority(value: object, path: str) -> None:
    """An agent, or an anonymous group of two: consumer and user of OAuth (Data 2.4.9)."""
    actor(value, path)
    fields = as_object(value, path, "XAPI-00024")
    if fields.get("objectType") != "Group":
        return
    if _identifiers(value, path, "XAPI-00098"):
        reason = "as a group it has no identifier of its own"
        raise StatementError(path, "XAPI-00098", reason, Fault.IDENTIFIER_COUNT)
    members = fields.get("member")
    if not isinstance(members, list) or len(members) != 2:
        raise StatementError(below(path, "member"), "XAPI-00098", "must have exactly two members", Fault.RANGE)
