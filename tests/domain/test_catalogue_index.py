"""The index in memory says the same as a plain search through everything, whatever was changed since it was made."""

import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.domain.catalogue_image import FORMAT, BadImage, pack, unpack
from hub.domain.catalogue_index import FEW, Doc, Index
from hub.domain.catalogue_text import asked, band, distance, fold, licence_family, stem, terms, tolerance

WORDS = ("souder", "soudure", "métal", "metal", "bois", "électricité", "plan", "plans", "cœur")
docs = st.lists(
    st.builds(
        lambda title, text, language, gone: (" ".join(title), " ".join(text), language, gone),
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
        st.lists(st.sampled_from(WORDS), max_size=3),
        st.sampled_from(("fr", "en")),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


def make(number: int, said: tuple[str, str, str, bool]) -> Doc:
    title, text, language, gone = said
    return Doc(number.to_bytes(2, "big"), title, text, (("language", language),), gone, number)


def plain(known: list[Doc], text: str, languages: tuple[str, ...], *, gone: bool) -> list[bytes]:
    """What a search through everything finds, in the order that the index promises."""
    words = asked(text)
    found = []
    for doc in known:
        in_title, anywhere = terms(doc.title), terms(f"{doc.title} {doc.text}")
        begins = [all(any(t.startswith(w) for t in held) for w in words) for held in (in_title, anywhere)]
        same = [all(w in held for w in words) for held in (in_title, anywhere)]
        if doc.gone is not gone or not begins[1] or (languages and doc.facets[0][1] not in languages):
            continue
        at_once = fold(doc.title).startswith(fold(text).strip())
        rank = next(n for n, yes in enumerate((at_once, same[0], begins[0], same[1], True)) if yes) if words else 0
        found.append((rank, fold(doc.title), doc.key))
    return [key for _rank, _title, key in sorted(found)]


@settings(max_examples=60, deadline=None)
@given(docs, docs, st.sampled_from(("", "souder", "sou", "metal", "plan bois", "COEUR")), st.booleans())
def test_it_finds_what_a_plain_search_finds_page_by_page(
    first: list[tuple[str, str, str, bool]], changed: list[tuple[str, str, str, bool]], text: str, gone: bool
) -> None:
    known = {number: make(number, said) for number, said in enumerate(first)}
    index = Index.of(list(known.values()))
    for number, said in enumerate(changed):
        known[number * 2] = replace(make(number * 2, said), stamp=1000 + number)
        index.put(known[number * 2])
    for languages in ((), ("fr",), ("fr", "en")):
        wanted = plain(list(known.values()), text, languages, gone=gone)
        seen: list[bytes] = []
        after = None
        while True:
            hits = index.search(text, {"language": languages}, gone=gone, after=after, limit=3, count=("language",))
            seen += hits.keys
            if not hits.more:
                break
            after = hits.keys[-1]
        assert seen == wanted
        assert hits.total == len(wanted)
    everything = [known[int.from_bytes(key, "big")] for key in plain(list(known.values()), text, (), gone=gone)]
    counted = {value: sum(1 for d in everything if d.facets[0][1] == value) for value in ("fr", "en")}
    assert dict(hits.counts["language"]) == {value: n for value, n in counted.items() if n}
    assert len(index) == len(known)


def test_many_are_counted_as_exactly_as_few() -> None:
    size = FEW + 500
    listed = [make(n, (f"souder {n}", "", "fr" if n % 3 else "en", False)) for n in range(size)]
    counts = dict(Index.of(listed).search("souder", {}, count=("language",)).counts["language"])
    assert counts == {"fr": sum(1 for n in range(size) if n % 3), "en": sum(1 for n in range(size) if n % 3 == 0)}


@pytest.mark.parametrize(
    ("typed", "read_as"),
    [("electrcite", "électricité"), ("soudrue", "soudure"), ("electricitee", "électricité"), ("cueor", "")],
)
def test_a_mistyped_word_is_read_as_the_nearest(typed: str, read_as: str) -> None:
    index = Index.of([make(n, (word, "", "fr", False)) for n, word in enumerate(WORDS)])
    hits = index.search(typed, {})
    assert list(hits.read_as.values()) == ([read_as] if read_as else [])
    assert bool(hits.keys) is bool(read_as)


def test_what_is_too_far_is_asked_back() -> None:
    index = Index.of([make(0, ("Électricité", "", "fr", False))])
    assert index.search("elektrisitee", {}).total == 0
    assert index.nearest("elektrisitee") == "électricité"
    assert index.nearest("zzzzzz") == ""


@given(st.text(alphabet="abcé", max_size=6), st.text(alphabet="abcé", max_size=6))
def test_distance_is_symmetric_and_never_above_what_is_asked(one: str, other: str) -> None:
    assert distance(one, other, 2) == distance(other, one, 2) <= 3
    assert (distance(one, other, 2) == 0) is (one == other)


def test_small_rules() -> None:
    assert distance("ab", "ba", 2) == 1
    assert [stem(w) for w in ("plans", "bus", "cours", "prix")] == ["plan", "bus", "cour", "pri"]
    assert asked("l’atelier de la soudure") == ["atelier", "soudure"]
    assert asked("le") == ["le"]
    assert [tolerance(w) for w in ("bus", "plan", "soudures", "123456")] == [0, 1, 2, 0]
    assert [band(m) for m in (0, 15, 16, 180, 421)] == ["", "15", "60", "180", "more"]


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("CC BY-SA 4.0", "cc-by-sa"),
        ("https://creativecommons.org/licenses/by-nc/4.0/", "cc-by-nc"),
        ("CC0", "cc0"),
        ("Licence Ouverte / Etalab 2.0", "etalab"),
        ("Tous droits réservés", "reserved"),
        ("MIT", "other"),
        (
            "Creative Commons Attribution - Pas d’Utilisation Commerciale - Partage dans les mêmes conditions",
            "cc-by-nc-sa",
        ),
        ("Creative Commons Attribution-NoDerivatives 4.0 International", "cc-by-nd"),
        ("http://creativecommons.org/publicdomain/mark/1.0/", "cc0"),
        ("Domaine public", "cc0"),
        ("CC BY-NC-SA, Le Générateur", "cc-by-nc-sa"),
        ("cc-nc-nd-4.0", "cc-by-nc-nd"),
        ("etalab-2.0", "etalab"),
        ("allrightsreserved", "reserved"),
        ("© 2026 Le Générateur", "reserved"),
        ("Accessible by everyone", "other"),
        ("Creative Commons", "other"),
        (" ", ""),
    ],
)
def test_licences_fall_into_families(text: str, family: str) -> None:
    assert licence_family(text) == family


@settings(max_examples=25, deadline=None)
@given(docs, docs)
def test_an_index_written_down_and_read_again_says_the_same(
    first: list[tuple[str, str, str, bool]], changed: list[tuple[str, str, str, bool]]
) -> None:
    index = Index.of([make(number, said) for number, said in enumerate(first)])
    for number, said in enumerate(changed):
        index.put(make(number * 2, said))
    index.drop((0).to_bytes(2, "big"))
    data = b"".join(pack(index))
    again = unpack(data[start : start + 100] for start in range(0, len(data), 100))
    for one in (index, again):
        one.put(make(90, ("souder", "cœur", "en", False)))
    assert again.stamps == index.stamps
    for text in ("", "souder", "sou", "cueor", "electrcite"):
        for gone in (False, True):
            assert again.search(text, {}, gone=gone, count=("language",)) == index.search(
                text, {}, gone=gone, count=("language",)
            )


@pytest.mark.parametrize("place", range(6))
def test_bytes_that_are_no_index_are_refused(place: int) -> None:
    data = b"".join(pack(Index.of([make(n, (word, "", "fr", False)) for n, word in enumerate(WORDS)])))
    other_format = zlib.compress(zlib.decompress(data).replace(b"[%d," % FORMAT, b"[0,", 1))
    short = zlib.compress(zlib.decompress(data)[:-9])
    cases = (b"", b"rien", data[:-5], data[: len(data) // 2] + b"x" + data[len(data) // 2 + 1 :], other_format, short)
    with pytest.raises(BadImage):
        unpack([cases[place]])
