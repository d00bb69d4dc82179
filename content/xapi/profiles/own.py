"""The hub's own profile: every verb, extension and template of the statements that the hub writes itself.

Made from the tables that make the statements, so that neither says what the other does not. Its IRIs are those of the
vocabulary, which no installation changes. Source: xAPI Profiles Specification 1.0, Structure.
"""

from typing import Any, Final, TypeAlias

from content.xapi.readings.model import Kind
from content.xapi.vocabulary import HUB, Extension, Verb

Object: TypeAlias = dict[str, Any]

PROFILE: Final = f"{HUB}/profile"
VERSION: Final = f"{PROFILE}/v1"
GENERATED: Final = "2026-11-26T00:00:00Z"

_VERBS: Final = {
    Verb.DEPOSITED: ("handed in", "rendu", "The actor handed in work for the activity."),
    Verb.ACCEPTED: ("work accepted", "travail accepté", "A trainer accepted the actor's work for the activity."),
    Verb.RETURNED: ("work returned", "travail à revoir", "A trainer gave the actor's work back, to be done again."),
    Verb.VALIDATED: ("validated", "validé", "A trainer says that the actor met the objective of the activity."),
    Verb.MISSED: ("missed", "absent", "The actor was not at the meeting."),
    Verb.SPENT: ("spent time", "temps passé", "The actor spent this time on the activity, as a platform measured."),
    Verb.WITHDREW: ("withdrew", "retiré", "What was said of the actor and the activity is said no more."),
}
_EXTENSIONS: Final = {
    Extension.SERIES: ("series", "série", "The register that the statement belongs to.", {"type": "string"}),
    Extension.REVISION: ("revision", "révision", "Of one series the highest revision counts.", {"type": "integer"}),
    Extension.KIND: ("kind", "genre", "What the register is about.", {"enum": [str(kind) for kind in Kind]}),
    Extension.VALUE: ("value", "valeur", "Yes (1), no (0) or a share; null: cleared.", {"type": ["number", "null"]}),
    Extension.MINUTES: ("minutes", "minutes", "Of presence or of time passed.", {"type": "number", "minimum": 0}),
    Extension.ATTEMPT: ("attempt", "essai", "The try or line item that the register is of.", {"type": "string"}),
}
#: Verb -> (kinds it is written for, places that have to be there beside those of every register).
_REGISTERS: Final[dict[str, tuple[tuple[Kind, ...], tuple[str, ...]]]] = {
    Verb.ATTENDED: ((Kind.ATTENDED,), ()),
    Verb.MISSED: ((Kind.ATTENDED,), ()),
    Verb.DEPOSITED: ((Kind.DEPOSITED,), ()),
    Verb.ACCEPTED: ((Kind.ACCEPTED,), ("$.result.success",)),
    Verb.RETURNED: ((Kind.ACCEPTED,), ("$.result.success",)),
    Verb.VALIDATED: ((Kind.VALIDATED,), ()),
    Verb.SPENT: ((Kind.SPENT,), ()),
    Verb.WITHDREW: (tuple(Kind), ()),
}
#: Verbs that are written of registers and of things that happened once alike.
_EITHER: Final[dict[str, tuple[str, ...]]] = {
    Verb.LAUNCHED: (),
    Verb.PASSED: ("$.result.success",),
    Verb.FAILED: ("$.result.success",),
    Verb.SCORED: ("$.result.score.scaled",),
    Verb.COMPLETED: ("$.result.completion",),
    Verb.PROGRESSED: (),
}
#: Verbs of content that the hub plays. What else such statements hold is said by SCORM's profile, cmi5 and H5P.
_PLAYED: Final = (
    *(Verb.INITIALIZED, Verb.RESUMED, Verb.SUSPENDED, Verb.TERMINATED),
    *(Verb.ABANDONED, Verb.WAIVED, Verb.SATISFIED),
    *(Verb.ANSWERED, Verb.RESPONDED, Verb.ATTEMPTED, Verb.INTERACTED, Verb.CONSUMED),
)


def document() -> Object:
    """The profile as a JSON-LD document."""
    return {
        "@context": "https://w3id.org/xapi/profiles/context",
        "id": PROFILE,
        "type": "Profile",
        "conformsTo": "https://w3id.org/xapi/profiles#1.0",
        "prefLabel": {"en": "The hub's statements", "fr": "Les traces du hub"},
        "definition": {
            "en": "What a learning hub writes of paths over several platforms: registers that may be corrected "
            "(completion, score, presence, a trainer's word) and things that happened once.",
            "fr": "Ce qu'un hub écrit de parcours sur plusieurs plateformes : des registres qui se corrigent "
            "(achèvement, note, présence, parole d'un formateur) et ce qui est arrivé une fois.",
        },
        "author": {"type": "Organization", "name": "Tiers-lieu hub"},
        "versions": [{"id": VERSION, "generatedAtTime": GENERATED}],
        "concepts": [*map(_verb, _VERBS), *map(_extension, _EXTENSIONS)],
        "templates": [*map(_register, _REGISTERS), *map(_either, _EITHER), *map(_played, _PLAYED), _voided()],
        "patterns": [],
    }


def _labelled(own: str, kind: str, english: str, french: str, definition: str) -> Object:
    labels = {"en": english, "fr": french}
    return {"id": own, "type": kind, "inScheme": VERSION, "prefLabel": labels, "definition": {"en": definition}}


def _verb(iri: str) -> Object:
    return _labelled(iri, "Verb", *_VERBS[iri])


def _extension(iri: str) -> Object:
    english, french, definition, schema = _EXTENSIONS[iri]
    inline = str(schema).replace("'", '"')
    return {**_labelled(iri, "ContextExtension", english, french, definition), "inlineSchema": inline}


def _register(verb: str) -> Object:
    kinds, places = _REGISTERS[verb]
    told = [
        _included(_place(Extension.SERIES)),
        _included(_place(Extension.REVISION)),
        _included(_place(Extension.VALUE)),
        {"location": _place(Extension.KIND), "presence": "included", "all": [str(kind) for kind in kinds]},
        {"location": _place(Extension.MINUTES), "presence": "recommended"},
        _included("$.context.platform"),
        *map(_included, places),
    ]
    return _template(verb, "A register says so, until a higher revision of its series.", told)


def _either(verb: str) -> Object:
    told = [{"location": _place(Extension.SERIES), "presence": "recommended"}, *map(_included, _EITHER[verb])]
    return _template(verb, "It happened once, or a register says so.", told)


def _played(verb: str) -> Object:
    return _template(verb, "Of an attempt at content that the hub plays.", [_included("$.context.registration")])


def _voided() -> Object:
    told: list[Object] = [{"location": "$.object.objectType", "presence": "included", "all": ["StatementRef"]}]
    return _template(Verb.VOIDED, "A statement that should never have existed counts no more.", told)


def _template(verb: str, definition: str, rules: list[Object]) -> Object:
    name = verb.rpartition("/")[2]
    labelled = _labelled(f"{PROFILE}/templates#{name}", "StatementTemplate", name, name, definition)
    always = [_included("$.id"), _included("$.timestamp"), _included("$.version")]
    return {**labelled, "allowedSolo": True, "verb": verb, "rules": [*always, *rules]}


def _included(place: str) -> Object:
    return {"location": place, "presence": "included"}


def _place(extension: str) -> str:
    return f"$.context.extensions['{extension}']"
