"""Statements with their attachments in one multipart/mixed body (xAPI 1.0.3 Communication 1.5.2, RFC 2046).

The first part is the JSON of the statements; each other part is the content of attachments, named by its SHA-2 hash.
"""

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from content.xapi.errors import Fault, StatementError, below

SIGNATURE: Final = "http://adlnet.gov/expapi/attachments/signature"
JSON_TYPE: Final = "application/json"
_BOUNDARY = re.compile(r"[A-Za-z0-9'()+_,./:=? -]{0,69}[A-Za-z0-9'()+_,./:=?-]")
#: By the length of its hexadecimal form.
HASHES: Final = {56: hashlib.sha224, 64: hashlib.sha256, 96: hashlib.sha384, 128: hashlib.sha512}
Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its headers with names in lower case, its bytes as they came."""

    headers: dict[str, str]
    content: bytes

    @property
    def media_type(self) -> str:
        """The Content-Type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of an attachment. ``sha2``: lower-case hexadecimal, SHA-224 to SHA-512 by its length."""

    sha2: str
    media_type: str
    data: bytes


def split(body: bytes, boundary: str) -> list[Part]:
    """The parts of a body, in their order; at least one. Raises StatementError (XAPI-00130, XAPI-00131)."""
    if not _BOUNDARY.fullmatch(boundary):
        raise _broken("XAPI-00131", "the Content-Type names no boundary")
    delimiter = re.compile(rb"\r\n--" + re.escape(boundary.encode("ascii")) + rb"(--)?[ \t]*(?=\r\n|\Z)")
    whole = b"\r\n" + body
    marks = list(delimiter.finditer(whole))
    last = next((n for n, mark in enumerate(marks) if mark[1]), None)
    if last is None:
        raise _broken("XAPI-00130", "the body does not end with its boundary: it may have been cut")
    if last == 0:
        raise _broken("XAPI-00130", "the body has no part")
    return [_part(whole[one.end() : two.start()]) for one, two in pairwise(marks[: last + 1])]


def _part(piece: bytes) -> Part:
    head, blank, content = piece.partition(b"\r\n\r\n")
    if not blank:
        raise _broken("XAPI-00130", "a part has no empty line after its headers")
    headers: dict[str, str] = {}
    for line in head.split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if line and not colon:
            raise _broken("XAPI-00130", "a part has a header without colon")
        if line:
            headers[name.decode("latin-1").strip().lower()] = value.decode("latin-1").strip()
    return Part(headers, content)


def join(text: str, contents: Iterable[Content]) -> tuple[bytes, str]:
    """A JSON text and contents as one body, and the Content-Type that belongs to it."""
    boundary = secrets.token_hex(16)
    edge = f"--{boundary}\r\n".encode()
    pieces = [edge, b"Content-Type: application/json\r\n\r\n", text.encode(), b"\r\n"]
    for one in contents:
        head = (
            f"Content-Type: {one.media_type}\r\nContent-Transfer-Encoding: binary\r\n"
            f"X-Experience-API-Hash: {one.sha2}\r\n\r\n"
        )
        pieces += [edge, head.encode("latin-1", "replace"), one.data, b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode())
    return b"".join(pieces), f'multipart/mixed; boundary="{boundary}"'


def contents(parts: Iterable[Part]) -> dict[str, Content]:
    """The parts after the first as contents by hash.

    Raises StatementError: statements once more (XAPI-00133), no hash, or one that is not the content's (XAPI-00132),
    another transfer encoding than binary (XAPI-00135), a hash that comes twice (XAPI-00128).
    """
    found: dict[str, Content] = {}
    for number, part in enumerate(parts, 2):
        named = part.headers.get("x-experience-api-hash", "").lower()
        if not named and part.media_type == JSON_TYPE:
            raise _broken("XAPI-00133", "all statements are in the first part", Fault.NOT_ALLOWED)
        if not named:
            raise _broken("XAPI-00132", f"part {number} has no X-Experience-API-Hash", Fault.MISSING)
        if part.headers.get("content-transfer-encoding", "").lower() != "binary":
            reason = f"part {number} needs Content-Transfer-Encoding: binary"
            raise _broken("XAPI-00135", reason, Fault.ENUMERATION)
        if named in found:
            raise _broken("XAPI-00128", f"part {number} repeats the hash of another part", Fault.REPEATED_ID)
        digest = HASHES.get(len(named))
        if digest is None or digest(part.content).hexdigest() != named:
            raise _broken("XAPI-00132", f"the content of part {number} does not have the hash that it names")
        found[named] = Content(named, part.headers.get("content-type", "application/octet-stream"), part.content)
    return found


def attachments_of(statement: Object, path: str) -> list[tuple[str, Object]]:
    """(path, attachment) of each attachment of a statement and of its SubStatement."""
    thing = statement["object"]
    if "attachments" not in statement and "attachments" not in thing:
        return []  # as most
    return [
        (f"{where}.attachments[{index}]", attachment)
        for holder, where in ((statement, path), (thing, f"{path}.object"))
        for index, attachment in enumerate(holder.get("attachments", ()))
    ]


def check_contents(statements: Iterable[tuple[str, Object]], found: dict[str, Content]) -> None:
    """Whether each attachment has its content or a fileUrl, and each content its attachment.

    ``statements``: (path, statement that passed the grammar). Raises StatementError (XAPI-00128, XAPI-00129).
    The hash alone binds a content: ADL's suite gives another ``length`` than its content has.
    """
    used: set[str] = set()
    for path, statement in statements:
        for where, attachment in attachments_of(statement, path):
            sha2 = attachment["sha2"].lower()
            content = found.get(sha2)
            if content is None and "fileUrl" not in attachment:
                reason = "is required where the content does not come along"
                raise StatementError(below(where, "fileUrl"), "XAPI-00129", reason, Fault.MISSING)
            used.add(sha2)
    if found.keys() - used:
        raise _broken("XAPI-00128", "a part belongs to no attachment of the statements", Fault.NOT_ALLOWED)


def _broken(requirement: str, reason: str, code: Fault = Fault.FORMAT) -> StatementError:
    return StatementError("$", requirement, reason, code)
