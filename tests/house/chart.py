"""Rendering what our Helm chart uses of Go's templates: values, ``quote``, ``printf``, ``if``, ``define``, ``include``,
``indent``. Anything else fails, so that the chart stays within what is checked here."""

import re
from pathlib import Path
from typing import Any

import yaml

RELEASE = "place"
_ACTION = re.compile(r"(?P<before>\s*)\{\{(?P<trim>-?)\s*(?P<code>.*?)\s*(?P<cut>-?)\}\}(?P<after>\s*)", re.DOTALL)


def rendered(chart: Path, name: str, values: dict[str, Any]) -> str:
    """The template ``name`` of a chart with its values; ``values`` (dotted names) replace some."""
    known = yaml.safe_load((chart / "values.yaml").read_text("utf-8"))
    for dotted, value in values.items():
        *path, last = dotted.split(".")
        holder = known
        for part in path:
            holder = holder[part]
        holder[last] = value
    helpers = (chart / "templates" / "_environment.tpl").read_text("utf-8")
    defined = re.fullmatch(r'\{\{- define "(?P<name>[\w.]+)" -\}\}\n(?P<body>.*)\{\{- end -\}\}\n', helpers, re.DOTALL)
    assert defined is not None
    partials = {defined["name"]: _filled(defined["body"].rstrip("\n"), known, {})}
    return _filled((chart / "templates" / name).read_text("utf-8"), known, partials)


def _filled(text: str, values: dict[str, Any], partials: dict[str, str]) -> str:
    out, position, showing = [], 0, [True]
    for match in _ACTION.finditer(text):
        code = match["code"]
        before = "" if match["trim"] else match["before"]
        if showing[-1]:
            out.append(text[position : match.start()] + before)
        if code.startswith("if "):
            showing.append(showing[-1] and bool(_value(code[3:], values, partials)))
        elif code == "end":
            showing.pop()
        elif showing[-1]:
            out.append(_value(code, values, partials))
        if showing[-1]:
            out.append("" if match["cut"] else match["after"])
        position = match.end()
    assert showing == [True], "an if without end"
    return "".join(out) + text[position:]


def _value(code: str, values: dict[str, Any], partials: dict[str, str]) -> str:
    first, *filters = (part.strip() for part in code.split("|"))
    result = _term(first, values, partials)
    for name in filters:
        if name == "quote":
            result = '"' + result.replace("\\", "\\\\").replace('"', '\\"') + '"'
        elif match := re.fullmatch(r"indent (\d+)", name):
            result = "\n".join(" " * int(match[1]) + line for line in result.split("\n"))
        else:
            raise AssertionError(f"not checked here: {name}")
    return result


def _term(code: str, values: dict[str, Any], partials: dict[str, str]) -> str:
    if code == ".Release.Name":
        return RELEASE
    if match := re.fullmatch(r'include "([\w.]+)" \.', code):
        return partials[match[1]]
    if match := re.fullmatch(r'printf "([^"]+)" (.+)', code):
        terms = [_term(part, values, partials) for part in match[2].split()]
        return match[1].replace("%s", "{}").format(*terms)
    match = re.fullmatch(r"\.Values((?:\.\w+)+)", code)
    assert match is not None, f"not checked here: {code}"
    found: Any = values
    for part in match[1].strip(".").split("."):
        found = found[part]
    return str(found) if found is not None else ""
