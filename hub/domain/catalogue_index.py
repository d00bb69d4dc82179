"""The catalogue in memory: which resources hold a word, which have a facet's value, in the order of titles. Pure.

A set of resources is a whole number whose bits are their places: Python ands and counts a hundred thousand of them in
microseconds, so every facet is counted for every search (ADR 19). Words of few resources keep a list of places instead.
A resource that changes leaves its place and gets a new one at the end; `Index.worn` says when to load anew.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import accumulate, chain
from typing import Final

from hub.domain.catalogue_text import Stems, asked, distance, fold, signature, stem, surface, terms, tolerance

#: Facet -> the values that narrow a search; values of one facet widen each other, facets narrow each other.
Chosen = Mapping[str, tuple[str, ...]]
Place = int
_NOTHING: Final = array("I")

#: Up to so many found resources their values are counted one by one, beyond by sets of the most frequent values.
FEW: Final = 2000
COUNTED: Final = 40
_EXPANSIONS: Final = 64


@dataclass(frozen=True, slots=True)
class Doc:
    """What the index holds of a resource. ``key``: its id; ``facets``: (facet, value)."""

    key: bytes
    title: str
    text: str
    facets: tuple[tuple[str, str], ...]
    gone: bool
    stamp: int

    def fits(self, words: Iterable[str], chosen: Chosen) -> bool:
        """Whether it holds a beginning of each word and one of the chosen values of each facet: what a search finds,
        without typing errors."""
        held, values = terms(f"{self.title} {self.text}"), set(self.facets)
        narrowed = all(any((facet, one) in values for one in wanted) for facet, wanted in chosen.items() if wanted)
        return narrowed and all(any(term.startswith(word) for term in held) for word in words)


@dataclass(frozen=True, slots=True)
class Hits:
    """What a search found: ids of one page, whether more follow, how many in all, for each facet (value, how many) the
    most frequent first. ``read_as``: words that were taken for others, as they are written."""

    keys: list[bytes]
    more: bool
    total: int
    counts: dict[str, list[tuple[str, int]]]
    read_as: dict[str, str]


class Postings:
    """Term -> places; a list while it is short, then a set of bits. What was written down (`together`) is taken apart
    term by term, when one is asked for: a search needs a few of a hundred thousand."""

    __slots__ = ("_data", "_ends", "_held", "_sizes", "_written", "dense")

    def __init__(self) -> None:
        self._held: dict[str, array[int] | int] = {}
        self._written: list[str] = []
        self._sizes: Sequence[int] = ()
        self._ends: Sequence[int] = ()
        self._data = b""
        self.dense = 64

    def fill(self, found: Iterable[str], place: Place) -> None:
        """Note a place for each of these terms, before `settle`: all lists are still lists."""
        held: dict[str, array[int]] = self._held  # type: ignore[assignment]  # none is settled yet
        for term in found:
            try:
                held[term].append(place)
            except KeyError:
                held[term] = array("I", (place,))

    def add(self, term: str, place: Place) -> bool:
        """Note a place; whether the term is new."""
        held = self._of(term)
        if held is None:
            self._held[term] = array("I", (place,))
            return True
        if isinstance(held, int):
            self._held[term] = held | 1 << place
        else:
            held.append(place)
        return False

    def settle(self, size: int, share: int) -> None:
        """Turn lists that hold more than one place in ``share`` into bits."""
        self.dense = max(64, size // share)
        for term, held in self._held.items():
            if not isinstance(held, int) and len(held) > self.dense:
                self._held[term] = _bits(held)

    def _of(self, term: str) -> array[int] | int | None:
        held = self._held.get(term)
        if held is None and self._written:
            at = bisect_left(self._written, term)
            if at < len(self._written) and self._written[at] == term:
                # Whoever is first, for a search may run while another thread adds places.
                held = self._held.setdefault(term, self._taken(at))
        return held

    def _taken(self, at: int) -> array[int] | int:
        """The places of the term written down there."""
        size, end = self._sizes[at], self._ends[at]
        piece = self._data[end - abs(size) : end]
        if size < 0:
            return int.from_bytes(piece, "little")
        places = array("I")
        places.frombytes(piece)
        return places

    def apart(self) -> tuple[list[str], list[int], list[bytes]]:
        """Terms in order, for each the length of its list (of a set of bits: less than nothing, its bytes), the bytes
        of both."""
        terms, sizes, data = sorted(self), [], []
        for term in terms:
            held = self._of(term) or 0
            piece = held.to_bytes((held.bit_length() + 7) // 8, "little") if isinstance(held, int) else held.tobytes()
            sizes.append(-len(piece) if isinstance(held, int) else len(piece))
            data.append(piece)
        return terms, sizes, data

    @classmethod
    def together(cls, terms: list[str], sizes: Sequence[int], data: memoryview) -> Postings:
        """What `apart` took apart, its pieces one after the other. Raises ValueError where they do not fit."""
        made = cls()
        made._written, made._sizes = terms, sizes
        made._ends, made._data = array("q", accumulate(map(abs, sizes))), bytes(data)
        if len(terms) != len(sizes) or (made._ends[-1] if made._ends else 0) != len(data):
            raise ValueError("the places of terms do not fit")
        return made

    def bits(self, term: str) -> int:
        """The places of a term."""
        held = self._of(term) or 0
        return held if isinstance(held, int) else _bits(held)

    def among(self, term: str, found: int, flags: bytes) -> int:
        """How many places of the term are in ``found``; ``flags`` are its bytes, little end first."""
        held = self._of(term) or 0
        if isinstance(held, int):
            return (held & found).bit_count()
        end = len(flags)
        return sum(flags[p >> 3] >> (p & 7) & 1 for p in held if p >> 3 < end)

    def size(self, term: str) -> int:
        """How many places a term has had."""
        held = self._of(term) or 0
        return held.bit_count() if isinstance(held, int) else len(held)

    def __iter__(self) -> Iterator[str]:
        return iter({**dict.fromkeys(self._written), **self._held}) if self._written else iter(self._held)

    def held(self) -> Iterator[object]:
        """Every object that it keeps, for a measure of its weight."""
        yield from (self._held, self._written, self._sizes, self._ends, self._data)
        yield from self._written
        yield from self._held
        yield from self._held.values()


def _bits(places: Iterable[int]) -> int:
    listed = array("I", places)
    if not listed:
        return 0
    flags = bytearray((max(listed) >> 3) + 1)
    for place in listed:
        flags[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(flags, "little")


@dataclass(frozen=True, slots=True)
class Parts:
    """What an index holds, as it is written down (`hub.domain.catalogue_image`). ``named``: ``facet=value`` by
    number, ``values``: the numbers of each place."""

    keys: list[bytes]
    titles: list[str]
    values: list[array[int]]
    named: list[str]
    stamps: array[int]
    sorted_from: int
    sorted_to: int
    live: int
    gone: int
    in_title: Postings
    anywhere: Postings
    facets: Postings
    written: dict[str, str]
    spelled: list[str]


class Index:
    """The resources of one tenant."""

    def __init__(self, heads: Iterable[tuple[str, bytes, bool]], docs: Iterable[Doc]) -> None:
        """``heads``: (title, id, gone) of every resource, which settle its place; ``docs``: the same resources one
        after the other, so that they need not all be in memory at once."""
        listed = sorted((not gone, fold(title), key) for title, key, gone in heads)
        self._keys = [key for _there, _title, key in listed]
        self._titles = [title for _there, title, _key in listed]
        self._place = {key: place for place, key in enumerate(self._keys)}
        self._values: list[array[int]] = [_NOTHING] * len(listed)
        self._stamps = array("q", bytes(8 * len(listed)))
        self._in_title, self._anywhere, self._facets = Postings(), Postings(), Postings()
        self._by_facet: dict[str, dict[str, None]] = {}
        self._numbers: dict[str, int] = {}
        self._vocabulary: list[str] = []
        self._by_length: dict[int, list[tuple[int, str]]] = {}
        self._written: dict[str, str] = {}
        self._spelled: set[str] = set()
        self._sorted_from = sum(1 for there, _title, _key in listed if not there)
        self._sorted_to = len(listed)
        self._live, self._gone = (1 << len(listed)) - 1, (1 << self._sorted_from) - 1
        self._stems = Stems()
        for doc in docs:
            place = self._place[doc.key]
            in_title, anywhere = self._note(doc, place)
            self._in_title.fill(in_title, place)
            self._anywhere.fill(anywhere, place)
        self._stems.clear()
        self._in_title.settle(len(listed), 64)
        self._anywhere.settle(len(listed), 64)
        self._facets.settle(len(listed), 256)
        self._vocabulary = sorted(self._anywhere)

    @classmethod
    def of(cls, docs: Sequence[Doc]) -> Index:
        """An index of these resources."""
        return cls(((one.title, one.key, one.gone) for one in docs), docs)

    def apart(self) -> Parts:
        """All that it holds, to be written down."""
        return Parts(
            self._keys, self._titles, self._values, list(self._numbers), self._stamps, self._sorted_from,
            self._sorted_to, self._live, self._gone, self._in_title, self._anywhere, self._facets, self._written,
            [word for word in self._spelled if not word.isascii()],
        )  # fmt: skip

    @classmethod
    def together(cls, parts: Parts) -> Index:
        """The index whose parts these are."""
        made = cls((), ())
        made._keys, made._titles, made._values, made._stamps = parts.keys, parts.titles, parts.values, parts.stamps
        flags = parts.live.to_bytes(len(parts.keys) // 8 + 1, "little")
        made._place = {key: place for place, key in enumerate(parts.keys) if flags[place >> 3] >> (place & 7) & 1}
        made._numbers = {named: number for number, named in enumerate(parts.named)}
        made._sorted_from, made._sorted_to = parts.sorted_from, parts.sorted_to
        made._live, made._gone = parts.live, parts.gone
        made._in_title, made._anywhere, made._facets = parts.in_title, parts.anywhere, parts.facets
        made._written, made._spelled = parts.written, set(parts.spelled)
        for named in parts.named:
            facet, _sign, bare = named.partition("=")
            made._by_facet.setdefault(facet, {})[bare] = None
        made._vocabulary = sorted(made._anywhere)
        return made

    def _lengths(self) -> dict[int, list[tuple[int, str]]]:
        """Words by length with their letters, worked out when the first mistyped word is looked for."""
        if not self._by_length:
            for term in self._vocabulary:
                self._by_length.setdefault(len(term), []).append((signature(term), term))
        return self._by_length

    def __len__(self) -> int:
        return len(self._place)

    @property
    def stamps(self) -> dict[bytes, int]:
        """Each resource with its stamp."""
        return {key: self._stamps[place] for key, place in self._place.items()}

    def doubt(self, key: bytes) -> None:
        """Let a resource count as changed, so that it is read again."""
        self._stamps[self._place[key]] = -1

    def drop(self, key: bytes) -> None:
        """Forget a resource that is no more."""
        place = self._place.pop(key, None)
        if place is not None:
            self._live &= ~(1 << place)

    @property
    def worn(self) -> bool:
        """Whether so many resources changed that loading anew is cheaper."""
        return len(self._keys) - self._sorted_to > max(1000, self._sorted_to // 20)

    def stamp_of(self, key: bytes) -> int:
        """The stamp of a resource as it is held, -1 of an unknown one."""
        place = self._place.get(key)
        return -1 if place is None else self._stamps[place]

    def put(self, doc: Doc) -> None:
        """Take a new resource, or what a known one says now."""
        before, place = self._place.get(doc.key), len(self._keys)
        self._keys.append(doc.key)
        self._titles.append(fold(doc.title))
        self._values.append(_NOTHING)
        self._stamps.append(0)
        in_title, anywhere = self._note(doc, place)
        for term in in_title:
            self._in_title.add(term, place)
        for term in anywhere:
            if self._anywhere.add(term, place):
                insort(self._vocabulary, term)
                if self._by_length:
                    self._by_length.setdefault(len(term), []).append((signature(term), term))
        self._stems.clear()
        if doc.gone:
            self._gone |= 1 << place
        if before is not None:
            self._live &= ~(1 << before)
        self._live |= 1 << place
        self._place[doc.key] = place

    def _note(self, doc: Doc, place: Place) -> tuple[set[str], set[str]]:
        """Note stamp and values; gives the stems of the title, and all."""
        self._stamps[place] = doc.stamp
        values = array("I")
        for facet, bare in doc.facets:
            named = f"{facet}={bare}"
            values.append(self._numbers.setdefault(named, len(self._numbers)))
            if self._facets.add(named, place):
                self._by_facet.setdefault(facet, {})[bare] = None
        self._values[place] = values
        self._spell(doc.title)
        self._spell(doc.text)
        in_title = self._stems.of(doc.title)
        return in_title, in_title | self._stems.of(doc.text)

    def _spell(self, text: str) -> None:
        """Keep how words with accents are written."""
        if text.isascii():
            return
        for word in set(surface(text)) - self._spelled:
            self._spelled.add(word)
            if not word.isascii():
                self._written.setdefault(stem(fold(word)), word)

    def search(
        self, text: str, chosen: Chosen, *, gone: bool = False, within: Iterable[bytes] | None = None,
        after: bytes | None = None, limit: int = 24, count: Iterable[str] = (),
    ) -> Hits:  # fmt: skip
        """Resources that hold all words and have the chosen values: those with the words in the title first, each rank
        by title. ``within``: only these; ``after``: the last one seen; ``count``: the facets to count.

        A facet is counted as if none of its own values were chosen, so that another may be added.
        """
        scope = self._live & self._gone if gone else self._live & ~self._gone
        if within is not None:
            scope &= _bits(self._place[key] for key in within if key in self._place)
        tiers, read_as = self._tiers(text)
        matching = scope & tiers[-1]
        narrowed = {facet: self._any(facet, values) for facet, values in chosen.items() if values}
        found = matching
        for bits in narrowed.values():
            found &= bits
        keys, more = self._page(tiers, found, after, limit)
        counts = self._counts(tuple(count), matching, found, narrowed)
        return Hits(keys, more, found.bit_count(), counts, read_as)

    def nearest(self, word: str) -> str:
        """The known word that a word may stand for, as it is written; empty where none is near."""
        most = max(2, len(word) // 3)
        near = self._near(word, most)
        return self._written.get(near[0], near[0]) if near else ""

    def _any(self, facet: str, values: Iterable[str]) -> int:
        bits = 0
        for value in values:
            bits |= self._facets.bits(f"{facet}={value}")
        return bits

    def _counts(
        self, facets: Iterable[str], matching: int, found: int, narrowed: Mapping[str, int]
    ) -> dict[str, list[tuple[str, int]]]:
        """Facets of which nothing is chosen are counted over what was found, all at once."""
        free = [facet for facet in facets if facet not in narrowed]
        counted = self._counted(free, found)
        for facet in facets:
            if facet in narrowed:
                base = matching
                for other, bits in narrowed.items():
                    if other != facet:
                        base &= bits
                counted |= self._counted([facet], base)
        return {
            facet: sorted(((v, n) for v, n in counted[facet] if n), key=lambda one: (-one[1], one[0]))
            for facet in facets
        }

    def _counted(self, facets: list[str], base: int) -> dict[str, list[tuple[str, int]]]:
        if base.bit_count() > FEW:
            flags = base.to_bytes((base.bit_length() + 7) // 8, "little")
            return {facet: self._by_sets(facet, base, flags) for facet in facets}
        found: dict[str, list[tuple[str, int]]] = {facet: [] for facet in facets}
        names = list(self._numbers)
        for named, number in Counter(chain.from_iterable(self._values[place] for place in _places(base))).items():
            facet, _sign, value = names[named].partition("=")
            if facet in found:
                found[facet].append((value, number))
        return found

    def _by_sets(self, facet: str, base: int, flags: bytes) -> list[tuple[str, int]]:
        values = sorted(self._by_facet.get(facet, {}), key=lambda v: -self._facets.size(f"{facet}={v}"))[:COUNTED]
        return [(value, self._facets.among(f"{facet}={value}", base, flags)) for value in values]

    def _tiers(self, text: str) -> tuple[list[int], dict[str, str]]:
        """Sets of places, each holding the one before: title begins so, words in the title as typed, then as begun or
        mistyped, anywhere as typed, anywhere."""
        everything = (1 << len(self._keys)) - 1
        words = asked(text)
        if not words:
            return [everything if not text.strip() else 0], {}
        exact_title = exact = wide_title = wide = everything
        read_as: dict[str, str] = {}
        for word in words:
            forms = self._forms(word)
            if forms and not forms[0].startswith(word):
                read_as[word] = self._written.get(forms[0], forms[0])
            title_of, any_of = self._in_title.bits(word), self._anywhere.bits(word)
            exact_title, exact = exact_title & title_of, exact & any_of
            for form in forms:
                title_of, any_of = title_of | self._in_title.bits(form), any_of | self._anywhere.bits(form)
            wide_title, wide = wide_title & title_of, wide & any_of
        begins = self._begins(fold(text).strip()) & wide
        tiers = [begins]
        for bits in (exact_title, wide_title, exact, wide):
            tiers.append(tiers[-1] | bits)
        return tiers, read_as

    def _forms(self, word: str) -> list[str]:
        """Known words that begin with ``word``; where there is none, those that it may be a mistyping of."""
        start = bisect_left(self._vocabulary, word)
        begun = []
        for term in self._vocabulary[start : start + _EXPANSIONS]:
            if not term.startswith(word):
                break
            begun.append(term)
        return begun or self._near(word, tolerance(word))

    def _near(self, word: str, most: int) -> list[str]:
        """Known words within ``most`` typing errors, the nearest and most frequent first."""
        if not most:
            return []
        bits, found, lengths = signature(word), [], self._lengths()
        for length in range(max(2, len(word) - most), len(word) + most + 1):
            for other, term in lengths.get(length, ()):
                if (other ^ bits).bit_count() <= 2 * most:
                    apart = distance(word, term, most)
                    if apart <= most:
                        found.append((apart, -self._anywhere.size(term), term))
        found.sort()
        return [term for apart, _size, term in found if apart == found[0][0]][:_EXPANSIONS]

    def _begins(self, text: str) -> int:
        low = bisect_left(self._titles, text, self._sorted_from, self._sorted_to)
        high = bisect_left(self._titles, f"{text}\U0010ffff", low, self._sorted_to)
        bits = ((1 << high) - 1) ^ ((1 << low) - 1)
        loose = (*range(self._sorted_from), *range(self._sorted_to, len(self._keys)))
        return bits | _bits(place for place in loose if self._titles[place].startswith(text))

    def _page(self, tiers: list[int], found: int, after: bytes | None, limit: int) -> tuple[list[bytes], bool]:
        place = self._place.get(after) if after else None
        tier_of = -1 if place is None else next((n for n, bits in enumerate(tiers) if bits >> place & 1), -1)
        last = None if place is None or tier_of < 0 else (self._titles[place], self._keys[place])
        keys: list[bytes] = []
        before = 0
        for number, tier in enumerate(tiers):
            here, before = found & tier & ~before, tier
            if number < tier_of:
                continue
            for _title, key in self._ordered(here, last if number == tier_of else None):
                keys.append(key)
                if len(keys) > limit:
                    return keys[:limit], True
        return keys, False

    def _ordered(self, bits: int, after: tuple[str, bytes] | None) -> Iterator[tuple[str, bytes]]:
        """(title, id) in order, from what follows ``after``: the sorted part as it lies, what changed since beside."""
        main = bits & ((1 << self._sorted_to) - 1) & ~((1 << self._sorted_from) - 1)
        loose = sorted((self._titles[p], self._keys[p]) for p in _places(bits ^ main))
        if after is not None:
            low = self._rank(after)
            main &= ~((1 << low) - 1)
            loose = [one for one in loose if one > after]
        return merge(((self._titles[p], self._keys[p]) for p in _places(main)), loose)

    def _rank(self, after: tuple[str, bytes]) -> Place:
        """The first place of the sorted part that follows ``after``."""
        place = bisect_left(self._titles, after[0], self._sorted_from, self._sorted_to)
        while place < self._sorted_to and (self._titles[place], self._keys[place]) <= after:
            place += 1
        return place


def _places(bits: int) -> Iterator[Place]:
    """The places of a set, ascending, read a piece at a time: a page needs the first few only."""
    base = 0
    while bits:
        low = (bits & -bits).bit_length() - 1
        base += low
        bits >>= low
        piece = bits & 0xFFFFFFFFFFFFFFFF
        bits >>= 64
        start = base
        base += 64
        while piece:
            one = piece & -piece
            yield start + one.bit_length() - 1
            piece ^= one
