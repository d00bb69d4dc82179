"""The catalogue's index as bytes and back: what a process reads instead of every resource (ADR 19). Pure.

A header in JSON (``[format, byte order, lengths of the pieces]``), then the pieces, all compressed. Only what `pack` of
this very format wrote is read; anything else raises `BadImage`, and the index is made anew.
"""

from __future__ import annotations

import struct
import sys
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Any, Final

import orjson

from hub.domain.catalogue_index import Index, Parts, Postings

#: Higher where the pieces change, or what the index makes of a resource (`FORMAT` is asked before the rest is read).
FORMAT: Final = 2
_QUICK: Final = 1
_HEAD: Final = struct.Struct("<I")


class BadImage(ValueError):
    """These bytes are no index of this format."""


def pack(index: Index) -> Iterator[bytes]:
    """The bytes of an index, piece by piece."""
    parts = index.apart()
    pieces = list(_pieces(parts))
    head = orjson.dumps([FORMAT, sys.byteorder, [len(piece) for piece in pieces]])
    packer = zlib.compressobj(_QUICK)
    yield packer.compress(_HEAD.pack(len(head)) + head)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()


def unpack(data: Iterable[bytes]) -> Index:
    """The index of what `pack` gave, cut anywhere. Raises BadImage."""
    unpacker = zlib.decompressobj()
    try:
        whole = memoryview(b"".join([*(unpacker.decompress(piece) for piece in data), unpacker.flush()]))
        if not unpacker.eof:
            raise BadImage("cut off")
        return Index.together(_parts(_cut(whole)))
    except (zlib.error, struct.error, orjson.JSONDecodeError, TypeError, KeyError, ValueError) as error:
        raise BadImage(str(error)) from error


def _cut(whole: memoryview) -> Iterator[memoryview]:
    (length,) = _HEAD.unpack_from(whole)
    made, order, sizes = orjson.loads(whole[_HEAD.size : _HEAD.size + length])
    if (made, order) != (FORMAT, sys.byteorder):
        raise BadImage(f"format {made} of a machine that writes {order} end first")
    start = _HEAD.size + length
    for low, high in pairwise(accumulate(sizes, initial=start)):
        yield whole[low:high]


def _pieces(parts: Parts) -> Iterator[bytes]:
    plain = {"from": parts.sorted_from, "to": parts.sorted_to, "written": parts.written}
    yield orjson.dumps({**plain, "spelled": parts.spelled, "named": parts.named, "titles": parts.titles})
    yield _sizes(parts.keys)
    yield b"".join(parts.keys)
    yield parts.stamps.tobytes()
    yield parts.live.to_bytes((parts.live.bit_length() + 7) // 8, "little")
    yield parts.gone.to_bytes((parts.gone.bit_length() + 7) // 8, "little")
    yield _sizes(parts.values)
    yield b"".join(one.tobytes() for one in parts.values)
    for held in (parts.in_title, parts.anywhere, parts.facets):
        terms, sizes, data = held.apart()
        yield orjson.dumps(terms)
        yield array("q", sizes).tobytes()
        yield b"".join(data)


def _parts(pieces: Iterator[memoryview]) -> Parts:
    told: dict[str, Any] = orjson.loads(next(pieces))
    lengths, joined = _numbers("I", next(pieces)), bytes(next(pieces))
    keys = [joined[low:high] for low, high in pairwise(accumulate(lengths, initial=0))]
    stamps = _numbers("q", next(pieces))
    live, gone = int.from_bytes(next(pieces), "little"), int.from_bytes(next(pieces), "little")
    lengths, values = _numbers("I", next(pieces)), _numbers("I", next(pieces))
    by_place = [values[low:high] for low, high in pairwise(accumulate(lengths, initial=0))]
    in_title, anywhere, facets = _postings(pieces), _postings(pieces), _postings(pieces)
    titles = told["titles"]
    if not len(keys) == len(titles) == len(stamps) == len(by_place):
        raise BadImage("the pieces do not fit")
    return Parts(keys, titles, by_place, told["named"], stamps, told["from"], told["to"], live, gone, in_title,
                 anywhere, facets, told["written"], told["spelled"])  # fmt: skip


def _postings(pieces: Iterator[memoryview]) -> Postings:
    terms: list[str] = orjson.loads(next(pieces))
    return Postings.together(terms, _numbers("q", next(pieces)), next(pieces))


def _numbers(kind: Any, data: memoryview) -> array[int]:
    found: array[int] = array(kind)
    found.frombytes(data)
    return found


def _sizes(listed: Sequence[Sequence[Any]]) -> bytes:
    return array("I", map(len, listed)).tobytes()
