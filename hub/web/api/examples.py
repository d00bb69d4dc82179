"""Examples of the OpenAPI document, made from the schemas: the same names have the same values everywhere, so that a
reader recognises them, and a test validates each example against its schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

ID: Final = "019ab0c2-7d1e-7c3a-9b52-3f6e8a1d4c07"

#: Values of members by name; where the schema of the member does not take it, one is made by the schema.
BY_NAME: Final[Mapping[str, Any]] = {
    "given_name": "Lina",
    "family_name": "Martin",
    "name": "Lina Martin",
    "email": "lina.martin@example.org",
    "phone": "+33600000000",
    "language": "fr",
    "status": "stagiaire",
    "title": "Fabriquer une pièce en 3D",
    "path": "Fabriquer une pièce en 3D",
    "step": "Lire un plan",
    "group": "Promotion 12",
    "organisation": "Le Générateur",
    "platform": "Campus Fab",
    "room": "Atelier bois",
    "place": "Le Générateur, Toulouse",
    "trainer": "Nadia Roux",
    "why": "Déjà fait en stage, attestation vue le 12 novembre.",
    "word": "Bravo, la cote est juste.",
    "text": "Je n’arrive pas à ouvrir le quiz.",
    "iri": "https://campus.example.org/mod/quiz/view.php?id=7",
    "url": "https://campus.example.org/mod/quiz/view.php?id=7",
    "link": "https://files.example.org/piece.stl",
    "base_url": "https://campus.example.org",
    "siret": "73282932000074",
    "nda": "76310000031",
    "scopes": ["statements/write"],
    "day": "2026-11-24",
    "starts_on": "2026-09-07",
    "ends_on": "2027-06-30",
    "entered_on": "2026-09-07",
    "birth_date": "2004-05-17",
    "zone": "Europe/Paris",
    "minutes": 210,
    "share": 0.4,
    "next": None,
    "cursor": "",
    "limit": 50,
    "q": "martin",
}
_FORMATS: Final[Mapping[str, str]] = {
    "uuid": ID,
    "date-time": "2026-11-23T09:00:00.000000Z",
    "date": "2026-11-23",
}


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str = "", depth: int = 0) -> Any:
    """A value that fits ``schema``; ``schemas`` are those of ``#/components/schemas``. Optional members that are
    themselves objects are left out below the third level, so that a recursive schema ends."""
    schema = _resolved(schema, schemas)
    if "examples" in schema:
        return schema["examples"][0]
    for key in ("const", "default"):
        if key in schema and (key == "const" or name not in BY_NAME):
            return schema[key]
    if "enum" in schema:
        return schema["enum"][0]
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return _of_one(schema[key], schemas, name, depth)
    return _of_type(schema, schemas, name, depth)


def _resolved(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    return schema


def _of_one(choices: list[Mapping[str, Any]], schemas: Mapping[str, Any], name: str, depth: int) -> Any:
    nullable = any(choice.get("type") == "null" for choice in choices)
    if nullable and (name in BY_NAME and BY_NAME[name] is None):
        return None
    first = next(choice for choice in choices if choice.get("type") != "null")
    if nullable and depth > 3 and _resolved(first, schemas).get("type") == "object":
        return None
    return example_of(first, schemas, name, depth)


def _of_type(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str, depth: int) -> Any:
    known = BY_NAME.get(name)
    match schema.get("type"):
        case "object":
            return _object(schema, schemas, depth)
        case "array":
            if isinstance(known, list) and schema.get("items", {}).get("type") == "string":
                return known
            few = depth > 3 and not schema.get("minItems")
            return [] if few else [example_of(schema.get("items", {}), schemas, "", depth + 1)]
        case "string":
            return _text(schema, known)
        case "integer":
            return known if isinstance(known, int) else max(1, int(schema.get("minimum", 1)))
        case "number":
            return known if isinstance(known, float) else float(schema.get("minimum", 0))
        case "boolean":
            return False
        case _:
            return None


def _text(schema: Mapping[str, Any], known: Any) -> str:
    if "format" in schema:
        kept = isinstance(known, str) and schema["format"] == "date"
        return str(known) if kept else str(_FORMATS.get(schema["format"], "text"))
    return known if isinstance(known, str) else "text"


def _object(schema: Mapping[str, Any], schemas: Mapping[str, Any], depth: int) -> dict[str, Any]:
    required = set(schema.get("required", ()))
    return {
        name: example_of(member, schemas, name, depth + 1)
        for name, member in schema.get("properties", {}).items()
        if name in required or depth < 4
    }
