"""How each read is called on what a stage holds."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from connectors.capabilities import Capability
from tests.contracts.stage import Known

READS: dict[Capability, Callable[[Any, Known], Iterable[Any]]] = {
    Capability.CATALOGUE: lambda it, known: it.courses(),
    Capability.CONTENTS: lambda it, known: it.modules(known.course),
    Capability.PEOPLE: lambda it, known: it.people("id", [known.learner]),
    Capability.ROSTER: lambda it, known: it.roster(known.course),
    Capability.ENROLMENTS: lambda it, known: it.enrolments(known.learner),
    Capability.ACTIVITY_COMPLETION: lambda it, known: it.activity_completions(known.course, known.learner),
    Capability.COURSE_COMPLETION: lambda it, known: it.course_completion(known.course, known.learner),
    Capability.BULK_COURSE_COMPLETION: lambda it, known: it.all_course_completions(),
    Capability.GRADES: lambda it, known: it.grades(known.course),
    Capability.COMPETENCIES: lambda it, known: it.competencies(known.course),
    Capability.SESSIONS: lambda it, known: it.sessions(known.course),
    Capability.CHANGES: lambda it, known: it.changes([known.graded_module], known.done_at - timedelta(hours=1)),
    Capability.GROUPS: lambda it, known: it.groups(known.course),
    Capability.RECORDINGS: lambda it, known: it.recordings([known.course]),
    Capability.BACKUPS: lambda it, known: it.backups(known.course),
}
