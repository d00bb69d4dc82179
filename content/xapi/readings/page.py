"""The page of the documentation that the tables of readings make: vocabulary, verb, what it becomes."""

from collections.abc import Iterator, Mapping
from typing import Final

from content.xapi.readings import adl, cmi5, h5p, hub, moodle, openedx, scorm, video
from content.xapi.readings.model import Kind
from content.xapi.readings.rule import Rule

_HEAD: Final = """# What a statement becomes

Made by `hub dev xapi-readings`; a test holds it equal to the tables in `content/xapi/readings/`. A statement whose verb
is in none of them is kept, can be searched, and tells nothing of learning; so does one whose object is no activity.
What is told is of the object, or, where it says so, of the first parent.

A score is read from raw, min and max before `scaled`; time from `result.duration`, at most 31 days. "Completed" with
`completion: false` is no completion.

"""
_TABLES: Final[tuple[tuple[str, str, Mapping[str, Rule]], ...]] = (
    ("ADL", "The verbs that every tool shares.", adl.RULES),
    ("cmi5", "Beside those of ADL.", cmi5.RULES),
    ("SCORM profile", "Beside those of ADL.", scorm.RULES),
    ("SCORM profile, objects of the type attempt", "The lesson is the first parent.", scorm.ATTEMPT_RULES),
    ("Video profile", "Beside those of ADL.", video.RULES),
    ("H5P", "Beside those of ADL.", h5p.RULES),
    ("The hub", "Verbs no vocabulary has; a register the hub wrote is read from its extensions.", hub.RULES),
    ("Moodle (logstore_xapi)", "Known by the extension of the plugin.", moodle.RULES),
    (
        "Moodle, courses",
        "Known by their type. An enrolment put in force again (`resumed`) is no opening.",
        moodle.COURSE_RULES,
    ),
    *(
        (f"Moodle, objects of the type `{kind.rpartition('/')[2]}`", "The activity is the first parent.", rules)
        for kind, rules in moodle.BY_TYPE.items()
    ),
    ("Open edX (event-routing-backends)", "Known by the extension of the transformer.", openedx.RULES),
)
_NO: Final = {Kind.PASSED: "not passed", Kind.ACCEPTED: "work returned", Kind.ATTENDED: "absent"}


def page() -> str:
    """The page in Markdown."""
    return _HEAD + "\n".join(part for title, about, rules in _TABLES for part in _section(title, about, rules))


def _section(title: str, about: str, rules: Mapping[str, Rule]) -> Iterator[str]:
    yield f"## {title}\n\n{about}\n\n| Verb | Becomes |\n|---|---|"
    for verb, rule in sorted(rules.items()):
        yield f"| `{verb}` | {words(rule)} |"
    yield ""


def words(rule: Rule) -> str:
    """What a rule reads, in words."""
    told = [kind.value if value > 0 else _NO.get(kind, f"not {kind.value}") for kind, value in rule.says]
    told += ["passed or not, from `success`"] if rule.success else []
    told += ["completed, from `completion: true`"] if rule.completion else []
    told += ["score"] if rule.score else []
    told += ["progress, from its extension"] if rule.progress else []
    told += [f"time {'of presence' if rule.time is Kind.ATTENDED else 'spent'}"] if rule.time else []
    return ", ".join(told) + (" (of the first parent)" if rule.of_parent else "")
