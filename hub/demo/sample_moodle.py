"""The courses of the partner's Moodle, Campus Fab, and a journal of what happens there that survives a restart."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from hub.demo.moodle import Course, Module, MoodleState, Person
from hub.demo.sample_people import GROUPS, LEARNERS, external_id, moodle_user

BASES, MODEL, COMPUTER, COMPANY = 10, 11, 12, 13
QUIZ_BASES, QUIZ_COMPUTER, REPORT = 103, 123, 132
COURSE_GROUPS = {BASES: "garonne", MODEL: "garonne", COMPUTER: "tarn", COMPANY: "canal"}


def _courses() -> list[Course]:
    return [
        Course(BASES, "DESSIN-3D", "Dessin 3D : les bases", "DESSIN-3D", modules=[
            Module(101, "page", "Prendre en main le logiciel", "Découvrir"),
            Module(102, "page", "Dessiner une première forme", "Découvrir"),
            Module(QUIZ_BASES, "quiz", "Vérifier mes acquis", "Évaluer", grademax=100, gradepass=60),
        ]),
        Course(MODEL, "MODELISER", "Modéliser une pièce", "MODELISER", modules=[
            Module(111, "page", "Suivre le modèle", "Faire"),
            Module(112, "page", "Changer les mesures", "Faire"),
        ]),
        Course(COMPUTER, "ORDINATEUR", "Mon ordinateur et moi", "ORDINATEUR", modules=[
            Module(121, "page", "L’écran, la souris, le clavier", "Découvrir"),
            Module(122, "page", "Ranger ses fichiers", "Découvrir"),
            Module(QUIZ_COMPUTER, "quiz", "Faire le point", "Évaluer", grademax=20, gradepass=10),
        ]),
        Course(COMPANY, "ENTREPRISE", "Découvrir une entreprise", "ENTREPRISE", modules=[
            Module(131, "page", "Préparer ma visite", "Préparer"),
            Module(REPORT, "assign", "Mon compte rendu de visite", "Raconter", grademax=20, gradepass=10),
        ]),
    ]  # fmt: skip


class PartnerMoodle:
    """The state of Campus Fab. ``journal``: file of what learners did there, told again at the next start."""

    def __init__(self, url: str, token: str, journal: Path) -> None:
        self.state = MoodleState(url, token, name="Campus Fab")
        self._journal = journal
        for learner in LEARNERS.values():
            user = moodle_user(learner.key)
            mail = f"apprenant{user}@campus-fab.example"
            person = Person(user, f"apprenant{user}", learner.given, learner.family, mail, external_id(learner.key))
            self.state.add_person(person)
        for course in _courses():
            self.state.add_course(course)
        if journal.exists():
            self.open_courses()
            for line in journal.read_text("utf-8").splitlines():
                self._apply(json.loads(line))

    def open_courses(self) -> None:
        """The partner enrols the learners of each group in its course."""
        for course, group in COURSE_GROUPS.items():
            for learner in GROUPS[group]:
                self.state.enrol(moodle_user(learner.key), course)

    def complete(self, key: str, module: int, at: datetime) -> None:
        """A learner finishes a module."""
        self._note({"do": "complete", "user": moodle_user(key), "module": module, "at": at.isoformat()})

    def grade(self, key: str, module: int, points: float, at: datetime) -> None:
        """A learner's work gets points; a pass completes it."""
        self._note({"do": "grade", "user": moodle_user(key), "module": module, "points": points, "at": at.isoformat()})

    def _note(self, event: dict[str, Any]) -> None:
        self._apply(event)
        with self._journal.open("a", encoding="utf-8") as file:
            file.write(json.dumps(event) + "\n")

    def _apply(self, event: dict[str, Any]) -> None:
        user, module, at = event["user"], event["module"], datetime.fromisoformat(event["at"])
        if event["do"] == "complete":
            self.state.complete(user, module, at)
            return
        points = float(event["points"])
        self.state.grade(user, module, points, at)
        pass_mark = self.state.module(module).gradepass or 0.0
        self.state.complete(user, module, at, state=2 if points >= pass_mark else 3)
