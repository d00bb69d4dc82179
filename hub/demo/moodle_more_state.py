"""What the Moodle double knows beside learning: rolls, groups, competencies, backups."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

#: Words of a roll as a fresh mod_attendance has them: id, acronym, description, points.
WORDS = ((5, "P", "Present", 2), (7, "L", "Late", 1), (8, "E", "Excused", 1), (6, "A", "Absent", 0))


@dataclass
class Roll:
    """A session of an attendance activity; ``marks``: id of the word by person."""

    id: int
    attendance: int
    starts_at: datetime
    length: timedelta
    title: str
    taken_at: datetime | None = None
    marks: dict[int, int] = field(default_factory=dict)


@dataclass
class Band:
    """A group of a course, or a cohort of the site where ``course`` is None."""

    id: int
    name: str
    idnumber: str
    course: int | None
    members: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Ability:
    """A competency that a course works on."""

    id: int
    course: int
    name: str
    idnumber: str = ""


@dataclass(frozen=True)
class Backup:
    """A backup file of a course."""

    course: int
    name: str
    data: bytes
    made_at: datetime
    area: str = "course"


@dataclass
class More:
    """All of it. ``ratings``: (grade's word, proficient, when) by (person, competency); ``submissions``: when, by
    (person, course module)."""

    rolls: dict[int, Roll] = field(default_factory=dict)
    bands: dict[int, Band] = field(default_factory=dict)
    abilities: list[Ability] = field(default_factory=list)
    ratings: dict[tuple[int, int], tuple[str, bool, datetime]] = field(default_factory=dict)
    backups: list[Backup] = field(default_factory=list)
    submissions: dict[tuple[int, int], datetime] = field(default_factory=dict)

    def new_id(self) -> int:
        """An id that no roll and no band has."""
        return max([100, *self.rolls, *self.bands]) + 1
