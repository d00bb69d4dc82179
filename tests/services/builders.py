"""Small worlds for tests: persons, a published version, enrolments, statements. Everything goes through the
services."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from content.xapi.emit import register_statement
from content.xapi.readings import Kind
from hub.db.base import new_id
from hub.domain.path import (
    Activity,
    Binding,
    BindingKind,
    Brings,
    Condition,
    EvidenceKind,
    Modality,
    Module,
    PathDocument,
    Rule,
    Step,
    Variant,
    Way,
)
from hub.models.learning import Enrolment, LearningPath, PathVersion
from hub.models.person import Person
from hub.services.bindings import write_bindings

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def at(minutes: float = 0) -> str:
    """RFC 3339 text of an instant some minutes after NOW."""
    return (NOW + timedelta(minutes=minutes)).isoformat()


def person(session: Session, given: str = "Inès", family: str = "Benali", **more: Any) -> UUID:
    row = Person(id=new_id(), given_name=given, family_name=family, created_at=NOW, **more)
    session.add(row)
    session.flush()
    return row.id


def brings(*kinds: str, way: Way = Way.XAPI) -> tuple[Brings, ...]:
    return tuple(Brings(kind=EvidenceKind(k), way=way) for k in kinds)


def activity(
    iri: str, *kinds: str, modality: Modality = Modality.OWN_PACE, minutes: int = 60, title: str = ""
) -> Activity:
    binding = Binding(kind=BindingKind.ACTIVITY, iri=iri, brings=brings(*kinds))
    return Activity(title=title or iri, modality=modality, minutes=minutes, binding=binding)


def rule(*terms: tuple[str, float | None], mode: Any = "all") -> Rule:
    return Rule(mode=mode, terms=tuple(Condition(kind=EvidenceKind(k), at_least=a) for k, a in terms))


def step(title: str, *variants: Activity | tuple[Activity, ...], rule: Rule, **more: Any) -> Step:
    groups = [v if isinstance(v, tuple) else (v,) for v in variants]
    return Step(title=title, rule=rule, variants=tuple(Variant(title="", activities=g) for g in groups), **more)


def document(*steps: Step, title: str = "Fabriquer une pièce en 3D", **more: Any) -> PathDocument:
    return PathDocument(title=title, modules=(Module(title="Dessiner", steps=steps),), **more)


def publish(session: Session, doc: PathDocument, path_id: UUID | None = None, number: int = 1) -> UUID:
    """A published version with its bindings, as the designer's publishing leaves it."""
    if path_id is None:
        path_id = new_id()
        session.add(LearningPath(id=path_id, title=doc.title, created_at=NOW))
        session.flush()
    row = PathVersion(
        id=new_id(),
        path_id=path_id,
        number=number,
        state="published",
        document=doc.model_dump(mode="json"),
        created_at=NOW,
        changed_at=NOW,
        published_at=NOW,
    )
    session.add(row)
    session.flush()
    write_bindings(session, row.id, doc)
    return row.id


def enrol(session: Session, person_id: UUID, version_id: UUID, **more: Any) -> UUID:
    version = session.get_one(PathVersion, version_id)
    row = Enrolment(
        id=new_id(),
        person_id=person_id,
        path_id=version.path_id,
        version_id=version_id,
        entered_on=date(2026, 11, 2),
        created_at=NOW,
        **more,
    )
    session.add(row)
    session.flush()
    return row.id


def statement(
    who: str, verb: str, iri: str, *, when: float = 0, sid: str | None = None, **result: Any
) -> dict[str, Any]:
    """A foreign event statement of ``account:https://lms.example|who``."""
    said: dict[str, Any] = {
        "actor": {"account": {"homePage": "https://lms.example", "name": who}},
        "verb": {"id": verb if ":" in verb else f"http://adlnet.gov/expapi/verbs/{verb}"},
        "object": {"id": iri},
        "timestamp": at(when),
    }
    if sid:
        said["id"] = sid
    if result:
        said["result"] = result
    return said


def register(
    who: str, kind: Kind, iri: str, revision: int, value: float | None, *, minutes: float | None = None
) -> dict[str, Any]:
    """A register statement of the hub about the same account."""
    actor = {"account": {"homePage": "https://lms.example", "name": who}}
    return register_statement(
        actor,
        None,
        iri,
        source="lms",
        series_key=("lms", who, iri, kind, ""),
        revision=revision,
        kind=kind,
        value=value,
        minutes=minutes,
        at=at(revision),
    )
