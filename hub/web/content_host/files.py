"""A file of a package, straight from the stored archive: whole, a range of it, or still packed for who takes gzip.

Source: RFC 9110 sections 8.8 (validators), 14 (ranges); RFC 1952 (gzip around the deflated bytes of a zip's entry).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

from flask import Response, abort, request

from content.archive import stream_entry
from content.entry import DEFLATED, STORED, Entry
from hub.services.play.store import Held, PackageStore
from hub.web.content_host.media import media_type

KEPT_SECONDS: Final = 86400
_CHUNK: Final = 1 << 16
_HEAD: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


def serve(store: PackageStore, tenant: str, held: Held, name: str) -> Response:
    """The answer for ``name`` below the package's root. Aborts with 404 for what it does not hold."""
    entry = _entry(held, name)
    if entry is None:
        abort(404)
    response = Response(content_type=media_type(entry.name))
    response.set_etag(f"{held.sha256[:16]}-{entry.start:x}-{entry.crc:x}")
    response.headers["Cache-Control"] = f"private, max-age={KEPT_SECONDS}"
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Vary"] = "Accept-Encoding"
    if request.if_none_match.contains_weak(response.get_etag()[0] or ""):
        response.status_code = 304
        return response
    if media_type(entry.name) == "application/octet-stream":
        response.headers["Content-Disposition"] = "attachment"
    _fill(response, store, tenant, held, entry)
    return response


def _entry(held: Held, name: str) -> Entry | None:
    if not held.entries:
        return Entry(name, held.size, held.size) if name == held.file_name else None
    found = held.entries.get(held.root + name)
    return found or held.entries.get(held.root + name + "index.html" if name.endswith("/") else "")


def _fill(response: Response, store: PackageStore, tenant: str, held: Held, entry: Entry) -> None:
    wanted = _range(entry.size)
    if wanted == ():
        response.status_code = 416
        response.headers["Content-Range"] = f"bytes */{entry.size}"
        response.headers.pop("Content-Disposition", None)
        return
    if wanted:
        first, last = wanted
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {first}-{last}/{entry.size}"
        response.headers["Content-Length"] = str(last - first + 1)
        body = _slices(store, tenant, held, entry, first, last)
    elif entry.method == DEFLATED and request.accept_encodings["gzip"] > 0:
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(entry.packed + len(_HEAD) + 8)
        body = _packed(store, tenant, held, entry)
    else:
        response.headers["Content-Length"] = str(entry.size)
        body = _slices(store, tenant, held, entry, 0, entry.size - 1)
    if request.method != "HEAD":
        response.response = body


def _range(size: int) -> tuple[int, int] | tuple[()] | None:
    """First and last byte asked for; None: all of it (several ranges are answered so, as allowed); (): none there."""
    asked = request.range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1 or "If-Range" in request.headers:
        return None
    found = asked.range_for_length(size)
    return (found[0], found[1] - 1) if found else ()


def _slices(
    store: PackageStore, tenant: str, held: Held, entry: Entry, first: int, last: int
) -> Iterator[bytes]:  # fmt: skip
    """Bytes ``first`` to ``last``. What is stored is read at its place; what is packed is unpacked up to there."""
    with store.opened(tenant, held.sha256) as file:
        if entry.method == STORED:
            yield from _read(file, entry.start + first, last - first + 1)
            return
        at = 0
        for piece in stream_entry(file, entry):
            begin, end = max(first - at, 0), min(last + 1 - at, len(piece))
            if begin < end:
                yield piece[begin:end]
            at += len(piece)
            if at > last:
                return


def _packed(store: PackageStore, tenant: str, held: Held, entry: Entry) -> Iterator[bytes]:
    yield _HEAD
    with store.opened(tenant, held.sha256) as file:
        yield from _read(file, entry.start, entry.packed)
    yield struct.pack("<LL", entry.crc, entry.size & 0xFFFFFFFF)


def _read(file: BinaryIO, start: int, length: int) -> Iterator[bytes]:
    file.seek(start)
    while length and (piece := file.read(min(_CHUNK, length))):
        length -= len(piece)
        yield piece
