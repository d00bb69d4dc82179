"""Parameters as Moodle's REST server reads them: PHP's bracket form of nested arrays, booleans as 0 and 1.

Source: Moodle web services, REST protocol (``webservice/rest``); seen on 4.5.6, where ``true`` is refused.
"""

from collections.abc import Iterator, Mapping, Sequence

Value = str | int | float | bool | Sequence["Value"] | Mapping[str, "Value"]


def encode(params: Mapping[str, Value]) -> dict[str, str]:
    """``{"options": [{"name": "a", "value": True}]}`` → ``{"options[0][name]": "a", "options[0][value]": "1"}``.

    An empty list or mapping leaves no trace, as in PHP. Raises ``TypeError`` for a value of another type, None
    included.
    """
    return {key: text for name, value in params.items() for key, text in _flatten(name, value)}


def _flatten(key: str, value: Value) -> Iterator[tuple[str, str]]:
    if isinstance(value, bool):
        yield key, "1" if value else "0"
    elif isinstance(value, str | int | float):
        yield key, str(value)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flatten(f"{key}[{name}]", inner)
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        for index, inner in enumerate(value):
            yield from _flatten(f"{key}[{index}]", inner)
    else:
        raise TypeError(f"{key}: {type(value).__name__} has no form in a Moodle request")
