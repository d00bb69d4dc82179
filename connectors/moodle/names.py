"""Names as people read them: a Moodle gives those of courses, sections and activities as they would stand in a page.

``&`` comes as ``&amp;``, markup may be left in them, and sites in several languages write all of them into one name
(the filters *multilang* and *multilang2*), of which the first suits us that is French, then the first.
"""

import html
import re

from connectors.values import Json, optional_text

_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_SPAN = re.compile(r"<(span|lang)\b[^>]*\blang=[\"']?([\w-]+)[^>]*>(.*?)</\1>", re.IGNORECASE | re.DOTALL)
_BRACED = re.compile(r"\{mlang\s+([^}]*)\}(.*?)\{mlang\}", re.IGNORECASE | re.DOTALL)
_OURS = ("fr", "other")


def shown(record: Json, name: str) -> str:
    """A name as a person reads it; empty when absent."""
    return plain(optional_text(record, name) or "")


def plain(text: str) -> str:
    """Without markup, entities and other languages."""
    one = _one_language(_one_language(text, _SPAN, 2, 3), _BRACED, 1, 2)
    return " ".join(html.unescape(_TAG.sub("", one)).split())


def _one_language(text: str, pattern: re.Pattern[str], language: int, words: int) -> str:
    """Each run of translations becomes the one that suits us best."""
    found = list(pattern.finditer(text))
    if not found:
        return text
    made, end, run = [], 0, list[re.Match[str]]()
    for match in [*found, None]:
        between = text[end : match.start()] if match else text[end:]
        if run and (match is None or between.strip()):
            made.append(_chosen(run, language, words))
            run = []
        made.append(between if between.strip() or not run else "")
        if match is not None:
            run.append(match)
            end = match.end()
    return "".join(made)


def _chosen(run: list[re.Match[str]], language: int, words: int) -> str:
    for wanted in _OURS:
        for match in run:
            if any(one.strip().lower().startswith(wanted) for one in match[language].split(",")):
                return match[words]
    return run[0][words]
