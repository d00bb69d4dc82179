"""Exact JSON: nothing lost, nothing changed, everything doubtful refused with a typed error."""

import json
import sys
import tracemalloc
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.xapi.errors import Fault, StatementError
from content.xapi.parse import MAX_DEPTH, MAX_DIGITS, dump, load, load_own


def refusal(body: bytes) -> StatementError:
    with pytest.raises(StatementError) as caught:
        load(body)
    return caught.value


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b'{"a":1,"a":1}', "$.a"),
        (b'{"a":1, "b" :{"c":1,"\\u0063":2}}', "$.b.c"),
        (b'[{"x":1},{"y":{"z z":1,"z z":2}}]', "$[1].y['z z']"),
        # Tricks on a check by counting: the dropped colon comes back from an escape, or the lost bytes from a number.
        (b'{"a":1,"a":"\\u003a"}', "$.a"),
        (b'{"a":1,"a":"\\u003A"}', "$.a"),
        (b'{"a":1,"a":1e5}', "$.a"),
        (b'{"a" :1,"a": "\\u0022:"}', "$.a"),
        (b'{"":1,"":2}', "$['']"),
        (b'{"\\"":1,"b":"\\"\\u0061","\\"":1}', "$['\"']"),
        (b'{"\\\\":[1,"\\u0061"],"\\\\":[]}', "$['\\\\']"),
        # Where one stands in what another dropped, the other is told.
        (b'{"a":{"b":1,"b":2},"a":3}', "$.a"),
    ],
)
def test_a_repeated_key_is_refused_at_its_place(body: bytes, path: str) -> None:
    error = refusal(body)
    assert (error.code, error.requirement, error.path) == (Fault.REPEATED_KEY, "XAPI-00021", path)


def test_the_place_of_a_repeated_key_takes_no_more_memory_than_the_body() -> None:
    members = b",".join(b'"%d":0' % n for n in range(2000))
    body = b'{"a":{"b":1,"b":2},"%s":{%s}}' % (b"k" * 20_000, members)
    tracemalloc.start()
    try:
        assert refusal(body).path == "$.a.b"
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 50 * len(body)


def test_the_steps_to_a_repeated_key_grow_with_the_keys() -> None:
    def steps(keys: int) -> int:
        taken: list[object] = []
        sys.setprofile(lambda *event: taken.append(event[1]))
        try:
            load(b'{%s,"%d":0}' % (b",".join(b'"%d":0' % n for n in range(keys)), keys - 1))
        except StatementError:
            return len(taken)
        finally:
            sys.setprofile(None)
        return 0

    assert 0 < steps(400) < 3 * steps(200)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"a":1', b"NaN", b'{"a":NaN}', b'{"a": Infinity}', b"[-Infinity]", b"'a'", b"[1,]", b"{a:1}", b"01",
     b'"a\x00b"', b'["a\nb"]', b"\xef\xbb\xbf{}", b"1 2", b"+1", b".5", b"[1.]", b"tru", b'"\\x41"'],
)  # fmt: skip
def test_what_is_not_json_is_refused(body: bytes) -> None:
    assert refusal(body).code is Fault.JSON


@pytest.mark.parametrize(
    "body",
    [b'"\xff"', b'{"a":"\xc3"}', b'"\xed\xa0\x80"', b'"\\ud800"', b'{"a":"x\\udc00"}', b'"\\ud800\\u0041"',
     b'[1e400,"\\ud800"]', b'["\\ud800",1e400]', b'{"\\ud800":1,"\\ud800":2}', b'{"\\ud800":{"a":1,"a":2}}',
     b'[1e400,{"\\udc00":1,"\\udc00":2}]'],
)  # fmt: skip
def test_bytes_that_are_no_text_are_refused(body: bytes) -> None:
    assert refusal(body).code is Fault.ENCODING


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_depth_is_bounded(opening: bytes) -> None:
    closing = b"]" if opening == b"[" else b"}"

    def nested(depth: int) -> bytes:
        return opening * depth + b"1" + closing * depth

    assert load(nested(MAX_DEPTH)) is not None
    for depth in (MAX_DEPTH + 1, 300, 10_000, 200_000):
        assert refusal(nested(depth)).code is Fault.TOO_DEEP
    assert refusal(b'{"z":1,"z":' + nested(MAX_DEPTH + 1) + b"}").code is Fault.TOO_DEEP


def test_an_unclosed_depth_is_refused() -> None:
    assert refusal(b"[" * 10_000).code in (Fault.TOO_DEEP, Fault.JSON)


@pytest.mark.parametrize(
    "number",
    ["0", "-1", "18446744073709551615", "18446744073709551616", "-9223372036854775809", "1" * 400, "0.1", "1.5",
     "0.1000000000000000055511151231257827", "3.141592653589793238462643383279", "1E+400", "1E-400",
     "123456789012345678.5"],
)  # fmt: skip
@pytest.mark.parametrize(
    "frame", ['{"a":%s}', '{ "a" : [ "é\\u00e9", %s ] }', "%s", '{"\\\\":"\\"","\\/\\"\\u00e9":[%s,"\\\\\\""]}']
)
def test_numbers_keep_every_digit(number: str, frame: str) -> None:
    value = load((frame % number).encode())
    written = dump(value)
    assert json.loads(written, parse_float=Decimal, parse_int=Decimal) == json.loads(
        frame % number, parse_float=Decimal, parse_int=Decimal
    )
    assert dump(load(written.encode())) == written


@pytest.mark.parametrize(
    "number", ["1" * (MAX_DIGITS + 1), "0." + "1" * MAX_DIGITS, "1e9999", "1e-9999", "1e" + "9" * 50]
)
def test_a_number_beyond_the_limits_is_refused(number: str) -> None:
    assert refusal(f"[{number}]".encode()).code is Fault.NUMBER


def test_ordinary_numbers_stay_plain() -> None:
    assert load(b'{"a": 0.10, "b": 1e2, "c": 7}') == {"a": 0.1, "b": 100.0, "c": 7}
    assert isinstance(load(b"[0.1000000000000000055]"), list)
    assert load(b"[0.1000000000000000055]") == [Decimal("0.1000000000000000055")]


def test_the_order_of_keys_is_kept() -> None:
    body = '{"b":1,"a":[true,null,"\\"é\\u2028"],"c":{"z":{},"y":[]}}'
    assert dump(load(body.encode())) == '{"b":1,"a":[true,null,"\\"é\u2028"],"c":{"z":{},"y":[]}}'


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False, places=20)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


def _text(value: Any, spaced: bool, escaped: bool) -> str:
    """An independent writer: white space and escapes as told."""
    gap = " \n" if spaced else ""
    match value:
        case dict():
            members = (f"{_text(k, spaced, escaped)}{gap}:{gap}{_text(v, spaced, escaped)}" for k, v in value.items())
            return f"{{{gap}{f',{gap}'.join(members)}}}"
        case list():
            return f"[{f',{gap}'.join(_text(item, spaced, escaped) for item in value)}{gap}]"
        case Decimal():
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=escaped)


@given(JSON, st.booleans(), st.booleans())
def test_any_value_survives(value: Any, spaced: bool, escaped: bool) -> None:
    text = _text(value, spaced, escaped)
    loaded = load(text.encode())
    assert json.loads(dump(loaded), parse_float=Decimal) == json.loads(text, parse_float=Decimal)


@given(st.binary(max_size=60) | st.text(alphabet='{}[]:,"\\u003a0123456789eE.-+ntfalsru ', max_size=40).map(str.encode))
def test_any_bytes_give_a_value_or_a_typed_refusal(body: bytes) -> None:
    try:
        value = load(body)
    except StatementError:
        return
    assert load(dump(value).encode()) == value


@given(st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=6), min_size=1, max_size=4), st.data())
def test_no_repeated_key_is_ever_missed(members: dict[str, Any], data: st.DataObject) -> None:
    again = data.draw(st.sampled_from(sorted(members)))
    escaped = data.draw(st.booleans())
    gap = data.draw(st.sampled_from(["", " ", "\t\n"]))
    pairs = [*members.items(), (again, data.draw(st.integers() | st.text(alphabet=':"\\ ,', max_size=6)))]
    text = ",".join(f"{json.dumps(key, ensure_ascii=escaped)}{gap}:{json.dumps(value)}" for key, value in pairs)
    assert refusal(f"{{{text}}}".encode()).code is Fault.REPEATED_KEY


def test_dump_refuses_what_is_no_json() -> None:
    with pytest.raises(TypeError):
        dump({"a": {1, 2}})


EXTREME = [
    b"[" * MAX_DEPTH + b"]" * MAX_DEPTH,
    b"9" * (MAX_DIGITS - 6) + b"e1",
    b"9" * (MAX_DIGITS - 7) + b"e-999",
    b"-" + b"1" * (MAX_DIGITS - 1),
    b"1e400",
    b"1.0",
    b"-0.0",
]


@pytest.mark.parametrize("body", EXTREME)
def test_what_was_let_in_is_read_again_whatever_was_added(body: bytes) -> None:
    text = dump({"more": [load(body)], "stored": "2026-11-27T00:00:00Z", "words": 'é"\\\n'})
    value: Any = load_own(text)
    assert (dump(value), dump(value["more"])) == (text, dump([load(body)]))


@pytest.mark.parametrize("body", [b"9" * (MAX_DIGITS - 2) + b"e1", b"9" * (MAX_DIGITS - 5) + b"e-999"])
def test_a_number_is_measured_as_it_is_written_too(body: bytes) -> None:
    assert refusal(body).code == Fault.NUMBER
